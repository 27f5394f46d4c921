"""The transistor in series: its quadratics against bisection, and what it does to pulses, steps and bills."""

import os
import subprocess
import sys

import numpy as np
import pytest
from scipy.integrate import solve_ivp
from scipy.optimize import brentq
from small import samples, setup, tree

from ohmgrad.devices.catalogue import LAWS
from ohmgrad.devices.resolve import complete_device, resolve
from ohmgrad.devices.section import Device
from ohmgrad.devices.transistor import PARAMS, cell_voltage, drawn, reset_voltage, set_voltage
from ohmgrad.devices.wrap import wrap
from ohmgrad.errors import SpecError
from ohmgrad.experiments.build import complete
from ohmgrad.experiments.specfile import check
from ohmgrad.kernels.draws import key_at
from ohmgrad.ledger import G_RESET, G_SET, RESET, SET
from ohmgrad.network.drivers import train_fused, train_stepwise
from ohmgrad.network.replica import Replica

WIDTH = 5e-8
OPEN = {"transistor_gain": 1e3, "transistor_word_set": 1e3, "transistor_word_reset": 1e3}


def shichman_hodges(v_ov, d, k):
    """Current of the transistor (A) at overdrive v_ov and d volts from drain to source."""
    return 0.0 if v_ov <= 0 else k * (v_ov * d - d * d / 2) if d < v_ov else k / 2 * v_ov**2


def test_the_cell_voltage_is_where_both_currents_agree():
    r = np.random.default_rng(1)
    for _ in range(500):
        g, v, v_ov, k = 10 ** r.uniform(-7, -3), r.uniform(0.2, 4), r.uniform(-0.3, 5), 10 ** r.uniform(-5, -2)
        x = brentq(lambda c, g=g, v=v, o=v_ov, k=k: g * c - shichman_hodges(o, v - c, k), 0, v, xtol=1e-15, rtol=1e-14)
        assert set_voltage(g, v, v_ov, k) == pytest.approx(x, abs=1e-12)
        x = brentq(lambda c, g=g, v=v, o=v_ov, k=k: g * c - shichman_hodges(o - c, v - c, k), 0, v, xtol=1e-15, rtol=1e-14)
        assert reset_voltage(g, v, v_ov, k) == pytest.approx(x, abs=1e-12)


def test_current_never_exceeds_the_compliance_and_polarity_is_kept():
    p = wrap(LAWS["linear"], slices=1).defaults()._replace(transistor_word_set=1.0)
    compliance = 0.5 * p.transistor_gain * (1.0 - p.transistor_v_th) ** 2
    g = np.geomspace(1e-7, 1e-3, 40)
    current = np.array([x * cell_voltage(x, p.v_set, p) for x in g])
    assert (current <= compliance * (1 + 1e-12)).all() and current[-1] == pytest.approx(compliance)
    assert (np.diff(current) >= 0).all()
    assert all(-p.v_reset <= cell_voltage(x, -p.v_reset, p) <= 0 for x in g)
    assert cell_voltage(1e-5, -p.v_full, p) == -p.v_full
    assert all(drawn(x, p.v_set, p) * p.v_set == pytest.approx(i) for x, i in zip(g, current, strict=True))


def test_wide_open_it_is_not_there(law, table):
    if "v_drain" in law.declared:
        pytest.skip("has its transistor within")
    behind = wrap(law, slices=1)
    bare, p = law.defaults(), behind.defaults()._replace(**OPEN)
    assert behind.declared == {**law.declared, **PARAMS}
    middle = 0.5 * (p.g_min + p.g_max)
    for v in (p.v_set, -p.v_reset, -p.v_full, 0.3 * p.v_set):
        one, two = (
            x.pulse(x.start(middle, q), v, WIDTH, q, table, key_at(1, 0, 0, 0, 0, 768)) for x, q in ((law, bare), (behind, p))
        )
        assert two == pytest.approx(tuple(one), rel=1e-6, abs=1e-15)
    assert behind.nominal_step(WIDTH, WIDTH, p, table) == pytest.approx(law.nominal_step(WIDTH, WIDTH, bare, table), rel=1e-6)


def test_set_ends_where_the_compliance_holds_the_cell_at_its_threshold():
    behind = wrap(LAWS["soft-bounds"], slices=1)
    p = behind.defaults()._replace(
        sigma=0.0, step_set=0.05e-6, transistor_word_set=0.7, transistor_v_th=0.5, transistor_gain=800e-6
    )
    s = behind.start(1e-6, p)
    for k in range(3000):
        s = behind.pulse(s, p.v_set, WIDTH, p, None, key_at(1, 0, 0, 0, k, 768))
    end = 0.5 * 800e-6 * 0.2**2 / p.v_th_set  # 16 uA over 1.2 V
    assert end < 0.9 * p.g_max and s.g == pytest.approx(end, abs=0.05e-6)
    assert behind.mean_step(s, p.v_set, WIDTH, p, None) < 0.001 * p.step_set
    higher = p._replace(transistor_word_set=0.72)
    assert behind.mean_step(behind.start(0.9 * end, p), p.v_set, WIDTH, higher, None) > behind.mean_step(
        behind.start(0.9 * end, p), p.v_set, WIDTH, p, None
    )
    nominal, bare = behind.nominal_step(WIDTH, WIDTH, p, None), LAWS["soft-bounds"].nominal_step(
        WIDTH, WIDTH, LAWS["soft-bounds"].params(*p[: -len(PARAMS)]), None
    )  # fmt: skip
    assert 0 < nominal[0] < bare[0] and 0.5 * bare[1] < nominal[1] <= bare[1]


