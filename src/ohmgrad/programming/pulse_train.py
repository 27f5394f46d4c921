"""Exact numbers of identical pulses, one row after another.

A controller multiplies x and u in digital, x in 1/256 and u in 1/16 of a pulse, and gives each cell round(|x u|/quantum) pulses, at most
15. Rows are taken in turn: +V/2 on the row, −V/2 on every column that still has pulses to give, SET first, RESET after it (for
pairs written two ways and for cells written up and down). A row takes as many slots as its busiest cell, in each polarity.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ohmgrad.programming.change import Dense, Rank1
from ohmgrad.programming.scheme import Pair, Scheme, Step
from ohmgrad.programming.settings import Coding

_X, _U, _MOST = 256, 16, 15


def row_level(x: float, c: Coding) -> int:
    """Signed x in 1/256, |x| ≤ 1."""
    n = int(min(abs(x), 1.0) * c.per_unit + 0.5)
    return n if x > 0.0 else -n


def column_level(u: float, c: Coding) -> int:
    """Signed u in 1/16 of a pulse at |x| = 1, at most 15 pulses."""
    n = int(min(abs(u) * c.per_pulse + 0.5, c.levels + 0.5))
    return n if u > 0.0 else -n


def pulse_count(a: int, b: int, c: Coding) -> int:
    """round(a·b/(256·16))."""
    return (a * b + _X * _U // 2) // (_X * _U)


def row_slots(a: int, largest: int) -> int:
    """A row is driven until its busiest cell is done."""
    return largest


def column_slots(b: int, pulses: int) -> int:
    """A column is driven once for each pulse on it."""
    return pulses


def update_slots(sign_phases: int, row_sum: int, c: Coding) -> int:
    """Rows one after another."""
    return row_sum


class PulseTrain(Scheme):
    """Identical pulses, counted exactly, row by row; see the module."""

    name = "pulse-train"
    text = "exact number of identical pulses, row by row"
    accepts = (Rank1,)
    row_level = staticmethod(row_level)
    column_level = staticmethod(column_level)
    pulse_count = staticmethod(pulse_count)
    row_slots = staticmethod(row_slots)
    column_slots = staticmethod(column_slots)
    update_slots = staticmethod(update_slots)

    def coding(self) -> Coding:
        """Levels as in the module; no table."""
        return Coding(_MOST * _U, float(_X), float(_U), 1, _MOST, np.zeros((1, 1), np.int64))

    def program(self, change: Rank1 | Dense, pair: Pair) -> Iterator[Step]:
        """Steps: row, then polarity, then pulse."""
        rows, cols = self.levels(change, pair)
        c = self.coding()
        for i, a in enumerate(rows):
            level = cols[0] if a > 0 else cols[1]
            counts = np.array([pulse_count(abs(int(a)), abs(int(b)), c) for b in level], dtype=np.int64)
            for volts, width, is_set in pair.polarities:
                for k in range(int(counts.max(initial=0))):
                    row = np.zeros(len(rows))
                    row[i] = volts / 2
                    yield Step(row, pair.drive(level * np.sign(a) > 0, counts > k, volts, is_set), width)
