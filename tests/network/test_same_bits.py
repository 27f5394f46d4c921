"""Fused = stepwise = plain reference, to the last bit, for laws with hidden state and tables, two schemes, both ways of writing.

Compiling each takes half a minute, so some run uncompiled, the same source, in a program of its own (this file).
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pytest
from reference import Reference
from small import samples, setup

from ohmgrad.ledger import COUNTS
from ohmgrad.network.drivers import train_fused, train_stepwise
from ohmgrad.network.replica import Replica


def table(folder):
    """Steps that shrink towards both ends, as a CSV."""
    g = np.linspace(0.1e-6, 20e-6, 9)
    up = 1.2e-6 * (1 - g / 25e-6)
    path = Path(folder) / "steps.csv"
    np.savetxt(path, [g, up, -up[::-1]], delimiter=",", fmt="%.17g")
    return str(path)


CASES = {
    "linear, both ways": ("linear", {"synapse__write": "two-way"}),
    "linear without bounds": ("linear", {"synapse__write": "two-way", "device__parameters__bounded": 0}),
    "saturating, one way, refreshed": ("soft-bounds", {"synapse__refresh_every": 10, "synapse__refresh_above": 0.3}),
    "phase change with memory, refreshed": (
        "pcm-nandakumar2018",
        {"synapse__refresh_every": 7, "synapse__refresh_common": 0.05},
    ),
    "few pulses to refresh": (
        "soft-bounds",
        {"synapse__refresh_every": 10, "synapse__refresh_pulses": 2, "synapse__refresh_above": 0.3},
    ),
}
UNCOMPILED = {
    "table, pulse train": ("table", {"synapse__write": "two-way", "programming__scheme": "pulse-train"}),
    "table, overlap": ("table", {"synapse__write": "two-way"}),
    "phase change, pulse train": ("pcm-nandakumar2018", {"programming__scheme": "pulse-train", "synapse__refresh_every": 9}),
    "logistic neurons": (
        "linear",
        {"synapse__write": "two-way", "network__activation": "logistic", "network__target_low": 0.1, "learning__rate": [4.0]},
    ),
}


@pytest.fixture(params=CASES, ids=lambda c: c.replace(" ", "-"))
def case(request):
    law, changes = CASES[request.param]
    return setup(law, **changes)


def trained(case, driver, label=0, n=60, cut=()):
    r = Replica(case, label)
    x, y = samples(n)
    order = r.order(0, n)
    ends = [*cut, n]
    for begin, end in zip([0, *cut], ends, strict=True):
        driver(r, x, y, order, begin, end, 0)
    return r


def test_fused_equals_the_plain_reference(case):
    start = Replica(case, 0)
    reference = Reference(start)
    x, y = samples()
    for n, at in enumerate(start.order(0, len(x))):
        reference.sample(x[at], int(y[at]), n)
    fused = trained(case, train_fused)
    assert reference.count["set"] > 100
    np.testing.assert_array_equal(fused.cells.state[0], reference.state())
    if len(fused.cells.state) > 1:
        np.testing.assert_array_equal(fused.cells.state[1], np.concatenate([m.reshape(-1, 2) for m in reference.memory]))
    total = dict(zip(COUNTS, fused.counts.sum(axis=0), strict=True))
    assert {name: total[name] for name in reference.count} == reference.count
    if case.writing.refresh_every:
        assert reference.count["refresh_set"] > 0


def test_stepwise_equals_fused(case):
    fused, stepwise = trained(case, train_fused), trained(case, train_stepwise)
    np.testing.assert_array_equal(fused.cells.state, stepwise.cells.state)
    np.testing.assert_array_equal(fused.counts, stepwise.counts)
    np.testing.assert_array_equal(fused.totals, stepwise.totals)
    # energies are sums over the same events in another order: 60 samples of some 10³ terms leave 1e-16 · 10³ at most
    np.testing.assert_allclose(fused.sums, stepwise.sums, rtol=1e-12, atol=0)


def test_chunks_change_nothing(case):
    whole, cut = trained(case, train_fused), trained(case, train_fused, cut=(1, 17, 18, 44))
    for name in ("state", "w", "wt", "row", "col"):
        np.testing.assert_array_equal(getattr(whole.cells, name), getattr(cut.cells, name))
    np.testing.assert_array_equal(whole.counts, cut.counts)
    np.testing.assert_array_equal(whole.sums, cut.sums)


def test_what_is_kept_for_reads_is_what_it_stands_for(case):
    r = trained(case, train_fused)
    geo = case.geometry
    for layer, (rows, columns) in enumerate(geo.shape):
        part = slice(geo.synapse[layer], geo.synapse[layer + 1])
        g = r.cells.state[0, part].reshape(rows, columns, 2)
        w = g[..., 0] - g[..., 1]
        np.testing.assert_array_equal(r.cells.w[part].reshape(rows, columns), w)
        if layer:
            np.testing.assert_array_equal(r.cells.wt[part].reshape(columns, rows), w.T)
        # differences added up over 60 samples: a few hundred roundings of 1e-16 of the sum
        np.testing.assert_allclose(r.cells.row[geo.row[layer] : geo.row[layer + 1]], g.sum(axis=(1, 2)), rtol=1e-12)
        np.testing.assert_allclose(r.cells.col[:, geo.column[layer] : geo.column[layer + 1]], g.sum(axis=0).T, rtol=1e-12)


def test_replicas_differ_and_repeat(case):
    a, b, again = (trained(case, train_fused, label) for label in (0, 5, 5))
    assert not np.array_equal(a.cells.state, b.cells.state)
    np.testing.assert_array_equal(b.cells.state, again.cells.state)


def test_gradient_is_that_of_the_squared_error():
    """−u/η·x from the two reads equals the numerical derivative of E (eq. 1.3, 2.4 to 2.6) with respect to the weights."""
    case = setup("linear", synapse__write="two-way")
    r, x, y = Replica(case, 0), *samples(1)
    geo, k = case.geometry, case.loops
    scale = np.ones(geo.column[-1])

    def run():
        signals, scratch = k.make_signals(geo), k.make_scratch(int(geo.shape.max()) + 1)
        k.load_sample(x[0], int(y[0]), case.learning, signals)
        k.forward(r.cells, geo, case.learning, case.reading, scale, signals, scratch, 1, 0, 0, r.counts, r.sums)
        k.backward(r.cells, geo, case.learning, case.reading, scale, signals, scratch, 1, 0, 0, r.counts, r.sums)
        return signals.x, signals.delta, 0.5 * float(((signals.x[3, :3] - signals.target) ** 2).sum())

    a, delta, _ = run()
    for layer in range(3):
        rows, columns = geo.shape[layer]
        for i, j in ((0, 0), (2, 1), (rows - 1, columns - 1)):
            cell = geo.synapse[layer] + i * columns + j
            step = 1e-5 / case.learning.gain[layer]
            energies = []
            for sign in (1, -1):
                r.cells.w[cell] += sign * step
                r.cells.wt[geo.synapse[layer] + j * rows + i] += sign * step
                energies.append(run()[2])
                r.cells.w[cell] -= sign * step
                r.cells.wt[geo.synapse[layer] + j * rows + i] -= sign * step
            numeric = (energies[0] - energies[1]) / 2e-5
            # central difference of step 1e-5: error of order 1e-10 relative to derivatives of order 0.1
            assert a[layer, i] * delta[layer, j] == pytest.approx(numeric, rel=1e-5, abs=1e-9)


def test_all_of_this_uncompiled():
    environment = {**os.environ, "NUMBA_DISABLE_JIT": "1", "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)}
    done = subprocess.run([sys.executable, __file__], env=environment, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split("\n")[:-1] == list(UNCOMPILED)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        for name, (law, changes) in UNCOMPILED.items():
            one = setup(law, **changes, **({"device__table": table(folder)} if law == "table" else {}))
            test_fused_equals_the_plain_reference(one)
            test_stepwise_equals_fused(one)
            test_chunks_change_nothing(one)
            test_what_is_kept_for_reads_is_what_it_stands_for(one)
            test_replicas_differ_and_repeat(one)
            print(name)
