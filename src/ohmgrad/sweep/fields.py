"""The fields of a specification by dotted name: which there are, their dimension and range, and whether they are whole numbers."""

from __future__ import annotations

import typing
from dataclasses import dataclass
from functools import partial
from typing import Any, get_args, get_origin

from pydantic import BaseModel, BeforeValidator
from pydantic.fields import FieldInfo

from ohmgrad.devices.catalogue import find_law
from ohmgrad.devices.law import Law
from ohmgrad.errors import SpecError, nearest
from ohmgrad.experiments.spec import Spec

OURS = {"replicas": "repeats", "first_repeat": "first_repeat", "software": "", "schema": ""}  # what the sweep sets itself
WHOLE_TREE = ("variant", "device", "write")  # names that stand for many settings


@dataclass(frozen=True)
class Known:
    """One field: dotted name, dimension ("" if it is no quantity), lowest and highest value where there are such (SI), whole numbers or not."""

    name: str
    dimension: str = ""
    low: float | None = None
    high: float | None = None
    whole: bool = False


def known_fields(spec: Spec) -> dict[str, Known]:
    """Every field that a sweep may vary, with the parameters and spreads of the law that `spec` has.

    >>> from ohmgrad.experiments.specfile import make_spec
    >>> known_fields(make_spec("burr2014"))["device.parameters.step_set"].dimension
    'conductance'
    """
    law = find_law(spec.device.law)
    out = {name: Known(name) for name in WHOLE_TREE}
    out |= {k.name: k for k in _leaves(Spec, "", law) if k.name not in OURS and k.name.partition(".")[0] not in OURS}
    return out


def find_field(name: str, spec: Spec) -> Known:
    """The field called `name`, or the only one whose name ends in it (``faults.dead``).

    Raises SpecError for a name that is unknown, means several fields, or is set by the sweep itself.
    """
    if name in OURS:
        hint = f"; set '{OURS[name]}' at the top of the sweep file" if OURS[name] else ""
        raise SpecError(f"'{name}' is not for an axis{hint}")
    known = known_fields(spec)
    if name in known:
        return known[name]
    ends = [full for full in known if full.endswith(f".{name}")]
    if len(ends) == 1:
        return known[ends[0]]
    if ends:
        more = f" or {len(ends) - 3} more" if len(ends) > 3 else ""
        raise SpecError(f"field '{name}' may mean {' or '.join(ends[:3])}{more}; write the whole name")
    if "." in name and any(full.startswith(f"{name}.") for full in known):
        inside = sorted(full for full in known if full.startswith(f"{name}."))
        raise SpecError(f"'{name}' is a section, not a field; it has {', '.join(inside[:6])}{' …' if len(inside) > 6 else ''}")
    last = name.rpartition(".")[2]
    same_end = [full for full in known if full.rpartition(".")[2] == last]
    raise SpecError(
        f"unknown field '{name}'{nearest(name, same_end or known) if known else ''}".replace("; known: ", "; such as ")
    )


def value_of(tree: Any, name: str) -> Any:
    """The value at a dotted name in a nested dictionary; None where there is none.

    >>> value_of({"device": {"faults": {"dead": 0.1}}}, "device.faults.dead")
    0.1
    """
    for part in name.split("."):
        if not isinstance(tree, dict) or part not in tree:
            return None
        tree = tree[part]
    return tree


def _leaves(model: type[BaseModel], prefix: str, law: Law) -> list[Known]:
    out: list[Known] = []
    for key, info in model.model_fields.items():
        name = prefix + (info.alias or key)
        if name == "device.parameters":
            out += [Known(f"{name}.{p}", d.dimension, d.low, d.high) for p, d in law.declared.items()]
            continue
        section = _section(info.annotation)
        if section is None:
            out.append(_known(name, info))
        elif get_origin(info.annotation) is dict:
            for p in law.declared:
                out += _leaves(section, f"{name}.{p}.", law)
        elif get_origin(info.annotation) is not list:
            out += _leaves(section, f"{name}.", law)
    return out


def _section(annotation: Any) -> type[BaseModel] | None:
    """The section within an annotation, if there is one."""
    for found in (annotation, *get_args(annotation)):
        if isinstance(found, type) and issubclass(found, BaseModel):
            return found
    return None


def _known(name: str, info: FieldInfo) -> Known:
    annotation: Any = info.annotation
    metadata = list(info.metadata)
    for option in get_args(annotation) or ():  # Annotated[...] | None
        metadata += list(getattr(option, "__metadata__", ()))
    flat = [m for part in metadata for m in (getattr(part, "metadata", None) or [part])]
    dimension, low, high = "", None, None
    for m in flat:
        if isinstance(m, BeforeValidator) and isinstance(m.func, partial):
            dimension = str(m.func.keywords.get("dimension", dimension))
        low = _first(low, m, "ge", "gt")
        high = _first(high, m, "le", "lt")
    kinds = {annotation, *get_args(annotation)} if not isinstance(annotation, typing.ForwardRef) else set()
    whole = int in kinds and float not in kinds
    return Known(name, dimension or ("dimensionless" if whole or float in kinds else ""), low, high, whole)


def _first(found: float | None, constraint: Any, *names: str) -> float | None:
    for name in names:
        value = getattr(constraint, name, None)
        if value is not None:
            return float(value)
    return found
