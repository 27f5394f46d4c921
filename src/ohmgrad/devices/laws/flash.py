"""Floating-gate cell: slow, logarithmic program by tunnelling or hot electrons; abrupt erase.

    SET    (program, v ≥ v_th⁺)    ΔV ← ΔV + v_c·ln(1 + (t/τ(v))·e^(−ΔV/v_c))        ΔV: threshold shift since erase (V)
           τ(v) = tau·e^(−(v − v_set)/v_tau)
           g = g_min + (g_max − g_min)·ΔV/v_window                                  read conductance
           g ← clip(g + Δg·(1 + σ ξ)),  ξ ~ N(0, 1)                                 no spread if the step reaches g_max
    RESET  (erase, v ≤ −v_th⁻)     g ← g_min, whatever the width

Electrons on the floating gate oppose the field that brings them, and the tunnel current depends on the field nearly exponentially
(dΔV/dt = (v_c/τ)·e^(−ΔV/v_c)), so the shift grows with the logarithm of time: e^(ΔV/v_c) grows by t/τ with every pulse, and n equal
pulses do what one of n times the width does. Programming raises the conductance, as in a p-channel cell read at a fixed gate voltage.

Sources: tunnelling through oxide, M. Lenzlinger, E. H. Snow, J. Appl. Phys. 40, 278 (1969), doi:10.1063/1.1657043; flash cells as synapses,
S.-T. Lee, J.-H. Lee, Front. Neurosci. 14, 945 (2020), doi:10.3389/fnins.2020.571292 (NAND strings). The exponential in place of the whole
Fowler-Nordheim current, the linear read and all default values are assumed; none is fitted.
Valid for program pulses of microseconds to milliseconds, at g_min … g_max (ΔV = 0 … v_window). Left out: an erase takes a whole block at once,
here it is counted cell by cell; program and read disturb below the threshold; charge loss; saturation of the erase; wear
of the oxide; the nonlinear read near threshold.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

from ohmgrad.devices.drive import VOLTS, check_volts
from ohmgrad.devices.law import Law, Param
from ohmgrad.devices.steps import State
from ohmgrad.kernels.compiled import inline
from ohmgrad.kernels.draws import normal
from ohmgrad.kernels.elementary import exp, log


class Params(NamedTuple):
    g_min: float
    g_max: float
    v_window: float
    v_c: float
    tau: float
    v_tau: float
    sigma: float
    v_set: float
    v_reset: float
    v_th_set: float
    v_th_reset: float
    v_full: float


@inline
def exposure(v: float, t: float, p: Any) -> float:
    """t/τ(v): what one program pulse adds to e^(ΔV/v_c)."""
    return float(t / p.tau * exp((v - p.v_set) / p.v_tau))


@inline
def grown(g: float, p: Any) -> float:
    """e^(ΔV/v_c) at conductance g."""
    return float(exp(p.v_window / p.v_c * ((g - p.g_min) / (p.g_max - p.g_min))))


@inline
def program(g: float, v: float, t: float, p: Any) -> float:
    """Change of the conductance by a program pulse, without spread (siemens)."""
    dv = p.v_c * log(1.0 + exposure(v, t, p) / grown(g, p))
    return float(min((p.g_max - p.g_min) / p.v_window * dv, p.g_max - g))


def pulse(s: Any, v: float, t: float, p: Any, tab: Any, key: Any) -> Any:
    if v <= -p.v_th_reset:
        return State(p.g_min)
    if v < p.v_th_set:
        return s
    dg = program(s.g, v, t, p)
    if s.g + dg >= p.g_max:
        return State(p.g_max)
    return State(min(max(s.g + dg * (1.0 + p.sigma * normal(key, 0)), p.g_min), p.g_max))


def mean_step(s: Any, v: float, t: float, p: Any, tab: Any) -> float:
    if v <= -p.v_th_reset:
        return float(p.g_min - s.g)
    return program(s.g, v, t, p) if v >= p.v_th_set else 0.0  # type: ignore[no-any-return]


def spread(s: Any, v: float, t: float, p: Any, tab: Any) -> float:
    if v < p.v_th_set:
        return 0.0
    dg = program(s.g, v, t, p)
    return float(p.sigma * dg) if s.g + dg < p.g_max else 0.0


def nominal_step(t_set: float, t_reset: float, p: Any, tab: Any) -> tuple[float, float]:
    """Mean program step over the window, for both: there is no gradual RESET."""
    step = sum(program(p.g_min + k / 20 * (p.g_max - p.g_min), p.v_set, t_set, p) for k in range(21)) / 21
    return step, step


def pulses_needed(g0: float, g1: float, t: float, p: Any, tab: Any) -> float:
    if g1 > p.g_max:
        return math.inf
    return max(grown(g1, p) - grown(g0, p), 0.0) / exposure(p.v_set, t, p)


LAW = Law(
    name="flash",
    text="floating gate: program that slows down logarithmically, abrupt erase",
    source="Lenzlinger and Snow 1969, doi:10.1063/1.1657043; Lee and Lee 2020, doi:10.3389/fnins.2020.571292",
    state=State,
    params=Params,
    declared={
        "g_min": Param("conductance", 0.1e-6, 0.0, 1.0, "conductance after erase"),
        "g_max": Param("conductance", 10e-6, 1e-15, 1.0, "highest conductance, fully programmed"),
        "v_window": Param("voltage", 2.0, 1e-3, 100.0, "threshold shift from g_min to g_max"),
        "v_c": Param("voltage", 0.8, 1e-2, 100.0, "shift by which the program current falls to 1/e"),
        "tau": Param("time", 200e-6, 1e-12, 1e6, "first time constant of the program at v_set"),
        "v_tau": Param("voltage", 0.7, 1e-3, 100.0, "program amplitude that makes it e times as fast"),
        "sigma": Param("dimensionless", 0.1, 0.0, 10.0, "cycle-to-cycle spread, relative to the step"),
        **{**VOLTS, "v_set": Param("voltage", 14.0, 1e-3, 1e3, "program amplitude"),
           "v_reset": Param("voltage", 16.0, 1e-3, 1e3, "erase amplitude"),
           "v_th_set": Param("voltage", 9.0, 0.0, 1e3, "below it nothing is programmed"),
           "v_th_reset": Param("voltage", 9.0, 0.0, 1e3, "below it nothing is erased"),
           "v_full": Param("voltage", 17.0, 1e-3, 1e3, "full erase amplitude")},
    },
    pulse=pulse,
    mean_step=mean_step,
    spread=spread,
    bounds=lambda p: (p.g_min, p.g_max),
    start=lambda g, p: State(g),
    nominal_step=nominal_step,
    pulses_needed=pulses_needed,
    can_go_down=False,
    equation="program: ΔV += v_c·ln(1 + (t/τ)·e^(−ΔV/v_c)), τ = tau·e^(−(v − v_set)/v_tau), g linear in ΔV; erase: g ← g_min",
    leaves_out="block erase (counted cell by cell), disturb below threshold, charge loss, wear, erase saturation",
    switches={"cycle-to-cycle": {"sigma": 0.0}},
    checks=check_volts,
)  # fmt: skip
