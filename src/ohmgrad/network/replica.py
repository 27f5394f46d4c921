"""One replica: a network with a label of its own, its cells, its clock and its ledger.

Everything random about it follows from (seed, label): initial states, cell-to-cell variation, faults, order of the samples, every pulse.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from ohmgrad.arrays.cells import Cells, derive_sums, derive_weights
from ohmgrad.devices.slow_noise import advance_slow, slow_factor, start_slow
from ohmgrad.kernels.draws import ORDER
from ohmgrad.ledger import COUNTS, SUMS, TOTALS, UPDATES, make_bill
from ohmgrad.network.initial import initial_cells
from ohmgrad.network.setup import Setup
from ohmgrad.network.wired import Wired
from ohmgrad.network.wired_pass import WiredPass
from ohmgrad.programming.change import Dense

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

AFTER_TRAINING = 1 << 22  # number of the tests after training, beyond those of every epoch
LAST_REST = 1 << 31  # address of the rests after training, beyond every training sample's


class Replica:
    """Cells, event counts (layers, events), conductance sums (layers, sums) and totals (parallel slots, correct answers).

    clock: array time (seconds) up to which the cells have rested, and up to which slow noise has been followed.
    scale (columns of all layers): digital column scales; with a digital bias, as many offsets behind them. total (synapses,): sums of gradients of schemes that take whole matrices, kept for the momentum.
    kept (synapses,): changes gathered in digital that do not make a whole pulse yet, weight units; empty without learning.transfer.
    aim (synapses, members): conductances last asked for, of schemes that remember them. slow: state of the slow read noise of each layer (processes, cells), empty without it.
    """

    def __init__(self, setup: Setup, label: int) -> None:
        self.setup = setup
        self.label = label
        geo = setup.geometry
        layers = len(geo.shape)
        self.cells = initial_cells(setup, label)
        self.counts: Ints = np.zeros((layers, len(COUNTS)), np.int64)
        self.sums: Floats = np.zeros((layers, len(SUMS)))
        self.totals: Ints = np.zeros(len(TOTALS), np.int64)
        self.clock: Floats = np.zeros(2)
        self.scale: Floats = np.ones(int(geo.column[-1]))
        if setup.digital_bias:
            self.scale = np.append(self.scale, np.zeros(len(self.scale)))
        dense = Dense in setup.scheme.accepts
        self.total: Floats = np.zeros(geo.synapses if dense else 0)
        self.kept: Floats = np.zeros(geo.synapses if dense and setup.learning.transfer else 0)
        self.aim: Floats = np.full((geo.synapses if dense and setup.scheme.remembers else 0, setup.synapse.members), np.nan)
        each = setup.synapse.members
        sizes = [each * int(geo.synapse[k + 1] - geo.synapse[k]) for k in range(layers)] if setup.noise.slow else []
        self.wired = None if setup.circuit is None else Wired(setup, setup.circuit, label)
        bent = self.wired is not None and not self.wired.circuit.linear
        self.wired_pass = WiredPass(setup, self.wired, label) if self.wired and bent else None
        self.slow = [start_slow(setup.noise, n, setup.seed, label, k) for k, n in enumerate(sizes)]

    def arrays(self) -> dict[str, npt.NDArray[Any]]:
        """Everything that changes in training, as live arrays: what a checkpoint holds."""
        c = self.cells
        return {
            "state": c.state, "row": c.row, "col": c.col, "counts": self.counts, "sums": self.sums, "totals": self.totals,
            "clock": self.clock, "scale": self.scale, "total": self.total, "aim": self.aim, **{f"slow_{k}": state for k, state in enumerate(self.slow)},
            **({"kept": self.kept} if len(self.kept) else {}), **(self.wired.arrays() if self.wired else {}),
        }  # fmt: skip

    def order(self, epoch: int, samples: int) -> Ints:
        """Order in which the samples of an epoch are shown: a permutation addressed by the epoch, drawn with replacement, or as given."""
        if self.setup.order == "given":
            return np.arange(samples)
        u = np.empty(self.setup.shown(samples))
        self.setup.loops.fill_uniform(u, self.setup.seed, self.label, epoch, ORDER * 256, 0)
        return (u * samples).astype(np.int64) if self.setup.order == "drawn" else np.argsort(u, kind="stable")

    def begin(self, position: int, end: int, epoch: int) -> None:
        """At a restart of the learning rates the momentum is forgotten; not by a call that trains on nothing, as a resumed run makes."""
        every = self.setup.restart_every
        if position == 0 and end > 0 and every and epoch % every == 0:
            self.total[:] = 0.0

    def test(self, images: Floats, labels: Ints, test: int = 0) -> tuple[float, float]:
        """Share of the images that the network answers rightly, and mean error E, weights frozen. test: number of this test, for its read noise."""
        s = self.setup
        if self.wired_pass:
            right, e = self.wired_pass.test(self.as_noisy(), self.scale, images, labels, 2 + test)
            return right / len(images), e / len(images)
        right, e = s.loops.evaluate(
            self.as_read(), s.geometry, s.learning, s.reading, self.scale, images, labels, s.seed, self.label, 2 + test
        )
        return int(right) / len(images), float(e) / len(images)

    def respond(self, images: Floats, labels: Ints, classes: int, test: int = 0) -> Floats:
        """Mean outputs (classes, outputs) of the images of each class, read as in `test` with the same number."""
        s = self.setup
        mean = np.zeros((classes, int(s.geometry.shape[-1, 1])))
        if self.wired_pass:
            self.wired_pass.test(self.as_noisy(), self.scale, images, labels, 2 + test, mean)
            return mean
        s.loops.respond(
            self.as_read(), s.geometry, s.learning, s.reading, self.scale, images, labels, s.seed, self.label, 2 + test, mean
        )
        return mean

    def elapsed(self, samples: int) -> float:
        """Seconds since the beginning: array time by the ledger, and the time without use after each of `samples` samples."""
        s = self.setup
        bill = make_bill(self.counts, self.sums, self.totals, s.costs, False)
        return bill.time_s + s.retention.idle * samples

    def rest(self, samples: int) -> None:
        """Let all cells rest for the time since the last rest."""
        now = self.elapsed(samples)
        self.rest_for(now - float(self.clock[0]), samples)
        self.clock[0] = now

    def rest_for(self, seconds: float, step: int) -> None:
        """Let all cells rest; `step` addresses what is random about it."""
        s = self.setup
        s.loops.rest_cells(self.cells, s.geometry, seconds, s.seed, self.label, step)
        derive_weights(s.geometry, self.cells)
        derive_sums(s.geometry, self.cells)

    def follow_noise(self, samples: int) -> None:
        """Bring slow read noise to the time after `samples` samples."""
        if not self.slow:
            return
        s, now = self.setup, self.elapsed(samples)
        for layer, state in enumerate(self.slow):
            advance_slow(s.noise, state, now - float(self.clock[1]), s.seed, self.label, samples, layer)
        self.clock[1] = now

    def as_read(self) -> Cells:
        """The cells as a read finds them: conductances times the slow noise of each cell, and through what wires there are."""
        seen = self.as_noisy()
        return self.wired.as_read(seen, int(self.counts[:, UPDATES].max())) if self.wired else seen

    def as_noisy(self) -> Cells:
        """The cells with the slow noise of each."""
        if not self.slow:
            return self.cells
        s = self.setup
        factor = np.concatenate([slow_factor(s.noise, state) for state in self.slow]).reshape(-1, s.synapse.members)
        state = self.cells.state.copy()
        state[0] *= factor
        w = np.empty(s.geometry.synapses)
        seen = self.cells._replace(state=state, w=w, wt=np.zeros_like(w))
        derive_weights(s.geometry, seen)
        return seen

    def after_rest(self, images: Floats, labels: Ints, seconds: float) -> float:
        """Share of right answers `seconds` after now, the cells left alone; they are put back afterwards."""
        arrays = [a for a in self.cells if isinstance(a, np.ndarray)]
        kept = [a.copy() for a in arrays]
        self.rest_for(seconds, LAST_REST)
        share, _ = self.test(images, labels, AFTER_TRAINING)
        for array, old in zip(arrays, kept, strict=True):
            array[...] = old
        return share
