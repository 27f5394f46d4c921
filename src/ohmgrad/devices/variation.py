"""Variation from cell to cell: each cell its own parameters.

    normal      p_cell = p·(1 + σ ξ)      truncated to 0.1 p … 1.9 p
    lognormal   p_cell = p·exp(σ ξ)

ξ ~ N(0, 1), addressed by (cell, parameter), so that switching one parameter's variation on or off leaves the others' draws as
they were. The result is clipped to the parameter's declared range.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from ohmgrad.devices.law import Law

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Variation:
    """Spread of one parameter over cells; sigma is relative to its nominal value."""

    sigma: float
    kind: Literal["normal", "lognormal"] = "normal"


def vary(law: Law, nominal: float, name: str, variation: Variation, cells: int, draw: Callable[[int, int], Floats]) -> Floats:
    """Values of parameter `name` for `cells` cells. draw(cells, k): the k-th normal draw of each cell."""
    xi = draw(cells, list(law.declared).index(name))
    if variation.kind == "normal":
        value = nominal * np.clip(1.0 + variation.sigma * xi, 0.1, 1.9)
    else:
        value = nominal * np.exp(variation.sigma * xi)
    declared = law.declared[name]
    return np.clip(value, declared.low, declared.high)


def varied_names(variations: Mapping[str, Variation]) -> list[str]:
    """Names with a spread, in a fixed order."""
    return sorted(name for name, v in variations.items() if v.sigma > 0.0)
