"""Uniform and normal draws at an address: what a device law calls.

``uniform(key, k)`` and ``normal(key, k)`` give the k-th draw (k = 0, 1, 2, …, 510) of the event that `key` addresses. One Philox block
serves two draws.
"""

from __future__ import annotations

from typing import Any

from ohmgrad.kernels.compiled import inline
from ohmgrad.kernels.elementary import inverse_normal, inverse_normal_centre, inverse_normal_side
from ohmgrad.kernels.philox import MASK, Key, philox4x32

# Purposes: separate streams, so that switching one imperfection off leaves every other draw as it was.
INITIAL, DEVICE, WRITE, REFRESH, READ, FAULT, ORDER, VERIFY, REST, SLOW, LINE, CONVERT, OFFSET, SWEEP = range(1, 15)


@inline
def _uniform(seed: Any, repeat: Any, cell: Any, step: Any, pulse: Any, stream: Any, k: Any) -> Any:
    c2 = (pulse * 256 + (k >> 1)) & MASK
    w0, w1, w2, w3 = philox4x32(cell & MASK, step & MASK, c2, stream & MASK, seed & MASK, repeat & MASK)
    if k & 1:
        w0, w1 = w2, w3
    return ((w0 << 20 | w1 >> 12) + 0.5) * 2.220446049250313e-16


@inline
def uniform(key: Key, k: int) -> float:
    """The k-th uniform draw at `key`: (w + ½)·2⁻⁵² with w of 52 bits, so 0 < u < 1 and u is exact."""
    return _uniform(key.seed, key.repeat, key.cell, key.step, key.pulse, key.stream, k)  # type: ignore[no-any-return]


@inline
def normal(key: Key, k: int) -> float:
    """The k-th standard normal draw at `key`, by inversion of the k-th uniform draw."""
    if k == 0 and key.made:
        return key.drawn
    return inverse_normal(uniform(key, k))  # type: ignore[no-any-return]


@inline
def key_at(seed: int, repeat: int, cell: int, step: int, pulse: int, stream: int) -> Key:
    """Address with nothing drawn yet."""
    return Key(seed, repeat, cell, step, pulse, stream, False, 0.0)


@inline
def first_normals(
    n: int, seed: int, repeat: int, cell: Any, step: int, pulse: Any, stream: int, z: Any, u: Any, side: Any
) -> None:
    """z[i] = normal(key, 0) for the addresses (cell[i], pulse[i]), i < n: the same bits as one by one, in vector instructions.

    cell, pulse (≥ n,) int64; z (≥ n,) float64; scratch: u (2, ≥ n) float64, side (≥ n,) int64. All get the formula of the centre; the
    15 % that lie at the sides are put together, computed, and put back; what lies further out (1 in 10¹⁰) goes one by one.
    """
    uniforms, sides_u = u[0], u[1]
    for i in range(n):
        uniforms[i] = _uniform(seed, repeat, cell[i], step, pulse[i], stream, 0)
    for i in range(n):
        z[i] = inverse_normal_centre(uniforms[i] - 0.5)
    sides = 0
    for i in range(n):
        side[sides] = i
        sides_u[sides] = uniforms[i]
        sides += abs(uniforms[i] - 0.5) > 0.425
    for k in range(sides):
        sides_u[k] = inverse_normal_side(sides_u[k])
    for k in range(sides):
        value = uniforms[side[k]]
        z[side[k]] = sides_u[k] if abs(value - 0.5) < 0.5 - 2e-11 else inverse_normal(value)
