"""What cannot be meant, or has no single answer: one line that names the place and the way out."""

import numpy as np
import pytest

from ohmgrad.arrays.circuit.access import Selector, Transistor
from ohmgrad.arrays.circuit.crossbar import Crossbar
from ohmgrad.errors import CircuitError, SpecError

G = np.full((3, 2), 1e-4)
V = [0.1, 0.2, 0.3]
EMPTY_ROW = G * [[1], [0], [1]]

ARRAYS = [
    (
        dict(wire=-1.0),
        r"^wire of the rows: -1 ohm; a resistance is a finite number from 0 on, and 0 stands for an ideal one$",
    ),
    (dict(wire=(1.0, np.nan)), r"^wire of the columns: nan ohm"),
    (dict(wire="2 ohm"), r"^wire of the rows: 2 ohm"),
    (dict(wire=(1.0, 2.0, 3.0)), r"^wire = \(1\.0, 2\.0, 3\.0\): ohms of every segment, or two"),
    (dict(source=np.inf), r"^source: inf ohm"),
    (dict(sense=-5), r"^sense: -5 ohm"),
    (dict(row_ends="top"), r"^row_ends = 'top': known: left, right, both$"),
    (dict(column_ends="left"), r"^column_ends = 'left': known: bottom, top, both$"),
    (dict(g=[[1.0, np.nan]]), r"^g\[0, 1\] = nan S: a conductance is a number from 0 to 1e\+06 \(1 of 2 are not\)$"),
    (dict(g=[[1.0], [-2.0]]), r"^g\[1, 0\] = -2 S"),
    (dict(g=[[1e300]]), r"^g\[0, 0\] = 1e\+300 S"),
    (dict(g=[1.0, 2.0]), r"^g: a matrix of rows × columns is needed; its shape is \(2,\)$"),
    (dict(g=np.zeros((0, 3))), r"its shape is \(0, 3\)$"),
    (dict(g=[["a"]]), r"^g: a matrix of numbers"),
    (dict(current="snih"), r"^current = 'snih'; did you mean 'sinh'\?$"),
    (dict(current="sinh", v_0=0.0), r"^v_0 = 0 V must be above 0, and finite$"),
    (dict(current="sinh", v_0=np.inf), r"^v_0 = inf V"),
    (
        dict(current="sinh", access=Transistor()),
        r"behind transistors is not modelled; set current = 'ohmic', or another access$",
    ),
    (
        dict(access=Transistor(word=[1.0, 2.0, 3.0])),
        r"^transistor: word: one voltage, or one a column, \(2,\); its shape is \(3,\)$",
    ),
    (dict(access=Selector(v_th=[0.5, 0.6])), r"^selector: v_th: one voltage, or one a cell, \(3, 2\); its shape is \(2,\)$"),
]
ACCESS = [
    (lambda: Selector(v_th=0.1, v_hold=0.2), r"^selector: v_th = 0\.1 V must be above v_hold = 0\.2 V"),
    (lambda: Selector(v_th=[0.5, np.nan]), r"^selector: v_th = nan V"),
    (lambda: Selector(r_on=-1.0), r"^selector: r_off = 1e\+09 ohm must be above r_on = -1 ohm"),
    (lambda: Selector(r_off=np.inf), r"^selector: r_off = inf ohm .* finite$"),
    (lambda: Transistor(gain=0.0), r"^transistor: gain = 0 A/V\^2 must be above 0$"),
    (lambda: Transistor(v_th=np.nan), r"^transistor: word and v_th must be finite voltages$"),
    (lambda: Transistor(word=[1.0, np.inf]), r"^transistor: word and v_th"),
]
VOLTS = [
    (dict(rows=[1.0, 2.0]), SpecError, r"^rows: 3 voltages are needed; the shape is \(2,\)$"),
    (dict(rows=[V]), SpecError, r"^rows: 3 voltages are needed; the shape is \(1, 3\)$"),
    (dict(columns=[0.0, np.inf]), SpecError, r"^columns: a voltage is infinite; NaN lets a line float$"),
    (dict(tolerance=np.nan), SpecError, r"^tolerance = nan: "),
    (dict(rows=np.nan, columns=np.nan), CircuitError, r"^row 0 floats, and no conducting cell joins it to a driven line"),
]


@pytest.mark.parametrize(("changed", "message"), ARRAYS)
def test_arrays_that_cannot_be(changed, message):
    given = {"g": G, **changed}
    with pytest.raises(SpecError, match=message):
        Crossbar(given.pop("g"), **given)


