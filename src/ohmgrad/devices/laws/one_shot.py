"""Cell behind a transistor, SET in one shot to what the gate voltage allows; abrupt RESET.

    SET    (v ≥ v_th⁺)     g* = clip(g_min + gate_slope·(v − v_th⁺))                     v: gate voltage of the transistor (V), not the cell's
           g ← clip(g* + s·ξ) if g* > g, else g                                      ξ ~ N(0, 1)
           s = sigma·(g* − g_min) + sigma_abs
    RESET  (v ≤ −v_th⁻)    g ← g_min, whatever amplitude and width

During SET the transistor limits the current: the filament grows until the cell passes the current that the gate allows, so the conductance follows the gate
voltage and not the state before, and a gate voltage that allows less than the cell has already changes nothing. To bring a cell to any conductance, RESET it
fully and SET it once: the write scheme `gate-set`. v_set is the gate voltage of a nominal SET, v_drain the voltage over cell and transistor that heats:
scheme `gate-set` bills v_drain²·t·g for a SET; other schemes, and pulses of theirs, bill v_set.

Source: C. Li et al., Nat. Commun. 9, 2385 (2018), doi:10.1038/s41467-018-04484-2: 98 µS per volt, linear (second-hand). Window, spreads, voltages: assumed.
Left out: pulse width, the transistor's own curve outside its linear range, RESET limited by the gate, spread of what RESET leaves.

>>> p = LAW.defaults()._replace(sigma=0.0)
>>> round(1e6 * LAW.pulse(LAW.start(p.g_min, p), p.v_th_set + 1.0, 1e-7, p, None, None).g, 6) - 1e6 * p.g_min
98.0
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

from ohmgrad.devices.drive import VOLTS, check_volts
from ohmgrad.devices.law import Law, Param
from ohmgrad.devices.steps import State
from ohmgrad.kernels.compiled import inline
from ohmgrad.kernels.draws import normal


class Params(NamedTuple):
    g_min: float
    g_max: float
    gate_slope: float
    sigma: float
    sigma_abs: float
    v_drain: float
    v_set: float
    v_reset: float
    v_th_set: float
    v_th_reset: float
    v_full: float


@inline
def allowed(v: float, p: Any) -> float:
    """Conductance to which a SET at gate voltage v leads, without spread (siemens)."""
    return min(max(p.g_min + p.gate_slope * (v - p.v_th_set), p.g_min), p.g_max)  # type: ignore[no-any-return]


def pulse(s: Any, v: float, t: float, p: Any, tab: Any, key: Any) -> Any:
    if v <= -p.v_th_reset:
        return State(p.g_min)
    if v < p.v_th_set:
        return s
    g = allowed(v, p)
    if g <= s.g:
        return s
    width = p.sigma * (g - p.g_min) + p.sigma_abs
    if width > 0.0:
        g = g + width * normal(key, 0)
    return State(min(max(g, p.g_min), p.g_max))


def mean_step(s: Any, v: float, t: float, p: Any, tab: Any) -> float:
    if v <= -p.v_th_reset:
        return float(p.g_min - s.g)
    return float(max(allowed(v, p) - s.g, 0.0)) if v >= p.v_th_set else 0.0


def spread(s: Any, v: float, t: float, p: Any, tab: Any) -> float:
    if v < p.v_th_set or allowed(v, p) <= s.g:
        return 0.0
    return float(p.sigma * (allowed(v, p) - p.g_min) + p.sigma_abs)


def nominal_step(t_set: float, t_reset: float, p: Any, tab: Any) -> tuple[float, float]:
    """Half of what a SET of v_set does to a cell at g_min, for both: there is no gradual RESET."""
    step = 0.5 * (allowed(p.v_set, p) - p.g_min)
    return step, step


def pulses_needed(g0: float, g1: float, t: float, p: Any, tab: Any) -> float:
    top = allowed(p.v_set, p)
    if g1 <= g0:
        return 0.0
    return (g1 - g0) / (top - g0) if g1 <= top else math.inf


LAW = Law(
    name="one-shot",
    text="SET in one shot to what the transistor's gate voltage allows, abrupt RESET",
    source="C. Li et al., Nat. Commun. 9, 2385 (2018), doi:10.1038/s41467-018-04484-2",
    state=State,
    params=Params,
    declared={
        "g_min": Param("conductance", 10e-6, 0.0, 1.0, "conductance after RESET"),
        "g_max": Param("conductance", 206e-6, 1e-15, 1.0, "highest conductance"),
        "gate_slope": Param("conductance", 98e-6, 1e-15, 1e3, "conductance gained per volt of gate voltage"),
        "sigma": Param("dimensionless", 0.05, 0.0, 10.0, "spread of a SET, relative to what it gains over g_min"),
        "sigma_abs": Param("conductance", 0.0, 0.0, 1.0, "spread that every SET has"),
        "v_drain": Param("voltage", 2.5, 1e-3, 1e3, "voltage over cell and transistor in SET: what it costs"),
        **{**VOLTS, "v_set": Param("voltage", 2.6, 1e-3, 1e3, "gate voltage of a nominal SET"),
           "v_th_set": Param("voltage", 0.6, 0.0, 1e3, "gate voltage that leaves g_min"),
           "v_reset": Param("voltage", 1.7, 1e-3, 1e3, "RESET amplitude"),
           "v_full": Param("voltage", 2.0, 1e-3, 1e3, "full RESET amplitude")},
    },
    pulse=pulse,
    mean_step=mean_step,
    spread=spread,
    bounds=lambda p: (p.g_min, p.g_max),
    start=lambda g, p: State(g),
    nominal_step=nominal_step,
    pulses_needed=pulses_needed,
    can_go_down=False,
    has_threshold=False,
    equation="SET: g ← g_min + gate_slope·(v − v_th_set) + noise, if that is more than g; RESET: g ← g_min",
    leaves_out="pulse width, the transistor's own curve outside its linear range, spread of what RESET leaves",
    switches={"cycle-to-cycle": {"sigma": 0.0, "sigma_abs": 0.0}},
    checks=check_volts,
)  # fmt: skip
