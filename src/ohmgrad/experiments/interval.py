"""95 % intervals of means: Student's t."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np


def student_t(freedom: float) -> float:
    """The 97.5 % quantile of Student's t with so many degrees of freedom.

    >>> round(student_t(2), 3)
    4.303
    """
    from scipy.special import stdtrit

    return float(stdtrit(freedom, 0.975))


def interval95(values: Sequence[float]) -> float | None:
    """Half width of the 95 % interval of the mean, t(0.975, n − 1)·s/√n; None for fewer than two values."""
    n = len(values)
    if n < 2:
        return None
    return float(student_t(n - 1) * np.std(values, ddof=1) / np.sqrt(n))
