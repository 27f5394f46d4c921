"""Variation from cell to cell: each cell its own parameters.

    normal      p_cell = p·(1 + σ ξ)                 truncated to 0.1 p … 1.9 p
    truncated   p_cell = p·(1 + σ ξ), |ξ| ≤ cut       the tails left out, not piled up: ξ is drawn from the truncated Gaussian
    lognormal   p_cell = p·exp(σ ξ)
    uniform     p_cell = low + (high − low)·Φ(ξ)     low, high in SI units

ξ ~ N(0, 1), addressed by (cell, parameter), so that switching one parameter's variation, or another imperfection of the cell, on or off leaves
the others' draws as they were. Where two parameters are correlated, ξ = L ξ₀ with L Lᵀ the matrix of correlations (Cholesky), in the order in which the law declares them;
the correlation is that of the Gaussians. The result is clipped to the parameter's declared range.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from ohmgrad.devices import endurance, retention
from ohmgrad.devices.law import Law
from ohmgrad.errors import SpecError
from ohmgrad.kernels.elementary import inverse_normal

Floats = npt.NDArray[np.float64]

# Parameters that the law does not declare itself; their draws are numbered behind the law's, whichever of them are in use.
ADDED = list(dict.fromkeys([*endurance.PARAMS, *(name for kind in retention.KINDS.values() for name in kind.params)]))
BEHIND = 256


@dataclass(frozen=True)
class Variation:
    """Spread of one parameter over cells; sigma is relative to its nominal value."""

    sigma: float
    kind: Literal["normal", "lognormal", "truncated", "uniform"] = "normal"
    cut: float = 2.0
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class Correlated:
    """Correlation `rho` between the Gaussians behind two parameters."""

    first: str
    second: str
    rho: float


def vary(law: Law, nominal: float, name: str, variation: Variation, xi: Floats) -> Floats:
    """Values of parameter `name` for cells with the Gaussians `xi`."""
    if variation.kind == "normal":
        value = nominal * np.clip(1.0 + variation.sigma * xi, 0.1, 1.9)
    elif variation.kind == "truncated":
        share = _phi(variation.cut)
        inside = [inverse_normal((1.0 - share) + (2.0 * share - 1.0) * _phi(float(x))) for x in xi]
        value = nominal * (1.0 + variation.sigma * np.array(inside))
    elif variation.kind == "lognormal":
        value = nominal * np.exp(variation.sigma * xi)
    else:
        low, high = variation.low or 0.0, variation.high or 0.0
        value = low + (high - low) * np.array([_phi(float(x)) for x in xi])
    declared = law.declared[name]
    return np.clip(value, declared.low, declared.high)


def _phi(x: float) -> float:
    """Standard normal distribution function."""
    return 0.5 * math.erfc(-x / math.sqrt(2.0))


def varied_names(variations: Mapping[str, Variation]) -> list[str]:
    """Names with a spread, in a fixed order."""
    return sorted(name for name, v in variations.items() if v.sigma > 0.0 or v.kind == "uniform")


def gaussians(
    law: Law, names: Sequence[str], correlated: Sequence[Correlated], cells: int, draw: Callable[[int, int], Floats]
) -> dict[str, Floats]:
    """ξ (cells,) of each parameter in `names`, correlated as asked. draw(cells, k): the k-th normal draw of each cell."""
    order = sorted(names, key=list(law.declared).index)
    free = {name: draw(cells, _number(law, name)) for name in order}
    out = {}
    for name, row in zip(order, cholesky(order, correlated), strict=True):
        xi = free[name] if row[order.index(name)] == 1.0 else np.zeros(cells)
        if xi is not free[name]:
            for other, factor in zip(order, row, strict=True):
                if factor != 0.0:
                    xi = xi + factor * free[other]
        out[name] = xi
    return out


def _number(law: Law, name: str) -> int:
    """Number of the draw of a parameter."""
    return BEHIND + ADDED.index(name) if name in ADDED else list(law.declared).index(name)


def cholesky(names: Sequence[str], correlated: Sequence[Correlated]) -> list[list[float]]:
    """Lower triangle L with L Lᵀ = correlations of `names`; raises SpecError where they contradict each other.

    >>> [[round(v, 6) for v in row] for row in cholesky(["a", "b"], [Correlated("a", "b", 0.6)])]
    [[1.0, 0.0], [0.6, 0.8]]
    """
    n = len(names)
    c = [[float(i == j) for j in range(n)] for i in range(n)]
    for pair in correlated:
        if pair.first in names and pair.second in names:
            i, j = names.index(pair.first), names.index(pair.second)
            c[i][j] = c[j][i] = pair.rho
    lower = [[0.0] * n for _ in range(n)]
    for i in range(n):
        for j in range(i + 1):
            rest = c[i][j] - sum(lower[i][k] * lower[j][k] for k in range(j))
            if i == j:
                if rest <= 1e-12:
                    raise SpecError(
                        f"device.correlation: the correlations of '{names[i]}' contradict each other; no cells can have them all"
                    )
                lower[i][i] = math.sqrt(rest)
            else:
                lower[i][j] = rest / lower[j][j]
    return lower
