"""Single steps of the passes, for circuits that must be solved for each read: one layer forward, the outputs' errors, one layer back, compiled."""

from __future__ import annotations

from typing import Any

import numpy as np

from ohmgrad.arrays.coding_loop import nearest_level
from ohmgrad.kernels.compiled import compiled
from ohmgrad.kernels.parts import coded, read_shape
from ohmgrad.network.pass_loop import output_loss, pass_back, pass_layer, start_errors


@compiled
def forward_layer(
    cells: Any, geo: Any, learning: Any, reading: Any, scale: Any, signals: Any, scratch: Any, k: int, seed: int, repeat: int, step: int, moment: int,
    counts: Any, sums: Any,
) -> None:  # fmt: skip
    """`pass_layer`."""
    pass_layer(cells, geo, learning, reading, scale, signals, scratch, k, seed, repeat, step, moment, counts, sums)


@compiled
def output_errors(geo: Any, learning: Any, scale: Any, signals: Any, scratch: Any) -> None:
    """`start_errors`."""
    start_errors(geo, learning, scale, signals, scratch)


@compiled
def backward_layer(
    cells: Any, geo: Any, learning: Any, reading: Any, scale: Any, signals: Any, scratch: Any, k: int, seed: int, repeat: int, step: int, counts: Any,
    sums: Any,
) -> None:  # fmt: skip
    """`pass_back`."""
    pass_back(cells, geo, learning, reading, scale, signals, scratch, k, seed, repeat, step, counts, sums)


@compiled
def loss_of(signals: Any, outputs: int) -> float:
    """`output_loss`."""
    return output_loss(signals, outputs)


@compiled
def line_shares(x: Any, n: int, levels: int, reading: Any, share: Any, product: Any) -> None:
    """share: voltage of each of n lines over v_read; product: what the read multiplies with the conductances of that line."""
    top = 1.0
    if coded and reading.lines.scaled:
        top = 0.0
        for i in range(n):
            top = max(top, abs(x[i]))
        if top == 0.0:
            top = 1.0
    for i in range(n):
        share[i] = nearest_level(x[i] / top, levels) if coded else x[i]
        y = read_shape(abs(share[i]) * reading.v_read, reading.v_0) / reading.v_read
        product[i] = y if share[i] > 0.0 else -y if share[i] < 0.0 else 0.0
    for i in range(n, share.shape[0]):
        share[i] = np.nan
