"""One training sample after another, compiled, with no Python in between (the fused driver).

Forward read, error, backward read through the same cells, write of every layer, refresh when due; the ledger with it.
`forward`, `backward` and `write_all` are also called one by one by the stepwise driver.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from ohmgrad.arrays.noise_loop import Draws, add_noise, make_draws
from ohmgrad.arrays.read_loop import read_array
from ohmgrad.kernels.compiled import compiled, compiled_inline
from ohmgrad.kernels.parts import activate, noisy, ohmic, output_error, read_shape, slope
from ohmgrad.ledger import BACKWARD_CELLS, BACKWARD_READS, FORWARD_CELLS, FORWARD_READS, G_BACKWARD, G_FORWARD
from ohmgrad.programming.refresh_loop import make_block, refresh_layer
from ohmgrad.programming.write_loop import make_plan, write_layer


@compiled
def widest(geo: Any) -> int:
    """Largest number of rows or columns of any layer."""
    n = 0
    for k in range(geo.shape.shape[0]):
        n = max(n, geo.shape[k, 0], geo.shape[k, 1])
    return n


class Scratch(NamedTuple):
    """Scratch of the reads: currents, driven lines, voltages as the cells' I-V curve bends them, draws of the noise."""

    s: Any  # (width,)
    driven: Any  # (width,) int64
    bent: Any  # (width,)
    draws: Draws


@compiled
def make_scratch(width: int) -> Scratch:
    """Scratch for arrays of at most `width` rows or columns."""
    return Scratch(np.zeros(width), np.zeros(width, np.int64), np.zeros(width), make_draws(width))


@compiled_inline
def bend(x: Any, n: int, reading: Any, out: Any) -> Any:
    """Voltages that an ohmic cell would need for the same current, in units of v_read; x itself where cells are ohmic."""
    if ohmic:
        return x
    for i in range(n):
        out[i] = read_shape(x[i] * reading.v_read, reading.v_0) / reading.v_read
    return out


@compiled_inline
def forward(
    cells: Any,
    geo: Any,
    gain: Any,
    reading: Any,
    x: Any,
    scratch: Any,
    seed: int,
    repeat: int,
    step: int,
    counts: Any,
    sums: Any,
) -> None:
    """x[l + 1] = f(gain_l · x[l] W_l), bias 1 appended; x (layers + 1, width), x[0] filled by the caller. gain: 1/siemens."""
    layers = geo.shape.shape[0]
    s, driven = scratch.s, scratch.driven
    for k in range(layers):
        rows, columns = geo.shape[k, 0], geo.shape[k, 1]
        xk = bend(x[k], rows, reading, scratch.bent)
        n = read_array(cells.w, geo.synapse[k], rows, columns, xk, s, driven)
        g = 0.0
        for q in range(n):
            i = driven[q]
            g += x[k, i] * xk[i] * cells.row[geo.row[k] + i]
        sums[k, G_FORWARD] += g
        if noisy:
            add_noise(
                cells,
                geo.synapse[k],
                columns,
                xk,
                driven,
                n,
                False,
                columns,
                s,
                reading,
                seed,
                repeat,
                step,
                0,
                k,
                scratch.draws,
            )
        counts[k, FORWARD_READS] += 1
        counts[k, FORWARD_CELLS] += n * 2 * columns
        for j in range(columns):
            x[k + 1, j] = activate(gain[k] * s[j])
        x[k + 1, columns] = 1.0


