"""Jumps from a table: their distribution, exact moments, measured cells, and tables that cannot be."""

import math
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from ohmgrad.devices.catalogue import LAWS
from ohmgrad.devices.check import check_law
from ohmgrad.devices.laws.jump_table import jump_table, moments, read_table
from ohmgrad.errors import DataError
from ohmgrad.kernels.compiled import compiled, inline
from ohmgrad.kernels.draws import key_at

LAW = LAWS["jump-table"]
MEASURED = Path(__file__).resolve().parents[3] / "shared" / "data" / "devices" / "taox41_lut51.npz"
T = 1e-7
N = 20_000
GRID = np.linspace(1e-6, 9e-6, 9)
LEVELS = np.array([-0.2, 0.1, 0.3, 0.5, 1.4]) * 1e-6  # skewed, sometimes the wrong way
FALL = np.linspace(1.0, 0.5, 9)
# two measured cells: the second steps half as far on a wider grid
GRIDS = np.array([[GRID, GRID], [2 * GRID, 2 * GRID]])
STEPS = (
    np.array([[np.outer(LEVELS, FALL), np.outer(-LEVELS[::-1], FALL[::-1])]] * 2) * np.array([1.0, 0.5])[:, None, None, None]
)
TABLE = jump_table(GRIDS, STEPS)
P = LAW.defaults()._replace(g_min=0.5e-6, g_max=20e-6)
_pulse, _State = inline(LAW.pulse), LAW.state


@compiled
def _pulses(out, g, v, p, tab):
    for c in range(out.shape[0]):
        out[c] = _pulse(_State(g), v, 1e-7, p, tab, key_at(7, 0, c, 0, 0, 0)).g - g


def jumps(g, v, p, tab, n=N):
    """Changes of n cells at `g` by one pulse each (siemens)."""
    out = np.empty(n)
    _pulses(out, g, v, p, tab)
    return out


def quantile(u, g, v, cell=0):
    """The step that a share u stays below, by NumPy's interpolation."""
    steps = STEPS[cell, 0 if v > 0 else 1]
    at_g = [np.interp(g, GRIDS[cell, 0], row) for row in steps]
    return np.interp(u, np.linspace(0, 1, len(at_g)), at_g)


@pytest.fixture(scope="module")
def measured():
    """The table of 41 measured TaOx cells."""
    if not MEASURED.is_file():
        pytest.skip(f"the measured cells are not here: {MEASURED}")
    return read_table(MEASURED)


@pytest.mark.parametrize("cell", [0, 1])
@pytest.mark.parametrize("g", [3e-6, 4.3e-6, 6.7e-6])
def test_steps_have_the_distribution_of_the_table(g, cell):
    p = P._replace(which=cell + 0.7)
    for v in (p.v_set, -p.v_reset):
        levels = quantile(np.linspace(0, 1, 5), g, v, cell)
        test = stats.kstest(jumps(g, v, p, TABLE), lambda x, levels=levels: np.interp(x, levels, np.linspace(0, 1, 5)))
        assert test.statistic < 1.95 / math.sqrt(N)  # probability of more: 1e-3, for draws that stay as they are
        other = quantile(np.linspace(0, 1, 5), g, v, 1 - cell)
        wrong = stats.kstest(jumps(g, v, p, TABLE), lambda x, levels=other: np.interp(x, levels, np.linspace(0, 1, 5)))
        assert wrong.statistic > 0.05  # the test can tell the cells apart


def test_each_step_is_the_inverse_of_its_uniform_draw():
    from ohmgrad.kernels.draws import uniform

    for c in range(200):
        key, g = key_at(7, 0, c, 0, 0, 0), 2e-6 + 3e-8 * c
        for v in (P.v_set, -P.v_reset):
            got = LAW.pulse(LAW.state(g), v, T, P, TABLE, key).g - g
            low, high = GRID[0] - g, GRID[-1] - g
            expected = np.clip(quantile(uniform(key, 0), g, v), low, high)
            assert got == pytest.approx(expected, rel=0, abs=1e-20)


