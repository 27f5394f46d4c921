"""Greatest likelihood by scoring: SciPy's trust region, in units of standard errors, with the information matrix as its Hessian.

With innovations e(x), variances F(x) and ln densities l(x) of the reads,

    gradient of −ln L     −Σ l′
    information           Σ [ e′e′ᵀ/F + ½ F′F′ᵀ/F² ]      where the density is Gaussian (what is expected of −l″)
                          Σ l′l′ᵀ                          where bounds bend it

Derivatives by differences. The covariance of the estimates is the inverse of the information at the end.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from ohmgrad.kernels.compiled import compiled

Floats = npt.NDArray[np.float64]


class Reads(NamedTuple):
    """Of each read that counts: innovation, its variance, ln density, and whether bounds bend that density."""

    e: Floats
    f: Floats
    l: Floats  # noqa: E741
    bent: npt.NDArray[np.bool_]


Innovations = Callable[[Floats], Reads]

STEP = 1e-6  # of differences; every x is of order 1
BAD = 1e300


class Optimum(NamedTuple):
    """Where the likelihood is greatest: x, ln L, the covariance of x, and whether the search ended there."""

    x: Floats
    log_likelihood: float
    covariance: Floats
    converged: bool


def log_likelihood(reads: Reads) -> float:
    """ln L; −BAD where it is not finite."""
    with np.errstate(all="ignore"):
        value = float(np.sum(reads.l))
    return value if np.isfinite(value) else -BAD


@compiled
def gram(a: Floats) -> Floats:
    """a aᵀ for few long rows, in this thread and in a fixed order: the threads of a BLAS cost more here than they bring."""
    n, m = a.shape
    out = np.empty((n, n))
    for i in range(n):
        for j in range(i + 1):
            s0, s1, s2, s3 = 0.0, 0.0, 0.0, 0.0
            for k in range(0, m - m % 4, 4):
                s0 += a[i, k] * a[j, k]
                s1 += a[i, k + 1] * a[j, k + 1]
                s2 += a[i, k + 2] * a[j, k + 2]
                s3 += a[i, k + 3] * a[j, k + 3]
            for k in range(m - m % 4, m):
                s0 += a[i, k] * a[j, k]
            out[i, j] = out[j, i] = (s0 + s1) + (s2 + s3)
    return out


def derivatives(innovations: Innovations, x: Floats) -> tuple[Floats, Floats]:
    """Gradient of −ln L and information matrix at x."""
    here = innovations(x)
    n = len(x)
    root = 1.0 / np.sqrt(here.f)
    root[here.bent] = 0.0
    scaled = np.empty((2 * n, len(here.e)))  # e′/√F, then F′/(√2·F)
    slope = np.empty(n)
    bends = np.flatnonzero(here.bent)
    own = np.empty((n, len(bends)))
    for k in range(n):
        a = x.copy()
        a[k] += STEP
        there = innovations(a)
        np.multiply(there.e - here.e, root / STEP, out=scaled[k])
        np.multiply(there.f - here.f, root * root / (np.sqrt(2.0) * STEP), out=scaled[n + k])
        change = (there.l - here.l) / STEP
        slope[k] = change.sum()
        own[k] = change[bends]
    return -slope, gram(scaled[:n]) + gram(scaled[n:]) + gram(own)


def inverse(information: Floats) -> Floats:
    """Covariance; where the data say nothing of a direction, a variance of 10⁴ (x is of order 1)."""
    values, vectors = np.linalg.eigh(information)
    return np.asarray((vectors / np.maximum(values, 1e-4)) @ vectors.T)


def maximise(innovations: Innovations, x0: Floats, tolerance: float = 0.01, most: int = 60) -> Optimum:
    """Greatest likelihood from `x0`; it ends where the gradient is below `tolerance` standard errors."""
    from scipy.optimize import minimize

    memo: dict[bytes, tuple[Floats, Floats]] = {}

    def at(x: Floats) -> tuple[Floats, Floats]:
        key = x.tobytes()
        if key not in memo:
            memo.clear()
            with np.errstate(all="ignore"):
                gradient, information = derivatives(innovations, x)
            # Far out, at a point that the search only tried, nothing need be finite; its likelihood says no.
            fine = bool(np.isfinite(gradient).all() and np.isfinite(information).all())
            memo[key] = (gradient, information) if fine else (np.zeros(len(x)), np.eye(len(x)))
        return memo[key]

    x0 = np.asarray(x0, dtype=np.float64)
    converged = False
    for _ in range(3):  # each round measures x in the standard errors of where the last one ended
        if log_likelihood(innovations(x0)) <= -BAD:
            return Optimum(x0, -BAD, np.eye(len(x0)) * 1e4, False)
        _, information = at(x0)
        values, vectors = np.linalg.eigh(information)
        unit = vectors / np.sqrt(np.maximum(values, 1.0))

        def value(z: Floats, x0: Floats = x0, unit: Floats = unit) -> float:
            return -log_likelihood(innovations(x0 + unit @ z))

        def slope(z: Floats, x0: Floats = x0, unit: Floats = unit) -> Floats:
            return np.asarray(unit.T @ at(x0 + unit @ z)[0])

        def curvature(z: Floats, x0: Floats = x0, unit: Floats = unit) -> Floats:
            return np.asarray(unit.T @ at(x0 + unit @ z)[1] @ unit)

        found = minimize(
            value, np.zeros(len(x0)), jac=slope, hess=curvature, method="trust-exact",
            options={"gtol": tolerance, "maxiter": most, "initial_trust_radius": 50.0, "max_trust_radius": 1e5},
        )  # fmt: skip
        x0 = x0 + unit @ found.x
        converged = bool(found.success)
        if converged:
            break
    return Optimum(x0, log_likelihood(innovations(x0)), inverse(at(x0)[1]), converged)