@compiled_inline
def backward(
    cells: Any,
    geo: Any,
    gain: Any,
    reading: Any,
    x: Any,
    target: Any,
    delta: Any,
    scratch: Any,
    seed: int,
    repeat: int,
    step: int,
    counts: Any,
    sums: Any,
) -> None:
    """delta[l] = ∂E/∂s_l for every layer, read backward through the same cells; delta (layers, width); target (outputs,)."""
    last = geo.shape.shape[0] - 1
    s, driven = scratch.s, scratch.driven
    for j in range(geo.shape[last, 1]):
        y = x[last + 1, j]
        delta[last, j] = output_error(y, target[j]) * slope(y)
    for k in range(last, 0, -1):
        rows, columns = geo.shape[k, 0], geo.shape[k, 1]
        d = bend(delta[k], columns, reading, scratch.bent)
        n = read_array(cells.wt, geo.synapse[k], columns, rows, d, s, driven)
        g = 0.0
        for q in range(n):
            j = driven[q]
            g += delta[k, j] * d[j] * (cells.col[0, geo.column[k] + j] + cells.col[1, geo.column[k] + j])
        sums[k, G_BACKWARD] += g
        if noisy:
            add_noise(
                cells, geo.synapse[k], columns, d, driven, n, True, rows, s, reading, seed, repeat, step, 1, k, scratch.draws
            )
        counts[k, BACKWARD_READS] += 1
        counts[k, BACKWARD_CELLS] += n * 2 * rows
        for i in range(rows - 1):
            delta[k - 1, i] = gain[k] * s[i] * slope(x[k, i])


@compiled_inline
def load_sample(image: Any, label: int, low: float, high: float, x: Any, target: Any) -> None:
    """Put an image with its bias into x[0] and the wanted outputs into `target`."""
    inputs = image.shape[0]
    for i in range(inputs):
        x[0, i] = image[i]
    x[0, inputs] = 1.0
    for j in range(target.shape[0]):
        target[j] = high if j == label else low


@compiled_inline
def best(y: Any, n: int) -> int:
    """Index of the largest of the first n outputs; the first of equals."""
    b = 0
    for j in range(1, n):
        if y[j] > y[b]:
            b = j
    return b


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
    x = np.zeros((layers + 1, width))
    delta = np.zeros((layers, width))
    u = np.zeros(width)
    target = np.zeros(outputs)
    scratch = make_scratch(width)
    plan = make_plan(width, cells.state.shape[0])
    block = make_block()
    for n in range(begin, end):
        step = step0 + n
        label = labels[order[n]]
        load_sample(images[order[n]], label, learning.target_low, learning.target_high, x, target)
        forward(cells, geo, learning.gain, reading, x, scratch, seed, repeat, step, counts, sums)
        if best(x[layers], outputs) == label:
            totals[1] += 1
        backward(cells, geo, learning.gain, reading, x, target, delta, scratch, seed, repeat, step, counts, sums)
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


@compiled
def count_correct(
    cells: Any, geo: Any, learning: Any, reading: Any, images: Any, labels: Any, seed: int, repeat: int, moment: int
) -> int:
    """Number of images whose largest output current is that of the label; weights frozen, nothing on the ledger.

    moment ≥ 2: address of this test's read noise, besides the image and the line.
    """
    layers = geo.shape.shape[0]
    width = widest(geo) + 1
    outputs = geo.shape[layers - 1, 1]
    x = np.zeros((layers + 1, width))
    scratch = make_scratch(width)
    s, driven = scratch.s, scratch.driven
    correct = 0
    for n in range(images.shape[0]):
        for i in range(images.shape[1]):
            x[0, i] = images[n, i]
        x[0, images.shape[1]] = 1.0
        for k in range(layers):
            columns = geo.shape[k, 1]
            xk = bend(x[k], geo.shape[k, 0], reading, scratch.bent)
            m = read_array(cells.w, geo.synapse[k], geo.shape[k, 0], columns, xk, s, driven)
            if noisy:
                add_noise(
                    cells,
                    geo.synapse[k],
                    columns,
                    xk,
                    driven,
                    m,
                    False,
                    columns,
                    s,
                    reading,
                    seed,
                    repeat,
                    n,
                    moment,
                    k,
                    scratch.draws,
                )
            for j in range(columns):
                x[k + 1, j] = activate(learning.gain[k] * s[j])
            x[k + 1, columns] = 1.0
        if best(s, outputs) == labels[n]:
            correct += 1
    return correct
