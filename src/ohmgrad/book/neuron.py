"""One neuron with tanh, whose error is a surface over its weights: where the chapter speaks of descent and no device is in play. Plain NumPy.

    s = w·x,  y = tanh s                       (eqs. 1.1, 1.2)
    E_n(w) = (y_n − d_n)²/2,  E = Σ_n E_n      (eq. 1.3)
    Δw = −η Σ_n (y_n − d_n)(1 − y_n²) x_n      (eqs. 1.4, 1.5; one n: 1.6; some: 1.7)

A single neuron with bounded outputs can have many minima (P. Auer, M. Herbster and M. K. Warmuth, NIPS 1995): a large input saturates the neuron and hides
its own error, so that small inputs that want the opposite make a valley of their own far away. `VALLEYS` is made so along two directions, which gives four.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


class Samples(NamedTuple):
    """Inputs x (samples, weights) and wanted outputs (samples,)."""

    x: Floats
    wanted: Floats


def _valleys() -> Samples:
    a, b = np.array([1.0, 0.12]), np.array([0.15, -1.0])
    x = [2.5 * a, 0.33 * a, 0.35 * a, 0.37 * a, 2.0 * b, 0.38 * b, 0.42 * b]
    return Samples(np.array(x), np.array([0.8, -0.8, -0.8, -0.8, 0.9, -0.9, -0.9]))


VALLEYS = _valleys()


def outputs(w: Floats, s: Samples) -> Floats:
    """y (…, samples) for weights (…, weights)."""
    return np.tanh(w @ s.x.T)


def error(w: Floats, s: Samples) -> Floats:
    """E (…) for weights (…, weights), summed over the samples."""
    return np.asarray(0.5 * ((outputs(w, s) - s.wanted) ** 2).sum(axis=-1))


def gradient(w: Floats, s: Samples, some: Sequence[int] | npt.NDArray[np.int64] | None = None) -> Floats:
    """∂E/∂w (…, weights), summed over all samples or over `some`.

    >>> w, step = np.array([0.3, -0.2]), np.array([1e-6, 0.0])
    >>> bool(abs((error(w + step, VALLEYS) - error(w - step, VALLEYS)) / 2e-6 - gradient(w, VALLEYS)[0]) < 1e-8)
    True
    """
    part = s if some is None else Samples(s.x[some], s.wanted[some])
    y = outputs(w, part)
    return ((y - part.wanted) * (1.0 - y * y)) @ part.x


def descend(
    w: Floats,
    s: Samples,
    rate: float,
    steps: int,
    pick: Callable[[int], npt.NDArray[np.int64]] | None = None,
    momentum: float = 0.0,
) -> Floats:
    """Path (steps + 1, …, weights) of Δw = −η ∂E/∂w + momentum·(Δw before). pick(step): the samples of a step; all without it."""
    path = np.empty((steps + 1, *w.shape))
    path[0], change = w, np.zeros_like(w)
    for k in range(steps):
        change = momentum * change - rate * gradient(path[k], s, None if pick is None else pick(k))
        path[k + 1] = path[k] + change
    return path


def flat_point(w: Floats, s: Samples, steps: int = 60) -> Floats:
    """The point without slope near `w`, by Newton's method; minimum, saddle or maximum."""
    w = w.copy()
    for _ in range(steps):
        w -= np.linalg.solve(hessian(w, s), gradient(w, s))
    return w


def hessian(w: Floats, s: Samples) -> Floats:
    """Second derivatives (weights, weights) of E."""
    y = outputs(w, s)
    slope = 1.0 - y * y
    curvature = slope * slope - 2.0 * (y - s.wanted) * y * slope
    return (s.x * curvature[:, None]).T @ s.x


def grid(low: Sequence[float], high: Sequence[float], points: int) -> Floats:
    """Weights (points, points, 2) between `low` and `high`, the first weight along the second axis, as Matplotlib draws."""
    a, b = (np.linspace(low[k], high[k], points) for k in (0, 1))
    return np.stack(np.meshgrid(a, b), axis=-1)
