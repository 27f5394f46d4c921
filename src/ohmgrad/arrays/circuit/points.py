"""Current and slope of what stands at a crossing, by its kind of access and the cell's I-V curve: what the circuit is solved for.

    passive      I = G f(v)
    selector     off: I = G f(x), v − x = I·r_off;   on: I = G f(x), v − x = ±v_hold + I·r_on      x: voltage over the cell
    transistor   I = G v_c(G, v)                                                               `ohmgrad.devices.transistor`

f(v): `ohmgrad.devices.current`. A selector's state is frozen here: on = 0, or ±1 for the sign of its current (`ohmgrad.arrays.circuit.selector` moves it).
A transistor's word-line voltage counts from the lower end of the crossing, where its source, or the cell before it, hangs.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple

from ohmgrad.devices.current import CURRENTS, SLOPES
from ohmgrad.devices.transistor import reset_voltage, set_voltage
from ohmgrad.kernels.compiled import inline

Point = Callable[..., float]
NEWTON = 200  # steps for the cell behind a selector, at most; it takes about ten


class CellNumbers(NamedTuple):
    """v_0 (V) of the I-V curve; v_hold (V), r_on, r_off (ohm) of selectors; gain (A/V²) of transistors, overdrive (columns,): word line minus threshold (V)."""

    v_0: float
    v_hold: float
    r_on: float
    r_off: float
    gain: float
    overdrive: Any


def cell_functions(access: str, current: str) -> tuple[Point, Point]:
    """(cell_current, cell_slope) of (v, g, on, column, numbers), amperes and siemens, to be compiled."""
    f, df = inline(CURRENTS[current]), inline(SLOPES[current])
    if access == "passive":
        return _passive(f, df)
    if access == "transistor":
        return _transistor()
    return _ohmic_selector() if current == "ohmic" else _bent_selector(f, df)


def _passive(f: Any, df: Any) -> tuple[Point, Point]:
    def current(v: Any, g: Any, on: Any, j: Any, c: Any) -> Any:
        return g * f(v, c.v_0)

    def slope(v: Any, g: Any, on: Any, j: Any, c: Any) -> Any:
        return g * df(v, c.v_0)

    return current, slope


def _ohmic_selector() -> tuple[Point, Point]:
    def current(v: Any, g: Any, on: Any, j: Any, c: Any) -> Any:
        return (v - on * c.v_hold) * (g / (1.0 + g * (c.r_off if on == 0 else c.r_on)))

    def slope(v: Any, g: Any, on: Any, j: Any, c: Any) -> Any:
        return g / (1.0 + g * (c.r_off if on == 0 else c.r_on))

    return current, slope


def _bent_selector(f: Any, df: Any) -> tuple[Point, Point]:
    @inline
    def over_cell(v: Any, g: Any, r: Any, v_0: Any) -> Any:
        """x of G f(x) = (v − x)/r: Newton between 0 and v; halving where a step did not divide the excess by ten, as where sinh is steep."""
        if r == 0.0:
            return v
        u = abs(v)
        low, high, x, before = 0.0, u, u, math.inf
        for _ in range(NEWTON):
            excess = x + r * g * f(x, v_0) - u
            if excess > 0.0:
                high = x
            else:
                low = x
            new = x - excess / (1.0 + r * g * df(x, v_0))
            if abs(new - x) <= 1e-14 * x:
                x = new
                break
            if not (low < new < high and abs(excess) <= 0.1 * before):
                new = 0.5 * (low + high)
            x, before = new, abs(excess)
        return x if v > 0.0 else -x

    @inline
    def parts(v: Any, g: Any, on: Any, c: Any) -> Any:
        r = c.r_off if on == 0 else c.r_on
        return over_cell(v - on * c.v_hold, g, r, c.v_0), r

    def current(v: Any, g: Any, on: Any, j: Any, c: Any) -> Any:
        x, _ = parts(v, g, on, c)
        return g * f(x, c.v_0)

    def slope(v: Any, g: Any, on: Any, j: Any, c: Any) -> Any:
        x, r = parts(v, g, on, c)
        own = g * df(x, c.v_0)
        return own / (1.0 + own * r)

    return current, slope


def _transistor() -> tuple[Point, Point]:
    def current(v: Any, g: Any, on: Any, j: Any, c: Any) -> Any:
        if v >= 0.0:
            return g * set_voltage(g, v, c.overdrive[j], c.gain)
        return -g * reset_voltage(g, -v, c.overdrive[j], c.gain)

    def slope(v: Any, g: Any, on: Any, j: Any, c: Any) -> Any:
        """By the triode's derivatives: SET k(o − d) in series with G; RESET G·k(o − v)/(G + k(o − v) + k d), d over the transistor."""
        over = c.overdrive[j]
        if over <= 0.0 or g <= 0.0:
            return 0.0
        if v >= 0.0:
            channel = c.gain * max(over - (v - set_voltage(g, v, over, c.gain)), 0.0)
            return g * channel / (g + channel)
        u = -v
        channel = c.gain * max(over - u, 0.0)
        return g * channel / (g + channel + c.gain * (u - reset_voltage(g, u, over, c.gain)))

    return current, slope
