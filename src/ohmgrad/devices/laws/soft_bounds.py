"""Saturating cell: the step shrinks in proportion to the distance from the bound.

    SET    g ← g + a·step_set·(g_max − g)/(g_max − g_min)·(1 + σ ξ)
    RESET  g ← g + a·step_reset·(g − g_min)/(g_max − g_min)·(1 + σ ξ)          (a < 0)

then clipped to g_min…g_max; ξ ~ N(0, 1); a: signed amplitude (`ohmgrad.devices.drive`). After n mean SET pulses from g_min,
(g_max − g)/(g_max − g_min) = (1 − step_set/(g_max − g_min))ⁿ. A full RESET returns the cell to g_min at once.

Source: the saturating curve of G. W. Burr et al., IEDM 2014, 29.5, doi:10.1109/IEDM.2014.7047135; soft bounds: S. Fusi and
L. F. Abbott, Nat. Neurosci. 10, 485 (2007), doi:10.1038/nn1859.
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
    room = p.g_max - s.g if a > 0.0 else s.g - p.g_min
    step = p.step_set if a > 0.0 else p.step_reset
    g = s.g + a * step * room / (p.g_max - p.g_min) * (1.0 + p.sigma * normal(key, 0))
    return State(min(max(g, p.g_min), p.g_max))


def mean_step(s: Any, v: float, p: Any, tab: Any) -> float:
    a = drive(v, p)
    room = p.g_max - s.g if a > 0.0 else s.g - p.g_min
    return float(a * (p.step_set if a > 0.0 else p.step_reset) * room / (p.g_max - p.g_min))


def pulses_needed(g0: float, g1: float, p: Any, tab: Any) -> float:
    if g1 >= p.g_max:
        return math.inf
    if g1 <= g0:
        return 0.0
    return math.log((p.g_max - g1) / (p.g_max - g0)) / math.log1p(-p.step_set / (p.g_max - p.g_min))


LAW = Law(
    name="soft-bounds",
    text="steps that shrink towards the bounds (saturating)",
    source="Burr et al., IEDM 2014, 29.5, doi:10.1109/IEDM.2014.7047135; Fusi and Abbott 2007, doi:10.1038/nn1859",
    state=State,
    params=Params,
    declared={
        "g_min": Param("conductance", 0.1e-6, 0.0, 1.0, "lowest conductance"),
        "g_max": Param("conductance", 20e-6, 1e-15, 1.0, "highest conductance"),
        "step_set": Param("conductance", 0.1e-6, 1e-15, 1.0, "mean step of a SET pulse at g_min"),
        "step_reset": Param("conductance", 0.1e-6, 1e-15, 1.0, "mean step of a RESET pulse at g_max"),
        "sigma": Param("dimensionless", 0.3, 0.0, 10.0, "cycle-to-cycle spread, relative to the step"),
        **VOLTS,
    },
    pulse=pulse,
    mean_step=mean_step,
    spread=lambda s, v, p, tab: abs(mean_step(s, v, p, tab)) * p.sigma,
    bounds=lambda p: (p.g_min, p.g_max),
    start=lambda g, p: State(g),
    nominal_step=lambda p, tab: (p.step_set, p.step_reset),
    pulses_needed=pulses_needed,
    can_go_down=True,
    checks=check_volts,
)
