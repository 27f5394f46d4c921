"""Linear cell: every SET adds, every RESET subtracts the same step, within bounds or without.

    U(g) = step_set,   D(g) = step_reset          (a step law: noise, amplitude and clip as in `ohmgrad.devices.steps`)

With `bounded` = 0 nothing is clipped, and g_min, g_max only name the nominal window (the blue curve of G. W. Burr et al., IEDM 2014,
29.5, doi:10.1109/IEDM.2014.7047135; the red one is bounded). Left out: nonlinearity.
"""

from __future__ import annotations

import math
from typing import Any

from ohmgrad.devices.law import Param
from ohmgrad.devices.steps import step_law


def up(g: float, p: Any, tab: Any) -> float:
    return p.step_set


def down(g: float, p: Any, tab: Any) -> float:
    return p.step_reset


def bounds(p: Any) -> tuple[float, float]:
    return (p.g_min, p.g_max) if p.bounded != 0.0 else (-math.inf, math.inf)


def pulses_needed(g0: float, g1: float, t: float, p: Any, tab: Any) -> float:
    return max(g1 - g0, 0.0) / p.step_set if g1 <= p.g_max or p.bounded == 0.0 else math.inf


LAW = step_law(
    name="linear",
    text="equal steps up and down, bounded or not",
    source="Burr et al., IEDM 2014, 29.5, doi:10.1109/IEDM.2014.7047135 (the four curves)",
    equation="U = step_set, D = step_reset",
    leaves_out="nonlinearity, pulse width and waveform",
    up=up,
    down=down,
    params={
        "step_set": Param("conductance", 0.1e-6, 1e-15, 1.0, "mean step of a SET pulse"),
        "step_reset": Param("conductance", 0.1e-6, 1e-15, 1.0, "mean step of a RESET pulse"),
        "bounded": Param("dimensionless", 1.0, 0.0, 1.0, "0: steps go on beyond the window"),
    },
    bounds=bounds,
    nominal_step=lambda t_set, t_reset, p, tab: (p.step_set, p.step_reset),
    pulses_needed=pulses_needed,
)
