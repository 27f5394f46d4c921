"""``ohmgrad array``: what it prints, writes and refuses."""

import importlib.util

import numpy as np
import pytest

from ohmgrad.arrays.circuit.access import Selector, Transistor
from ohmgrad.arrays.circuit.crossbar import Crossbar
from ohmgrad.arrays.circuit.select import select

G = np.random.default_rng(3).uniform(1e-6, 1e-4, (6, 5))


@pytest.fixture
def weights(tmp_path):
    np.save(tmp_path / "w.npy", G)
    return tmp_path / "w.npy"


@pytest.fixture
def solved(ohmgrad, weights):
    """Solve with --out; returns the lines printed, by their names, and what the file holds."""

    def call(*args):
        out = weights.with_name("out.npz")
        answer = ohmgrad("array", "solve", weights, "--out", out, *args)
        assert answer.status == 0 and answer.err == "", answer
        with np.load(out) as file:
            return {line[:21].strip(): line[21:] for line in answer.out.splitlines()}, dict(file)

    return call


def test_solve_is_the_crossbar_of_python(solved):
    lines, file = solved("--wire", "2 ohm", "--read", "0.2 V")
    s = Crossbar(G, wire=2.0).solve(np.full(6, 0.2))
    for name in ("row_volts", "column_volts", "cell_volts", "cell_current", "row_currents", "column_currents"):
        np.testing.assert_array_equal(file[name], getattr(s, name))
    assert lines["array"].startswith("6 × 5, passive, ohmic cells of")
    assert lines["wires"] == "2 ohm a segment"
    assert lines["drive"].startswith("rows at 200 mV, columns at virtual ground")
    lost = s.column_currents.sum() / (0.2 * G.sum()) - 1.0
    assert lines["changed by wires"].startswith(f"{100 * lost:+.3g} % in sum")
    i, j = s.worst
    assert lines["worst cell"].startswith(f"row {i}, column {j}: ") and "of the 200 mV on ideal wires" in lines["worst cell"]
    assert f"{100 * s.cell_volts[i, j] / 0.2:.3g} %" in lines["worst cell"]
    assert f"{100 * s.power_wires / s.power_in:.3g} % in wires" in lines["power"]
    assert float(lines["Kirchhoff residual"].split()[0]) < 1e-9
    assert "iteration" in lines["solved in"]


def test_ideal_wires_are_said_to_be_ideal(solved):
    lines, file = solved()
    assert lines["wires"] == "ideal (0 ohm)" and "on ideal wires" not in lines and "worst cell" not in lines
    np.testing.assert_allclose(file["column_currents"], 0.2 * G.sum(axis=0), rtol=1e-14)


def test_every_option_of_the_wires_arrives(solved):
    lines, file = solved(
        "--wire", "3 Ω", "--wire-columns", "0.01 kohm", "--source", "50 ohm", "--sense", "70 ohm", "--ends", "right,both", "--no-end-segments"
    )  # fmt: skip
    bar = Crossbar(G, wire=(3.0, 10.0), source=50.0, sense=70.0, row_ends="right", column_ends="both", end_segments=False)
    np.testing.assert_array_equal(file["cell_current"], bar.solve(np.full(6, 0.2)).cell_current)
    assert lines["wires"] == "3 ohm a segment of rows, 10 ohm of columns, source 50 ohm, sense 70 ohm"
    assert "rows tied at the right, columns at both ends" in lines["drive"]


def test_backward_reads_rows(solved):
    lines, file = solved("--wire", "2 ohm", "--backward")
    s = Crossbar(G, wire=2.0).solve(np.zeros(6), np.full(5, 0.2))
    np.testing.assert_array_equal(file["cell_current"], s.cell_current)
    assert "sensed at the rows" in lines["currents"] and "columns at 200 mV, rows at virtual ground" in lines["drive"]


