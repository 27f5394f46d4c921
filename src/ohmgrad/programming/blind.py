"""Write without verify: so many identical pulses as the change is long (figure 1.9 of the chapter).

    n = min(⌊|ΔW|/q + ½⌋, most)          q: weight change of one mean pulse, up or down (`Writing.quantum`); most: programming.most

Each cell by itself: SET of G+ or of G− (one-way pairs); SET of one and RESET of the other (two-way); SET or RESET of the one cell that is written
(fixed pairs, single cells). For a transistor at every cell: none is half-selected.

Time in parallel: all cells of one word line at once, SET and RESET in two phases, word lines one after another. A word line is one column of one
member (the two cells of a pair have lines of their own). It takes as many slots as its busiest cell has pulses, in each phase. With programming.parallel = "bit-line"
the same along bit lines: all cells of a row of the matrix at once, rows one after another.
"""

from __future__ import annotations

from ohmgrad.devices.resolve import Resolved
from ohmgrad.programming.dense import DenseScheme, DenseWriting, Wanted


class Blind(DenseScheme):
    """Exact number of pulses for each cell, word line by word line; see the module."""

    name = "blind"
    text = "write without verify: as many identical pulses as the change is long, word line by word line"
    way = "counted"
    lines = ("word-line", "bit-line")

    def settings(self, device: Resolved, wanted: Wanted) -> DenseWriting:
        """Along which lines cells are written at once."""
        return super().settings(device, wanted)._replace(by_row=int(wanted.parallel == "bit-line"))
