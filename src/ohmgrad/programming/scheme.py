"""A write scheme: change wanted → pulses on lines. Two faces, held equal by one test.

`program(change, …)` yields `Step`s, each what happens *at once* on the whole array: voltages on rows and columns for a width. This
face is physical: the cell at (i, j) of member m sees ``row[i] − column[m, j]``, half-selected cells included.

The scalar face serves the compiled loops: `row_level(x)`, `column_level(u)`, `pulse_count(a, b)` and how many slots a row, a column
and the whole update take (`row_slots`, `column_slots`, `update_slots`).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ohmgrad.programming.change import Dense, Rank1
from ohmgrad.programming.settings import Coding

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Step:
    """One time slot: `row` (rows,) and `column` (members, columns) volts for `width` seconds, all at once.

    row_on, column_on, same shapes: which lines are selected; those with a voltage, where not given. A cell is selected where both its lines
    are, unless their voltages have the same sign and so work against each other; every other cell sees row[i] − column[m, j] too, and is
    half-selected if that is not 0 and no transistor isolates it.
    """

    row: Floats
    column: Floats
    width: float
    row_on: Bools | None = None
    column_on: Bools | None = None

    def on(self) -> tuple[Bools, Bools]:
        """Selected rows and columns."""
        return (
            self.row != 0.0 if self.row_on is None else self.row_on,
            self.column != 0.0 if self.column_on is None else self.column_on,
        )


@dataclass(frozen=True)
class Pair:
    """What a scheme must know of the array it drives.

    one_way: pairs receive SET pulses only. sign_phases: 1 if no input is negative, else 2. quantum: weight change of one pulse.
    v_set, v_reset: magnitudes (V). t_set, t_reset: widths (s).
    """

    one_way: bool
    sign_phases: int
    quantum: float
    v_set: float
    v_reset: float
    t_set: float
    t_reset: float

    @property
    def polarities(self) -> list[tuple[float, float, bool]]:
        """(signed voltage, width, is SET) of each polarity in use."""
        both = [(self.v_set, self.t_set, True), (-self.v_reset, self.t_reset, False)]
        return both[:1] if self.one_way else both


class Scheme(ABC):
    """Base of every write scheme. `accepts`: the kinds of change that it can write."""

    name: str
    text: str
    accepts: tuple[type[Rank1] | type[Dense], ...]
    remembers: bool = False  # whether the conductances last asked for are kept for it
    row_level: Callable[[float, Coding], int]
    column_level: Callable[[float, Coding], int]
    pulse_count: Callable[[int, int, Coding], int]
    row_slots: Callable[[int, int], int]
    column_slots: Callable[[int, int], int]
    update_slots: Callable[[int, int, Coding], int]

    @abstractmethod
    def coding(self) -> Coding:
        """Numbers and tables of the scalar face."""

    @abstractmethod
    def program(self, change: Rank1 | Dense, pair: Pair) -> Iterator[Step]:
        """The steps that write `change`; raises TypeError for a kind of change that the scheme does not accept."""

    def levels(self, change: Rank1 | Dense, pair: Pair) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        """Signed levels of rows and columns for a `Rank1` change."""
        if not isinstance(change, Rank1):
            raise TypeError(f"scheme '{self.name}' writes {[c.__name__ for c in self.accepts]}, not {type(change).__name__}")
        c = self.coding()
        rows = np.array([type(self).row_level(float(x), c) for x in change.x], dtype=np.int64)
        cols = np.array([type(self).column_level(float(u) / pair.quantum, c) for u in change.u], dtype=np.int64)
        return rows, cols
