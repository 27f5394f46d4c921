"""The exponential step against its formula in weight units, as published."""

import math

import numpy as np
import pytest

from ohmgrad.devices.catalogue import LAWS
from ohmgrad.devices.check import check_law
from ohmgrad.kernels.draws import key_at

LAW = LAWS["exponential-step"]
T = 1e-7
# the fit to the RRAM cells, as the kit prints it: weights in −1 … 1
DW, UP_DOWN, A, B, GAMMA, A_UP, A_DOWN = 0.00135, 0.259359, -0.5, -0.5, 5.0, -1.18445, -0.081404


def weight_step(w, up):
    """One mean pulse in weight units, bounds ±1."""
    z = 2 * A * w / 2 + B
    if up:
        return DW * max(1 - A_UP * math.exp(GAMMA * z), 0)
    return -DW * (1 - UP_DOWN) * max(1 - A_DOWN * math.exp(-GAMMA * z), 0)


@pytest.mark.parametrize("w", np.linspace(-1, 1, 21))
def test_the_defaults_step_as_the_published_fit_does(w):
    p = LAW.defaults()
    half = (p.g_max - p.g_min) / 2  # siemens for a weight of 1
    s = LAW.start(p.g_min + (1 + w) * half, p)
    for volts, up in ((p.v_set, True), (-p.v_reset, False)):
        # the defaults are rounded to 6 digits
        assert LAW.mean_step(s, volts, T, p, None) == pytest.approx(weight_step(w, up) * half, rel=1e-6, abs=0)
        assert LAW.spread(s, volts, T, p, None) == pytest.approx(5 * abs(weight_step(w, up)) * half, rel=1e-6, abs=0)


def test_the_shape_of_the_fitted_cells():
    """SET shrinks from 2.18 to 1.01 scales across the window; RESET from 14.2 to 1.08 the other way: A·e^(2.5·…) by hand."""
    p = LAW.defaults()
    low, high = LAW.start(p.g_min, p), LAW.start(p.g_max, p)
    up = [LAW.mean_step(s, p.v_set, T, p, None) / p.step_set for s in (low, high)]
    down = [-LAW.mean_step(s, -p.v_reset, T, p, None) / p.step_reset for s in (low, high)]
    np.testing.assert_allclose(up, [1 + 1.18445, 1 + 1.18445 * math.exp(-5)], rtol=1e-12)
    np.testing.assert_allclose(down, [1 + 0.081404, 1 + 0.081404 * math.exp(5)], rtol=1e-12)


def test_steps_end_where_the_exponential_reaches_one():
    p = LAW.defaults()._replace(A_up=0.5, A_down=0.25, a=0.5, b=0.1, gamma_up=4.0, gamma_down=6.0, sigma=0.0)
    window = p.g_max - p.g_min

    def at(z):
        return LAW.start(p.g_min + window * ((z - p.b) / p.a + 1) / 2, p)

    end_up, end_down = math.log(1 / 0.5) / 4, -math.log(1 / 0.25) / 6  # both within −0.4 … 0.6
    for end, volts, way in ((end_up, p.v_set, 1), (end_down, -p.v_reset, -1)):
        beyond, before = at(end + way * 1e-6), at(end - way * 1e-3)
        assert LAW.mean_step(beyond, volts, T, p, None) == 0
        assert LAW.pulse(beyond, volts, T, p, None, key_at(1, 0, 0, 0, 0, 0)) == beyond
        assert way * LAW.mean_step(before, volts, T, p, None) > 0
    assert LAW.pulses_needed(p.g_min, at(end_up + 0.1).g, T, p, None) == math.inf


def test_without_exponential_it_is_the_linear_cell():
    p = LAW.defaults()._replace(A_up=0.0, A_down=0.0)
    for share in (0.0, 0.3, 1.0):
        s = LAW.start(p.g_min + share * (p.g_max - p.g_min), p)
        assert LAW.mean_step(s, p.v_set, T, p, None) == p.step_set
        assert LAW.mean_step(s, -p.v_reset, T, p, None) == -p.step_reset


def test_the_extremes_of_the_declared_ranges_stay_finite():
    p = LAW.defaults()
    limits = {n: LAW.declared[n] for n in ("A_up", "A_down", "gamma_up", "gamma_down", "a", "b")}
    for k in range(64):
        q = p._replace(**{n: (d.low, d.high)[k >> i & 1] for i, (n, d) in enumerate(limits.items())})
        for g in (p.g_min, p.g_max):
            s = LAW.start(g, q)
            assert math.isfinite(LAW.mean_step(s, q.v_set, T, q, None)) and math.isfinite(
                LAW.mean_step(s, -q.v_reset, T, q, None)
            )


def test_20000_pulses_have_the_declared_mean_and_spread():
    check_law(LAW, n=20_000)
    check_law(LAW, LAW.defaults()._replace(A_up=0.3, A_down=0.2, a=0.3, b=0.0, sigma=0.4), n=20_000)
