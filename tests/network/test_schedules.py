"""Batches, momentum and rates that start anew against plain Python; rules; and fused = stepwise for every way of writing a batch.

What needs many combinations of parts is run without compilation, by a program of its own (`schedules.py`): the same source, in two seconds.
"""

import math
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import schedules
from dense_cases import give
from reference import amplitude
from schedules import BLIND, CASES, HALF, LOOSE, N, data, small, trained

from ohmgrad.ledger import COUNTS, HALF_SELECTED, UPDATES
from ohmgrad.network.drivers import train_fused
from ohmgrad.network.replica import Replica

# Floating point: the scheme `exact`, compiled -----------------------------------------------------------------------------


def weights(r):
    """Weights of each layer (rows, columns)."""
    geo, gain = r.setup.geometry, r.setup.learning.gain
    parts = [r.cells.w[geo.synapse[k] : geo.synapse[k + 1]].reshape(geo.shape[k]) for k in range(len(geo.shape))]
    return [g * w for g, w in zip(gain, parts, strict=True)]


def outputs(w, x):
    """Inputs of every layer, bias included, and the outputs (eq. 1.1)."""
    a = [np.append(x, 1.0)]
    for m in w:
        a.append(np.append(np.tanh(a[-1] @ m), 1.0))
    return a


def gradient(w, a, label, send=lambda d: d):
    """Σ x δ of one sample for each layer (eqs. 2.4 to 2.6); send: what a rule makes of the errors before they are used and travel backward."""
    y = a[-1][:-1]
    target = np.where(np.arange(len(y)) == label, 0.9, -0.9)
    delta = [send((y - target) * (1 - y**2))]
    for k in range(len(w) - 1, 0, -1):
        h = a[k][:-1]
        delta.insert(0, send((w[k] @ delta[0])[:-1] * (1 - h**2)))
    return [np.outer(x, d) for x, d in zip(a, delta, strict=False)]


