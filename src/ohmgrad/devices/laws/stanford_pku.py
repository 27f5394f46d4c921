"""Stanford-PKU: metal oxide whose filament ends a gap away from the electrode; field, heat and gap drive each other.

    dx/dt = −ν₀·e^(−E_a/kT)·sinh(γ·(a₀/L)·qV/kT)        x: gap (m);  v > 0 is SET, closes the gap
    γ     = γ₀ − β·(x/1 nm)³                            local enhancement of the field
    T     = T₀ + |V·I|·R_th                             I = I₀·e^(−x/g₀)·sinh(V/V₀)
    dx    = 0 while γ·|V|/L < F_min
    x ← x + Δx·(1 + σ ξ),  ξ ~ N(0, 1)                  Δx: what the equation does in the pulse; no spread if it reaches a bound

The state is g, the conductance at small voltage, (I₀/V₀)·e^(−x/g₀); the gap follows from it, so nothing is hidden, and g_min, g_max
are the largest and the smallest gap. Computed in y = x/g₀ = ln(I₀/(V₀ g)), with parameters in which no length is left:

    t_hop = g₀/ν₀,   enhancement_slope = β·(g₀/1 nm)³,   spacing = a₀/L,   v_activation = E_a/q,   v_field = F_min·L,   heating = R_th·(1 W)

Sources: X. Guan, S. Yu, H.-S. P. Wong, IEEE Electron Device Lett. 33, 1405 (2012), doi:10.1109/LED.2012.2210856; Z. Jiang et al., SISPAD
2014, 41, doi:10.1109/SISPAD.2014.6931558; P.-Y. Chen, S. Yu, IEEE Trans. Electron Devices 62, 4022 (2015), doi:10.1109/TED.2015.2492421.
Defaults: those of the authors' Verilog-A model 1.0.0, doi:10.4231/D37H1DN48, as others quote them (read second-hand, not in the papers): I₀ = 1 mA,
g₀ = 0.25 nm, V₀ = 0.25 V, ν₀ = 10 m/s, γ₀ = 16, β = 0.8, a₀ = 0.25 nm, L = 12 nm, E_a = 0.6 eV, R_th = 2.1·10³ K/W,
T₀ = 298 K, F_min = 1.4·10⁹ V/m, gap 0.2 … 1.7 nm (4.46 µS … 1.80 mS).

Assumed here: a narrower window, 10 … 200 µS (gap 1.50 … 0.75 nm), since below a gap of about 0.7 nm a SET runs away within one pulse; it stands
for the current limit of a transistor. Pulses of 1.3 V and 10 (20, 50) ns take a cell across in 47 (24, 10) of them either way, the largest step being 0.24
(0.40, 0.67) of the window; half the voltage stays below F_min. With F_min = 0,
0.65 V for 50 ns changes g by up to 0.03 %: then passive arrays need the stepwise driver. The spread σ: the model gives the gap a random
velocity in every time step of the simulator, which depends on that step; here the whole displacement has one. Left out: series
resistance, thermal time constant (T follows at once), forming, retention, spread that grows with T.

Valid for gaps with γ > 0. Integrated by `ohmgrad.devices.integrate`: within 10⁻⁶ of the window in y, up to 3 V.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

from ohmgrad.devices.integrate import make_advance
from ohmgrad.devices.law import Law, Param
from ohmgrad.devices.steps import State, count_pulses
from ohmgrad.kernels.compiled import inline
from ohmgrad.kernels.draws import normal
from ohmgrad.kernels.elementary import exp, log, power, sinh

K_OVER_Q = 1.380649e-23 / 1.602176634e-19  # volts per kelvin; exact in the SI of 2019


class Params(NamedTuple):
    g_min: float
    g_max: float
    i_0: float
    v_0: float
    t_hop: float
    enhancement: float
    enhancement_slope: float
    spacing: float
    v_activation: float
    heating: float
    temperature: float
    v_field: float
    sigma: float
    v_set: float
    v_reset: float
    v_full: float


@inline
def enhancement(y: float, p: Any) -> float:
    """γ at the gap y."""
    return float(p.enhancement - p.enhancement_slope * y * y * y)


def rate(y: float, c: Any, p: Any) -> float:
    """dy/dt (1/s); c: heat at y = 0 (K), |V|·a₀/L (volts), +1/−1 to open/close the gap."""
    kt = K_OVER_Q * (p.temperature + c[0] * exp(-y))
    lift = enhancement(y, p) * c[1]
    return float(c[2] * 0.5 / p.t_hop * (exp((lift - p.v_activation) / kt) - exp(-(lift + p.v_activation) / kt)))


advance = make_advance(rate, 0.25)


@inline
def gap(g: float, p: Any) -> float:
    """y at conductance g."""
    return float(log(p.i_0 / (p.v_0 * g)))


@inline
def opened(g: float, v: float, t: float, p: Any) -> tuple[float, bool]:
    """How much the pulse opens the gap (in g₀; < 0: closes it), and whether it ends at g_min or g_max."""
    y = gap(g, p)
    size = abs(v)
    if size == 0.0 or t <= 0.0 or enhancement(y, p) * size < p.v_field:
        return 0.0, False
    end, at_bound = gap(p.g_max if v > 0.0 else p.g_min, p), True
    if v < 0.0 and enhancement(end, p) * size < p.v_field:  # the field gives out on the way
        end, at_bound = power((p.enhancement - p.v_field / size) / p.enhancement_slope, 1.0 / 3.0), False
    if (v > 0.0 and y <= end) or (v < 0.0 and y >= end):
        return 0.0, at_bound
    heat = p.heating * size * p.i_0 * sinh(size / p.v_0)
    after = advance(y, t, end, (heat, size * p.spacing, -1.0 if v > 0.0 else 1.0), p)
    return after - y, at_bound and after == end


def pulse(s: Any, v: float, t: float, p: Any, tab: Any, key: Any) -> Any:
    dy, at_bound = opened(s.g, v, t, p)
    if at_bound:
        return State(p.g_max if v > 0.0 else p.g_min)
    if dy == 0.0:
        return s
    g = s.g * exp(-dy * (1.0 + p.sigma * normal(key, 0)))
    return State(min(max(g, p.g_min), p.g_max))


def mean_step(s: Any, v: float, t: float, p: Any, tab: Any) -> float:
    """The gap is Gaussian, so g is log-normal, with a mean above its median; but not above g_max."""
    dy, at_bound = opened(s.g, v, t, p)
    if at_bound:
        return float((p.g_max if v > 0.0 else p.g_min) - s.g)
    sd = p.sigma * dy
    return float(min(s.g * exp(0.5 * sd * sd - dy), p.g_max) - s.g)


def spread(s: Any, v: float, t: float, p: Any, tab: Any) -> float:
    dy, at_bound = opened(s.g, v, t, p)
    if at_bound:
        return 0.0
    variance = p.sigma * p.sigma * dy * dy
    # e^v − 1 = 2 e^(v/2) sinh(v/2): nothing is lost where the spread is small
    return float(s.g * exp(0.75 * variance - dy) * math.sqrt(2.0 * sinh(0.5 * variance)))


def nominal_step(t_set: float, t_reset: float, p: Any, tab: Any) -> tuple[float, float]:
    """Mean over the window of the mean steps of these widths."""
    grid = [p.g_min + k / 20 * (p.g_max - p.g_min) for k in range(21)]
    up = sum(mean_step(State(g), p.v_set, t_set, p, tab) for g in grid) / 21
    return up, -sum(mean_step(State(g), -p.v_reset, t_reset, p, tab) for g in grid) / 21


def pulses_needed(g0: float, g1: float, t: float, p: Any, tab: Any) -> float:
    return count_pulses(g0, g1, lambda g: mean_step(State(g), p.v_set, t, p, tab), p.g_max)


def checks(p: Any) -> list[str]:
    bad = []
    if p.g_min <= 0.0:
        return [f"g_min ({p.g_min} S) must be above 0: the gap would be infinite"]
    if p.g_max > p.i_0 / p.v_0:
        bad.append(f"g_max ({p.g_max} S) must be at most i_0/v_0 ({p.i_0 / p.v_0} S), where the gap is closed")
    least = p.enhancement - p.enhancement_slope * math.log(p.i_0 / (p.v_0 * p.g_min)) ** 3
    if least <= 0.0:
        bad.append(f"the field enhancement at g_min is {least:.3g}; it must be above 0: raise g_min or enhancement")
    elif p.v_field > 0.0:
        for name in ("v_set", "v_reset"):
            if least * getattr(p, name) < p.v_field:
                bad.append(
                    f"{name} ({getattr(p, name)} V) does not move a cell at g_min; above {p.v_field / least:.3g} V it does"
                )
    if not p.v_full > p.v_reset:
        bad.append(f"v_full ({p.v_full} V) must exceed v_reset ({p.v_reset} V)")
    return bad


LAW = Law(
    name="stanford-pku",
    text="Stanford-PKU metal oxide: gap driven by field and heat, integrated through the pulse",
    source="Guan et al. 2012, doi:10.1109/LED.2012.2210856; Jiang et al. 2014, doi:10.1109/SISPAD.2014.6931558; Chen and Yu 2015, doi:10.1109/TED.2015.2492421",
    state=State,
    params=Params,
    declared={
        "g_min": Param("conductance", 10e-6, 0.0, 1.0, "lowest conductance, at the largest gap"),
        "g_max": Param("conductance", 200e-6, 1e-15, 1.0, "highest conductance, at the smallest gap"),
        "i_0": Param("current", 1e-3, 1e-12, 1e3, "I₀, current scale at gap 0"),
        "v_0": Param("voltage", 0.25, 1e-3, 1e3, "V₀, voltage scale of the current"),
        "t_hop": Param("time", 25e-12, 1e-18, 1.0, "g₀/ν₀: 0.25 nm / (10 m/s)"),
        "enhancement": Param("dimensionless", 16.0, 0.0, 1e3, "γ₀, field enhancement at gap 0"),
        "enhancement_slope": Param("dimensionless", 0.0125, 0.0, 1e3, "β·(g₀/1 nm)³: 0.8 · 0.25³"),
        "spacing": Param("dimensionless", 0.25 / 12.0, 1e-6, 1.0, "a₀/L: atom spacing over oxide thickness, 0.25 nm / 12 nm"),
        "v_activation": Param("voltage", 0.6, 0.0, 10.0, "E_a/q, activation energy in electronvolts"),
        "heating": Param("temperature", 2.1e3, 0.0, 1e9, "R_th: temperature rise per watt"),
        "temperature": Param("temperature", 298.0, 1.0, 1e4, "T₀, ambient temperature"),
        "v_field": Param("voltage", 16.8, 0.0, 1e6, "F_min·L: below it γ·|V| moves nothing; 0: no such threshold"),
        "sigma": Param("dimensionless", 0.1, 0.0, 0.4, "cycle-to-cycle spread, relative to the displacement of the gap"),
        "v_set": Param("voltage", 1.3, 1e-3, 1e3, "nominal SET amplitude"),
        "v_reset": Param("voltage", 1.3, 1e-3, 1e3, "nominal (gradual) RESET amplitude"),
        "v_full": Param("voltage", 2.0, 1e-3, 1e3, "full RESET amplitude"),
    },
    pulse=pulse,
    mean_step=mean_step,
    spread=spread,
    bounds=lambda p: (p.g_min, p.g_max),
    start=lambda g, p: State(g),
    nominal_step=nominal_step,
    pulses_needed=pulses_needed,
    can_go_down=True,
    has_threshold=False,
    equation="dx/dt = −ν₀·e^(−E_a/kT)·sinh(γ·(a₀/L)·qV/kT), γ = γ₀ − β·(x/1 nm)³, T = T₀ + |V·I|·R_th, g = (I₀/V₀)·e^(−x/g₀)",
    leaves_out="series resistance, thermal time constant, forming, retention, spread that grows with temperature",
    switches={"cycle-to-cycle": {"sigma": 0.0}},
    checks=checks,
)
