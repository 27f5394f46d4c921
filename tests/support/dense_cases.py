"""Writing of one dense change on the layers of a small network: set-up, the compiled loop, and the same in plain Python."""

import numpy as np
from reference import draw, pulse
from small import setup

from ohmgrad.ledger import COUNTS, SUMS, TOTALS
from ohmgrad.network.replica import Replica

WRITE = 3


def case(scheme, law="linear", **changes):
    return setup(law, **{"programming__scheme": scheme, "array__access": "transistor", "learning__batch": 5, **changes})


def change(r, layer, size=3.0, seed=0):
    """A change wanted (synapses of the layer,), normal, of `size` pulses; a third is zero."""
    rows, columns = r.setup.geometry.shape[layer]
    g = np.random.default_rng(seed)
    q = r.setup.writing.quantum[layer, 0]
    return size * q * g.standard_normal(rows * columns) * (g.random(rows * columns) < 0.67)


class Written:
    """What `write_dense` did to one layer of a replica."""

    def __init__(self, r, layer, dw, step=4):
        s, geo = r.setup, r.setup.geometry
        part = slice(geo.synapse[layer], geo.synapse[layer + 1])
        self.before = r.cells.state[:, part].copy()
        self.w_before = r.cells.w[part].copy()
        counts, sums = np.zeros(len(COUNTS), np.int64), np.zeros(len(SUMS))
        slots = np.zeros(len(TOTALS), np.int64)
        k = s.loops
        k.write_dense(
            r.cells, geo, layer, dw, np.ones(geo.shape[layer][0], np.int64), float(s.learning.gain[layer]), s.coding, s.writing, s.dense, s.reading, r.aim, s.seed, r.label, step,
            counts, sums, slots, k.make_dense_scratch(geo, r.cells.state.shape[0], s.dense),
        )  # fmt: skip
        self.state, self.w = r.cells.state[:, part].copy(), r.cells.w[part].copy()
        self.counts = dict(zip(COUNTS, counts.tolist(), strict=True))
        self.sums = dict(zip(SUMS, sums.tolist(), strict=True))
        self.slots = dict(zip(TOTALS, slots.tolist(), strict=True))

    @property
    def events(self):
        return {k: v for k, v in self.counts.items() if v}

    @property
    def used(self):
        return {k: v for k, v in self.slots.items() if v}


def replica(setup, label=0):
    return Replica(setup, label)


def give(r, layer, g, c, m, volts, step, k, stream=WRITE):
    """One pulse of a linear cell, in plain Python; returns the new conductance."""
    s = r.setup
    cell = s.synapse.members * c + m
    return pulse(
        s.law.name, g, 1.0, volts, s.params, s.table, lambda: draw(s.seed, r.label, cell, step, k, stream * 256 + layer)
    )[0]


def lines_hold(r, layer):
    """Is what is kept for reads what it stands for?"""
    geo = r.setup.geometry
    rows, columns = geo.shape[layer]
    part = slice(geo.synapse[layer], geo.synapse[layer + 1])
    g = r.cells.state[0, part]
    w = g[:, ::2].sum(axis=1) - g[:, 1::2].sum(axis=1) if r.setup.synapse.paired else g.sum(axis=1) - r.cells.reference
    np.testing.assert_allclose(r.cells.w[part], w, rtol=0, atol=1e-18)
    if layer:
        np.testing.assert_array_equal(r.cells.wt[part].reshape(columns, rows), r.cells.w[part].reshape(rows, columns).T)
    g = g.reshape(rows, columns, -1)
    np.testing.assert_allclose(r.cells.row[geo.row[layer] : geo.row[layer + 1]], g.sum(axis=(1, 2)), rtol=1e-13)
    np.testing.assert_allclose(r.cells.col[:, geo.column[layer] : geo.column[layer + 1]], g.sum(axis=0).T, rtol=1e-13)
