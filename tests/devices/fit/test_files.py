"""Files as people have them: both layouts, units, separators, and every way in which a file can be wrong."""

import numpy as np
import pytest

from ohmgrad.devices.fit import read_ramps
from ohmgrad.errors import DataError, SpecError

UP = np.array([1.0, 1.5, 2.1, 2.4, 3.0, 3.3]) * 1e-6
DOWN = UP[::-1] * 0.9


@pytest.fixture
def write(tmp_path):
    """Write a file, return its path."""

    def file(text, name="ramps.csv", **options):
        path = tmp_path / name
        if isinstance(text, bytes):
            path.write_bytes(text)
        else:
            path.write_text(text, **({"encoding": "utf-8"} | options))
        return path

    return file


def wide(columns, header, separator=",", number=str):
    longest = max(map(len, columns))
    rows = [separator.join(number(c[k]) if k < len(c) else "" for c in columns) for k in range(longest)]
    return "\n".join([separator.join(header), *rows]) + "\n"


def long(header, separator=",", number=str, scale=1.0):
    rows = [f"7{separator}{cycle}{separator}{d}{separator}{k}{separator}{number(scale * g)}"
            for cycle in (1, 2) for d, y in (("set", UP), ("reset", DOWN)) for k, g in enumerate(y)]  # fmt: skip
    return "\n".join([header.replace(",", separator), *rows]) + "\n"


def test_wide_ramps_of_unequal_length_keep_their_values_and_directions(write):
    m = read_ramps(write(wide([UP, DOWN[:5]], ["a", "b"])))
    assert [r.up for r in m.ramps] == [True, False]
    np.testing.assert_array_equal(m.ramps[0].g, UP)
    np.testing.assert_array_equal(m.ramps[1].g, DOWN[:5])
    assert any("taken as siemens" in note and "--read-voltage" in note for note in m.notes)


def test_currents_become_conductances_by_the_read_voltage(write):
    m = read_ramps(write(wide([0.1 * UP], ["a"])), read_voltage=0.1)
    np.testing.assert_allclose(m.ramps[0].g, UP, rtol=1e-15)
    m = read_ramps(write(wide([-0.1e6 * UP], ["current_uA"])), read_voltage=-0.1)
    np.testing.assert_allclose(m.ramps[0].g, UP, rtol=1e-14)


@pytest.mark.parametrize(
    ("header", "factor"),
    [
        ("conductance (uS)", 1e6),
        ("G [S]", 1),
        ("G_uS", 1e6),
        ("conductance / nS", 1e9),
        ("Conductance (µS)", 1e6),
        ("conductance in uS", 1e6),
    ],
)
def test_units_of_headers(write, header, factor):
    m = read_ramps(write(long(f"cell,cycle,direction,pulse,{header}", scale=factor)))
    np.testing.assert_allclose(m.ramps[0].g, UP, rtol=1e-14)


def test_long_layout_in_any_order_with_resistances_and_currents(write):
    rows = long("cell,cycle,direction,pulse,conductance").splitlines()
    turned = "\n".join([rows[0], *sorted(rows[1:], key=lambda r: r[::-1])]) + "\n"
    m = read_ramps(write(turned))
    assert m.cells == ["7"] and sorted(r.up for r in m.ramps) == [False, False, True, True]
    for r in m.ramps:
        np.testing.assert_array_equal(r.g, UP if r.up else DOWN)
    text = "pulse,resistance (kohm)\n" + "".join(f"{k},{1e-3 / g}\n" for k, g in enumerate(UP))
    np.testing.assert_allclose(read_ramps(write(text)).ramps[0].g, UP, rtol=1e-14)
    text = "pulse,current (nA),read voltage (mV)\n" + "".join(
        f"{k},{g * (0.1 + 0.05 * (k % 2)) * 1e9},{100 + 50 * (k % 2)}\n" for k, g in enumerate(UP)
    )
    np.testing.assert_allclose(read_ramps(write(text)).ramps[0].g, UP, rtol=1e-14)