def test_voltages_from_a_file_and_floating_rows(solved, weights):
    v = np.array([0.1, 0.2, np.nan, 0.3, 0.0, 0.05])
    np.savetxt(weights.with_name("v.csv"), v, delimiter=",")
    lines, file = solved("--wire", "2 ohm", "--input", weights.with_name("v.csv"))
    np.testing.assert_array_equal(file["cell_current"], Crossbar(G, wire=2.0).solve(v).cell_current)
    assert "rows at 0 V to 300 mV (1 of 6 floating)" in lines["drive"]
    np.save(weights.with_name("v.npy"), np.full(6, np.nan))
    lines, file = solved("--wire", "2 ohm", "--input", weights.with_name("v.npy"))
    assert (file["cell_current"] == 0.0).all() and lines["power"] == "none" and lines["drive"].startswith("all rows floating")


@pytest.mark.parametrize("scheme", ["ground", "float", "V/2", "V/3"])
def test_a_selected_cell_and_its_sneak_current(solved, scheme):
    lines, file = solved("--wire", "2 ohm", "--select", "1,3", "--scheme", scheme, "--write", "1.3 V")
    s = Crossbar(G, wire=2.0).solve(*select(G.shape, 1, 3, 1.3, scheme))
    np.testing.assert_array_equal(file["cell_current"], s.cell_current)
    sneak = s.column_currents[3] - s.cell_current[1, 3]
    value, unit = lines["sneak current"].split()[:2]
    assert float(value) * {"mA": 1e-3, "uA": 1e-6, "nA": 1e-9, "pA": 1e-12}[unit] == pytest.approx(sneak, rel=1e-3)
    assert lines["selected cell"].startswith("row 1, column 3: ")
    assert "in the selected cell" in lines["power"] and "at most" in lines["other cells see"]


def test_read_voltage_selects_where_no_write_voltage_is_given(solved):
    lines, _ = solved("--select", "0,0", "--read", "0.4 V")
    assert lines["drive"].startswith("400 mV over cell 0,0, other lines floating")


def test_selectors_stay_on_from_a_file(solved, weights):
    """Above the threshold all turn on; at 0.2 V, above v_hold, they stay on from there and off from the start."""
    _, file = solved("--access", "selector", "--read", "0.9 V")
    assert (file["selector"] == 1).all()
    weights.with_name("out.npz").rename(weights.with_name("on.npz"))
    lines, file = solved("--access", "selector", "--read", "0.2 V", "--start", weights.with_name("on.npz"), "--wire", "1 ohm")
    assert (file["selector"] == 1).all() and lines["selectors on"] == "30 of 30"
    lines, file = solved("--access", "selector", "--read", "0.2 V", "--start", "off", "--wire", "1 ohm")
    assert (file["selector"] == 0).all() and lines["selectors on"] == "0 of 30"


def test_every_option_of_the_cells_arrives(solved):
    _, file = solved(
        "--access", "selector", "--v-th", "0.6 V", "--v-hold", "0.2 V", "--r-on", "1 kohm", "--r-off", "10 Mohm", "--start", "off",
        "--read", "0.5 V", "--current", "cubic", "--v0", "0.5 V",
    )  # fmt: skip
    bar = Crossbar(G, access=Selector(0.6, 0.2, 1e3, 1e7), current="cubic", v_0=0.5)
    np.testing.assert_array_equal(file["cell_current"], bar.solve(np.full(6, 0.5), start="off").cell_current)
    lines, file = solved("--access", "transistor", "--word", "1.5 V", "--gain", "200 uS", "--v-th", "0.7 V", "--wire", "5 ohm")
    bar = Crossbar(G, wire=5.0, access=Transistor(1.5, 0.7, 200e-6))
    np.testing.assert_array_equal(file["cell_current"], bar.solve(np.full(6, 0.2)).cell_current)
    assert "transistor and cell" in lines["array"]


def test_pictures_lie_beside_what_is_written(ohmgrad, weights, tmp_path, monkeypatch):
    answer = ohmgrad("array", "solve", weights, "--wire", "2 ohm", "--out", tmp_path / "a.npz", "--plot")
    assert answer.status == 0 and "a.npz, " in answer.out
    assert {p.name for p in tmp_path.iterdir()} == {"w.npy", "a.npz", "a.png", "a.svg"}
    monkeypatch.chdir(tmp_path)
    answer = ohmgrad("array", "solve", tmp_path / "w.npy", "--plot")
    assert "w-solved.png, w-solved.svg" in answer.out and (tmp_path / "w-solved.svg").is_file()