@pytest.mark.parametrize("g", [0.6e-6, 1e-6, 1.05e-6, 4.3e-6, 8.7e-6, 9e-6, 12e-6])
@pytest.mark.parametrize("a", [0.4, 1.0, 1.7])
def test_moments_are_those_of_the_clipped_steps(g, a):
    """Against a million equal slices of the levels: the midpoint rule errs by less than (jump/10⁶)² where clipped or bent."""
    u = (np.arange(1_000_000) + 0.5) / 1_000_000
    for sign in (1, -1):
        steps = np.clip(a * quantile(u, g, sign), min(GRID[0] - g, 0), max(GRID[-1] - g, 0))
        mean, sd = moments(g, sign * a, P, TABLE)
        assert mean == pytest.approx(steps.mean(), rel=0, abs=1e-15)
        assert sd == pytest.approx(steps.std(), rel=0, abs=1e-14)
        v = (P.v_th_set + a * (P.v_set - P.v_th_set)) * sign
        if abs(v) < P.v_full:
            s = LAW.state(g)
            assert LAW.mean_step(s, v, T, P, TABLE) == pytest.approx(mean, rel=1e-9, abs=1e-20)
            assert LAW.spread(s, v, T, P, TABLE) == pytest.approx(sd, rel=1e-9, abs=1e-20)


def test_moments_are_those_of_the_pulses():
    for g in (1.1e-6, 4.3e-6, 8.8e-6):
        for v in (P.v_set, -P.v_reset):
            got, s = jumps(g, v, P, TABLE), LAW.state(g)
            mean, sd = LAW.mean_step(s, v, T, P, TABLE), LAW.spread(s, v, T, P, TABLE)
            kurtosis = ((got - got.mean()) ** 4).mean() / got.var() ** 2
            assert abs(got.mean() - mean) < 5 * sd / math.sqrt(N)
            assert abs(got.std() - sd) < 5 * sd * math.sqrt((kurtosis - 1) / (4 * N))


def test_narrow_steps_keep_the_digits_of_their_spread():
    steps = np.full((1, 2, 3, 9), 5e-7) + np.array([-1e-13, 0, 1e-13])[:, None]
    steps[:, 1] *= -1
    table = jump_table(GRIDS[:1], np.sort(steps, axis=2))
    mean, sd = moments(4e-6, 1.0, P, table)
    assert mean == pytest.approx(5e-7, rel=1e-14) and sd == pytest.approx(1e-13 / math.sqrt(3), rel=1e-6)
    same = jump_table(GRIDS[:1], np.full((1, 2, 3, 9), 5e-7))
    assert moments(4e-6, 1.0, P, same)[1] == 0.0


def test_no_cell_leaves_its_own_grid_and_none_is_pulled_in():
    wide = TABLE.copy()
    wide[2:7] *= 30
    wide[8:13] *= 30
    assert jumps(3e-6, P.v_set, P, wide).max() + 3e-6 == pytest.approx(9e-6, rel=1e-12)
    assert jumps(3e-6, -P.v_reset, P, wide).min() + 3e-6 == pytest.approx(1e-6, rel=1e-12)
    outside = jumps(15e-6, P.v_set, P, TABLE)  # above the grid: no further up, and down by steps, not by a pull
    assert outside.max() == 0 and outside.min() > -0.2e-6
    assert (15e-6 + jumps(15e-6, P.v_set, P._replace(g_max=14e-6), TABLE) <= 14e-6).all()
    low = P._replace(g_min=2e-6, g_max=4e-6)
    assert jumps(3e-6, P.v_set, low, wide).max() + 3e-6 <= 4e-6 and jumps(3e-6, -P.v_reset, low, wide).min() + 3e-6 >= 2e-6


