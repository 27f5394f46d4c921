"""Write schemes by name: built in, or from a file of the user's."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ohmgrad.errors import SpecError, nearest
from ohmgrad.kernels.specialise import load_file
from ohmgrad.programming.blind import Blind
from ohmgrad.programming.change import Rank1
from ohmgrad.programming.exact import Exact
from ohmgrad.programming.gate_set import GateSet
from ohmgrad.programming.half_select import HalfSelect, ThirdSelect
from ohmgrad.programming.one_step import OneStep
from ohmgrad.programming.overlap import Overlap
from ohmgrad.programming.pulse_number import PulseNumber
from ohmgrad.programming.pulse_train import PulseTrain
from ohmgrad.programming.scheme import FACE, Scheme
from ohmgrad.programming.stochastic import Stochastic
from ohmgrad.programming.verify_train import Verify

SCHEMES: dict[str, type[Scheme]] = {
    s.name: s
    for s in (Overlap, PulseTrain, PulseNumber, OneStep, Stochastic, Exact, Blind, HalfSelect, ThirdSelect, Verify, GateSet)
}


_FOUND: dict[type[Scheme], tuple[str, str]] = {}  # schemes of users' files: name with the file, a mark of the file's content


def find_scheme(name: str, settings: Mapping[str, Any] | None = None) -> Scheme:
    """The scheme called `name`, or the class `SCHEME` of a Python file ``file.py`` or ``file.py:NAME``.

    settings: by name; a scheme that is a dataclass takes from them what it has fields for. Raises SpecError with the nearest name.
    """
    kind = SCHEMES.get(name) or _own(name)
    wanted: set[str] = {f.name for f in dataclasses.fields(kind)} if dataclasses.is_dataclass(kind) else set()
    return kind(**{k: v for k, v in (settings or {}).items() if k in wanted})


def _own(name: str) -> type[Scheme]:
    """A scheme class of a user's file."""
    file, _, attribute = name.partition(":")
    if not file.endswith(".py"):
        raise SpecError(
            f"programming.scheme: unknown write scheme '{name}'{nearest(name, SCHEMES)}, or a file of yours such as 'myscheme.py'"
        )
    if not Path(file).is_file():
        raise SpecError(f"programming.scheme '{name}': there is no file {file}")
    try:
        module = load_file(Path(file).resolve())
    except Exception as e:  # the user's file may raise anything
        what = f"{type(e).__name__}: {' '.join(str(e).split())}"
        raise SpecError(f"programming.scheme '{name}': {file} does not load: {what}") from e
    kind = getattr(module, attribute or "SCHEME", None)
    if not (isinstance(kind, type) and issubclass(kind, Scheme)):
        raise SpecError(f"programming.scheme '{name}': {file} defines no Scheme called {attribute or 'SCHEME'}")
    if kind.__abstractmethods__:
        missing = ", ".join(sorted(kind.__abstractmethods__))
        raise SpecError(f"programming.scheme '{name}': {attribute or 'SCHEME'} of {file} lacks {missing}")
    wanted = ("name", "accepts", *(FACE if Rank1 in getattr(kind, "accepts", ()) else ()))
    absent = [f for f in wanted if getattr(kind, f, None) is None]
    if absent:
        raise SpecError(f"programming.scheme '{name}': {attribute or 'SCHEME'} of {file} lacks {', '.join(absent)}")
    _FOUND[kind] = f"{Path(file).resolve()}:{attribute or 'SCHEME'}", module.__name__
    return kind


def scheme_source(scheme: Scheme) -> str:
    """Source of an expression for a scheme of this kind, for the header of a loop; a comment in it changes with the file's content."""
    kind = type(scheme)
    if SCHEMES.get(scheme.name) is kind:
        return f"find_scheme({scheme.name!r})"
    name, mark = _FOUND[kind]
    return f"find_scheme({name!r})  # {mark}"
