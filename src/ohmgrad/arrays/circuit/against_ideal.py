"""A solved array beside the one that it would be on ideal wires: what wires, drivers and sense circuits cost each cell and each line."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from ohmgrad.arrays.circuit.crossbar import Crossbar
from ohmgrad.arrays.circuit.solution import Solution

Floats = npt.NDArray[np.float64]
SEEN = 0.1  # crossings that on ideal wires see less than this share of the largest voltage are not compared


class AgainstIdeal(NamedTuple):
    """solution: on its wires; ideal: the same cells, drive and start on ideal wires.

    share (rows, columns): voltage over each crossing divided by what it is on ideal wires, NaN where that is below `SEEN` of the largest.
    worst: (row, column) of the share farthest from 1, or None where no crossing sees a voltage.
    """

    solution: Solution
    ideal: Solution
    share: Floats
    worst: tuple[int, int] | None


def without_wires(bar: Crossbar) -> Crossbar:
    """The same cells on ideal wires."""
    return Crossbar(bar.g, access=bar.access, current=bar.current, v_0=bar.v_0)


def against_ideal(bar: Crossbar, rows: npt.ArrayLike, columns: npt.ArrayLike = 0.0, *, start: object = None) -> AgainstIdeal:
    """Solve `bar` and its ideal twin; arguments and errors are those of `Crossbar.solve`."""
    solution = bar.solve(rows, columns, start=start)
    ideal = solution if bar.wires.ideal else without_wires(bar).solve(rows, columns, start=start)
    wanted = ideal.cell_volts
    largest = float(np.abs(wanted).max())
    seen = (np.abs(wanted) >= SEEN * largest) & (largest > 0.0)
    share = np.where(seen, solution.cell_volts / np.where(seen, wanted, 1.0), np.nan)
    if not seen.any():
        return AgainstIdeal(solution, ideal, share, None)
    i, j = np.unravel_index(int(np.nanargmax(np.abs(share - 1.0))), share.shape)
    return AgainstIdeal(solution, ideal, share, (int(i), int(j)))
