"""What a solved crossbar is: voltages and currents of everything, power, and how well Kirchhoff's law holds."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ohmgrad.arrays.circuit.wires import Wires

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Solution:
    """Every voltage and current of one array; V, A, W. Shapes (rows, columns) unless said.

    row_drive (rows,), column_drive (columns,): voltages that the lines are driven with (of floating lines: at their first node).
    row_drop, column_drop: nodes minus that. cell_current: from row to column. selector: 0 for off, ±1 for on (sign of the current), all 0 without selectors.
    missing: largest current missing at a node (A); scale: largest cell current (A), at least what the rounding of voltages makes; steps, iterations: what it took.
    """

    wires: Wires
    row_drive: Floats
    column_drive: Floats
    row_tied: npt.NDArray[np.bool_]
    column_tied: npt.NDArray[np.bool_]
    row_drop: Floats
    column_drop: Floats
    cell_current: Floats
    selector: npt.NDArray[np.int8]
    missing: float
    scale: float
    steps: int
    iterations: int

    @property
    def row_volts(self) -> Floats:
        """Voltages of the row nodes."""
        return self.row_drive[:, None] + self.row_drop

    @property
    def column_volts(self) -> Floats:
        """Voltages of the column nodes."""
        return self.column_drive + self.column_drop

    @property
    def cell_volts(self) -> Floats:
        """Voltage over every crossing, cell and what is in series with it; without the digits that a difference of node voltages would lose."""
        return (self.row_drive[:, None] - self.column_drive) + (self.row_drop - self.column_drop)

    @property
    def row_currents(self) -> Floats:
        """(rows,) from each row's driver into the array."""
        return np.asarray(self.cell_current.sum(axis=1))

    @property
    def column_currents(self) -> Floats:
        """(columns,) out of each column into its end."""
        return np.asarray(self.cell_current.sum(axis=0))

    @property
    def residual(self) -> float:
        """Largest current missing at a node, as a share of the largest cell current."""
        return self.missing / self.scale if self.missing > 0.0 else 0.0

    @property
    def power_in(self) -> float:
        """Delivered by the drivers, Σ V I."""
        rows = self.row_drive[self.row_tied] @ self.row_currents[self.row_tied]
        columns = self.column_drive[self.column_tied] @ self.column_currents[self.column_tied]
        return float(rows - columns)

    @property
    def power_cells(self) -> float:
        """Burnt in the crossings."""
        return float((self.cell_volts * self.cell_current).sum())

    @property
    def power_wires(self) -> float:
        """Burnt in wires, drivers and sense circuits."""
        w = self.wires
        rows = _burnt(self.row_drop, self.cell_current, w.row, w.row_ties(self.row_tied))
        columns = _burnt(self.column_drop.T, -self.cell_current.T, w.column, w.column_ties(self.column_tied))
        return rows + columns

    @property
    def worst(self) -> tuple[int, int]:
        """Row and column of the crossing that loses the largest share of its voltage on the way."""
        wanted = self.row_drive[:, None] - self.column_drive
        lost = np.where(wanted != 0.0, 1.0 - self.cell_volts / np.where(wanted != 0.0, wanted, 1.0), -np.inf)
        i, j = np.unravel_index(int(lost.argmax()), lost.shape)
        return int(i), int(j)


def _burnt(drop: Floats, current: Floats, r: float, ties: tuple[Floats, Floats]) -> float:
    """Power of lines (along the second axis) whose nodes lie `drop` from their drive and lose `current` to their cells."""
    power = 0.0
    if r > 0.0:
        power += float((np.diff(drop, axis=1) ** 2).sum()) / r
    for tie, at in zip(ties, (0, -1), strict=True):
        finite = np.isfinite(tie)
        power += float((tie[finite] * drop[finite, at] ** 2).sum())
    return power
