"""Specifications as text: TOML in and out, ``--set section.name=value``, and errors that name the place and the way out."""

from __future__ import annotations

import copy
import hashlib
import json
import os
import tomllib
from collections.abc import Iterable, Mapping
from importlib import resources
from pathlib import Path
from typing import Any

from ohmgrad.data.files import FORMATS
from ohmgrad.devices.devicefile import absolute_names, read_device_tree
from ohmgrad.errors import SpecError, nearest
from ohmgrad.experiments.spec import Spec
from ohmgrad.programming.catalogue import SCHEMES
from ohmgrad.sections import Tree, read_section


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
            tree = tomllib.loads(path.read_text(encoding="utf-8-sig"))
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


def make_spec(name: str, variant: str = "", settings: Iterable[str] = (), device: str = "", **top: Any) -> Spec:
    """Specification of experiment or file `name`, changed by its variant, a device (file) in place of its own, settings
    ``section.name=value`` and top-level values, in this order.

    ``write=NAME``, among the settings or at the top of a file, stands for the variant NAME of the experiment, where it has one (applied after
    `variant`), and for ``programming.scheme=NAME`` elsewhere.

    Names of files are made absolute: those in a TOML file from its folder, those in settings from the current one.
    Raises SpecError (one line) for anything unknown, missing, out of range or of the wrong dimension.
    """
    return check(make_tree(name, variant, settings, device, **top))


def make_tree(name: str, variant: str = "", settings: Iterable[str] = (), device: str = "", **top: Any) -> Tree:
    """What `make_spec` checks: the settings as a tree, not yet validated. Raises SpecError for a name that is not known."""
    tree = read_tree(name)
    variants = tree.pop("variants", {})
    if not isinstance(variants, dict) or not all(isinstance(v, dict) for v in variants.values()):
        raise SpecError(f"'{name}': variants are written as sections, [variants.NAME]")
    if variant and variant not in variants:
        raise SpecError(f"'{name}' has no variant '{variant}'{nearest(variant, variants)}")
    way, settings = _way(tree, variants, settings)
    for chosen in (variant, way):
        if chosen:
            tree["variant"] = f"{tree['variant']}-{chosen}" if tree.get("variant") else chosen
            for key, value in variants[chosen].items():
                if key != "text":
                    _put(tree, key, value)
    if name.endswith(".toml"):
        _absolute(tree, Path(name).parent)
    own = tree.get("device")
    if device:
        tree["device"] = read_device_tree(device)
    elif isinstance(own, dict) and "preset" in own:  # a named device, some of it changed
        tree["device"] = _merged(read_device_tree(str(own.pop("preset"))), own)
    for setting in settings:
        _put(tree, *parse_setting(setting))
    tree.update({k: v for k, v in top.items() if v is not None})
    _absolute(tree, Path())
    return tree


def with_values(tree: Tree, values: Mapping[str, Any], base: Path = Path()) -> Tree:
    """A copy of a tree with settings by dotted name put over it; names of files among them are made absolute from the folder `base`.

    >>> with_values({"device": {"law": "linear"}}, {"device.faults.dead": 0.1})
    {'device': {'law': 'linear', 'faults': {'dead': 0.1}}}
    """
    out = copy.deepcopy(tree)
    for dotted, value in values.items():
        _put(out, dotted, copy.deepcopy(value))
    _absolute(out, base)
    return out


def _way(tree: Tree, variants: Tree, settings: Iterable[str]) -> tuple[str, list[str]]:
    """What ``write = NAME`` stands for: the variant of that name ("" if there is none), and the settings without it or with the scheme instead.

    Takes `write` out of the tree; raises SpecError for a name that is neither a variant, a scheme nor a file of the user's.
    """
    wanted, rest = tree.pop("write", ""), []
    for setting in settings:
        key, eq, value = setting.partition("=")
        if eq and key.strip() == "write":
            wanted = _value(value.strip())
        else:
            rest.append(setting)
    if not wanted:
        return "", rest
    if isinstance(wanted, str) and wanted in variants:
        return wanted, rest
    if wanted not in SCHEMES and not str(wanted).partition(":")[0].endswith(".py"):
        raise SpecError(f"write: there is no way of writing '{wanted}'{nearest(str(wanted), [*variants, *SCHEMES])}")
    return "", [f"programming.scheme={wanted}", *rest]


