"""Cell from measured jumps: the whole distribution of the step as a function of the conductance, drawn by its inverse.

    SET, RESET   g ← clip(g + |a|·Q(u, g))       u ~ uniform(0, 1),   a: `ohmgrad.devices.drive`
    full RESET   g ← lowest conductance of the cell

Q(u, g), siemens: the step that a share u of the pulses stays below, straight lines between the levels u and between the points
g of an even grid; outside the grid its end holds. One such table for SET and one for RESET, for each of any number of measured
cells. `which` says after which of them (0, 1, …; its whole part, held within the table) a simulated cell behaves: give each its
own, and variation from cell to cell is the measured one, correlations included. clip: to g_min … g_max and to the measured
cell's own grid; a cell that starts outside that grid is not pulled in, but goes no further out. (Jumps of some measured cells
are larger than their whole window.)

The table, (1 + cells·2·(1 + levels), points): first row cells, levels, then zeros; then for each cell, first for SET and then
for RESET, one row with the grid in siemens (rising, even) and `levels` rows with Q in siemens at the levels 0, 1/(levels − 1),
… 1, lowest first. `read_table` also takes an .npz with G (cells, 2, points), cdf (levels,) and dG (cells, 2, levels, points),
the form of the lookup tables in Sandia's CrossSim (github.com/sandialabs/cross-sim-data). Q need not rise strictly with u: a
measured table that does not is drawn as it is.

mean_step and spread are the exact moments of this distribution, clipped to the measured cell's own grid; g_min, g_max aside.
With `random` = 0 each step is its mean. Near the ends of the window the mean of measured SET steps may be below 0, and of RESET
steps above. Left out: memory of earlier steps, dependence on volts beyond the linear amplitude, pulse width.
"""

from __future__ import annotations

import math
import zipfile
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from ohmgrad.devices.drive import VOLTS, check_volts, drive
from ohmgrad.devices.law import Law, Param
from ohmgrad.devices.steps import State, count_pulses
from ohmgrad.devices.tables import name_of, read_rows
from ohmgrad.errors import DataError
from ohmgrad.kernels.compiled import inline
from ohmgrad.kernels.draws import uniform

Floats = npt.NDArray[np.float64]
EVEN = 1e-4  # unevenness of a grid that single precision leaves, relative to its step


class Params(NamedTuple):
    g_min: float
    g_max: float
    which: float
    random: float
    v_set: float
    v_reset: float
    v_th_set: float
    v_th_reset: float
    v_full: float


@inline
def block(which: float, reset: int, tab: Any) -> int:
    """Row of the grid of measured cell `which`, for SET (0) or RESET (1); the steps lie in the rows below."""
    cell = min(max(int(which), 0), int(tab[0, 0]) - 1)
    return 1 + (2 * cell + reset) * (int(tab[0, 1]) + 1)


@inline
def place(g: float, row: int, tab: Any) -> tuple[int, float]:
    """(grid point below `g`, share of the way to the next), held within the grid."""
    n = tab.shape[1]
    z = (g - tab[row, 0]) / (tab[row, n - 1] - tab[row, 0]) * (n - 1)
    z = min(max(z, 0.0), n - 1.0)
    i = min(int(z), n - 2)
    return i, z - i


@inline
def level(row: int, i: int, f: float, tab: Any) -> float:
    """Step in `row` (siemens) at the place (i, f)."""
    return float(tab[row, i] + f * (tab[row, i + 1] - tab[row, i]))


