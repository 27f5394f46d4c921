"""Sums of gradients over a batch, and the rows on which they live.

    Σ ← m·Σ_before + Σ x δ        m: momentum

Most rows of a sample are at 0 (black pixels) and give nothing. A row is live as long as its sums, or what a transfer has kept of them, may differ from 0: only
live rows are looked at. A row that is called live without need costs time and changes nothing.
"""

from __future__ import annotations

from typing import Any

from ohmgrad.kernels.compiled import compiled, inline


@compiled
def find_live(geo: Any, total: Any, kept: Any, live: Any) -> None:
    """live (rows of all layers,) ← 1 where `total` (synapses,), or `kept` (synapses,) if it is there, has anything but 0."""
    for k in range(geo.shape.shape[0]):
        rows, columns = geo.shape[k, 0], geo.shape[k, 1]
        for i in range(rows):
            first, found = geo.synapse[k] + i * columns, False
            for c in range(first, first + columns):
                found |= total[c] != 0.0
            if kept.shape[0] > 0:
                for c in range(first, first + columns):
                    found |= kept[c] != 0.0
            live[geo.row[k] + i] = found


@compiled
def start_sums(geo: Any, momentum: float, transfer: int, total: Any, live: Any) -> None:
    """total ← momentum·total, before the gradients of a batch are added; without momentum its rows are live no more, but for what a transfer keeps."""
    for k in range(geo.shape.shape[0]):
        rows, columns = geo.shape[k, 0], geo.shape[k, 1]
        for i in range(rows):
            r = geo.row[k] + i
            if live[r] == 0:
                continue
            line = total[geo.synapse[k] + i * columns : geo.synapse[k] + (i + 1) * columns]
            if momentum == 0.0:
                line[:] = 0.0
                live[r] = transfer
            else:
                for j in range(columns):
                    line[j] *= momentum


@inline
def add_gradient(geo: Any, signals: Any, total: Any, live: Any) -> None:
    """total[i, j of every layer] += x_i·δ_j; rows at 0 add nothing."""
    for k in range(geo.shape.shape[0]):
        rows, columns = geo.shape[k, 0], geo.shape[k, 1]
        for i in range(rows):
            v = signals.x[k, i]
            if v == 0.0:
                continue
            live[geo.row[k] + i] = 1
            line = total[geo.synapse[k] + i * columns : geo.synapse[k] + (i + 1) * columns]
            for j in range(columns):
                line[j] += v * signals.delta[k, j]
