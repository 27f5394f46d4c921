"""A write scheme: change wanted → pulses on lines. Two faces, held equal by one test.

`program(change, …)` yields `Step`s, each what happens *at once* on the whole array: voltages on rows and columns for a width. This
face is physical: the cell at (i, j) of member m sees ``row[i] − column[m, j]``, half-selected cells included.

The scalar face serves the compiled loops (last arguments may be left out):

    fit(coding, x_max, u_max)            numbers of one update, where they follow its largest |x| and |u| (u in pulses); else `coding` itself
    row_level(x, coding, key)            signed level of a row; key: address of the line's random draws
    column_level(u, coding, key)         the same of a column, u in pulses wanted at |x| = 1
    pulse_count(a, b, coding)            pulses of a cell for two levels, both without sign
    row_slots(a, largest, coding)        slots of one phase in which the row is driven; largest: most pulses of a cell of this row
    column_slots(b, pulses, coding)      slots of one phase in which the column is driven; pulses: of all its cells
    update_slots(phases, rows, coding)   slots of the whole update, one polarity; rows: sum of `largest` over rows

A scheme of your own is one small file, named as ``programming.scheme = "myscheme.py"``: a class `SCHEME` (or ``myscheme.py:NAME``) with both faces.
The face is compiled into the training loop, so it uses plain arithmetic, `math` and `ohmgrad.kernels`. A dataclass takes settings from
[programming] by name (`slots`, `managed`, `most`). For example, one pulse wherever x and u are not small:

    def row_level(x, c): return int(x >= 0.5) - int(x <= -0.5)
    def column_level(u, c): return int(u >= 0.5) - int(u <= -0.5)
    def pulse_count(a, b): return a * b
    def row_slots(a): return a
    def column_slots(b): return b
    def update_slots(phases, rows): return phases

    class SCHEME(Scheme):
        name, text, accepts = "sign-only", "one pulse in the direction of the gradient", (Rank1,)
        row_level, column_level, pulse_count = map(staticmethod, (row_level, column_level, pulse_count))
        row_slots, column_slots, update_slots = map(staticmethod, (row_slots, column_slots, update_slots))

        def coding(self):
            return Coding(1, 1.0, 1.0, 1, 1, np.zeros((1, 1), np.int64))

        def program(self, change, pair):
            rows, cols = self.levels(change, pair)
            yield from in_slots(pair, rows, cols, abs(rows)[:, None] > 0, lambda b: b[:, None] > 0)
"""

from __future__ import annotations

