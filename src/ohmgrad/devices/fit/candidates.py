"""Which laws can explain pulse ramps, which of their parameters are free, and where the search starts.

The formulas stay with the laws (`ohmgrad.devices.laws`); here is only what a fit must know beside them. A law that is not listed, a
user's own for instance, is fitted through its declarations alone.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from ohmgrad.devices.fit.likelihood import GOES_ON, RAMP, Packed
from ohmgrad.devices.law import Law, Param

Floats = npt.NDArray[np.float64]
Values = dict[str, float]

NOISE_SETS = (("sigma_abs",), ("sigma",), ("sigma_g",), ("sigma", "sigma_abs"))
READ = "read_noise"  # name of the read noise among the free parameters
NOT_FREE = frozenset(("g_min", "g_max", "sigma", "sigma_abs", "sigma_g", "nonlinear", "asymmetric", "bounded"))


@dataclass(frozen=True)
class Free:
    """A free parameter. kind "log": x = ln value; "linear": x = value/scale."""

    name: str
    kind: str
    low: float
    high: float
    scale: float = 1.0

    def value(self, x: float) -> float:
        v = math.exp(min(max(x, -600.0), 600.0)) if self.kind == "log" else x * self.scale
        return min(max(v, self.low), self.high)

    def x(self, value: float) -> float:
        return math.log(max(value, 1e-30)) if self.kind == "log" else value / self.scale

    def error(self, value: float, se_x: float) -> float:
        """Standard error of the value from that of x."""
        return abs(value) * se_x if self.kind == "log" else self.scale * se_x


@dataclass
class Steps:
    """Increments of one direction, gathered in bins of equal count: conductance g, mean step (≥ 0 in its direction), counts."""

    g: Floats
    step: Floats
    n: Floats
    spread: float  # standard deviation of the increments about the bins' means
    lag1: float  # covariance of neighbouring increments about them
    raw: tuple[Floats, Floats, Floats]  # of each increment: conductance before it, increment, number of the pulse in its ramp


@dataclass
class Candidate:
    """A law to fit: free parameters of the mean, sets of noise parameters to try, starts, and values that stay."""

    law: Law
    free: list[Free]
    starts: list[Values]
    noise_sets: Sequence[Sequence[str]]
    noise_start: Callable[[Sequence[str]], Values]
    fixed: Values
    grid: Floats | None = None  # table: conductances of its nodes
    notes: list[str] = field(default_factory=list)
    label: str = ""
    mirror: dict[str, str] = field(
        default_factory=dict
    )  # parameters of a direction that was not measured: that of the other one
    publish: Callable[[Values], Values] = field(
        default=lambda values: values
    )  # what was searched for → the law's own parameters
    together: bool = False  # the noise sets hold parameters of the mean as well: each is fitted in full

    def free_with(self, noise: Sequence[str], read: bool) -> list[Free]:
        """Free parameters, those of the noise after those of the mean."""
        own = [free_of(n, self.law.declared[n], 1.0) for n in noise]
        return [*self.free, *own, *([Free(READ, "log", 0.0, 1.0)] if read else [])]

    def parameters(self, values: Mapping[str, float]) -> tuple[Any, Floats]:
        """The law's parameters and table."""
        return self.published(self.publish(dict(values)))

    def published(self, values: Mapping[str, float]) -> tuple[Any, Floats]:
        """The same, from values of the law's own parameters."""
        p = {k: d.default for k, d in self.law.declared.items()} | self.fixed
        p |= {k: v for k, v in values.items() if k in self.law.declared}
        p |= {k: p[other] for k, other in self.mirror.items()}
        return self.law.params(**p), self.table(values)

    def table(self, values: Mapping[str, float]) -> Floats:
        if self.grid is None:
            return np.zeros((3, 2))
        n = len(self.grid)
        up = np.array([values.get(f"U{k}", math.nan) for k in range(n)])
        down = np.array([values.get(f"D{k}", math.nan) for k in range(n)])
        up = down[::-1] if np.isnan(up).any() else up
        down = up[::-1] if np.isnan(down).any() else down
        return np.array([self.grid, up, -down])