def test_a_missing_pulse_is_a_gap_and_an_empty_field_too(write):
    rows = [f"{k},{g}" for k, g in enumerate(UP) if k != 2]
    rows[3] = rows[3].split(",")[0] + ","
    g = read_ramps(write("pulse,conductance\n" + "\n".join(rows) + "\n")).ramps[0].g
    assert len(g) == len(UP)
    assert np.flatnonzero(np.isnan(g)).tolist() == [2, 4]


def test_pulse_numbers_that_start_again_begin_a_new_ramp(write):
    rows = [f"{k},{g}" for y in (UP, UP, DOWN) for k, g in enumerate(y)]
    m = read_ramps(write("pulse,conductance\n" + "\n".join(rows) + "\n"))
    assert [r.up for r in m.ramps] == [True, True, False]


def test_a_series_that_rises_and_falls_is_cut_at_its_turns(write):
    m = read_ramps(write(wide([np.concatenate([UP, DOWN, UP])], ["G"])))
    assert [r.up for r in m.ramps] == [True, False, True]
    assert any("cut at their turns" in n for n in m.notes)


def test_separators_decimal_commas_marks_and_encodings(write):
    def comma(x):
        return str(x).replace(".", ",")

    semicolons = write(wide([UP, DOWN], ["a", "b"], ";", comma))
    for path in (
        semicolons,
        write(wide([UP, DOWN], ["a", "b"], "\t", comma), "tabs.csv"),
        write(wide([UP, DOWN], ["a", "b"]), "mark.csv", encoding="utf-8-sig"),
        write(wide([UP, DOWN], ["a", "b"]), "wide.csv", encoding="utf-16"),
        write(wide([UP, DOWN], ["a", "b"]).replace("\n", "\r\n"), "dos.csv"),
        write("# made by an instrument\n\n" + wide([UP, DOWN], ["a", "b"]), "comment.csv"),
        write(wide([UP, DOWN], ["a", "b"]).replace(",", "   "), "blanks.txt"),
        write(wide([UP, DOWN], ["a", "b"]).split("\n", 1)[1], "bare.csv"),
        write(wide([UP, DOWN], ['"a"', '"b"']), "quoted.csv"),
        [write("a\n" + "".join(f"{g:.7f}\n".replace(".", ",") for g in y), f"column{k}.csv") for k, y in enumerate((UP, DOWN))],
        write(wide([[f"{1e6 * g} uS" for g in UP], DOWN], ["a", "b"]), "units.csv"),
    ):
        m = read_ramps(path)
        assert [r.up for r in m.ramps] == [True, False], path
        np.testing.assert_allclose(m.ramps[0].g, UP, rtol=1e-14)
    latin = write(wide([UP * 1e6], ["conductance (µS)"]).encode("latin-1"), "latin.csv")
    np.testing.assert_allclose(read_ramps(latin).ramps[0].g, UP, rtol=1e-14)


def test_mixed_units_that_are_named_simply_work(write):
    m = read_ramps(write(wide([UP * 1e6, DOWN * 1e9], ["G (uS)", "G (nS)"])))
    np.testing.assert_allclose(m.ramps[1].g, DOWN, rtol=1e-14)


