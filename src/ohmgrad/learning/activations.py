"""Neurons: f(s), and f′ written in terms of y = f(s), since that is what a circuit has at hand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ohmgrad.kernels import elementary


@dataclass(frozen=True)
class Activation:
    """activate(s) -> y; slope(y) -> dy/ds; low, high: range of y."""

    name: str
    activate: Callable[[float], float]
    slope: Callable[[float], float]
    low: float
    high: float


def _tanh(s: float) -> float:
    return elementary.tanh(s)


def _tanh_slope(y: float) -> float:
    return 1.0 - y * y


def _logistic(s: float) -> float:
    return 0.5 + 0.5 * elementary.tanh(0.5 * s)


def _logistic_slope(y: float) -> float:
    return y * (1.0 - y)


ACTIVATIONS = {
    "tanh": Activation("tanh", _tanh, _tanh_slope, -1.0, 1.0),
    "logistic": Activation("logistic", _logistic, _logistic_slope, 0.0, 1.0),
}
