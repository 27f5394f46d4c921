"""Which imperfection costs how much: the ladder from an ideal cell to the real one.

Every run uses the same repeat numbers, so what stays switched on draws the same random numbers (`device.without`), and small effects show with few repeats.
With A(S) the accuracy of a cell that has the imperfections S only, and all of them N:

    alone             A(∅) − A({i})                what i costs an otherwise ideal cell
    the last          A(N∖{i}) − A(N)              what is gained when i alone is switched off
    share             φ_i = Σ_{S ⊆ N∖{i}} |S|! (n − |S| − 1)!/n! · (A(S) − A(S ∪ {i}))

Shares do not depend on an order and add up to A(∅) − A(N). They need all 2ⁿ subsets, so they are given for n ≤ 5 imperfections that act.
An imperfection is idle, and is not counted among them, if with and without it every repeat ends in the same bits, both alone and beside all others; it is taken to
change nothing in between either (such as steps down that differ from steps up, in cells that are never stepped down).
Source: L. S. Shapley, A value for n-person games, 1953, doi:10.1515/9781400881970-018.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Any, TypeVar, get_args

from ohmgrad.devices.catalogue import find_law
from ohmgrad.devices.resolve import switched
from ohmgrad.devices.section import Device, Imperfection
from ohmgrad.errors import SpecError
from ohmgrad.experiments.software import software_spec
from ohmgrad.experiments.spec import Spec
from ohmgrad.sections import read_section
from ohmgrad.sweep.keys import bare
from ohmgrad.sweep.plan import Given, Plan
from ohmgrad.sweep.query import Mean, Results, mean_of
from ohmgrad.sweep.sections import Axis, Sweep
from ohmgrad.sweep.store import Store

SHARES_TO = 5  # imperfections that act, of which all subsets are run
FLOATING = "floating point"
FIELD = "device.without"

Subset = frozenset[str]  # imperfections that are there
T = TypeVar("T")


@dataclass(frozen=True)
class Rung:
    """One imperfection: its cost alone, what is gained when it alone is switched off, and its share of the whole (None beyond five); shares of 1."""

    name: str
    alone: Mean | None
    last: Mean | None
    share: Mean | None
    idle: bool = False  # changes no bit


@dataclass(frozen=True)
class Explained:
    """The ladder: test accuracies of floating point, of the ideal and of the real cell, what the ideal and the real lose, and the rungs, dearest first."""

    floating: Mean | None
    ideal: Mean | None
    real: Mean | None
    to_ideal: Mean | None  # floating point minus ideal
    to_real: Mean | None  # ideal minus real
    rungs: tuple[Rung, ...]
    diagnoses: tuple[dict[str, Any] | None, dict[str, Any] | None] = (None, None)  # of the ideal and the real cell


def imperfections(device: Device) -> list[str]:
    """Imperfections that a completed device has: those whose switching off changes it.

    >>> from ohmgrad.experiments.specfile import make_spec
    >>> from ohmgrad.experiments.build import complete
    >>> imperfections(complete(make_spec("burr2014")).device)
    ['nonlinearity', 'asymmetry', 'cycle-to-cycle']
    """
    law, now = find_law(device.law), list(device.without)
    start = switched(device, law)
    out = []
    for name in get_args(Imperfection):
        if name in now:
            continue
        try:
            other = switched(device.model_copy(update={"without": [*now, name]}), law)
        except SpecError:  # the law has no such switch
            continue
        if other != start:
            out.append(name)
    return out


class LadderPlan(Plan):
    """Points that differ in what is switched off, and one in floating point; the real and the ideal cell are diagnosed too."""

    curve = False

    def spec(self, given: Given) -> Spec:
        """Bare specification of a rung."""
        if given == (FLOATING,):
            return bare(software_spec(self.base))
        spec, (off,) = super().spec(given), given
        names = imperfections(self.base.device)
        both = [without(self.base.device, names, s) for s in (frozenset(names), frozenset[str]())]
        return spec if off in both else spec.model_copy(update={"diagnosis": False})


def ladder_plan(top: Mapping[str, Any], folder: Path = Path()) -> LadderPlan:
    """The runs of a ladder. top: what a sweep file says besides its axes (base, variant, settings, repeats, epochs …); folder: where names of files start from.

    Raises SpecError if the cell has no imperfection that can be switched off.
    """
    first = read_section(Sweep, {**top, "axis": [Axis(field=FIELD, values=[[]])]})
    base = Plan(first, folder).base
    names = imperfections(base.device)
    if not names:
        raise SpecError(
            f"law '{base.device.law}' has nothing here that could be switched off; see docs/imperfections.md for what can be added"
        )
    values: list[Any] = [without(base.device, names, s) for s in ends(names)]
    return LadderPlan(first.model_copy(update={"axis": [Axis(field=FIELD, values=[FLOATING, *values])]}), folder)


def most_points(plan: LadderPlan) -> int:
    """Points that a ladder can come to, if all imperfections act."""
    names = imperfections(plan.base.device)
    return 1 + len(ends(names)) + len(inner(names))


def climb(plan: LadderPlan, store: Store, run: Callable[[], T]) -> T:
    """Have the ends of the ladder run, look which imperfections act, and have the sets in between run; returns what `run` returned last.

    run: does all runs that the store lacks.
    """
    at = run()
    results = Results(store)
    names = imperfections(plan.base.device)
    more = [without(plan.base.device, names, s) for s in inner(acting(plan, results))]
    if more:
        store.add_points(plan.point(k, (value,)) for k, value in enumerate(more, results.points))
        at = run()
    return at


def ends(names: list[str]) -> list[Subset]:
    """The sets of imperfections that are always run: all, all but each, each alone, and none.

    >>> [sorted(s) for s in ends(["x", "y"])], [sorted(s) for s in ends(["x"])]
    ([['x', 'y'], ['y'], ['x'], []], [['x'], []])
    """
    everything = frozenset(names)
    found = [everything, *(everything - {i} for i in names), *(frozenset({i}) for i in names), frozenset[str]()]
    return list(dict.fromkeys(found))


def inner(names: list[str]) -> list[Subset]:
    """The sets between them, which shares need; none for more than five imperfections.

    >>> [len(inner(list("abcdef"[:n]))) for n in range(7)]
    [0, 0, 0, 0, 6, 20, 0]
    """
    if len(names) > SHARES_TO:
        return []
    return [frozenset(s) for k in range(len(names) - 2, 1, -1) for s in combinations(names, k)]


def acting(plan: LadderPlan, results: Results) -> list[str]:
    """Imperfections that change something, as far as the ends of the ladder are stored; those of which nothing is stored yet too."""
    names = imperfections(plan.base.device)
    at = _points(results)
    everything, nothing = frozenset(names), frozenset[str]()

    def ended(s: Subset) -> dict[int, str]:
        point = at.get(json.dumps(without(plan.base.device, names, s)))
        return results.digests(point) if point is not None else {}

    def idle(i: str) -> bool:
        pairs = [(ended(everything), ended(everything - {i})), (ended(frozenset({i})), ended(nothing))]
        return all(one and one == other for one, other in pairs)

    return [i for i in names if not idle(i)]


def _points(results: Results) -> dict[float | str, int]:
    """Number of the point at each place of a ladder."""
    return {results.place(k)[0]: k for k in range(results.points)}


def without(device: Device, names: list[str], present: Subset) -> list[str]:
    """What is to be switched off so that of `names` only `present` is left."""
    return [*device.without, *(i for i in names if i not in present)]


def explain(plan: LadderPlan, results: Results) -> Explained:
    """What the runs of a ladder say, from what is stored of them."""
    device, names = plan.base.device, imperfections(plan.base.device)
    act, at = acting(plan, results), _points(results)
    found: dict[Subset, dict[int, float]] = {}  # by what acts in it
    for s in (*ends(names), *inner(act)):
        point = at.get(json.dumps(without(device, names, s)))
        found.setdefault(s & frozenset(act), {}).update(results.accuracies(point) if point is not None else {})
    everything, nothing = frozenset(act), frozenset[str]()

    def looked(s: Subset) -> dict[str, Any] | None:
        point = at.get(json.dumps(without(device, names, s)))
        return None if point is None else results.diagnosis(point)

    floating = results.accuracies(at[FLOATING]) if FLOATING in at else {}
    rungs = [
        Rung(
            i, _difference(found[nothing], found[everything & {i}]), _difference(found[everything - {i}], found[everything]),
            _mean(shares(act, found, i)) if len(act) <= SHARES_TO else None, i not in act,
        )
        for i in names
    ]  # fmt: skip
    rungs.sort(key=lambda r: (r.idle, -((r.share or r.alone or Mean(0.0, None, 0)).value)))
    return Explained(
        _mean(floating), _mean(found[nothing]), _mean(found[everything]), _difference(floating, found[nothing]),
        _difference(found[nothing], found[everything]), tuple(rungs), (looked(frozenset()), looked(frozenset(names))),
    )  # fmt: skip


def shares(names: list[str], accuracy: Mapping[Subset, Mapping[int, float]], i: str) -> dict[int, float]:
    """Shapley share of imperfection i, of those that act, for every repeat that all subsets have; 0 for one that does not act.

    >>> a = {frozenset(): {0: 0.9}, frozenset("x"): {0: 0.8}, frozenset("y"): {0: 0.7}, frozenset("xy"): {0: 0.5}}
    >>> round(shares(["x", "y"], a, "x")[0], 12), round(shares(["x", "y"], a, "y")[0], 12)  # together 0.4
    (0.15, 0.25)
    """
    n, others = len(names), [name for name in names if name != i]
    repeats = set.intersection(*(set(a) for a in accuracy.values()))
    if i not in names:
        return dict.fromkeys(sorted(repeats), 0.0)
    out = {}
    for r in sorted(repeats):
        total = 0.0
        for k in range(n):
            weight = math.factorial(k) * math.factorial(n - k - 1) / math.factorial(n)
            for s in combinations(others, k):
                total += weight * (accuracy[frozenset(s)][r] - accuracy[frozenset({*s, i})][r])
        out[r] = total
    return out


def _mean(values: Mapping[int, float]) -> Mean | None:
    """Mean over repeats with its interval."""
    n = len(values)
    if not n:
        return None
    mean = sum(values.values()) / n
    std = math.sqrt(sum((v - mean) ** 2 for v in values.values()) / (n - 1)) if n > 1 else None
    return mean_of(n, mean, std)


def _difference(one: Mapping[int, float], other: Mapping[int, float]) -> Mean | None:
    """Mean of `one` minus `other`, repeat by repeat."""
    return _mean({r: one[r] - other[r] for r in sorted(set(one) & set(other))})
