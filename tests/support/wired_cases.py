"""Small networks on wires, for `test_wired`; as a program: trained without compilation, results as arrays.

NUMBA_DISABLE_JIT=1 python wired_cases.py results.npz
"""

import sys
from dataclasses import replace

import numpy as np
from small import samples, setup

from ohmgrad.arrays.circuit.crossbar import Crossbar
from ohmgrad.arrays.circuit.settings import Circuit
from ohmgrad.arrays.circuit.wires import Wires
from ohmgrad.ledger import COUNTS
from ohmgrad.network.drivers import train_stepwise
from ohmgrad.network.replica import Replica
from ohmgrad.network.wired import Wired

N, LAYERS = 8, (3, 2, 2)
PASSIVE = {"array__access": "passive", "learning__batch": 4}
HALF = {**PASSIVE, "programming__scheme": "half-select"}
SWITCHES = {"array__access": "selector", "array__v_th": 0.05, "array__v_hold": 0.01, "array__wire": 50.0}
IDEAL = {
    "half-select": HALF,
    "third-select": {**PASSIVE, "programming__scheme": "third-select"},
    "overlap": {**PASSIVE, "learning__batch": 1},
    "blind": {"programming__scheme": "blind", "array__access": "transistor", "learning__batch": 4},
    "blind, along bit lines": {"programming__scheme": "blind", "programming__parallel": "bit-line", "array__access": "transistor", "learning__batch": 4},
    "single cells": {**HALF, "synapse__kind": "single"},
}  # fmt: skip
# cells that are stuck: nothing moves, so that energies can be added up
DEAF = {"device__faults": {"stuck": 1.0}}
ENERGY = {
    "wires": {**HALF, "array__wire": 2000.0, **DEAF},
    "source and sense": {**HALF, "array__source": 5000.0, "array__sense": 3000.0, **DEAF},
    "third-select": {**PASSIVE, "programming__scheme": "third-select", "array__wire": 2000.0, **DEAF},
    "selectors": {**HALF, **SWITCHES, **DEAF},
    "blind": {"programming__scheme": "blind", "array__access": "transistor", "learning__batch": 4, "array__wire": 2000.0, **DEAF},
}  # fmt: skip
BENT = {
    "sinh": {**HALF, "device__current__kind": "sinh", "device__current__v_0": 0.05, "array__wire": 2000.0},
    "selectors": {**HALF, **SWITCHES},
}


def small(**changes):
    """The set-up of a case, two-way pairs unless it says otherwise."""
    changes = {
        "layers": LAYERS,
        "synapse__write": "two-way",
        "learning__rate": [1.0],
        "device__parameters__sigma": 0.2,
        **changes,
    }
    return setup("linear", **changes)


def trained(s, cut=()):
    """A replica after one epoch."""
    r, (x, y) = Replica(s, 0), samples(N, LAYERS[0], LAYERS[-1])
    for begin, end in zip([0, *cut], [*cut, N], strict=True):
        train_stepwise(r, x, y, np.arange(N), begin, end, 0)
    return r


def delivered(s):
    """A trained replica, and the watts that the drivers delivered in each slot of writing."""
    watts, solve, slot, writing = [], Crossbar.solve, Wired.slot, []

    def watched(self, rows, columns=0.0, **options):
        found = solve(self, rows, columns, **options)
        watts.extend([found.power_in] if writing else [])
        return found

    def writes(*arguments):
        writing.append(True)
        out = slot(*arguments)
        writing.pop()
        return out

    Crossbar.solve, Wired.slot = watched, writes
    try:
        r = trained(s)
    finally:
        Crossbar.solve, Wired.slot = solve, slot
    return r, watts


