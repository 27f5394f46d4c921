"""One replica: a network with a label of its own, its cells and its ledger.

Everything random about it follows from (seed, label): initial states, cell-to-cell variation, order of the samples, every pulse.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ohmgrad.arrays.cells import Cells, make_cells
from ohmgrad.devices.variation import vary
from ohmgrad.kernels.draws import DEVICE, INITIAL, ORDER
from ohmgrad.ledger import COUNTS, SUMS
from ohmgrad.network.setup import Setup

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


class Replica:
    """Cells, event counts (layers, events), conductance sums (layers, sums) and totals (parallel slots, correct answers)."""

    def __init__(self, setup: Setup, label: int) -> None:
        self.setup = setup
        self.label = label
        layers = len(setup.geometry.shape)
        self.cells = _initial_cells(setup, label)
        self.counts: Ints = np.zeros((layers, len(COUNTS)), np.int64)
        self.sums: Floats = np.zeros((layers, len(SUMS)))
        self.totals: Ints = np.zeros(2, np.int64)

    def order(self, epoch: int, samples: int) -> Ints:
        """Order in which the samples of an epoch are shown: a permutation addressed by the epoch, or as given."""
        if not self.setup.shuffle:
            return np.arange(samples)
        u = np.empty(samples)
        self.setup.loops.fill_uniform(u, self.setup.seed, self.label, epoch, ORDER * 256, 0)
        return np.argsort(u, kind="stable")

    def correct(self, images: Floats, labels: Ints) -> float:
        """Share of the images that the network answers rightly, weights frozen."""
        s = self.setup
        return int(s.loops.count_correct(self.cells, s.geometry, s.learning, images, labels)) / len(images)


def _initial_cells(setup: Setup, label: int) -> Cells:
    """One cell of each pair at its g_min, the other random above it (figure 2.12, inset: the left arms of the diamond)."""
    geo, law = setup.geometry, setup.law
    n = geo.synapses
    varied = np.empty((len(setup.varied), n, 2))
    for layer in range(len(geo.shape)):
        part = slice(geo.synapse[layer], geo.synapse[layer + 1])
        size = 2 * int(geo.synapse[layer + 1] - geo.synapse[layer])

        def draw(cells: int, k: int, layer: int = layer) -> Floats:
            xi = np.empty(cells)
            setup.loops.fill_normal(xi, setup.seed, label, 0, DEVICE * 256 + layer, k)
            return xi

        for at, name in enumerate(setup.varied):
            nominal = getattr(setup.params, name)
            varied[at, part] = vary(law, nominal, name, setup.variation[name], size, draw).reshape(-1, 2)
    low, high = (_each(setup, varied, name) for name in ("g_min", "g_max"))
    rest = [np.full((n, 2), value) for value in law.start(0.0, setup.params)]
    state = np.array([np.broadcast_to(low, (n, 2)), *rest[1:]])
    for layer in range(len(geo.shape)):
        part = slice(geo.synapse[layer], geo.synapse[layer + 1])
        size = int(geo.synapse[layer + 1] - geo.synapse[layer])
        which, share = np.empty(size), np.empty(size)
        setup.loops.fill_uniform(which, setup.seed, label, 0, INITIAL * 256 + layer, 0)
        setup.loops.fill_uniform(share, setup.seed, label, 0, INITIAL * 256 + layer, 1)
        above = share[:, None] * setup.start[layer] * (high - low)[part]
        state[0, part] += np.where(np.stack([which < 0.5, which >= 0.5], axis=1), above, 0.0)
    return make_cells(geo, state, np.array(setup.params, dtype=np.float64), varied, setup.table)


def _each(setup: Setup, varied: Floats, name: str) -> Floats:
    """Parameter `name` of every cell (synapses, 2)."""
    if name in setup.varied:
        return np.asarray(varied[setup.varied.index(name)])
    return np.full((setup.geometry.synapses, 2), getattr(setup.params, name))
