"""Two drivers of the same kernels: `fused`, one compiled call per chunk, and `stepwise`, Python between the phases.

They give the same bits wherever both can run; `stepwise` is the one that can do anything (cells that move at half the
voltage, and whatever needs a look in between).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from ohmgrad.arrays.cells import derive_sums, derive_weights
from ohmgrad.errors import SpecError
from ohmgrad.learning.delta import Learning
from ohmgrad.learning.rules import RuleNumbers
from ohmgrad.ledger import CORRECT, J_WIRES, PARALLEL_SLOTS, RESET_SLOTS, SET_SLOTS, SLOTS, UPDATES, WIRED_SLOTS
from ohmgrad.network.replica import Replica
from ohmgrad.programming.change import Dense, Rank1
from ohmgrad.programming.dense import DensePair, DenseScheme
from ohmgrad.programming.half_select import half_select_shares
from ohmgrad.programming.scheme import Pair, Scheme, Step

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

# (replica, images, labels, order, begin, end, epoch)
Driver = Callable[[Replica, Floats, Ints, Ints, int, int, int], None]


def train_fused(r: Replica, images: Floats, labels: Ints, order: Ints, begin: int, end: int, epoch: int) -> None:
    """Train on order[begin:end] in one compiled call, the lock of the interpreter released."""
    s = r.setup
    r.begin(begin, end, epoch)
    learning, step0, batch = s.learning_at(epoch), epoch * len(order), s.batch or len(order)
    cells, parts = (r.cells, s.geometry, learning, s.coding, s.writing), (images, labels, order, begin, end)
    rest = (step0, s.seed, r.label, r.counts, r.sums, r.totals)
    if Dense in s.scheme.accepts:
        s.loops.train_dense(*cells, s.dense, s.reading, r.scale, r.aim, r.total, r.kept, *parts, batch, *rest)
    elif batch > 1:
        s.loops.train_pulsed(*cells, s.reading, r.scale, *parts, batch, *rest)
    else:
        s.loops.train_chunk(*cells, s.reading, r.scale, *parts, *rest)


def train_stepwise(r: Replica, images: Floats, labels: Ints, order: Ints, begin: int, end: int, epoch: int) -> None:
    """The same, batch by batch: reads and refresh from the compiled kernels, writing by the steps of `Scheme.program`."""
    s, k = r.setup, r.setup.loops
    r.begin(begin, end, epoch)
    learning, step0, batch = s.learning_at(epoch), epoch * len(order), s.batch or len(order)
    live = np.zeros(int(s.geometry.row[-1]), np.int64)
    work = _Work(k.make_signals(s.geometry), k.make_scratch(int(s.geometry.shape.max()) + 1), np.zeros_like(r.scale), live)
    if Dense in s.scheme.accepts:
        k.find_live(s.geometry, r.total, r.kept, live)
    for first in range(begin, end, batch):
        samples = range(first, min(first + batch, end))
        for inner in range(learning.inner_steps):
            if not _one_update(r, work, learning, images, labels, order, samples, step0, inner):
                break
        every, after = s.writing.refresh_every, step0 + samples[-1] + 1
        if every and after // every > (step0 + first) // every:
            block = k.make_block()
            for layer in range(len(s.geometry.shape)):
                k.refresh_layer(
                    r.cells, s.geometry, layer, s.writing, s.seed, r.label, after - 1, r.counts[layer], r.sums[layer], block
                )


class _Work(NamedTuple):
    """Signals and scratch of the passes; gradient of the column scales; rows whose sums of gradients are not 0."""

    signals: Any
    scratch: Any
    scales: Floats
    live: Ints


def _one_update(
    r: Replica,
    work: _Work,
    learning: Learning,
    images: Floats,
    labels: Ints,
    order: Ints,
    samples: range,
    step0: int,
    inner: int,
) -> bool:
    """Read a batch and write its update; False if every output was already close enough."""
    s, geo, k = r.setup, r.setup.geometry, r.setup.loops
    signals, layers, outputs = work.signals, len(geo.shape), int(geo.shape[-1, 1])
    dense = Dense in s.scheme.accepts
    if dense:
        k.start_sums(geo, learning.momentum, learning.transfer, r.total, work.live)
    kept, done = [], True
    bent = r.wired_pass
    if bent:
        signals = bent.signals
    together = dense and not r.slow and not bent  # nothing changes from one sample of the batch to the next
    if together:
        done = not k.learn_batch(
            r.as_read(), geo, learning, s.reading, r.scale, signals, work.scratch, images, labels, order, samples[0], samples[-1] + 1, step0, inner,
            r.total, work.live, work.scales, s.seed, r.label, r.counts, r.sums, r.totals,
        )  # fmt: skip
    for n in () if together else samples:
        label, step = int(labels[order[n]]), (step0 + n) * learning.inner_steps + inner
        k.load_sample(images[order[n]], label, learning, signals)
        r.follow_noise(step0 + n + 1)
        address = (s.seed, r.label, step, r.counts, r.sums)
        if bent:
            bent.forward(r.as_noisy(), r.scale, step, 0, r.counts, r.sums)
        else:
            k.forward(r.as_read(), geo, learning, s.reading, r.scale, signals, work.scratch, *address)
        if inner == 0:
            r.totals[CORRECT] += int(k.best(signals.s[layers - 1], outputs) == label)
        elif k.close_enough(signals, outputs, learning.inner_error):
            continue
        done = False
        if bent:
            bent.backward(r.as_noisy(), r.scale, step, r.counts, r.sums, learning)
        else:
            k.backward(r.as_read(), geo, learning, s.reading, r.scale, signals, work.scratch, *address)
        if dense:
            k.add_gradient(geo, signals, r.total, work.live)
        else:
            kept.append((step, signals.x.copy(), signals.delta.copy()))
        if k.learns_scales(learning):
            k.add_scales(geo, signals, work.scales)
    if done:
        return False
    if dense:
        _write_totals(r, work, learning, (step0 + samples[-1]) * learning.inner_steps + inner)
    for step, x, delta in kept:
        slots = [_write_steps(r, layer, _rank1(r, learning, layer, x[layer], delta[layer]), step) for layer in range(layers)]
        r.totals[SET_SLOTS if s.scheme.mixed else PARALLEL_SLOTS] += max(slots)
        r.counts[:, UPDATES] += 1
    if k.learns_scales(learning):
        k.move_scales(geo, learning, work.scales, r.scale)
    return True


def _rank1(r: Replica, learning: Learning, layer: int, x: Floats, delta: Floats) -> Rank1:
    """What the rule makes of one sample's inputs and errors of a layer."""
    rows, columns = r.setup.geometry.shape[layer]
    rule, numbers = r.setup.rule, _numbers(learning, layer)
    return Rank1(
        np.array([rule.row(float(v), numbers) for v in x[:rows]]),
        np.array([rule.column(float(v), numbers) for v in delta[:columns]]),
    )


