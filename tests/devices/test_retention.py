"""Retention: closed forms, resting in parts, what a pulse renews, and a barrier for each level."""

import math

import numpy as np
import pytest
from imperfect import parameter, uncompiled
from small import tree

from ohmgrad.devices.catalogue import LAWS
from ohmgrad.devices.retention import KINDS
from ohmgrad.devices.wrap import wrap
from ohmgrad.errors import SpecError
from ohmgrad.experiments.specfile import check
from ohmgrad.kernels.draws import key_at
from ohmgrad.ledger import make_bill

KEY = key_at(1, 0, 0, 0, 0, 0)
TABLE = np.zeros((3, 2))
BOLTZMANN = 1.380649e-23 / 1.602176634e-19  # eV/K, both exact in the SI of 2019
LOW, HIGH = 0.1e-6, 20e-6

CASES = {
    "power-law": {"retention_nu": 0.07, "retention_t_0": 1e-3},
    "stretched": {"retention_tau": 3e3, "retention_beta": 0.4, "retention_g_rest": 1e-6},
    "activated": {
        "retention_barrier_low": 1.1,
        "retention_barrier_high": 0.9,
        "retention_temperature": 358.0,
        "retention_g_rest": 1e-6,
    },
}


def expected(kind, g, t, p):
    """Written again from the equations, with the library's functions."""
    if kind == "power-law":
        return g * (t / p.retention_t_0) ** -p.retention_nu if t > p.retention_t_0 else g
    if kind == "stretched":
        return p.retention_g_rest + (g - p.retention_g_rest) * math.exp(-((t / p.retention_tau) ** p.retention_beta))
    barrier = p.retention_barrier_low + (p.retention_barrier_high - p.retention_barrier_low) * (g - LOW) / (HIGH - LOW)
    rate = p.retention_rate * math.exp(-barrier / (BOLTZMANN * p.retention_temperature))
    return p.retention_g_rest + (g - p.retention_g_rest) * math.exp(-t * rate)


@pytest.fixture(scope="module")
def laws():
    return {kind: wrap(LAWS["soft-bounds"], loss=kind) for kind in KINDS}


@pytest.fixture(params=KINDS)
def kind(request):
    return request.param


@pytest.fixture
def law(laws, kind):
    return laws[kind]


@pytest.fixture
def p(law, kind):
    return law.defaults()._replace(g_min=LOW, g_max=HIGH, sigma=0.0, **CASES[kind])


def test_what_is_left_follows_the_equation(law, kind, p):
    for g in (0.5e-6, 5e-6, 20e-6):
        s = law.start(g, p)
        for t in (1e-6, 1e-3, 1.0, 3e3, 1e5, 1e8):
            rested = law.rest(s, t, p, KEY)
            # our exp and power within 1e-15 (1 + |argument|); the barrier adds 6e-10 of the digits that k is given with, times E/kT ≈ 36
            assert rested.g == pytest.approx(expected(kind, g, t, p), rel=1e-7 if kind == "activated" else 1e-13, abs=1e-30)
            assert (rested.written, rested.age) == (g, t)


def test_resting_twice_is_resting_once_for_the_sum(law, p):
    s = law.start(7e-6, p)
    for parts in ((1.0, 2.0), (1e-3, 5e3, 40.0), (0.0, 1e4), [0.37] * 50):
        apart = s
        for dt in parts:
            apart = law.rest(apart, dt, p, KEY)
        at_once = law.rest(s, sum(parts), p, KEY)
        assert (apart.age, apart.g) == (pytest.approx(at_once.age, rel=1e-13), pytest.approx(at_once.g, rel=1e-12))
        assert apart.written == at_once.written == 7e-6


def test_no_time_changes_nothing(law, p):
    assert law.rest(law.start(7e-6, p), 0.0, p, KEY) == law.start(7e-6, p)


def test_loss_begins_anew_with_a_pulse_that_changes_the_cell(law, kind, p):
    s = law.rest(law.start(7e-6, p), 1e4, p, KEY)
    assert law.pulse(s, 0.5 * p.v_set, 5e-8, p, TABLE, KEY) == s  # below threshold: it goes on forgetting from where it is
    fresh = law.pulse(s, p.v_set, 5e-8, p, TABLE, KEY)
    step = law.mean_step(s, p.v_set, 5e-8, p, TABLE)
    assert step > 0 and fresh.g == pytest.approx(s.g + step, rel=1e-14)
    assert (fresh.written, fresh.age) == (fresh.g, 0.0)
    assert law.rest(fresh, 50.0, p, KEY).g == pytest.approx(expected(kind, fresh.g, 50.0, p), rel=1e-7)
    cleared = law.pulse(fresh, -p.v_full, 5e-8, p, TABLE, KEY)
    assert cleared == (p.g_min, p.g_min, 0.0)


def test_what_is_left_stays_within_the_declared_bounds(law, p):
    low, high = law.bounds(p)
    for g in (LOW, HIGH):
        for t in (1.0, 1e12):
            assert low <= law.rest(law.start(g, p), t, p, KEY).g <= high


