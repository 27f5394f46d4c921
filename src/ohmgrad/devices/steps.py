"""Step laws: a law from two functions, the mean steps up and down. What most published and measured cells need.

    SET    g ← clip(g + a·U(g) + a·√((σ U(g))² + s(g)²)·ξ)
    RESET  g ← clip(g + a·D(g) + a·√((σ D(g))² + s(g)²)·ξ)             (a < 0)
           s(g) = sigma_abs + sigma_g·g,   ξ ~ N(0, 1)
    full RESET (v ≤ −v_full)   g ← g_min

U, D ≥ 0 (siemens): mean steps at nominal amplitude. a: signed amplitude (`ohmgrad.devices.drive`, or the law's own). σ: cycle-to-cycle spread
relative to the step; sigma_abs (siemens) and sigma_g (relative to g): spread that is there however small the step, so that single
steps may go the wrong way. The three are independent Gaussians, so their sum is one. clip: to g_min … g_max.

A user's law is two functions and one call, in a file of its own::

    from ohmgrad import Param, step_law

    def up(g, p, tab):
        return p.step_set * (p.g_max - g) / (p.g_max - p.g_min)

    def down(g, p, tab):
        return p.step_reset * (g - p.g_min) / (p.g_max - p.g_min)

    LAW = step_law(
        name="my-cell", text="steps that shrink towards the bounds", source="my measurement", up=up, down=down,
        params={"step_set": Param("conductance", 1e-7, 0, 1, "step at g_min"), "step_reset": Param("conductance", 1e-7, 0, 1, "step at g_max")},
    )

Two switches come with every step law: `nonlinear` = 0 takes both steps at the middle of the window, whatever g is; `asymmetric` = 0 makes RESET
the mirror image of SET, D(g) = U(g_min + g_max − g).
"""

from __future__ import annotations

import math
from collections import namedtuple
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from ohmgrad.devices.drive import VOLTS, check_volts, drive
from ohmgrad.devices.law import Law, Param
from ohmgrad.kernels.compiled import as_python, inline, inlined
from ohmgrad.kernels.draws import normal

WINDOW = {
    "g_min": Param("conductance", 0.1e-6, 0.0, 1.0, "lowest conductance"),
    "g_max": Param("conductance", 20e-6, 1e-15, 1.0, "highest conductance"),
}
NOISE = {
    "sigma": Param("dimensionless", 0.3, 0.0, 10.0, "cycle-to-cycle spread, relative to the step"),
    "sigma_abs": Param("conductance", 0.0, 0.0, 1.0, "cycle-to-cycle spread that every pulse has, however small its step"),
    "sigma_g": Param("dimensionless", 0.0, 0.0, 10.0, "the same, relative to the conductance"),
}
SWITCHES = {
    "nonlinear": Param("dimensionless", 1.0, 0.0, 1.0, "0: the steps are those at the middle of the window everywhere"),
    "asymmetric": Param("dimensionless", 1.0, 0.0, 1.0, "0: RESET is the mirror image of SET"),
}
OFF = {
    "nonlinearity": {"nonlinear": 0.0},
    "asymmetry": {"asymmetric": 0.0},
    "cycle-to-cycle": {"sigma": 0.0, "sigma_abs": 0.0, "sigma_g": 0.0},
}
FAR = 1_000_000  # pulses after which a goal counts as out of reach


class State(NamedTuple):
    """State of a cell without memory."""

    g: float


def volts_only(v: float, t: float, p: Any) -> float:
    """Amplitude of a law that knows no pulse width: `drive`."""
    return drive(v, p)


def window(p: Any) -> tuple[float, float]:
    """Bounds of a law whose cells stay within g_min … g_max."""
    return p.g_min, p.g_max