def _numbers(learning: Learning, layer: int) -> RuleNumbers:
    return RuleNumbers(float(learning.rate[layer]), float(learning.step[layer]), float(learning.threshold[layer]))


def _write_totals(r: Replica, work: _Work, learning: Learning, step: int) -> None:
    """Write what the rule makes of the summed gradients; schemes without steps of their own are written by the compiled loop."""
    s, k = r.setup, r.setup.loops
    if isinstance(s.scheme, DenseScheme) and (s.scheme.steps or (r.wired and s.scheme.steps_on_wires)):
        slots = [_write_dense(r, learning, layer, step) for layer in range(len(s.geometry.shape))]
        longest = max(slots, key=lambda n: n[0] * s.writing.t_set + n[1] * s.writing.t_reset)
        r.totals[SET_SLOTS] += longest[0]
        r.totals[RESET_SLOTS] += longest[1]
        return
    writer = k.make_shots()
    k.write_totals(
        r.cells, s.geometry, learning, s.coding, s.writing, s.dense, s.reading, r.aim, r.total, r.kept, np.zeros_like(r.total), work.live, s.seed, r.label, step,
        r.counts, r.sums, r.totals, writer,
    )  # fmt: skip


def _write_dense(r: Replica, learning: Learning, layer: int, step: int) -> tuple[int, int]:
    """Write one layer's summed change step by step; returns SET and RESET slots."""
    s = r.setup
    part, numbers = slice(s.geometry.synapse[layer], s.geometry.synapse[layer + 1]), _numbers(learning, layer)
    dw = np.array([s.rule.change(float(v), numbers) for v in r.total[part]])
    if learning.transfer and s.dense:
        wanted = r.kept[part] + dw
        up, down = s.writing.quantum[layer]
        pulses = np.minimum(np.abs(wanted) / np.where(wanted > 0.0, up, down), float(s.dense.most))
        dw = np.floor(pulses) * np.where(wanted > 0.0, up, -down)
        r.kept[part] = wanted - dw
    dw = dw.reshape(s.geometry.shape[layer])
    slots = _apply(r, layer, s.scheme.program(Dense(dw), _dense_pair(r, layer, step)), step)
    r.counts[layer, UPDATES] += 1
    return slots


def _dense_pair(r: Replica, layer: int, step: int) -> DensePair:
    dense = r.setup.dense
    return DensePair(**_pair(r, layer, step), most=dense.most if dense else 1, by_row=bool(dense and dense.by_row))


def _pair(r: Replica, layer: int, step: int) -> dict[str, Any]:
    """What a scheme must know of the array of a layer: the fields of `Pair`."""
    s, w = r.setup, r.setup.writing
    return {
        "one_way": bool(w.one_way), "sign_phases": int(w.sign_phases[layer]), "quantum": (float(w.quantum[layer, 0]), float(w.quantum[layer, 1])),
        "v_set": w.v_set, "v_reset": w.v_reset, "t_set": w.t_set, "t_reset": w.t_reset, "up_down": bool(w.up_down), "members": s.synapse.members,
        "base": step % w.turns * (2 if s.synapse.paired else 1), "address": (s.seed, r.label, step, layer),
    }  # fmt: skip


