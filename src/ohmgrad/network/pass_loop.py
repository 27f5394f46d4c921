"""Forward and backward reads of a network, compiled: what every driver and every test does with one sample.

    s_k = scale_k·raw_k (+ offset_k), raw_k = gain_k · x_{k−1} W_k        forward (eqs. 1.1, 2.11)
    x_k = f(s_k), with the input of the bias neuron appended
    δ_k = ∂E/∂s_k                                            backward, through the same cells (eqs. 2.5, 2.6)

Equation numbers: Y. He, "Supervised learning of artificial neural networks" (textbook chapter, 2022).
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from ohmgrad.arrays.coding_loop import convert_lines, drive_lines, nearest_level
from ohmgrad.arrays.noise_loop import Draws, add_noise, make_draws
from ohmgrad.arrays.read_loop import read_array
from ohmgrad.kernels.compiled import compiled, inline
from ohmgrad.kernels.parts import activate, binary_input, coded, members, noisy, ohmic, read_shape, rule_send, slope
from ohmgrad.learning.output_loop import fill_errors, fill_outputs, sample_loss
from ohmgrad.learning.rules import RuleNumbers
from ohmgrad.ledger import (
    BACKWARD_CELLS,
    BACKWARD_READS,
    CONVERSIONS,
    COUNTS,
    ENCODINGS,
    FORWARD_CELLS,
    FORWARD_READS,
    G_BACKWARD,
    G_FORWARD,
    SUMS,
)

# Constants below are given as NumPy numbers: of a plain one Numba would compile a function once more for each value.
_KINDS, _KINDS_OF_SUMS = len(COUNTS), len(SUMS)


@compiled
def widest(geo: Any) -> int:
    """Largest number of rows or columns of any layer."""
    n = 0
    for k in range(geo.shape.shape[0]):
        n = max(n, geo.shape[k, 0], geo.shape[k, 1])
    return n


class Signals(NamedTuple):
    """What one sample leaves on the lines of every layer; layer k reads x[k] and gives x[k + 1].

    x (layers + 1, width): outputs of the neurons, each layer's bias neuron after them. raw (layers, width): the read, in weight units. s: scale·raw, what the neuron sees.
    delta (layers, width): rule_send(∂E/∂raw), which is driven on the columns, and which writes the cells. error (layers, width): ∂E/∂s = ∂E/∂offset.
    dscale (layers, width): ∂E/∂scale = ∂E/∂s·raw. target (outputs,).
    """

    x: Any
    s: Any
    raw: Any
    delta: Any
    error: Any
    dscale: Any
    target: Any


@compiled
def make_signals(geo: Any) -> Signals:
    """Signals of one sample, all 0."""
    layers, width = geo.shape.shape[0], widest(geo) + 1
    return Signals(
        np.zeros((layers + 1, width)),
        np.zeros((layers, width)),
        np.zeros((layers, width)),
        np.zeros((layers, width)),
        np.zeros((layers, width)),
        np.zeros((layers, width)),
        np.zeros(geo.shape[layers - 1, 1]),
    )


class Scratch(NamedTuple):
    """Scratch of the reads: currents, driven lines, voltages as the cells' I-V curve bends them, and of coded reads power and weight of the noise; draws."""

    s: Any  # (width,)
    driven: Any  # (width,) int64
    bent: Any  # (width,)
    power: Any  # (width,)
    spread: Any  # (width,)
    draws: Draws


@compiled
def make_scratch(width: int) -> Scratch:
    """Scratch for arrays of at most `width` rows or columns."""
    return Scratch(
        np.zeros(width), np.zeros(width, np.int64), np.zeros(width), np.zeros(width), np.zeros(width), make_draws(width)
    )


@inline
def load_sample(image: Any, label: int, learning: Any, signals: Signals) -> None:
    """Put an image with its bias into x[0] and the wanted outputs into `target`."""
    inputs = image.shape[0]
    for i in range(inputs):
        signals.x[0, i] = nearest_level(image[i], 1) if binary_input else image[i]
    signals.x[0, inputs] = learning.bias
    for j in range(signals.target.shape[0]):
        signals.target[j] = learning.target_high if j == label else learning.target_low


@inline
def best(y: Any, n: int) -> int:
    """Index of the largest of the first n outputs; the first of equals."""
    b = 0
    for j in range(1, n):
        if y[j] > y[b]:
            b = j
    return b


@inline
def bend(x: Any, n: int, reading: Any, out: Any) -> Any:
    """Voltages that an ohmic cell would need for the same current, in units of v_read; x itself where cells are ohmic."""
    if ohmic:
        return x
    for i in range(n):
        out[i] = read_shape(x[i] * reading.v_read, reading.v_0) / reading.v_read
    return out


