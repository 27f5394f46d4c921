"""The delta rule for squared error: what the output neurons want changed.

    E = Σ_j (y_j − y_j^d)²/2          (eq. 1.3)
    δ_N = (y − y^d) f′(s_N)           (eq. 2.6);   δ_k = f′(s_k) W_{k+1} δ_{k+1}   (eq. 2.5)
    ΔW_k = x_{k−1} u_kᵀ, u_k = −η_k δ_k   (eq. 2.4)

Equation numbers: Y. He, "Supervised learning of artificial neural networks" (textbook chapter, 2022).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


class Learning(NamedTuple):
    """rate (layers,): η, weight units. gain (layers,): weight per siemens of G+ − G−. Targets of the right and the other outputs.

    step (layers,): Δw0 of the rules that write one step, weight units; threshold (layers,): of an error, for rules that have one; momentum; bias: input of
    the bias neurons; inner_steps, inner_error: how long one sample is learned; scale_rate, bias_rate: of the digital scales and offsets of the columns;
    scale_shared: 1 if the columns of a layer share one scale; slope_width: of step neurons;
    transfer: 1 if changes are gathered in digital until they make whole pulses.
    """

    rate: Floats
    gain: Floats
    target_low: float
    target_high: float
    step: Floats
    threshold: Floats
    momentum: float
    bias: float
    inner_steps: int
    inner_error: float
    scale_rate: float
    slope_width: float = 0.5
    bias_rate: float = 0.0
    scale_shared: int = 0
    transfer: int = 0


def output_error(y: float, target: float) -> float:
    """∂E/∂y = y − y^d for squared error."""
    return y - target
