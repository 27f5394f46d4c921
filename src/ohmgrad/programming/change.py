"""The change wanted, as learning hands it to programming.

u-form: with δ = ∂E/∂s, u = −η δ and ΔW = x uᵀ, so a positive entry means potentiate.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Rank1:
    """ΔW = x uᵀ of one sample: x (rows,) inputs, u (columns,) in weight units. What parallel schemes write in one go."""

    x: Floats
    u: Floats


@dataclass(frozen=True)
class Dense:
    """ΔW (rows, columns) in weight units, accumulated in digital over a batch."""

    dw: Floats
