"""Voltages of all lines when one cell is selected: what the other lines do decides which cells see a share of its voltage.

    ground   its row V, its column 0, all other lines 0             the row's other cells see V, the rest nothing
    float    its row V, its column 0, all other lines left open     sneak paths through three cells and more
    V/2      its row +V/2, its column −V/2, all other lines 0       the other cells of row and column see V/2
    V/3      its row +V/2, its column −V/2, other rows −V/6, other columns +V/6      every other cell sees ±V/3

V/2 and V/3 as they are written by `ohmgrad.programming.half_select` (eq. 1.11 and figure 1.14 of the chapter); V > 0 has the SET polarity.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from ohmgrad.errors import SpecError, nearest

SCHEMES = ("ground", "float", "V/2", "V/3")
Floats = npt.NDArray[np.float64]


def select(shape: tuple[int, int], row: int, column: int, v: float, scheme: str = "float") -> tuple[Floats, Floats]:
    """Voltages (rows,), (columns,) that select the cell at `row`, `column` of an array of `shape`, with v volts over it on ideal wires; NaN: floating.

    Raises SpecError for an unknown scheme, a cell outside the array, or a voltage that is not finite.

    >>> select((2, 3), 0, 1, 1.2, "V/2")
    (array([0.6, 0. ]), array([ 0. , -0.6,  0. ]))
    """
    if scheme not in SCHEMES:
        raise SpecError(f"scheme = '{scheme}'{nearest(scheme, SCHEMES)}")
    if not math.isfinite(v):
        raise SpecError(f"a cell is selected with a finite voltage, not {v:g} V")
    for what, k, n in (("row", row, shape[0]), ("column", column, shape[1])):
        if not 0 <= k < n:
            raise SpecError(f"there is no {what} {k}; the array's {n} are 0 to {n - 1}")
    high, low = (v, 0.0) if scheme in ("ground", "float") else (v / 2, -v / 2)
    rest_rows, rest_columns = {"ground": (0.0, 0.0), "float": (math.nan, math.nan), "V/2": (0.0, 0.0), "V/3": (-v / 6, v / 6)}[
        scheme
    ]
    rows, columns = np.full(shape[0], rest_rows), np.full(shape[1], rest_columns)
    rows[row], columns[column] = high, low
    return rows, columns
