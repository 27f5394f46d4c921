"""What updates want and what cells do, against closed forms and plain NumPy; and that looking changes no bit.

Uncompiled, the same source, in a program of its own (this file): compiling each of these combinations takes half a minute.
"""

import inspect
import os
import subprocess
import sys

import numpy as np
import pytest
from small import samples, setup

from ohmgrad.arrays.cells import derive_sums, derive_weights
from ohmgrad.devices.faults import STUCK
from ohmgrad.experiments.diagnosis import sentence
from ohmgrad.ledger import RESET, SET
from ohmgrad.network.diagnose import MEASURES, Looks, look_count
from ohmgrad.network.diagnose_loop import T_LOOKS, T_OFF2, T_PULSES
from ohmgrad.network.drivers import DRIVERS
from ohmgrad.network.replica import Replica

DENSE = {"programming__scheme": "blind", "array__access": "transistor"}
ONE_LAYER = {"layers": (12, 3), "synapse__start": 0.3}  # far from the ends of the window
STILL = {"device__parameters__sigma": 0.0}
CASES = {
    "one way": {},
    "two ways": {"synapse__write": "two-way", "device__parameters__sigma": 0.3},
    "refreshed": {"synapse__refresh_every": 10, "synapse__refresh_above": 0.3},
    "stochastic": {"programming__scheme": "stochastic"},
    "pulse train, single cells in turns": {
        "programming__scheme": "pulse-train",
        "synapse__kind": "single",
        "synapse__cells": 3,
    },
    "fixed": {"synapse__kind": "fixed"},
    "one step, polarities mixed": {"programming__scheme": "one-step", "synapse__write": "two-way"},
    "batches by pulses": {"learning__batch": 5, "learning__sums": "pulses", "synapse__write": "two-way"},
    "blind, momentum": {**DENSE, "learning__batch": 5, "learning__momentum": 0.5},
    "half-select": {"programming__scheme": "half-select", "array__access": "passive", "learning__batch": 5},
    "verify": {**DENSE, "programming__scheme": "verify", "learning__batch": 5},
    "inner steps": {"learning__inner_steps": 3, "learning__inner_error": 0.2},
    "read noise": {"device__noise": {"relative": 0.1}},
    "faults": {"device__faults": {"stuck": 0.2, "dead": 0.2}},
}
SLOW = {
    "slow noise": {"device__noise": {"flicker": 0.1, "telegraph": 0.1}},
    "wires": {"layers": (3, 2, 2), "array__access": "passive", "array__wire": 500.0},
    "wires, matrix": {"layers": (3, 2, 2), "array__access": "passive", "array__wire": 500.0, "array__reads": "effective", "array__reads_every": 3},
    "wires, curved": {"layers": (3, 2, 2), "array__access": "passive", "array__wire": 500.0, "device__current__kind": "sinh", "device__current__v_0": 0.1},
    "wires, inner steps": {"layers": (3, 2, 2), "array__access": "passive", "array__wire": 500.0, "learning__inner_steps": 2},
}  # fmt: skip
# Schemes whose pulses are not known beforehand: a cell that moved counts as one; of inner steps, a copy is looked at; a refresh is not looked at.
UNCOUNTED = ("verify", "inner steps", "refreshed")


def trained(case, look, n, cut=(), epochs=2, prepare=lambda r: None):
    """(replica, its looks, what they found in each epoch)."""
    r = Replica(case, 0)
    prepare(r)
    looks, driver = Looks(r), DRIVERS[case.driver]
    driver = looks.through(driver) if look else driver
    sizes = case.geometry.shape
    x, y = samples(n, int(sizes[0, 0]) - 1, int(sizes[-1, 1]))
    driver(r, x, y, np.zeros(1, np.int64), 0, 0, 0)  # as a run begins
    found = []
    for epoch in range(epochs):
        order = r.order(epoch, n)
        for begin, end in zip([0, *cut], [*cut, n], strict=True):
            driver(r, x, y, order, begin, end, epoch)
        found.append((looks.tally.copy(), looks.take(n)))
    return r, found


def same(looked, plain):
    """(replica, what was found), where the replica has the bits of one that nobody looked at."""
    r, found = looked
    for name, array in plain.arrays().items():
        np.testing.assert_array_equal(array, r.arrays()[name], err_msg=name)
    return r, found


