"""Batches: errors of several samples at frozen weights, then one update (the fused driver).

    summed in digital      ΔW = rule(Σ x δ) over the batch, eqs. 1.5 and 1.7, written by a scheme that takes whole matrices
    summed by pulses       each sample's ΔW = row(x)·column(δ) is written after the last sample of the batch was read

With momentum m the sum is Σ ← m·Σ_before + Σ x δ, kept in digital. The address of an update is that of the last sample of its batch.

With transfer, what a cell is not yet given is kept in digital, in a memory χ as large as the weights:

    χ ← χ + ΔW,    n = trunc(χ/q),    n pulses are written,    χ ← χ − n·q          (q: weight change of one mean pulse, up or down)

The memory goes by nominal pulses, without a look at the cells. Source: the update of mixed-precision learning, S. R. Nandakumar et al., Front. Neurosci.
14, 406 (2020), doi:10.3389/fnins.2020.00406.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ohmgrad.kernels.compiled import compiled, inline
from ohmgrad.kernels.parts import rule_change
from ohmgrad.learning.rules import RuleNumbers
from ohmgrad.ledger import CORRECT, FULL_SLOTS, PARALLEL_SLOTS, READ_SLOTS, RESET_SLOTS, SET_SLOTS, UPDATES
from ohmgrad.network.gradient_loop import add_gradient, find_live, start_sums
from ohmgrad.network.pass_loop import backward, best, forward, load_sample, make_scratch, make_signals, widest
from ohmgrad.network.train_loop import add_scales, close_enough, learns_scales, move_scales, refresh_if_due, write_sample
from ohmgrad.programming.dense_count_loop import make_shots
from ohmgrad.programming.dense_loop import write_dense
from ohmgrad.programming.refresh_loop import make_block
from ohmgrad.programming.write_loop import make_plan


@compiled
def learn_batch(
    cells: Any,
    geo: Any,
    learning: Any,
    reading: Any,
    scale: Any,
    signals: Any,
    scratch: Any,
    images: Any,
    labels: Any,
    order: Any,
    begin: int,
    end: int,
    step0: int,
    inner: int,
    total: Any,
    live: Any,
    scales: Any,
    seed: int,
    repeat: int,
    counts: Any,
    sums: Any,
    totals: Any,
) -> bool:
    """Add up the gradients of order[begin:end], all read at the same weights; False if every output was close enough already. inner: step of the same batch."""
    last, outputs = geo.shape.shape[0] - 1, geo.shape[geo.shape.shape[0] - 1, 1]
    learned = False
    for n in range(begin, end):
        label = labels[order[n]]
        step = (step0 + n) * learning.inner_steps + inner
        load_sample(images[order[n]], label, learning, signals)
        forward(cells, geo, learning, reading, scale, signals, scratch, seed, repeat, step, counts, sums)
        if inner == 0 and best(signals.s[last], outputs) == label:
            totals[CORRECT] += 1
        if inner > 0 and close_enough(signals, outputs, learning.inner_error):
            continue
        learned = True
        backward(cells, geo, learning, reading, scale, signals, scratch, seed, repeat, step, counts, sums)
        add_gradient(geo, signals, total, live)
        if learns_scales(learning):
            add_scales(geo, signals, scales)
    return learned


@inline
def whole_pulses(change: float, up: float, down: float, most: int) -> float:
    """The part of a change that makes whole pulses, at most `most`, weight units."""
    if change > 0.0:
        return np.floor(min(change / up, most * 1.0)) * up  # type: ignore[no-any-return]
    return -np.floor(min(-change / down, most * 1.0)) * down  # type: ignore[no-any-return]


@compiled
def write_totals(
    cells: Any,
    geo: Any,
    learning: Any,
    coding: Any,
    writing: Any,
    dense: Any,
    reading: Any,
    aim: Any,
    total: Any,
    kept: Any,
    change: Any,
    live: Any,
    seed: int,
    repeat: int,
    step: int,
    counts: Any,
    sums: Any,
    totals: Any,
    scratch: Any,
) -> None:
    """Write what the rule makes of the summed gradients `total` (synapses,); kept (synapses,): the memory of `transfer`; `change` (synapses,): scratch, all 0.

    live (rows of all layers,): where sums or memory may differ from 0; other rows are left as they are, unless the rule changes a weight whose sum is 0.
    """
    slots, longest = np.zeros(totals.shape[0], np.int64), np.zeros(totals.shape[0], np.int64)
    most = -1.0
    for k in range(geo.shape.shape[0]):
        numbers = RuleNumbers(learning.rate[k], learning.step[k], learning.threshold[k])
        columns, rows = geo.shape[k, 1], live[geo.row[k] : geo.row[k + 1]]
        part = change[geo.synapse[k] : geo.synapse[k + 1]]
        if rule_change(0.0, numbers) != 0.0:
            rows[:] = 1
        for i in range(geo.shape[k, 0]):
            if rows[i] == 0:
                continue
            for c in range(i * columns, (i + 1) * columns):
                part[c] = rule_change(total[geo.synapse[k] + c], numbers)
            if learning.transfer != 0:
                held = kept[geo.synapse[k] : geo.synapse[k + 1]]
                for c in range(i * columns, (i + 1) * columns):
                    wanted = held[c] + part[c]
                    part[c] = whole_pulses(wanted, writing.quantum[k, 0], writing.quantum[k, 1], dense.most)
                    held[c] = wanted - part[c]
        slots[:] = 0
        write_dense(
            cells,
            geo,
            k,
            part,
            rows,
            learning.gain[k],
            coding,
            writing,
            dense,
            reading,
            aim,
            seed,
            repeat,
            step,
            counts[k],
            sums[k],
            slots,
            scratch,
        )
        counts[k, UPDATES] += 1
        for i in range(geo.shape[k, 0]):
            if rows[i] != 0:
                part[i * columns : (i + 1) * columns] = 0.0
        seconds = (
            slots[PARALLEL_SLOTS] * (writing.t_set + writing.t_reset * (1 - writing.one_way))
            + slots[SET_SLOTS] * writing.t_set
            + slots[RESET_SLOTS] * writing.t_reset
            + slots[FULL_SLOTS] * writing.t_full
            + slots[READ_SLOTS] * reading.t_read
        )
        if seconds > most:
            most = seconds
            longest[:] = slots
    for q in range(totals.shape[0]):
        totals[q] += longest[q]


@compiled
def train_dense(
    cells: Any,
    geo: Any,
    learning: Any,
    coding: Any,
    writing: Any,
    dense: Any,
    reading: Any,
    scale: Any,
    aim: Any,
    total: Any,
    kept: Any,
    images: Any,
    labels: Any,
    order: Any,
    begin: int,
    end: int,
    batch: int,
    step0: int,
    seed: int,
    repeat: int,
    counts: Any,
    sums: Any,
    totals: Any,
) -> None:
    """Train on order[begin:end], whole batches (the last of an epoch may be smaller), summed in digital.

    total (synapses,): summed gradients, kept from batch to batch for the momentum; kept (synapses,): the memory of transfer, or empty; scale: digital column scales, as in `forward`; the rest as in `train_chunk`.
    """
    signals, scratch = make_signals(geo), make_scratch(widest(geo) + 1)
    change, scales = np.zeros(total.shape[0]), np.zeros(scale.shape[0])
    live = np.zeros(geo.row[geo.shape.shape[0]], np.int64)
    find_live(geo, total, kept, live)
    writer = make_shots()
    block = make_block()
    for first in range(begin, end, batch):
        size = min(batch, end - first)
        for r in range(learning.inner_steps):
            start_sums(geo, learning.momentum, learning.transfer, total, live)
            learned = learn_batch(
                cells,
                geo,
                learning,
                reading,
                scale,
                signals,
                scratch,
                images,
                labels,
                order,
                first,
                first + size,
                step0,
                r,
                total,
                live,
                scales,
                seed,
                repeat,
                counts,
                sums,
                totals,
            )
            if not learned:
                break
            step = (step0 + first + size - 1) * learning.inner_steps + r
            write_totals(
                cells,
                geo,
                learning,
                coding,
                writing,
                dense,
                reading,
                aim,
                total,
                kept,
                change,
                live,
                seed,
                repeat,
                step,
                counts,
                sums,
                totals,
                writer,
            )
            if learns_scales(learning):
                move_scales(geo, learning, scales, scale)
        refresh_if_due(cells, geo, writing, seed, repeat, step0 + first, step0 + first + size, counts, sums, block)


@compiled
def train_pulsed(
    cells: Any,
    geo: Any,
    learning: Any,
    coding: Any,
    writing: Any,
    reading: Any,
    scale: Any,
    images: Any,
    labels: Any,
    order: Any,
    begin: int,
    end: int,
    batch: int,
    step0: int,
    seed: int,
    repeat: int,
    counts: Any,
    sums: Any,
    totals: Any,
) -> None:
    """Train on order[begin:end], whole batches; each sample of a batch is written, in its turn, after all have been read."""
    signals, scratch = make_signals(geo), make_scratch(widest(geo) + 1)
    layers, width = signals.delta.shape
    xs, deltas = np.zeros((batch, layers, width)), np.zeros((batch, layers, width))
    scales, lines = np.zeros(scale.shape[0]), np.zeros((2, width))
    plan = make_plan(widest(geo) + 1, cells.state.shape[0])
    block = make_block()
    outputs = geo.shape[layers - 1, 1]
    for first in range(begin, end, batch):
        size = min(batch, end - first)
        for n in range(first, first + size):
            label = labels[order[n]]
            load_sample(images[order[n]], label, learning, signals)
            forward(cells, geo, learning, reading, scale, signals, scratch, seed, repeat, step0 + n, counts, sums)
            if best(signals.s[layers - 1], outputs) == label:
                totals[CORRECT] += 1
            backward(cells, geo, learning, reading, scale, signals, scratch, seed, repeat, step0 + n, counts, sums)
            xs[n - first] = signals.x[:layers]
            deltas[n - first] = signals.delta
            if learns_scales(learning):
                add_scales(geo, signals, scales)
        for n in range(size):
            write_sample(
                cells,
                geo,
                learning,
                coding,
                writing,
                xs[n],
                deltas[n],
                lines,
                seed,
                repeat,
                step0 + first + n,
                counts,
                sums,
                totals,
                plan,
            )
        if learns_scales(learning):
            move_scales(geo, learning, scales, scale)
        refresh_if_due(cells, geo, writing, seed, repeat, step0 + first, step0 + first + size, counts, sums, block)
