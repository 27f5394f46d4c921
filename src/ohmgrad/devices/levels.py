"""How many levels a cell has, and for how long: what noise and retention leave of the window.

Two ways. With one barrier shared by all levels (closed form): a barrier E₀ (electronvolt) that is climbed in N − 1 equal steps leaves each of
the N levels E₀/(N − 1), so

    τ = τ₀·e^(E₀/((N − 1) kT))        N = 1 + E₀/(kT ln(τ/τ₀))

τ: retention time (s), τ₀: time between two attempts (s), T: temperature (K), k = 8.617333·10⁻⁵ eV/K. More levels, shorter retention.

For a device: a level written at g_w is found at time t within

    m ± k σ,   m = retained(g_w, t),   σ² = (read noise at m)² + Σ (∂m/∂θ · σ_θ)²

where θ are the retention parameters that differ from cell to cell. Levels are told apart if their bands do not overlap; `levels_after` is the largest
number of such bands in the window. It is exact: intervals are chosen by the earliest upper end. For a cell that loses nothing and has white noise s
this is 1 + floor(W/(2ks)) for s = absolute, W = g_max − g_min, and 1 + floor(ln(g_max/g_min)/ln((1 + kr)/(1 − kr))) for s = r·g.

Left out: the error of writing (write-verify can make it small; `levels_written` counts it), levels that are read by time-dependent thresholds.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from ohmgrad.devices.resolve import Resolved
from ohmgrad.devices.retention import BOLTZMANN, KINDS
from ohmgrad.devices.variation import Variation
from ohmgrad.errors import SpecError

Floats = npt.NDArray[np.float64]

POINTS = 1001  # conductances at which bands are computed
MOST = 10_000  # more levels than these count as any number


def levels_of_barrier(ratio: float, barrier: float, temperature: float = 300.0) -> float:
    """N of the closed form, a real number. ratio: τ/τ₀ > 1; barrier: E₀ (electronvolt); temperature in kelvin.

    Raises SpecError for a ratio of 1 or less, a negative barrier, a temperature of 0 or less.

    >>> round(levels_of_barrier(3.156e8 / 1e-13, 1.5), 2)  # ten years, attempts every 0.1 ps
    2.17
    """
    if not (ratio > 1.0 and barrier >= 0.0 and temperature > 0.0):
        raise SpecError(
            f"levels of a barrier: τ/τ₀ = {ratio:g} must exceed 1, the barrier ({barrier:g} eV) must not be negative, "
            f"the temperature ({temperature:g} K) must be above 0"
        )
    return 1.0 + barrier / (BOLTZMANN * temperature * math.log(ratio))


def retained(device: Resolved, written: Floats, age: float) -> Floats:
    """Conductance (siemens) of levels `written`, `age` seconds later, in a cell with the nominal parameters."""
    return _retained(device, device.params, written, age)


def band(device: Resolved, written: Floats, age: float) -> tuple[Floats, Floats]:
    """(m, σ) in siemens of levels `written`, `age` seconds later, as read; flicker and telegraph noise at their full strength."""
    mean = retained(device, written, age)
    noise = device.section.noise
    variance = (noise.absolute + noise.relative * mean) ** 2
    variance += (noise.flicker**2 + noise.telegraph_share * (0.5 * noise.telegraph) ** 2) * mean**2
    for name, variation in device.variation.items():
        if name.startswith("retention_"):
            low, high = (
                _retained(device, device.params._replace(**{name: value}), written, age)
                for value in _one_sigma(getattr(device.params, name), variation)
            )
            variance += (0.5 * (high - low)) ** 2
    return mean, np.sqrt(variance)


def levels_after(device: Resolved, age: float, k: float = 3.0) -> float:
    """Levels whose ± k σ bands do not overlap `age` seconds after writing; inf if nothing limits them (beyond `MOST`)."""
    written = np.linspace(device.params.g_min, device.params.g_max, POINTS)
    mean, sigma = band(device, written, age)
    return count_bands(mean - k * sigma, mean + k * sigma)


def levels_written(device: Resolved, k: float = 3.0, least: float = 0.05) -> float:
    """Levels that SET pulses can reach and a read can tell apart right after writing; inf if nothing limits them.

    A level's band is ± k σ, σ² = (spread of one SET pulse)² + (read noise)², but no narrower than one mean step. Counted from g_min to
    where the mean SET step has fallen to `least` of its largest (else to g_max): cells that saturate creep on forever.
    """
    law, p, d = device.law, device.params, device.section
    written = np.linspace(p.g_min, p.g_max, POINTS)
    states = [law.start(float(g), p) for g in written]
    step = np.array([law.mean_step(s, p.v_set, d.t_set, p, device.table) for s in states])
    reached = int(np.flatnonzero(step >= least * step.max() * (1.0 - 1e-9))[-1]) + 1
    spread = np.array([law.spread(s, p.v_set, d.t_set, p, device.table) for s in states])
    _, read = band(device, written, 0.0)
    half = np.maximum(k * np.sqrt(spread**2 + read**2), 0.5 * step)[:reached]
    return count_bands(written[:reached] - half, written[:reached] + half)


def count_bands(low: Floats, high: Floats) -> float:
    """Largest number of intervals low … high (points,), a continuum sampled finely, that do not overlap; inf beyond `MOST`.

    >>> x = np.linspace(0.0, 10.0, 1001)
    >>> count_bands(x - 0.45, x + 0.45)
    12.0
    """
    order = np.argsort(low)
    # Of the intervals that begin at u or later, the one that ends first; linear between the sampled ones.
    begins, ends = low[order], np.minimum.accumulate(high[order][::-1])[::-1]
    slack = 1e-9 * (ends[-1] - ends[0] + abs(ends[-1]))
    end, n = float(ends[0]), 1
    while end <= begins[-1] + slack and n <= MOST:
        end = float(np.interp(end, begins, ends))
        n += 1
    return float(n) if n <= MOST else math.inf


def levels_curve(device: Resolved, ages: Sequence[float], k: float = 3.0) -> Floats:
    """`levels_after` at each of `ages` (seconds)."""
    return np.array([levels_after(device, age, k) for age in ages])


def _retained(device: Resolved, p: object, written: Floats, age: float) -> Floats:
    kind = KINDS.get(device.section.retention.kind)
    if kind is None:
        return written.copy()
    return np.array([kind.retained(float(g), age, p) for g in written])


def _one_sigma(value: float, variation: Variation) -> tuple[float, float]:
    """The parameter one standard deviation below and above its mean."""
    if variation.kind == "uniform":
        low, high = variation.low or 0.0, variation.high or 0.0
        half = (high - low) / math.sqrt(12.0)
        return 0.5 * (low + high) - half, 0.5 * (low + high) + half
    if variation.kind == "lognormal":
        return value * math.exp(-variation.sigma), value * math.exp(variation.sigma)
    return value * (1.0 - variation.sigma), value * (1.0 + variation.sigma)
