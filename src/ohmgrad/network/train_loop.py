"""One training sample after another, compiled, with no Python in between (the fused driver).

Forward read, error, backward read through the same cells, write of every layer by a scheme that takes x and u, refresh when due; the ledger with it.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ohmgrad.kernels.compiled import compiled, inline
from ohmgrad.kernels.parts import mixed, rule_column, rule_row
from ohmgrad.learning.rules import RuleNumbers
from ohmgrad.ledger import CORRECT, PARALLEL_SLOTS, SET_SLOTS, UPDATES
from ohmgrad.network.pass_loop import backward, best, forward, load_sample, make_scratch, make_signals, widest
from ohmgrad.programming.refresh_loop import make_block, refresh_layer
from ohmgrad.programming.write_loop import make_plan, write_layer


@inline
def write_sample(
    cells: Any,
    geo: Any,
    learning: Any,
    coding: Any,
    writing: Any,
    x: Any,
    delta: Any,
    lines: Any,
    seed: int,
    repeat: int,
    step: int,
    counts: Any,
    sums: Any,
    totals: Any,
    plan: Any,
) -> None:
    """Write ΔW = row(x)·column(δ) of one sample into all layers; x, delta (layers, width); lines (2, width): scratch."""
    longest = 0
    for k in range(geo.shape.shape[0]):
        numbers = RuleNumbers(learning.rate[k], learning.step[k], learning.threshold[k])
        for i in range(geo.shape[k, 0]):
            lines[0, i] = rule_row(x[k, i], numbers)
        for j in range(geo.shape[k, 1]):
            lines[1, j] = rule_column(delta[k, j], numbers)
        slots = write_layer(cells, geo, k, lines[0], lines[1], coding, writing, seed, repeat, step, counts[k], sums[k], plan)
        counts[k, UPDATES] += 1
        longest = max(longest, slots)
    totals[SET_SLOTS if mixed else PARALLEL_SLOTS] += longest  # mixed polarities: a slot has one width


@inline
def refresh_if_due(
    cells: Any, geo: Any, writing: Any, seed: int, repeat: int, begin: int, end: int, counts: Any, sums: Any, block: Any
) -> None:
    """Refresh all layers, once, if its time came while the samples begin … end − 1 were learned."""
    every = writing.refresh_every
    if every > 0 and end // every > begin // every:
        for k in range(geo.shape.shape[0]):
            refresh_layer(cells, geo, k, writing, seed, repeat, end - 1, counts[k], sums[k], block)


@inline
def close_enough(signals: Any, outputs: int, error: float) -> bool:
    """Is every output within `error` of what is wanted?"""
    last = signals.x.shape[0] - 1
    largest = 0.0
    for j in range(outputs):
        largest = max(largest, abs(signals.x[last, j] - signals.target[j]))
    return largest < error


@inline
def learns_scales(learning: Any) -> bool:
    """Do the digital scales or offsets of the columns learn?"""
    return learning.scale_rate > 0.0 or learning.bias_rate > 0.0  # type: ignore[no-any-return]


@inline
def move_scales(geo: Any, learning: Any, total: Any, scale: Any) -> None:
    """One step of the digital column scales, and of the offsets after them, down their gradient, which is forgotten.

    With shared scales, all of a layer move alike, down the sum of their gradients.
    """
    layers = geo.shape.shape[0]
    columns = geo.column[layers]
    if learning.scale_shared != 0:
        for k in range(layers):
            whole = 0.0
            for c in range(geo.column[k], geo.column[k + 1]):
                whole += total[c]
            for c in range(geo.column[k], geo.column[k + 1]):
                total[c] = whole
    for c in range(columns):
        scale[c] -= learning.scale_rate * total[c]
        total[c] = 0.0
    for c in range(columns, scale.shape[0]):
        scale[c] -= learning.bias_rate * total[c]
        total[c] = 0.0


@inline
def add_scales(geo: Any, signals: Any, total: Any) -> None:
    """total[column of every layer] += ∂E/∂scale; where there are offsets, behind them += ∂E/∂offset = ∂E/∂s."""
    columns = geo.column[geo.shape.shape[0]]
    for k in range(geo.shape.shape[0]):
        for j in range(geo.shape[k, 1]):
            total[geo.column[k] + j] += signals.dscale[k, j]
            if total.shape[0] > columns:
                total[columns + geo.column[k] + j] += signals.error[k, j]


@compiled
def train_chunk(
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
    step0: int,
    seed: int,
    repeat: int,
    counts: Any,
    sums: Any,
    totals: Any,
) -> None:
    """Train on order[begin:end]; sample n of the epoch has the address step0 + n.

    Online learning in the sense of the chapter (§1.1.3): up to `inner_steps` steps for one sample, until every output is within `inner_error`; step r has the
    address (step0 + n)·inner_steps + r. totals: `ohmgrad.ledger.TOTALS`.
    """
    signals, scratch = make_signals(geo), make_scratch(widest(geo) + 1)
    layers, width = signals.delta.shape
    outputs = geo.shape[layers - 1, 1]
    lines, scales = np.zeros((2, width)), np.zeros(scale.shape[0])
    plan = make_plan(width, cells.state.shape[0])
    block = make_block()
    for n in range(begin, end):
        label = labels[order[n]]
        load_sample(images[order[n]], label, learning, signals)
        for r in range(learning.inner_steps):
            step = (step0 + n) * learning.inner_steps + r
            forward(cells, geo, learning, reading, scale, signals, scratch, seed, repeat, step, counts, sums)
            if r == 0:
                totals[CORRECT] += best(signals.s[layers - 1], outputs) == label
            elif close_enough(signals, outputs, learning.inner_error):
                break
            backward(cells, geo, learning, reading, scale, signals, scratch, seed, repeat, step, counts, sums)
            write_sample(
                cells,
                geo,
                learning,
                coding,
                writing,
                signals.x,
                signals.delta,
                lines,
                seed,
                repeat,
                step,
                counts,
                sums,
                totals,
                plan,
            )
            if learns_scales(learning):
                add_scales(geo, signals, scales)
                move_scales(geo, learning, scales, scale)
        refresh_if_due(cells, geo, writing, seed, repeat, step0 + n, step0 + n + 1, counts, sums, block)
