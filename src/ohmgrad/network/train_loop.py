"""One training sample after another, compiled, with no Python in between (the fused driver).

Forward read, error, backward read through the same cells, write of every layer, refresh when due; the ledger with it.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ohmgrad.kernels.compiled import compiled
from ohmgrad.network.pass_loop import backward, best, forward, load_sample, make_scratch, make_signals, widest
from ohmgrad.programming.refresh_loop import make_block, refresh_layer
from ohmgrad.programming.write_loop import make_plan, write_layer


@compiled
def train_chunk(
    cells: Any,
    geo: Any,
    learning: Any,
    coding: Any,
    writing: Any,
    reading: Any,
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
    """Train on order[begin:end]; sample n of the epoch has the address step0 + n. totals: parallel slots, correct answers."""
    layers = geo.shape.shape[0]
    width = widest(geo) + 1
    outputs = geo.shape[layers - 1, 1]
    signals, scale = make_signals(geo), np.ones(geo.column[layers])
    x, delta = signals.x, signals.delta
    u = np.zeros(width)
    scratch = make_scratch(width)
    plan = make_plan(width, cells.state.shape[0])
    block = make_block()
    for n in range(begin, end):
        step = step0 + n
        label = labels[order[n]]
        load_sample(images[order[n]], label, learning, signals)
        forward(cells, geo, learning, reading, scale, signals, scratch, seed, repeat, step, counts, sums)
        if best(x[layers], outputs) == label:
            totals[1] += 1
        backward(cells, geo, learning, reading, scale, signals, scratch, seed, repeat, step, counts, sums)
        longest = 0
        for k in range(layers):
            for j in range(geo.shape[k, 1]):
                u[j] = -learning.rate[k] * delta[k, j]
            slots = write_layer(cells, geo, k, x[k], u, coding, writing, seed, repeat, step, counts[k], sums[k], plan)
            longest = max(longest, slots)
        totals[0] += longest
        if writing.refresh_every > 0 and (step + 1) % writing.refresh_every == 0:
            for k in range(layers):
                refresh_layer(cells, geo, k, writing, seed, repeat, step, counts[k], sums[k], block)
