"""A transistor in series with the cell: the word line's voltage limits current and voltage of a write pulse (compliance).

    g·v_c = i = the transistor's current                 v: pulse over both, v_c: over the cell (ohmic, conductance g), d = v − v_c: over the transistor

    SET     cell above the drain, source grounded: v_ov = word_set − v_th
            i = k·(v_ov·d − d²/2) for d < v_ov,          i = k·v_ov²/2 (the compliance current) beyond
    RESET   polarity reversed: the cell is at the source, and lifts it: v_ov = word_reset − v_th − v_c
            the same two lines
    full RESET (|v| ≥ v_full): the word line is driven high enough that v_c = v

Both are quadratic in d and solved in closed form. k in A/V² is the conductance that the open transistor gains per volt of its word line, `gain` in S/V.
A cell that has grown to the compliance current i over its threshold voltage is SET no further. The pulse's source sees the series conductance
i/v = g·v_c/v, by which pulses are billed.

v_c is that of the conductance before the pulse; with `slices` > 1 the pulse is cut into so many and v_c followed from one to the next. That is right for laws in
which two pulses of half the width are one pulse; laws that scale a published step do not know the width, and take slices = 1.

The transistor: H. Shichman, D. A. Hodges, IEEE J. Solid-State Circuits 3, 285 (1968), doi:10.1109/JSSC.1968.1049902, without channel-length modulation
and body effect. Left out: those, subthreshold current, bent I-V curves of the cell. Reads are done with the word line high (Yao et al. 2017), and see the cell alone.
"""

from __future__ import annotations

import math
from collections import namedtuple
from dataclasses import replace
from typing import Any

from ohmgrad.devices.law import Law, Param
from ohmgrad.devices.steps import count_pulses
from ohmgrad.kernels.compiled import as_python, inline, inlined
from ohmgrad.units import show

PARAMS = {
    "transistor_word_set": Param("voltage", 5.0, 0.0, 1e3, "word line while SET"),
    "transistor_word_reset": Param("voltage", 5.0, 0.0, 1e3, "word line while RESET"),
    "transistor_v_th": Param("voltage", 0.5, -1e3, 1e3, "threshold of the transistor"),
    "transistor_gain": Param("conductance", 500e-6, 1e-12, 1e3, "conductance gained per volt of the word line, k in A/V^2"),
}
GRID = 21  # places in the window at which steps are averaged


@inline
def compliance(v_ov: float, k: float) -> float:
    """The most current that a SET can draw (A), k·v_ov²/2; v_ov = word_set − v_th."""
    return 0.5 * k * max(v_ov, 0.0) * max(v_ov, 0.0)


@inline
def set_voltage(g: float, v: float, v_ov: float, k: float) -> float:
    """v_c of a SET pulse (V); v > 0, v_ov = word_set − v_th.

    >>> round(set_voltage(50e-6, 1.6, 0.5, 400e-6), 9)  # compliance 50 uA
    1.0
    >>> round(set_voltage(50e-6, 1.6, 1e9, 400e-6), 6)
    1.6
    """
    if v_ov <= 0.0 or g <= 0.0:
        return 0.0 if v_ov <= 0.0 else v
    limit = compliance(v_ov, k) / g
    if v - limit >= v_ov:
        return limit
    b = g + k * v_ov
    return v - 2.0 * g * v / (b + math.sqrt(max(b * b - 2.0 * k * g * v, 0.0)))


@inline
def reset_voltage(g: float, v: float, v_ov: float, k: float) -> float:
    """|v_c| of a RESET pulse of magnitude v (V); v_ov = word_reset − v_th, of which the cell's own voltage is taken.

    >>> round(reset_voltage(50e-6, 1.6, 2.0, 400e-6), 6), round(reset_voltage(50e-6, 1.6, 1e9, 400e-6), 6)
    (1.303036, 1.6)
    >>> reset_voltage(0.0, 1.6, 1.0, 400e-6)  # no current: the source follows the word line, less the threshold
    1.0
    """
    if v_ov <= 0.0:
        return 0.0
    a = v_ov - v
    if a > 0.0:
        b = k * a + g
        return v - 2.0 * g * v / (b + math.sqrt(b * b + 2.0 * k * g * v))
    return v_ov - 2.0 * g * v_ov / (g + math.sqrt(g * g + 2.0 * k * g * v_ov)) if g > 0.0 else v_ov


@inline
def cell_voltage(g: float, v: float, p: Any) -> float:
    """Signed voltage over the cell of a pulse of v volts."""
    if v > 0.0:
        return set_voltage(g, v, p.transistor_word_set - p.transistor_v_th, p.transistor_gain)
    if v > -p.v_full:
        return -reset_voltage(g, -v, p.transistor_word_reset - p.transistor_v_th, p.transistor_gain)
    return v