def descent(r, epochs):
    """Stochastic gradient descent in plain NumPy: weights after so many epochs, and updates."""
    s, (x, y) = r.setup, data()
    n, w, updates = s.learning, weights(r), 0
    kept = [np.zeros_like(m) for m in w]
    for epoch in range(epochs):
        since = epoch % s.restart_every if s.restart_every else epoch
        if s.restart_every and since == 0:
            kept = [0.0 * m for m in kept]
        rate = n.rate * s.decay ** (since // s.decay_every)
        order = r.order(epoch, N)
        size = s.batch or N
        for first in range(0, N, size):
            for inner in range(n.inner_steps):
                kept = [n.momentum * m for m in kept]
                seen = [(outputs(w, x[at]), y[at]) for at in order[first : first + size]]
                far = [
                    (a, c)
                    for a, c in seen
                    if inner == 0 or max(abs(a[-1][:-1] - np.where(np.arange(2) == c, 0.9, -0.9))) >= n.inner_error
                ]
                if not far:
                    break
                for a, c in far:
                    kept = [m + g for m, g in zip(kept, gradient(w, a, c), strict=True)]
                w = [m - e * k for m, e, k in zip(w, rate, kept, strict=True)]
                updates += 1
    return w, updates


SGD = {
    "one sample": {"learning__batch": 1},
    "four, the last two": {"learning__batch": 4},
    "all": {"learning__batch": 0},
    "momentum": {"learning__batch": 4, "learning__momentum": 0.8},
    "momentum forgotten every two epochs": {"learning__batch": 4, "learning__momentum": 0.8, "learning__restart_every": 2},
    "rates decay": {"learning__decay": 0.5},
    "every other epoch": {"learning__decay": 0.5, "learning__decay_every": 2},
    "and start anew": {"learning__decay": 0.5, "learning__restart_every": 3, "learning__momentum": 0.5, "learning__batch": 3},
    "up to five steps a sample": {"learning__inner_steps": 5, "learning__inner_error": 0.7},
    "samples drawn": {"data__order": "drawn"},
    "samples as given": {"data__order": "given", "learning__batch": 3},
}


@pytest.mark.parametrize("case", SGD)
def test_floating_point_learns_as_numpy_does(case):
    s = small(
        programming__scheme="exact",
        array__access="transistor",
        device__parameters__bounded=0,
        **{"learning__rate": [0.1], **SGD[case]},
    )
    epochs = 5
    wanted, updates = descent(Replica(s, 0), epochs)
    r = trained(s, train_fused, epochs)
    start = np.concatenate([m.ravel() for m in weights(Replica(s, 0))])
    assert abs(start - np.concatenate([m.ravel() for m in wanted])).max() > 0.05
    for got, want in zip(weights(r), wanted, strict=True):
        # some 10² updates, each with a few roundings of conductances that stand for weights of order 1
        np.testing.assert_allclose(got, want, rtol=0, atol=1e-12)
    assert (r.counts[:, UPDATES] == updates).all() and r.counts[:, [k for k, c in enumerate(COUNTS) if "set" in c]].sum() == 0


def test_a_call_that_trains_on_nothing_keeps_the_momentum():
    """A resumed run calls the loop once with no samples, to have it compiled, in the midst of an epoch too."""
    s = small(programming__scheme="exact", learning__batch=4, learning__momentum=0.5, learning__restart_every=1)
    whole = trained(s, train_fused, cut=(4,))
    r, (x, y) = Replica(s, 0), data()
    order = r.order(0, N)
    train_fused(r, x, y, order, 0, 4, 0)
    assert r.total.any()
    train_fused(r, x, y, np.zeros(1, np.int64), 0, 0, 0)
    train_fused(r, x, y, order, 4, N, 0)
    np.testing.assert_array_equal(r.cells.state, whole.cells.state)


# Without compilation ------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    """Arrays by name, see `schedules.results`."""
    path = tmp_path_factory.mktemp("schedules") / "results.npz"
    environment = {
        **os.environ,
        "NUMBA_DISABLE_JIT": "1",
        "PYTHONPATH": os.pathsep.join([str(Path(schedules.__file__).parent), *filter(None, sys.path)]),
    }
    subprocess.run([sys.executable, schedules.__file__, path], env=environment, check=True, timeout=120)
    with np.load(path) as archive:
        return {name: archive[name] for name in archive.files}


@pytest.mark.parametrize("case", CASES)
def test_stepwise_equals_fused(found, case):
    fused, stepwise = (
        {k: found[f"{case}/{driver}/{k}"] for k in ("state", "counts", "totals", "sums")}
        for driver in ("train_fused", "train_stepwise")
    )
    assert not np.array_equal(fused["state"], found[f"{case}/start"])
    for name in ("state", "counts", "totals"):
        np.testing.assert_array_equal(fused[name], stepwise[name], err_msg=name)
    # the same events added up in another order
    np.testing.assert_allclose(fused["sums"], stepwise["sums"], rtol=1e-12, atol=0)


def layers_of(s, g):
    """Weights (rows, columns) of each layer from conductances (synapses, 2)."""
    geo = s.geometry
    parts = [(g[geo.synapse[k] : geo.synapse[k + 1]] @ [1.0, -1.0]).reshape(geo.shape[k]) for k in range(len(geo.shape))]
    return [gain * w for gain, w in zip(s.learning.gain, parts, strict=True)]


def batches(s, order):
    """(address of the update, samples) of each batch of the first epoch."""
    for first in range(0, N, s.batch):
        at = order[first : first + s.batch]
        yield first + len(at) - 1, at


def totals(s, g, at, send=lambda d: d):
    """Σ x δ of each layer over a batch, read from conductances g."""
    (x, y), w = data(), layers_of(s, g)
    each = [gradient(w, outputs(w, x[n]), y[n], send) for n in at]
    return [sum(parts) for parts in zip(*each, strict=True)]


@pytest.mark.parametrize("rule", ["manhattan", "sign"])
def test_rules_of_one_step_equal_plain_python(found, rule):
    """Eq. 1.8: one pulse up or down by the sign of the sum, cell by cell; errors −1, 0, +1 beforehand where the rule is `sign`."""
    s = small(**CASES[rule])
    threshold = float(s.learning.threshold[0])  # one for all layers here
    send = (lambda d: np.where(d > threshold, 1.0, np.where(d < -threshold, -1.0, 0.0))) if rule == "sign" else (lambda d: d)
    g, label, w = found[f"{rule}/start"].copy(), SimpleNamespace(setup=s, label=0), s.writing
    pulses, still = 0, 0
    for step, at in batches(s, found[f"{rule}/order"]):
        sums = totals(s, g, at, send)
        for k, total in enumerate(sums):
            first = s.geometry.synapse[k]
            for c, value in enumerate(total.ravel()):
                still += value == 0.0
                if value != 0.0:
                    up = 0 if value < 0.0 else 1
                    g[first + c, up] = give(label, k, g[first + c, up], c, up, w.v_set, step, 0)
                    g[first + c, 1 - up] = give(label, k, g[first + c, 1 - up], c, 1 - up, -w.v_reset, step, 0)
                    pulses += 1
    np.testing.assert_array_equal(found[f"{rule}/train_fused/state"], g)
    counts = dict(zip(COUNTS, found[f"{rule}/train_fused/counts"].sum(axis=0), strict=True))
    assert counts["set"] == counts["reset"] == pulses > 20
    assert still > 0  # a sum of 0 changes nothing
    assert counts["updates"] == 2 * math.ceil(N / s.batch)


def test_loose_thresholds_move_half_selected_cells(found):
    """Cells that answer to V/2: eq. 1.11 fails, and a write of some cells of a column moves the others, as in plain Python."""
    s = small(**HALF, **LOOSE, driver="stepwise")
    p, w, geo = s.params, s.writing, s.geometry
    g, moved = found["loose/start"].copy(), 0
    for _, at in batches(s, found["loose/order"]):
        for k, total in enumerate(totals(s, g, at)):
            part = g[geo.synapse[k] : geo.synapse[k + 1]].reshape(*geo.shape[k], 2)
            wanted = -s.learning.rate[k] * total
            n = np.minimum(np.floor(np.abs(wanted) / w.quantum[k, 0] + 0.5), s.dense.most)
            for sign, volts in ((1, w.v_set), (-1, -w.v_reset)):
                for m in (0, 1):
                    chosen = n * (np.sign(wanted) == (sign if m == 0 else -sign))
                    for j in range(part.shape[1]):
                        for slot in range(int(chosen[:, j].max())):
                            rows = chosen[:, j] > slot
                            v = np.zeros(part.shape)
                            v[rows] += volts / 2
                            v[:, j, m] += volts / 2
                            step = [p.step_set if u > 0 else p.step_reset for u in v.ravel()]
                            change = np.array([amplitude(u, p) for u in v.ravel()]) * step
                            moved += int((change != 0.0).sum() - rows.sum())
                            part[:] = np.clip(part + change.reshape(v.shape), p.g_min, p.g_max)
    np.testing.assert_allclose(found["loose/state"], g, rtol=1e-12)
    assert found["loose/counts"][:, HALF_SELECTED].sum() == moved > 100


def test_loose_thresholds_are_warned_of_with_their_shares_and_refused_where_cells_are_not_visited(found):
    warnings = found["loose/warnings"].tolist()
    assert [t.split(" ", 1)[0] for t in warnings] == ["SET", "RESET"]
    for text in warnings:
        assert "pulses of 2 V: 0 % of the cells have their threshold above that and are not written" in text
        assert "100 % have it below 1 V and change when half-selected" in text
    assert "half-selected cells at 1 V would change (46 of 46), and driver 'fused' does not visit them" in str(
        found["loose/refused"]
    )
    assert "set driver = 'stepwise'" in str(found["loose/refused"])
    assert found["tight/warnings"].tolist() == []


def test_a_share_of_varied_thresholds_is_what_the_warning_says():
    """Thresholds that differ from cell to cell: the shares of eq. 1.11 are counted, not assumed."""
    from ohmgrad.programming.half_select import half_select_shares

    th = np.array([0.9, 1.0, 1.1, 1.5, 2.0, 2.5, 0.5, 1.3])
    assert half_select_shares(2.0, th) == (2 / 8, 3 / 8)
    assert half_select_shares(2.0, th, 1 / 3) == (2 / 8, 1 / 8)
    assert half_select_shares(2.0, 1.2) == (0.0, 0.0)


def test_transfer_writes_whole_pulses_and_keeps_the_rest():
    """One update: what was written and what is kept are together the change of floating point; less than a pulse is kept."""
    changes = {**BLIND, "learning__batch": 0, "device__parameters__bounded": 0, "device__parameters__sigma": 0.0}
    s = small(**changes, learning__transfer=True)
    r = trained(s, train_fused)
    ideal = trained(small(**{**changes, "programming__scheme": "exact"}), train_fused)
    gain = np.concatenate([np.full(m.size, k) for m, k in zip(weights(r), s.learning.gain, strict=True)])
    step = np.concatenate([np.full(m.size, q[0]) for m, q in zip(weights(r), s.writing.quantum, strict=True)])
    np.testing.assert_allclose(gain * r.cells.w + r.kept, gain * ideal.cells.w, rtol=0, atol=1e-12)
    assert (abs(r.kept) < step).all() and np.count_nonzero(r.kept) > 10
    written = gain * (r.cells.w - Replica(s, 0).cells.w) / step
    np.testing.assert_allclose(written, np.round(written), atol=1e-9)
    assert "kept" in r.arrays() and "kept" not in ideal.arrays()


def test_settings_without_effect_are_refused():
    from ohmgrad.errors import SpecError

    with pytest.raises(SpecError, match=r"learning.momentum = 0.5 .* scheme 'overlap' writes sample by sample; set it to 0"):
        small(learning__momentum=0.5)
    with pytest.raises(
        SpecError, match=r"learning.transfer gathers changes in digital, and scheme 'overlap' writes sample by sample"
    ):
        small(learning__transfer=True)
    with pytest.raises(SpecError, match=r"learning.inner_steps = 3 .*; set batch = 1, or inner_steps = 1"):
        small(learning__inner_steps=3, learning__batch=4, learning__sums="pulses")
    with pytest.raises(SpecError, match=r"learning.step has 3 values for 2 layers"):
        small(**BLIND, learning__rule="manhattan", learning__step=[0.1, 0.1, 0.1])
