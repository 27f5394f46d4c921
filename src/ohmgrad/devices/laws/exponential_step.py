"""Exponential step: the step changes as an exponential of the conductance, up and down each in its own way.

    U(g) = step_set·max(1 − A_up·e^(γ_up·z), 0)          z = a·(2·share − 1) + b
    D(g) = step_reset·max(1 − A_down·e^(−γ_down·z), 0)   share = (g − g_min)/(g_max − g_min)
                                                         (a step law: noise, amplitude and clip as in `ohmgrad.devices.steps`)

This is the exponential step of the IBM Analog Hardware Acceleration Kit, published in weight units: z = 2a·w/(w_max − w_min) +
b. The map to siemens: w runs linearly from w_min = −w_max to w_max while g runs from g_min to g_max, so that w/w_max = 2·share
− 1; a step Δw is Δw·(g_max − g_min)/(w_max − w_min) siemens. A, γ, a, b are plain numbers and stay as they are. A > 0: steps
shrink in the direction of the pulse where the exponent is large, and end where A·e^(…) = 1; A < 0: steps grow there.

Source: the form, M. J. Rasch et al., IEEE AICAS 2021, doi:10.1109/AICAS51828.2021.9458494. The defaults are the fit, in the
same kit (its RRAM preset of this law), to the cells of N. Gong et al., Nat. Commun. 9, 2102 (2018),
doi:10.1038/s41467-018-04485-1: Δw = 0.00135 up and 0.259359 less down, bounds ±1, cycle-to-cycle spread 5 steps. (The kit's
up_down = 0.259359 shortens one direction and leaves the other.) The window of that fit in siemens is not published; g_min and
g_max here are ours. Left out: the kit's write noise (75 Δw added to what is read, drawn anew at each pulse), pulse width and
waveform. Valid where the fit is: single pulses of the nominal amplitude.
"""

from __future__ import annotations

from typing import Any

from ohmgrad.devices.law import Param
from ohmgrad.devices.steps import step_law
from ohmgrad.kernels.compiled import inline
from ohmgrad.kernels.elementary import exp


@inline
def position(g: float, p: Any) -> float:
    """z, dimensionless: b in the middle of the window, b ± a at its ends.

    >>> from collections import namedtuple
    >>> p = namedtuple("P", "g_min g_max a b")(1.0, 3.0, 0.5, -0.5)
    >>> position(1.0, p), position(2.0, p), position(3.0, p)
    (-1.0, -0.5, 0.0)
    """
    return p.a * (2.0 * (g - p.g_min) / (p.g_max - p.g_min) - 1.0) + p.b  # type: ignore[no-any-return]


def up(g: float, p: Any, tab: Any) -> float:
    return p.step_set * max(1.0 - p.A_up * exp(p.gamma_up * position(g, p)), 0.0)


def down(g: float, p: Any, tab: Any) -> float:
    return p.step_reset * max(1.0 - p.A_down * exp(-p.gamma_down * position(g, p)), 0.0)


LAW = step_law(
    name="exponential-step",
    text="steps that change exponentially with the conductance",
    source="Rasch et al., AICAS 2021, doi:10.1109/AICAS51828.2021.9458494; "
    "Gong et al. 2018, doi:10.1038/s41467-018-04485-1 (fitted cells)",
    equation="U = step_set·max(1 − A_up·e^(γ_up·z), 0), D = step_reset·max(1 − A_down·e^(−γ_down·z), 0), "
    "z = a·(2·(g − g_min)/(g_max − g_min) − 1) + b",
    leaves_out="write noise on the weight that is read, pulse width and waveform",
    up=up,
    down=down,
    params={
        "step_set": Param("conductance", 1.34325e-8, 1e-15, 1.0, "scale of a SET step"),
        "step_reset": Param("conductance", 9.94866e-9, 1e-15, 1.0, "scale of a RESET step"),
        "A_up": Param("dimensionless", -1.18445, -1e3, 1e3, "weight of the exponential in a SET step"),
        "A_down": Param("dimensionless", -0.081404, -1e3, 1e3, "weight of the exponential in a RESET step"),
        "gamma_up": Param("dimensionless", 5.0, -50.0, 50.0, "exponent of a SET step"),
        "gamma_down": Param("dimensionless", 5.0, -50.0, 50.0, "exponent of a RESET step"),
        "a": Param("dimensionless", -0.5, -5.0, 5.0, "z at the ends of the window less z in the middle"),
        "b": Param("dimensionless", -0.5, -5.0, 5.0, "z in the middle of the window"),
        "sigma": Param("dimensionless", 5.0, 0.0, 10.0, "cycle-to-cycle spread, relative to the step"),
    },
)