def test_a_full_reset_goes_to_the_lowest_conductance_of_the_cell():
    for p, end in ((P, 1e-6), (P._replace(which=1.0), 2e-6), (P._replace(g_min=3e-6), 3e-6)):
        assert LAW.pulse(LAW.state(8e-6), -p.v_full, T, p, TABLE, key_at(1, 0, 0, 0, 0, 0)).g == end


def test_which_is_held_within_the_table():
    def mean(which):
        return LAW.mean_step(LAW.state(4e-6), P.v_set, T, P._replace(which=which), TABLE)

    assert mean(0.99) == mean(0.0) != mean(1.0) == mean(1.999) == mean(2.0) == mean(1e6)


def test_without_randomness_each_step_is_its_mean():
    p = P._replace(**LAW.switches["cycle-to-cycle"])
    for g in (1.1e-6, 4.3e-6, 8.9e-6):
        for v in (p.v_set, -p.v_reset):
            s = LAW.state(g)
            assert np.ptp(jumps(g, v, p, TABLE, 50)) == 0
            assert jumps(g, v, p, TABLE, 1)[0] == pytest.approx(LAW.mean_step(s, v, T, P, TABLE), rel=1e-9, abs=0)
            assert LAW.spread(s, v, T, p, TABLE) == 0.0


@pytest.mark.parametrize("cell", [0, 1])
def test_the_nominal_step_is_the_mean_over_the_grid(cell):
    p = P._replace(which=float(cell))
    up, down = LAW.nominal_step(T, T, p, TABLE)
    means = [np.mean([LAW.mean_step(LAW.state(g), v, T, p, TABLE) for g in GRIDS[cell, 0]]) for v in (p.v_set, -p.v_reset)]
    assert (up, down) == (pytest.approx(means[0], rel=1e-12), pytest.approx(-means[1], rel=1e-12))


def test_the_law_passes_its_check():
    kind = np.array([0.0, 0.1, 0.3, 0.5, 1.0]) * 1e-6
    steps = np.array([[np.outer(kind, FALL), np.outer(-kind[::-1], FALL[::-1])]])
    check_law(LAW, P._replace(g_min=1e-6, g_max=9e-6), jump_table(GRIDS[:1], steps), n=N)


# ---- tables ----------------------------------------------------------------------------------------------------------------


def archive(path, **changes):
    arrays = {"G": GRIDS, "cdf": np.linspace(0, 1, 5), "dG": STEPS} | changes
    np.savez(path, **{k: v for k, v in arrays.items() if v is not None})
    return path


def test_npz_csv_and_lists_give_the_same_table(tmp_path):
    np.savetxt(tmp_path / "t.csv", TABLE, delimiter=",", fmt="%.17g")
    for source in (archive(tmp_path / "t.npz"), str(tmp_path / "t.npz"), tmp_path / "t.csv", TABLE.tolist()):
        got = read_table(source)
        np.testing.assert_array_equal(got, TABLE)
        assert got.dtype == np.float64 and got.flags.c_contiguous


BAD_ARCHIVES = {
    "has no array 'cdf'": {"cdf": None},
    "shapes must be": {"dG": STEPS[:, :1]},
    "must be G (cells, 2, points)": {"G": GRIDS[:, :, :, None]},
    "cdf must rise from 0 to 1 in even steps": {"cdf": np.linspace(0.1, 1, 5)},
    "in even steps": {"cdf": np.linspace(0, 1, 5) ** 2},
    "cannot be read as .npz": {"dG": np.array([{"no": "numbers"}])},
    "grid of cell 0, SET must rise": {"G": GRIDS[..., ::-1]},
    "grid of cell 1, RESET must rise": {"G": GRIDS * [[[1.0], [1.0]], [[1.0], [-1.0]]]},
    "two finite numbers": {"dG": STEPS * np.nan},
    "highest level of cell 0, SET lies below": {"dG": STEPS[:, :, ::-1]},
    "mean step of cell 0, SET has the wrong sign": {"dG": STEPS[:, ::-1]},
}


