"""Reads of a small network by the compiled loops, and the same in plain NumPy."""

import numpy as np
from small import samples

from ohmgrad.network.replica import Replica


class Passes:
    """A replica, one sample on its lines."""

    def __init__(self, case, label=1, image=None):
        self.case, self.k, self.label = case, case.loops, label
        self.r = Replica(case, 0)
        self.geo = case.geometry
        self.layers = len(self.geo.shape)
        self.image = samples(1)[0][0] if image is None else image
        self.scale = np.ones(self.geo.column[-1])
        self.signals = self.k.make_signals(self.geo)
        self.scratch = self.k.make_scratch(int(self.geo.shape.max()) + 1)

    def forward(self, step=0):
        c = self.case
        self.k.load_sample(self.image, self.label, c.learning, self.signals)
        self.k.forward(
            self.r.cells, self.geo, c.learning, c.reading, self.scale, self.signals, self.scratch, 1, 0, step, self.r.counts, self.r.sums
        )  # fmt: skip
        return self.signals

    def backward(self, step=0):
        c = self.case
        self.k.backward(
            self.r.cells, self.geo, c.learning, c.reading, self.scale, self.signals, self.scratch, 1, 0, step, self.r.counts, self.r.sums
        )  # fmt: skip
        return self.signals

    def loss(self):
        return self.k.output_loss(self.forward(), int(self.geo.shape[-1, 1]))

    def weights(self, layer):
        """(rows, columns), weight units."""
        part = slice(self.geo.synapse[layer], self.geo.synapse[layer + 1])
        return self.case.learning.gain[layer] * self.r.cells.w[part].reshape(self.geo.shape[layer])

    def conductances(self, layer):
        """(rows, columns, members), siemens."""
        part = slice(self.geo.synapse[layer], self.geo.synapse[layer + 1])
        return self.r.cells.state[0, part].reshape(*self.geo.shape[layer], -1)

    def row(self, matrix, layer, columns=False):
        """One layer's part of x (its rows), or of delta, s, raw (its columns)."""
        return matrix[layer, : self.geo.shape[layer, 1 if columns else 0]]

    def move(self, layer, i, j, dw):
        """Change one weight, by weight units, for forward and backward reads."""
        rows, columns = self.geo.shape[layer]
        step = dw / self.case.learning.gain[layer]
        self.r.cells.w[self.geo.synapse[layer] + i * columns + j] += step
        self.r.cells.wt[self.geo.synapse[layer] + j * rows + i] += step
