"""Reads of an ideal array (no wire resistance): Ohm's law per cell, Kirchhoff's sum per line.

    I_j = Σ_i V_i (G⁺_ij − G⁻_ij)        forward: rows driven, columns at virtual ground (eq. 2.11 of the chapter)
    I_i = Σ_j V_j (G⁺_ij − G⁻_ij)        backward: the same cells, columns driven

Sums are taken in the order of the driven lines and skip lines at 0 V, which adds nothing. The order is part of the contract:
every driver and the reference give the same bits.
"""

from __future__ import annotations

from typing import Any

from ohmgrad.kernels.compiled import compiled


@compiled
def read_array(w: Any, first: int, rows: int, columns: int, x: Any, out: Any, driven: Any) -> int:
    """out[j] = Σ_i x[i]·w[first + i·columns + j]; returns the number of driven rows. `driven` is scratch of ≥ rows int64."""
    n = 0
    for i in range(rows):
        if x[i] != 0.0:
            driven[n] = i
            n += 1
    for j in range(columns):
        out[j] = 0.0
    q = 0
    while q + 4 <= n:  # four rows at a time keep the running sum in a register; the order of additions is unchanged
        i0, i1, i2, i3 = driven[q], driven[q + 1], driven[q + 2], driven[q + 3]
        x0, x1, x2, x3 = x[i0], x[i1], x[i2], x[i3]
        w0 = w[first + i0 * columns : first + i0 * columns + columns]
        w1 = w[first + i1 * columns : first + i1 * columns + columns]
        w2 = w[first + i2 * columns : first + i2 * columns + columns]
        w3 = w[first + i3 * columns : first + i3 * columns + columns]
        for j in range(columns):
            out[j] = (((out[j] + x0 * w0[j]) + x1 * w1[j]) + x2 * w2[j]) + x3 * w3[j]
        q += 4
    while q < n:
        i0 = driven[q]
        x0 = x[i0]
        w0 = w[first + i0 * columns : first + i0 * columns + columns]
        for j in range(columns):
            out[j] += x0 * w0[j]
        q += 1
    return n
