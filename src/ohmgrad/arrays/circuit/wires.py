"""Wires of a crossbar and how their ends are tied: ohms of a segment, of drivers and of sense circuits.

      V_i ─source─wire─●─wire─●─wire─●            a row: driven at its left end; its cells hang at the nodes ●
                       G      G      G
                       ●      ●      ●
                       wire   wire   wire         columns: each at virtual ground behind its bottom end
                       ●      ●      ●
                       wire   wire   wire
                       sense  sense  sense ─ 0 V

Every segment has the same resistance, the two between the outermost nodes and the ends included unless `end_segments` is False. Zero ohms means an ideal wire:
all nodes of a line are one. An end may be driven on either side or on both; a line without a voltage floats.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from ohmgrad.errors import SpecError

Floats = npt.NDArray[np.float64]
RowEnds = Literal["left", "right", "both"]
ColumnEnds = Literal["bottom", "top", "both"]


@dataclass(frozen=True)
class Wires:
    """row, column: ohms of a segment; source, sense: ohms in series with each end of a row and of a column; row_ends, column_ends: which are tied.

    end_segments: whether there is a segment of wire before the first node and after the last. Raises SpecError for a resistance that is not a number ≥ 0.
    """

    row: float = 0.0
    column: float = 0.0
    source: float = 0.0
    sense: float = 0.0
    row_ends: RowEnds = "left"
    column_ends: ColumnEnds = "bottom"
    end_segments: bool = True

    def __post_init__(self) -> None:
        for name in ("row", "column", "source", "sense"):
            ohms = getattr(self, name)
            shown = f"{ohms:g} ohm" if isinstance(ohms, int | float) else ohms
            if not (isinstance(ohms, float | int | np.number) and ohms >= 0.0 and math.isfinite(ohms)):
                raise SpecError(
                    f"{_WHAT[name]}: {shown}; a resistance is a finite number from 0 on, and 0 stands for an ideal one"
                )
        for name, ends, allowed in (("row_ends", self.row_ends, _ROW), ("column_ends", self.column_ends, _COLUMN)):
            if ends not in allowed:
                raise SpecError(f"{name} = {ends!r}: known: {', '.join(allowed)}")

    @property
    def ideal(self) -> bool:
        """Does no resistance anywhere keep a line from being one node at its voltage?"""
        return self.row == self.column == self.source == self.sense == 0.0

    def row_ties(self, driven: npt.NDArray[np.bool_]) -> tuple[Floats, Floats]:
        """Siemens of the left and right ends of rows; driven (rows,): which have a voltage."""
        return _ties(driven, self.row, self.source, self.end_segments, self.row_ends != "right", self.row_ends != "left")

    def column_ties(self, driven: npt.NDArray[np.bool_]) -> tuple[Floats, Floats]:
        """Siemens of the top and bottom ends of columns."""
        first, last = self.column_ends != "bottom", self.column_ends != "top"
        return _ties(driven, self.column, self.sense, self.end_segments, first, last)


_WHAT = {"row": "wire of the rows", "column": "wire of the columns", "source": "source", "sense": "sense"}
_ROW, _COLUMN = ("left", "right", "both"), ("bottom", "top", "both")


def _ties(
    driven: npt.NDArray[np.bool_], wire: float, series: float, end_segments: bool, first: bool, last: bool
) -> tuple[Floats, Floats]:
    ohms = series + (wire if end_segments else 0.0)
    tie = 1.0 / ohms if ohms > 0.0 else math.inf
    return np.where(driven & first, tie, 0.0), np.where(driven & last, tie, 0.0)
