"""Write without verify: so many identical pulses as the change is long (figure 1.9 of the chapter).

    n = min(⌊|ΔW|/q + ½⌋, most)          q: weight change of one mean pulse, up or down (`Writing.quantum`); most: programming.most

Each cell by itself: SET of G+ or of G− (one-way pairs); SET of one and RESET of the other (two-way); SET or RESET of the one cell that is written
(fixed pairs, single cells). For a transistor at every cell: none is half-selected.

Time in parallel: all cells of one word line at once, SET and RESET in two phases, word lines one after another. A word line is one column of one
member (the two cells of a pair have lines of their own). It takes as many slots as its busiest cell has pulses, in each phase. With programming.parallel = "bit-line"
the same along bit lines: all cells of a row of the matrix at once, rows one after another.

On ideal wires every cell sees the whole pulse, and the compiled loop needs no steps. With resistances they are: the bit lines of the cells that have pulses left at V, the
word line of their column open and its source line at 0; the others' transistors are off.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ohmgrad.devices.resolve import Resolved
from ohmgrad.programming.change import Dense, Rank1
from ohmgrad.programming.dense import DensePair, DenseScheme, DenseWriting, Wanted
from ohmgrad.programming.scheme import CHAPTER, Pair, Step


class Blind(DenseScheme):
    """Exact number of pulses for each cell, word line by word line; see the module."""

    name = "blind"
    text = "write without verify: as many identical pulses as the change is long, word line by word line"
    source = CHAPTER
    way = "counted"
    lines = ("word-line", "bit-line")
    steps_on_wires = True

    def settings(self, device: Resolved, wanted: Wanted) -> DenseWriting:
        """Along which lines cells are written at once."""
        return super().settings(device, wanted)._replace(by_row=int(wanted.parallel == "bit-line"))

    def program(self, change: Rank1 | Dense, pair: Pair) -> Iterator[Step]:
        """Steps: kind, line, pulse. pair: a `DensePair`; raises TypeError for another, or a change that is not dense."""
        if not (isinstance(change, Dense) and isinstance(pair, DensePair)):
            raise TypeError(f"scheme '{self.name}' writes Dense changes of a DensePair")
        n = pair.pulses(change.dw)
        rows, columns = change.dw.shape
        lines = list(np.ndindex(rows) if pair.by_row else np.ndindex(pair.members, columns))
        for kind, (volts, width) in enumerate(((pair.v_set, pair.t_set), (-pair.v_reset, pair.t_reset))):
            for line in lines:
                at = np.zeros((rows, columns, pair.members), np.int64)
                if pair.by_row:
                    at[line[0]] = n[kind, line[0]]
                else:
                    at[:, line[1], line[0]] = n[kind, :, line[1], line[0]]
                for k in range(int(at.max(initial=0))):
                    row_on = np.asarray((at > k).any(axis=(1, 2)))
                    column_on = np.asarray((at > k).any(axis=0)).T
                    yield Step(np.where(row_on, volts, 0.0), np.zeros(column_on.shape), width, row_on, column_on)