@inline
def drawn(g: float, v: float, p: Any) -> float:
    """Conductance that the source of a pulse of v volts sees, g·v_c/v (siemens)."""
    return g * (cell_voltage(g, v, p) / v)


def limited(law: Law, slices: int = 1) -> Law:
    """`law` behind a transistor: parameters `PARAMS` more, which may differ from cell to cell."""
    declared = {**law.declared, **PARAMS}
    params: Any = namedtuple("Params", list(declared))  # type: ignore[misc]
    inner, m, start = law.params, len(law.declared), law.start
    pulse_, mean_, spread_ = inlined(law.pulse), inlined(law.mean_step), inlined(law.spread)
    over_cell = inlined(cell_voltage)

    def pulse(s: Any, v: Any, t: Any, p: Any, tab: Any, key: Any) -> Any:
        own = inner(*p[:m])
        for _ in range(slices):
            s = pulse_(s, over_cell(s.g, v, p), t / slices, own, tab, key)
        return s

    def mean_step(s: Any, v: Any, t: Any, p: Any, tab: Any) -> Any:
        return mean_(s, over_cell(s.g, v, p), t, inner(*p[:m]), tab)

    def spread(s: Any, v: Any, t: Any, p: Any, tab: Any) -> Any:
        return spread_(s, over_cell(s.g, v, p), t, inner(*p[:m]), tab)

    def nominal_step(t_set: Any, t_reset: Any, p: Any, tab: Any) -> tuple[float, float]:
        """Those of the law, times the share that the transistor leaves of the mean step over the window."""
        own, states = inner(*p[:m]), _over_window(law, p)
        steps = law.nominal_step(t_set, t_reset, own, tab)
        out = []
        for step, v, t in zip(steps, (p.v_set, -p.v_reset), (t_set, t_reset), strict=True):
            whole = sum(abs(law.mean_step(s, v, t, own, tab)) for s in states)
            left = sum(abs(law.mean_step(s, cell_voltage(s.g, v, p), t, own, tab)) for s in states)
            out.append(step * (left / whole if whole > 0.0 else 1.0))
        return out[0], out[1]

    def pulses_needed(g0: Any, g1: Any, t: Any, p: Any, tab: Any) -> float:
        own = inner(*p[:m])
        return count_pulses(
            g0,
            g1,
            lambda g: law.mean_step(start(g, own), cell_voltage(g, p.v_set, p), t, own, tab),
            law.bounds(own)[1],
        )

    return replace(
        law, declared=declared, params=params, pulse=pulse, mean_step=mean_step, spread=spread, nominal_step=nominal_step,
        pulses_needed=pulses_needed, bounds=lambda p: law.bounds(inner(*p[:m])), start=lambda g, p: start(g, inner(*p[:m])),
        checks=lambda p: law.checks(inner(*p[:m])),
        rest=None if law.rest is None else _rest(law, m), drawn=as_python(drawn),
    )  # fmt: skip


def _rest(law: Law, m: int) -> Any:
    rest_, inner = inlined(law.rest), law.params  # type: ignore[arg-type]

    def rest(s: Any, dt: Any, p: Any, key: Any) -> Any:
        return rest_(s, dt, inner(*p[:m]), key)

    return rest


def _over_window(law: Law, p: Any) -> list[Any]:
    """States of the cell at `GRID` places from g_min to g_max."""
    own = law.params(*p[: len(law.declared)])
    return [law.start(p.g_min + k / (GRID - 1) * (p.g_max - p.g_min), own) for k in range(GRID)]


def check_transistor(law: Law, slices: int, t: float, p: Any, tab: Any) -> list[str]:
    """Messages on a transistor that lets no SET through, or on slices that the law knows nothing of; `law` without transistor, `p` with it."""
    own, states = law.params(*p[: len(law.declared)]), _over_window(law, p)
    low = law.start(p.g_min, own)
    reached = cell_voltage(low.g, p.v_set, p)
    bad = []
    if law.mean_step(low, p.v_set, t, own, tab) > 0.0 and law.mean_step(low, reached, t, own, tab) <= 0.0:
        bad.append(
            f"word_set = {show(p.transistor_word_set, 'voltage')} leaves {show(reached, 'voltage')} of a SET pulse of {show(p.v_set, 'voltage')} to the "
            f"emptiest cell, too little to change it; raise word_set or gain, or lower v_th ({show(p.transistor_v_th, 'voltage')})"
        )
    if slices > 1 and all(
        law.mean_step(s, p.v_set, t / slices, own, tab) == law.mean_step(s, p.v_set, t, own, tab) for s in states
    ):
        bad.append(f"slices = {slices}: law '{law.name}' scales a published step and does not know the width; set slices = 1")
    return bad