def test_solve_prints_the_same_without_a_file(ohmgrad, weights):
    answer = ohmgrad("array", "solve", weights, "--wire", "2 ohm")
    assert answer.status == 0 and "written" not in answer.out and len(list(weights.parent.iterdir())) == 1


@pytest.mark.parametrize(
    "args, words",
    [
        (["--wire", "2 V"], "--wire: '2 V' is a voltage, but a resistance is wanted"),
        (["--wire", "2 uS"], "did you mean '500 kohm' (1/G)?"),
        (
            ["--wire", "-2 ohm"],
            "wire of the rows: -2 ohm; a resistance is a finite number from 0 on, and 0 stands for an ideal one",
        ),
        (["--wire-columns", "-2 ohm"], "wire of the columns"),
        (["--sense", "inf"], "--sense: 'inf' is not finite"),
        (["--read", "0.2 A"], "--read: '0.2 A' is a current, but a voltage is wanted"),
        (["--read", "fast"], "--read: 'fast' is no number with a unit"),
        (["--ends", "lift"], "did you mean 'left'?"),
        (["--ends", "top,left"], "first the rows'"),
        (["--access", "diode"], "--access"),
        (["--access", "selector", "--v-hold", "0.6 V"], "must be above v_hold"),
        (["--access", "selector"], "say what it was before: --start off, or --start FILE"),
        (["--v-hold", "0.1 V"], "--v-hold is nothing of a passive array; add --access selector"),
        (["--start", "off"], "--start is nothing of a passive array"),
        (["--access", "selector", "--gain", "1 mS"], "--gain is nothing of a selector array; add --access transistor"),
        (["--access", "selector", "--start", "none.npz"], "--start: none.npz does not exist"),
        (["--v0", "1 V"], "--v0 changes nothing here; it is of --current sinh or cubic"),
        (["--current", "sinh", "--v0", "0 V"], "v_0 = 0 V must be above 0"),
        (["--current", "sinh", "--access", "transistor"], "behind transistors is not modelled"),
        (["--select", "1"], "--select 1: a cell is written ROW,COLUMN"),
        (["--select", "6,0"], "--select 6,0: there is no row 6; the array's 6 are 0 to 5"),
        (["--select", "1,1", "--scheme", "V/4"], "--scheme"),
        (["--select", "1,1", "--backward"], "--backward and --select exclude each other"),
        (["--select", "1,1", "--write", "1 ohm"], "--write: '1 ohm' is a resistance"),
        (["--scheme", "V/2"], "--scheme is of one selected cell; name it with --select ROW,COLUMN"),
        (["--write", "1 V"], "--write is of one selected cell"),
        (["--input", "none.npy"], "none.npy does not exist"),
        (["--out", "a.txt"], "name it a.npz"),
        (["--name", "G"], "without a name"),
    ],
)
def test_a_mistake_is_one_line(ohmgrad, weights, args, words):
    before = sorted(weights.parent.iterdir())
    answer = ohmgrad("array", "solve", weights, *args)
    assert answer.status == 2 and answer.out == "", answer
    assert answer.err.startswith("error: ") and words in answer.err and answer.err.count("\n") == 1, answer.err
    assert sorted(weights.parent.iterdir()) == before


@pytest.mark.parametrize(
    "array, words",
    [
        (np.array([[1e-6, np.nan]]), "g[0, 1] = nan S"),
        (np.array([[1e-6, -2e-6]]), "g[0, 1] = -2e-06 S: a conductance is a number from 0 to 1e+06"),
        (np.ones((2, 2, 2)), "a matrix of rows × columns is needed"),
        (np.ones(3), "a matrix of rows × columns is needed"),
        (np.zeros((0, 3)), "holds no number"),
    ],
)
def test_bad_conductances_name_their_file(ohmgrad, tmp_path, array, words):
    np.save(tmp_path / "bad.npy", array)
    answer = ohmgrad("array", "solve", tmp_path / "bad.npy")
    assert answer.status == 2 and "bad.npy" in answer.err and words in answer.err and answer.err.count("\n") == 1