def test_nothing_drifts_before_t_0():
    law = wrap(LAWS["soft-bounds"], loss="power-law")
    p = law.defaults()._replace(retention_nu=0.1, retention_t_0=1.0)
    s = law.start(7e-6, p)
    assert law.rest(s, 1.0, p, KEY).g == 7e-6
    assert law.rest(law.rest(s, 0.9, p, KEY), 0.9, p, KEY).g == pytest.approx(7e-6 * 1.8**-0.1, rel=1e-14)
    grows = p._replace(retention_nu=-0.1)
    assert law.rest(s, 10.0, grows, KEY).g == pytest.approx(7e-6 * 10**0.1, rel=1e-14)
    assert law.rest(s, 1e9, grows, KEY).g == p.g_max  # 7 uS · 10^0.9 would be beyond the window


@pytest.mark.parametrize("beta", [0.3, 1.0, 2.0])
def test_the_time_constant_leaves_1_over_e_whatever_beta(beta):
    law = wrap(LAWS["soft-bounds"], loss="stretched")
    p = law.defaults()._replace(retention_tau=1e6, retention_beta=beta, retention_g_rest=2e-6)
    left = law.rest(law.start(7e-6, p), 1e6, p, KEY).g
    assert left == pytest.approx(2e-6 + 5e-6 * math.exp(-1), rel=1e-14)


def test_each_level_has_its_own_time_constant():
    law = wrap(LAWS["soft-bounds"], loss="activated")
    p = law.defaults()._replace(g_min=LOW, g_max=HIGH, **CASES["activated"])
    for share in (0.0, 0.25, 0.5, 1.0):
        g = LOW + share * (HIGH - LOW)
        tau = math.exp((1.1 - 0.2 * share) / (BOLTZMANN * 358.0)) / 1e13
        left = (law.rest(law.start(g, p), tau, p, KEY).g - 1e-6) / (g - 1e-6)
        assert left == pytest.approx(math.exp(-1), rel=1e-7)
    # Arrhenius: ln τ against 1/kT has the barrier as its slope
    times = []
    for kelvin in (300.0, 400.0):
        q = p._replace(retention_temperature=kelvin)
        left = (law.rest(law.start(HIGH, q), 1e-3, q, KEY).g - 1e-6) / (HIGH - 1e-6)
        times.append(-1e-3 / math.log(left))
    slope = math.log(times[0] / times[1]) / (1 / (BOLTZMANN * 300.0) - 1 / (BOLTZMANN * 400.0))
    # at 300 K a millisecond takes 1e-3·1e13·e^(−0.9/kT) = 7.6e-6 of the level: its logarithm keeps 1e-16/7.6e-6 = 1.3e-11
    assert slope == pytest.approx(0.9, rel=1e-8)


# in a network -------------------------------------------------------------------------------------------------------------


def test_the_clock_is_the_time_on_the_bill_and_the_idle_time():
    r = uncompiled(device__retention={"kind": "power-law", "nu": 0.05, "t_0": "1 us", "idle": "3 ms"})
    r.counts[:] = np.arange(r.counts.size).reshape(r.counts.shape)
    r.totals[0] = 17
    bill = make_bill(r.counts, r.sums, r.totals, r.setup.costs, True)
    assert bill.time_s > 0
    assert r.elapsed(200) == pytest.approx(bill.time_s + 200 * 3e-3, rel=1e-15)
    assert uncompiled().elapsed(200) == 0.0


def test_cells_differ_in_their_loss_where_asked():
    r = uncompiled(
        layers=(40, 30, 3),
        device__retention={"kind": "power-law", "nu": 0.05},
        device__variation={"retention_nu": {"sigma": 0.2}},
    )
    nu = parameter(r, "retention_nu").ravel() / 0.05
    assert abs(nu.mean() - 1) < 5 * 0.2 / math.sqrt(nu.size) and len(set(nu)) == nu.size


@pytest.mark.parametrize(
    "retention, message",
    [
        ({"kind": "powerlaw"}, "device.retention.kind: input should be 'none', 'power-law', 'stretched' or 'activated'"),
        ({"kind": "power-law", "t0": 1}, "unknown setting 'device.retention.t0'; did you mean 't_0'?"),
        ({"idle": "5 V"}, "device.retention.idle: '5 V' is a voltage, but a time is wanted"),
        ({"idle": -1}, "device.retention.idle: input should be greater than or equal to 0"),
        ({"every": 0}, "device.retention.every: input should be greater than or equal to 1"),
        ({"test_after": ["1 day"]}, "device.retention.test_after.0: '1 day' has the unknown unit 'day'"),
        ({"temperature": "85 S"}, "device.retention.temperature: '85 S' is a conductance, but a temperature is wanted"),
        ({"nu": float("nan")}, "device.retention.nu: nan is not finite"),
    ],
)
def test_bad_settings_are_named(retention, message):
    with pytest.raises(SpecError) as e:
        check(tree(device__retention=retention))
    assert str(e.value).startswith(message)


def test_a_cell_does_not_come_to_rest_above_its_window():
    with pytest.raises(SpecError, match=r"^device\.retention\.g_rest \(30 uS\) must not be above g_max \(20 uS\)$"):
        uncompiled(device__retention={"kind": "stretched", "g_rest": "30 uS"})
    uncompiled(device__retention={"kind": "power-law", "g_rest": "30 uS"})


def test_settings_take_units():
    d = check(
        tree(device__retention={"kind": "activated", "temperature": "358 K", "idle": "2 min", "test_after": "1 h"})
    ).device
    assert (d.retention.temperature, d.retention.idle, d.retention.test_after) == (358.0, 120.0, [3600.0])
