"""VTEAM: a threshold in voltage, a power of what exceeds it, a window function; integrated through the pulse.

    dx/dt = +(v/v_th⁺ − 1)^α_set / t_set_0 · f_set(x)           for v > v_th⁺        x in 0 … 1; x = 1 at g_max
    dx/dt = −(|v|/v_th⁻ − 1)^α_reset / t_reset_0 · f_reset(x)   for v < −v_th⁻
    dx/dt = 0                                                   between

    map 0   1/g = 1/g_min − x·(1/g_min − 1/g_max)   linear in the resistance (the paper's first form)
    map 1   g = g_min·(g_max/g_min)^x               exponential (its second)
    map 2   g = g_min + x·(g_max − g_min)           linear in the conductance (ours)

    window 0   f = 1
    window 1   f_set = 1 − x^2q,  f_reset = 1 − (1 − x)^2q     Biolek: stops at the bound ahead, leaves the one behind
    window 2   f = 1 − (2x − 1)^2q                             Joglekar: a cell exactly at a bound never leaves it

    g ← clip(g + Δg·(1 + σ ξ)),  ξ ~ N(0, 1)      Δg: what the equation does to g; no spread if it reaches a bound

Source: S. Kvatinsky et al., IEEE Trans. Circuits Syst. II 62, 786 (2015), doi:10.1109/TCSII.2015.2433536. Windows: Y. N. Joglekar and
S. J. Wolf, Eur. J. Phys. 30, 661 (2009), doi:10.1088/0143-0807/30/4/001; Z. Biolek, D. Biolek and V. Biolková, Radioengineering 18, 210 (2009).
In the paper a positive voltage raises the resistance: here v > 0 is SET, so v_th⁺ = −v_on, v_th⁻ = v_off; and x runs the other
way, x = (w_off − w)/(w_off − w_on), so 1/t_set_0 = −k_on/(w_off − w_on) and 1/t_reset_0 = k_off/(w_off − w_on). Ours, not the paper's: the spread
σ, and all default values (the paper fits several devices). A full RESET is a RESET like any other: it clears if it is high
and long enough. Left out: the current through a Schottky or tunnel barrier (reads are ohmic), temperature, retention.

Without a window x moves at constant speed, which is exact; with one, by `ohmgrad.devices.integrate` to 10⁻⁶ of the window.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

from ohmgrad.devices.drive import VOLTS, check_volts
from ohmgrad.devices.integrate import make_advance
from ohmgrad.devices.law import Law, Param
from ohmgrad.devices.steps import State, count_pulses
from ohmgrad.kernels.compiled import inline
from ohmgrad.kernels.draws import normal
from ohmgrad.kernels.elementary import exp, log, power

NO_WINDOW, BIOLEK, JOGLEKAR = 0.0, 1.0, 2.0
LINEAR_R, EXPONENTIAL, LINEAR_G = 0.0, 1.0, 2.0
FAR = 37.0  # e^-37 < 2^-53: closer to a bound than this, a cell is at it


class Params(NamedTuple):
    g_min: float
    g_max: float
    t_set_0: float
    alpha_set: float
    t_reset_0: float
    alpha_reset: float
    map: float
    window: float
    order: float
    sigma: float
    v_set: float
    v_reset: float
    v_th_set: float
    v_th_reset: float
    v_full: float


@inline
def share(g: float, p: Any) -> float:
    """x at conductance g."""
    if p.map == EXPONENTIAL:
        return float(log(g / p.g_min) / log(p.g_max / p.g_min))
    x = (g - p.g_min) / (p.g_max - p.g_min)
    return float(x * p.g_max / g if p.map == LINEAR_R else x)


@inline
def conductance(x: float, p: Any) -> float:
    """Conductance (siemens) at x."""
    if p.map == EXPONENTIAL:
        return float(p.g_min * exp(x * log(p.g_max / p.g_min)))
    if p.map == LINEAR_R:
        return float(p.g_min * p.g_max / (p.g_max - x * (p.g_max - p.g_min)))
    return float(p.g_min + x * (p.g_max - p.g_min))


@inline
def speed(v: float, p: Any) -> float:
    """|dx/dt| (1/s) with f = 1."""
    if v > p.v_th_set:
        return float(power(v / p.v_th_set - 1.0, p.alpha_set) / p.t_set_0)
    if v < -p.v_th_reset:
        return float(power(-v / p.v_th_reset - 1.0, p.alpha_reset) / p.t_reset_0)
    return 0.0


def rate(y: float, c: float, p: Any) -> float:
    """dy/dt of y = −ln d (Biolek) or ln((1 − d)/d) (Joglekar), d being the distance to the bound ahead: c times a polynomial."""
    order = int(p.order)
    total = 0.0
    if p.window == BIOLEK:  # (1 − (1 − d)^2q)/d
        behind = 1.0 - exp(-y)
        for _ in range(2 * order):
            total = total * behind + 1.0
        return c * total
    middle = 1.0 - 2.0 / (1.0 + exp(y))  # (1 − (1 − 2d)^2q)/(d(1 − d))
    for _ in range(order):
        total = total * middle * middle + 1.0
    return 4.0 * c * total


advance = make_advance(rate, 0.5)


@inline
def moved(d: float, c: float, t: float, p: Any) -> float:
    """Distance to the bound ahead after t seconds; 0 where the bound is reached."""
    if p.window == NO_WINDOW:
        return max(d - c * t, 0.0)
    if d <= 0.0 or (p.window == JOGLEKAR and d >= 1.0):
        return d
    if p.window == BIOLEK:
        y = advance(-log(d), t, FAR, c, p)
        return exp(-y) if y < FAR else 0.0  # type: ignore[no-any-return]
    y = advance(log((1.0 - d) / d), t, FAR, c, p)
    return 1.0 / (1.0 + exp(y)) if y < FAR else 0.0  # type: ignore[no-any-return]


@inline
def after(g: float, v: float, t: float, p: Any) -> float:
    """Conductance after the pulse, without spread (siemens)."""
    c = speed(v, p)
    if c == 0.0 or t <= 0.0:
        return g
    x = share(g, p)
    before = 1.0 - x if v > 0.0 else x
    d = moved(before, c, t, p)
    if d <= 0.0:
        return float(p.g_max if v > 0.0 else p.g_min)
    if d == before:
        return g
    return float(min(max(conductance(1.0 - d if v > 0.0 else d, p), p.g_min), p.g_max))


def pulse(s: Any, v: float, t: float, p: Any, tab: Any, key: Any) -> Any:
    g = after(s.g, v, t, p)
    if g > p.g_min and g < p.g_max and g != s.g:
        g = min(max(g + p.sigma * (g - s.g) * normal(key, 0), p.g_min), p.g_max)
    return State(g)


def mean_step(s: Any, v: float, t: float, p: Any, tab: Any) -> float:
    return float(after(s.g, v, t, p) - s.g)


def spread(s: Any, v: float, t: float, p: Any, tab: Any) -> float:
    g = after(s.g, v, t, p)
    return float(p.sigma * abs(g - s.g)) if p.g_min < g < p.g_max else 0.0


def nominal_step(t_set: float, t_reset: float, p: Any, tab: Any) -> tuple[float, float]:
    """Mean over the window of the steps of these widths."""
    grid = [p.g_min + k / 20 * (p.g_max - p.g_min) for k in range(21)]
    return sum(after(g, p.v_set, t_set, p) - g for g in grid) / 21, sum(g - after(g, -p.v_reset, t_reset, p) for g in grid) / 21


def pulses_needed(g0: float, g1: float, t: float, p: Any, tab: Any) -> float:
    if p.window == NO_WINDOW and g1 <= p.g_max:
        c = speed(p.v_set, p) * t
        return max(share(g1, p) - share(g0, p), 0.0) / c if c > 0.0 or g1 <= g0 else math.inf
    return count_pulses(g0, g1, lambda g: after(g, p.v_set, t, p) - g, p.g_max)


def checks(p: Any) -> list[str]:
    bad = check_volts(p)
    if p.map != LINEAR_G and p.g_min <= 0.0:
        bad.append(f"g_min ({p.g_min} S) must be above 0 for map = {p.map:g}; map = 2 (linear in the conductance) allows 0")
    for name in ("map", "window", "order"):
        value = getattr(p, name)
        if value != math.floor(value):
            bad.append(f"{name} ({value}) must be a whole number")
    return bad


LAW = Law(
    name="vteam",
    text="VTEAM: threshold and power law in voltage, window functions, integrated through the pulse",
    source="Kvatinsky et al., IEEE Trans. Circuits Syst. II 62, 786 (2015), doi:10.1109/TCSII.2015.2433536",
    state=State,
    params=Params,
    declared={
        "g_min": Param("conductance", 10e-6, 0.0, 1.0, "lowest conductance, 1/R_off"),
        "g_max": Param("conductance", 100e-6, 1e-15, 1.0, "highest conductance, 1/R_on"),
        "t_set_0": Param("time", 1.5e-6, 1e-15, 1e6, "time of a whole SET at twice the threshold, (w_off − w_on)/|k_on|"),
        "alpha_set": Param("dimensionless", 3.0, 0.0, 20.0, "exponent of the SET speed, α_on"),
        "t_reset_0": Param("time", 1.5e-6, 1e-15, 1e6, "time of a whole RESET at twice the threshold, (w_off − w_on)/k_off"),
        "alpha_reset": Param("dimensionless", 3.0, 0.0, 20.0, "exponent of the RESET speed, α_off"),
        "map": Param("dimensionless", LINEAR_R, 0.0, 2.0, "0: resistance linear in x; 1: exponential; 2: conductance linear in x"),
        "window": Param("dimensionless", NO_WINDOW, 0.0, 2.0, "0: none; 1: Biolek; 2: Joglekar"),
        "order": Param("dimensionless", 1.0, 1.0, 20.0, "q of the window function"),
        "sigma": Param("dimensionless", 0.1, 0.0, 10.0, "cycle-to-cycle spread, relative to the step (not in the paper)"),
        **{**VOLTS, "v_full": Param("voltage", 5.0, 1e-3, 1e3, "full RESET amplitude"),
           "v_th_set": Param("voltage", 1.2, 1e-6, 1e3, "SET threshold, −v_on of the paper"),
           "v_th_reset": Param("voltage", 1.2, 1e-6, 1e3, "RESET threshold, v_off of the paper")},
    },
    pulse=pulse,
    mean_step=mean_step,
    spread=spread,
    bounds=lambda p: (p.g_min, p.g_max),
    start=lambda g, p: State(g),
    nominal_step=nominal_step,
    pulses_needed=pulses_needed,
    can_go_down=True,
    equation="dx/dt = ±(|v|/v_th − 1)^alpha/t_0 · f(x) beyond the threshold, else 0; 1/g linear in x (or g exponential, or linear)",
    leaves_out="non-ohmic current, temperature, retention",
    switches={"nonlinearity": {"map": LINEAR_G, "window": NO_WINDOW}, "cycle-to-cycle": {"sigma": 0.0}},
    checks=checks,
)  # fmt: skip
