"""From axes to points: lists, ranges, and Latin hypercubes.

A grid is the product of its axes, the last one running fastest. In a Latin hypercube of n points every axis with a range is cut into n equal parts,
each of which holds one point: with a permutation π of 0 … n − 1 for each axis, and 0 < v < 1,

    u_i = (π(i) + v_i)/n,        value = from + u (to − from),  or  from·(to/from)^u  on a log scale.

π and v are addressed draws (`ohmgrad.kernels.draws`), so point i of the same sweep is the same everywhere. Axes with values are crossed with it.
Source: McKay, Beckman and Conover 1979, doi:10.1080/00401706.1979.10489755.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from ohmgrad.errors import SpecError, UnitError
from ohmgrad.kernels.draws import SWEEP, key_at, uniform
from ohmgrad.sweep.fields import Known
from ohmgrad.sweep.sections import Axis, Sweep
from ohmgrad.units import parse

PARTS = 2  # draws of a point on an axis: one for its part, one for its place in it


def count_points(sweep: Sweep) -> int:
    """How many points there are, without making them."""
    cut = [len(a.values) if a.values is not None else (a.points or 1) for a in sweep.axis]
    return math.prod(cut) * (sweep.random or 1)


def points(sweep: Sweep, fields: Sequence[Known]) -> Iterator[tuple[Any, ...]]:
    """The values of each point, one for each axis; fields: what the axes vary. Raises SpecError for a range that is none."""
    lists: list[list[Any]] = []
    sampled: list[int] = []
    for k, (axis, field) in enumerate(zip(sweep.axis, fields, strict=True)):
        if axis.values is not None:
            lists.append(axis.values)
            continue
        start, end = ends(axis, field)
        if sweep.random is None:
            n = axis.points or 1
            lists.append([between(start, end, i / (n - 1) if n > 1 else 0.0, axis.scale, field.whole) for i in range(n)])
        else:
            sampled.append(k)
            lists.append(_hypercube(sweep, k, start, end, field.whole))
    if not sampled:
        yield from itertools.product(*lists)
        return
    fixed = [range(1) if k in sampled else range(len(values)) for k, values in enumerate(lists)]
    for where in itertools.product(*fixed):
        for i in range(sweep.random or 1):
            yield tuple(values[i if k in sampled else where[k]] for k, values in enumerate(lists))


def ends(axis: Axis, field: Known) -> tuple[float, float]:
    """Ends of a range in SI units; raises SpecError where the field is no quantity, or a log scale has no sense."""
    if not field.dimension:
        raise SpecError(f"axis {field.name}: a range needs a number, and this is none; give values = [...]")
    out = []
    for which, given in (("from", axis.start), ("to", axis.end)):
        try:
            out.append(parse(given, field.dimension))
        except UnitError as e:
            raise SpecError(f"axis {field.name}, {which}: {e}") from None
    start, end = out
    if axis.scale == "log" and not (start > 0.0 and end > 0.0):
        raise SpecError(
            f"axis {field.name}: a log scale needs ends above 0 (given: {axis.start} to {axis.end}); set scale = 'linear'"
        )
    return start, end


def between(start: float, end: float, u: float, scale: str, whole: bool) -> float | int:
    """The value a share u of the way from start to end, to 12 digits; exactly the ends for u = 0 and 1.

    >>> between(1.0, 100.0, 0.5, "log", False), between(0.0, 7.0, 0.5, "linear", True)
    (10.0, 4)
    """
    if u in (0.0, 1.0):
        value = end if u else start
    elif scale == "log":
        value = 10.0 ** (math.log10(start) + u * (math.log10(end) - math.log10(start)))
    else:
        value = start + u * (end - start)
    return math.floor(value + 0.5) if whole else float(f"{value:.12g}")


def _hypercube(sweep: Sweep, axis: int, start: float, end: float, whole: bool) -> list[float | int]:
    """Values of all points on one axis."""
    n = sweep.random or 1
    with np.errstate(over="ignore"):  # uncompiled, products of NumPy integers wrap with a warning
        draws = np.array(
            [[uniform(key_at(sweep.random_seed, axis, i, 0, 0, SWEEP * 256), k) for k in range(PARTS)] for i in range(n)]
        )
    part = np.argsort(np.argsort(draws[:, 0], kind="stable"), kind="stable")
    u = (part + draws[:, 1]) / n
    return [between(start, end, float(v), sweep.axis[axis].scale, whole) for v in u]
