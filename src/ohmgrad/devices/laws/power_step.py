"""Power step: the step is a power of the distance to the bound.

    U(g) = step_set·(1 − z)^γ_up          z = (g − g_min)/(g_max − g_min)
    D(g) = step_reset·z^γ_down            (a step law: noise, amplitude and clip as in `ohmgrad.devices.steps`)

γ = 1 is soft bounds, γ = 0 the linear cell (but for the bound itself, where 0^γ is taken as 0; a step could not go further
there anyway). In weight units, as published: Δw·((w_max − w)/(w_max − w_min))^γ up, Δw·((w − w_min)/(w_max − w_min))^γ down; w
runs linearly from w_min to w_max while g runs from g_min to g_max, so a step Δw is Δw·(g_max − g_min)/(w_max − w_min) siemens.

Source: the form, S. Fusi and L. F. Abbott, Nat. Neurosci. 10, 485 (2007), doi:10.1038/nn1859, as in the IBM Analog Hardware
Acceleration Kit, M. J. Rasch et al., IEEE AICAS 2021, doi:10.1109/AICAS51828.2021.9458494. The defaults are the cells of Wu et
al., NeurIPS 2025: γ = 0.5, Δw = 0.001 between bounds ±0.7, spread 30 %; the window in siemens is ours. Left out: pulse width
and waveform. In the mean, 1 − z falls as (1 − z)^(1 − γ) = 1 − (1 − γ)·n·step_set/(g_max − g_min) after n small SET pulses from
g_min, and reaches the bound in finite time for γ < 1.
"""

from __future__ import annotations

import math
from typing import Any

from ohmgrad.devices.law import Param
from ohmgrad.devices.steps import step_law
from ohmgrad.kernels.compiled import inline
from ohmgrad.kernels.elementary import power


def share(z: float, gamma: float) -> float:
    """z^γ; a plain square root where γ = 1/2, which is most of the time of a pulse less."""
    if gamma == 0.5:
        return math.sqrt(max(z, 0.0))
    return power(z, gamma)  # type: ignore[no-any-return]


_share = inline(share)


def up(g: float, p: Any, tab: Any) -> float:
    return p.step_set * _share((p.g_max - g) / (p.g_max - p.g_min), p.gamma_up)


def down(g: float, p: Any, tab: Any) -> float:
    return p.step_reset * _share((g - p.g_min) / (p.g_max - p.g_min), p.gamma_down)


LAW = step_law(
    name="power-step",
    text="steps that are a power of the distance to the bound",
    source="Fusi and Abbott 2007, doi:10.1038/nn1859; Rasch et al., AICAS 2021, doi:10.1109/AICAS51828.2021.9458494; "
    "Wu et al., NeurIPS 2025, doi:10.48550/arXiv.2502.06309 (defaults)",
    equation="U = step_set·((g_max − g)/(g_max − g_min))^γ_up, D = step_reset·((g − g_min)/(g_max − g_min))^γ_down",
    up=up,
    down=down,
    params={
        "step_set": Param("conductance", 1.421429e-8, 1e-15, 1.0, "mean step of a SET pulse at g_min"),
        "step_reset": Param("conductance", 1.421429e-8, 1e-15, 1.0, "mean step of a RESET pulse at g_max"),
        "gamma_up": Param("dimensionless", 0.5, 0.0, 20.0, "exponent of a SET step"),
        "gamma_down": Param("dimensionless", 0.5, 0.0, 20.0, "exponent of a RESET step"),
    },
)
