"""Pictures of all cells at the start, in the middle and at the end: histograms, so that a run of any size stays small."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from ohmgrad.network.replica import Replica
from ohmgrad.network.setup import Setup

DIAMOND_BINS, WEIGHT_BINS = 64, 80


def snapshot_epochs(epochs: int) -> list[int]:
    """Start, middle, end."""
    return sorted({0, (epochs + 1) // 2, epochs})


def edges(setup: Setup) -> dict[str, npt.NDArray[np.float64]]:
    """Bin edges: `diamond_edges` in siemens, `weight_edges_l` in weight units; beyond the window too if cells are unbounded.

    For single cells also `reference`: what one of them is compared with (siemens).
    """
    low, high = setup.window
    reach = 0.0 if setup.bounded else high - low
    out = {"diamond_edges": np.linspace(low - reach, high + reach, DIAMOND_BINS + 1)}
    k = setup.synapse.cells
    span = k * (high - low + 2 * reach)
    ends = -span, span
    if not setup.synapse.paired:
        ends = k * (low - reach) - setup.reference, k * (high + reach) - setup.reference
        out["reference"] = np.array(setup.reference / k)
    for layer, gain in enumerate(setup.learning.gain):
        out[f"weight_edges_{layer}"] = np.linspace(gain * ends[0], gain * ends[1], WEIGHT_BINS + 1)
    return out


def take(setup: Setup, replicas: Sequence[Replica], epoch: int) -> dict[str, npt.NDArray[Any]]:
    """`diamond_{epoch}_{layer}` (all pairs) and `weights_{epoch}_{layer}`, summed over replicas; cells beyond the edges count in the last bin.

    Single cells have `conductance_{epoch}_{layer}` (all cells) instead of the diamond.
    """
    grid, geo = edges(setup), setup.geometry
    out: dict[str, npt.NDArray[Any]] = {}
    for layer, gain in enumerate(setup.learning.gain):
        part = slice(geo.synapse[layer], geo.synapse[layer + 1])
        cells = np.zeros((DIAMOND_BINS,) * (2 if setup.synapse.paired else 1), np.int64)
        weights = np.zeros(WEIGHT_BINS, np.int64)
        for r in replicas:
            g = np.clip(r.cells.state[0, part], grid["diamond_edges"][0], grid["diamond_edges"][-1])
            g = g.reshape(-1, cells.ndim)
            cells += np.histogramdd(g, bins=[grid["diamond_edges"]] * cells.ndim)[0].astype(np.int64)
            e = grid[f"weight_edges_{layer}"]
            weights += np.histogram(np.clip(gain * r.cells.w[part], e[0], e[-1]), bins=e)[0]
        out[f"{'diamond' if setup.synapse.paired else 'conductance'}_{epoch}_{layer}"] = cells
        out[f"weights_{epoch}_{layer}"] = weights
    return out
