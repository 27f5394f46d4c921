"""Cell from a table: mean step against conductance, straight lines between the rows.

    U(g) = tab[1] at g,   D(g) = −tab[2] at g          (a step law: noise, amplitude and clip as in `ohmgrad.devices.steps`)

tab has three rows, each of n ≥ 2 siemens: grid of g (rising, evenly spaced), mean SET step (≥ 0), mean RESET step (≤ 0). Outside the
grid the end values hold. For measured cells that no formula fits.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from ohmgrad.devices.steps import step_law
from ohmgrad.devices.tables import name_of, read_rows
from ohmgrad.errors import DataError
from ohmgrad.kernels.compiled import inline


@inline
def table_step(g: float, row: int, tab: Any) -> float:
    """Row `row` of the table (siemens) at conductance `g`, interpolated linearly on the even grid."""
    n = tab.shape[1]
    z = (g - tab[0, 0]) / (tab[0, n - 1] - tab[0, 0]) * (n - 1)
    z = min(max(z, 0.0), n - 1.0)
    i = min(int(z), n - 2)
    f = z - i
    return float(tab[row, i] + f * (tab[row, i + 1] - tab[row, i]))


def up(g: float, p: Any, tab: Any) -> float:
    return table_step(g, 1, tab)


def down(g: float, p: Any, tab: Any) -> float:
    return -table_step(g, 2, tab)


def nominal_step(t_set: float, t_reset: float, p: Any, tab: Any) -> tuple[float, float]:
    """Mean of U and of D over the grid."""
    return float(np.mean(tab[1])), -float(np.mean(tab[2]))


def read_table(value: Any) -> npt.NDArray[np.float64]:
    """Table (3, points) from a CSV or nested lists; raises DataError."""
    table = read_rows(value)
    where = name_of(value)
    if table.shape[0] != 3 or table.shape[1] < 2 or not np.isfinite(table).all():
        raise DataError(f"device.table: {where} must have three rows of at least two finite numbers, has shape {table.shape}")
    gaps = np.diff(table[0])
    if (gaps <= 0).any() or not np.allclose(gaps, gaps[0], rtol=1e-6):
        raise DataError(f"device.table: the first row of {where}, the grid of conductances, must rise in even steps")
    if (table[1] < 0).any() or (table[2] > 0).any():
        raise DataError(f"device.table: {where}: SET steps (row 2) must be ≥ 0 and RESET steps (row 3) ≤ 0")
    return table


LAW = step_law(
    name="table",
    text="mean step against conductance from a table",
    source="the user's own measurement",
    equation="U, D: straight lines between the points of a table",
    up=up,
    down=down,
    params={},
    nominal_step=nominal_step,
    read_table=read_table,
)