@inline
def read_layer(
    cells: Any,
    geo: Any,
    k: int,
    backward: Any,  # bool
    x: Any,
    gain: float,
    reading: Any,
    scratch: Scratch,
    seed: int,
    repeat: int,
    step: int,
    moment: Any,  # int
    counts: Any,
    sums: Any,
) -> None:
    """scratch.s = gain·currents (weight units) of layer k read from its rows, or backward from its columns, driven with x; billed."""
    rows, columns = geo.shape[k, 0], geo.shape[k, 1]
    lines, out = (columns, rows) if backward else (rows, columns)
    s, driven = scratch.s, scratch.driven
    top, used = 1.0, 0
    if coded:
        code = reading.lines
        levels = code.backward[k] if backward else code.forward[k]
        top, used = drive_lines(x, lines, levels, code.pulsed == 1, reading, scratch.bent, scratch.power, scratch.spread)
        v, spread = scratch.bent, scratch.spread
    else:
        v = bend(x, lines, reading, scratch.bent)
        spread = v
    n = read_array(cells.wt if backward else cells.w, geo.synapse[k], lines, out, v, s, driven)
    g = 0.0
    for q in range(n):
        i = driven[q]
        if backward:
            on_line = 0.0
            for m in range(members):
                on_line += cells.col[m, geo.column[k] + i]
        else:
            on_line = cells.row[geo.row[k] + i]
        g += (scratch.power[i] if coded else x[i] * v[i]) * on_line
    if noisy:
        add_noise(
            cells,
            geo.synapse[k],
            columns,
            spread,
            driven,
            n,
            backward,
            out,
            s,
            reading,
            seed,
            repeat,
            step,
            moment,
            k,
            scratch.draws,
        )
    for j in range(out):
        s[j] = gain * s[j]
    if coded:
        exact = backward and reading.lines.backward_exact == 1
        convert_lines(s, out, top, exact, reading, seed, repeat, step, moment, k, scratch.draws)
    sums[k, G_BACKWARD if backward else G_FORWARD] += g
    counts[k, BACKWARD_READS if backward else FORWARD_READS] += 1
    counts[k, BACKWARD_CELLS if backward else FORWARD_CELLS] += n * members * out
    counts[k, ENCODINGS] += used if coded else n
    counts[k, CONVERSIONS] += out - 1 if backward else out  # nobody needs the current of the bias line


@inline
def pass_layer(
    cells: Any,
    geo: Any,
    learning: Any,
    reading: Any,
    scale: Any,
    signals: Signals,
    scratch: Scratch,
    k: int,
    seed: int,
    repeat: int,
    step: int,
    moment: Any,  # int
    counts: Any,
    sums: Any,
) -> None:
    """x[k + 1] of the signals from x[k]."""
    x = signals.x[k]
    read_layer(cells, geo, k, np.bool_(False), x, learning.gain[k], reading, scratch, seed, repeat, step, moment, counts, sums)
    pass_neurons(geo, learning, scale, signals, scratch, k)


@inline
def pass_neurons(geo: Any, learning: Any, scale: Any, signals: Signals, scratch: Scratch, k: int) -> None:
    """x[k + 1] of the signals from the read of layer k in scratch.s, weight units."""
    x, layers = signals.x, geo.shape.shape[0]
    columns = geo.shape[k, 1]
    for j in range(columns):
        signals.raw[k, j] = scratch.s[j]
        signals.s[k, j] = scale[geo.column[k] + j] * signals.raw[k, j]
    if scale.shape[0] > geo.column[layers]:
        for j in range(columns):
            signals.s[k, j] += scale[geo.column[layers] + geo.column[k] + j]
    if k < layers - 1:
        for j in range(columns):
            x[k + 1, j] = activate(signals.s[k, j])
    else:
        fill_outputs(signals.s[k], columns, x[k + 1])
    x[k + 1, columns] = learning.bias


@inline
def pass_forward(
    cells: Any,
    geo: Any,
    learning: Any,
    reading: Any,
    scale: Any,
    signals: Signals,
    scratch: Scratch,
    seed: int,
    repeat: int,
    step: int,
    moment: Any,  # int
    counts: Any,
    sums: Any,
) -> None:
    """`forward` with draws of the read noise at another moment."""
    for k in range(geo.shape.shape[0]):
        pass_layer(cells, geo, learning, reading, scale, signals, scratch, k, seed, repeat, step, moment, counts, sums)


@inline
def forward(
    cells: Any,
    geo: Any,
    learning: Any,
    reading: Any,
    scale: Any,
    signals: Signals,
    scratch: Scratch,
    seed: int,
    repeat: int,
    step: int,
    counts: Any,
    sums: Any,
) -> None:
    """Fill x[1], x[2], … of the signals from x[0]. scale: flat, columns of all layers; with a digital bias, their offsets behind them."""
    pass_forward(cells, geo, learning, reading, scale, signals, scratch, seed, repeat, step, np.int64(0), counts, sums)


@inline
def send_error(k: int, j: int, error: float, learning: Any, scale: float, signals: Signals) -> None:
    """Put the error ∂E/∂s of a neuron where the columns, and the neuron's scale, take it from."""
    signals.error[k, j] = error
    signals.dscale[k, j] = error * signals.raw[k, j]
    signals.delta[k, j] = rule_send(error * scale, RuleNumbers(learning.rate[k], learning.step[k], learning.threshold[k]))


