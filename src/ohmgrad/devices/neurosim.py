"""NeuroSim's way of naming a soft-bounds cell, both ways: its "nonlinearity" labels, pulse number and on/off ratio.

The cell of the MLP+NeuroSim V3.0 manual, conductance after P of P_max equal pulses, SET from g_min and RESET from g_max:

    G_up(P)   = g_min + B·(1 − e^(−P/A))                    B = (g_max − g_min)/(1 − e^(−P_max/A)),   A = a·P_max
    G_down(P) = g_max − B·(1 − e^((P − P_max)/A))           with its own A; P falls from P_max to 0 as pulses are given

    label NL:  max over 0 ≤ x ≤ 1 of (1 − e^(−x/a))/(1 − e^(−1/a)) − x  =  NL/10.10153

Each pulse changes g by a step linear in g, so this is the law `soft-bounds` with other names: with k = 1/a and W = g_max −
g_min,

    step = B·(1 − e^(−1/A)) = W·(1 − e^(−k/P_max))/(1 − e^(−k)),        slope = W/B = 1 − e^(−k)

(step: at g_min for SET, at g_max for RESET). k > 0: steps shrink; k < 0: they grow, the mirror image of the curve about its
diagonal, with the label of −k negated; k = 0: equal steps. The maximum lies at x* = −a ln(a(1 − e^(−1/a))), which gives the
label in closed form. Near 0 it is NL ≈ 10.10153·k/8, that is a ≈ 1.263/NL.

Signs as NeuroSim prints them: a SET that saturates (steps shrink towards g_max) has NL_up > 0, a RESET that saturates (towards
g_min) has NL_down < 0. Labels lie in −9 … 9, beyond which a hardly determines them.

Precision: |k| reaches 44 at |NL| = 9. A slope 1 − e^(−44) is 1 in double precision, so going back needs P_max. For labels of
growing steps the first steps are e^(−|k|) of the last: what rounding leaves of g_min is multiplied by as much along the curve.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from ohmgrad.errors import SpecError

SCALE = 10.10153  # NL at which the curve would be a right angle
LARGEST = 9.0
# coefficients of k, k³, k⁵, … of the label/SCALE: B₂ₙ/(2n)!·(1 + 1/(2n)), with Bernoulli's numbers B₂ₙ
_SERIES = (1 / 8, -1 / 576, 1 / 25920, -1 / 1075200, 1 / 43545600, -691 / 1207084032000, 1 / 69742632960)


@dataclass(frozen=True)
class NeuroSimCell:
    """A cell as NeuroSim's table of devices gives it.

    p_max: pulses from one end of the window to the other. nl_up, nl_down: labels, −9 … 9. r_on: resistance in ohm at g_max.
    on_off: g_max/g_min. cycle_to_cycle: standard deviation of each pulse relative to the window.
    """

    p_max: float
    nl_up: float
    nl_down: float
    r_on: float
    on_off: float
    cycle_to_cycle: float = 0.0


def label_of_curvature(k: float) -> float:
    """Label NL of curvature k = 1/a (dimensionless, any sign; 0 is linear).

    >>> round(label_of_curvature(1 / 0.4992), 2), label_of_curvature(0.0)
    (2.4, 0.0)
    """
    if abs(k) < 0.5:  # the closed form loses digits here; the series' next term is below 10⁻¹⁵ of the sum
        return SCALE * k * _polynomial(k * k)
    if k < 0:
        return -label_of_curvature(-k)
    rise = -math.expm1(-k)
    return SCALE * (1 / rise - 1 / k + math.log(rise / k) / k)


def curvature_of_label(nl: float) -> float:
    """k = 1/a of the label NL; raises SpecError outside −9 … 9. By bisection, to the last bit but a few.

    >>> [round(1 / curvature_of_label(nl), 4) for nl in (2.40, 4.88, -4.88)]
    [0.4992, 0.2003, -0.2003]
    """
    if not abs(nl) <= LARGEST:
        raise SpecError(f"nonlinearity label {nl:g} is out of range: NeuroSim's labels lie between −9 and 9")
    if nl <= 0:
        return -curvature_of_label(-nl) if nl else 0.0
    low, high = 0.0, 64.0
    while True:
        k = 0.5 * (low + high)
        if not low < k < high:
            return k
        if label_of_curvature(k) < nl:
            low = k
        else:
            high = k


def label_of_a(a: float) -> float:
    """Label NL of NeuroSim's a = A/P_max (dimensionless; inf is linear)."""
    return label_of_curvature(1 / a)


def a_of_label(nl: float) -> float:
    """NeuroSim's a = A/P_max of the label NL; inf for 0.

    >>> round(a_of_label(0.5), 3), round(a_of_label(1.75), 3), a_of_label(0.0)
    (2.52, 0.702, inf)
    """
    k = curvature_of_label(nl)
    return 1 / k if k else math.inf


def share_after(p: float, p_max: float, k: float) -> float:
    """Share of the window travelled after `p` of `p_max` pulses: (1 − e^(−kp/p_max))/(1 − e^(−k)), p/p_max for k = 0."""
    return math.expm1(-k * p / p_max) / math.expm1(-k) if k else p / p_max


