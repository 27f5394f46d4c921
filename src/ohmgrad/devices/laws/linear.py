"""Linear cell: every SET adds, every RESET subtracts the same step, within bounds or without.

    g ← clip(g + a·Δ·(1 + σ ξ), g_min, g_max),   Δ = step_set for a > 0, step_reset for a < 0,   ξ ~ N(0, 1)

a: signed amplitude (`ohmgrad.devices.drive`); σ: cycle-to-cycle spread, relative to the step. A full RESET returns the cell
to g_min. With `bounded` = 0 nothing is clipped, and g_min, g_max only name the nominal window (the blue curve of G. W. Burr et
al., IEDM 2014, 29.5, doi:10.1109/IEDM.2014.7047135; the red one is bounded). Left out: nonlinearity.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

from ohmgrad.devices.drive import VOLTS, check_volts, drive
from ohmgrad.devices.law import Law, Param
from ohmgrad.kernels.draws import normal


class State(NamedTuple):
    g: float


class Params(NamedTuple):
    g_min: float
    g_max: float
    step_set: float
    step_reset: float
    sigma: float
    bounded: float
    v_set: float
    v_reset: float
    v_th_set: float
    v_th_reset: float
    v_full: float


def pulse(s: Any, v: float, t: float, p: Any, tab: Any, key: Any) -> Any:
    if v <= -p.v_full:
        return State(p.g_min)
    a = drive(v, p)
    if a == 0.0:
        return s
    step = p.step_set if a > 0.0 else p.step_reset
    g = s.g + a * step * (1.0 + p.sigma * normal(key, 0))
    if p.bounded != 0.0:
        g = min(max(g, p.g_min), p.g_max)
    return State(g)


def mean_step(s: Any, v: float, p: Any, tab: Any) -> float:
    a = drive(v, p)
    return float(a * (p.step_set if a > 0.0 else p.step_reset))


def pulses_needed(g0: float, g1: float, p: Any, tab: Any) -> float:
    return max(g1 - g0, 0.0) / p.step_set if g1 <= p.g_max or p.bounded == 0.0 else math.inf


LAW = Law(
    name="linear",
    text="equal steps up and down, bounded or not",
    source="Burr et al., IEDM 2014, 29.5, doi:10.1109/IEDM.2014.7047135 (the four curves)",
    state=State,
    params=Params,
    declared={
        "g_min": Param("conductance", 0.1e-6, 0.0, 1.0, "lowest conductance"),
        "g_max": Param("conductance", 20e-6, 1e-15, 1.0, "highest conductance"),
        "step_set": Param("conductance", 0.1e-6, 1e-15, 1.0, "mean step of a SET pulse"),
        "step_reset": Param("conductance", 0.1e-6, 1e-15, 1.0, "mean step of a RESET pulse"),
        "sigma": Param("dimensionless", 0.3, 0.0, 10.0, "cycle-to-cycle spread, relative to the step"),
        "bounded": Param("dimensionless", 1.0, 0.0, 1.0, "0: steps go on beyond the window"),
        **VOLTS,
    },
    pulse=pulse,
    mean_step=mean_step,
    spread=lambda s, v, p, tab: abs(mean_step(s, v, p, tab)) * p.sigma,
    bounds=lambda p: (p.g_min, p.g_max) if p.bounded != 0.0 else (-math.inf, math.inf),
    start=lambda g, p: State(g),
    nominal_step=lambda p, tab: (p.step_set, p.step_reset),
    pulses_needed=pulses_needed,
    can_go_down=True,
    checks=check_volts,
)
