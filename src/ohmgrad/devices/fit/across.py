"""From cell to cell: mean and spread of each parameter over cells that were fitted one by one.

    variance over cells = variance of the estimates − mean squared standard error

The second term is what the fits' own errors add. Its standard error: √(2/(n − 1)) times the variance of the estimates (Gaussian cells).
The spread counts as determined where equal cells are refuted: Σ ((θ_i − mean)/e_i)², weighted mean, beyond the 99 % point of χ² with n − 1 degrees
of freedom (W. G. Cochran, Biometrics 10, 101 (1954), doi:10.2307/3001666).
Where the spread is wide (more than 25 % of the mean) and a parameter cannot be negative, cells are taken as log-normal: the value is then
the geometric mean and the spread that of the logarithm.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ohmgrad.devices.fit.estimate import CellFit, Estimate

Floats = npt.NDArray[np.float64]

WIDE = 0.25
LEVEL = 0.01  # of the test that cells are equal
LEAST_CELLS = 3


@dataclass(frozen=True)
class Spread:
    """Device-to-device spread relative to the value, with its standard error; kind as in `ohmgrad.devices.variation`."""

    sigma: float
    error: float
    kind: str
    determined: bool


@dataclass(frozen=True)
class Parameter:
    """A parameter over all cells; `spread` is None for a single cell."""

    estimate: Estimate
    spread: Spread | None
    cells: int


def over_cells(fits: Mapping[str, CellFit]) -> list[Parameter]:
    """Each parameter over the cells."""
    by_cell = [f.estimates() for f in fits.values()]
    if len(by_cell) == 1:
        return [Parameter(e, None, 1) for e in by_cell[0]]
    return [_over(list(same)) for same in zip(*by_cell, strict=True)]


def _over(same: list[Estimate]) -> Parameter:
    good = [e for e in same if e.determined] or same
    n = len(good)
    values, errors = np.array([e.value for e in good]), np.array([e.error for e in good])
    first = good[0]
    mean = float(values.mean())
    log = first.log and n >= LEAST_CELLS and mean > 0 and values.std(ddof=1) > WIDE * abs(mean)
    if log:
        values, errors = np.log(values), errors / values
        mean = float(values.mean())
    seen = float(values.var(ddof=1)) if n > 1 else 0.0
    own = float(np.mean(errors**2))
    variance = max(seen - own, 0.0)
    variance_error = math.sqrt(2.0 / (n - 1)) * seen if n > 1 else math.inf
    error = math.sqrt(max(seen, own) / n)
    value = math.exp(mean) if log else mean
    scale = 1.0 if log else max(abs(mean), 1e-300)
    estimate = Estimate(
        first.name, value, error * value if log else error, first.dimension, first.log, n > len(same) / 2 and all(e.determined for e in good),
        next((e.bound for e in same if e.bound), "") if not first.determined else "",
    )  # fmt: skip
    if n < LEAST_CELLS:
        return Parameter(estimate, Spread(0.0, math.inf, "normal", False), n)
    sigma = math.sqrt(variance) / scale
    sigma_error = variance_error / (2.0 * math.sqrt(variance)) / scale if variance > 0.0 else math.sqrt(variance_error) / scale
    return Parameter(estimate, Spread(sigma, sigma_error, "lognormal" if log else "normal", cells_differ(values, errors)), n)


def cells_differ(values: Floats, errors: Floats) -> bool:
    """True if estimates with these standard errors are not those of equal cells, by the test of the module.

    >>> cells_differ(np.array([1.0, 1.5, 0.6]), np.full(3, 0.05)), cells_differ(np.array([1.0, 1.1, 0.9]), np.full(3, 0.1))
    (True, False)
    """
    from scipy.special import chdtrc

    weight = 1.0 / np.maximum(errors, 1e-300) ** 2
    mean = float(np.average(values, weights=weight))
    return bool(chdtrc(len(values) - 1, float((weight * (values - mean) ** 2).sum())) < LEVEL)
