"""Uniform and normal draws for a whole array of cells, for what is drawn once: initial states, variation, orders."""

from __future__ import annotations

from typing import Any

from ohmgrad.kernels.compiled import compiled
from ohmgrad.kernels.draws import key_at, normal, uniform


@compiled
def fill_uniform(out: Any, seed: int, repeat: int, step: int, stream: int, k: int) -> None:
    """out[c] = the k-th uniform draw of cell c."""
    for c in range(out.shape[0]):
        out[c] = uniform(key_at(seed, repeat, c, step, 0, stream), k)


@compiled
def fill_normal(out: Any, seed: int, repeat: int, step: int, stream: int, k: int) -> None:
    """out[c] = the k-th normal draw of cell c."""
    for c in range(out.shape[0]):
        out[c] = normal(key_at(seed, repeat, c, step, 0, stream), k)