@inline
def moments(g: float, a: float, p: Any, tab: Any) -> tuple[float, float]:
    """(mean, standard deviation) of the step in siemens, clipped to the measured cell's own grid. Segment by segment, exact."""
    row = block(p.which, 0 if a > 0.0 else 1, tab)
    i, f = place(g, row, tab)
    levels = int(tab[0, 1])
    low, high = min(tab[row, 0] - g, 0.0), max(tab[row, tab.shape[1] - 1] - g, 0.0)
    mean = square = 0.0
    centre = abs(a) * level(row + 1 + levels // 2, i, f, tab)  # close to the mean: less is lost in square − mean²
    centre = min(max(centre, low), high)
    low, high = low - centre, high - centre
    y0 = abs(a) * level(row + 1, i, f, tab) - centre
    for j in range(1, levels):
        y1 = abs(a) * level(row + 1 + j, i, f, tab) - centre
        c0, c1 = min(max(y0, low), high), min(max(y1, low), high)
        if c0 == c1:
            mean += c0
            square += c0 * c0
        else:  # from y0 to y1 at an even pace: at c0 until the bound is passed, between, and at c1 from the other bound on
            before, within, after = (c0 - y0) / (y1 - y0), (c1 - c0) / (y1 - y0), (y1 - c1) / (y1 - y0)
            mean += before * c0 + within * 0.5 * (c0 + c1) + after * c1
            square += before * c0 * c0 + within * (c0 * c0 + c0 * c1 + c1 * c1) / 3.0 + after * c1 * c1
        y0 = y1
    mean, square = mean / (levels - 1), square / (levels - 1)
    return centre + mean, math.sqrt(max(square - mean * mean, 0.0))


@inline
def jump(g: float, a: float, u: float, p: Any, tab: Any) -> float:
    """The step (siemens) that a share `u` of the pulses stays below, not clipped."""
    row = block(p.which, 0 if a > 0.0 else 1, tab)
    i, f = place(g, row, tab)
    levels = int(tab[0, 1])
    y = u * (levels - 1)
    j = min(int(y), levels - 2)
    below, above = level(row + 1 + j, i, f, tab), level(row + 2 + j, i, f, tab)
    return abs(a) * (below + (y - j) * (above - below))


def pulse(s: Any, v: float, t: float, p: Any, tab: Any, key: Any) -> Any:
    row = block(p.which, 0 if v > 0.0 else 1, tab)
    low, high = tab[row, 0], tab[row, tab.shape[1] - 1]
    if v <= -p.v_full:
        return State(min(max(p.g_min, low), p.g_max))
    a = drive(v, p)
    if a == 0.0:
        return s
    step = jump(s.g, a, uniform(key, 0), p, tab) if p.random != 0.0 else moments(s.g, a, p, tab)[0]
    low, high = max(min(low, s.g), p.g_min), min(max(high, s.g), p.g_max)
    return State(min(max(s.g + step, low), high))


def mean_step(s: Any, v: float, t: float, p: Any, tab: Any) -> float:
    a = drive(v, p)
    return float(moments(s.g, a, p, tab)[0]) if a != 0.0 else 0.0


def spread(s: Any, v: float, t: float, p: Any, tab: Any) -> float:
    a = drive(v, p)
    return float(moments(s.g, a, p, tab)[1]) if a != 0.0 and p.random != 0.0 else 0.0


def nominal_step(t_set: float, t_reset: float, p: Any, tab: Any) -> tuple[float, float]:
    """Mean SET and RESET step over the grid of measured cell `which`; where it varies, let the nominal one be a typical cell."""
    up, down = (abs(sum(moments(g, a, p, tab)[0] for g in tab[block(p.which, k, tab)])) for k, a in enumerate((1.0, -1.0)))
    return up / tab.shape[1], down / tab.shape[1]


def pulses_needed(g0: float, g1: float, t: float, p: Any, tab: Any) -> float:
    return count_pulses(g0, g1, lambda g: moments(g, drive(p.v_set, p), p, tab)[0], p.g_max)


def jump_table(grid: Any, steps: Any) -> Floats:
    """The law's table from grid (cells, 2, points) and steps (cells, 2, levels, points), both in siemens, SET first.

    >>> jump_table([[[0.0, 1.0], [0.0, 1.0]]], [[[[0.1, 0.0], [0.3, 0.0]], [[0.0, -0.3], [0.0, -0.1]]]])[0]
    array([1., 2.])
    """
    grid, steps = np.asarray(grid, np.float64), np.asarray(steps, np.float64)
    cells, _, levels, points = steps.shape
    head = np.zeros((1, points))
    head[0, :2] = cells, levels
    return np.concatenate([head, np.concatenate([grid[:, :, None], steps], axis=2).reshape(-1, points)])


def read_table(value: Any) -> Floats:
    """Table from an .npz, a CSV or nested lists as in the module's docstring; raises DataError."""
    where = name_of(value)
    archive = isinstance(value, str | Path) and Path(value).suffix.lower() == ".npz"
    table = _from_npz(Path(value)) if archive else read_rows(value)
    rows, points = table.shape
    if points < 2 or not np.isfinite(table).all():
        raise DataError(f"device.table: {where} must have rows of at least two finite numbers, has shape {table.shape}")
    cells, levels = table[0, 0], table[0, 1]
    if cells < 1 or levels < 2 or cells % 1 or levels % 1 or table[0, 2:].any() or rows != 1 + cells * 2 * (1 + levels):
        raise DataError(
            f"device.table: the first row of {where} must give the numbers of cells and levels, then zeros, "
            f"and 1 + cells·2·(1 + levels) rows must be there; it gives {cells:g} and {levels:g}, with {rows} rows"
        )
    blocks = table[1:].reshape(int(cells), 2, 1 + int(levels), points)
    for cell, reset in np.ndindex(int(cells), 2):
        grid, steps = blocks[cell, reset, 0], blocks[cell, reset, 1:]
        which = f"cell {cell}, {'RESET' if reset else 'SET'}"
        if grid[0] < 0 or not _even(grid):
            raise DataError(f"device.table: {where}: the grid of {which} must rise in even steps from 0 S or more")
        if (steps[-1] < steps[0]).any():
            raise DataError(f"device.table: {where}: the highest level of {which} lies below its lowest; levels go from 0 to 1")
        mean = 0.5 * (steps[1:] + steps[:-1]).mean()
        if mean > 0 if reset else mean < 0:
            raise DataError(f"device.table: {where}: the mean step of {which} has the wrong sign (SET first, then RESET)")
    return table


def _even(x: Floats) -> bool:
    gaps = np.diff(x)
    return bool((gaps > 0).all() and np.allclose(gaps, gaps.mean(), rtol=EVEN, atol=0))


def _from_npz(path: Path) -> Floats:
    try:
        with np.load(path, allow_pickle=False) as file:
            missing = [name for name in ("G", "cdf", "dG") if name not in file]
            if missing:
                raise DataError(f"device.table: {path} has no array '{missing[0]}'; it needs G, cdf and dG")
            grid, cdf, steps = (np.asarray(file[name], np.float64) for name in ("G", "cdf", "dG"))
    except (OSError, ValueError, TypeError, EOFError, AttributeError, zipfile.BadZipFile) as e:
        raise DataError(f"device.table: {path} cannot be read as .npz: {' '.join(str(e).split())}") from e
    shapes_fit = (
        grid.ndim == 3 and cdf.ndim == 1 and grid.shape[0] > 0 and steps.shape == (grid.shape[0], 2, len(cdf), grid.shape[2])
    )
    if not shapes_fit or grid.shape[1] != 2 or grid.shape[2] < 2:
        raise DataError(
            f"device.table: {path}: shapes must be G (cells, 2, points), cdf (levels,), dG (cells, 2, levels, points); "
            f"they are {grid.shape}, {cdf.shape}, {steps.shape}"
        )
    if len(cdf) < 2 or abs(cdf[0]) > EVEN or abs(cdf[-1] - 1.0) > EVEN or not _even(cdf):
        raise DataError(f"device.table: {path}: cdf must rise from 0 to 1 in even steps")
    return jump_table(grid, steps)


LAW = Law(
    name="jump-table",
    text="steps drawn from measured distributions, one for each conductance and measured cell",
    source="the user's own measurement; the form of the lookup tables of CrossSim, github.com/sandialabs/cross-sim",
    state=State,
    params=Params,
    declared={
        "g_min": Param("conductance", 0.1e-6, 0.0, 1.0, "lowest conductance"),
        "g_max": Param("conductance", 20e-6, 1e-15, 1.0, "highest conductance"),
        "which": Param(
            "dimensionless", 0.0, 0.0, 1e6, "measured cell that a cell behaves like: 0, 1, …; its whole part counts"
        ),
        "random": Param("dimensionless", 1.0, 0.0, 1.0, "0: each step is its mean"),
        **VOLTS,
    },
    pulse=pulse,
    mean_step=mean_step,
    spread=spread,
    bounds=lambda p: (p.g_min, p.g_max),
    start=lambda g, p: State(g),
    nominal_step=nominal_step,
    pulses_needed=pulses_needed,
    can_go_down=True,
    equation="g += Q(u, g), u ~ uniform(0, 1), Q: straight lines between the points (u, g) of two tables, SET and RESET",
    leaves_out="memory of earlier steps, pulse width and waveform; volts scale the step",
    switches={"cycle-to-cycle": {"random": 0.0}},
    checks=check_volts,
    read_table=read_table,
)
