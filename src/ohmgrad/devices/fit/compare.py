"""Data against model: mean curve and band over the pulse number, steps against conductance, spread of a step."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ohmgrad.devices.fit.likelihood import GOES_ON, RAMP, STILL, Packed
from ohmgrad.devices.law import Law

Floats = npt.NDArray[np.float64]

MOST = 0.8  # share of the ramps that must reach a pulse for it to be compared


@dataclass
class Curve:
    """One direction of one cell: (pulses,) arrays in siemens; k = 0 is the read before the first pulse.

    mean, low, high: data, mean over ramps and ± 1 standard deviation; model, band: expected conductance and its standard deviation
    over ramps with read noise, both from where each ramp began. count: ramps that reach so far.
    """

    up: bool
    mean: Floats
    deviation: Floats
    model: Floats
    band: Floats
    count: Floats

    @property
    def miss(self) -> Floats:
        """Data less model (siemens), where most of the ramps still are: those that end first are not like the others."""
        out: Floats = np.where(self.count >= MOST * self.count.max(), self.mean - self.model, np.nan)
        return out


@dataclass
class StepSpread:
    """Standard deviation of a step about the mean at the same pulse number (siemens): measured, and by the model with its read noise."""

    measured: float
    model: float


def split(data: Packed) -> list[slice]:
    """The ramps within packed data."""
    first = np.flatnonzero(data.begin == RAMP)
    return [slice(a, b) for a, b in zip(first, [*first[1:], len(data.y)], strict=True)]


def predicted(
    run: Callable[..., None], data: Packed, p: Any, tab: Floats, widths: tuple[float, float]
) -> tuple[Floats, Floats]:
    """Expected conductance and its variance over cycles, each ramp from its first read on, without looking at the others."""
    y = np.where(data.begin == RAMP, data.y, np.nan)
    begin = np.where(data.begin == RAMP, data.begin, GOES_ON).astype(np.uint8)
    e, f = np.empty_like(y), np.empty_like(y)
    run(y, data.up, begin, p, tab, widths[0], widths[1], 0.0, 0.0, e, f, np.empty_like(y), np.empty(len(y), dtype=np.uint8))
    start = data.begin == RAMP
    return np.where(start, data.y, -e), np.where(start, 0.0, np.maximum(-f, 0.0))


def curves(
    run: Callable[..., None], data: Packed, p: Any, tab: Floats, read: float, widths: tuple[float, float]
) -> list[Curve]:
    """Mean curves of the directions that were measured."""
    model, var = predicted(run, data, p, tab, widths)
    out = []
    for up in (True, False):
        parts = [s for s in split(data) if data.up[s.start] == up]
        if not parts:
            continue
        y, m, v = (_align(x, parts) for x in (data.y, model, var))
        # A jump that was taken out of the fit is taken out of the comparison: what comes after it no longer follows from the start.
        gone = _align(np.asarray(data.begin, dtype=np.float64), parts)
        jumped = np.maximum.accumulate(np.nan_to_num(gone) == 2.0, axis=0)
        y[jumped | np.isnan(y)] = np.nan
        m[np.isnan(y)] = np.nan
        v[np.isnan(y)] = np.nan
        n = np.isfinite(y).sum(axis=1).astype(np.float64)
        mean, model_mean = _mean(y, n), _mean(m, n)
        # The ramps begin at different conductances: that scatter is in the data and goes through the model.
        between = _mean((m - model_mean[:, None]) ** 2, n)
        dev = np.sqrt(_mean((y - mean[:, None]) ** 2, n) * n / np.maximum(n - 1, 1))
        out.append(Curve(up, mean, dev, model_mean, np.sqrt(_mean(v, n) + between + read**2), n))
    return out


def rms(curve: Curve, window: float) -> float:
    """Root mean square of data less model over the pulses, as a share of the window."""
    miss = curve.miss[1:]
    return float(np.sqrt(np.nanmean(miss**2)) / window) if np.isfinite(miss).any() else float("nan")


def step_spread(data: Packed, up: bool, model: Callable[[Floats, bool], Floats], read: float) -> StepSpread | None:
    """Spread of a measured step about the mean step at the same pulse number; None with fewer than 3 ramps."""
    parts = [s for s in split(data) if data.up[s.start] == up]
    if len(parts) < 3:
        return None
    d = np.full(len(data.y), np.nan)
    d[1:] = np.diff(data.y)
    d[data.begin != GOES_ON] = np.nan
    rows = _align(d, parts)
    n = np.isfinite(rows).sum(axis=1).astype(np.float64)
    kept = n >= 3
    if not kept.any():
        return None
    rest = rows[kept] - _mean(rows[kept], n[kept])[:, None]
    measured = float(np.sqrt(np.nansum(rest**2) / (n[kept] - 1).sum()))
    seen = data.y[(data.up == up) & np.isfinite(data.y)]
    return StepSpread(measured, float(np.sqrt(np.mean(model(seen, up) ** 2) + 2 * read**2)))


def steps_along(
    law: Law, p: Any, tab: Floats, up: bool, widths: tuple[float, float], g: Floats, pulses: int
) -> tuple[Floats, Floats, Floats]:
    """(conductance, mean step, spread), siemens: at each of g; for a law with a memory, along `pulses` mean pulses from the lowest of g."""
    v, t = (p.v_set, widths[0]) if up else (-p.v_reset, widths[1])
    if len(law.state._fields) == 1:
        states = [law.start(float(x), p) for x in g]
    else:
        states = [law.start(float(g.min() if up else g.max()), p)]
        for _ in range(pulses - 1):
            states.append(law.pulse(states[-1], v, t, p, tab, STILL))
    mean = [law.mean_step(s, v, t, p, tab) for s in states]
    spread = [law.spread(s, v, t, p, tab) for s in states]
    return np.array([s[0] for s in states]), np.array(mean), np.array(spread)


def _align(x: Floats, parts: Sequence[slice]) -> Floats:
    """(longest, ramps), NaN where a ramp has ended."""
    out = np.full((max(s.stop - s.start for s in parts), len(parts)), np.nan)
    for k, s in enumerate(parts):
        out[: s.stop - s.start, k] = x[s]
    return out


def _mean(x: Floats, n: Floats) -> Floats:
    out: Floats = np.nansum(x, axis=1) / np.maximum(n, 1)
    return np.where(n > 0, out, np.nan)
