"""Step linear in the conductance: soft bounds, and more or less of them.

    U(g) = step_set·max(1 − slope_set·z, 0)             z = (g − g_min)/(g_max − g_min)
    D(g) = step_reset·max(1 − slope_reset·(1 − z), 0)   (a step law: noise, amplitude and clip as in `ohmgrad.devices.steps`)

slope = 1: the step vanishes at the bound (saturating, soft bounds). 0 < slope < 1: the asymptote lies beyond the window, which clips; this
is the cell of NeuroSim (`ohmgrad.devices.neurosim` converts its labels). slope = 0: linear. slope < 0: steps grow towards the bound.
slope > 1: steps vanish before it. After n mean SET pulses from g_min, 1 − slope·z = (1 − slope·step_set/(g_max − g_min))ⁿ.

Source: the saturating curve of G. W. Burr et al., IEDM 2014, 29.5, doi:10.1109/IEDM.2014.7047135; soft bounds: S. Fusi and
L. F. Abbott, Nat. Neurosci. 10, 485 (2007), doi:10.1038/nn1859.
"""

from __future__ import annotations

import math
from typing import Any

from ohmgrad.devices.law import Param
from ohmgrad.devices.steps import step_law


def up(g: float, p: Any, tab: Any) -> float:
    slope = p.slope_set / (p.g_max - p.g_min)  # the same for every pulse: divided once, not once a pulse
    return p.step_set * max(1.0 - slope * (g - p.g_min), 0.0)


def down(g: float, p: Any, tab: Any) -> float:
    slope = p.slope_reset / (p.g_max - p.g_min)
    return p.step_reset * max(1.0 - slope * (p.g_max - g), 0.0)


def pulses_needed(g0: float, g1: float, t: float, p: Any, tab: Any) -> float:
    if g1 <= g0:
        return 0.0
    window, k = p.g_max - p.g_min, p.slope_set
    if g1 > p.g_max or p.step_set == 0.0:
        return math.inf
    if k == 0.0:
        return (g1 - g0) / p.step_set
    here, there = 1.0 - k * (g0 - p.g_min) / window, 1.0 - k * (g1 - p.g_min) / window
    if there <= 0.0:
        return math.inf
    if k * p.step_set >= window:
        return 1.0
    return math.log1p(-k * (g1 - g0) / window / here) / math.log1p(-k * p.step_set / window)


def nominal_step(t_set: float, t_reset: float, p: Any, tab: Any) -> tuple[float, float]:
    """The largest mean step in the window: at its near end, or at its far end where steps grow."""
    return p.step_set * max(1.0, 1.0 - p.slope_set), p.step_reset * max(1.0, 1.0 - p.slope_reset)


LAW = step_law(
    name="soft-bounds",
    text="steps linear in the conductance: shrinking towards the bounds (saturating), or more or less so",
    source="Burr et al., IEDM 2014, 29.5, doi:10.1109/IEDM.2014.7047135; Fusi and Abbott 2007, doi:10.1038/nn1859",
    equation="U = step_set·max(1 − slope_set·z, 0), D = step_reset·max(1 − slope_reset·(1 − z), 0), z = (g − g_min)/(g_max − g_min)",
    up=up,
    down=down,
    params={
        "step_set": Param("conductance", 0.1e-6, 1e-40, 1.0, "mean step of a SET pulse at g_min"),
        "slope_set": Param("dimensionless", 1.0, -1e20, 10.0, "1: no step left at g_max; 0: equal steps; < 0: growing steps"),
        "step_reset": Param("conductance", 0.1e-6, 1e-40, 1.0, "mean step of a RESET pulse at g_max"),
        "slope_reset": Param("dimensionless", 1.0, -1e20, 10.0, "1: no step left at g_min; 0: equal steps; < 0: growing steps"),
    },
    nominal_step=nominal_step,
    pulses_needed=pulses_needed,
)
