"""Stanford-PKU: the published constants, SciPy's stiff solver on the equation as printed, gradual steps, disturb."""

import math

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from ohmgrad.devices.catalogue import LAWS
from ohmgrad.devices.check import check_law
from ohmgrad.devices.laws.stanford_pku import gap, opened
from ohmgrad.kernels.draws import key_at

LAW = LAWS["stanford-pku"]
P = LAW.defaults()._replace(sigma=0.0)
WIDE = P._replace(g_min=4e-3 * math.exp(-1.7 / 0.25), g_max=4e-3 * math.exp(-0.2 / 0.25))  # the published gaps, 0.2 … 1.7 nm
NM, K, Q = 1e-9, 1.380649e-23, 1.602176634e-19


def velocity(x, v):
    """dx/dt (m/s) at gap x (m) as the papers print it, with the constants of the Verilog-A model 1.0.0."""
    i = 1e-3 * math.exp(-x / 0.25e-9) * math.sinh(v / 0.25)
    temperature = 298 + abs(v * i) * 2.1e3
    gamma = 16 - 0.8 * (x / NM) ** 3
    field = gamma * 0.25e-9 / 12e-9 * Q * v / (K * temperature)
    return -10 * math.exp(-0.6 * Q / (K * temperature)) * math.sinh(field)


def reference(x, v, t, low, high):
    """Gap after the pulse by an implicit solver (times in units of t), stopped at the bounds."""

    def out(_, y):
        return (y[0] * NM - low) * (high - y[0] * NM) / NM**2 + 1e-12

    out.terminal = True
    run = solve_ivp(
        lambda _, y: [velocity(y[0] * NM, v) * t / NM], (0, 1), [x / NM], method="Radau", rtol=1e-9, atol=1e-11, events=out
    )
    return min(max(run.y[0, -1] * NM, low), high)


def test_the_declared_constants_are_the_published_ones():
    assert gap(WIDE.g_max, WIDE) * 0.25 == pytest.approx(0.2) and gap(WIDE.g_min, WIDE) * 0.25 == pytest.approx(1.7)
    assert pytest.approx(0.25e-9 / 10) == P.t_hop
    assert pytest.approx(0.8 * 0.25**3) == P.enhancement_slope
    assert pytest.approx(1.4e9 * 12e-9) == P.v_field
    assert 0.2 < gap(P.g_max, P) * 0.25 < gap(P.g_min, P) * 0.25 < 1.7  # the window taken here lies within the published one


@pytest.mark.parametrize("v", [0.6, 1.0, 1.3, 1.5, 2.0, 3.0, -0.6, -1.0, -1.3, -1.5, -2.0, -3.0])
def test_the_gap_agrees_with_a_stiff_solver(v):
    p = WIDE._replace(v_field=0.0)
    low, high = 0.2 * NM, 1.7 * NM
    for x in np.array([0.201, 0.5, 0.9, 1.3, 1.69]) * NM:
        for t in (1e-12, 1e-10, 1e-8, 1e-7, 1e-5):
            dy, _ = opened(4e-3 * math.exp(-x / 0.25e-9), v, t, p)
            exact = (reference(x, v, t, low, high) - x) / 0.25e-9
            assert dy == pytest.approx(exact, rel=0, abs=1e-6 * 6.0)


@pytest.mark.parametrize("v", [1.3, -1.3, 1.5, -1.5])
def test_two_parts_of_a_pulse_are_the_whole(v):
    for g in np.geomspace(1.01 * WIDE.g_min, 0.99 * WIDE.g_max, 9):
        for t in (1e-10, 1e-9, 1e-8, 1e-7):
            whole, _ = opened(g, v, t, WIDE)
            first, _ = opened(g, v, 0.3 * t, WIDE)
            second, _ = opened(g * math.exp(-first), v, 0.7 * t, WIDE)
            assert first + second == pytest.approx(whole, rel=0, abs=1e-6 * 6.0)


def test_a_reset_stops_where_the_field_gives_out():
    # γ·|V| = F_min·L at 1.2 V: γ = 14, gap (2/0.8)^(1/3) nm, whatever the width
    stop = (2 / 0.8) ** (1 / 3) / 0.25
    for t in (1e-3, 1.0):
        dy, at_bound = opened(WIDE.g_max, -1.2, t, WIDE)
        assert gap(WIDE.g_max, WIDE) + dy == pytest.approx(stop, rel=1e-9) and not at_bound
    beyond = 4e-3 * math.exp(-1.01 * stop)
    assert opened(beyond, 1.2, 1.0, WIDE) == (0.0, False) == opened(beyond, -1.2, 1.0, WIDE)


def test_a_pulse_of_the_nominal_amplitude_moves_a_cell_gradually():
    for v, g in ((P.v_set, P.g_min), (-P.v_reset, P.g_max)):
        s, path = LAW.state(g), []
        while P.g_min < s.g < P.g_max or not path:
            s = LAW.pulse(s, v, 20e-9, P, None, key_at(0, 0, 0, 0, 0, 0))
            path.append(s.g)
        assert 15 <= len(path) <= 40
        assert np.abs(np.diff([g, *path])).max() < 0.5 * (P.g_max - P.g_min)


def test_half_the_voltage_does_nothing_or_little():
    free = P._replace(v_field=0.0)
    for g in np.geomspace(P.g_min, P.g_max, 7):
        for v in (P.v_set / 2, -P.v_reset / 2):
            assert LAW.pulse(LAW.state(g), v, 50e-9, P, None, key_at(0, 0, 0, 0, 0, 0)).g == g
            assert abs(LAW.mean_step(LAW.state(g), v, 50e-9, free, None)) < 5e-4 * g  # without F_min
    assert abs(LAW.mean_step(LAW.state(1e-4), P.v_set / 2, 50e-9, free, None)) > 0


def test_a_set_runs_away_by_field_and_by_heat():
    cold = WIDE._replace(heating=0.0)
    begin, late = 1.01 * WIDE.g_min, 1.5e-3

    def speed(g, p):
        return -opened(g, 1.4, 1e-13, p)[0]

    assert speed(late, WIDE) > 4 * speed(late, cold)  # 446 K instead of 298 K
    assert speed(late, WIDE) > 300 * speed(begin, WIDE) > 0


def test_the_spread_is_log_normal():
    check_law(LAW, LAW.defaults()._replace(sigma=0.3, v_set=1.29), n=4000)
    p = LAW.defaults()._replace(sigma=0.2)
    s = LAW.state(40e-6)
    after = np.array([LAW.pulse(s, -1.3, 2e-8, p, None, key_at(3, 0, k, 0, 0, 0)).g for k in range(4000)])
    dy, _ = opened(s.g, -1.3, 2e-8, p)
    y = np.log(after / s.g)
    assert abs(y.mean() + dy) < 5 * 0.2 * dy / math.sqrt(4000)
    assert abs(y.std() - 0.2 * dy) < 5 * 0.2 * dy / math.sqrt(8000)


def test_contradictions_are_named():
    assert "gap is closed" in LAW.checks(P._replace(g_max=5e-3))[0]
    assert "must be above 0" in LAW.checks(P._replace(g_min=0.0))[0]
    assert "field enhancement at g_min" in LAW.checks(P._replace(g_min=4e-8))[0]
    assert ["v_set (1.2 V) does not move" in m for m in LAW.checks(P._replace(v_set=1.2))] == [True]
    assert LAW.checks(P._replace(v_set=1.2, v_field=0.0)) == []
