"""What every solution must keep: Kirchhoff's law, power, superposition, reciprocity, and the ideal array where the wires are ideal."""

import itertools

import numpy as np
import pytest
from circuit_cases import COLUMN_ENDS, ROW_ENDS, case

from ohmgrad.arrays.circuit.access import Selector, Transistor
from ohmgrad.arrays.circuit.crossbar import Crossbar
from ohmgrad.devices.current import CURRENTS

WIRES = [(2.0, 2.0), (0.5, 30.0), (0.0, 5.0), (5.0, 0.0)]


def cells(rows, columns):
    return 10 ** np.random.default_rng((5, rows, columns)).uniform(-6, -3.5, (rows, columns))


def uniform(low, high, shape):
    return np.random.default_rng(6).uniform(low, high, shape)


def missing(drop, current, r, ties):
    """Currents missing at the nodes of lines along the second axis, from their drops; an ideal line is one node."""
    lo, hi = ties
    if r == 0:
        ends = lo + hi
        return np.where(np.isfinite(ends), -current.sum(axis=1) - np.where(np.isfinite(ends), ends, 0) * drop[:, 0], 0.0)
    along = np.diff(drop, axis=1) / r
    out = -current.copy()
    out[:, :-1] += along
    out[:, 1:] -= along
    for tie, at in ((lo, 0), (hi, -1)):
        held = ~np.isfinite(tie)
        out[:, at] -= np.where(held, 0, tie) * drop[:, at]
        out[held, at] = 0.0
    return out


def check(s):
    w, largest = s.wires, np.abs(s.cell_current).max()
    at_rows = missing(s.row_drop, s.cell_current, w.row, w.row_ties(s.row_tied))
    at_columns = missing(s.column_drop.T, -s.cell_current.T, w.column, w.column_ties(s.column_tied))
    assert max(np.abs(at_rows).max(), np.abs(at_columns).max()) <= 1e-9 * largest
    assert s.residual <= 1e-9
    # power in may be a difference of what some drivers give and others take
    turned_over = np.abs(s.row_drive * s.row_currents).sum() + np.abs(s.column_drive * s.column_currents).sum()
    assert s.power_in == pytest.approx(s.power_cells + s.power_wires, rel=1e-9, abs=1e-9 * turned_over)
    assert s.power_cells >= 0 and s.power_wires >= 0


@pytest.mark.parametrize("number", range(200, 260))
def test_kirchhoffs_law_and_power(number):
    check(case(number).solve())


@pytest.mark.parametrize(
    ("rows", "columns", "ohms"), [(128, 128, 1.0), (300, 200, 0.1), (100, 200, 1e3), (1, 64, 10.0), (64, 1, 10.0), (1, 1, 1.0)]
)
def test_kirchhoffs_law_at_any_size(rows, columns, ohms):
    check(Crossbar(10 ** uniform(-7, -3, (rows, columns)), wire=ohms).solve(uniform(0, 0.2, rows)))