def run_looking_changes_no_bit():
    for name, changes in {**CASES, **SLOW}.items():
        n, cut = (30, (5, 20)) if name in CASES else (5, (2, 3))
        for driver in ("fused", "stepwise") if name in CASES else ("stepwise",):
            case = setup("linear", driver=driver, **{"learning__rate": [0.4], **changes})
            plain, _ = trained(case, False, n)
            r, found = same(trained(case, True, n), plain)
            _, again = same(trained(case, True, n, cut), plain)
            for (tally, one), (other, two) in zip(found, again, strict=True):
                np.testing.assert_array_equal(tally, other)  # wherever the run is cut
                assert one == two and list(one) == list(MEASURES)
            assert (found[0][0][:, T_LOOKS] > 0).all()
            assert r.counts[:, SET].sum() > 0, name


def run_pulses_are_those_of_the_ledger():
    """All updates of a short epoch are looked at; the pulses planned are then the pulses given, and the two drivers agree."""
    for name, changes in CASES.items():
        if name in UNCOUNTED:
            continue
        tallies, n = [], 5 if name == "batches by pulses" else 10  # of those, few updates are looked at
        for driver in ("fused", "stepwise"):
            case = setup("linear", driver=driver, **{"learning__rate": [0.4], **changes})
            r, [(tally, _)] = trained(case, True, n, epochs=1)
            np.testing.assert_array_equal(tally[:, T_PULSES], r.counts[:, [SET, RESET]].sum(axis=1), err_msg=name)
            tallies.append(tally)
        np.testing.assert_array_equal(*tallies)
    # through wires as well
    for name in ("wires", "wires, matrix", "wires, curved"):
        case = setup("linear", **{"learning__rate": [1.0], **SLOW[name]})
        r, [(tally, _)] = trained(case, True, 6, epochs=1)
        np.testing.assert_array_equal(tally[:, T_PULSES], r.counts[:, [SET, RESET]].sum(axis=1), err_msg=name)
        assert tally[:, T_PULSES].sum() > 0


def run_exact_writing_does_what_is_wanted():
    exact = {"programming__scheme": "exact", "device__parameters__bounded": 0, "synapse__write": "two-way"}
    for more in ({}, {"learning__batch": 5}, {"learning__momentum": 0.5}, {"synapse__kind": "single"}):
        _, [(_, found)] = trained(setup("linear", **{**DENSE, **exact, **more}), True, 20, epochs=1)
        # differences of conductances of 1e-5 S, rounded at 1e-16 of them; changes are 1e-3 of them and more
        np.testing.assert_allclose(found["cosine"], 1.0, rtol=0, atol=1e-10)
        np.testing.assert_allclose(found["gain"], 1.0, rtol=0, atol=1e-10)
        np.testing.assert_allclose(found["drift"], 0.0, rtol=0, atol=1e-10)
        assert found["frozen"] == found["dead"] == [0.0] * 3 and found["wasted"] == [None] * 3


def run_small_equal_steps_do_what_is_wanted():
    """Steps of 1e-4 of the window: off by half a step at most."""
    steps = {"device__parameters__step_set": 2e-9, "device__parameters__step_reset": 2e-9, **STILL, "programming__most": 10**6}
    case = setup(
        "linear", **{**ONE_LAYER, **DENSE, **steps, "synapse__kind": "single", "learning__batch": 20, "learning__rate": [0.01]}
    )
    _, [(_, found)] = trained(case, True, 20, epochs=1)
    np.testing.assert_allclose(found["cosine"], 1.0, rtol=0, atol=1e-4)
    np.testing.assert_allclose(found["gain"], 1.0, rtol=0, atol=1e-2)
    assert found["frozen"] == [0.0] and found["wasted"] == [0.0]


def at_the_corner(r):
    r.cells.state[0] = r.setup.params.g_max
    derive_weights(r.setup.geometry, r.cells)
    derive_sums(r.setup.geometry, r.cells)


def run_at_the_corner_all_is_frozen_and_wasted():
    for law in ("linear", "soft-bounds"):
        case = setup(law, **ONE_LAYER, learning__rate=[2.0])
        r, [(tally, found)] = trained(case, True, 10, epochs=1, prepare=at_the_corner)
        assert tally[0, T_PULSES] == r.counts[0, SET] > 10
        assert found["frozen"] == [1.0] and found["wasted"] == [1.0]
        assert found["gain"] == [0.0] and found["cosine"] == [None]
    # written both ways, one cell of each pair can still go down
    case = setup("linear", **ONE_LAYER, **STILL, learning__rate=[0.1], synapse__write="two-way")
    _, [(_, found)] = trained(case, True, 1, epochs=1, prepare=at_the_corner)
    assert found["frozen"] == [0.0] and 0.4 < found["wasted"][0] < 0.6 and 0.4 < found["gain"][0] < 0.6


