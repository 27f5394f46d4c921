"""Kirchhoff's law with forty digits: every node of a small crossbar by Gaussian elimination in decimal arithmetic; shares no formula with the solver."""

from decimal import Decimal, localcontext
from itertools import pairwise

import numpy as np

from ohmgrad.arrays.circuit.access import Selector, Transistor

DIGITS = 40
NUDGE = Decimal("1e-16")  # V, for slopes: off by 1e-16 of themselves, and Newton's method forgives it


def _curve(name, v, v_0):
    if name == "sinh":
        return v_0 * ((v / v_0).exp() - (-v / v_0).exp()) / 2
    return v if name == "ohmic" else v * (1 + (v / v_0) ** 2)


def _triode(gate_source, drain_source, gain):
    over = max(gate_source, Decimal(0))
    d = min(drain_source, over)
    return gain * (over * d - d * d / 2)


def _crossing(bar, i, j, on, v):
    """Current at v volts over the crossing; what is in series with a cell shares the voltage such that both carry the same."""
    g, a, v_0 = Decimal(float(bar.g[i, j])), bar.access, Decimal(float(bar.v_0))
    if not isinstance(a, Selector | Transistor):
        return g * _curve(bar.current, v, v_0)
    if isinstance(a, Selector):
        v, sign = v - int(on) * Decimal(a.v_hold), 1
        ohms = Decimal(a.r_on if on else a.r_off)

        def excess(x):
            return ohms * g * _curve(bar.current, x, v_0) - (v - x)

    else:
        over = Decimal(float(np.broadcast_to(a.word, bar.shape[1:])[j])) - Decimal(a.v_th)
        gain, sign = Decimal(a.gain), (1 if v > 0 else -1)
        v = abs(v)

        def excess(x):
            return g * x - _triode(over - (x if sign < 0 else 0), v - x, gain)

    x = _root(excess, min(v, Decimal(0)), max(v, Decimal(0)))
    return sign * g * _curve(bar.current, x, v_0)


def _root(f, low, high):
    """Root of a rising function between low and high: regula falsi with the Illinois halving, then as near as the digits go."""
    f_low, f_high = f(low), f(high)
    if f_low == 0 or f_high == 0 or low == high:
        return low if f_low == 0 else high
    side = 0
    for _ in range(400):
        x = (low * f_high - high * f_low) / (f_high - f_low)
        y = f(x)
        if y == 0 or high - low <= Decimal("1e-36"):
            return x
        if y > 0:
            high, f_high = x, y
            f_low = f_low / 2 if side == 1 else f_low
            side = 1
        else:
            low, f_low = x, y
            f_high = f_high / 2 if side == -1 else f_high
            side = -1
        if abs(y) < Decimal("1e-38"):
            return x
    return x


def _branches(bar, rows, columns):
    """Resistors (node, node, ohms), nodes that are one, and nodes that are held."""
    w, (n, m) = bar.wires, bar.shape
    same, held, resistors = {}, {}, []
    for layer, count, length, wire, series, volts, ends in (
        ("r", n, m, w.row, w.source, rows, {"left": [0], "right": [-1], "both": [0, -1]}[w.row_ends]),
        ("c", m, n, w.column, w.sense, columns, {"top": [0], "bottom": [-1], "both": [0, -1]}[w.column_ends]),
    ):
        for k in range(count):
            line = [(layer, k, at) for at in range(length)]
            if wire == 0:
                same |= dict.fromkeys(line, line[0])
            else:
                resistors += [(p, q, Decimal(wire)) for p, q in pairwise(line)]
            if np.isnan(volts[k]):
                continue
            ohms = Decimal(series) + (Decimal(wire) if w.end_segments else 0)
            for end in ends:
                node = same.get(line[end], line[end])
                if ohms == 0:
                    held[node] = Decimal(float(volts[k]))
                else:
                    held[("drive", layer, k)] = Decimal(float(volts[k]))
                    resistors.append((node, ("drive", layer, k), ohms))
    return resistors, same, held


def currents(bar, rows, columns, solution):
    """Cell currents (rows, columns), exact to double precision; Newton's method starts from `solution`, since there is only one."""
    with localcontext() as context:
        context.prec = DIGITS
        resistors, same, held = _branches(bar, np.broadcast_to(rows, bar.shape[:1]), np.broadcast_to(columns, bar.shape[1:]))
        cells = [(i, j) for i, j in np.ndindex(bar.shape) if bar.g[i, j] > 0]
        at = {(i, j): [same.get(p, p) for p in (("r", i, j), ("c", j, i))] for i, j in np.ndindex(bar.shape)}
        volts = {}
        for (i, j), (p, q) in at.items():
            volts[p], volts[q] = Decimal(float(solution.row_volts[i, j])), Decimal(float(solution.column_volts[i, j]))
        volts |= held
        free = {node: k for k, node in enumerate(n for n in volts if n not in held)}
        for _ in range(20):
            flow = {
                (i, j): _crossing(bar, i, j, solution.selector[i, j], volts[at[i, j][0]] - volts[at[i, j][1]]) for i, j in cells
            }
            a, rho = _system(bar, resistors, at, flow, volts, free, solution.selector)
            step = _solve(a, rho)
            for node, k in free.items():
                volts[node] += step[k]
            if not len(step) or max(abs(x) for x in step) < Decimal("1e-28"):
                break
        else:
            raise AssertionError(f"no convergence: last step {max(abs(x) for x in step):.3g} V")
        out = np.zeros(bar.shape)
        for i, j in cells:
            out[i, j] = float(_crossing(bar, i, j, solution.selector[i, j], volts[at[i, j][0]] - volts[at[i, j][1]]))
        return out


def _system(bar, resistors, at, flow, volts, free, on):
    n = len(free)
    a, rho = np.full((n, n), Decimal(0), dtype=object), np.full(n, Decimal(0), dtype=object)
    branches = [(p, q, (volts[p] - volts[q]) / ohms, 1 / ohms) for p, q, ohms in resistors]
    for (i, j), current in flow.items():
        p, q = at[i, j]
        slope = (_crossing(bar, i, j, on[i, j], volts[p] - volts[q] + NUDGE) - current) / NUDGE
        branches.append((p, q, current, slope))
    for p, q, current, slope in branches:
        for here, there, sign in ((p, q, 1), (q, p, -1)):
            if here in free:
                rho[free[here]] -= sign * current
                a[free[here], free[here]] += slope
                if there in free:
                    a[free[here], free[there]] -= slope
    return a, rho


def _solve(a, b):
    """Gaussian elimination; pivots of a symmetric positive matrix lie on the diagonal."""
    n = len(b)
    for k in range(n):
        below = np.flatnonzero(a[k + 1 :, k]) + k + 1
        if len(below):
            factor = a[below, k] / a[k, k]
            a[np.ix_(below, range(k, n))] -= factor[:, None] * a[k, k:]
            b[below] -= factor * b[k]
    for k in range(n - 1, -1, -1):
        b[k] = (b[k] - (a[k, k + 1 :] @ b[k + 1 :] if k < n - 1 else 0)) / a[k, k]
    return b
