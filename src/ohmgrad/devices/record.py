"""A law that writes down every pulse that one chosen cell receives, and does otherwise what the law within it does.

Loops hand a law its read-only table. A recording law is handed a tape in its place, one 2-D array:

    row 0                 what to look for, how far the tape is written, and where the law's own table stands
    rows 1 … room         one pulse each, in the order given: `COLUMNS`
    rows room + 1 …       the law's own table, in the first columns

A pulse belongs to the cell if its key has the cell's address and layer; keys of purpose 0 address trials, which nobody receives. Pulses
beyond the room are counted and not kept, so the reader knows how much room there should have been.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import numpy.typing as npt

from ohmgrad.devices.law import Law
from ohmgrad.kernels.compiled import inlined

Floats = npt.NDArray[np.float64]

COLUMNS = (
    "step",
    "pulse",
    "purpose",
    "volts",
    "seconds",
    "before",
    "after",
    "drawn",
)  # the last three: conductance, siemens; drawn: as
# the source of the pulse saw it, the mean of before and after
ADDRESS, LAYER, WRITTEN, ROOM, POINTS = range(5)  # columns of row 0


@dataclass(frozen=True, kw_only=True)
class Recording(Law):
    """A law around another one, made by `record`."""

    inner: Law


def record(law: Law) -> Law:
    """`law`, with the pulses of the cell that the tape names written on the tape."""
    pulse_, mean_, spread_ = inlined(law.pulse), inlined(law.mean_step), inlined(law.spread)
    drawn_ = inlined(law.drawn if law.drawn is not None else lambda g, v, p: g)
    if law.needs_table:
        own = inlined(lambda tab: tab[1 + int(tab[0, ROOM]) :, : int(tab[0, POINTS])])
    else:
        own = inlined(lambda tab: tab)

    def pulse(s: Any, v: Any, t: Any, p: Any, tab: Any, key: Any) -> Any:
        r = pulse_(s, v, t, p, own(tab), key)
        if key.cell == tab[0, ADDRESS] and key.stream & 255 == tab[0, LAYER] and key.stream > 255:
            n = int(tab[0, WRITTEN])
            tab[0, WRITTEN] = n + 1
            if n < tab[0, ROOM]:
                tab[1 + n, 0] = key.step
                tab[1 + n, 1] = key.pulse
                tab[1 + n, 2] = key.stream >> 8
                tab[1 + n, 3] = v
                tab[1 + n, 4] = t
                tab[1 + n, 5] = s.g
                tab[1 + n, 6] = r.g
                tab[1 + n, 7] = 0.5 * (drawn_(s.g, v, p) + drawn_(r.g, v, p))
        return r

    def mean_step(s: Any, v: Any, t: Any, p: Any, tab: Any) -> Any:
        return mean_(s, v, t, p, own(tab))

    def spread(s: Any, v: Any, t: Any, p: Any, tab: Any) -> Any:
        return spread_(s, v, t, p, own(tab))

    same = {f.name: getattr(law, f.name) for f in fields(Law)}
    return Recording(**{**same, "pulse": pulse, "mean_step": mean_step, "spread": spread}, inner=law)


class Tape:
    """The array that a recording law is handed for a cell at `address` (members·synapse + member) of `layer`.

    table: the law's own; room: pulses that fit between two calls of `take`.
    """

    def __init__(self, table: Floats, layer: int, address: int, room: int) -> None:
        own = np.atleast_2d(table)
        rows, points = own.shape
        self.array: Floats = np.zeros((1 + room + rows, max(points, len(COLUMNS))))
        self.array[0, [ADDRESS, LAYER, ROOM, POINTS]] = address, layer, room, points
        self.array[1 + room :, :points] = own
        self.room = room

    @property
    def written(self) -> int:
        """Pulses since the last `take`, those for which there was no room included."""
        return int(self.array[0, WRITTEN])

    def take(self) -> Floats:
        """The pulses on the tape (pulses, columns), which is empty then."""
        taken = self.array[1 : 1 + min(self.written, self.room), : len(COLUMNS)].copy()
        self.array[0, WRITTEN] = 0
        return taken

    def longer(self, room: int) -> Tape:
        """An empty tape with more room, for the same cell."""
        head, points = self.array[0], int(self.array[0, POINTS])
        return Tape(self.array[1 + self.room :, :points], int(head[LAYER]), int(head[ADDRESS]), room)
