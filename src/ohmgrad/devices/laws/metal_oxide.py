"""Metal-oxide cell of a passive crossbar: the step depends on amplitude, width and state; nothing happens below threshold.

    U(g) = step_set·max(1 − slope_set·z, 0)             z = (g − g_min)/(g_max − g_min)
    D(g) = step_reset·max(1 − slope_reset·(1 − z), 0)   (a step law: noise and clip as in `ohmgrad.devices.steps`)

    a(v, t) = ± t/t_nominal · (e^((|v| − v_th)/v_0) − 1) / (e^((v_nominal − v_th)/v_0) − 1)   for |v| > v_th
    a(v, t) = 0                                                                               for |v| ≤ v_th
    full RESET for v ≤ −v_full: g ← g_min

+ with v_th_set, v_0_set and v_nominal = v_set for SET, − with v_th_reset, v_0_reset and v_reset for RESET; a = ±1 at the
nominal amplitude and width. The step is proportional to the width: good for t up to a few t_nominal; beyond that the state
would move within the pulse.

Cells of TiO2−x/Al2O3: M. Prezioso et al., Nature 521, 61 (2015), doi:10.1038/nature14441, written at ±1.3 V with half of it on
the half-selected lines. The defaults reproduce four steps read off that work by others: +60 / −5 µS at 20 µS and +24 / −55 µS
at 65 µS in a window of 10 to 100 µS. (Doubtful: with such steps the letters of that work are learnt in about one epoch, not
fifteen.) Two straight lines through these points: step_set = 68 µS, slope_set = 18/17, step_reset = 845/9 µS, slope_reset =
180/169. So SET ends at 95 µS, and one RESET from anywhere above ends between 10 and 15.5 µS, where the next does nothing. Ours,
for want of published numbers: thresholds of 0.9 V, v_0 of 0.2 V, the nominal width of 500 µs, v_full. Give the thresholds a
spread from cell to cell as in `ohmgrad.devices.variation`. Left out: heating and delay within a pulse, thresholds that depend
on the state, waveform.
"""

from __future__ import annotations

from typing import Any

from ohmgrad.devices.drive import check_volts
from ohmgrad.devices.law import Param
from ohmgrad.devices.laws.soft_bounds import down, up
from ohmgrad.devices.steps import step_law
from ohmgrad.kernels.compiled import inline
from ohmgrad.kernels.elementary import exp


@inline
def over_threshold(v: float, v_th: float, v_0: float, v_nominal: float) -> float:
    """Strength of a pulse of `v` > v_th volts relative to one of v_nominal volts, dimensionless.

    >>> over_threshold(1.3, 0.9, 0.2, 1.3), round(over_threshold(1.1, 0.9, 0.2, 1.3), 6)
    (1.0, 0.268941)
    """
    x, one = (v - v_th) / v_0, (v_nominal - v_th) / v_0
    return exp(x - one) * ((1.0 - exp(-x)) / (1.0 - exp(-one)))  # no overflow, however small v_0 is


def amplitude(v: float, t: float, p: Any) -> float:
    """Signed amplitude a(v, t), dimensionless."""
    if v > p.v_th_set:
        return t / p.t_nominal * over_threshold(v, p.v_th_set, p.v_0_set, p.v_set)
    if v < -p.v_th_reset:
        return -(t / p.t_nominal) * over_threshold(-v, p.v_th_reset, p.v_0_reset, p.v_reset)
    return 0.0


def nominal_step(t_set: float, t_reset: float, p: Any, tab: Any) -> tuple[float, float]:
    """Means of U and D over the window, at these widths."""
    grid = [p.g_min + k / 20 * (p.g_max - p.g_min) for k in range(21)]
    return (
        t_set / p.t_nominal * sum(up(g, p, tab) for g in grid) / 21,
        t_reset / p.t_nominal * sum(down(g, p, tab) for g in grid) / 21,
    )


LAW = step_law(
    name="metal-oxide",
    text="passive metal-oxide cell: steps depend on amplitude, width and state; nothing below threshold",
    source="Prezioso et al., Nature 521, 61 (2015), doi:10.1038/nature14441",
    equation="U = step_set·max(1 − slope_set·z, 0), D = step_reset·max(1 − slope_reset·(1 − z), 0), "
    "z = (g − g_min)/(g_max − g_min), times t/t_nominal·(e^((|v| − v_th)/v_0) − 1)/(e^((v_nominal − v_th)/v_0) − 1)",
    leaves_out="heating and delay within a pulse (steps are proportional to the width), thresholds that depend on the state",
    up=up,
    down=down,
    amplitude=amplitude,
    params={
        "g_min": Param("conductance", 10e-6, 0.0, 1.0, "lowest conductance"),
        "g_max": Param("conductance", 100e-6, 1e-15, 1.0, "highest conductance"),
        "step_set": Param("conductance", 68e-6, 1e-15, 1.0, "mean step of a nominal SET pulse at g_min"),
        "slope_set": Param("dimensionless", 18 / 17, -1e4, 10.0, "1: no step left at g_max; 0: equal steps"),
        "step_reset": Param("conductance", 845e-6 / 9, 1e-15, 1.0, "mean step of a nominal RESET pulse at g_max"),
        "slope_reset": Param("dimensionless", 180 / 169, -1e4, 10.0, "1: no step left at g_min; 0: equal steps"),
    },
    volts={
        "v_set": Param("voltage", 1.3, 1e-3, 1e3, "nominal SET amplitude"),
        "v_reset": Param("voltage", 1.3, 1e-3, 1e3, "nominal (gradual) RESET amplitude"),
        "v_th_set": Param("voltage", 0.9, 0.0, 1e3, "up to it a positive pulse changes nothing"),
        "v_th_reset": Param("voltage", 0.9, 0.0, 1e3, "up to it a negative pulse changes nothing"),
        "v_0_set": Param("voltage", 0.2, 5e-3, 1e3, "volts above threshold that multiply a SET step by about e"),
        "v_0_reset": Param("voltage", 0.2, 5e-3, 1e3, "volts above threshold that multiply a RESET step by about e"),
        "t_nominal": Param("time", 500e-6, 1e-12, 1e3, "width of a pulse at which the steps are given"),
        "v_full": Param("voltage", 2.0, 1e-3, 1e3, "full RESET amplitude"),
    },
    checks=check_volts,
    nominal_step=nominal_step,
)
