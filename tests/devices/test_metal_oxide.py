"""Metal-oxide cells: published steps, amplitude and width, thresholds that differ from cell to cell."""

import math

import numpy as np
import pytest

from ohmgrad.devices.catalogue import LAWS
from ohmgrad.devices.check import check_law
from ohmgrad.devices.variation import Variation, vary
from ohmgrad.kernels.draw_loop import fill_normal
from ohmgrad.kernels.draws import DEVICE, key_at

LAW = LAWS["metal-oxide"]
P = LAW.defaults()
T = P.t_nominal
KEY = key_at(1, 0, 0, 0, 0, 0)
QUIET = P._replace(sigma=0.0)


def after(g, v, t=T, p=QUIET):
    """Conductance after one pulse without spread."""
    return LAW.pulse(LAW.start(g, p), v, t, p, None, KEY).g


@pytest.mark.parametrize(("g", "up", "down"), [(20e-6, 60e-6, -5e-6), (65e-6, 24e-6, -55e-6)])
def test_the_defaults_take_the_four_published_steps(g, up, down):
    assert after(g, 1.3) - g == pytest.approx(up, rel=1e-12, abs=0)
    assert after(g, -1.3) - g == pytest.approx(down, rel=1e-12, abs=0)


def test_set_ends_at_95_microsiemens_and_one_reset_goes_to_the_bottom():
    g = P.g_min
    for _ in range(60):
        g = after(g, 1.3)
    assert g == pytest.approx(95e-6, rel=1e-12)
    for start in (20e-6, 64e-6, 100e-6):  # 15.5 µS − (g − 15.5 µS)/9, clipped
        down = after(start, -1.3)
        assert down == pytest.approx(max(15.5e-6 - (start - 15.5e-6) / 9, 10e-6), rel=1e-12)
        assert after(down, -1.3) == down


def test_the_amplitude_follows_the_exponential_above_threshold():
    for v in (0.95, 1.0, 1.1, 1.2, 1.3, 1.4):  # U(40 µS) = 44 µS, D(40 µS) = 24.5·10/9 µS
        strength = math.expm1((v - 0.9) / 0.2) / math.expm1(0.4 / 0.2)
        s = LAW.start(40e-6, P)
        assert LAW.mean_step(s, v, T, P, None) == pytest.approx(strength * (68e-6 - 0.8 * 30e-6), rel=1e-12, abs=0)
        assert LAW.mean_step(s, -v, T, P, None) == pytest.approx(-strength * (40e-6 - 15.5e-6) * 10 / 9, rel=1e-12, abs=0)
        assert LAW.spread(s, v, T, P, None) == pytest.approx(0.3 * LAW.mean_step(s, v, T, P, None), rel=1e-12, abs=0)


def test_set_and_reset_have_constants_of_their_own():
    q = P._replace(v_th_set=1.0, v_0_set=0.1, v_th_reset=0.7, v_0_reset=0.4, v_reset=1.5)
    s = LAW.start(40e-6, q)
    up, down = LAW.mean_step(s, 1.15, T, q, None), LAW.mean_step(s, -1.15, T, q, None)
    assert up == pytest.approx(44e-6 * math.expm1(1.5) / math.expm1(3.0), rel=1e-12, abs=0)
    assert down == pytest.approx(-24.5e-6 * 10 / 9 * math.expm1(0.45 / 0.4) / math.expm1(2.0), rel=1e-12, abs=0)
    assert LAW.mean_step(s, 0.95, T, q, None) == 0.0 and LAW.mean_step(s, -0.95, T, q, None) < 0


def test_a_tiny_v_0_does_not_overflow():
    q = P._replace(v_0_set=0.005, v_0_reset=0.005, v_set=9.0, v_reset=9.0, v_full=20.0)
    s = LAW.start(40e-6, q)
    assert LAW.mean_step(s, 9.0, T, q, None) == pytest.approx(44e-6, rel=1e-12, abs=0)
    assert 0 <= LAW.mean_step(s, 8.9, T, q, None) < 44e-6 * 1e-8


def test_a_longer_pulse_steps_in_proportion():
    whole = after(20e-6, 1.3) - 20e-6
    for share in (0.01, 0.5, 1.1):
        assert after(20e-6, 1.3, share * T) - 20e-6 == pytest.approx(share * whole, rel=1e-12, abs=0)
    up, down = LAW.nominal_step(T, T, P, None)
    assert LAW.nominal_step(2 * T, 3 * T, P, None) == (pytest.approx(2 * up), pytest.approx(3 * down))


@pytest.mark.parametrize("v", [0.0, 0.65, 0.9, -0.65, -0.9])
def test_nothing_at_all_happens_up_to_the_threshold(v):
    loud = P._replace(sigma=3.0, sigma_abs=1e-5, sigma_g=1.0)
    for g in (P.g_min, 40e-6, P.g_max):
        s = LAW.start(g, loud)
        for k in range(20):
            assert LAW.pulse(s, v, 100 * T, loud, None, key_at(1, 0, k, 0, 0, 0)) == s
        assert LAW.mean_step(s, v, T, loud, None) == 0.0 == LAW.spread(s, v, T, loud, None)


def thresholds(cells, sigma):
    """Cells whose thresholds differ."""

    def draw(n, k):
        out = np.empty(n)
        fill_normal(out, 11, 0, 0, DEVICE * 256, k)
        return out

    names = ("v_th_set", "v_th_reset")
    up, down = (vary(LAW, 0.9, name, Variation(sigma), draw(cells, k)) for k, name in enumerate(names))
    return [P._replace(sigma=0.0, v_th_set=a, v_th_reset=b) for a, b in zip(up.tolist(), down.tolist(), strict=True)]


def test_four_cells_at_rising_amplitudes():
    """As in the textbook's figure: larger amplitude, larger step; each cell from a threshold of its own."""
    cells = thresholds(4, 0.06)
    volts = np.arange(0.6, 1.29, 0.02)
    for way in (1, -1):
        first = []
        for q in cells:
            steps = np.array([way * (after(35e-6, way * v, T / 10, q) - 35e-6) for v in volts])
            moved = steps > 0
            threshold = q.v_th_set if way > 0 else q.v_th_reset
            np.testing.assert_array_equal(moved, volts > threshold)
            assert (np.diff(steps[moved]) > 0).all() and moved.sum() > 5
            first.append(threshold)
        assert len(set(first)) == 4


def test_half_selection_leaves_every_cell_alone():
    """The spread of the thresholds stays far enough from V/2: 0.9 V ± 6 % is 4.6 standard deviations above 0.65 V."""
    cells = thresholds(1000, 0.06)
    for q in cells:
        s = LAW.start(35e-6, q)
        for v in (0.65, -0.65):
            assert LAW.pulse(s, v, T, q, None, KEY) == s


def test_20000_pulses_have_the_declared_mean_and_spread():
    q = P._replace(step_set=2e-6, step_reset=3e-6, sigma=0.4, t_nominal=1e-7)
    check_law(LAW, q, n=20_000)
    check_law(LAW, P, n=20_000)
