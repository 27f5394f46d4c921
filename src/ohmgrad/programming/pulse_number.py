"""Numbers of half-amplitude pulses in nested slots: every pulse of the column meets every pulse of the row.

Row i sends n_x pulses of +V/2 in each of L blocks of L slots, column j holds −V/2 during n_u whole blocks. A cell sees a full pulse wherever both
are on, n_x·n_u of them: the product itself, without rounding of its own. SET and RESET pulses come in separate phases, with
numbers [ |u|/Δw₊ ] and [ |u|/Δw₋ ].  Source: eqs. 2.7 to 2.9 of Y. He, "Supervised learning of artificial neural networks" (textbook
chapter, 2022), which leaves open how the pulses of both lines meet; the nesting is ours.

    n_x = min([a |x|], L)      n_u = min([|u|/(a Δw)], L)      a = √(u_max/(x_max Δw))      L = min([√(x_max u_max/Δw)], 7)

with [ ] rounding to the nearest, x_max and u_max the largest of the update. This scale gives both lines equally many levels, so
L² slots hold the largest product. Error before clipping: with X = a|x|, U = |u|/(aΔw), |n_x n_u − X U| ≤ (X + U)/2 + ¼, least for a given
product when X = U; so at most L + ¾ pulses (X, U ≤ L + ½). Products beyond 49 pulses are clipped; updates whose largest product is below ¼ pulse write nothing.

A phase takes L² slots, where overlapping pulses need 4. Layers with negative inputs need two phases of each polarity.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from ohmgrad.programming.change import Dense, Rank1
from ohmgrad.programming.scheme import CHAPTER, Pair, Scheme, Step, in_slots
from ohmgrad.programming.settings import Coding

MOST = 7  # pulses of a line


def fit(c: Coding, x_max: float, u_max: float) -> Coding:
    """Scales and largest level of one update; u_max in pulses. Nothing to write: no levels."""
    if x_max <= 0.0 or u_max <= 0.0:
        return Coding(0, 0.0, 0.0, 0, c.most, c.counts)
    top = int(min(math.sqrt(x_max * u_max) + 0.5, MOST + 0.5))
    return Coding(top, math.sqrt(u_max / x_max), math.sqrt(x_max / u_max), top * top, c.most, c.counts)


def row_level(x: float, c: Coding) -> int:
    """Signed number of half pulses for x, rounded to the nearest."""
    n = int(min(abs(x) * c.per_unit + 0.5, c.levels + 0.5))
    return n if x > 0.0 else -n


def column_level(u: float, c: Coding) -> int:
    """Signed number of half pulses for u, given in pulses wanted at |x| = 1."""
    n = int(min(abs(u) * c.per_pulse + 0.5, c.levels + 0.5))
    return n if u > 0.0 else -n


def pulse_count(a: int, b: int) -> int:
    """All pulses of the one meet all pulses of the other."""
    return a * b


def row_slots(a: int, largest: int, c: Coding) -> int:
    """A row repeats its pulses in every block."""
    return a * c.levels


def column_slots(b: int, pulses: int, c: Coding) -> int:
    """A column is on during whole blocks."""
    return b * c.levels


def update_slots(sign_phases: int, row_sum: int, c: Coding) -> int:
    """Blocks times slots of a block."""
    return sign_phases * c.slots


class PulseNumber(Scheme):
    """Eqs. 2.7 to 2.9; see the module."""

    name = "pulse-number"
    text = "numbers of half-amplitude pulses, nested, all cells of a layer at once"
    source = CHAPTER
    accepts = (Rank1,)
    fit = staticmethod(fit)
    row_level = staticmethod(row_level)
    column_level = staticmethod(column_level)
    pulse_count = staticmethod(pulse_count)
    row_slots = staticmethod(row_slots)
    column_slots = staticmethod(column_slots)
    update_slots = staticmethod(update_slots)

    def coding(self) -> Coding:
        """Levels up to 7, before they are fitted to an update."""
        return Coding(MOST, float(MOST), 1.0, MOST * MOST, MOST * MOST, np.zeros((1, 1), np.int64))

    def program(self, change: Rank1 | Dense, pair: Pair) -> Iterator[Step]:
        """Steps: polarity, then sign of x, then block, then slot of the block."""
        rows, cols = self.levels(change, pair)
        top = self.fitted(change, pair).levels  # type: ignore[arg-type]
        slot = np.arange(top * top)
        yield from in_slots(
            pair, rows, cols, slot % max(top, 1) < np.abs(rows)[:, None], lambda b: slot // max(top, 1) < b[:, None]
        )