def run_stuck_cells_are_frozen():
    _, [(_, found)] = trained(setup("linear", learning__rate=[2.0], device__faults={"stuck": 1.0}), True, 10, epochs=1)
    assert found["frozen"] == [1.0] * 3 and found["wasted"] == [1.0] * 3 and found["gain"] == [0.0] * 3
    case = setup("linear", layers=(40, 30), device__faults={"stuck": 0.3})
    r, [(_, found)] = trained(case, True, 10, epochs=1)
    share = float((r.cells.varied[-1] == STUCK).mean())
    # pairs (x, δ) are not all equally often asked, nor G+ and G−: 12,000 of them on 2,460 cells
    assert abs(found["frozen"][0] - share) < 4 * np.sqrt(0.3 * 0.7 / 1230)


def run_at_a_tiny_rate_all_errors_are_dead():
    for more in ({}, DENSE):
        r, [(_, found)] = trained(setup("linear", learning__rate=[1e-6], **more), True, 10, epochs=1)
        assert r.counts[:, SET].sum() == 0
        assert found["dead"] == [1.0] * 3 and found["gain"] == [0.0] * 3
        assert found["wasted"] == found["cosine"] == [None] * 3


def run_steps_that_are_not_equal_carry_the_weights_away():
    """Steps down are a quarter of what the scheme counts with. One update of all samples, the gradient by plain NumPy."""
    n, window = 20, 20e-6 - 0.1e-6
    for set_, reset in ((1.0, 0.25), (0.25, 1.0)):
        steps = {
            "device__parameters__step_set": set_ * window / 20000,
            "device__parameters__step_reset": reset * window / 20000,
        }
        steps |= {**STILL, "programming__window_pulses": 20000, "programming__most": 10**6}
        case = setup(
            "linear",
            **{**ONE_LAYER, **DENSE, **steps, "synapse__kind": "single", "learning__batch": n, "learning__rate": [0.02]},
        )
        r, (x, y) = Replica(case, 0), samples(n, 12, 3)
        w = case.learning.gain[0] * r.cells.w.reshape(13, 3)
        x = np.column_stack([x, np.ones(n)])
        out = np.tanh(x @ w)
        target = np.where(np.arange(3) == y[:, None], case.learning.target_high, case.learning.target_low)
        wanted = -case.learning.rate[0] * x.T @ ((out - target) * (1.0 - out**2))
        got = np.where(wanted > 0.0, set_ * wanted, reset * wanted)
        spread = (w + got).std()
        r, [(_, found)] = trained(case, True, n, epochs=1)
        # each weight is off by half a step at most, and a step is 1e-4 of weights that move by 0.1
        assert found["drift"][0] == pytest.approx((got - wanted).mean() / spread, rel=1e-2)
        assert np.sign(found["drift"][0]) == (1.0 if set_ > reset else -1.0)
        assert found["gain"][0] == pytest.approx((wanted * got).sum() / (wanted**2).sum(), rel=1e-2)
        cosine = (wanted * got).sum() / np.sqrt((wanted**2).sum() * (got**2).sum())
        assert found["cosine"][0] == pytest.approx(cosine, rel=1e-3)
        assert found["frozen"] == [0.0] and found["wasted"] == [0.0]


def run_wanted_is_exact_whatever_reads_say():
    """With read noise and converters, what is wanted stays what plain arithmetic says: the cosine falls, Σ wanted² does not move."""
    quiet, noisy = (
        trained(setup("linear", learning__rate=[0.4], **more), True, 1, epochs=1)[1][0]
        for more in ({}, {"device__noise": {"relative": 0.5}, "coding__output_noise": 0.5})
    )
    np.testing.assert_array_equal(quiet[0][:, 5], noisy[0][:, 5])
    assert max(noisy[1]["cosine"]) < min(quiet[1]["cosine"]) + 0.2 and noisy[1]["cosine"] != quiet[1]["cosine"]


def run_refreshes_are_not_looked_at():
    case = setup("linear", **CASES["refreshed"])
    _, [(tally, _)] = trained(case, True, 16, epochs=1)
    assert (tally[:, T_LOOKS] == 15).all()