def _apply(r: Replica, layer: int, steps: Iterable[Step], step: int) -> tuple[int, int]:
    """Put steps on the lines of one layer, every cell at its real voltage; returns how many were SET slots and how many RESET slots."""
    s, geo = r.setup, r.setup.geometry
    rows, columns = (int(v) for v in geo.shape[layer])
    part = slice(geo.synapse[layer], geo.synapse[layer + 1])
    start = r.cells.state[0, part].copy()
    number = np.zeros((2, rows * columns, s.synapse.members), np.int64)
    slots = [0, 0]
    half = s.scheme.share * np.array([s.writing.v_reset, s.writing.v_set])
    for now in steps:
        row_on, column_on = now.on()
        is_set = bool(now.row[row_on].max(initial=-np.inf) > 0.0)
        volts = now.row[:, None, None] - now.column.T[None]
        if r.wired:
            volts, watts = r.wired.slot(r.cells.state, layer, now)
            r.counts[layer, WIRED_SLOTS] += 1
            r.sums[layer, J_WIRES] += watts * now.width
        s.loops.apply_step(
            r.cells, geo, layer, now.row, now.column, row_on, column_on, volts, half[int(is_set)], is_set, now.width, s.writing.half_select, number,
            start, s.seed, r.label, step, r.counts[layer], r.sums[layer],
        )  # fmt: skip
        slots[0 if is_set else 1] += 1
    if any(slots):
        derive_weights(geo, r.cells)
        derive_sums(geo, r.cells)
    return slots[0], slots[1]


def _write_steps(r: Replica, layer: int, change: Rank1, step: int) -> int:
    """Write one layer step by step; returns the slots of one polarity."""
    s = r.setup
    slots = sum(_apply(r, layer, s.scheme.program(change, Pair(**_pair(r, layer, step))), step))
    r.counts[layer, SLOTS] += slots
    return slots if s.writing.one_way or s.scheme.mixed else slots // 2


def _each(r: Replica, name: str) -> Any:
    """A parameter of every cell, or the one of all."""
    varied = dict(zip(r.setup.varied, r.cells.varied, strict=True))
    return varied.get(name, getattr(r.setup.params, name))


def check_thresholds(r: Replica) -> list[str]:
    """Warnings where V_W > V_th > share·V_W (eq. 1.11) does not hold for all cells, with the share of cells concerned; behind transistors, V_W > V_th.

    Raises SpecError if the fused driver is wanted and a half-selected cell would move, since it does not visit such cells: looks at every cell, as it is at the
    start and in the middle of its window.
    """
    s, w = r.setup, r.setup.writing
    share, warnings = s.scheme.share, []
    polarities = [("SET", w.v_set, w.t_set, "v_th_set"), ("RESET", -w.v_reset, w.t_reset, "v_th_reset")]
    for name, volts, width, threshold in polarities[: 1 if w.one_way else 2]:
        if w.half_select:
            _check_half_selected(r, volts, width)
        if threshold not in s.law.declared:
            continue
        deaf, loose = half_select_shares(abs(volts), _each(r, threshold), share)
        texts = (
            [f"{100 * deaf:.3g} % of the cells have their threshold above that and are not written"] if deaf or loose else []
        )
        if w.half_select:
            texts += [f"{100 * loose:.3g} % have it below {share * abs(volts):.3g} V and change when half-selected"]
        if deaf or (loose and w.half_select):
            warnings.append(f"{name} pulses of {abs(volts):g} V: {', '.join(texts)}")
    return warnings


def _check_half_selected(r: Replica, volts: float, width: float) -> None:
    """Raise SpecError if the fused driver is wanted and cells move at the voltages that cells which are not selected see of such a pulse."""
    s, share = r.setup, r.setup.scheme.share
    # in the scheme V/3 cells on no selected line see the opposite sign
    half = [share * volts] + ([-share * volts] if share < 0.5 else [])
    moved = max(s.loops.count_moved(r.cells, v, width, middle) for middle in (False, True) for v in half)
    if moved and s.driver == "fused":
        raise SpecError(
            f"device.parameters: half-selected cells at {half[0]:g} V would change ({moved} of {r.cells.state[0].size}), and driver "
            f"'fused' does not visit them; raise v_th_set and v_th_reset above {'half' if share == 0.5 else 'a third'} of v_set and v_reset, "
            f"{_elsewhere(s.scheme)}, or set driver = 'stepwise'"
        )


def _elsewhere(scheme: Scheme) -> str:
    """Where the cells of such a scheme would not be half-selected, or less."""
    if Dense not in scheme.accepts:
        return "isolate cells with array.access = 'transistor'"
    return "take programming.scheme = " + (
        "'third-select'" if scheme.share == 0.5 else "'blind' with array.access = 'transistor'"
    )


DRIVERS: dict[str, Driver] = {"fused": train_fused, "stepwise": train_stepwise}
