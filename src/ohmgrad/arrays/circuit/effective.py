"""The whole response of linear cells on wires at once: eliminating the array row by row.

From the free ends of the columns towards their sense circuits, with Y (columns, columns) the admittance seen from the column nodes of row i upwards and
J (columns, rows so far) the currents that the rows' drivers send into shorted nodes:

    Y ← Y + D_i,   J ← [J, a_i]                              row i hung onto the nodes: D_i = G_i − G_i T_i⁻¹ G_i, G_i its cells, T_i its wire with them
    Y ← Y (1 + r Y)⁻¹,   J ← (1 + r Y)⁻¹ J                   one segment of every column in series

and what reaches the ends is J. Y is kept as E = r Y and F = 1 − (1 + E)⁻¹ = E (1 + E)⁻¹ is found by halves (`shunted`), without ever taking 1 from a number near
1: cells of 10 MΩ on wires of 0.1 Ω keep their digits. About 7/3 n⁴ multiplications for n × n cells, nearly all in matrix products.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import numpy.typing as npt
from threadpoolctl import ThreadpoolController

from ohmgrad.arrays.circuit.assemble import circuit_loops
from ohmgrad.arrays.circuit.wires import Wires

Floats = npt.NDArray[np.float64]
SMALL = 32  # side up to which a matrix is shunted by the compiled loop
AHEAD = 8  # rows by which Y may run ahead of J: each keeps a matrix
DIRECT = 36  # rows or columns, whichever are fewer, up to which each is driven by itself instead: measured


def effective_matrix(g: Floats, wires: Wires, one_by_one: Callable[[], Floats]) -> Floats:
    """(rows, columns) siemens: current at the ends of column j per volt on row i. one_by_one: the same by solving for each line, for small arrays and for
    rows and columns that both are tied at both ends."""
    both = wires.row_ends == "both" and wires.column_ends == "both"
    if both or min(g.shape) <= DIRECT:
        return one_by_one()
    rows, columns = g.shape
    row = wires.row_ties(np.ones(rows, bool))
    column = wires.column_ties(np.ones(columns, bool))
    if wires.column_ends == "both" or (
        wires.row_ends != "both" and columns > rows
    ):  # by reciprocity rows and columns may change places
        return _eliminate(np.ascontiguousarray(g.T), wires.column, *column, wires.row, *row).T.copy()
    return _eliminate(g, wires.row, *row, wires.column, *column)


def _eliminate(g: Floats, rr: float, r_lo: Floats, r_hi: Floats, rc: float, c_lo: Floats, c_hi: Floats) -> Floats:
    """Columns tied at one end only, all in the same way."""
    if c_lo[0] > 0.0:  # from the far end towards the tied one
        return _eliminate(g[::-1].copy(), rr, r_lo[::-1].copy(), r_hi[::-1].copy(), rc, c_hi, c_lo)[::-1].copy()
    rows, columns = g.shape
    loops = circuit_loops("passive", "ohmic")
    t, inverse = np.empty_like(g), np.empty(rows)
    loops.factor_rows(g, rr, r_lo, r_hi, t, inverse)
    reached = _profiles(g, rr, r_lo, r_hi, t, inverse)
    e, j = np.zeros((columns, columns)), np.zeros((columns, rows))  # e: admittance; times rc between rows, if rc > 0
    unit = rc if rc > 0.0 else 1.0
    ohms = 1.0 / c_hi[0]
    with _blas().limit(limits=1), ThreadPoolExecutor(1) as other:
        # Y does not wait for J: a second thread follows with the products. One thread a product: the same bits whatever the cores.
        jobs = []
        for i in range(rows):
            loops.hang_row(e, g[i], rr, t[i], inverse[i], unit)
            j[:, i] = g[i] * reached[i]
            if rc > 0.0 and i < rows - 1:
                f = shunted(e)
                jobs.append(other.submit(_series, f, j[:, : i + 1]))
                if len(jobs) > AHEAD:
                    jobs.pop(0).result()
                e = f.copy()
        if ohms > 0.0:
            jobs.append(other.submit(_series, shunted(e * (ohms / unit)), j))
        for job in jobs:
            job.result()
    return np.ascontiguousarray(j.T)


@functools.cache
def _blas() -> ThreadpoolController:
    """The libraries that multiply matrices, found once."""
    return ThreadpoolController()


def _profiles(g: Floats, r: float, lo: Floats, hi: Floats, t: Floats, inverse: Floats) -> Floats:
    """Voltage of each row node while its row is driven with 1 V and all columns are held at 0."""
    if not hi.any() and r > 0.0:
        first = 1.0 / (1.0 + (1.0 / inverse - lo) / lo) if np.isfinite(lo[0]) else np.ones(len(lo))
        return np.asarray(np.cumprod(np.column_stack([first, t[:, 1:]]), axis=1), dtype=np.float64)
    drop = -g
    circuit_loops("passive", "ohmic").solve_rows(t, inverse, r, drop)
    return 1.0 + drop


def _series(f: Floats, j: Floats) -> None:
    """J → J − F J, in place."""
    j -= f @ j


def shunted(e: Any) -> Floats:
    """F = 1 − (1 + E)⁻¹ of a symmetric matrix E ≥ 0, by halves.

        X = E₂₁ (1 − F₁),  S = E₂₂ − X E₁₂,  G = shunted(S),  F₂₁ = X − G X,  F₁₁ = F₁ − Xᵀ F₂₁,  F₂₂ = G

    >>> bool(np.allclose(shunted(np.diag([1e-9, 1.0])), np.diag([1e-9 / (1 + 1e-9), 0.5]), rtol=1e-15))
    True
    """
    n = len(e)
    if n <= SMALL:
        out = np.array(e)
        circuit_loops("passive", "ohmic").shunt_small(out)
        return out
    h = n // 2
    e21 = e[h:, :h]
    f1 = shunted(e[:h, :h])
    x = e21 - e21 @ f1
    s = e[h:, h:] - x @ e21.T
    out = np.empty((n, n))
    g = shunted(s)
    f21 = x - g @ x
    out[:h, :h] = f1 - x.T @ f21
    out[h:, :h] = f21
    out[:h, h:] = f21.T
    out[h:, h:] = g
    return out
