"""Kirchhoff's current law at every node of both layers of wires: damped Newton steps, each a preconditioned iteration along lines, compiled.

Unknown are the drops a, b of the row and column nodes from what their lines are driven with, not their voltages, so that the
small currents of good wires keep their digits:

    I_ij = I(V_i − C_j + a_ij − b_ij)                                     cell currents, slope g_ij = dI/dv
    T_r a − g b = ρ_r,   T_c b − g a = ρ_c                                one step; T_r, T_c: a tridiagonal matrix per line, ρ: currents missing at the nodes
    (T_c − g T_r⁻¹ g) b = ρ_c + g T_r⁻¹ ρ_r                               rows eliminated exactly; symmetric, positive

The last is solved by conjugate gradients, preconditioned with T_c⁻¹: each iteration solves all rows and all columns exactly, and only
the coupling of the two layers is left to the iteration. (M. R. Hestenes, E. Stiefel, J. Res. NBS 49, 409 (1952), doi:10.6028/jres.049.044; lines as
preconditioner: G. H. Golub, C. F. Van Loan, Matrix Computations, 4th ed., § 11.5.) Linear cells need one step; a second check corrects what rounding left.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ohmgrad.arrays.circuit.line_loop import factor_columns, factor_rows, solve_columns, solve_rows
from ohmgrad.kernels.compiled import compiled
from ohmgrad.kernels.parts import cell_current, cell_slope, linear_cells

STEPS, HALVINGS = 200, 40  # Newton steps and halvings of one step, at most


@compiled
def dot(x: Any, y: Any) -> float:
    """Σ x y of flat arrays, eight sums side by side: fixed order."""
    s0, s1, s2, s3, s4, s5, s6, s7 = 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
    n = x.shape[0]
    whole = n - n % 8
    for k in range(0, whole, 8):
        s0 += x[k] * y[k]
        s1 += x[k + 1] * y[k + 1]
        s2 += x[k + 2] * y[k + 2]
        s3 += x[k + 3] * y[k + 3]
        s4 += x[k + 4] * y[k + 4]
        s5 += x[k + 5] * y[k + 5]
        s6 += x[k + 6] * y[k + 6]
        s7 += x[k + 7] * y[k + 7]
    for k in range(whole, n):
        s0 += x[k] * y[k]
    return ((s0 + s1) + (s2 + s3)) + ((s4 + s5) + (s6 + s7))


@compiled
def add_times(y: Any, factor: float, x: Any) -> None:
    """y += factor·x."""
    for k in range(y.shape[0]):
        y[k] += factor * x[k]


@compiled
def times_add(y: Any, factor: float, x: Any) -> None:
    """y = x + factor·y."""
    for k in range(y.shape[0]):
        y[k] = x[k] + factor * y[k]


@compiled
def multiply(y: Any, g: Any, x: Any) -> None:
    """y = g x."""
    for k in range(y.shape[0]):
        y[k] = g[k] * x[k]


@compiled
def multiply_add(y: Any, x: Any, sign: float, g: Any) -> None:
    """y = x + sign·g y."""
    for k in range(y.shape[0]):
        y[k] = x[k] + sign * (g[k] * y[k])


@compiled
def correct(
    slope: Any,
    rr: float,
    tr: Any,
    ir: Any,
    rc: float,
    tc: Any,
    ic: Any,
    rho_r: Any,
    rho_c: Any,
    work: Any,
    tolerance: float,
    most: int,
) -> int:
    """Fill work[0] = a, work[1] = b of one step; returns the iterations. work (7, rows, columns): scratch; tolerance: of the energy norm, relative."""
    flat = work.reshape(7, slope.size)
    a, b, r, z, p, tp, y = flat[0], flat[1], flat[2], flat[3], flat[4], flat[5], flat[6]
    g, at_rows, at_columns = slope.reshape(slope.size), rho_r.reshape(slope.size), rho_c.reshape(slope.size)
    a[:] = at_rows
    solve_rows(tr, ir, rr, work[0])
    r[:] = a
    multiply_add(r, at_columns, 1.0, g)
    b[:] = 0.0
    z[:] = r
    solve_columns(tc, ic, rc, work[3])
    rz = dot(r, z)
    first, n = rz, 0
    p[:] = z
    tp[:] = r
    while n < most and rz > tolerance * tolerance * first:
        n += 1
        multiply(y, g, p)
        solve_rows(tr, ir, rr, work[6])
        multiply_add(y, tp, -1.0, g)
        pq = dot(p, y)
        if not pq > 0.0:
            break
        add_times(b, rz / pq, p)
        add_times(r, -rz / pq, y)
        z[:] = r
        solve_columns(tc, ic, rc, work[3])
        before, rz = rz, dot(r, z)
        times_add(p, rz / before, z)
        times_add(tp, rz / before, r)
    a[:] = b
    multiply_add(a, at_rows, 1.0, g)
    solve_rows(tr, ir, rr, work[0])
    return n


@compiled
def missing_rows(x: Any, r: float, lo: Any, hi: Any, current: Any, sign: float, rho: Any) -> None:
    """rho = current that flows into each row node from its neighbours and ends, plus sign·current of its cell. Held nodes miss nothing."""
    rows, columns = x.shape
    for i in range(rows):
        if r == 0.0:
            total = 0.0
            for j in range(columns):
                rho[i, j] = 0.0
                total += sign * current[i, j]
            ends = lo[i] + hi[i]
            rho[i, 0] = total - ends * x[i, 0] if ends < math.inf else 0.0
            continue
        for j in range(columns):
            f = sign * current[i, j]
            if j > 0:
                f += (x[i, j - 1] - x[i, j]) / r
            if j < columns - 1:
                f += (x[i, j + 1] - x[i, j]) / r
            rho[i, j] = f
        for j, end in ((0, lo[i]), (columns - 1, hi[i])):
            rho[i, j] = rho[i, j] - end * x[i, j] if end < math.inf else 0.0


@compiled
def point_currents(g: Any, on: Any, cell: Any, v_row: Any, v_col: Any, a: Any, b: Any, current: Any) -> float:
    """Fill the cell currents; returns the largest."""
    rows, columns = g.shape
    largest = 0.0
    for i in range(rows):
        for j in range(columns):
            current[i, j] = cell_current((v_row[i] - v_col[j]) + (a[i, j] - b[i, j]), g[i, j], on[i, j], j, cell)
            largest = max(largest, abs(current[i, j]))
    return largest


@compiled
def residuals(
    rr: float, r_lo: Any, r_hi: Any, rc: float, c_lo: Any, c_hi: Any, a: Any, b: Any, current: Any, rho_r: Any, rho_c: Any
) -> float:
    """Fill the currents missing at all nodes; returns the largest."""
    missing_rows(a, rr, r_lo, r_hi, current, -1.0, rho_r)
    missing_rows(b.T, rc, c_lo, c_hi, current.T, 1.0, rho_c.T)
    worst = 0.0
    for i in range(a.shape[0]):
        for j in range(a.shape[1]):
            worst = max(worst, abs(rho_r[i, j]), abs(rho_c[i, j]))
    return worst


@compiled
def solve_circuit(
    g: Any, on: Any, cell: Any, v_row: Any, v_col: Any, rr: float, r_lo: Any, r_hi: Any, rc: float, c_lo: Any, c_hi: Any, a: Any, b: Any, current: Any,
    tolerance: float,
) -> tuple[int, int, float, float]:  # fmt: skip
    """Solve for the drops a, b (rows, columns), which hold a start; returns (Newton steps, iterations, largest current missing at a node, largest cell current).

    g, on (rows, columns) and cell: what `cell_current` takes. v_row, v_col: volts of the lines; of lines with open ends any reference, moved along.
    rr, rc: ohms of a segment; *_lo, *_hi: siemens of the ends. current: filled with the cell currents. Done when the largest missing current is
    at most `tolerance` times the largest cell current; a caller must look, since the steps are limited. Where no current flows but that of rounded voltages, as
    between floating lines and drivers that are all at one voltage, the latter, V·G times 1e-15, stands for the largest.
    """
    rows, columns = g.shape
    most = 50 * (rows + columns) + 500
    shape = (rows, columns)
    slope, tr, tc = np.empty(shape), np.empty(shape), np.empty(shape)
    ir, ic = np.empty(rows), np.empty(columns)
    rho_r, rho_c, work = np.empty(shape), np.empty(shape), np.empty((7, rows, columns))
    try_a, try_b = np.empty(shape), np.empty(shape)
    steps, iterations, before = 0, 0, math.inf
    least = 1e-15 * np.abs(g).max() * max(np.abs(v_row).max(), np.abs(v_col).max())
    while True:
        largest = max(point_currents(g, on, cell, v_row, v_col, a, b, current), least)
        worst = residuals(rr, r_lo, r_hi, rc, c_lo, c_hi, a, b, current, rho_r, rho_c)
        # rounding may leave more than the tolerance: then a step no longer helps
        if (
            worst <= tolerance * largest
            or steps >= STEPS
            or not worst < math.inf
            or (steps > 8 and linear_cells and worst > 0.5 * before)
        ):
            break
        before = worst
        if steps == 0 or not linear_cells:
            for i in range(rows):
                for j in range(columns):
                    slope[i, j] = cell_slope((v_row[i] - v_col[j]) + (a[i, j] - b[i, j]), g[i, j], on[i, j], j, cell)
            factor_rows(slope, rr, r_lo, r_hi, tr, ir)
            factor_columns(slope, rc, c_lo, c_hi, tc, ic)
        within = max(0.1 * tolerance, 1e-12) if linear_cells else 1e-5
        iterations += correct(slope, rr, tr, ir, rc, tc, ic, rho_r, rho_c, work, within, most)
        steps += 1
        share = 1.0
        if not linear_cells:
            share = line_search(
                g, on, cell, v_row, v_col, rr, r_lo, r_hi, rc, c_lo, c_hi, a, b, work[0], work[1], try_a, try_b, current, rho_r, rho_c
            )  # fmt: skip
        for i in range(rows):
            for j in range(columns):
                a[i, j] += share * work[0, i, j]
                b[i, j] += share * work[1, i, j]
        recentre(v_row, r_lo, r_hi, a)
        recentre(v_col, c_lo, c_hi, b.T)
    return steps, iterations, worst, largest


@compiled
def respond_each(
    g: Any, on: Any, cell: Any, rr: float, r_lo: Any, r_hi: Any, rc: float, c_lo: Any, c_hi: Any, tolerance: float, w: Any
) -> float:
    """Fill w (rows, columns) with the currents at the ends of the columns per volt on each row, all lines tied and cells linear: the fewer of rows and columns are
    driven one by one (reciprocity). Returns the largest current that was missing anywhere, as a share of the largest cell current of its case."""
    rows, columns = g.shape
    v_row, v_col = np.zeros(rows), np.zeros(columns)
    a, b, current = np.zeros(g.shape), np.zeros(g.shape), np.zeros(g.shape)
    by_row, share = rows <= columns, 0.0
    for k in range(min(rows, columns)):
        volts = v_row if by_row else v_col
        volts[:] = 0.0
        volts[k] = 1.0
        a[:, :] = 0.0
        b[:, :] = 0.0
        _, _, missing, largest = solve_circuit(
            g, on, cell, v_row, v_col, rr, r_lo, r_hi, rc, c_lo, c_hi, a, b, current, tolerance
        )
        if missing > 0.0:
            share = max(share, missing / largest)
        if by_row:
            w[k, :] = 0.0
            for i in range(rows):
                for j in range(columns):
                    w[k, j] += current[i, j]
        else:
            for i in range(rows):
                total = 0.0
                for j in range(columns):
                    total += current[i, j]
                w[i, k] = -total
    return share


@compiled
def recentre(volts: Any, lo: Any, hi: Any, x: Any) -> None:
    """Move what the drops of an open line have in common into its reference."""
    for i in range(x.shape[0]):
        if lo[i] + hi[i] == 0.0:
            shift = x[i, 0]
            volts[i] += shift
            for j in range(x.shape[1]):
                x[i, j] -= shift


@compiled
def line_search(
    g: Any, on: Any, cell: Any, v_row: Any, v_col: Any, rr: float, r_lo: Any, r_hi: Any, rc: float, c_lo: Any, c_hi: Any, a: Any, b: Any, da: Any, db: Any,
    try_a: Any, try_b: Any, current: Any, rho_r: Any, rho_c: Any,
) -> float:  # fmt: skip
    """Share of the step (da, db) to take: halved until the co-content's slope along it has not grown.

    The currents missing at the nodes are minus the gradient of the co-content (W. Millar, Phil. Mag. 42, 1150 (1951)), which is convex for cells whose current
    never falls with voltage: its slope along the step rises from below 0, and a share is too large where it is as far above 0.
    """
    n = a.size
    flat_a, flat_b, to_rows, to_columns = da.reshape(n), db.reshape(n), rho_r.reshape(n), rho_c.reshape(n)
    at_start = dot(to_rows, flat_a) + dot(to_columns, flat_b)
    share = 1.0
    for _ in range(HALVINGS):
        for i in range(a.shape[0]):
            for j in range(a.shape[1]):
                try_a[i, j] = a[i, j] + share * da[i, j]
                try_b[i, j] = b[i, j] + share * db[i, j]
        point_currents(g, on, cell, v_row, v_col, try_a, try_b, current)
        residuals(rr, r_lo, r_hi, rc, c_lo, c_hi, try_a, try_b, current, rho_r, rho_c)
        if abs(dot(to_rows, flat_a) + dot(to_columns, flat_b)) <= 0.9 * abs(at_start):
            break
        share *= 0.5
    return share