def _absolute(tree: Tree, base: Path) -> None:
    """Make the names of files absolute, so that a run can be resumed from anywhere; a name that is absolute stays."""
    data, device, synapse = (s if isinstance(s := tree.get(section), dict) else {} for section in ("data", "device", "synapse"))

    def full(name: str) -> str:
        return os.path.abspath(base / Path(name).expanduser())

    absolute_names(device, base)
    for section, key in (("programming", "scheme"), ("learning", "rule")):
        own = tree.get(section)
        if isinstance(own, dict) and isinstance(own.get(key), str):
            file, colon, attribute = own[key].partition(":")
            own[key] = full(file) + colon + attribute if file.endswith(".py") else own[key]
    preset = device.get("preset")
    if isinstance(preset, str) and preset.endswith(".toml"):
        device["preset"] = full(preset)
    if isinstance(synapse.get("start_file"), str) and synapse["start_file"]:
        synapse["start_file"] = full(synapse["start_file"])
    for name in ("train_file", "test_file"):
        if isinstance(data.get(name), str) and data[name]:
            data[name] = full(data[name])
    # The label of a CSV is a column, whatever files there are.
    plain = str(data.get("train_file", "")).lower().removesuffix(".gz")
    for name in ("label", "test_label"):
        label = data.get(name)
        if isinstance(label, str) and label and not plain.endswith(FORMATS["csv"]) and Path(full(label)).is_file():
            data[name] = full(label)


def _merged(base: Tree, changes: Tree) -> Tree:
    """`base` with `changes` put over it, section by section."""
    out = dict(base)
    for key, value in changes.items():
        old = out.get(key)
        out[key] = _merged(old, value) if isinstance(old, dict) and isinstance(value, dict) else value
    return out


def _put(tree: Tree, dotted: str, value: Any) -> None:
    *sections, last = dotted.split(".")
    for s in sections:
        tree = tree.setdefault(s, {})
        if not isinstance(tree, dict):
            raise SpecError(f"--set {dotted}: '{s}' is a value, not a section")
    tree[last] = value


def parse_setting(text: str) -> tuple[str, Any]:
    """Name and value of a setting ``section.name=value``; raises SpecError for a text that is none.

    >>> parse_setting("learning.rate=[0.1, 0.2]"), parse_setting("device.t_set = 10 ns")
    (('learning.rate', [0.1, 0.2]), ('device.t_set', '10 ns'))
    """
    key, eq, value = text.partition("=")
    if not eq or not key.strip():
        raise SpecError(f"--set {text}: write it as section.name=value, such as synapse.refresh_every=100")
    return key.strip(), _value(value.strip())


def _value(text: str) -> Any:
    """A TOML value where the text is one, else the text itself (``10 uS``, ``two-way``)."""
    try:
        return tomllib.loads(f"v = {text}")["v"]
    except tomllib.TOMLDecodeError:
        return text


def check(tree: Mapping[str, Any]) -> Spec:
    """Validated specification; raises SpecError that names the field."""
    return read_section(Spec, tree)


def to_toml(spec: Spec) -> str:
    """The full specification as TOML text."""
    import tomli_w

    return tomli_w.dumps(spec.model_dump(by_alias=True, mode="json", exclude_none=True))


def spec_hash(spec: Spec) -> str:
    """SHA-256 of the specification: what a checkpoint belongs to."""
    return hashlib.sha256(json.dumps(spec.model_dump(by_alias=True, mode="json"), sort_keys=True).encode()).hexdigest()