def test_slices_follow_the_voltage_within_a_pulse():
    """VTEAM behind a transistor against the differential equation of both, solved with the voltage divided at every moment."""
    law = LAWS["vteam"]
    bare = law.defaults()
    t = 4 * WIDTH
    p = wrap(law, slices=1).defaults()._replace(transistor_word_set=1.2, transistor_gain=400e-6)
    start = law.start(p.g_min + 0.2 * (p.g_max - p.g_min), bare)

    def rate(_, y):  # dg/dt at conductance g, from a pulse so short that nothing else changes
        dt = 1e-4 * t
        s = law.start(float(y[0]), bare)
        return [(law.pulse(s, cell_voltage(s.g, p.v_set, p), dt, bare, None, key_at(1, 0, 0, 0, 0, 768)).g - s.g) / dt]

    true = solve_ivp(rate, (0, t), [start.g], rtol=1e-8, atol=1e-14).y[0, -1]
    miss = []
    for slices in (1, 8, 64):
        behind = wrap(law, slices=slices)
        s = behind.pulse(behind.start(start.g, p), p.v_set, t, p, None, key_at(1, 0, 0, 0, 0, 768))
        miss.append(abs(s.g - true) / abs(true - start.g))
    assert miss[1] < 0.3 * miss[0] and miss[2] < 0.3 * miss[1] and miss[2] < 0.02


# In an array -------------------------------------------------------------------------------------------------------------------

ARRAY = {"array__access": "transistor", "device__transistor": {"word_set": "0.8 V", "word_reset": "2.5 V", "gain": "400 uS"}}
CASES = {
    "overlap": {**ARRAY, "synapse__write": "two-way"},
    "refreshed pulse train, spread": {
        **ARRAY, "programming__scheme": "pulse-train", "synapse__refresh_every": 10, "synapse__refresh_above": 0.1,
        "device__variation": {"transistor_v_th": {"sigma": 0.1}},
    },
}  # fmt: skip


def test_both_drivers_agree_compiled():
    drivers_agree("overlap")


def test_both_drivers_agree_and_bill_what_the_source_gives():
    environment = {**os.environ, "NUMBA_DISABLE_JIT": "1", "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)}
    done = subprocess.run([sys.executable, __file__], env=environment, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split("\n")[:-1] == list(CASES)


def drivers_agree(case):
    s = setup("soft-bounds", **CASES[case])
    x, y = samples(20)
    runs = []
    for driver in (train_fused, train_stepwise):
        r = Replica(s, 0)
        driver(r, x, y, np.arange(20), 0, 20, 0)
        runs.append(r)
    fused, stepwise = runs
    np.testing.assert_array_equal(fused.cells.state, stepwise.cells.state)
    np.testing.assert_array_equal(fused.counts, stepwise.counts)
    np.testing.assert_allclose(fused.sums, stepwise.sums, rtol=1e-10, atol=0)
    # less than the cells alone would draw, and no more than the compliance
    pulses, drew = fused.counts[:, SET].sum(), fused.sums[:, G_SET].sum() * s.writing.v_set
    assert pulses > 100 and drew <= pulses * 0.5 * 400e-6 * 0.3**2 * (1 + 1e-9)
    free = setup("soft-bounds", **{**CASES[case], "device__transistor": {}, "device__variation": {}})
    r = Replica(free, 0)
    train_fused(r, x, y, np.arange(20), 0, 20, 0)
    assert drew / pulses < 0.95 * r.sums[:, G_SET].sum() * free.writing.v_set / r.counts[:, SET].sum()
    assert (fused.counts[:, RESET].sum() > 0) == (fused.sums[:, G_RESET].sum() > 0)


# What is refused ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "changes, message",
    [
        ({"array__access": "passive"}, r"device.transistor.word_set: array.access = 'passive' has no transistors"),
        (
            {"device__transistor": {"word_set": "0.5 V"}},
            r"device.transistor: word_set = 500 mV leaves 0 V of a SET pulse of 2 V",
        ),
        ({"device__transistor": {"word_set": "2 V", "slices": 4}}, r"slices = 4: law 'linear' scales a published step"),
        ({"device__current": {"kind": "sinh"}}, r"solved for ohmic cells, but device.current.kind = 'sinh'"),
    ],
)
def test_what_cannot_be_is_refused(changes, message):
    with pytest.raises(SpecError, match=message):
        complete(check(tree("linear", **{**ARRAY, **changes})))


def test_a_law_with_its_own_transistor_takes_no_other():
    with pytest.raises(SpecError, match="law 'one-shot' has its transistor within"):
        complete_device(Device(law="one-shot", transistor={"word_set": 2.0}))


def test_it_can_be_switched_off_and_vary_from_cell_to_cell():
    d = complete_device(Device(law="linear", transistor={"word_set": 2.0}, variation={"transistor_gain": {"sigma": 0.2}}))
    assert resolve(d).law.drawn is not None and set(resolve(d).variation) == {"transistor_gain"}
    off = resolve(d.model_copy(update={"without": ["transistor"]}))
    assert off.law is LAWS["linear"] and off.variation == {}


if __name__ == "__main__":
    for name in CASES:
        drivers_agree(name)
        print(name)