def run_part_of_the_rows_says_the_same():
    """Of large layers some rows are looked at, in turn: every row as often as the others."""
    exact = {"programming__scheme": "exact", "device__parameters__bounded": 0, "synapse__write": "two-way"}
    cases = [setup("linear", **{**DENSE, **exact}), setup("linear", **ONE_LAYER, learning__rate=[2.0])]
    pairs = cases[0].loops.PAIRS_LOOKED_AT
    for case in cases:
        case.loops.PAIRS_LOOKED_AT = 9
    _, [(_, found)] = trained(cases[0], True, 20, epochs=1)
    np.testing.assert_allclose(found["cosine"], 1.0, rtol=0, atol=1e-10)
    np.testing.assert_allclose(found["drift"], 0.0, rtol=0, atol=1e-10)
    _, [(some, found)] = trained(cases[1], True, 16, epochs=1, prepare=at_the_corner)
    cases[1].loops.PAIRS_LOOKED_AT = pairs
    _, [(every, _)] = trained(cases[1], True, 16, epochs=1, prepare=at_the_corner)
    cases[0].loops.PAIRS_LOOKED_AT = pairs
    assert found["frozen"] == found["wasted"] == [1.0]
    # a quarter of the rows: 4 of 13 in one look of four, 3 in the others
    assert 0.15 < some[0, T_PULSES] / every[0, T_PULSES] < 0.35
    # 16 looks at samples that differ: the sums agree as far as the standard error says
    assert abs(some[0, 8] - every[0, 8]) < 4 * np.sqrt(some[0, T_OFF2] + every[0, T_OFF2])


TESTS = [f for name, f in list(globals().items()) if name.startswith("run_") and inspect.isfunction(f)]


@pytest.fixture(scope="module")
def said():
    environment = {**os.environ, "NUMBA_DISABLE_JIT": "1", "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)}
    done = subprocess.run([sys.executable, __file__], env=environment, capture_output=True, text=True, timeout=600)
    return done.stdout.split("\n"), done.stderr


@pytest.mark.parametrize("name", [f.__name__ for f in TESTS])
def test_uncompiled(said, name):
    assert f"{name} passed" in said[0], said[1]


@pytest.mark.parametrize("updates", [1, 3, 16, 17, 1000, 60_000])
def test_updates_looked_at_are_spread_evenly(updates):
    r = Replica(setup("linear"), 0)
    starts = Looks(r).starts(updates)
    assert len(starts) == look_count(updates) == len(set(starts))
    assert starts[0] >= 0 and starts[-1] < updates
    steps = np.diff(starts)
    assert not len(steps) or steps.max() - steps.min() <= 1


FINE = {
    "frozen": [0.0, 0.1],
    "cosine": [0.7, 0.6],
    "gain": [1.0, 0.9],
    "wasted": [0.1, None],
    "dead": [0.9, 0.8],
    "drift": [0.01, -0.02],
    "drift_error": [0.1, 0.1],
}


@pytest.mark.parametrize(
    "wrong, said",
    [
        ({}, "Nothing looks wrong"),
        ({"frozen": [0.1, 0.999]}, "In layer 2, all of the pairs cannot be moved"),
        ({"gain": [0.2, 0.9]}, "In layer 1, 90 % of the changes wanted are below one pulse"),
        ({"gain": [0.2, 0.9], "dead": [0.1, 0.8]}, "In layer 1, only 0.2 of the change"),
        ({"gain": [1.0, 3.0]}, "In layer 2, 3 times the change"),
        ({"drift": [0.1, -0.5]}, "In layer 2, the weights are carried down together by 0.5"),
        ({"drift": [0.1, -0.5], "drift_error": [0.1, 0.3]}, "Nothing looks wrong"),
        ({"wasted": [0.4, None]}, "In layer 1, 40 % of the pulses are wasted"),
        ({"cosine": [0.7, 0.1]}, "In layer 2, what is written has little to do"),
        ({name: [None, None] for name in FINE}, "Nothing was asked"),
    ],
)
def test_the_sentence_names_what_looks_wrong(wrong, said):
    text = sentence({**FINE, **wrong})
    assert text.startswith(said) and text.endswith(".") and "\n" not in text


if __name__ == "__main__":
    import traceback

    with np.errstate(over="ignore"):  # uncompiled, products of NumPy integers wrap with a warning
        for one in TESTS:
            try:
                one()
                print(f"{one.__name__} passed", flush=True)
            except Exception:
                traceback.print_exc()
