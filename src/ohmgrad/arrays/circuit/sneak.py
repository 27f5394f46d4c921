"""Sneak current against array size: one cell is read among cells that all conduct well, the worst that its neighbours can do.

The selected cell lies farthest from its driver and its sense circuit (first row, last column). I, the current that its column's sense circuit sees, is the cell's own and
the rest, which came through other cells:

    sneak = I_off − (current through the selected cell that is off)
    margin = (I_on − I_off)/I_on            what is left of the cell's on and off to be told apart: near 1 is good, near 0 hopeless
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

import numpy as np

from ohmgrad.arrays.circuit.access import Access, Passive, Selector
from ohmgrad.arrays.circuit.crossbar import Crossbar
from ohmgrad.arrays.circuit.select import select
from ohmgrad.errors import SpecError

READS = ("float", "ground", "V/2")  # unselected lines, while one cell is read


class Sneak(NamedTuple):
    """size: rows and columns; scheme: of `READS`; access: "passive" or "selector"; i_on, i_off, sneak (A): see the module."""

    size: int
    scheme: str
    access: str
    i_on: float
    i_off: float
    sneak: float

    @property
    def margin(self) -> float:
        """(I_on − I_off)/I_on; 0 where no current flows."""
        return 1.0 - self.i_off / self.i_on if self.i_on != 0.0 else 0.0


def sneak_currents(
    sizes: Iterable[int],
    g_on: float,
    g_off: float,
    v_read: float,
    *,
    wire: float = 0.0,
    access: Iterable[Access] = (Passive(), Selector()),
    schemes: Iterable[str] = READS,
) -> Iterator[Sneak]:
    """One `Sneak` a size, scheme and access, in that order; siemens, volts, ohms. Selectors begin off.

    Raises SpecError for sizes below 2, or unless g_on > g_off > 0.
    """
    if not 0.0 < g_off < g_on:
        raise SpecError(f"g_on = {g_on:g} S must be above g_off = {g_off:g} S, and both above 0")
    for n in sizes:
        if n < 2:
            raise SpecError(f"size {n}: an array with sneak paths has 2 rows and columns or more")
        for scheme in schemes:
            rows, columns = select((n, n), 0, n - 1, v_read, scheme)
            for kind in access:
                sensed, through = [], 0.0
                for target in (g_on, g_off):
                    g = np.full((n, n), g_on)
                    g[0, n - 1] = target
                    s = Crossbar(g, wire=wire, access=kind).solve(rows, columns, start="off")
                    sensed.append(float(s.column_currents[n - 1]))
                    through = float(s.cell_current[0, n - 1])
                yield Sneak(n, scheme, kind.kind, sensed[0], sensed[1], sensed[1] - through)
