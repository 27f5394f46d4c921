"""SET and RESET in one go: why the two phases of eqs. 2.8 and 2.9 cannot be merged (eq. 2.10 and the first question of the chapter's § 2.2).

Eq. 2.10 gives each line one polarity: rows alternate, x₁ as SET pulses, x₂ as RESET pulses …, columns follow the sign of the change. Pulse
numbers are those of `pulse_number`. With s = V_set/2, r = V_reset/2 and a row (first sign) and column (second) driven in the same slot, a cell sees

    SET row  +s,  SET column   −s      +V_set      a SET pulse
    RESET row −r, RESET column +r      −V_reset    a RESET pulse
    SET row  +s,  RESET column +r      s − r       nothing, or the small difference of the two amplitudes
    RESET row −r, SET column   −s      s − r       the same
    one line alone                     ±s or ∓r    half-selected, as ever

so wherever the polarities of row and column disagree, the cell gets no pulse, however large x·u.

    cells written up and down   rows of SET polarity can only raise their weights, rows of RESET polarity only lower them: half of
                                the wanted changes never happen, always the same ones
    two-way pairs               the column of G− has the opposite polarity, so one cell of each pair agrees with the row: every weight
                                moves the right way, by one cell instead of two
    one-way pairs               no RESET at all: refused

For x < 0 a second phase follows with the columns' polarities exchanged. A slot has one width, so both pulses must have the same. The bill: cells
of opposite lines count as half-selected if s ≠ r, at that voltage; their own I-V curve is taken as at half the voltage.

Source: eq. 2.10 of Y. He, "Supervised learning of artificial neural networks" (textbook chapter, 2022).
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ohmgrad.errors import SpecError
from ohmgrad.programming.change import Dense, Rank1
from ohmgrad.programming.pulse_number import PulseNumber
from ohmgrad.programming.scheme import CHAPTER, Pair, Step
from ohmgrad.programming.settings import Writing


class OneStep(PulseNumber):
    """Eq. 2.10: rows 0, 2, … carry SET, rows 1, 3, … RESET; see the module."""

    name = "one-step"
    text = "SET and RESET in the same slots, rows alternating (eq. 2.10): half of the pulses never form"
    source = CHAPTER
    mixed = True

    def check(self, writing: Writing) -> None:
        """Both polarities must exist and have one width; raises SpecError."""
        if writing.one_way:
            raise SpecError(
                "programming.scheme: 'one-step' mixes SET and RESET, and one-way pairs have no RESET; set synapse.write = 'two-way'"
            )
        if writing.t_set != writing.t_reset:
            raise SpecError(
                f"programming.scheme: 'one-step' gives SET and RESET in the same slot, so device.t_set ({writing.t_set:g} s) and "
                f"device.t_reset ({writing.t_reset:g} s) must be equal"
            )

    def program(self, change: Rank1 | Dense, pair: Pair) -> Iterator[Step]:
        """Steps: sign of x, then block, then slot of the block; both polarities in each."""
        rows, cols = self.levels(change, pair)
        if not cols.any():
            return
        top = self.fitted(change, pair).levels  # type: ignore[arg-type]
        half = np.where(np.arange(len(rows)) % 2 == 0, pair.v_set / 2, -pair.v_reset / 2)
        for sign, level in ((1, cols[0]), (-1, cols[1]))[: pair.sign_phases]:
            up = level * sign > 0
            for slot in range(top * top):
                row = np.where((rows * sign > 0) & (slot % top < np.abs(rows)), half, 0.0)
                on = slot // top < np.abs(level)
                # the two polarities drive different columns, so their sum is what each column carries
                column = pair.drive(up, on, pair.v_set, True) + pair.drive(up, on, -pair.v_reset, False)
                yield Step(row, column, pair.t_set)
