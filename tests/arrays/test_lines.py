"""The lines' solvers against dense matrices of NumPy."""

import numpy as np
import pytest

from ohmgrad.arrays.circuit.effective import shunted
from ohmgrad.arrays.circuit.line_loop import factor_columns, factor_rows, solve_columns, solve_rows
from ohmgrad.arrays.circuit.shunt_loop import hang_row

ENDS = [(0.0, 0.5), (0.3, 0.0), (0.2, 0.1), (np.inf, 0.0), (0.0, np.inf), (np.inf, 0.4), (np.inf, np.inf), (0.0, 0.0)]


def dense(g, r, lo, hi, f):
    """Voltages of one chain from the full matrix; held nodes at 0; r = 0: one node."""
    n = len(g)
    if r == 0:
        total = g.sum() + lo + hi
        return np.full(n, f.sum() / total if np.isfinite(total) else 0.0)
    a = np.diag(g) + (2 * np.eye(n) - np.eye(n, k=1) - np.eye(n, k=-1)) / r
    a[0, 0] -= 1 / r
    a[-1, -1] -= 1 / r
    free = np.ones(n, bool)
    for end, tie in ((0, lo), (-1, hi)):
        if np.isfinite(tie):
            a[end, end] += tie
        else:
            free[end] = False
    x = np.zeros(n)
    x[free] = np.linalg.solve(a[np.ix_(free, free)], f[free])
    return x


@pytest.mark.parametrize("r", [0.0, 0.1, 20.0])
@pytest.mark.parametrize(("lo", "hi"), ENDS)
@pytest.mark.parametrize(("count", "length"), [(1, 2), (3, 7), (4, 5), (9, 13)])
def test_currents_into_lines_give_the_voltages_of_dense_matrices(count, length, r, lo, hi):
    """Four lines are solved side by side, the rest one by one. 1e-11: rounding of the dense matrix, whose condition is below 1e4 here."""
    rng = np.random.default_rng((count, length))
    g, f = rng.uniform(0.01, 0.1, (count, length)), rng.normal(size=(count, length))
    want = np.array([dense(g[k], r, lo, hi, f[k]) for k in range(count)])
    los, his = np.full(count, lo), np.full(count, hi)
    t, inverse, x = np.empty_like(g), np.empty(count), f.copy()
    factor_rows(g, r, los, his, t, inverse)
    solve_rows(t, inverse, r, x)
    np.testing.assert_allclose(x, want, rtol=0, atol=1e-11 * max(np.abs(want).max(), 1.0))
    t, x = np.empty((length, count)), f.T.copy()
    factor_columns(g.T.copy(), r, los, his, t, inverse)
    solve_columns(t, inverse, r, x)
    np.testing.assert_allclose(x.T, want, rtol=0, atol=1e-11 * max(np.abs(want).max(), 1.0))


def test_a_weak_cell_on_a_good_wire_keeps_its_digits():
    """An open chain of 10 megohm cells on 0.1 ohm: where nothing but the cells ties it, its level is Σf/Σg, to the last bits and not to eight digits."""
    g = np.full((1, 64), 1e-7) * np.linspace(1, 2, 64)
    t, inverse, x = np.empty_like(g), np.empty(1), np.full((1, 64), 1e-9)
    factor_rows(g, 0.1, np.zeros(1), np.zeros(1), t, inverse)
    solve_rows(t, inverse, 0.1, x)
    assert g[0] @ x[0] == pytest.approx(64e-9, rel=1e-14)  # what flows in flows out, through the cells


@pytest.mark.parametrize("n", [1, 5, 32, 33, 100])
def test_shunted_is_the_matrix_that_it_says(n):
    rng = np.random.default_rng(n)
    a = rng.normal(size=(n, n)) * 10.0 ** rng.uniform(-4, 0, (n, 1))
    e = a @ a.T
    want = e @ np.linalg.inv(np.eye(n) + e)
    np.testing.assert_allclose(shunted(e), want, rtol=0, atol=1e-12)


def test_a_row_hung_onto_the_columns_adds_what_it_conducts():
    """G − G T⁻¹ G of one row, T its wire with its cells, driven through 2 ohm at its left end."""
    g = np.array([[0.01, 0.03, 0.02, 0.05]])
    t, inverse = np.empty_like(g), np.empty(1)
    factor_rows(g, 1.5, np.array([0.5]), np.zeros(1), t, inverse)
    e = np.zeros((4, 4))
    hang_row(e, g[0], 1.5, t[0], inverse[0], 3.0)
    inverse_of_t = np.array([dense(g[0], 1.5, 0.5, 0.0, one) for one in np.eye(4)])
    np.testing.assert_allclose(e, 3.0 * (np.diag(g[0]) - g[0][:, None] * inverse_of_t * g[0]), rtol=1e-13)
