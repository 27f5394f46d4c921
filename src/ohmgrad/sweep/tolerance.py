"""How much of an imperfection costs so much accuracy: bracketing with paired repeats, and an interval on the answer.

The loss at x is d(x) = mean over repeats of A_k(x₀) − A_k(x), the repeats being the same at both, with half the 95 % interval h(x) of Student's t. The answer is the
x at which d(x) = L; its interval is what can be told from the data to lose more, or less, than L:

    from the x at which d + h = L    to the x at which d − h = L.

Between points that are close d and d ± h are straight; in a bracket that is still wide when the search ends, the interval goes to its outer end. More of an imperfection is taken never to help, so each curve is first made monotone by pooling adjacent
violators (isotonic regression; Ayer et al. 1955, doi:10.1214/aoms/1177728423). Points are set where one of the three crossings is least well known.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ohmgrad.errors import SpecError, UnitError
from ohmgrad.sections import read_section
from ohmgrad.sweep.fields import Known, find_field, value_of
from ohmgrad.sweep.grid import between
from ohmgrad.sweep.plan import Plan
from ohmgrad.sweep.query import Mean, Results, mean_of
from ohmgrad.sweep.sections import Axis, Sweep
from ohmgrad.sweep.store import Store
from ohmgrad.units import parse

LADDER = 64  # the search begins at this part of the way, and doubles it
WIDE = 30.0  # a way whose ends differ by more than this factor is gone in the logarithm
FINE = 0.05  # crossings are looked for until they are known to this share of the answer
COARSE = 0.4  # a bracket that is wider is not taken for straight
NUMERIC = "tolerance needs a field that is a number"


@dataclass(frozen=True)
class Loss:
    """At a value (SI units): the mean loss of accuracy against the start, paired, with half its interval; and the mean accuracy."""

    x: float
    loss: Mean
    accuracy: float


@dataclass(frozen=True)
class Tolerance:
    """The answer. value, low, high: where the loss is `wanted` (a share), and the 95 % interval; None where it is not reached, or not known to be."""

    field: Known
    wanted: float
    value: float | None
    low: float | None
    high: float | None
    losses: tuple[Loss, ...]


def tolerance_plan(
    top: Mapping[str, Any], name: str, start: float | str | None, end: float | str | None
) -> tuple[Plan, float, float]:
    """Plan, start and end (SI units) of a search along the field called `name`.

    start: where the base is, without it; end: the largest value allowed, without it. Raises SpecError for a field that is no number or has no end.
    """
    first = Plan(read_section(Sweep, {**top, "axis": [Axis(field="epochs", values=[1])]}), Path())
    field = find_field(name, first.base)
    if not field.dimension:
        raise SpecError(f"{field.name} is no number; {NUMERIC}, such as faults.dead")
    here = value_of(first.base.model_dump(by_alias=True, mode="json"), field.name)
    here = here[0] if isinstance(here, list) and len(here) == 1 else here
    if start is None and not isinstance(here, int | float):
        start = 0.0 if field.low == 0.0 and "variation" in field.name else None
        if start is None:
            raise SpecError(f"{field.name} has no single value in this specification; give one with --from")
    low = _parsed(field, start, "--from") if start is not None else float(here)
    if end is None:
        if field.high is None or field.high > 100.0:
            raise SpecError(f"{field.name} has no natural end; give one with --to")
        end = field.high
    high = _parsed(field, end, "--to")
    if low == high:
        raise SpecError(f"the search goes from {low:g} to {high:g}, which is nowhere; give another --to")
    values = [math.floor(low + 0.5) if field.whole else low]
    plan = Plan(read_section(Sweep, {**top, "axis": [Axis(field=field.name, values=values)]}), Path())
    return plan, low, high


def _parsed(field: Known, value: float | str, option: str) -> float:
    try:
        return parse(value, field.dimension)
    except UnitError as e:
        raise SpecError(f"{option}: {e}") from None


def search(plan: Plan, store: Store, start: float, end: float, wanted: float, most: int, run: Callable[[], Any]) -> Tolerance:
    """Set points, have them run, and look, until the answer is known or `most` points are done. run: does all runs that the store lacks.

    What is stored already of an earlier search is found by its key, so the same search costs nothing.
    """
    field = plan.fields[0]
    place = _Places(start, end, field.whole)
    numbers: dict[float, int] = {}

    def measure(u: float) -> float:
        x = place.value(u)
        if x not in numbers:
            numbers[x] = len(numbers)
            point = plan.point(numbers[x], (math.floor(x + 0.5) if field.whole else x,))
            if point.error:
                raise SpecError(point.error)
            store.add_points([point])
            run()
        return x

    measure(0.0)
    u = 1.0 / LADDER
    while True:
        measure(u)
        at = losses(store, numbers)
        last = at[place.value(u)]
        if last.loss.value - (last.loss.half or 0.0) > wanted or u >= 1.0:
            break
        u = min(1.0, 2.0 * u)
    while len(numbers) < most:
        ordered = [(place.share(x), found) for x, found in losses(store, numbers).items()]
        following = next_point(sorted(ordered, key=lambda o: o[0]), wanted, place, numbers)
        if following is None:
            break
        measure(following)
    found = sorted(losses(store, numbers).items(), key=lambda item: place.share(item[0]))
    curve = [(place.share(x), loss) for x, loss in found]
    crossings = [crossing(curve, wanted, sign, place) for sign in (0, 1, -1)]
    value, low, high = (None if c is None else place.exact(c) for c in crossings)
    return Tolerance(field, wanted, value, low, high, tuple(loss for _, loss in found))


class _Places:
    """Values along the way from start (u = 0) to end (u = 1): evenly, or evenly in the logarithm where both are above 0 and wide apart."""

    def __init__(self, start: float, end: float, whole: bool) -> None:
        self.start, self.end, self.whole = start, end, whole
        wide = min(start, end) > 0.0 and max(start, end) > WIDE * min(start, end)
        self.scale = "log" if wide else "linear"

    def value(self, u: float) -> float:
        """The value at u; whole numbers stay whole."""
        return float(between(self.start, self.end, u, self.scale, self.whole))

    def exact(self, u: float) -> float:
        """The value at u, not rounded to a whole number."""
        return float(between(self.start, self.end, u, self.scale, False))

    def share(self, x: float) -> float:
        """The u of a value."""
        if self.scale == "log":
            return math.log(x / self.start) / math.log(self.end / self.start)
        return (x - self.start) / (self.end - self.start)

    def width(self, u0: float, u1: float) -> float:
        """How wide a bracket is against the answer: of the way gone, or of the value where the way is logarithmic."""
        if self.scale == "log":
            x0, x1 = self.exact(u0), self.exact(u1)
            return abs(x1 - x0) / max(x0, x1)
        return (u1 - u0) / u1

    def middle(self, u0: float, u1: float) -> float:
        """Where to look next in a bracket."""
        return math.sqrt(u0 * u1) if self.scale == "linear" and u0 > 0.0 and u1 > 4.0 * u0 else (u0 + u1) / 2


def losses(store: Store, numbers: Mapping[float, int]) -> dict[float, Loss]:
    """Loss at every value against the first, repeat by repeat. Raises SpecError where all repeats of a value failed."""
    results = Results(store)
    first = results.accuracies(0)
    out = {}
    for x, number in numbers.items():
        here = results.accuracies(number)
        both = sorted(set(first) & set(here))
        if not both:
            (failure, *_) = [f.error for f in results.failures() if f.point == number] or ["no run of it is stored"]
            raise SpecError(f"{results.label(results.place(number))}: {failure}")
        d = [first[r] - here[r] for r in both]
        n, mean = len(d), sum(d) / len(d)
        std = math.sqrt(sum((v - mean) ** 2 for v in d) / (n - 1)) if n > 1 else None
        out[x] = Loss(x, mean_of(n, mean, std), sum(here[r] for r in both) / n)
    return out


Curve = Sequence[tuple[float, Loss]]


def edge(curve: Curve, sign: int) -> list[float]:
    """Loss plus `sign` times half its interval along the way, made monotone."""
    return monotone([loss.loss.value + sign * (loss.loss.half or 0.0) for _, loss in curve])


def monotone(values: Sequence[float]) -> list[float]:
    """The closest sequence that never falls, by least squares: adjacent violators are pooled.

    >>> monotone([0.0, 3.0, 1.0, 4.0])
    [0.0, 2.0, 2.0, 4.0]
    """
    pools: list[list[float]] = []  # sum, count
    for v in values:
        pools.append([v, 1.0])
        while len(pools) > 1 and pools[-2][0] / pools[-2][1] > pools[-1][0] / pools[-1][1]:
            total, count = pools.pop()
            pools[-1][0] += total
            pools[-1][1] += count
    return [total / count for total, count in pools for _ in range(int(count))]


def crossing(curve: Curve, wanted: float, sign: int, place: _Places | None = None) -> float | None:
    """The u at which the edge reaches the wanted loss, by straight lines between points; None if it never does.

    An end of the interval (sign ±1) that lies in a bracket still too wide for a straight line is the outer end of that bracket.
    """
    values = edge(curve, sign)
    for k, v in enumerate(values):
        if v >= wanted:
            if k == 0:
                return curve[0][0]
            u0, u1, v0 = curve[k - 1][0], curve[k][0], values[k - 1]
            if sign and place is not None and place.width(u0, u1) > COARSE:
                return u0 if sign > 0 else u1
            part = (wanted - v0) / (v - v0)
            if place is None:
                return u0 + part * (u1 - u0)
            x0, x1 = place.exact(u0), place.exact(u1)
            return place.share(x0 + part * (x1 - x0))
    return None


def next_point(curve: Curve, wanted: float, place: _Places, known: Mapping[float, int]) -> float | None:
    """Where to look next: in the middle of the bracket that is widest against the answer, of the mean first; None if all are narrow."""
    best: tuple[float, float] | None = None
    for sign, patience in ((0, 1.0), (1, 3.0), (-1, 3.0)):
        values = edge(curve, sign)
        k = next((i for i, v in enumerate(values) if v >= wanted), None)
        if not k:
            continue
        u0, u1 = curve[k - 1][0], curve[k][0]
        width, middle = place.width(u0, u1) / patience, place.middle(u0, u1)
        if width > 2.0 * FINE and place.value(middle) not in known and (best is None or width > best[0]):
            best = (width, middle)
    return None if best is None else best[1]
