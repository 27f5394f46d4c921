"""Small networks that learn in batches, for `test_schedules`; as a program: the loops without compilation, their results as arrays.

NUMBA_DISABLE_JIT=1 python schedules.py results.npz
"""

import sys

import numpy as np
from small import samples, setup

from ohmgrad.errors import SpecError
from ohmgrad.network.drivers import check_thresholds, train_fused, train_stepwise
from ohmgrad.network.replica import Replica

N, LAYERS = 10, (4, 3, 2)
HALF = {"programming__scheme": "half-select", "learning__batch": 4}
BLIND = {"programming__scheme": "blind", "array__access": "transistor", "learning__batch": 4}
PULSES = {"learning__sums": "pulses", "learning__batch": 4}
# 2 V pulses that leave every cell alone at 1 V, and that do not
LOOSE = {"device__parameters__v_th_set": 0.8, "device__parameters__v_th_reset": 0.8, "device__parameters__sigma": 0.0}
CASES = {
    "sums by pulses": PULSES,
    "half-select": HALF,
    "half-select, one-way pairs, momentum": {**HALF, "synapse__write": "one-way", "learning__momentum": 0.5},
    "third-select": {**HALF, "programming__scheme": "third-select"},
    "relu outputs": {
        "programming__scheme": "exact",
        "learning__batch": 4,
        "network__output": "relu",
        "learning__rate": [0.2],
        "seed": 8,
    },
    "a batch repeated": {**HALF, "learning__inner_steps": 3, "learning__inner_error": 0.85},
    "transfer": {**BLIND, "learning__transfer": True, "learning__rate": [0.05], "learning__batch": 1},
    "transfer, one-way pairs, sign": {
        **BLIND,
        "synapse__write": "one-way",
        "learning__transfer": True,
        "learning__rule": "sign",
        "learning__step": 0.03,
    },
    "manhattan": {**BLIND, "learning__rule": "manhattan"},
    "sign": {**BLIND, "learning__rule": "sign", "learning__threshold": 0.15},
}


def small(**changes):
    """The set-up of a case, two-way pairs unless it says otherwise."""
    changes = {"layers": LAYERS, "synapse__write": "two-way", "learning__rate": [1.0], **changes}
    return setup("linear", **changes)


def data(n=N):
    return samples(n, LAYERS[0], LAYERS[-1])


def trained(s, driver, epochs=1, cut=()):
    """A replica after so many epochs of all samples."""
    r, (x, y) = Replica(s, 0), data()
    for epoch in range(epochs):
        order = r.order(epoch, len(x))
        for begin, end in zip([0, *cut], [*cut, len(x)], strict=True):
            driver(r, x, y, order, begin, end, epoch)
    return r


def results():
    """Start and end of every case under both drivers, and the loose thresholds stepwise."""
    out = {}
    for name, changes in CASES.items():
        s = small(**changes)
        out[f"{name}/start"] = Replica(s, 0).cells.state[0]
        out[f"{name}/order"] = Replica(s, 0).order(0, N)
        for driver in (train_fused, train_stepwise):
            r = trained(s, driver)
            got = {"state": r.cells.state[0], "counts": r.counts, "totals": r.totals, "sums": r.sums}
            out |= {f"{name}/{driver.__name__}/{k}": v for k, v in got.items()}
    s = small(**HALF, **LOOSE, driver="stepwise")
    out["loose/start"], out["loose/order"] = Replica(s, 0).cells.state[0], Replica(s, 0).order(0, N)
    r = trained(s, train_stepwise)
    out["loose/state"], out["loose/counts"] = r.cells.state[0], r.counts
    out["loose/warnings"] = np.array(check_thresholds(Replica(s, 0)))
    try:
        check_thresholds(Replica(small(**HALF, **LOOSE), 0))
    except SpecError as e:
        out["loose/refused"] = np.array(str(e))
    tight = {k: v for k, v in LOOSE.items() if "sigma" in k}
    out["tight/warnings"] = np.array(check_thresholds(Replica(small(**HALF, **tight), 0)), dtype=str)
    return out


if __name__ == "__main__":
    with np.errstate(over="ignore"):  # uncompiled, products of NumPy integers wrap with a warning
        np.savez(sys.argv[1], **results())
