"""Overlapping half-amplitude pulses: the product of two numbers as a coincidence count.

x and u become 0 … 4 pulses of half the write amplitude in four fixed time slots, +V/2 on the row and −V/2 on the column. A cell sees a
full pulse only in slots where both lines are driven, so it receives |X(a) ∩ D(b)| pulses, X and D being the slot patterns. All
cells of an array are written at once. Source: G. W. Burr et al., IEDM 2014, 29.5, doi:10.1109/IEDM.2014.7047135; figure 2.4 of the
textbook chapter.

Signs. One-way pairs: x > 0 in one phase, x < 0 in another, since a row carries one voltage; in each phase the G+ columns of one sign of
u and the G− columns of the other are driven together. Two-way pairs: both phases again with RESET pulses on the partner
cells. Cells written up and down: SET pulses in one pair of phases, RESET pulses in another (eqs. 2.8, 2.9 of the chapter). Layers without negative inputs need one phase instead of two.

The patterns are ours (the figure's are not reproduced): among the layouts in four slots that keep |count − a·b/4| ≤ ½ for all 25
pairs and give 2 for (3, 2), one whose counts are symmetric in a and b.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

from ohmgrad.programming.change import Dense, Rank1
from ohmgrad.programming.scheme import Pair, Scheme, Step, in_slots
from ohmgrad.programming.settings import Coding

SLOTS = 4
ROW_PATTERNS = ((), (0,), (0, 1), (0, 1, 2), (0, 1, 2, 3))
COLUMN_PATTERNS = ((), (1,), (0, 2), (0, 1, 3), (0, 1, 2, 3))


def coincidences(rows: Sequence[Sequence[int]], columns: Sequence[Sequence[int]]) -> npt.NDArray[np.int64]:
    """Counts (row level, column level) from laying the slot patterns over each other.

    >>> int(coincidences(ROW_PATTERNS, COLUMN_PATTERNS)[3, 2])
    2
    """
    return np.array([[len(set(r) & set(c)) for c in columns] for r in rows], dtype=np.int64)


def row_level(x: float, c: Coding) -> int:
    """Signed number of half pulses for x: round(4|x|), at most 4."""
    n = int(min(abs(x) * c.per_unit + 0.5, c.levels + 0.5))
    return n if x > 0.0 else -n


def column_level(u: float, c: Coding) -> int:
    """Signed number of half pulses for u, given in pulses wanted at |x| = 1: round(|u|), at most 4."""
    n = int(min(abs(u) * c.per_pulse + 0.5, c.levels + 0.5))
    return n if u > 0.0 else -n


def pulse_count(a: int, b: int, c: Coding) -> int:
    """Full pulses that a cell receives for row level a and column level b (magnitudes)."""
    return c.counts[a, b]  # type: ignore[no-any-return]


def row_slots(a: int, largest: int) -> int:
    """Slots in which a row of level a is driven in one phase."""
    return a


def column_slots(b: int, pulses: int) -> int:
    """Slots in which a column of level b is driven in one phase."""
    return b


def update_slots(sign_phases: int, row_sum: int, c: Coding) -> int:
    """Slots of one polarity: fixed, whatever the levels."""
    return sign_phases * c.slots


class Overlap(Scheme):
    """The scheme of figure 2.4; see the module."""

    name = "overlap"
    text = "overlapping half-amplitude pulses, all cells of a layer at once"
    source = "G. W. Burr et al., IEDM 2014, 29.5, doi:10.1109/IEDM.2014.7047135"
    accepts = (Rank1,)
    row_level = staticmethod(row_level)
    column_level = staticmethod(column_level)
    pulse_count = staticmethod(pulse_count)
    row_slots = staticmethod(row_slots)
    column_slots = staticmethod(column_slots)
    update_slots = staticmethod(update_slots)

    def coding(self) -> Coding:
        """Five levels each; counts from the patterns."""
        return Coding(SLOTS, float(SLOTS), 1.0, SLOTS, SLOTS, coincidences(ROW_PATTERNS, COLUMN_PATTERNS))

    def program(self, change: Rank1 | Dense, pair: Pair) -> Iterator[Step]:
        """Steps: polarity, then sign of x, then slot; none if no column has a level."""
        rows, cols = self.levels(change, pair)
        yield from in_slots(pair, rows, cols, _slots(ROW_PATTERNS, np.abs(rows)), lambda b: _slots(COLUMN_PATTERNS, b))


def _slots(patterns: Sequence[Sequence[int]], levels: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
    """(lines, slots): is the line driven in the slot?"""
    table = np.array([[k in p for k in range(SLOTS)] for p in patterns])
    return table[levels]
