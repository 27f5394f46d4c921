"""Imperfections switched off one at a time: what goes, and that everything else stays as it was, to the last bit."""

import numpy as np
import pytest
from imperfect import EVERYTHING, uncompiled
from small import tree

from ohmgrad.devices.faults import HEALTHY
from ohmgrad.devices.section import Device
from ohmgrad.errors import SpecError
from ohmgrad.experiments.build import complete
from ohmgrad.experiments.specfile import check

ALL = {
    **EVERYTHING,
    "device__parameters": {"step_set": 1e-6, "step_reset": 0.5e-6, "slope_set": 0.9, "slope_reset": 0.8, "sigma_abs": 1e-9},
}
LAW_SWITCHES = {
    "nonlinearity": {"nonlinear": 0.0},
    "asymmetry": {"asymmetric": 0.0},
    "cycle-to-cycle": {"sigma": 0.0, "sigma_abs": 0.0, "sigma_g": 0.0},
}
NAMES = ["faults", "read-noise", "retention", "endurance", "current", "device-to-device", *LAW_SWITCHES]
LOST_STATE = {"retention": {"written", "age"}, "endurance": {"cycles"}}
LOST_PARAMETERS = {
    "faults": {"fault"},
    "retention": {"retention_nu", "retention_t_0"},
    "endurance": {"endurance_cycles", "endurance_power"},
}
LOST_SPREAD = {"faults": {"fault"}, "retention": {"retention_nu"}, "device-to-device": {"step_set", "retention_nu"}}


def states(replica):
    return dict(zip(replica.setup.law.state._fields, replica.cells.state, strict=True))


def spreads(replica):
    return dict(zip(replica.setup.varied, replica.cells.varied, strict=True))


@pytest.fixture(scope="module")
def whole():
    return uncompiled(**ALL)


@pytest.mark.parametrize("name", NAMES)
def test_one_imperfection_goes_and_everything_else_stays(whole, name):
    r = uncompiled(**ALL, device__without=[name])
    old, new = states(whole), states(r)
    assert set(old) - set(new) == LOST_STATE.get(name, set()) and set(new) <= set(old)
    same = spreads(whole)["fault"] == HEALTHY if name == "faults" else np.ones_like(old["g"], bool)
    for field, value in new.items():
        np.testing.assert_array_equal(value[same], old[field][same], err_msg=field)

    old, new = spreads(whole), spreads(r)
    assert set(old) - set(new) == LOST_SPREAD.get(name, set()) and set(new) <= set(old)
    for parameter, value in new.items():
        np.testing.assert_array_equal(value, old[parameter], err_msg=parameter)

    old, new = whole.setup.params._asdict(), r.setup.params._asdict()
    assert set(old) - set(new) == LOST_PARAMETERS.get(name, set())
    changed = {k: v for k, v in new.items() if v != old[k]}
    assert changed == {k: v for k, v in LAW_SWITCHES.get(name, {}).items() if old[k] != v}

    a, b = whole.setup, r.setup
    assert (b.noise == a.noise) == (name != "read-noise") and b.noise.white == (name != "read-noise")
    assert (b.reading.relative, b.reading.absolute) == ((0.0, 0.0) if name == "read-noise" else (0.03, 1e-7))
    assert b.current == ("ohmic" if name == "current" else "sinh")
    assert (b.costs.bend == a.costs.bend) == (name != "current")
    assert (b.retention == a.retention) == (name != "retention")
    assert (b.law.rest is None) == (name == "retention")
    assert b.faults.any == (name != "faults")
    assert bool(b.correlated) == (name not in ("retention", "device-to-device"))
    if name != "asymmetry" and name != "nonlinearity":  # those alter what a pulse is nominally worth
        np.testing.assert_array_equal(b.writing.quantum, a.writing.quantum)
    np.testing.assert_array_equal(b.start, a.start)


def test_without_all_of_them_it_is_the_bare_ideal_cell():
    ideal = uncompiled(**ALL, device__without=NAMES)
    parameters = {**ALL["device__parameters"], **{k: v for off in LAW_SWITCHES.values() for k, v in off.items()}}
    bare = uncompiled(device__parameters=parameters)
    assert ideal.setup.law is bare.setup.law and ideal.setup.params == bare.setup.params
    assert ideal.setup.varied == [] and not ideal.setup.noise.white
    np.testing.assert_array_equal(ideal.cells.state, bare.cells.state)


def test_the_order_does_not_matter_nor_twice():
    a, b = (uncompiled(**ALL, device__without=w).setup for w in (["faults", "asymmetry"], ["asymmetry", "faults", "faults"]))
    assert a.params == b.params and a.law.options == b.law.options


def test_one_name_may_stand_alone():
    assert check(tree(device__without="faults")).device.without == ["faults"]


def test_what_is_switched_off_stays_written_down(whole):
    spec = complete(check(tree("soft-bounds", **ALL, device__without=["faults", "retention"])))
    assert spec.device.without == ["faults", "retention"] and spec.device.faults.dead == 0.1
    assert complete(spec) == spec


@pytest.mark.parametrize(
    "law, without, message",
    [
        ("soft-bounds", ["fault"], r"^device\.without\.0: input should be 'nonlinearity', .*'faults', .*\(given: 'fault'\)$"),
        ("pcm-nandakumar2018", ["asymmetry"], r"^device\.without: law 'pcm-nandakumar2018' has no switch for asymmetry"),
    ],
)
def test_an_imperfection_that_there_is_not_is_refused(law, without, message):
    with pytest.raises(SpecError, match=message) as e:
        complete(check(tree(law, device__without=without)))
    assert "\n" not in str(e.value)


@pytest.mark.parametrize(
    "changes, message",
    [
        ({"device__parameters": {"stepset": 1e-6}}, "device.parameters.stepset: law 'soft-bounds' has no such parameter; did you mean 'step_set'?"),
        ({"device__parameters": {"step_set": "1 V"}}, "device.parameters.step_set: '1 V' is a voltage, but a conductance is wanted"),
        ({"device__parameters": {"step_set": -1.0}}, "device.parameters.step_set = -1.0 is out of range: "),
        ({"device__parameters": {"g_min": "30 uS"}}, "device.parameters: g_min (30 uS) must be below g_max (20 uS)"),
        ({"device__parameters": {"v_th_set": "3 V"}}, "device.parameters: v_th_set (3.0 V) must be below v_set (2.0 V)"),
        ({"device__parameters": {"fault": 1}}, "device.parameters.fault: law 'soft-bounds' has no such parameter"),
    ],
)  # fmt: skip
def test_bad_parameters_are_named(changes, message):
    with pytest.raises(SpecError) as e:
        complete(check(tree("soft-bounds", **changes)))
    assert str(e.value).startswith(message)


def test_a_law_without_its_table_is_refused():
    with pytest.raises(SpecError, match=r"^device\.table is missing: law 'table' reads its steps from a table"):
        complete(check(tree("table", device__parameters={})))


def test_every_default_is_an_imperfection_that_is_not_there():
    r = uncompiled()
    assert Device().model_dump(exclude_defaults=True) == {}
    assert r.setup.varied == [] and r.setup.law.rest is None and r.setup.current == "ohmic" and not r.setup.noise.white
    assert r.setup.law.state._fields == ("g",)
