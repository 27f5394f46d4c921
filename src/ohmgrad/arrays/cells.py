"""The cells of one replica of a network, and what is kept of them for fast reads.

    state    (fields, synapses, members)   conductance (siemens) first, then the law's hidden state; members: `ohmgrad.arrays.synapse`
    shared   (parameters,)           the law's parameters, where all cells have the same
    varied   (varied, synapses, members)   the parameters that differ from cell to cell
    table    (rows, points)          the law's table
    reference  siemens               what single cells are compared with, all of a synapse together (nan for pairs)

Kept for reads, always equal to what they are derived from:

    w   (synapses,)     Σ G+ − Σ G−, or Σ G − reference: the weight in siemens
    wt  (synapses,)     the same, each layer transposed (backward reads); unused for the input layer
    row (rows,)         sum of the conductances on each row, all members: what a driven row dissipates
    col (members, columns)  sum of the conductances on each column
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from ohmgrad.arrays.geometry import Geometry
from ohmgrad.arrays.synapse import weights

Floats = npt.NDArray[np.float64]


class Cells(NamedTuple):
    """One replica's cells; see the module for the fields."""

    state: Floats
    shared: Floats
    varied: Floats
    table: Floats
    reference: float
    w: Floats
    wt: Floats
    row: Floats
    col: Floats


def make_cells(
    geo: Geometry, state: Floats, shared: Floats, varied: Floats, table: Floats, reference: float = math.nan
) -> Cells:
    """Cells with the derived arrays computed from `state`."""
    n, members = geo.synapses, state.shape[2]
    lines = np.empty(geo.row[-1]), np.empty((members, geo.column[-1]))
    cells = Cells(state, shared, varied, table, reference, np.empty(n), np.zeros(n), *lines)
    derive_weights(geo, cells)
    derive_sums(geo, cells)
    return cells


def derive_weights(geo: Geometry, cells: Cells) -> None:
    """Fill w and wt from the state; exact, so at any time this changes nothing."""
    cells.w[:] = weights(cells.state[0], cells.reference)
    for layer in range(1, len(geo.shape)):
        part = slice(geo.synapse[layer], geo.synapse[layer + 1])
        cells.wt[part] = cells.w[part].reshape(geo.shape[layer]).T.ravel()


def derive_sums(geo: Geometry, cells: Cells) -> None:
    """Fill row and col from the state. The loops update them by differences, so only at a fixed point of the training."""
    for layer, (rows, columns) in enumerate(geo.shape):
        part = slice(geo.synapse[layer], geo.synapse[layer + 1])
        g = cells.state[0, part].reshape(rows, columns, -1)
        cells.row[geo.row[layer] : geo.row[layer + 1]] = g.sum(axis=(1, 2))
        cells.col[:, geo.column[layer] : geo.column[layer + 1]] = g.sum(axis=0).T


def member_view(geo: Geometry, state: Floats, layer: int) -> Floats:
    """View (fields, rows, columns, members) of one layer's state."""
    part = slice(geo.synapse[layer], geo.synapse[layer + 1])
    return state[:, part].reshape(state.shape[0], *geo.shape[layer], -1)