def free_of(name: str, declared: Param, scale: float) -> Free:
    """Free parameter from its declaration: on a log scale where it cannot be negative."""
    return Free(name, "log" if declared.low >= 0.0 else "linear", declared.low, declared.high, scale)


def steps_of(data: Packed, up: bool, bins: int = 16) -> Steps | None:
    """Binned increments of one direction; None where there are fewer than two."""
    if len(data.y) < 2:
        return None
    d = np.diff(data.y)
    good = np.isfinite(d) & (data.begin[1:] == GOES_ON) & (data.up[1:] == up)
    k = np.flatnonzero(good)
    if len(k) < 2:
        return None
    order = k[np.argsort(data.y[k], kind="stable")]
    parts = np.array_split(order, max(1, min(bins, len(k) // 4)))
    mean = np.array([d[part].mean() for part in parts])
    rest = np.full(len(d), np.nan)
    for part, m in zip(parts, mean, strict=True):
        rest[part] = d[part] - m
    pairs = rest[1:] * rest[:-1]
    lag = float(np.nanmean(pairs)) if np.isfinite(pairs).any() else 0.0
    sign = 1.0 if up else -1.0
    return Steps(
        np.array([data.y[part].mean() for part in parts]), sign * mean, np.array([float(len(part)) for part in parts]),
        float(np.nanstd(rest)), lag, (data.y[k], d[k], _pulse_number(data.begin)[k + 1]),
    )  # fmt: skip


def _pulse_number(begin: npt.NDArray[np.uint8]) -> Floats:
    """Pulses since the ramp began, at each read."""
    index = np.arange(len(begin))
    return (index - np.maximum.accumulate(np.where(begin == RAMP, index, 0))).astype(np.float64)


def candidate(law: Law, data: Packed, window: tuple[float, float], given: Values, nodes: int = 9) -> Candidate:
    """What to fit of `law` to `data`, with the window (siemens) and the values in `given` held."""
    up, down = steps_of(data, True), steps_of(data, False)
    both = [s for s in (up, down) if s is not None]
    spread = math.sqrt(np.mean([s.spread**2 for s in both])) if both else 1e-9
    read = math.sqrt(max(-float(np.mean([s.lag1 for s in both])), 0.02 * spread**2)) if both else 0.1 * spread
    own = math.sqrt(max(spread**2 - 2.0 * read**2, 0.1 * spread**2))
    typical = float(np.mean([np.average(np.abs(s.step), weights=s.n) for s in both])) if both else spread
    middle = 0.5 * (window[0] + window[1])
    fixed = {"g_min": window[0], "g_max": window[1], **{k: 0.0 for k in ("sigma", "sigma_abs", "sigma_g")}}
    fixed = {k: v for k, v in fixed.items() if k in law.declared} | given

    def noise_start(names: Sequence[str]) -> Values:
        sizes = {"sigma_abs": own, "sigma": own / max(typical, 1e-3 * own), "sigma_g": own / middle}
        sizes |= {"std_0": own, "std_slope": own / middle, "std_memory": own}
        return {n: sizes.get(n, 1.0) / math.sqrt(len(names)) for n in names} | {READ: read}

    sets = [s for s in NOISE_SETS if all(n in law.declared for n in s)]
    c = Candidate(law, [], [{}], sets or [()], noise_start, fixed, label=law.name)
    make: Callable[..., None] = _MAKERS.get(law.name, _generic)
    make(c, up, down, window, typical, nodes)
    c.free = [f for f in c.free if f.name not in given]
    return c


def _add(c: Candidate, name: str, scale: float = 1.0) -> None:
    c.free.append(free_of(name, c.law.declared[name], scale))


def _line(s: Steps, z: Floats, least: float) -> tuple[float, float]:
    """(step at z = 0, slope) of step·(1 − slope·z) by weighted least squares."""
    if len(z) < 2 or np.ptp(z) == 0.0:
        return max(float(np.average(s.step, weights=s.n)), least), 0.0
    a, b = (float(x) for x in np.polyfit(z, s.step, 1, w=np.sqrt(s.n)))
    step = max(float(b), least)
    return step, float(np.clip(-a / step, -50.0, 1.5))


def _one_sided(c: Candidate, up: Steps | None, down: Steps | None) -> None:
    if up is not None and down is not None:
        return
    there, missing = ("RESET", "SET") if up is None else ("SET", "RESET")
    c.notes.append(f"no {missing} ramps: {missing} taken as the mirror image of {there}")
    for a, b in (("step_set", "step_reset"), ("slope_set", "slope_reset"), ("A_up", "A_down"), ("gamma_up", "gamma_down")):
        if a in c.law.declared and b in c.law.declared:
            c.mirror |= {a: b} if up is None else {b: a}


def _linear(c: Candidate, up: Steps | None, down: Steps | None, window: Any, typical: float, nodes: int) -> None:
    _one_sided(c, up, down)
    for s, name in ((up, "step_set"), (down, "step_reset")):
        if s is not None:
            _add(c, name)
            c.starts[0][name] = max(float(np.average(s.step, weights=s.n)), 0.05 * typical)


def _soft_bounds(c: Candidate, up: Steps | None, down: Steps | None, window: Any, typical: float, nodes: int) -> None:
    _one_sided(c, up, down)
    low, high = window
    for s, tail in ((up, "set"), (down, "reset")):
        if s is None:
            continue
        z = (s.g - low) / (high - low)
        step, slope = _line(s, z if tail == "set" else 1.0 - z, 0.05 * typical)
        _add(c, f"step_{tail}")
        _add(c, f"slope_{tail}")
        c.starts[0] |= {f"step_{tail}": step, f"slope_{tail}": slope}


def _exponential(c: Candidate, up: Steps | None, down: Steps | None, window: Any, typical: float, nodes: int) -> None:
    """z = share − ½ (a = ½, b = 0): a and b only rescale A and γ. U = s − s·A·e^(γ z) is linear in s and s·A for each γ.

    Searched for is not A but B = A·e^(|γ|/2), the exponential term at the end of the window where it is largest: it depends little on γ.
    """
    _one_sided(c, up, down)
    c.fixed |= {"a": 0.5, "b": 0.0}
    c.notes.append("a = 0.5, b = 0: a change of a and b is the same as one of A and γ")
    low, high = window
    tails = []
    for s, step, tail in ((up, "step_set", "up"), (down, "step_reset", "down")):
        if s is None:
            continue
        sign = 1.0 if tail == "up" else -1.0
        z = (s.g - low) / (high - low) - 0.5
        tries = []
        for gamma in (-6.0, -3.0, -1.5, -0.7, 0.7, 1.5, 3.0, 6.0):
            a = np.stack([np.ones_like(z), -np.exp(sign * gamma * z)], axis=1) * np.sqrt(s.n)[:, None]
            (x, y), *_ = np.linalg.lstsq(a, s.step * np.sqrt(s.n), rcond=None)
            miss = float(np.sum((a @ np.array([x, y]) - s.step * np.sqrt(s.n)) ** 2))
            if x > 0.01 * typical:
                tries.append(
                    (miss, {step: float(x), f"B_{tail}": float(y / x) * math.exp(0.5 * abs(gamma)), f"gamma_{tail}": gamma})
                )
        tries.sort(key=lambda t: t[0])
        tails.append(tries[:2] or [(0.0, {step: typical, f"B_{tail}": 0.1, f"gamma_{tail}": 1.0})])
        _add(c, step)
        c.free.append(Free(f"B_{tail}", "linear", -1e6, 1e6))
        _add(c, f"gamma_{tail}")
    c.publish = _own_amplitude
    c.starts = [{k: v for t in tails for k, v in t[min(i, len(t) - 1)][1].items()} for i in range(max(map(len, tails)))]


def _own_amplitude(values: Values) -> Values:
    """A from B; see `_exponential`."""
    out = {}
    for name, v in values.items():
        if name.startswith("B_"):
            out["A" + name[1:]] = v * math.exp(-0.5 * abs(values["gamma" + name[1:]]))
        else:
            out[name] = v
    return out


def _power(c: Candidate, up: Steps | None, down: Steps | None, window: Any, typical: float, nodes: int) -> None:
    _one_sided(c, up, down)
    low, high = window
    for s, step, gamma_name in ((up, "step_set", "gamma_up"), (down, "step_reset", "gamma_down")):
        if s is None:
            continue
        z = np.clip((s.g - low) / (high - low), 1e-3, 1 - 1e-3)
        z = 1.0 - z if step == "step_set" else z
        best = (math.inf, 0.0, 0.0)
        for gamma in (0.05, 0.2, 0.5, 1.0, 2.0, 4.0, 8.0):
            shape = z**gamma
            size = float(np.sum(s.n * shape * s.step) / np.sum(s.n * shape * shape))
            best = min(best, (float(np.sum(s.n * (size * shape - s.step) ** 2)), gamma, size))
        _add(c, step)
        _add(c, gamma_name)
        c.starts[0] |= {step: max(best[2], 0.05 * typical), gamma_name: best[1]}


def _table(c: Candidate, up: Steps | None, down: Steps | None, window: Any, typical: float, nodes: int) -> None:
    _one_sided(c, up, down)
    c.grid = np.linspace(window[0], window[1], nodes)
    c.label = f"{c.law.name}, {nodes} points"
    for s, letter in ((up, "U"), (down, "D")):
        if s is None:
            continue
        smooth = np.interp(c.grid, s.g, s.step)
        for k in range(nodes):
            c.free.append(Free(f"{letter}{k}", "log", 1e-4 * typical, 1.0))
            c.starts[0][f"{letter}{k}"] = max(float(smooth[k]), 0.05 * typical)


def _pcm(c: Candidate, up: Steps | None, down: Steps | None, window: Any, typical: float, nodes: int) -> None:
    assert up is not None
    c.together = True
    c.noise_sets = [
        (*memory, *noise)
        for memory in ((), ("mean_memory", "memory_decay"))
        for noise in (
            ("std_0",),
            ("std_slope",),
            ("std_0", "std_slope"),
            *((("std_0", "std_slope", "std_memory"),) if memory else ()),
        )
    ]
    c.fixed |= {k: 0.0 for k in ("mean_memory", "std_memory", "std_0", "std_slope")}
    _add(c, "mean_0")
    _add(c, "mean_slope", 0.1)
    g, d, k = up.raw
    read = c.noise_start(())[READ]

    def start(names: Sequence[str]) -> Values:
        """Straight-line fits of the step and of its size about the mean, with and without the memory."""
        decay = 0.65
        memory = "mean_memory" in names
        columns = np.stack([np.ones_like(g), g / window[1], decay**k], axis=1)[:, : 3 if memory else 2]
        mean, *_ = np.linalg.lstsq(columns, d, rcond=None)
        size, *_ = np.linalg.lstsq(columns, 1.25 * np.abs(d - columns @ mean), rcond=None)
        least = 0.02 * typical
        out = {"mean_0": max(float(mean[0]), 0.1 * typical), "mean_slope": float(np.clip(mean[1] / window[1], -0.9, -1e-3))}
        out |= {"std_0": max(float(size[0]), least), "std_slope": max(float(size[1]), least) / window[1], READ: read}
        if memory:
            out |= {"mean_memory": max(float(mean[2]), least), "std_memory": max(float(size[2]), least), "memory_decay": decay}
        return out

    c.noise_start = start


def _generic(c: Candidate, up: Steps | None, down: Steps | None, window: Any, typical: float, nodes: int) -> None:
    """A law known by its declarations only: every parameter but window, noise and voltages; steps scaled to the size of the data's."""
    p = c.law.params(**({k: d.default for k, d in c.law.declared.items()} | c.fixed))
    s = c.law.start(0.5 * (window[0] + window[1]), p)
    sizes = [abs(c.law.mean_step(s, v, 5e-8, p, np.zeros((3, 2)))) for v in (p.v_set, -p.v_reset)]
    ratio = typical / max(float(np.mean(sizes)), 1e-6 * typical)
    for name, d in c.law.declared.items():
        if name in NOT_FREE or d.dimension in ("voltage", "time"):
            continue
        f = free_of(name, d, 1.0)
        c.free.append(f)
        start = d.default * (ratio if d.dimension == "conductance" else 1.0)
        c.starts[0][name] = min(max(start, f.low), f.high) or 0.1


_MAKERS: dict[str, Callable[..., None]] = {
    "linear": _linear,
    "soft-bounds": _soft_bounds,
    "exponential-step": _exponential,
    "power-step": _power,
    "table": _table,
    "pcm-nandakumar2018": _pcm,
}
