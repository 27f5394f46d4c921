"""Specifications as text: TOML in and out, ``--set section.name=value``, and errors that name the place and the way out."""

from __future__ import annotations

import hashlib
import json
import os
import tomllib
from collections.abc import Iterable, Mapping
from importlib import resources
from pathlib import Path
from typing import Any, cast

from pydantic import BaseModel, ValidationError

from ohmgrad.data.files import FORMATS
from ohmgrad.errors import SpecError, nearest
from ohmgrad.experiments.spec import Spec

Tree = dict[str, Any]


def builtin() -> dict[str, Tree]:
    """The named experiments: name → specification with its ``variants``."""
    folder = resources.files("ohmgrad.experiments") / "presets"
    files = sorted((f for f in folder.iterdir() if f.name.endswith(".toml")), key=lambda f: f.name)
    return {f.name.removesuffix(".toml"): tomllib.loads(f.read_text(encoding="utf-8")) for f in files}


def read_tree(name: str) -> Tree:
    """Unvalidated specification of a named experiment or of a TOML file of the user's."""
    if name.endswith(".toml"):
        path = Path(name)
        try:
            tree = tomllib.loads(path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            near = [p.name for p in path.parent.glob("*.toml")] if path.parent.is_dir() else []
            raise SpecError(f"there is no file {name}{nearest(path.name, near)}") from None
        except (OSError, UnicodeDecodeError) as e:
            raise SpecError(f"{name} cannot be read: {e}") from e
        except tomllib.TOMLDecodeError as e:
            raise SpecError(f"{name} is not valid TOML: {e}") from e
        tree.setdefault("experiment", path.stem)
        return tree
    known = builtin()
    if name not in known:
        yours = f"{name}.toml" if Path(f"{name}.toml").is_file() else ""
        hint = f"; did you mean '{yours}'?" if yours else f"{nearest(name, known)}; a file of yours ends in .toml"
        raise SpecError(f"unknown experiment '{name}'{hint}")
    return {"experiment": name, **known[name]}


def make_spec(name: str, variant: str = "", settings: Iterable[str] = (), **top: Any) -> Spec:
    """Specification of experiment or file `name`, changed by its variant, by ``section.name=value`` settings and top-level values.

    Names of files are made absolute: those in a TOML file from its folder, those in settings from the current one.
    Raises SpecError (one line) for anything unknown, missing, out of range or of the wrong dimension.
    """
    tree = read_tree(name)
    variants = tree.pop("variants", {})
    if not isinstance(variants, dict) or not all(isinstance(v, dict) for v in variants.values()):
        raise SpecError(f"'{name}': variants are written as sections, [variants.NAME]")
    if variant:
        if variant not in variants:
            raise SpecError(f"'{name}' has no variant '{variant}'{nearest(variant, variants)}")
        tree["variant"] = variant
        for key, value in variants[variant].items():
            if key != "text":
                _put(tree, key, value)
    if name.endswith(".toml"):
        _absolute(tree, Path(name).parent)
    for setting in settings:
        key, eq, value = setting.partition("=")
        if not eq or not key.strip():
            raise SpecError(f"--set {setting}: write it as section.name=value, such as synapse.refresh_every=100")
        _put(tree, key.strip(), _value(value.strip()))
    tree.update({k: v for k, v in top.items() if v is not None})
    _absolute(tree, Path())
    return check(tree)


def _absolute(tree: Tree, base: Path) -> None:
    """Make the names of files absolute, so that a run can be resumed from anywhere; a name that is absolute stays."""
    data, device = (s if isinstance(s := tree.get(section), dict) else {} for section in ("data", "device"))

    def full(name: str) -> str:
        return os.path.abspath(base / Path(name).expanduser())

    for section, name in ((data, "train_file"), (data, "test_file"), (device, "table")):
        if isinstance(section.get(name), str) and section[name]:
            section[name] = full(section[name])
    # The label of a CSV is a column, whatever files there are.
    plain = str(data.get("train_file", "")).lower().removesuffix(".gz")
    for name in ("label", "test_label"):
        label = data.get(name)
        if isinstance(label, str) and label and not plain.endswith(FORMATS["csv"]) and Path(full(label)).is_file():
            data[name] = full(label)
    law = device.get("law")
    if isinstance(law, str) and law.partition(":")[0].endswith(".py"):
        file, colon, attribute = law.partition(":")
        device["law"] = full(file) + colon + attribute


def _put(tree: Tree, dotted: str, value: Any) -> None:
    *sections, last = dotted.split(".")
    for s in sections:
        tree = tree.setdefault(s, {})
        if not isinstance(tree, dict):
            raise SpecError(f"--set {dotted}: '{s}' is a value, not a section")
    tree[last] = value


def _value(text: str) -> Any:
    """A TOML value where the text is one, else the text itself (``10 uS``, ``two-way``)."""
    try:
        return tomllib.loads(f"v = {text}")["v"]
    except tomllib.TOMLDecodeError:
        return text


def check(tree: Mapping[str, Any]) -> Spec:
    """Validated specification; raises SpecError that names the field."""
    try:
        return Spec.model_validate(tree)
    except ValidationError as e:
        raise SpecError("; ".join(dict.fromkeys(_message(cast(Tree, error)) for error in e.errors()[:3]))) from None


def _message(error: Tree) -> str:
    where = ".".join(str(p) for p in error["loc"])
    if error["type"] == "extra_forbidden":
        *sections, last = error["loc"]
        names = _names([s for s in sections if isinstance(s, str)])
        return f"unknown setting '{where}'{nearest(str(last), names)}"
    if error["type"] == "missing":
        return f"{where} is missing"
    text = str(error["msg"]).removeprefix("Value error, ")
    text = text[:1].lower() + text[1:] if text.startswith(("Input", "List", "String")) else text
    given = error.get("input")
    shown = f" (given: {given!r})" if isinstance(given, int | float | str | bool) and repr(given) not in text else ""
    return f"{where}: {text}{shown}" if where else text


def _names(sections: list[str]) -> list[str]:
    model: type[BaseModel] = Spec
    for s in sections:
        field = model.model_fields.get(s)
        inner = field.annotation if field else None
        if not (isinstance(inner, type) and issubclass(inner, BaseModel)):
            return []
        model = inner
    return [f.alias or n for n, f in model.model_fields.items()]


def to_toml(spec: Spec) -> str:
    """The full specification as TOML text."""
    import tomli_w

    return tomli_w.dumps(spec.model_dump(by_alias=True, mode="json"))


def spec_hash(spec: Spec) -> str:
    """SHA-256 of the specification: what a checkpoint belongs to."""
    return hashlib.sha256(json.dumps(spec.model_dump(by_alias=True, mode="json"), sort_keys=True).encode()).hexdigest()