def test_a_missing_file_and_a_row_that_hangs_in_the_air(ohmgrad, weights, tmp_path):
    answer = ohmgrad("array", "solve", tmp_path / "w.npi")
    assert answer.status == 2 and "did you mean 'w.npy'?" in answer.err
    g = G.copy()
    g[2] = 0.0
    np.save(tmp_path / "open.npy", g)
    answer = ohmgrad("array", "solve", tmp_path / "open.npy", "--select", "0,0")
    assert answer.status == 2 and "row 2 floats, and no conducting cell joins it" in answer.err


@pytest.mark.parametrize("v, words", [(np.ones(5), "6 voltages are needed, one a row"), (np.full(6, np.inf), "is infinite")])
def test_voltages_that_do_not_fit(ohmgrad, weights, v, words):
    np.save(weights.with_name("v.npy"), v)
    answer = ohmgrad("array", "solve", weights, "--input", weights.with_name("v.npy"))
    assert answer.status == 2 and words in answer.err and "v.npy" in answer.err


def test_what_is_read_is_not_written_over(ohmgrad, tmp_path):
    np.savez(tmp_path / "w.npz", G=G)
    answer = ohmgrad("array", "solve", tmp_path / "w.npz", "--out", tmp_path / "w.npz")
    assert answer.status == 2 and "is a file that is read" in answer.err


def test_states_of_another_array(ohmgrad, weights):
    np.save(weights.with_name("s.npy"), np.zeros((2, 2)))
    answer = ohmgrad("array", "solve", weights, "--access", "selector", "--start", weights.with_name("s.npy"))
    assert answer.status == 2 and "holds no states of 6 × 5 selectors" in answer.err


def test_sneak_table_and_files(ohmgrad, tmp_path):
    answer = ohmgrad("array", "sneak", "--sizes", "8,4", "--out", tmp_path / "s.csv", "--plot")
    assert answer.status == 0 and answer.err == ""
    head, *rows = (tmp_path / "s.csv").read_text(encoding="utf-8").splitlines()
    assert head == "size,other_lines,access,sneak_A,i_on_A,i_off_A,margin" and len(rows) == 12
    assert [r.split(",")[:3] for r in rows[:3]] == [
        ["4", "float", "passive"],
        ["4", "float", "selector"],
        ["4", "ground", "passive"],
    ]
    sneak, on, off, margin = map(float, rows[0].split(",")[3:])
    assert margin == pytest.approx(1 - off / on, rel=1e-6) and 0 < sneak < off
    assert len(answer.out.splitlines()) == 15 and (tmp_path / "s.png").is_file() and (tmp_path / "s.svg").is_file()


@pytest.mark.parametrize(
    "args, words",
    [
        (["--sizes", "4,many"], "--sizes 4,many: whole numbers"),
        (["--sizes", "1"], "1 is out of range"),
        (["--device-on", "1 kohm"], "--device-on: '1 kohm' is a resistance"),
        (["--device-on", "1 uS", "--device-off", "2 uS"], "--device-on (1 uS) must be above --device-off (2 uS)"),
        (["--wire", "-1 ohm"], "wire of the rows: -1 ohm"),
        (["--out", "s.txt"], "name it s.csv"),
    ],
)
def test_sneak_mistakes_are_one_line(ohmgrad, args, words):
    answer = ohmgrad("array", "sneak", *args)
    assert answer.status == 2 and answer.out == "" and words in answer.err and answer.err.count("\n") == 1, answer


@pytest.mark.skipif(importlib.util.find_spec("ohmgrad.arrays.circuit.spice") is None, reason="there are no netlists yet")
def test_spice_writes_a_netlist(ohmgrad, weights):
    from ohmgrad.arrays.circuit.spice import netlist

    out = weights.with_name("array.cir")
    answer = ohmgrad("array", "spice", weights, "--out", out, "--wire", "2 ohm", "--select", "1,3", "--scheme", "V/2")
    assert answer.status == 0 and answer.err == "" and f"ngspice -b {out}" in answer.out
    wanted = netlist(Crossbar(G, wire=2.0), *select(G.shape, 1, 3, 0.2, "V/2"), title="w.npy: 6 x 5 crossbar")
    assert out.read_text(encoding="utf-8") == wanted


def test_spice_names_the_ending(ohmgrad, weights):
    answer = ohmgrad("array", "spice", weights, "--out", "array.txt")
    assert answer.status == 2 and "name it array.cir" in answer.err
