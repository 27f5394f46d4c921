"""Voltages of a selected cell, sneak currents and the ideal twin of an array, against circuits that can be solved by hand."""

import numpy as np
import pytest

from ohmgrad.arrays.circuit.access import Passive, Selector
from ohmgrad.arrays.circuit.against_ideal import against_ideal
from ohmgrad.arrays.circuit.crossbar import Crossbar
from ohmgrad.arrays.circuit.select import SCHEMES, select
from ohmgrad.arrays.circuit.sneak import READS, sneak_currents
from ohmgrad.errors import SpecError


@pytest.mark.parametrize(
    "scheme, share", [("ground", (1.0, 0.0, 0.0)), ("V/2", (0.5, 0.5, 0.0)), ("V/3", (1 / 3, 1 / 3, -1 / 3))]
)
@pytest.mark.parametrize("v", [1.2, -0.9])
def test_every_cell_sees_the_share_of_its_scheme(scheme, share, v):
    rows, columns = select((4, 5), 1, 3, v, scheme)
    seen = rows[:, None] - columns
    wanted = np.full((4, 5), share[2] * v)
    wanted[1, :], wanted[:, 3], wanted[1, 3] = share[0] * v, share[1] * v, v
    np.testing.assert_allclose(seen, wanted, rtol=1e-15, atol=1e-16)


def test_floating_lines_have_no_voltage():
    rows, columns = select((3, 2), 2, 0, 0.4)
    assert rows[2] == 0.4 and columns[0] == 0.0
    assert np.isnan(rows[:2]).all() and np.isnan(columns[1])


def dense(g, r, rows, columns):
    """Cell currents by one dense matrix of all nodes, r ohms a segment: written without a look at the solver."""
    m, n = g.shape
    number = np.arange(2 * m * n).reshape(2, m, n)
    a, b = np.zeros((2 * m * n, 2 * m * n)), np.zeros(2 * m * n)

    def join(p, q, y):
        for k, other in ((p, q), (q, p)):
            a[k, k] += y
            a[k, other] -= y

    for i, j in np.ndindex(m, n):
        join(number[0, i, j], number[1, i, j], g[i, j])
        if j + 1 < n:
            join(number[0, i, j], number[0, i, j + 1], 1 / r)
        if i + 1 < m:
            join(number[1, i, j], number[1, i + 1, j], 1 / r)
    for ends, volts in ((number[0, :, 0], rows), (number[1, -1], columns)):
        for k, v in zip(ends, volts, strict=True):
            if not np.isnan(v):
                a[k, k] += 1 / r
                b[k] += v / r
    v = np.linalg.solve(a, b).reshape(2, m, n)
    return g * (v[0] - v[1])


@pytest.mark.parametrize("scheme", SCHEMES)
def test_a_selected_array_is_that_of_a_dense_solution(scheme):
    g = np.random.default_rng(1).uniform(1e-6, 1e-3, (7, 9))
    drive = select(g.shape, 2, 4, 1.0, scheme)
    wanted = dense(g, 20.0, *drive)
    np.testing.assert_allclose(
        Crossbar(g, wire=20.0).solve(*drive).cell_current, wanted, rtol=0, atol=1e-10 * np.abs(wanted).max()
    )


@pytest.mark.parametrize("scheme", SCHEMES)
def test_one_cell_alone_sees_everything(scheme):
    rows, columns = select((1, 1), 0, 0, 1.0, scheme)
    assert rows[0] - columns[0] == 1.0


@pytest.mark.parametrize(
    "args, words",
    [
        (((3, 2), 3, 0, 1.0, "float"), "there is no row 3; the array's 3 are 0 to 2"),
        (((3, 2), 0, -1, 1.0, "float"), "there is no column -1"),
        (((3, 2), 0, 0, np.nan, "float"), "finite voltage"),
        (((3, 2), 0, 0, 1.0, "V/4"), "scheme = 'V/4'"),
    ],
)
def test_what_cannot_be_selected_is_named(args, words):
    with pytest.raises(SpecError, match=words):
        select(*args)


def test_floating_sneak_path_is_three_cells_in_series():
    """n × n equal cells on ideal wires: row to other columns (n−1 in parallel), to other rows ((n−1)²), to the column (n−1)."""
    n, g, v = 6, 1e-4, 0.3
    (s,) = sneak_currents([n], g, 1e-6, v, access=[Passive()], schemes=["float"])
    path = 1.0 / (2.0 / ((n - 1) * g) + 1.0 / ((n - 1) ** 2 * g))
    assert s.sneak == pytest.approx(v * path, rel=1e-9)
    assert s.i_on == pytest.approx(v * (path + g), rel=1e-9)
    assert s.margin == pytest.approx((1e-4 - 1e-6) / (path + g), rel=1e-9)


def test_half_selected_cells_add_half_their_current_and_grounded_ones_nothing():
    found = {s.scheme: s for s in sneak_currents([5], 1e-4, 1e-6, 0.4, access=[Passive()])}
    assert found["V/2"].sneak == pytest.approx(4 * 0.2 * 1e-4, rel=1e-9)
    assert found["ground"].sneak == pytest.approx(0.0, abs=1e-18)
    assert list(found) == list(READS)


def test_selectors_leave_their_leakage():
    """V/2 stays below the threshold: each half-selected cell leaks V/2 over r_off and its cell."""
    selector = Selector(0.5, 0.1, 100.0, 1e8)
    (s,) = sneak_currents([5], 1e-4, 1e-6, 0.8, access=[selector], schemes=["V/2"])
    assert s.sneak == pytest.approx(4 * 0.4 / (1e8 + 1e4), rel=1e-9)
    assert s.i_on == pytest.approx((0.8 - 0.1) / (100.0 + 1e4) + s.sneak, rel=1e-9)
    assert s.margin > 0.98


def test_margin_shrinks_with_size_where_lines_float():
    found = list(sneak_currents([4, 8, 16], 1e-4, 1e-6, 0.2, wire=2.0, access=[Passive()], schemes=["float"]))
    assert [s.size for s in found] == [4, 8, 16]
    assert found[0].margin > found[1].margin > found[2].margin > 0.0
    assert found[0].sneak < found[1].sneak < found[2].sneak


@pytest.mark.parametrize("args, words", [(([1], 1e-4, 1e-6, 0.2), "2 rows"), (([4], 1e-6, 1e-4, 0.2), "must be above g_off")])
def test_impossible_sneak_is_named(args, words):
    with pytest.raises(SpecError, match=words):
        list(sneak_currents(*args))


def test_share_is_the_voltage_divider_of_one_cell():
    found = against_ideal(Crossbar([[1e-3]], wire=100.0), [0.2])
    assert found.worst == (0, 0)
    assert found.share[0, 0] == pytest.approx(1000.0 / 1200.0, rel=1e-9)


def test_worst_cell_lies_farthest_from_driver_and_sense():
    found = against_ideal(Crossbar(np.full((6, 7), 1e-4), wire=5.0), np.full(6, 0.2))
    assert found.worst == (0, 6)
    assert found.share.min() == found.share[0, 6] < 1.0


def test_ideal_wires_lose_nothing_and_no_voltage_has_no_worst_cell():
    bar = Crossbar(np.full((3, 3), 1e-4))
    assert (against_ideal(bar, np.full(3, 0.2)).share == 1.0).all()
    none = against_ideal(bar, np.zeros(3))
    assert none.worst is None and np.isnan(none.share).all()