@pytest.mark.parametrize(("make", "message"), ACCESS)
def test_access_devices_that_cannot_be(make, message):
    with pytest.raises(SpecError, match=message):
        make()


@pytest.mark.parametrize(("changed", "error", "message"), VOLTS)
def test_voltages_that_do_not_fit(changed, error, message):
    given = {"rows": V, **changed}
    with pytest.raises(error, match=message):
        Crossbar(G, wire=1.0).solve(**given)


@pytest.mark.parametrize("v", [[1.0, 2.0], [1.0, np.nan, 2.0], np.zeros((2, 2, 3))])
def test_reads_that_do_not_fit(v):
    with pytest.raises(SpecError, match=r"^v: 3 finite voltages are needed, one a row; its shape is \("):
        Crossbar(G).read(v)
    with pytest.raises(SpecError, match=r"^v: 2 finite voltages are needed, one a column; its shape is \("):
        Crossbar(G).read(v, backward=True) if np.shape(v) != (2,) else Crossbar(G).read([*v, 1.0], backward=True)


@pytest.mark.parametrize("wire", [0.0, 1.0])
def test_lines_that_hang_in_the_air(wire):
    with pytest.raises(
        CircuitError, match=r"^row 1 floats, .* undetermined; drive it, or give one of its cells a conductance$"
    ):
        Crossbar(EMPTY_ROW, wire=wire).solve([0.1, np.nan, 0.2])
    Crossbar(EMPTY_ROW, wire=wire).solve([0.1, 0.0, np.nan])  # through its cells row 2 hangs on the columns
    with pytest.raises(CircuitError, match=r"^column 1 floats, "):  # its transistors are cut off
        Crossbar(G, wire=wire, access=Transistor(word=[2.0, 0.3])).solve(V, [0.0, np.nan])
    # two islands: rows 0, 1 with column 0 are driven, row 2 with column 1 is not
    islands = np.array([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0]])
    with pytest.raises(CircuitError, match=r"^row 2 floats, "):
        Crossbar(islands, wire=wire).solve([0.1, np.nan, np.nan], [0.0, np.nan])


def test_selectors_with_two_states_ask_for_the_one_before():
    bar = Crossbar(G, wire=1.0, access=Selector(v_th=0.5, v_hold=0.1))
    between, low, high = [0.4, 0.4, 0.0], [0.05, 0.05, 0.0], [0.8, 0.8, 0.8]
    with pytest.raises(
        CircuitError,
        match=r"^the selector at row 0, column 0 may be on or off at these voltages \(4 of 6 may\); .* start = 'off', or an array",
    ):
        bar.solve(between)
    assert not bar.solve(low).selector.any() and bar.solve(high).selector.all()  # one state each: no start is asked for
    on = bar.solve(high)
    assert bar.solve(between, start=on.selector).selector.sum() == 4
    assert not bar.solve(between, start="off").selector.any()
    for start in ("on", np.ones((2, 2)), np.full((3, 2), 2)):
        with pytest.raises(SpecError, match=r"^start"):
            bar.solve(between, start=start)


def test_a_missing_cell_makes_no_selector_bistable():
    g = G.copy()
    g[0, 1] = 0.0
    s = Crossbar(g, wire=1.0, access=Selector()).solve([0.7, 0.7, 0.7])
    assert s.selector.tolist() == [[1, 0], [1, 1], [1, 1]] and s.cell_current[0, 1] == 0.0


def test_what_does_not_converge_says_how_far_it_came():
    steep = dict(current="sinh", v_0=1e-4)  # sinh(1000) is more than a double holds
    with pytest.raises(
        CircuitError,
        match=r"^the circuit did not converge: after \d+ steps .* A are missing at a node, .* wanted 1e-10; look at v_0, wire",
    ):
        Crossbar(G, **steep).solve(V)
    # where the wires take up the voltage, the same cells have a solution, which is found by raising the voltages
    s = Crossbar(G, wire=1e3, **steep).solve(V)
    assert s.residual <= 1e-9 and np.isfinite(s.cell_current).all()


@pytest.mark.parametrize("bar", [Crossbar(G, current="sinh"), Crossbar(G, access=Selector()), Crossbar(G, access=Transistor())])
def test_bent_arrays_have_no_matrix(bar):
    with pytest.raises(SpecError, match=r"^effective: bent cells, selectors and transistors have no matrix; read\(v\) solves"):
        bar.effective()


def test_no_message_has_two_lines():
    for changed, _ in ARRAYS:
        given = {"g": G, **changed}
        with pytest.raises(SpecError) as e:
            Crossbar(given.pop("g"), **given)
        assert "\n" not in str(e.value)
