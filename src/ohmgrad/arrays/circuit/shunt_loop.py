"""Small steps of the elimination row by row, compiled; equations: `ohmgrad.arrays.circuit.effective`."""

from __future__ import annotations

from typing import Any

from ohmgrad.kernels.compiled import compiled


@compiled
def shunt_small(e: Any) -> None:
    """E → 1 − (1 + E)⁻¹ in place, pivot after pivot (the symmetric sweep, with 1 taken off the diagonal throughout)."""
    n = e.shape[0]
    for k in range(n):
        inverse = 1.0 / (1.0 + e[k, k])
        for i in range(n):
            if i == k:
                continue
            factor = e[i, k] * inverse
            row, pivot = e[i], e[k]
            for j in range(n):
                row[j] -= factor * pivot[j]
            row[k] = factor
        pivot = e[k]
        d = pivot[k]
        for j in range(n):
            pivot[j] *= inverse
        pivot[k] = d * inverse


@compiled
def hang_row(e: Any, g: Any, r: float, t: Any, inverse: float, unit: float) -> None:
    """e += unit·(G − G T⁻¹ G) of one row with conductances g; t, inverse: its factors.

    T⁻¹ of a chain: below the diagonal each number is t times the one above, and on it d₀ = inverse, d_k = t_k (r + t_k d_{k−1}).
    """
    n = g.shape[0]
    d = inverse
    for k in range(n):
        if k > 0:
            d = t[k] * (r + t[k] * d)
        e[k, k] += unit * (g[k] * (1.0 - g[k] * d))
        x = -unit * g[k] * d
        for j in range(k + 1, n):
            x *= t[j]
            e[k, j] += x * g[j]
    for k in range(n):
        for j in range(k):
            e[k, j] = e[j, k]