import inspect
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ohmgrad.kernels.draws import LINE, key_at
from ohmgrad.kernels.philox import Key
from ohmgrad.programming.change import Dense, Rank1
from ohmgrad.programming.settings import Coding, Writing

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]


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

    one_way: pairs receive SET pulses only. sign_phases: 1 if no input is negative, else 2. quantum: weight change of one pulse, up and down.
    v_set, v_reset: magnitudes (V). t_set, t_reset: widths (s).
    up_down: one cell gets SET for an increase, RESET for a decrease. members: cells of a synapse, one column each; base: the first whose turn it is.
    address: seed, repeat, step, layer of the update's random draws.
    """

    one_way: bool
    sign_phases: int
    quantum: tuple[float, float]
    v_set: float
    v_reset: float
    t_set: float
    t_reset: float
    up_down: bool = False
    members: int = 2
    base: int = 0
    address: tuple[int, int, int, int] = (0, 0, 0, 0)

    @property
    def polarities(self) -> list[tuple[float, float, bool]]:
        """(signed voltage, width, is SET) of each polarity in use."""
        both = [(self.v_set, self.t_set, True), (-self.v_reset, self.t_reset, False)]
        return both[:1] if self.one_way else both

    def line_key(self, line: int, is_column: bool) -> Key:
        """Address of the draws of one line."""
        seed, repeat, step, layer = self.address
        return key_at(seed, repeat, line, step, int(is_column), LINE * 256 + layer)

    def drive(self, up: Bools, on: Bools, volts: float, is_set: bool) -> Floats:
        """Volts (members, columns) of half-amplitude pulses; up: columns whose weight should grow, on: columns in use (columns,)."""
        column = np.zeros((self.members, len(up)))
        at = np.arange(len(up))
        if self.up_down:
            column[self.base, at] = np.where(on & (up == is_set), -volts / 2, 0.0)
        else:
            column[self.base + np.where(up == is_set, 0, 1), at] = np.where(on, -volts / 2, 0.0)
        return column


CHAPTER = 'Y. He, "Supervised learning of artificial neural networks", textbook chapter, 2022'

FACE = ("fit", "row_level", "column_level", "pulse_count", "row_slots", "column_slots", "update_slots")


def arity(function: Callable[..., object]) -> int:
    """Arguments of a function of the scalar face."""
    return len(inspect.signature(function).parameters)


def as_it_is(c: Coding) -> Coding:
    """The coding of the scheme, whatever the update."""
    return c


class Scheme(ABC):
    """Base of every write scheme. `accepts`: the kinds of change that it can write; mixed: SET and RESET go on in the same slots."""

    name: str
    text: str = ""  # what happens at once, in words
    source: str = ""  # citation with DOI
    accepts: tuple[type[Rank1] | type[Dense], ...]
    remembers: bool = False  # whether the conductances last asked for are kept for it
    mixed: bool = False
    fit: Callable[..., Coding] = staticmethod(as_it_is)
    lines: tuple[
        str, ...
    ] = ()  # behind transistors: along which lines it can write at once ("word-line", "bit-line"), its own first
    share: float = 0.5  # voltage of a half-selected cell, as a share of the write voltage
    row_level: Callable[..., int]
    column_level: Callable[..., int]
    pulse_count: Callable[..., int]
    row_slots: Callable[..., int]
    column_slots: Callable[..., int]
    update_slots: Callable[..., int]

    @abstractmethod
    def coding(self) -> Coding:
        """Numbers and tables of the scalar face."""

    @abstractmethod
    def program(self, change: Rank1 | Dense, pair: Pair) -> Iterator[Step]:
        """The steps that write `change`; raises TypeError for a kind of change that the scheme does not accept."""

    def check(self, writing: Writing) -> None:  # noqa: B027
        """Raise SpecError if cells that are written like this cannot take the scheme."""

    def call(self, name: str, *arguments: Any) -> Any:
        """A function of the scalar face, given the arguments that it takes."""
        function = getattr(self, name)
        return function(*arguments[: arity(function)])

    def fitted(self, change: Rank1, pair: Pair) -> Coding:
        """The coding of one update."""
        u_max = float(np.abs(change.u).max(initial=0.0)) / min(pair.quantum)
        return self.call("fit", self.coding(), float(np.abs(change.x).max(initial=0.0)), u_max)  # type: ignore[no-any-return]

    def levels(self, change: Rank1 | Dense, pair: Pair) -> tuple[Ints, Ints]:
        """Signed levels (rows,) of the rows and (2, columns) of the columns, for x > 0 and for x < 0."""
        if not isinstance(change, Rank1):
            raise TypeError(f"scheme '{self.name}' writes {[c.__name__ for c in self.accepts]}, not {type(change).__name__}")
        c = self.fitted(change, pair)
        up, down = pair.quantum
        rows = [self.call("row_level", float(x), c, pair.line_key(i, False)) for i, x in enumerate(change.x)]
        cols = [
            [
                self.call("column_level", float(u) / (a if u > 0.0 else b), c, pair.line_key(j, True))
                for j, u in enumerate(change.u)
            ]
            for a, b in ((up, down), (down, up))
        ]
        return np.array(rows, dtype=np.int64), np.array(cols, dtype=np.int64).reshape(2, -1)


def in_slots(pair: Pair, rows: Ints, cols: Ints, row_on: Bools, column_on: Callable[[Ints], Bools]) -> Iterator[Step]:
    """Steps of half-amplitude pulses, all cells at once: polarity, then sign of x, then slot; none if no column has a level.

    rows (rows,), cols (2, columns): signed levels; row_on (rows, slots), column_on(levels without sign) (columns, slots): is the line driven?
    """
    if not cols.any():
        return
    for volts, width, is_set in pair.polarities:
        for sign, level in ((1, cols[0]), (-1, cols[1]))[: pair.sign_phases]:
            on = column_on(np.abs(level))
            for slot in range(row_on.shape[1]):
                row = np.where((rows * sign > 0) & row_on[:, slot], volts / 2, 0.0)
                yield Step(row, pair.drive(level * sign > 0, on[:, slot], volts, is_set), width)
