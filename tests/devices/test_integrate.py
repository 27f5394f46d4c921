"""One variable through a pulse: closed forms, halves and wholes, and a stiff solver."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import solve_ivp

from ohmgrad.devices.integrate import make_advance
from ohmgrad.kernels.elementary import exp

few = settings(max_examples=60, deadline=None)


def growth(y, c, p):
    return c * exp(p * y)


def relax(y, c, p):
    return c * (p - y)


def hump(y, c, p):
    return -c / (0.01 + (y - p) * (y - p))


slow = make_advance(growth, 0.25)  # ln f changes by 1 over a panel where p = 4
near = make_advance(relax, 0.25)
over = make_advance(hump, 0.02)


@few
@given(slope=st.floats(0.01, 4.0), share=st.floats(0.0, 1.1), c=st.sampled_from([1.0, -1.0]), rises=st.booleans())
def test_exponential_speed_follows_its_closed_form(slope, share, c, rises):
    window = min(6.9 / slope, 6.0)  # the speed changes at most a thousandfold
    s, length = (slope if rises else -slope), 0.0 if c > 0 else window
    whole = abs(math.expm1(-s * window)) / slope  # seconds from bound to bound
    left = math.exp(-s * length) - s * c * share * whole  # e^(−s y) = e^(−s y₀) − s c t
    exact = min(max(-math.log(left) / s, 0.0), window) if share < 1.0 and left > 0 else window - length
    assert slow(length, share * whole, window - length, c, s) == pytest.approx(exact, rel=0, abs=1e-6 * window)


def test_the_error_stays_below_the_stated_tolerance_at_the_steepest_speed_allowed():
    t = 0.25 * np.append(np.geomspace(1e-9, 0.99, 400), 0.999)  # a runaway: dy/dt = e^(4 y), over at t = 1/4
    got = np.array([slow(0.0, x, 2.0, 1.0, 4.0) for x in t])
    exact = np.minimum(-np.log(1 - 4 * t) / 4, 2.0)
    assert np.abs(got - exact).max() < 1e-6 * 2.0
    assert got[-1] > 1.7  # e^(4·1.7) = 900 times as fast as at the start


@few
@given(t=st.floats(0.0, 20.0), y0=st.floats(0.0, 0.65))
def test_relaxation_follows_its_closed_form(t, y0):
    end = 0.7  # ln f changes by less than 1 over the last panel
    exact = min(1 - (1 - y0) * math.exp(-t), end)
    assert near(y0, t, end, 1.0, 1.0) == pytest.approx(exact, rel=0, abs=1e-6)


@few
@given(t=st.floats(1e-3, 1.0), share=st.floats(0.01, 0.99))
def test_two_parts_of_a_pulse_are_the_whole(t, share):
    whole = slow(0.0, 0.24 * t, 2.0, 1.0, 4.0)
    parts = slow(slow(0.0, 0.24 * t * share, 2.0, 1.0, 4.0), 0.24 * t * (1 - share), 2.0, 1.0, 4.0)
    assert parts == pytest.approx(whole, rel=0, abs=1e-6 * 2.0)


def test_a_resonance_in_the_speed_agrees_with_a_stiff_solver():
    for t in (0.01, 0.1, 0.4, 1.0, 3.0):
        reference = solve_ivp(lambda _, y: [hump(y[0], 1.0, 0.5)], (0, t), [1.5], method="Radau", rtol=1e-10, atol=1e-12)
        assert over(1.5, t, -5.0, 1.0, 0.5) == pytest.approx(max(reference.y[0, -1], -5.0), rel=0, abs=6.5e-6)


def test_the_end_is_reached_exactly_and_not_left():
    assert slow(0.0, 1e9, 2.0, 1.0, 1.0) == 2.0
    assert slow(2.0, 1.0, 2.0, 1.0, 1.0) == 2.0
    assert slow(2.0, 1e9, -1.0, -1.0, 1.0) == -1.0
    assert slow(0.7, 0.0, 2.0, 1.0, 1.0) == 0.7
