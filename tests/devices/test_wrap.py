"""A law with imperfections around it is that law where nothing is wrong, and a law that declares what it does where something is."""

from dataclasses import replace

import pytest

from ohmgrad.devices.catalogue import LAWS
from ohmgrad.devices.faults import DEAD, HEALTHY, STUCK, STUCK_ON
from ohmgrad.devices.retention import KINDS
from ohmgrad.devices.steps import State
from ohmgrad.devices.wrap import wrap
from ohmgrad.kernels.draws import key_at

WIDTH = 5e-8


def keys(n, seed=4):
    return [key_at(seed, 0, k, 0, 0, 3 * 256) for k in range(n)]


def volts(p, law):
    """SET and RESET pulses, weak ones and a full RESET in between."""
    down = -p.v_reset if law.can_go_down else -p.v_full
    return [p.v_set] * 6 + [down, 0.5 * p.v_set, p.v_set, 0.0, down, -p.v_full] + [p.v_set] * 3


def test_around_a_law_in_order_comes_the_law_itself(law, table):
    wrapped = wrap(law, with_faults=True, loss="power-law")
    bare_p, p = law.defaults(), wrapped.defaults()
    assert p[: len(bare_p)] == tuple(bare_p) and p.fault == HEALTHY
    middle = 0.5 * (p.g_min + p.g_max)
    bare, s = law.start(middle, bare_p), wrapped.start(middle, p)
    n = len(bare)
    assert s == (*bare, middle, 0.0)
    for v, key in zip(volts(p, law), keys(15), strict=True):
        assert wrapped.mean_step(s, v, WIDTH, p, table) == law.mean_step(bare, v, WIDTH, bare_p, table)
        assert wrapped.spread(s, v, WIDTH, p, table) == law.spread(bare, v, WIDTH, bare_p, table)
        bare, s = law.pulse(bare, v, WIDTH, bare_p, table, key), wrapped.pulse(s, v, WIDTH, p, table, key)
        assert s[:n] == tuple(bare) and (s.written, s.age) == (bare.g, 0.0)
    assert wrapped.nominal_step(WIDTH, WIDTH, p, table) == law.nominal_step(WIDTH, WIDTH, bare_p, table)
    assert wrapped.pulses_needed(p.g_min, middle, WIDTH, p, table) == law.pulses_needed(p.g_min, middle, WIDTH, bare_p, table)
    assert wrapped.checks(p) == law.checks(bare_p) and wrapped.switches == law.switches


def test_nothing_around_a_law_is_the_law(law):
    assert wrap(law) is law


@pytest.mark.parametrize("loss", ["none", *KINDS])
@pytest.mark.parametrize("wear", [False, True])
@pytest.mark.parametrize("with_faults", [False, True])
def test_state_and_parameters_are_those_of_the_imperfections(loss, wear, with_faults):
    law = wrap(LAWS["pcm-nandakumar2018"], loss=loss, wear=wear, with_faults=with_faults)
    inner = LAWS["pcm-nandakumar2018"].state._fields
    assert law.state._fields == (*inner, *(["cycles"] if wear else []), *(["written", "age"] if loss != "none" else []))
    names = [*(["fault"] if with_faults else []), *(["endurance_cycles", "endurance_power"] if wear else [])]
    names += KINDS[loss].params if loss != "none" else []
    assert list(law.declared) == [*LAWS["pcm-nandakumar2018"].declared, *names] == list(law.params._fields)
    assert (law.rest is None) == (loss == "none")
    s = law.start(5e-6, law.defaults())
    assert s.g == 5e-6 and all(value == 0.0 for name, value in s._asdict().items() if name in ("cycles", "age"))


@pytest.fixture(scope="module")
def faulty():
    return wrap(LAWS["soft-bounds"], with_faults=True)


@pytest.mark.parametrize(
    "fault, up, down", [(HEALTHY, True, True), (DEAD, False, True), (STUCK_ON, True, False), (STUCK, False, False)]
)
def test_a_faulty_cell_declares_what_it_does(faulty, fault, up, down):
    p = faulty.defaults()._replace(fault=fault, step_set=1e-6, step_reset=1e-6)
    s = faulty.start(10e-6, p)
    for v, can in ((p.v_set, up), (-p.v_reset, down)):
        moved = [faulty.pulse(s, v, WIDTH, p, None, key).g - s.g for key in keys(50)]
        assert any(moved) == can and all(dg * v >= 0 for dg in moved)
        assert (faulty.mean_step(s, v, WIDTH, p, None) != 0) == can and (faulty.spread(s, v, WIDTH, p, None) != 0) == can
    assert (faulty.pulse(s, -p.v_full, WIDTH, p, None, keys(1)[0]).g == p.g_min) == down


def test_noise_moves_no_faulty_cell_the_wrong_way(faulty):
    """Spread of three steps on every pulse: more than a third of them go the wrong way in a healthy cell."""
    p = faulty.defaults()._replace(step_set=0.1e-6, step_reset=0.1e-6, sigma_abs=0.3e-6)
    for fault, v, sign in ((DEAD, -p.v_reset, -1), (STUCK_ON, p.v_set, 1)):
        s = faulty.start(10e-6, p)
        moved = {
            code: [faulty.pulse(s, v, WIDTH, p._replace(fault=code), None, key).g - s.g for key in keys(200)]
            for code in (fault, HEALTHY)
        }
        assert sum(dg * sign < 0 for dg in moved[HEALTHY]) > 50
        assert moved[fault] == [dg if dg * sign > 0 else 0.0 for dg in moved[HEALTHY]]


def test_a_worn_cell_gains_by_resting_up_to_the_window_that_is_left():
    law = wrap(LAWS["soft-bounds"], loss="power-law", wear=True)
    p = law.defaults()._replace(g_min=1e-6, g_max=21e-6, endurance_cycles=10.0, retention_nu=-0.5)
    s = law.start(3e-6, p)._replace(cycles=10.0)
    assert law.rest(s, 4.0, p, keys(1)[0]).g == pytest.approx(6e-6, rel=1e-14)
    assert law.rest(s, 1e6, p, keys(1)[0]).g == pytest.approx(11e-6, rel=1e-14)
    above = s._replace(g=15e-6, written=15e-6)  # written when the window was open
    assert law.rest(above, 1e6, p, keys(1)[0]).g == 15e-6


def forget(s, dt, p, key):
    return State(s.g / (1.0 + dt))


def test_what_a_law_forgets_by_itself_it_forgets_in_company():
    own = replace(LAWS["linear"], rest=forget)
    law = wrap(own, with_faults=True, wear=True)
    p = law.defaults()
    s = law.start(8e-6, p)._replace(cycles=3.0)
    assert law.rest(s, 1.0, p, keys(1)[0]) == (4e-6, 3.0)
    assert law.rest(s, 1.0, p._replace(fault=STUCK), keys(1)[0]) == s
    assert law.rest(s, 1.0, p._replace(fault=DEAD), keys(1)[0]).g == 4e-6
    # a kind of loss from the device file stands in place of it
    lost = wrap(own, loss="power-law")
    q = lost.defaults()._replace(retention_nu=0.1)
    assert lost.rest(lost.start(8e-6, q), 10.0, q, keys(1)[0]).g == pytest.approx(8e-6 * 10**-0.1, rel=1e-14)
