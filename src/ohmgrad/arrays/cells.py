"""The cells of one replica of a network, and what is kept of them for fast reads.

    state    (fields, synapses, 2)   conductance (siemens) first, then the law's hidden state; member 0 is G+, member 1 is G−
    shared   (parameters,)           the law's parameters, where all cells have the same
    varied   (varied, synapses, 2)   the parameters that differ from cell to cell
    table    (rows, points)          the law's table

Kept for reads, always equal to what they are derived from:

    w   (synapses,)     G+ − G−
    wt  (synapses,)     the same, each layer transposed (backward reads); unused for the input layer
    row (rows,)         sum of the conductances on each row, both members: what a driven row dissipates
    col (2, columns)    sum of the conductances on each column
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from ohmgrad.arrays.geometry import Geometry

Floats = npt.NDArray[np.float64]


class Cells(NamedTuple):
    """One replica's cells; see the module for the fields."""

    state: Floats
    shared: Floats
    varied: Floats
    table: Floats
    w: Floats
    wt: Floats
    row: Floats
    col: Floats


def make_cells(geo: Geometry, state: Floats, shared: Floats, varied: Floats, table: Floats) -> Cells:
    """Cells with the derived arrays computed from `state`."""
    n = geo.synapses
    cells = Cells(state, shared, varied, table, np.empty(n), np.zeros(n), np.empty(geo.row[-1]), np.empty((2, geo.column[-1])))
    derive_weights(geo, cells)
    derive_sums(geo, cells)
    return cells


def derive_weights(geo: Geometry, cells: Cells) -> None:
    """Fill w and wt from the state; exact, so at any time this changes nothing."""
    np.subtract(cells.state[0, :, 0], cells.state[0, :, 1], out=cells.w)
    for layer in range(1, len(geo.shape)):
        part = slice(geo.synapse[layer], geo.synapse[layer + 1])
        cells.wt[part] = cells.w[part].reshape(geo.shape[layer]).T.ravel()


def derive_sums(geo: Geometry, cells: Cells) -> None:
    """Fill row and col from the state. The loops update them by differences, so only at a fixed point of the training."""
    for layer, (rows, columns) in enumerate(geo.shape):
        part = slice(geo.synapse[layer], geo.synapse[layer + 1])
        g = cells.state[0, part].reshape(rows, columns, 2)
        cells.row[geo.row[layer] : geo.row[layer + 1]] = g.sum(axis=(1, 2))
        cells.col[:, geo.column[layer] : geo.column[layer + 1]] = g.sum(axis=0).T


def member_view(geo: Geometry, state: Floats, layer: int) -> Floats:
    """View (fields, rows, columns, 2) of one layer's state."""
    part = slice(geo.synapse[layer], geo.synapse[layer + 1])
    return state[:, part].reshape(state.shape[0], *geo.shape[layer], 2)
