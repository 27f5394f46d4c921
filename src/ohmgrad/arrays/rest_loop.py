"""Time without pulses: every cell of a network rests (retention)."""

from __future__ import annotations

from typing import Any

from ohmgrad.kernels.compiled import compiled
from ohmgrad.kernels.draws import REST, key_at
from ohmgrad.kernels.parts import get_params, get_state, law_rest, members, put_state


@compiled
def rest_cells(cells: Any, geo: Any, dt: float, seed: int, repeat: int, step: int) -> None:
    """`dt` seconds for all cells of all layers; what is kept for reads must be derived afterwards."""
    for layer in range(geo.shape.shape[0]):
        stream = REST * 256 + layer
        for cell in range(geo.synapse[layer], geo.synapse[layer + 1]):
            for m in range(members):
                s = get_state(cells.state, m, cell)
                p = get_params(cells.shared, cells.varied, m, cell)
                key = key_at(seed, repeat, members * (cell - geo.synapse[layer]) + m, step, 0, stream)
                put_state(cells.state, m, cell, law_rest(s, dt, p, key))