def bent(s):
    """Raw reads of the first layer forward and of the last one backward, and the same from the circuit by itself."""
    r, (x, y) = Replica(s, 0), samples(N, LAYERS[0], LAYERS[-1])
    p, k, geo = r.wired_pass, s.loops, s.geometry
    k.load_sample(x[0], int(y[0]), s.learning, p.signals)
    counts, sums = r.counts, r.sums
    p.forward(r.cells, r.scale, 0, 0, counts, sums)
    p.backward(r.cells, r.scale, 0, counts, sums, s.learning)
    start = "off" if s.circuit.selector else None
    sign = np.array([1.0, -1.0])
    v = p.signals.x[0, : geo.shape[0, 0]] * s.reading.v_read
    forward = r.wired.crossbar(r.cells.state, 0).solve(v, start=start)
    column = forward.column_currents.reshape(-1, 2) @ sign * s.learning.gain[0] / s.reading.v_read
    u = p.signals.delta[1, : geo.shape[1, 1]] * s.reading.v_read
    back = r.wired.crossbar(r.cells.state, 1).solve(np.zeros(geo.shape[1, 0]), np.outer(u, sign).ravel(), start=start)
    row = -back.row_currents * s.learning.gain[1] / s.reading.v_read
    slopes = 1.0 - p.signals.x[1, :2] ** 2  # tanh
    return {
        "forward": p.signals.raw[0, : geo.shape[0, 1]], "forward_alone": column,
        "backward": p.signals.error[0, : geo.shape[0, 1]], "backward_alone": row[:2] * slopes,
        "energy": np.array([sums[0, 5] * s.reading.v_read**2, forward.power_in]),
    }  # fmt: skip


def results():
    """All that the tests look at."""
    out = {}
    for name, changes in IDEAL.items():
        s = small(**changes)
        isolated = changes["array__access"] == "transistor"
        for kind, circuit in (("none", None), ("ideal", Circuit(Wires(), isolated=isolated))):
            r = trained(replace(s, circuit=circuit))
            out |= {f"{name}.{kind}.{k}": v for k, v in r.arrays().items() if not k.startswith("wired_")}
            out[f"{name}.{kind}.reached"] = r.wired.reached if r.wired else np.zeros(0)
    for name, changes in ENERGY.items():
        s = small(**changes)
        r, watts = delivered(s)
        out |= {
            f"energy.{name}.sums": r.sums,
            f"energy.{name}.joules_per_siemens": s.costs.energy(),
            f"energy.{name}.watts": np.array(watts),
        }
        out |= {
            f"energy.{name}.t": np.array([s.writing.t_set, s.writing.t_reset]),
            f"energy.{name}.counts": r.counts,
            f"energy.{name}.reached": r.wired.reached,
        }
    for name, changes in BENT.items():
        out |= {f"bent.{name}.{k}": v for k, v in bent(small(**changes)).items()}
        out |= {f"bent.{name}.accuracy": np.array(trained(small(**changes)).test(*samples(N, LAYERS[0], LAYERS[-1])))}
    exact = trained(small(**HALF, array__wire=2000.0))
    each = trained(small(**HALF, array__wire=2000.0, array__reads="effective", array__reads_every=1))
    seldom = small(**HALF, array__wire=2000.0, array__reads="effective", array__reads_every=2)
    out |= {"exact": exact.cells.state, "each": each.cells.state, "each.error": each.wired.error}
    out |= {f"whole.{k}": v for k, v in trained(seldom).arrays().items()}
    out |= {f"cut.{k}": v for k, v in trained(seldom, cut=(4,)).arrays().items()}
    ideal, loose = small(**HALF), {"device__parameters__v_th_set": 0.9, "device__parameters__v_th_reset": 0.9}
    out["moved"] = (trained(small(**HALF, array__wire=1.0, **loose)).cells.state != trained(ideal).cells.state).mean()
    return out


if __name__ == "__main__":
    assert COUNTS[-1] == "wired_slots"
    with np.errstate(over="ignore"):  # uncompiled, products of NumPy integers wrap with a warning
        np.savez(sys.argv[1], **results())
