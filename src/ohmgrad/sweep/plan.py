"""From a sweep to its points: the specification of each, its key, and where it lies on each axis."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

from ohmgrad.errors import DataError, LawError, SpecError
from ohmgrad.experiments.build import complete
from ohmgrad.experiments.spec import Spec
from ohmgrad.experiments.specfile import check, make_tree, parse_setting, with_values
from ohmgrad.sections import Tree
from ohmgrad.sweep.fields import WHOLE_TREE, Known, find_field, value_of
from ohmgrad.sweep.grid import count_points
from ohmgrad.sweep.grid import points as grid_points
from ohmgrad.sweep.keys import bare, key_of
from ohmgrad.sweep.sections import Sweep

Given = tuple[Any, ...]  # what a point is given, one value for each axis


@dataclass(frozen=True)
class Point:
    """One point: its number, the values given, where it lies on each axis (a number in SI units, or a text), its key, or why it cannot be run."""

    number: int
    given: Given
    place: tuple[float | str, ...]
    key: str = ""
    error: str = ""


@dataclass
class Plan:
    """A sweep whose fields are found and whose base is read.

    base_folder: where names of files in it start from. extra: more settings ``section.name=value``, whose files start from the current folder.
    """

    curve: ClassVar[bool] = True  # test after every epoch, not after the last only

    sweep: Sweep
    base_folder: Path
    extra: Sequence[str] = ()
    fields: list[Known] = field(init=False)
    base: Spec = field(init=False)

    def __post_init__(self) -> None:
        self._trees: dict[tuple[str, str, str], Tree] = {}
        self.base = self.complete({})
        self.fields = [find_field(a.field, self.base) for a in self.sweep.axis]
        names = [f.name for f in self.fields]
        for name in names:
            if names.count(name) > 1:
                raise SpecError(f"axis {name} is given twice")
        if self.sweep.axis:
            next(iter(grid_points(self.sweep, self.fields)))  # a range that makes no sense is a mistake at once

    @property
    def count(self) -> int:
        """Number of points."""
        return count_points(self.sweep)

    @property
    def repeats(self) -> range:
        """Repeat numbers, the same at every point."""
        return range(self.sweep.first_repeat, self.sweep.first_repeat + self.sweep.repeats)

    def points(self) -> Iterator[Point]:
        """All points, in order; a point whose values do not go together has an error instead of a key.

        Raises SpecError with the first error if no point at all can be run.
        """
        held: list[Point] = []  # as long as none could be run
        good = False
        for number, given in enumerate(grid_points(self.sweep, self.fields)):
            point = self.point(number, given)
            if good or not point.error:
                yield from held
                held, good = [], True
                yield point
            elif len(held) < 1000:
                held.append(point)
            else:
                break
        if held:
            raise SpecError(held[0].error)

    def point(self, number: int, given: Given) -> Point:
        """One point."""
        try:
            spec = self.spec(given)
            return Point(number, given, self._place(given, spec), key_of(spec))
        except (SpecError, LawError, DataError) as e:
            return Point(number, given, self._place(given, None), error=str(e))

    def spec(self, given: Given) -> Spec:
        """Bare specification of a point; raises SpecError, LawError, DataError."""
        return bare(self.complete({f.name: v for f, v in zip(self.fields, given, strict=True)}))

    def complete(self, values: Mapping[str, Any]) -> Spec:
        """Completed specification of the base with values by dotted name."""
        s = self.sweep
        special = {
            name: values.get(name, default) for name, default in (("variant", s.variant), ("device", s.device), ("write", ""))
        }
        for name, value in special.items():
            if not isinstance(value, str):
                raise SpecError(f"{name} = {value!r}: a name is wanted")
        tree = self._tree(special["variant"], special["device"], special["write"])
        rest = {k: v for k, v in values.items() if k not in WHOLE_TREE}
        return complete(check(with_values(tree, rest, self.base_folder)))

    def _tree(self, variant: str, device: str, write: str) -> Tree:
        """The base with what holds at every point, read once for each variant and device."""
        s, at = self.sweep, (variant, device, write)
        if at not in self._trees:
            table = _flat(s.settings) if isinstance(s.settings, dict) else dict(map(parse_setting, s.settings))
            extra = dict(map(parse_setting, self.extra))
            ways = [values.pop("write") for values in (table, extra) if "write" in values]
            way = [f"write={name}" for name in ([write] if write else ways[-1:])]
            base, device = (self._file(name) if name.endswith(".toml") else name for name in (s.base, device))
            tree = make_tree(base, variant, way, device, epochs=s.epochs, seed=s.seed)
            self._trees[at] = with_values(with_values(tree, table, self.base_folder), extra)
        return self._trees[at]

    def _file(self, name: str) -> str:
        """A file beside the sweep file, or as given."""
        beside = self.base_folder / Path(name).expanduser()
        return os.fspath(beside) if beside.is_file() else name

    def _place(self, given: Given, spec: Spec | None) -> tuple[float | str, ...]:
        tree = spec.model_dump(by_alias=True, mode="json") if spec is not None else {}
        return tuple(_coordinate(g, value_of(tree, f.name)) for f, g in zip(self.fields, given, strict=True))


def _coordinate(given: Any, found: Any) -> float | str:
    """Where a point lies on an axis: the number that the specification has there, or else the text of what was given."""
    if isinstance(found, list) and len(found) == 1:
        found = found[0]
    for value in (found, given):
        if isinstance(value, int | float) and not isinstance(value, bool):
            return float(value)
    return given if isinstance(given, str) else json.dumps(given)


def _flat(tree: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Sections within sections as dotted names; names with dots stay as they are.

    >>> _flat({"data.train": 5, "synapse": {"w_max": [1.0]}})
    {'data.train': 5, 'synapse.w_max': [1.0]}
    """
    out: dict[str, Any] = {}
    for key, value in tree.items():
        if isinstance(value, Mapping) and value:
            out |= _flat(value, f"{prefix}{key}.")
        else:
            out[prefix + key] = value
    return out


def label(names: Sequence[str], place: Sequence[float | str], dimensions: Sequence[str]) -> str:
    """A point in words.

    >>> label(["device.faults.dead"], [0.01], ["dimensionless"])
    'device.faults.dead = 0.01'
    """
    return ", ".join(f"{n} = {value_text(v, d)}" for n, v, d in zip(names, place, dimensions, strict=True)) or "base"


def value_text(value: float | str, dimension: str) -> str:
    """A place on an axis, with its unit.

    >>> value_text(2e-5, "conductance"), value_text("", ""), value_text(100.0, "dimensionless"), value_text('["a", "b"]', "")
    ('20 uS', '(none)', '100', 'a, b')
    """
    from ohmgrad.units import show

    if isinstance(value, str):
        return (_listed(value) if value.startswith("[") else value) or "(none)"
    return show(value, dimension or "dimensionless", 6)


def _listed(text: str) -> str:
    """A list that was written as JSON, as a person writes it."""
    try:
        return ", ".join(map(str, json.loads(text)))
    except ValueError:
        return text
