"""Cell from a table: mean step against conductance, straight lines between the rows.

    SET    g ← clip(g + a·U(g)·(1 + σ ξ), g_min, g_max)
    RESET  g ← clip(g + |a|·D(g)·(1 + σ ξ), g_min, g_max)

tab has three rows, each of n ≥ 2 siemens: grid of g (rising, evenly spaced), U (≥ 0), D (≤ 0). Outside the grid the end values hold. ξ ~ N(0, 1);
a: signed amplitude (`ohmgrad.devices.drive`). A full RESET returns the cell to g_min. For measured cells that no formula fits.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

from ohmgrad.devices.drive import VOLTS, check_volts, drive
from ohmgrad.devices.law import Law, Param
from ohmgrad.kernels.compiled import inline
from ohmgrad.kernels.draws import normal


class State(NamedTuple):
    g: float


class Params(NamedTuple):
    g_min: float
    g_max: float
    sigma: float
    v_set: float
    v_reset: float
    v_th_set: float
    v_th_reset: float
    v_full: float


@inline
def table_step(g: float, row: int, tab: Any) -> float:
    """Row `row` of the table (siemens) at conductance `g`, interpolated linearly on the even grid."""
    n = tab.shape[1]
    z = (g - tab[0, 0]) / (tab[0, n - 1] - tab[0, 0]) * (n - 1)
    z = min(max(z, 0.0), n - 1.0)
    i = min(int(z), n - 2)
    f = z - i
    return float(tab[row, i] + f * (tab[row, i + 1] - tab[row, i]))


def pulse(s: Any, v: float, t: float, p: Any, tab: Any, key: Any) -> Any:
    if v <= -p.v_full:
        return State(p.g_min)
    a = drive(v, p)
    if a == 0.0:
        return s
    step = table_step(s.g, 1 if a > 0.0 else 2, tab)
    g = s.g + abs(a) * step * (1.0 + p.sigma * normal(key, 0))
    return State(min(max(g, p.g_min), p.g_max))


def mean_step(s: Any, v: float, p: Any, tab: Any) -> float:
    a = drive(v, p)
    return 0.0 if a == 0.0 else abs(a) * table_step(s.g, 1 if a > 0.0 else 2, tab)


def nominal_step(p: Any, tab: Any) -> tuple[float, float]:
    """Mean of U and of |D| over the grid."""
    n = tab.shape[1]
    up = down = 0.0
    for i in range(n):
        up += tab[1, i] / n
        down -= tab[2, i] / n
    return up, down


def pulses_needed(g0: float, g1: float, p: Any, tab: Any) -> float:
    if g1 > p.g_max:
        return math.inf
    g, n = g0, 0.0
    while g < g1:
        step = table_step(g, 1, tab)
        if step <= 0.0 or n > 1e6:
            return math.inf
        if g + step >= g1:
            return n + (g1 - g) / step
        g += step
        n += 1.0
    return n


LAW = Law(
    name="table",
    text="mean step against conductance from a table",
    source="the user's own measurement",
    state=State,
    params=Params,
    declared={
        "g_min": Param("conductance", 0.1e-6, 0.0, 1.0, "lowest conductance"),
        "g_max": Param("conductance", 20e-6, 1e-15, 1.0, "highest conductance"),
        "sigma": Param("dimensionless", 0.3, 0.0, 10.0, "cycle-to-cycle spread, relative to the step"),
        **VOLTS,
    },
    pulse=pulse,
    mean_step=mean_step,
    spread=lambda s, v, p, tab: abs(mean_step(s, v, p, tab)) * p.sigma,
    bounds=lambda p: (p.g_min, p.g_max),
    start=lambda g, p: State(g),
    nominal_step=nominal_step,
    pulses_needed=pulses_needed,
    can_go_down=True,
    checks=check_volts,
    needs_table=True,
)