@pytest.mark.parametrize("wire", WIRES)
@pytest.mark.parametrize(("row_ends", "column_ends"), [*itertools.product(ROW_ENDS, COLUMN_ENDS)])
@pytest.mark.parametrize(("source", "end_segments"), [(0.0, True), (0.0, False), (20.0, False)])
@pytest.mark.parametrize("shape", [(7, 5), (50, 53)])  # driven line by line, eliminated row by row
def test_the_effective_matrix_is_what_single_solves_give(shape, source, end_segments, row_ends, column_ends, wire):
    """Forward and backward: so reciprocity, too. 1e-9 of the largest: the solves' own tolerance is 1e-11 of the largest current at each node."""
    bar = Crossbar(
        cells(*shape), wire=wire, source=source, sense=2 * source, row_ends=row_ends, column_ends=column_ends, end_segments=end_segments
    )  # fmt: skip
    w = bar.effective()
    for one, backward in ((0, False), (shape[0] - 1, False), (0, True), (shape[1] // 2, True)):
        v = np.zeros(shape[1 if backward else 0])
        v[one] = 1.0
        if backward:
            got = -bar.solve(np.zeros(shape[0]), v, tolerance=1e-11).row_currents
        else:
            got = bar.solve(v, tolerance=1e-11).column_currents
        np.testing.assert_allclose(got, w[:, one] if backward else w[one], rtol=0, atol=1e-9 * w.max())


def test_reads_of_one_and_of_many():
    bar = Crossbar(cells(20, 30), wire=3.0)
    v, u = uniform(0, 0.2, (12, 20)), uniform(0, 0.2, (12, 30))
    one_by_one = np.array([Crossbar(bar.g, wire=3.0).read(x) for x in v])
    np.testing.assert_allclose(bar.read(v), one_by_one, rtol=1e-9)
    np.testing.assert_allclose(
        bar.read(u, backward=True), [Crossbar(bar.g, wire=3.0).read(x, backward=True) for x in u], rtol=1e-9
    )
    # the matrix of the transposed array is the transpose
    turned = Crossbar(bar.g.T[::-1, ::-1], wire=3.0).effective()[::-1, ::-1]
    np.testing.assert_allclose(turned, bar.effective().T, rtol=1e-9)


@pytest.mark.parametrize("drive", ["all", "floating"])
def test_superposition(drive):
    bar = Crossbar(cells(9, 11), wire=40.0, sense=100.0)
    rows, columns = uniform(-1, 1, (2, 9)), uniform(-1, 1, (2, 11))
    if drive == "floating":
        rows[:, 3:6], columns[:, 2:9] = np.nan, np.nan
    a, b = (bar.solve(rows[k], columns[k]).cell_current for k in (0, 1))
    both = bar.solve(2 * rows[0] - 3 * rows[1], 2 * columns[0] - 3 * columns[1]).cell_current
    np.testing.assert_allclose(both, 2 * a - 3 * b, rtol=0, atol=1e-9 * np.abs(both).max())


@pytest.mark.parametrize("current", CURRENTS)
def test_ideal_wires_give_the_ideal_array_bit_for_bit(current):
    g = cells(13, 8)
    bar = Crossbar(g, current=current, v_0=0.3)
    v = uniform(-0.5, 0.5, 13)
    want = g * np.array([CURRENTS[current](x, 0.3) for x in v])[:, None]
    np.testing.assert_array_equal(bar.solve(v).cell_current, want)
    np.testing.assert_array_equal(bar.solve(np.zeros(13), v[:8]).cell_current, g * [CURRENTS[current](-x, 0.3) for x in v[:8]])
    if current == "ohmic":
        many = uniform(-0.5, 0.5, (5, 13))
        np.testing.assert_array_equal(bar.read(many), many @ g)
        np.testing.assert_array_equal(bar.read(many[:, :8], backward=True), many[:, :8] @ g.T)


def test_better_and_better_wires_end_at_ideal_ones():
    """Each of the two layers alone; 1e-9 ohm on cells of a kilohm leaves 1e-12·n² at most."""
    g, v = cells(6, 7), uniform(0, 1, 6)
    for ideal, nearly in (((0.0, 9.0), (1e-9, 9.0)), ((9.0, 0.0), (9.0, 1e-9)), ((0.0, 0.0), (1e-9, 1e-9))):
        np.testing.assert_allclose(Crossbar(g, wire=nearly).read(v), Crossbar(g, wire=ideal).read(v), rtol=1e-10)


def test_a_mirrored_array_is_driven_from_the_other_side():
    g, v = cells(5, 9), uniform(0, 1, 5)
    left = Crossbar(g, wire=(3.0, 8.0)).read(v)
    np.testing.assert_allclose(Crossbar(g[:, ::-1], wire=(3.0, 8.0), row_ends="right").read(v)[::-1], left, rtol=1e-12)
    np.testing.assert_allclose(Crossbar(g[::-1], wire=(3.0, 8.0), column_ends="top").read(v[::-1]), left, rtol=1e-12)


def test_access_devices_that_do_nothing():
    """A word line at a megavolt, selectors without threshold to speak of: the passive array, to the share that they keep (1e-9 of a volt, 1e-9 of r)."""
    g, v = cells(6, 6), uniform(0.3, 0.6, 6)
    plain = Crossbar(g, wire=5.0).read(v)
    np.testing.assert_allclose(Crossbar(g, wire=5.0, access=Transistor(word=1e6, gain=1.0)).read(v), plain, rtol=1e-8)
    always_on = Selector(v_th=1e-6, v_hold=0.0, r_on=0.0, r_off=1e12)
    np.testing.assert_allclose(Crossbar(g, wire=5.0, access=always_on).read(v, start=np.ones((6, 6))), plain, rtol=1e-8)


def test_the_compliance_current_of_a_saturated_transistor():
    """k·(word − v_th)²/2 = 500e-6·0.4²/2 = 40 uA, whatever the wire."""
    for ohms in (0.0, 50.0):
        bar = Crossbar([[1e-3]], wire=ohms, access=Transistor(word=0.9, v_th=0.5, gain=500e-6))
        assert bar.read([2.0])[0] == pytest.approx(40e-6, rel=1e-12)


def test_half_selected_selectors_stay_off_and_stop_the_sneak_paths():
    """At V/2 on 16 × 16 the leak of the half-selected is r_off's, (V/2)/(r_off + 1/G) each."""
    g = np.full((16, 16), 1e-4)
    rows, columns = np.full(16, 0.4), np.full(16, 0.4)
    rows[3], columns[5] = 0.8, 0.0
    selector = Selector(v_th=0.6, v_hold=0.1, r_on=100.0, r_off=1e9)
    s = Crossbar(g, access=selector).solve(rows, columns, start="off")
    assert s.selector.sum() == 1 and s.selector[3, 5] == 1
    assert s.cell_current[3, 5] == pytest.approx((0.8 - 0.1) / (1e4 + 100), rel=1e-12)
    leak = s.column_currents[5] - s.cell_current[3, 5]
    assert leak == pytest.approx(15 * 0.4 / (1e9 + 1e4), rel=1e-9)
    assert Crossbar(g).solve(rows, columns).column_currents[5] == pytest.approx(0.8e-4 + 15 * 0.4e-4, rel=1e-12)


def test_a_steep_cell_behind_a_selector_that_is_off_sees_nearly_nothing():
    """sinh at a hundred times v_0 is 1e43: all of the voltage must end up over r_off."""
    bar = Crossbar([[1e-4]], current="sinh", v_0=0.02, access=Selector(v_th=3.0, r_off=1e9))
    x = 2e-5  # V, of the cell: G·v_0·sinh(x/v_0) = 2e-9 A, to 2e-7
    assert bar.read([2.0], start="off")[0] == pytest.approx((2.0 - x) / 1e9, rel=1e-9)


@pytest.mark.parametrize("current", CURRENTS)
def test_lines_all_at_one_voltage_carry_nothing(current):
    s = Crossbar(cells(7, 9), wire=3.0, current=current, v_0=0.1).solve(0.3, np.nan)
    assert np.abs(s.cell_current).max() <= 1e-15 * 0.3e-3 and s.residual <= 1e-9
    np.testing.assert_allclose(s.column_volts, 0.3, rtol=1e-12)


def test_the_worst_cell_is_the_farthest_from_both_drivers():
    s = Crossbar(np.full((6, 5), 1e-4), wire=20.0).solve(0.2)
    assert s.worst == (0, 4)
    assert Crossbar(np.full((6, 5), 1e-4), wire=20.0, row_ends="right", column_ends="top").solve(0.2).worst == (5, 0)