def step_law(
    *,
    name: str,
    text: str,
    source: str,
    up: Callable[..., float],
    down: Callable[..., float],
    params: Mapping[str, Param],
    equation: str = "",
    leaves_out: str = "pulse width and waveform",
    bounds: Callable[..., tuple[float, float]] = window,
    amplitude: Callable[..., float] = volts_only,
    volts: Mapping[str, Param] = VOLTS,
    checks: Callable[..., list[str]] = check_volts,
    nominal_step: Callable[..., tuple[float, float]] | None = None,
    pulses_needed: Callable[..., float] | None = None,
    read_table: Callable[[Any], Any] | None = None,
) -> Law:
    """A law from its mean steps; see the module for the equations.

    up(g, p, tab), down(g, p, tab)
        Mean SET and RESET step at nominal amplitude, both ≥ 0, in siemens; what Numba compiles.
    params
        The law's own parameters. g_min, g_max come before them and the noise, the switches and the voltages after them, each with a
        default that an entry of the same name here replaces.
    bounds(p), amplitude(v, t, p)
        For laws that differ from the usual: clip elsewhere, or drive other than by `ohmgrad.devices.drive` (0 below threshold,
        1 at v_set, −1 at −v_reset, both at nominal width).
    volts, checks
        Declared voltages, at least v_set, v_reset, v_full; messages on parameters that contradict each other.
    nominal_step, pulses_needed, read_table
        As in `Law`; by default the mean of U and D over the window, and pulses counted along the mean path.
    """
    common = {**WINDOW, **NOISE, **SWITCHES, **volts}
    own = {k: v for k, v in params.items() if k not in common}
    declared = {**WINDOW, **own, **NOISE, **SWITCHES, **volts}
    declared.update(params)
    params_type: Any = namedtuple("Params", list(declared))  # type: ignore[misc]
    up_, down_, amplitude_, bounds_ = inlined(up), inlined(down), inlined(amplitude), inlined(bounds)

    def mean_of(up: Any, down: Any) -> Any:
        def mean(g: Any, a: Any, p: Any, tab: Any) -> Any:
            """Signed mean step at amplitude a (siemens)."""
            middle = 0.5 * (p.g_min + p.g_max)
            if a > 0.0:
                return a * up(g if p.nonlinear != 0.0 else middle, p, tab)
            if p.asymmetric != 0.0:
                return a * down(g if p.nonlinear != 0.0 else middle, p, tab)
            return a * up(p.g_min + p.g_max - g if p.nonlinear != 0.0 else middle, p, tab)

        return mean

    mean_ = inline(mean_of(up_, down_))
    plain = mean_of(as_python(up), as_python(down))

    def few(g: float, a: float, p: Any, tab: Any) -> float:
        """`mean_` without compiling it, which takes longer than a few hundred steps."""
        try:
            return float(plain(g, a, p, tab))
        except ArithmeticError:  # x/0 and overflow are inf there
            return float(mean_(g, a, p, tab))

    def pulse(s: Any, v: Any, t: Any, p: Any, tab: Any, key: Any) -> Any:
        if v <= -p.v_full:
            return State(p.g_min)
        a = amplitude_(v, t, p)
        if a == 0.0:
            return s
        step = mean_(s.g, a, p, tab)
        own, relative = a * (p.sigma_abs + p.sigma_g * s.g), p.sigma * step
        low, high = bounds_(p)
        g = s.g + step + math.sqrt(relative * relative + own * own) * normal(key, 0)
        return State(min(max(g, low), high))

    def mean_step(s: Any, v: Any, t: Any, p: Any, tab: Any) -> Any:
        a = amplitude_(v, t, p)
        return mean_(s.g, a, p, tab) if a != 0.0 else 0.0

    def spread(s: Any, v: Any, t: Any, p: Any, tab: Any) -> Any:
        a = amplitude_(v, t, p)
        if a == 0.0:
            return 0.0
        own, relative = a * (p.sigma_abs + p.sigma_g * s.g), p.sigma * mean_(s.g, a, p, tab)
        return math.sqrt(relative * relative + own * own)

    def nominal(t_set: Any, t_reset: Any, p: Any, tab: Any) -> tuple[float, float]:
        grid = [p.g_min + k / 20 * (p.g_max - p.g_min) for k in range(21)]
        return tuple(abs(sum(few(g, a, p, tab) for g in grid)) / 21 for a in (1.0, -1.0))  # type: ignore[return-value]

    def needed(g0: Any, g1: Any, t: Any, p: Any, tab: Any) -> float:
        a = amplitude_(p.v_set, t, p)
        return count_pulses(g0, g1, lambda g: few(g, a, p, tab), as_python(bounds)(p)[1])

    return Law(
        name=name, text=text, source=source, equation=equation, leaves_out=leaves_out, state=State, params=params_type,
        declared=declared, pulse=pulse, mean_step=mean_step, spread=spread, bounds=bounds, start=lambda g, p: State(g),
        nominal_step=nominal_step or nominal, pulses_needed=pulses_needed or needed, can_go_down=True, switches=OFF, checks=checks,
        read_table=read_table,
    )  # fmt: skip


def count_pulses(g0: float, g1: float, step: Callable[[float], float], top: float) -> float:
    """Pulses from `g0` up to `g1` along the mean path g ← g + step(g); the last one by its share. inf beyond `top`."""
    if g1 > top:
        return math.inf
    g, n = g0, 0
    while g < g1:
        dg = step(g)
        if dg <= 0.0 or n > FAR:
            return math.inf
        if g + dg >= g1:
            return n + (g1 - g) / dg
        g, n = g + dg, n + 1
    return float(n)
