"""Stochastic pulses: a cell is written where random pulse trains of its row and its column coincide.

In each of BL slots row i is driven with probability p_i and column j with probability q_j, independently; a cell sees a full pulse where
both are. Its count is binomial, of mean and variance

    E n = BL p q = |x| |u| / Δw         Var n = BL p q (1 − p q)            where no probability is clipped at 1

    not managed    p = |x|/√BL, q = (|u|/Δw)/√BL, BL = slots
    managed        BL = ⌈x_max u_max/Δw⌉, at least 1, at most `slots`;   p = |x| √(u_max/(x_max Δw BL)),  q = |u| √(x_max/(u_max Δw BL))

(u = −η δ in weight units, Δw: weight change of one pulse.) Without management a probability above 1 counts as 1, and the mean falls short
where |x| > √BL or |u|/Δw > √BL; managed, the largest row and column have equal probabilities √(x_max u_max/(Δw BL)), above 1 only
beyond `slots` pulses. Sources: T. Gokmen, Y. Vlasov, Front. Neurosci. 10, 333 (2016), doi:10.3389/fnins.2016.00333, eq. 1 (their
amplification factors √(η/(Δw BL)) multiply x and δ; here η is already in u); management: T. Gokmen, M. Onen, W. Haensch, Front. Neurosci. 11, 538
(2017), doi:10.3389/fnins.2017.00538.

A level is the bit mask of the slots in which a line is driven. Lines draw at the address (line, update); cells of one line share its train,
so their counts are correlated, as in the array. Signs, pairs and phases are those of `overlap`.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ohmgrad.kernels.compiled import inline
from ohmgrad.kernels.draws import uniform
from ohmgrad.kernels.philox import Key
from ohmgrad.programming.change import Dense, Rank1
from ohmgrad.programming.scheme import Pair, Scheme, Step, in_slots
from ohmgrad.programming.settings import Coding


def ones(mask: int) -> int:
    """Number of bits that are set, for masks below 2³¹: sums of neighbours, in parallel.

    >>> ones(0b101101)
    4
    """
    v = mask - (mask >> 1 & 0x55555555)
    v = (v & 0x33333333) + (v >> 2 & 0x33333333)
    return ((v + (v >> 4) & 0x0F0F0F0F) * 0x01010101 & 0xFFFFFFFF) >> 24


def train(p: float, slots: int, key: Key) -> int:
    """Bit mask of the slots in which a line of probability p is driven."""
    mask = 0
    if p > 0.0:
        for k in range(slots):
            if uniform(key, k) < p:
                mask |= 1 << k
    return mask


_ones, _train = inline(ones), inline(train)


def fit(c: Coding, x_max: float, u_max: float) -> Coding:
    """Slots and probabilities of one update, if managed (per_unit = 0); u_max in pulses."""
    if c.per_unit > 0.0:
        return c
    if x_max <= 0.0 or u_max <= 0.0:
        return Coding(0, 0.0, 0.0, 0, c.most, c.counts)
    slots = max(math.ceil(min(x_max * u_max, float(c.slots))), 1)
    return Coding(c.levels, math.sqrt(u_max / (x_max * slots)), math.sqrt(x_max / (u_max * slots)), slots, c.most, c.counts)


def row_level(x: float, c: Coding, key: Key) -> int:
    """Signed mask of a row."""
    mask = _train(abs(x) * c.per_unit, c.slots, key)
    return mask if x > 0.0 else -mask


def column_level(u: float, c: Coding, key: Key) -> int:
    """Signed mask of a column, u in pulses wanted at |x| = 1."""
    mask = _train(abs(u) * c.per_pulse, c.slots, key)
    return mask if u > 0.0 else -mask


def pulse_count(a: int, b: int) -> int:
    """Coincidences."""
    return _ones(a & b)  # type: ignore[no-any-return]


def row_slots(a: int) -> int:
    """Slots in which the row is driven."""
    return _ones(a)  # type: ignore[no-any-return]


def column_slots(b: int) -> int:
    """Slots in which the column is driven."""
    return _ones(b)  # type: ignore[no-any-return]


def update_slots(sign_phases: int, row_sum: int, c: Coding) -> int:
    """All slots, driven or not."""
    return sign_phases * c.slots


@dataclass(frozen=True)
class Stochastic(Scheme):
    """Coincidence of random pulse trains; see the module. slots: at most so many, 31 or fewer; managed: they follow the largest x and u."""

    slots: int = 31
    managed: bool = True

    name = "stochastic"
    text = "random pulse trains, a pulse where they coincide, all cells of a layer at once"
    source = (
        "T. Gokmen and Y. Vlasov, Front. Neurosci. 10, 333 (2016), doi:10.3389/fnins.2016.00333; "
        "T. Gokmen et al., Front. Neurosci. 11, 538 (2017), doi:10.3389/fnins.2017.00538"
    )
    accepts = (Rank1,)
    fit = staticmethod(fit)
    row_level = staticmethod(row_level)
    column_level = staticmethod(column_level)
    pulse_count = staticmethod(pulse_count)
    row_slots = staticmethod(row_slots)
    column_slots = staticmethod(column_slots)
    update_slots = staticmethod(update_slots)

    def coding(self) -> Coding:
        """Masks of `slots` bits; probabilities per unit, 0 where they are fitted to each update."""
        p = 0.0 if self.managed else math.sqrt(1.0 / self.slots)
        return Coding((1 << self.slots) - 1, p, p, self.slots, self.slots, np.zeros((1, 1), np.int64))

    def program(self, change: Rank1 | Dense, pair: Pair) -> Iterator[Step]:
        """Steps: polarity, then sign of x, then slot; none if no column is driven at all."""
        rows, cols = self.levels(change, pair)
        slots = self.fitted(change, pair).slots  # type: ignore[arg-type]

        def driven(level: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
            return (level[:, None] >> np.arange(slots) & 1).astype(bool)

        yield from in_slots(pair, rows, cols, driven(np.abs(rows)), driven)
