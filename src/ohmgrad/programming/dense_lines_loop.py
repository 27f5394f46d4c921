"""What is kept of one layer for reads, made anew from its state in a fixed order: after a write that may reach every cell."""

from __future__ import annotations

from typing import Any

from ohmgrad.kernels.compiled import compiled
from ohmgrad.kernels.parts import members, weigh


@compiled
def derive_layer(cells: Any, geo: Any, layer: int) -> None:
    """w, wt, row, col of one layer from its state."""
    rows, columns, first = geo.shape[layer, 0], geo.shape[layer, 1], geo.synapse[layer]
    first_row, first_col = geo.row[layer], geo.column[layer]
    state = cells.state
    for m in range(members):
        for j in range(columns):
            cells.col[m, first_col + j] = 0.0
    for i in range(rows):
        total = 0.0
        for j in range(columns):
            c = first + i * columns + j
            value = weigh(state, cells.reference, c)
            cells.w[c] = value
            if layer > 0:
                cells.wt[first + j * rows + i] = value
            for m in range(members):
                total += state[0, c, m]
                cells.col[m, first_col + j] += state[0, c, m]
        cells.row[first_row + i] = total