def conductance_up(p: float, cell: NeuroSimCell) -> float:
    """G_up(P) in siemens."""
    g_min, g_max = window(cell)
    return g_min + (g_max - g_min) * share_after(p, cell.p_max, curvature_of_label(cell.nl_up))


def conductance_down(p: float, cell: NeuroSimCell) -> float:
    """G_down(P) in siemens; P = P_max is the start at g_max, P = 0 the end at g_min."""
    g_min, g_max = window(cell)
    return g_max - (g_max - g_min) * share_after(cell.p_max - p, cell.p_max, curvature_of_label(-cell.nl_down))


def window(cell: NeuroSimCell) -> tuple[float, float]:
    """(g_min, g_max) in siemens; raises SpecError for numbers that give no window."""
    if not (cell.r_on > 0 and cell.on_off > 1 and cell.p_max >= 1):
        raise SpecError(
            f"NeuroSim cell: R_on must be above 0 ohm, on/off above 1 and P_max at least 1; "
            f"they are {cell.r_on:g}, {cell.on_off:g} and {cell.p_max:g}"
        )
    return 1 / cell.r_on / cell.on_off, 1 / cell.r_on


def to_soft_bounds(cell: NeuroSimCell) -> dict[str, float]:
    """Parameters of the law `soft-bounds` (siemens and plain numbers) of a NeuroSim cell; raises SpecError.

    >>> p = to_soft_bounds(NeuroSimCell(p_max=97, nl_up=2.4, nl_down=-4.88, r_on=26e6, on_off=12.5, cycle_to_cycle=0.035))
    >>> f"{p['g_max']:.4g} {p['step_set']:.4g} {p['slope_set']:.4f} {p['step_reset']:.4g} {p['slope_reset']:.4f}"
    '3.846e-08 8.361e-10 0.8651 1.787e-09 0.9932'
    """
    g_min, g_max = window(cell)
    up, down = curvature_of_label(cell.nl_up), curvature_of_label(-cell.nl_down)
    return {
        "g_min": g_min,
        "g_max": g_max,
        "step_set": (g_max - g_min) * share_after(1.0, cell.p_max, up),
        "slope_set": -math.expm1(-up),
        "step_reset": (g_max - g_min) * share_after(1.0, cell.p_max, down),
        "slope_reset": -math.expm1(-down),
        "sigma": 0.0,
        "sigma_abs": cell.cycle_to_cycle * (g_max - g_min),
    }


def from_soft_bounds(p: Mapping[str, float], p_max: float) -> NeuroSimCell:
    """The NeuroSim cell whose SET and RESET take `p_max` pulses each; raises SpecError where `p` is no such cell.

    p: g_min, g_max, step_set, slope_set, step_reset, slope_reset (siemens and plain numbers), sigma_abs if any. `pulses_of` gives
    the number of pulses that a step and its slope take, where the slope determines it.
    """
    g_min, g_max = p["g_min"], p["g_max"]
    if not 0 < g_min < g_max:
        raise SpecError(f"soft-bounds cell: NeuroSim needs 0 < g_min < g_max, they are {g_min:g} S and {g_max:g} S")
    if not p_max >= 1:
        raise SpecError(f"soft-bounds cell: P_max must be at least 1, is {p_max:g}")
    labels = []
    for way in ("set", "reset"):
        step, slope = p[f"step_{way}"] / (g_max - g_min), p[f"slope_{way}"]
        _check_step(way, step, slope)
        k = -p_max * math.log1p(-slope * step)
        # share of the window after p_max pulses: 1 for a NeuroSim cell; k from slope·step, since the slope alone rounds to 1
        end = -math.expm1(-k) / slope if slope else step * p_max
        if abs(end - 1) > 1e-6:
            raise SpecError(
                f"soft-bounds cell: step_{way} and slope_{way} bring it to {end:.6g} of the window in {p_max:g} pulses, "
                "not to its end"
            )
        labels.append(label_of_curvature(k))
    return NeuroSimCell(p_max, labels[0], -labels[1], 1 / g_max, g_max / g_min, p.get("sigma_abs", 0.0) / (g_max - g_min))


def pulses_of(step: float, slope: float) -> float:
    """Pulses that take a cell across its window, for a step relative to the window; inf for slope 1; raises SpecError beyond.

    >>> round(pulses_of(0.01, 0.0)), round(pulses_of(0.02, 0.8))
    (100, 100)
    """
    _check_step("", step, slope)
    if slope == 1:
        return math.inf
    return math.log1p(-slope) / math.log1p(-slope * step) if slope else 1 / step


def _check_step(way: str, step: float, slope: float) -> None:
    if not (step > 0 and slope <= 1 and slope * step < 1):
        way = f"_{way}" if way else ""
        raise SpecError(
            f"soft-bounds cell: step{way} {step:g} of the window with slope{way} {slope:g} has no NeuroSim label: "
            "the step must be above 0, the slope at most 1, their product below 1"
        )


def _polynomial(x: float) -> float:
    total = 0.0
    for c in reversed(_SERIES):
        total = total * x + c
    return total
