"""Floating gate: n pulses in closed form, volts against width, erase."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ohmgrad.devices.catalogue import LAWS
from ohmgrad.devices.check import check_law
from ohmgrad.kernels.draws import key_at

LAW = LAWS["flash"]
P = LAW.defaults()._replace(sigma=0.0)
few = settings(max_examples=60, deadline=None)
KEY = key_at(0, 0, 0, 0, 0, 0)


def shift(g):
    """Threshold shift (volts) at conductance g."""
    return P.v_window * (g - P.g_min) / (P.g_max - P.g_min)


@few
@given(n=st.integers(1, 100), v=st.floats(12.0, 14.0), t=st.floats(1e-6, 2e-5))
def test_n_pulses_raise_the_exponential_of_the_shift_linearly(n, v, t):
    s = LAW.start(P.g_min, P)
    for _ in range(n):
        s = LAW.pulse(s, v, t, P, None, KEY)
    exact = P.v_c * math.log(1 + n * t / (P.tau * math.exp(-(v - P.v_set) / P.v_tau)))
    assert exact < P.v_window
    assert shift(s.g) == pytest.approx(exact, rel=1e-11, abs=0)
    assert LAW.pulse(LAW.start(P.g_min, P), v, n * t, P, None, KEY).g == pytest.approx(s.g, rel=1e-11, abs=0)


def test_the_transient_is_the_solution_of_its_equation():
    # dΔV/dt = (v_c/τ)·e^(−ΔV/v_c), by small steps of fourth order
    slope = lambda x: P.v_c / P.tau * math.exp(-x / P.v_c)  # noqa: E731
    x, h = 0.0, 1e-6
    for _ in range(500):
        a = slope(x)
        b = slope(x + 0.5 * h * a)
        c = slope(x + 0.5 * h * b)
        x += h / 6 * (a + 2 * b + 2 * c + slope(x + h * c))
    s = LAW.pulse(LAW.start(P.g_min, P), P.v_set, 5e-4, P, None, KEY)
    assert shift(s.g) == pytest.approx(x, rel=1e-10)


def test_volts_buy_time_exponentially():
    s = LAW.state(2e-6)
    for dv in (0.1, 0.7, 1.5):
        short = LAW.mean_step(s, P.v_set + dv, 1e-6, P, None)
        long = LAW.mean_step(s, P.v_set, 1e-6 * math.exp(dv / P.v_tau), P, None)
        assert short == pytest.approx(long, rel=1e-12, abs=0)


def test_pulses_needed_is_exact():
    for share in (0.1, 0.5, 0.9):
        goal = P.g_min + share * (P.g_max - P.g_min)
        n = LAW.pulses_needed(P.g_min, goal, 20e-6, P, None)
        assert n == pytest.approx(10 * math.expm1(share * P.v_window / P.v_c), rel=1e-12)  # τ/t = 10
        at = LAW.pulse(LAW.start(P.g_min, P), P.v_set, n * 20e-6, P, None, KEY).g
        assert at == pytest.approx(goal, rel=1e-12, abs=0)
    assert LAW.pulses_needed(P.g_min, 1.01 * P.g_max, 20e-6, P, None) == math.inf


def test_an_erase_is_abrupt_whatever_its_width_and_nothing_moves_below_threshold():
    s = LAW.state(7e-6)
    for v in (-P.v_th_reset, -P.v_reset, -P.v_full):
        assert LAW.pulse(s, v, 1e-9, P, None, KEY) == LAW.start(P.g_min, P)
    for v in (0.5 * P.v_set, -0.5 * P.v_reset, 8.9, -8.9):
        assert LAW.pulse(s, v, 1.0, P, None, KEY) == s
    assert not LAW.can_go_down


def test_the_window_bounds_and_spread_is_relative_to_the_step():
    p = LAW.defaults()._replace(sigma=0.2)
    check_law(LAW, p, n=2000)
    assert LAW.pulse(LAW.state(5e-6), p.v_set, 1.0, p, None, KEY).g == p.g_max
    s = LAW.state(3e-6)
    after = np.array([LAW.pulse(s, p.v_set, 20e-6, p, None, key_at(1, 0, k, 0, 0, 0)).g for k in range(4000)]) - s.g
    mean = LAW.mean_step(s, p.v_set, 20e-6, p, None)
    assert abs(after.mean() - mean) < 5 * 0.2 * mean / math.sqrt(4000)
    assert abs(after.std() - 0.2 * mean) < 5 * 0.2 * mean / math.sqrt(8000)