def test_names_give_directions_and_a_clear_trend_overrules_them_aloud(write):
    flat = 1e-6 * np.array([1.0, 1.2, 0.9, 1.1, 1.0, 1.05])
    assert [r.up for r in read_ramps(write(wide([flat, flat], ["reset 1", "set 1"]))).ramps] == [False, True]
    steep = write(wide([np.linspace(2e-6, 1e-6, 30)], ["cycle 1"]), "my_set.csv")
    m = read_ramps(steep)
    assert not m.ramps[0].up and any("named SET but its conductance falls" in n for n in m.notes)
    assert read_ramps(steep, direction="set").ramps[0].up


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "is empty"),
        ("\n\n", "holds no values"),
        ("a,b\n", "header and no values"),
        (
            "cell,cycle,pulse,conductanse\n1,1,1,2e-6\n",
            "no column 'conductance', 'current' or 'resistance'.*did you mean 'conductance'",
        ),
        ("a,b\n1e-6,2e-6\n2e-6,oops\n", r"line 3, column 2 \('b'\): 'oops' is no number"),
        ("pulse,conductance\n1,1e-6\n2,high\n", r"line 3, column 2 \('conductance'\): 'high' is no number"),
        ("pulse,conductance\n1,1e-6\nx,2e-6\n", r"line 3, column 1 \('pulse'\): 'x' is no number"),
        ("pulse,conductance\n1,1e-6\n1.5,2e-6\n", r"line 3, column 1.*not whole"),
        ("pulse,direction,conductance\n1,sideways,1e-6\n", r"line 2, column 2 \('direction'\): 'sideways' is no direction"),
        ("cycle,pulse,conductance\n1,1,1e-6\n1,1,2e-6\n", r"line 3, column 2.*read in line 2 already"),
        ("a\n1e-6\n2e-6\n", "longest ramp has 2 reads"),
        ("a\n1e-6\n", "fewer than 2 reads"),
        ("a\n1e-6\n1e-6\n1e-6\n1e-6\n", "all conductances are equal"),
        ("a,b\n1e-6,2e-6\n2e-6,-3e-6\n3e-6,4e-6\n", r"line 3, column 2 \('b'\): negative conductance \(-3 uS\)"),
        ("a,b\n1e-6,1\n2e-6,0.9\n3e-6,0.8\n", "are the units mixed"),
        ("a\n20\n30\n40\n", "without a unit are no siemens"),
        ("pulse,conductance (furlong)\n1,1\n", "unknown unit 'furlong'"),
        ("pulse,conductance (mV)\n1,1\n", "unit is that of a voltage"),
        ("pulse,current\n1,1e-6\n2,2e-6\n", r"line 1, column 2.*give --read-voltage"),
        ("pulse,current,read voltage\n1,1e-6,0.1\n2,2e-6,0\n", r"line 3.*read voltage is 0"),
        ("pulse,G,conductance\n1,1e-6,1e-6\n", "both name the conductance"),
        ("a,b\n0,1,0,2\n", r"line 2: 4 values, but the header has 2 columns; decimal commas need semicolons"),
        ("a\n1e-6\n2e-6\ninf\n3e-6\n", r"line 4, column 1 \('a'\): the value is infinite"),
        ("a\n1 V\n2 V\n3 V\n", r"line 2, column 1.*voltage"),
        ("pulse,conductance\n1,1e-6\n2,2e-6\n900000000,3e-6\n", r"line 4.*jumps from 2 to 9"),
        (b"\x00\x01\x02\xff" * 100, "is not a text file"),
        (b"PK\x03\x04" + b"\0" * 50, "save the sheet as CSV"),
    ],
)
def test_what_is_wrong_is_said_in_one_line_with_its_place(write, text, said):
    path = write(text)
    with pytest.raises(DataError, match=said) as e:
        read_ramps(path)
    assert "\n" not in str(e.value) and path.name in str(e.value)


def test_missing_files_and_folders(tmp_path):
    with pytest.raises(DataError, match="there is no file"):
        read_ramps(tmp_path / "none.csv")
    with pytest.raises(DataError, match="is a folder"):
        read_ramps(tmp_path)
    with pytest.raises(SpecError, match="read voltage is 0"):
        read_ramps(tmp_path / "x.csv", read_voltage=0.0)
    with pytest.raises(SpecError, match="did you mean 'uS'"):
        read_ramps(tmp_path / "x.csv", unit="us")


def test_a_million_values_are_read_in_seconds(write):
    import time

    rng = np.random.default_rng(1)
    y = 1e-6 + np.cumsum(np.abs(rng.normal(1e-9, 2e-10, (2000, 500))), axis=0)
    text = ",".join(f"c{k}" for k in range(500)) + "\n" + "\n".join(",".join(f"{v:.6e}" for v in row) for row in y)
    path = write(text)
    begin = time.perf_counter()
    m = read_ramps(path)
    assert time.perf_counter() - begin < 10.0  # 1 s here; a loop over single values would take minutes for 100 MB
    assert len(m.ramps) == 500 and sum(len(r.g) for r in m.ramps) == 1_000_000
