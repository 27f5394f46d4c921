"""Sections of a specification: pydantic models that refuse unknown names, and their errors as one line that names the place."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast, get_args

from pydantic import BaseModel, ConfigDict, ValidationError

from ohmgrad.errors import SpecError, nearest

Tree = dict[str, Any]


class Section(BaseModel):
    """Base of all sections: unknown names are refused, values cannot be changed afterwards."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False, populate_by_name=True)


Model = TypeVar("Model", bound=Section)


def read_section(model: type[Model], tree: Mapping[str, Any], where: str = "") -> Model:
    """`tree` as a `model`; raises SpecError that names the field, after the name of the place `where` (a file, say)."""
    try:
        return model.model_validate(tree)
    except ValidationError as e:
        messages = dict.fromkeys(_message(model, cast(Tree, error)) for error in e.errors()[:3])
        raise SpecError(f"{where}: {'; '.join(messages)}" if where else "; ".join(messages)) from None


def _message(model: type[BaseModel], error: Tree) -> str:
    where = ".".join(str(p) for p in error["loc"])
    if error["type"] == "extra_forbidden":
        *sections, last = error["loc"]
        names = _names(model, [s for s in sections if isinstance(s, str)])
        return f"unknown setting '{where}'{nearest(str(last), names)}"
    if error["type"] == "missing":
        return f"{where} is missing"
    text = str(error["msg"]).removeprefix("Value error, ")
    text = text[:1].lower() + text[1:] if text.startswith(("Input", "List", "String")) else text
    given = error.get("input")
    shown = f" (given: {given!r})" if isinstance(given, int | float | str | bool) and repr(given) not in text else ""
    return f"{where}: {text}{shown}" if where else text


def _names(model: type[BaseModel], sections: list[str]) -> list[str]:
    """Names of the section that the path leads to; through dictionaries and lists of sections too."""
    for s in sections:
        field = model.model_fields.get(s)
        if field is None:  # the key of a dictionary of sections
            continue
        inner = [t for t in (field.annotation, *get_args(field.annotation)) if isinstance(t, type) and issubclass(t, BaseModel)]
        if not inner:
            return []
        model = inner[0]
    return [f.alias or n for n, f in model.model_fields.items()]
