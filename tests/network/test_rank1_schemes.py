"""Every scheme that writes x and u at once, fused = step by step, for the kinds of synapses that it can write.

Compiling each combination takes half a minute, so they run uncompiled, the same source, in a program of its own (this file).
"""

import os
import subprocess
import sys

import numpy as np
from small import samples, setup

from ohmgrad.ledger import RESET, SET
from ohmgrad.network.drivers import train_fused, train_stepwise
from ohmgrad.network.replica import Replica

SINGLE = {"synapse__kind": "single", "device__t_set": "50 ns", "device__t_reset": "50 ns"}
CASES = {
    "one step, single cells": {**SINGLE, "programming__scheme": "one-step"},
    "stochastic, three cells in turn": {**SINGLE, "synapse__cells": 3, "programming__scheme": "stochastic"},
    "nested, two-way pairs": {"synapse__write": "two-way", "programming__scheme": "pulse-number"},
    "one step, two pairs in turn": {"synapse__write": "two-way", "synapse__cells": 2, "programming__scheme": "one-step"},
    "overlap, fixed pairs": {"synapse__kind": "fixed"},
    "pulse train, single cells": {**SINGLE, "programming__scheme": "pulse-train"},
}


def compare(case):
    """Train with both drivers and compare everything that they leave."""
    s = setup("linear", **CASES[case])
    x, y = samples(20)
    runs = []
    for driver in (train_fused, train_stepwise):
        r = Replica(s, 0)
        driver(r, x, y, np.arange(20), 0, 20, 0)
        runs.append(r)
    fused, stepwise = runs
    assert fused.counts[:, [SET, RESET]].sum() > 100
    np.testing.assert_array_equal(fused.cells.state, stepwise.cells.state)
    np.testing.assert_array_equal(fused.counts, stepwise.counts)
    np.testing.assert_array_equal(fused.totals, stepwise.totals)
    # energies are sums over the same events in another order, some of them differences of sums 10² larger
    np.testing.assert_allclose(fused.sums, stepwise.sums, rtol=1e-10, atol=0)


def test_stepwise_equals_fused_for_every_scheme():
    environment = {**os.environ, "NUMBA_DISABLE_JIT": "1", "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)}
    done = subprocess.run([sys.executable, __file__], env=environment, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split("\n")[:-1] == list(CASES)


if __name__ == "__main__":
    for name in CASES:
        compare(name)
        print(name)
