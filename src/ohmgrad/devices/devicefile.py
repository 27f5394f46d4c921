"""Device files: one cell of a paper or of a measurement as TOML. Built-in ones are in ``presets/``; a user's stand anywhere.

A file says what `ohmgrad.devices.section.Device` may say. A table may be the name of a file beside it.
"""

from __future__ import annotations

import os
import tomllib
from importlib import metadata, resources
from pathlib import Path
from typing import Any

from ohmgrad.devices.section import Device
from ohmgrad.errors import SpecError, nearest
from ohmgrad.sections import Tree, read_section


def builtin_devices() -> dict[str, str]:
    """Device files that come with the package: name → text."""
    folder = resources.files("ohmgrad.devices") / "presets"
    files = sorted((f for f in folder.iterdir() if f.name.endswith(".toml")), key=lambda f: f.name)
    return {f.name.removesuffix(".toml"): f.read_text(encoding="utf-8") for f in files}


def read_device_tree(name: str) -> Tree:
    """Unvalidated device of a built-in name, an installed package's (entry points ``ohmgrad.devices``) or a TOML file.

    Names of files within are made absolute, from the file's own folder. Raises SpecError.
    """
    if name.endswith(".toml"):
        path = Path(name).expanduser()
        try:
            text = path.read_text(encoding="utf-8-sig")
        except FileNotFoundError:
            near = [p.name for p in path.parent.glob("*.toml")] if path.parent.is_dir() else []
            raise SpecError(f"there is no device file {name}{nearest(path.name, near) if near else ''}") from None
        except (OSError, UnicodeDecodeError) as e:
            raise SpecError(f"device file {name} cannot be read: {e}") from e
        return _absolute(_parse(text, name), path.parent)
    known = builtin_devices()
    if name in known:
        return _parse(known[name], name)
    installed = {e.name: e for e in metadata.entry_points(group="ohmgrad.devices")}
    if name in installed:
        found = Path(str(installed[name].load()))
        return read_device_tree(str(found))
    if name.lower().endswith((".csv", ".txt", ".tsv")):
        raise SpecError(f"{name} is no device file; make one of a measurement: ohmgrad device fit {name} --out mine.toml")
    yours = f"{name}.toml" if Path(f"{name}.toml").is_file() else ""
    hint = f"; did you mean '{yours}'?" if yours else f"{nearest(name, [*known, *installed])}; a file of yours ends in .toml"
    raise SpecError(f"unknown device '{name}'{hint}")


def load_device(name: str) -> Device:
    """The device called `name` (built in, installed, or a TOML file); raises SpecError that names the field."""
    return read_section(Device, read_device_tree(name), f"device '{name}'")


def device_text(device: Device) -> str:
    """The device as TOML text, what stands at its default left out."""
    import tomli_w

    tree = device.model_dump(by_alias=True, mode="json", exclude_defaults=True)
    return tomli_w.dumps({"schema": 1, **tree})


def _parse(text: str, name: str) -> Tree:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as e:
        raise SpecError(f"device file {name} is not valid TOML: {e}") from e


def absolute_names(tree: Tree, base: Path) -> None:
    """Make the names of files in a device section absolute, in place; a name that is absolute stays."""

    def full(name: str) -> str:
        return os.path.abspath(base / Path(name).expanduser())

    faults = tree.get("faults")
    places: list[tuple[Any, str]] = [(tree, "table"), (faults if isinstance(faults, dict) else {}, "map")]
    for section, key in places:
        if isinstance(section.get(key), str) and section[key]:
            section[key] = full(section[key])
    law = tree.get("law")
    if isinstance(law, str) and law.partition(":")[0].endswith(".py"):
        file, colon, attribute = law.partition(":")
        tree["law"] = full(file) + colon + attribute


def _absolute(tree: Tree, base: Path) -> Tree:
    absolute_names(tree, base)
    return tree
