"""Device laws by name, from an installed package, or from the user's own file (``my_law.py:LAW``)."""

from __future__ import annotations

import hashlib
import sys
from importlib import metadata
from pathlib import Path
from types import ModuleType

from ohmgrad.devices.law import Law
from ohmgrad.devices.laws import (
    exponential_step,
    flash,
    jump_table,
    linear,
    metal_oxide,
    one_shot,
    pcm_nandakumar,
    power_step,
    soft_bounds,
    stanford_pku,
    table,
    vteam,
)
from ohmgrad.errors import LawError, SpecError, nearest
from ohmgrad.kernels.specialise import load_file

LAWS: dict[str, Law] = {
    m.LAW.name: m.LAW
    for m in (
        linear,
        soft_bounds,
        exponential_step,
        power_step,
        metal_oxide,
        pcm_nandakumar,
        table,
        jump_table,
        vteam,
        stanford_pku,
        flash,
        one_shot,
    )
}

GROUP = "ohmgrad.laws"  # entry points under which packages offer laws
_INSTALLED: dict[str, Law] = {}  # those asked for so far


def find_law(name: str) -> Law:
    """The law called `name`: built in, or offered by an installed package; or `LAW` of a Python file ``file.py`` or ``file.py:NAME``.

    A package offers laws under the entry points ``ohmgrad.laws``; a built-in law of the same name wins. Raises SpecError for an unknown
    name or a missing file, LawError for a file or a package that cannot be used.
    """
    if name in LAWS:
        return LAWS[name]
    file, _, attribute = name.partition(":")
    if not file.endswith(".py"):
        return _installed_law(name)
    if not Path(file).is_file():
        raise SpecError(f"device law '{name}': there is no file {file}")
    try:
        law = getattr(load_file(Path(file).resolve()), attribute or "LAW", None)
    except Exception as e:  # the user's file may raise anything
        raise LawError(f"device law '{name}': {file} does not load: {type(e).__name__}: {' '.join(str(e).split())}") from e
    if not isinstance(law, Law):
        raise LawError(f"device law '{name}': {file} defines no Law called {attribute or 'LAW'}")
    return law


def installed_laws() -> dict[str, str]:
    """Laws that installed packages offer: name → package. None of them is imported for this."""
    return {e.name: _package(e) for e in metadata.entry_points(group=GROUP) if e.name not in LAWS}


def _package(entry: metadata.EntryPoint) -> str:
    return entry.dist.name if entry.dist is not None else entry.module.partition(".")[0]


def _installed_law(name: str) -> Law:
    if name in _INSTALLED:
        return _INSTALLED[name]
    entries = [e for e in metadata.entry_points(group=GROUP) if e.name == name]
    if not entries:
        known = [*LAWS, *installed_laws()]
        raise SpecError(f"unknown device law '{name}'{nearest(name, known)}, or a file of yours such as 'mylaw.py'")
    if len({e.value for e in entries}) > 1:
        raise LawError(f"device law '{name}': offered by two packages, {' and '.join(sorted(_package(e) for e in entries))}")
    package, value = _package(entries[0]), entries[0].value
    try:
        law = entries[0].load()
    except Exception as e:  # a package may raise anything
        raise LawError(
            f"device law '{name}': {value} of the package {package} does not load: {type(e).__name__}: {' '.join(str(e).split())}"
        ) from e
    if not isinstance(law, Law):
        raise LawError(f"device law '{name}': {value} of the package {package} is no Law")
    _INSTALLED[name] = law
    return law


def law_name(law: Law) -> str | None:
    """The name by which `find_law` finds this very law, in another process too; None for one that no file or package holds."""
    if LAWS.get(law.name) is law:
        return law.name
    for name, found in _INSTALLED.items():
        if found is law:
            return name
    place = _place(law)
    return f"{place[0].__file__}:{place[1]}" if place else None


def again(law: Law) -> str:
    """Source of an expression for this very law, for the header of a loop; a comment in it changes with the law's sources.

    Raises LawError for a law that no file or package holds.
    """
    name, place = law_name(law), _place(law)
    if name is None:
        raise LawError(f"law '{law.name}' is neither built in nor found by find_law('file.py') at the top level of a file")
    if name in LAWS:
        return f"LAWS[{name!r}]"
    return f"find_law({name!r})  # {place[0].__name__ if place and name not in _INSTALLED else _sources_of_package(name)}"


def _place(law: Law) -> tuple[ModuleType, str] | None:
    """The user's file (a module whose name holds the hash of its content) and the name in it that hold the law."""
    for name, module in sys.modules.copy().items():
        if name.startswith("ohmgrad_user_"):
            for attribute, value in vars(module).items():
                if value is law:
                    return module, attribute
    return None


def _sources_of_package(name: str) -> str:
    """Where an installed law stands, and a hash of the modules of its package that are loaded."""
    entry = next(e for e in metadata.entry_points(group=GROUP) if e.name == name)
    top = entry.module.partition(".")[0]
    files = {
        Path(m.__file__ or "") for k, m in sys.modules.copy().items() if k.partition(".")[0] == top and hasattr(m, "__file__")
    }
    digest = hashlib.sha256()
    for path in sorted(f for f in files if f.suffix == ".py" and f.is_file()):
        digest.update(bytes(path) + path.read_bytes())
    return f"{entry.value} {digest.hexdigest()[:16]}"
