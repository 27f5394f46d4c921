"""Likelihood of a ramp of pulses under a law: a random walk, seen through read noise.

    y_k     = g_k + r·η_k                         what is read after k pulses (siemens)
    g_{k+1} = clip(g_k + m(g_k) + s(g_k)·ξ_k)     what a pulse does: the law's mean step m and spread s

η, ξ ~ N(0, 1), independent. Read noise and step noise are told apart by the correlation of neighbouring increments: y_{k+1} − y_k has the
variance s² + 2r² and, with the next one, the covariance −r². The filter (extended Kalman: m is taken as straight within the
uncertainty of g) gives for each read the innovation e, what was read less what was expected, and its variance F; then

    ln L = −½ Σ (ln 2πF + e²/F)

The first read of a ramp starts it and is not counted. Where the law clips at its bounds, the density of a read is that of a clipped Gaussian
seen through the read noise: a part at each bound, and what lies between (`bent`). Left out: the curvature of m within the uncertainty of g, and whatever makes the pulses of a ramp depend on each other.
Method: A. C. Harvey, Forecasting, Structural Time Series Models and the Kalman Filter, Cambridge 1989, doi:10.1017/CBO9781107049994, §3.4.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from ohmgrad.devices.law import Law
from ohmgrad.kernels.compiled import as_python, compiled
from ohmgrad.kernels.philox import Key

Floats = npt.NDArray[np.float64]

GOES_ON, RAMP, BREAK = 0, 1, 2
STILL = Key(0, 0, 0, 0, 0, 0, True, 0.0)  # an address whose first normal draw is 0


class Packed(NamedTuple):
    """Ramps of one cell, one after the other.

    y (n,) siemens, NaN where nothing was read; up (n,) bool: is the pulse before this read a SET pulse; begin (n,) uint8: RAMP at
    the first read of a ramp, BREAK where the walk is taken up anew (after an outlier), GOES_ON elsewhere.
    """

    y: Floats
    up: npt.NDArray[np.bool_]
    begin: npt.NDArray[np.uint8]

    @property
    def increments(self) -> int:
        """Reads that count in the likelihood."""
        return int(np.count_nonzero((self.begin == GOES_ON) & np.isfinite(self.y)))


@compiled
def _phi(x: float) -> float:
    return 0.3989422804014327 * math.exp(-0.5 * x * x)  # type: ignore[no-any-return]


@compiled
def _cdf(x: float) -> float:
    return 0.5 * math.erfc(-0.7071067811865476 * x)


@compiled
def clipped(mean: float, var: float, low: float, high: float) -> tuple[float, float]:
    """Mean and variance of clip(X, low, high), X ~ N(mean, var)."""
    if var <= 0.0:
        return min(max(mean, low), high), 0.0
    sd = math.sqrt(var)
    a, b = (low - mean) / sd, (high - mean) / sd
    if a < -6.0 and b > 6.0:
        return mean, var
    first, second = 0.0, 1.0  # of (Y − mean)/sd
    if a >= -6.0:
        below = _cdf(a)
        first += a * below + _phi(a)
        second += a * a * below - below + a * _phi(a)
    if b <= 6.0:
        above = _cdf(-b)
        first += b * above - _phi(b)
        second += b * b * above - above - b * _phi(b)
    return mean + sd * first, var * max(second - first * first, 1e-12)


@compiled
def bent(y: float, mean: float, var: float, noise: float, low: float, high: float) -> tuple[float, float, float]:
    """(ln density of y, mean of g, variance of g given y) for g = clip(X, low, high), X ~ N(mean, var), y ~ N(g, noise)."""
    sd = math.sqrt(var)
    a, b = (low - mean) / sd, (high - mean) / sd
    total = var + noise
    centre, width = mean + var / total * (y - mean), math.sqrt(var * noise / total)
    alpha, beta = (low - centre) / width, (high - centre) / width
    at_low = math.log(max(_cdf(a), 1e-300)) - 0.5 * math.log(noise) - 0.5 * (y - low) ** 2 / noise if a > -1e3 else -1e300
    at_high = math.log(max(_cdf(-b), 1e-300)) - 0.5 * math.log(noise) - 0.5 * (y - high) ** 2 / noise if b < 1e3 else -1e300
    # Within the bounds. Far from them on the wrong side, the difference of two tails is taken on the side where it is exact.
    share = _cdf(beta) - _cdf(alpha) if alpha < 0.0 else _cdf(-alpha) - _cdf(-beta)
    between = math.log(max(share, 1e-300)) - 0.5 * math.log(total) - 0.5 * (y - mean) ** 2 / total
    top = max(at_low, at_high, between)
    w_low, w_high, w = math.exp(at_low - top), math.exp(at_high - top), math.exp(between - top)
    weight = w_low + w_high + w
    if share > 1e-12:
        p_alpha = _phi(alpha) if alpha > -40.0 else 0.0
        p_beta = _phi(beta) if beta < 40.0 else 0.0
        shift = (p_alpha - p_beta) / share
        second = 1.0 - shift * shift
        if p_alpha > 0.0:
            second += alpha * p_alpha / share
        if p_beta > 0.0:
            second -= beta * p_beta / share
        g, v = centre + width * shift, width * width * max(second, 1e-12)
    else:
        g, v = min(max(centre, low), high), 0.0
    expected = w * g
    if w_low > 0.0:
        expected += w_low * low
    if w_high > 0.0:
        expected += w_high * high
    expected /= weight
    spread = w * (v + (g - expected) ** 2)
    if w_low > 0.0:
        spread += w_low * (low - expected) ** 2
    if w_high > 0.0:
        spread += w_high * (high - expected) ** 2
    return top + math.log(weight) - 0.9189385332046727, expected, spread / weight


def plain(function: Callable[..., Any]) -> Any:
    return compiled(as_python(function))


_MADE: dict[int, tuple[Law, Callable[..., None]]] = {}


def make_filter(law: Law) -> Callable[..., None]:
    """Filter of one law, compiled at most once in a process; see `_make`."""
    if id(law) not in _MADE:
        _MADE[id(law)] = (law, _make(law))
    return _MADE[id(law)][1]


def _make(law: Law) -> Callable[..., None]:
    """Compiled filter of one law: ``run(y, up, begin, p, tab, t_set, t_reset, r, floor, e, f, ln, c)``.

    y, up, begin as in `Packed`; p, tab: the law's parameters and table; t_set, t_reset: pulse widths (seconds); r: read noise, floor: least
    standard deviation of an innovation (siemens). e, f (n,): filled with innovation (siemens) and its variance (siemens²), f = −1
    where nothing is counted; with nothing read, e is minus the expected conductance and f minus its variance. ln (n,): ln of the density of
    the read, with SI units; c (n,) uint8: 1 where the bounds make it differ from a Gaussian.
    """
    mean_step, spread, pulse, start, bounds = (plain(f) for f in (law.mean_step, law.spread, law.pulse, law.start, law.bounds))
    make = law.state
    memory = len(law.state._fields) - 1

    if memory == 0:

        @compiled
        def at(s: Any, g: Any) -> Any:
            return make(g)

        @compiled
        def after(s: Any, v: Any, t: Any, p: Any, tab: Any) -> Any:
            return s
    else:

        @compiled
        def at(s: Any, g: Any) -> Any:
            return make(g, *s[1:])

        @compiled
        def after(s: Any, v: Any, t: Any, p: Any, tab: Any) -> Any:
            return pulse(s, v, t, p, tab, STILL)

    @compiled
    def run(
        y: Any,
        up: Any,
        begin: Any,
        p: Any,
        tab: Any,
        t_set: Any,
        t_reset: Any,
        r: Any,
        floor: Any,
        e: Any,
        f: Any,
        ln: Any,
        c: Any,
    ) -> None:
        low, high = bounds(p)
        h, middle = 1e-4 * (p.g_max - p.g_min), 0.5 * (p.g_min + p.g_max)
        r2, floor2 = r * r, floor * floor
        s, var = start(p.g_min, p), r2
        for i in range(y.shape[0]):
            if begin[i] == 1:
                s, var = start(min(max(y[i], low), high), p), r2
                e[i], f[i] = 0.0, -1.0
                continue
            v, t = (p.v_set, t_set) if up[i] else (-p.v_reset, t_reset)
            step, sd = mean_step(s, v, t, p, tab), spread(s, v, t, p, tab)
            slope = 1.0
            if var > 0.0:
                d = h if s[0] < middle else -h  # towards the middle: no step is asked for outside the window
                slope += (mean_step(at(s, s[0] + d), v, t, p, tab) - step) / d
            free_mean, free_var = s[0] + step, slope * slope * var + sd * sd
            g, var = clipped(free_mean, free_var, low, high)
            near = g != free_mean or var != free_var
            s = after(s, v, t, p, tab)
            if begin[i] == 2:
                s, var = at(s, min(max(y[i], low), high)), r2
                e[i], f[i] = 0.0, -1.0
            elif math.isnan(y[i]):
                s = at(s, g)
                e[i], f[i] = -g, -var - floor2
            else:
                total = var + r2 + floor2
                e[i], f[i] = y[i] - g, total
                if near and free_var > 0.0 and r2 + floor2 > 0.0:
                    c[i] = 1
                    ln[i], g, var = bent(y[i], free_mean, free_var, r2 + floor2, low, high)
                    s = at(s, g)
                    continue
                c[i] = 0
                ln[i] = -0.5 * (math.log(6.283185307179586 * total) + e[i] * e[i] / total)
                s = at(s, min(max(g + var / total * (y[i] - g), low), high))
                var = var * (r2 + floor2) / total

    return run  # type: ignore[no-any-return]