@pytest.mark.parametrize("words", BAD_ARCHIVES)
def test_an_archive_that_cannot_be_is_refused(tmp_path, words):
    file = archive(tmp_path / "bad.npz", **BAD_ARCHIVES[words])
    with pytest.raises(DataError) as caught:
        read_table(file)
    assert words in str(caught.value) and str(file) in str(caught.value) and "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ([[1.0, 2.0], [1e-6, 2e-6]], "it gives 1 and 2, with 2 rows"),
        ([[0.0, 2.0]], "it gives 0 and 2"),
        ([[1.5, 2.0], *[[1e-6, 2e-6]] * 6], "it gives 1.5 and 2"),
        ([[1.0, 2.0, 3.0], *[[1e-6, 2e-6, 3e-6]] * 6], "then zeros"),
        ([[1.0], [2.0]], "two finite numbers"),
        ([[1.0, 2.0], [1.0]], "cannot be read"),
    ],
)
def test_rows_that_are_no_jump_table_are_refused(value, words):
    with pytest.raises(DataError, match=r"^device\.table: ") as caught:
        read_table(value)
    assert words in str(caught.value) and "\n" not in str(caught.value)


@pytest.mark.parametrize("content", [b"", b"G,cdf\n", b"PK\x03\x04 broken"])
def test_a_file_that_is_no_archive_is_refused(tmp_path, content):
    file = tmp_path / "no.npz"
    file.write_bytes(content)
    for name in (file, tmp_path / "missing.npz"):
        with pytest.raises(DataError, match="cannot be read") as caught:
            read_table(name)
        assert "\n" not in str(caught.value)


# ---- measured cells --------------------------------------------------------------------------------------------------------


def window(table, cell):
    grid = table[1 + 2 * cell * 52]
    return grid[0], grid[-1]


def test_measured_cells_are_read(measured):
    assert measured.shape == (1 + 41 * 2 * 52, 51) and measured[0, :2].tolist() == [41, 51]


@pytest.mark.parametrize("cell", [0, 7, 22, 40])
def test_measured_cells_step_as_measured(measured, cell):
    low, high = window(measured, cell)
    p = LAW.defaults()._replace(g_min=low, g_max=high, which=float(cell))
    for share in (0.1, 0.5, 0.83):
        g = low + share * (high - low)
        for v in (p.v_set, -p.v_reset):
            got, s = jumps(g, v, p, measured), LAW.state(g)
            mean, sd = LAW.mean_step(s, v, T, p, measured), LAW.spread(s, v, T, p, measured)
            if sd == 0:  # every jump ends at the end of the window
                assert np.ptp(got) == 0 and got[0] == pytest.approx(mean, rel=1e-12) and v > 0
                continue
            kurtosis = ((got - got.mean()) ** 4).mean() / got.var() ** 2
            assert abs(got.mean() - mean) < 5 * sd / math.sqrt(N)
            assert abs(got.std() - sd) < 5 * sd * math.sqrt((kurtosis - 1) / (4 * N))
            assert low <= g + got.min() and g + got.max() <= high


def test_set_crosses_the_window_in_one_pulse_and_reset_in_sixteen(measured):
    """Median over the cells of the pulses for 80 % of the window, along the mean path."""
    counts = {1: [], -1: []}
    for cell in range(41):
        low, high = window(measured, cell)
        p = LAW.defaults()._replace(g_min=low, g_max=high, which=float(cell), random=0.0)
        for way, v in ((1, p.v_set), (-1, -p.v_reset)):
            s, n = LAW.state(low if way > 0 else high), 0
            start = s.g
            while way * (s.g - start) < 0.8 * (high - low) and n < 500:
                s, n = LAW.pulse(s, v, T, p, measured, key_at(0, 0, 0, 0, n, 0)), n + 1
            counts[way].append(n)
    assert np.median(counts[1]) == 1
    assert np.median(counts[-1]) == pytest.approx(16, abs=1)
