"""Neurons: f(s) and f′, written in terms of y = f(s) and s, whichever a circuit has at hand.

tanh       f = tanh s                 f′ = 1 − y²
logistic   f = 1/(1 + e^(−s))         f′ = y (1 − y)
relu       f = s if s > 0 else 0      f′ = 1 if s > 0 else 0
step       f = 1 if s > 0 else 0      f′ := 1 if |s| < width else 0, a stand-in for the delta function
                                      (straight-through estimator with a window: Hubara et al., NIPS 2016, eq. 4)
softmax    f_j = e^(s_j)/Σ e^(s_i)    outputs only, all at once: `ohmgrad.learning.output_loop`
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ohmgrad.kernels import elementary


@dataclass(frozen=True)
class Activation:
    """activate(s) -> y; slope(y, s, width) -> dy/ds, width: that of the stand-in slope of `step`; low, high: range of y.

    whole: f takes all neurons of the layer at once, and `activate` and `slope` are not used.
    """

    name: str
    activate: Callable[[float], float]
    slope: Callable[[float, float, float], float]
    low: float
    high: float
    whole: bool = False


def _tanh(s: float) -> float:
    return elementary.tanh(s)


def _tanh_slope(y: float, s: float, width: float) -> float:
    return 1.0 - y * y


def _logistic(s: float) -> float:
    return 0.5 + 0.5 * elementary.tanh(0.5 * s)


def _logistic_slope(y: float, s: float, width: float) -> float:
    return y * (1.0 - y)


def _relu(s: float) -> float:
    return s if s > 0.0 else 0.0


def _relu_slope(y: float, s: float, width: float) -> float:
    return 1.0 if s > 0.0 else 0.0


def _step(s: float) -> float:
    return 1.0 if s > 0.0 else 0.0


def _step_slope(y: float, s: float, width: float) -> float:
    return 1.0 if -width < s < width else 0.0


def _unused(y: float, s: float, width: float) -> float:
    return 1.0


ACTIVATIONS = {
    "tanh": Activation("tanh", _tanh, _tanh_slope, -1.0, 1.0),
    "logistic": Activation("logistic", _logistic, _logistic_slope, 0.0, 1.0),
    "relu": Activation("relu", _relu, _relu_slope, 0.0, float("inf")),
    "step": Activation("step", _step, _step_slope, 0.0, 1.0),
    "softmax": Activation("softmax", _relu, _unused, 0.0, 1.0, whole=True),
}
