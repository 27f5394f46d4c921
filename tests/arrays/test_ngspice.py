"""Cell currents against ngspice, and against decimal arithmetic of forty digits where arrays are small; the tolerance is that of the specification."""

import numpy as np
import pytest
from circuit_cases import KINDS, case, deviation
from forty_digits import currents
from ngspice import cell_currents, read_raw, run, solved

from ohmgrad.arrays.circuit.access import Selector, Transistor
from ohmgrad.arrays.circuit.crossbar import Crossbar
from ohmgrad.arrays.circuit.spice import netlist
from ohmgrad.errors import CircuitError, SpecError

# 14 drawn ones of 2 to 12 lines, each kind and drive among them; then the corners: best and worst wires, large arrays
CASES = [case(n) for n in range(14)] + [
    case(14, size=2, kind="ohmic", drive="floating", ohms=0.1),
    case(15, size=12, kind="transistor", drive="floating", ohms=1e3),
    case(16, size=16, kind="selector-sinh", drive="half", ohms=0.1),
    case(17, size=32, kind="ohmic", drive="backward", ohms=0.1),
    case(18, size=64, kind="cubic", drive="half", ohms=1e3),
    case(19, size=64, kind="selector", drive="third", ohms=1.0),
]


def test_the_cases_span_what_they_should():
    assert {c.name.split("-", 2)[2].rsplit("-", 3)[0] for c in CASES} == set(KINDS)
    assert len({(c.bar.wires.row_ends, c.bar.wires.column_ends) for c in CASES}) >= 6
    assert sum((c.solve().selector != 0).any() for c in CASES) >= 3


@pytest.mark.parametrize("one", CASES, ids=lambda c: c.name)
def test_every_cell_current_is_that_of_ngspice(one, tmp_path):
    solution = one.solve()
    assert deviation(solution.cell_current, solved(one.bar, one.rows, one.columns, solution, tmp_path)) <= 1


@pytest.mark.parametrize("number", range(100, 130))
def test_every_cell_current_is_that_of_forty_digits(number):
    """Each kind with each drive. ngspice solves for absolute voltages, so here the referee is one that loses nothing; the tolerance is a tenth of that
    towards ngspice, the 1e-10 of the largest current that `solve` may leave missing at a node."""
    one = case(number, size=2 + number % 4)
    solution = one.solve()
    assert deviation(solution.cell_current, currents(one.bar, one.rows, one.columns, solution)) <= 0.1


@pytest.mark.parametrize("drive", ["forward", "floating"])
def test_ten_megohm_on_a_tenth_of_an_ohm(drive):
    """The drops are 1e-8 of the voltages. Drops of linear cells on their own, to 1e-9 of themselves: absolute voltages in double precision would keep 8 digits."""
    one = case(7, size=6, kind="ohmic", drive=drive, ohms=0.1)
    bar = Crossbar(np.full((6, 6), 1e-7) * (1 + np.arange(36.0).reshape(6, 6) / 36), wire=0.1)
    solution = bar.solve(one.rows, one.columns, tolerance=1e-14)
    want = currents(bar, one.rows, one.columns, solution)
    np.testing.assert_allclose(solution.cell_current, want, rtol=0, atol=2e-15 * np.abs(want).max())
    lost = (solution.row_drop[:, 1:] - solution.row_drop[:, :-1]) / 0.1  # the current in each segment of the rows
    tail = -np.cumsum(want[:, ::-1], axis=1)[:, ::-1][:, 1:]
    np.testing.assert_allclose(lost, tail, rtol=1e-9, atol=1e-9 * np.abs(want).max())


