"""VTEAM: thresholds, volts, widths, windows, against closed forms and SciPy."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import solve_ivp

from ohmgrad.devices.catalogue import LAWS
from ohmgrad.devices.check import check_law
from ohmgrad.devices.laws.vteam import BIOLEK, JOGLEKAR, conductance, share, speed
from ohmgrad.kernels.draws import key_at

LAW = LAWS["vteam"]
P = LAW.defaults()._replace(sigma=0.0)
few = settings(max_examples=60, deadline=None)
shares = st.floats(0.01, 0.99)
widths = st.floats(1e-9, 2e-6)


def after(x, v, t, p):
    """Share x after one pulse."""
    return share(LAW.pulse(LAW.state(conductance(x, p)), v, t, p, None, key_at(0, 0, 0, 0, 0, 0)).g, p)


@pytest.mark.parametrize("form", [0.0, 1.0, 2.0])
@few
@given(x=st.floats(0.0, 1.0))
def test_share_and_conductance_are_inverse(form, x):
    p = P._replace(map=form)
    assert share(conductance(x, p), p) == pytest.approx(x, rel=0, abs=1e-14 * p.g_max / p.g_min)
    # the three forms, written as in the paper: resistance, exponent, conductance
    r = 1 / p.g_min + x * (1 / p.g_max - 1 / p.g_min)
    paper = [1 / r, p.g_min * math.exp(x * math.log(p.g_max / p.g_min)), p.g_min + x * (p.g_max - p.g_min)]
    assert conductance(x, p) == pytest.approx(paper[int(form)], rel=1e-13, abs=0)


def test_the_speed_is_a_power_of_what_exceeds_the_threshold():
    assert speed(2 * P.v_th_set, P) == pytest.approx(1 / P.t_set_0, rel=1e-14)
    for v in (1.3, 1.7, 2.0, 3.0):
        assert speed(v, P) == pytest.approx((v / 1.2 - 1) ** 3 / 1.5e-6, rel=1e-12)
        assert speed(-v, P._replace(alpha_reset=1.0)) == pytest.approx((v / 1.2 - 1) / 1.5e-6, rel=1e-12)
    for v in (1.2, 0.6, 0.0, -1.2):
        assert speed(v, P) == 0.0


@few
@given(x=shares, t=widths, v=st.floats(1.21, 4.0))
def test_without_a_window_the_share_moves_at_constant_speed(x, t, v):
    way = (v / 1.2 - 1) ** 3 / 1.5e-6 * t
    assert after(x, v, t, P) == pytest.approx(min(x + way, 1.0), rel=0, abs=1e-12)
    assert after(x, -v, t, P) == pytest.approx(max(x - way, 0.0), rel=0, abs=1e-12)


@few
@given(x=shares, t=widths)
def test_windows_of_first_order_follow_their_closed_forms(x, t):
    c = speed(2.0, P)
    biolek, joglekar = P._replace(window=BIOLEK), P._replace(window=JOGLEKAR)
    # Biolek, SET: dx/dt = c(1 − x²), x = tanh; RESET is its mirror image. Joglekar: dx/dt = 4c·x(1 − x), logistic.
    assert after(x, 2.0, t, biolek) == pytest.approx(math.tanh(math.atanh(x) + c * t), rel=0, abs=1e-6)
    assert after(x, -2.0, t, biolek) == pytest.approx(1 - math.tanh(math.atanh(1 - x) + c * t), rel=0, abs=1e-6)
    for sign in (1, -1):
        exact = 1 / (1 + (1 - x) / x * math.exp(-4 * c * t * sign))
        assert after(x, 2.0 * sign, t, joglekar) == pytest.approx(exact, rel=0, abs=1e-6)


@pytest.mark.parametrize(("kind", "order"), [(BIOLEK, 2.0), (BIOLEK, 7.0), (JOGLEKAR, 3.0), (JOGLEKAR, 10.0)])
@pytest.mark.parametrize("v", [2.0, -2.0])
def test_windows_of_higher_order_agree_with_scipy(kind, order, v):
    p = P._replace(window=kind, order=order)
    c = speed(v, p) * math.copysign(1, v)

    def slope(_, x):
        base = 2 * x - 1 if kind == JOGLEKAR else x if v > 0 else 1 - x
        return c * (1 - base ** (2 * order))

    for x in (0.02, 0.3, 0.5, 0.9, 0.98):
        for t in (1e-8, 3e-7, 3e-6, 2e-5):
            exact = solve_ivp(slope, (0, t), [x], method="LSODA", rtol=1e-11, atol=1e-13).y[0, -1]
            assert after(x, v, t, p) == pytest.approx(exact, rel=0, abs=1e-6)


@pytest.mark.parametrize("kind", [0.0, BIOLEK, JOGLEKAR])
@few
@given(x=shares, t=widths, part=shares, v=st.sampled_from([2.0, -2.0, 2.7]))
def test_two_parts_of_a_pulse_are_the_whole(kind, x, t, part, v):
    p = P._replace(window=kind, order=2.0)
    assert after(after(x, v, part * t, p), v, (1 - part) * t, p) == pytest.approx(after(x, v, t, p), rel=0, abs=1e-6)


def test_joglekar_holds_a_cell_at_its_bound_and_biolek_does_not():
    for kind, leaves in ((JOGLEKAR, False), (BIOLEK, True)):
        p = P._replace(window=kind)
        for g, v in ((p.g_min, 2.0), (p.g_max, -2.0)):
            assert (LAW.pulse(LAW.state(g), v, 1e-7, p, None, key_at(0, 0, 0, 0, 0, 0)).g != g) is leaves


def test_a_long_pulse_ends_at_the_bound_exactly():
    for kind in (0.0, BIOLEK, JOGLEKAR):
        p = P._replace(window=kind, sigma=0.5, order=3.0)
        s = LAW.state(0.5 * (p.g_min + p.g_max))
        assert LAW.pulse(s, 3.0, 1.0, p, None, key_at(0, 0, 0, 0, 0, 0)).g == p.g_max
        assert LAW.pulse(s, -3.0, 1.0, p, None, key_at(0, 0, 0, 0, 0, 0)).g == p.g_min


@pytest.mark.parametrize("kind", [0.0, BIOLEK])
@pytest.mark.parametrize("form", [0.0, 1.0, 2.0])
def test_every_form_and_window_passes_the_check(form, kind):
    p = LAW.defaults()._replace(map=form, window=kind, order=2.0)
    check_law(LAW, p, n=1000)
    s, n = LAW.state(p.g_min), 0
    goal = 0.6 * p.g_max
    while s.g < goal:
        s, n = LAW.pulse(s, p.v_set, 5e-8, p._replace(sigma=0.0), None, key_at(0, 0, 0, 0, 0, 0)), n + 1
    assert n - 1 <= LAW.pulses_needed(p.g_min, goal, 5e-8, p, None) <= n


def test_linear_conductance_without_window_takes_equal_steps():
    p = P._replace(**LAW.switches["nonlinearity"])
    steps = [LAW.mean_step(LAW.state(g), 2.0, 1e-8, p, None) for g in np.linspace(p.g_min, 0.9 * p.g_max, 9)]
    assert steps == pytest.approx([steps[0]] * 9, rel=1e-9)


def test_contradictions_are_named():
    assert "map = 2" in LAW.checks(P._replace(g_min=0.0))[0]
    assert LAW.checks(P._replace(g_min=0.0, map=2.0)) == []
    assert "window (0.5) must be a whole number" in LAW.checks(P._replace(window=0.5))[0]