@inline
def backward(
    cells: Any,
    geo: Any,
    learning: Any,
    reading: Any,
    scale: Any,
    signals: Signals,
    scratch: Scratch,
    seed: int,
    repeat: int,
    step: int,
    counts: Any,
    sums: Any,
) -> None:
    """Fill delta and dscale of the signals, the errors read backward through the same cells."""
    start_errors(geo, learning, scale, signals, scratch)
    for k in range(geo.shape.shape[0] - 1, 0, -1):
        pass_back(cells, geo, learning, reading, scale, signals, scratch, k, seed, repeat, step, counts, sums)


@inline
def start_errors(geo: Any, learning: Any, scale: Any, signals: Signals, scratch: Scratch) -> None:
    """The errors of the outputs."""
    x = signals.x
    last = geo.shape.shape[0] - 1
    outputs = geo.shape[last, 1]
    fill_errors(signals.s[last], x[last + 1], signals.target, outputs, learning.slope_width, scratch.s)
    for j in range(outputs):
        send_error(last, j, scratch.s[j], learning, scale[geo.column[last] + j], signals)


@inline
def pass_back(
    cells: Any,
    geo: Any,
    learning: Any,
    reading: Any,
    scale: Any,
    signals: Signals,
    scratch: Scratch,
    k: int,
    seed: int,
    repeat: int,
    step: int,
    counts: Any,
    sums: Any,
) -> None:
    """delta[k − 1] of the signals from delta[k]."""
    read_layer(
        cells,
        geo,
        k,
        np.bool_(True),
        signals.delta[k],
        learning.gain[k],
        reading,
        scratch,
        seed,
        repeat,
        step,
        np.int64(1),
        counts,
        sums,
    )
    pass_errors(geo, learning, scale, signals, scratch, k)


@inline
def pass_errors(geo: Any, learning: Any, scale: Any, signals: Signals, scratch: Scratch, k: int) -> None:
    """delta[k − 1] of the signals from the backward read of layer k in scratch.s, weight units."""
    x = signals.x
    for i in range(geo.shape[k, 0] - 1):
        error = scratch.s[i] * slope(x[k, i], signals.s[k - 1, i], learning.slope_width)
        send_error(k - 1, i, error, learning, scale[geo.column[k - 1] + i], signals)


@inline
def output_loss(signals: Signals, outputs: int) -> float:
    """E of the sample at hand."""
    last = signals.x.shape[0] - 1
    return sample_loss(signals.s[last - 1], signals.x[last], signals.target, outputs)  # type: ignore[no-any-return]


@compiled
def evaluate(
    cells: Any,
    geo: Any,
    learning: Any,
    reading: Any,
    scale: Any,
    images: Any,
    labels: Any,
    seed: int,
    repeat: int,
    moment: int,
) -> tuple[int, float]:
    """(number of images whose largest output before the neuron is that of the label, sum of E); cells frozen, nothing on the ledger.

    moment ≥ 2: address of this test's read noise, besides the image and the line.
    """
    layers = geo.shape.shape[0]
    outputs = geo.shape[layers - 1, 1]
    signals, scratch = make_signals(geo), make_scratch(widest(geo) + 1)
    counts, sums = np.zeros((layers, _KINDS), np.int64), np.zeros((layers, _KINDS_OF_SUMS))
    correct, e = 0, 0.0
    for n in range(images.shape[0]):
        load_sample(images[n], labels[n], learning, signals)
        pass_forward(cells, geo, learning, reading, scale, signals, scratch, seed, repeat, n, moment, counts, sums)
        if best(signals.s[layers - 1], outputs) == labels[n]:
            correct += 1
        e += output_loss(signals, outputs)
    return correct, e


@compiled
def respond(
    cells: Any,
    geo: Any,
    learning: Any,
    reading: Any,
    scale: Any,
    images: Any,
    labels: Any,
    seed: int,
    repeat: int,
    moment: int,
    mean: Any,
) -> None:
    """Fill mean (classes, outputs) with the mean outputs of the images of each class, 0 for a class without one; as `evaluate` reads them."""
    layers = geo.shape.shape[0]
    outputs = geo.shape[layers - 1, 1]
    signals, scratch = make_signals(geo), make_scratch(widest(geo) + 1)
    counts, sums = np.zeros((layers, _KINDS), np.int64), np.zeros((layers, _KINDS_OF_SUMS))
    found = np.zeros(mean.shape[0], np.int64)
    mean[:, :] = 0.0
    for n in range(images.shape[0]):
        load_sample(images[n], labels[n], learning, signals)
        pass_forward(cells, geo, learning, reading, scale, signals, scratch, seed, repeat, n, moment, counts, sums)
        found[labels[n]] += 1
        for j in range(outputs):
            mean[labels[n], j] += signals.x[layers, j]
    for c in range(mean.shape[0]):
        for j in range(outputs):
            mean[c, j] /= max(found[c], 1)
