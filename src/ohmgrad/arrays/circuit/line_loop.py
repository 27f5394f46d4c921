"""Currents into the nodes of wires → voltages of the nodes: tridiagonal systems, one a line, compiled.

A line has `length` nodes in a chain of segments of r ohms; node k has a cell of g_k siemens to ground, and its two ends may be tied to ground
through conductances lo (node 0) and hi (last node): 0 where an end is open, inf where it is held. With f_k ampere flowing into node k,

    q_last = g_last + hi,    q_k = g_k + q_{k+1}·t_{k+1},    t_k = 1/(1 + r q_k)          conductance seen from node k to the far end
    f_k ← f_k + t_{k+1} f_{k+1},    x_0 = f_0/(q_0 + lo),    x_k = r t_k f_k + t_k x_{k−1}

Only positive numbers are added in q, so that a cell of 10 MΩ on a wire of 0.1 Ω keeps all its digits; r = 0 makes the line one node, and
hi = inf or lo = inf holds its end. Both layers of wires use this: rows with their nodes along the second axis, columns along the first.
"""

from __future__ import annotations

import math
from typing import Any

from ohmgrad.kernels.compiled import compiled


@compiled
def factor_rows(g: Any, r: float, lo: Any, hi: Any, t: Any, inverse: Any) -> None:
    """Fill t (rows, columns) and inverse (rows,) = 1/(q_0 + lo) of the rows of conductances g."""
    rows, columns = g.shape
    for i in range(rows):
        low, q = lo[i], g[i, columns - 1]
        if r == 0.0:  # one node: an end is as good as the other
            low += hi[i]
        else:
            q += hi[i]
        for j in range(columns - 1, 0, -1):
            t[i, j] = 1.0 / (1.0 + r * q) if q < math.inf else 0.0
            q = g[i, j - 1] + (q * t[i, j] if q < math.inf else 1.0 / r)
        t[i, 0] = 1.0
        inverse[i] = 1.0 / (q + low)


@compiled
def factor_columns(g: Any, r: float, lo: Any, hi: Any, t: Any, inverse: Any) -> None:
    """The same of the columns; inverse (columns,)."""
    rows, columns = g.shape
    for j in range(columns):
        inverse[j] = g[rows - 1, j] if r == 0.0 else g[rows - 1, j] + hi[j]
    for i in range(rows - 1, 0, -1):
        for j in range(columns):
            q = inverse[j]
            t[i, j] = 1.0 / (1.0 + r * q) if q < math.inf else 0.0
            inverse[j] = g[i - 1, j] + (q * t[i, j] if q < math.inf else 1.0 / r)
    for j in range(columns):
        t[0, j] = 1.0
        low = lo[j] + hi[j] if r == 0.0 else lo[j]
        inverse[j] = 1.0 / (inverse[j] + low)


@compiled
def solve_row(t: Any, inverse: Any, r: float, i: int, x: Any) -> None:
    """x[i] from currents to voltages, in place."""
    columns = t.shape[1]
    f = x[i, columns - 1]
    for j in range(columns - 2, -1, -1):
        f = x[i, j] + t[i, j + 1] * f
        x[i, j] = f
    v = f * inverse[i]
    x[i, 0] = v
    for j in range(1, columns):
        v = t[i, j] * (r * x[i, j] + v)
        x[i, j] = v


@compiled
def solve_four_rows(t: Any, inverse: Any, r: float, i: int, x: Any) -> None:
    """x[i : i + 4], side by side: a chain waits for its own last number, four chains fill each other's waits."""
    columns = t.shape[1]
    t0, t1, t2, t3 = t[i], t[i + 1], t[i + 2], t[i + 3]
    x0, x1, x2, x3 = x[i], x[i + 1], x[i + 2], x[i + 3]
    f0, f1, f2, f3 = x0[columns - 1], x1[columns - 1], x2[columns - 1], x3[columns - 1]
    for j in range(columns - 2, -1, -1):
        f0 = x0[j] + t0[j + 1] * f0
        f1 = x1[j] + t1[j + 1] * f1
        f2 = x2[j] + t2[j + 1] * f2
        f3 = x3[j] + t3[j + 1] * f3
        x0[j], x1[j], x2[j], x3[j] = f0, f1, f2, f3
    v0, v1, v2, v3 = f0 * inverse[i], f1 * inverse[i + 1], f2 * inverse[i + 2], f3 * inverse[i + 3]
    x0[0], x1[0], x2[0], x3[0] = v0, v1, v2, v3
    for j in range(1, columns):
        v0 = t0[j] * (r * x0[j] + v0)
        v1 = t1[j] * (r * x1[j] + v1)
        v2 = t2[j] * (r * x2[j] + v2)
        v3 = t3[j] * (r * x3[j] + v3)
        x0[j], x1[j], x2[j], x3[j] = v0, v1, v2, v3


@compiled
def solve_rows(t: Any, inverse: Any, r: float, x: Any) -> None:
    """All rows of x (rows, columns), in place."""
    rows = x.shape[0]
    whole = rows - rows % 4
    for i in range(0, whole, 4):
        solve_four_rows(t, inverse, r, i, x)
    for i in range(whole, rows):
        solve_row(t, inverse, r, i, x)


@compiled
def solve_columns(t: Any, inverse: Any, r: float, x: Any) -> None:
    """All columns of x (rows, columns), in place."""
    rows, columns = x.shape
    for i in range(rows - 2, -1, -1):
        here, below, factor = x[i], x[i + 1], t[i + 1]
        for j in range(columns):
            here[j] = here[j] + factor[j] * below[j]
    for j in range(columns):
        x[0, j] *= inverse[j]
    for i in range(1, rows):
        here, above, factor = x[i], x[i - 1], t[i]
        for j in range(columns):
            here[j] = factor[j] * (r * here[j] + above[j])