@pytest.mark.parametrize("current", ["ohmic", "sinh"])
def test_a_selector_goes_round_its_loop_as_in_ngspice(current, tmp_path):
    """0 → V → 0 → −V → 0: every selector switches at the same step in both, and currents agree to 1e-3 of themselves where they are not 1e-9 of the largest."""
    points, top = 200, 1.5
    g = np.array([[1e-4, 3e-5], [2e-5, 5e-5]])
    v_th = np.array([[0.503, 0.711], [0.907, 0.619]])
    bar = Crossbar(g, wire=50.0, access=Selector(v_th=v_th, r_on=200.0, r_off=1e7), current=current, v_0=0.4)
    rows = np.array([top, 0.8 * top])
    found = run(netlist(bar, rows, self_switching=True, points=points), tmp_path)
    want = cell_currents(bar, found)
    share = found["v(share)"]
    assert len(share) == 4 * points + 1
    np.testing.assert_allclose(share, np.interp(np.arange(4 * points + 1) / points, range(5), [0, 1, 0, -1, 0]), atol=1e-12)
    state, got, states = np.zeros((2, 2), np.int8), [], []
    for s in share:
        solution = bar.solve(s * rows, start=state)
        state = solution.selector
        got.append(solution.cell_current)
        states.append(state)
    np.testing.assert_allclose(got, want, rtol=1e-3, atol=1e-9 * np.abs(want).max())
    assert (np.abs(np.diff(np.array(states), axis=0)).sum(axis=0) == 4).all()  # on and off once each way
    up, down = np.array(got)[: points + 1], np.array(got)[points : 2 * points + 1][::-1]
    assert (np.abs(down - up).max(axis=0) > 0.1 * np.abs(up).max(axis=0)).all()  # hysteresis


def test_a_netlist_says_what_it_is(tmp_path):
    text = netlist(
        Crossbar([[1e-3, 0.0], [2e-3, 1e-3]], wire=(2.0, 0.0), sense=5.0), [0.1, np.nan], title="two by two", raw="a.raw"
    )
    lines = text.splitlines()
    assert lines[0] == "two by two"
    assert "Rcell_1_1 r_1_1 c_1 1000.0" in lines and not any(line.startswith("Rcell_0_1 ") for line in lines)
    assert "Vrow_0_left row_0_left 0 DC 0.1" in lines and "Vrow_1" not in text  # row 1 floats
    assert "Rcol_0_bottom col_0_bottom c_0 5.0" in lines
    assert "numdgt=15 reltol=1e-9 vntol=1e-15 abstol=1e-18" in text and lines[-1] == ".end"
    run(text.replace("a.raw", "crossbar.raw"), tmp_path)
    assert read_raw(tmp_path / "crossbar.raw")["v(row_0_left)"] == [0.1]


def test_numbers_of_any_type_are_written_alike():
    """NumPy's print themselves with their type's name."""
    for access in (
        lambda n: Selector(n(0.5), n(0.125), n(100.0), n(1e9)), lambda n: Transistor(n(2.0), n(0.5), n(5e-4)), lambda n: None
    ):  # fmt: skip
        texts = [
            netlist(Crossbar([[n(1e-3)]], wire=(n(2.0), n(1.0)), source=n(3.0), access=access(n)), [n(0.7)], n(0.0))
            for n in (float, np.float64, np.float32)
        ]
        assert texts[0] == texts[1] and "np." not in texts[2]


@pytest.mark.parametrize(
    ("changed", "error", "message"),
    [
        (dict(title="a\nb"), SpecError, r"^title = 'a\\nb': one line"),
        (dict(raw=""), SpecError, r"^raw = ''"),
        (dict(self_switching=True), SpecError, r"^self_switching: needs an array with access = Selector"),
        (dict(rows=[1.0]), SpecError, r"^rows: 2 voltages are needed; the shape is \(1,\)"),
        (dict(rows=[np.nan, np.nan], columns=np.nan), CircuitError, r"^row 0 floats"),
    ],
)
def test_what_no_netlist_is_made_of(changed, error, message):
    given = {"rows": [0.1, 0.2], "columns": 0.0, **changed}
    with pytest.raises(error, match=message):
        netlist(Crossbar([[1e-3, 1e-3], [1e-3, 1e-3]], wire=1.0), **given)
