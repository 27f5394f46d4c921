"""Two drivers of the same kernels: `fused`, one compiled call per chunk, and `stepwise`, Python between the phases.

They give the same bits wherever both can run; `stepwise` is the one that can do anything (cells that move at half the
voltage, and whatever needs a look in between).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from ohmgrad.arrays.cells import derive_sums, derive_weights
from ohmgrad.errors import SpecError
from ohmgrad.ledger import SLOTS
from ohmgrad.network.replica import Replica
from ohmgrad.programming.change import Rank1
from ohmgrad.programming.scheme import Pair

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

# (replica, images, labels, order, begin, end, epoch)
Driver = Callable[[Replica, Floats, Ints, Ints, int, int, int], None]


def train_fused(r: Replica, images: Floats, labels: Ints, order: Ints, begin: int, end: int, epoch: int) -> None:
    """Train on order[begin:end] in one compiled call, the lock of the interpreter released."""
    s = r.setup
    learning, step0 = s.learning_at(epoch), epoch * len(order)
    s.loops.train_chunk(
        r.cells, s.geometry, learning, s.coding, s.writing, s.reading, images, labels, order, begin, end, step0, s.seed, r.label,
        r.counts, r.sums, r.totals,
    )  # fmt: skip


def train_stepwise(r: Replica, images: Floats, labels: Ints, order: Ints, begin: int, end: int, epoch: int) -> None:
    """The same, sample by sample: reads and refresh from the compiled kernels, writing by the steps of `Scheme.program`."""
    s = r.setup
    geo, k = s.geometry, s.loops
    layers, width = len(geo.shape), int(geo.shape.max()) + 1
    outputs = int(geo.shape[-1, 1])
    learning, step0 = s.learning_at(epoch), epoch * len(order)
    x, delta = np.zeros((layers + 1, width)), np.zeros((layers, width))
    scratch, target = k.make_scratch(width), np.zeros(outputs)
    for n in range(begin, end):
        label = int(labels[order[n]])
        k.load_sample(images[order[n]], label, learning.target_low, learning.target_high, x, target)
        r.follow_noise(step0 + n + 1)
        cells, address = r.as_read(), (s.seed, r.label, step0 + n, r.counts, r.sums)
        k.forward(cells, geo, learning.gain, s.reading, x, scratch, *address)
        r.totals[1] += int(k.best(x[layers], outputs) == label)
        k.backward(cells, geo, learning.gain, s.reading, x, target, delta, scratch, *address)
        slots = [
            _write_steps(
                r,
                layer,
                Rank1(x[layer, : geo.shape[layer, 0]], -learning.rate[layer] * delta[layer, : geo.shape[layer, 1]]),
                step0 + n,
            )
            for layer in range(layers)
        ]
        r.totals[0] += max(slots)
        if s.writing.refresh_every and (step0 + n + 1) % s.writing.refresh_every == 0:
            block = k.make_block()
            for layer in range(layers):
                k.refresh_layer(
                    r.cells, geo, layer, s.writing, s.seed, r.label, step0 + n, r.counts[layer], r.sums[layer], block
                )


def _write_steps(r: Replica, layer: int, change: Rank1, step: int) -> int:
    """Write one layer step by step; returns the slots of one polarity."""
    s, geo = r.setup, r.setup.geometry
    rows, columns = (int(v) for v in geo.shape[layer])
    w = s.writing
    pair = Pair(bool(w.one_way), int(w.sign_phases[layer]), float(w.quantum[layer, 0]), w.v_set, w.v_reset, w.t_set, w.t_reset)
    part = slice(geo.synapse[layer], geo.synapse[layer + 1])
    start = r.cells.state[0, part].copy()
    number = np.zeros((2, rows * columns, s.synapse.members), np.int64)
    slots = 0
    for now in s.scheme.program(change, pair):
        s.loops.apply_step(
            r.cells, geo, layer, now.row, now.column, *now.on(), now.width, w.half_select, number, start, s.seed, r.label, step,
            r.counts[layer], r.sums[layer],
        )  # fmt: skip
        slots += 1
    if slots:
        derive_weights(geo, r.cells)
        derive_sums(geo, r.cells)
    r.counts[layer, SLOTS] += slots
    return slots if w.one_way else slots // 2


DRIVERS: dict[str, Driver] = {"fused": train_fused, "stepwise": train_stepwise}


def check_half_select(r: Replica) -> None:
    """Refuse the fused driver if a half-selected cell would move: it does not visit such cells.

    Raises SpecError. Looks at every cell, as it is at the start and in the middle of its window, at +V_set/2 and −V_reset/2.
    """
    s = r.setup
    if s.driver != "fused" or not s.writing.half_select:
        return
    w = s.writing
    for volts, width in [(w.v_set / 2, w.t_set)] + ([] if w.one_way else [(-w.v_reset / 2, w.t_reset)]):
        moved = max(s.loops.count_moved(r.cells, volts, width, middle) for middle in (False, True))
        if moved:
            raise SpecError(
                f"device.parameters: half-selected cells at {volts:g} V would change ({moved} of {r.cells.state[0].size}), and driver "
                "'fused' does not visit them; raise v_th_set and v_th_reset above half of v_set and v_reset, isolate cells with "
                "array.access = 'transistor', or set driver = 'stepwise'"
            )
