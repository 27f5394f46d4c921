"""Device laws by name, or from the user's own file (``my_law.py:LAW``)."""

from __future__ import annotations

from pathlib import Path

from ohmgrad.devices.law import Law
from ohmgrad.devices.laws import linear, pcm_nandakumar, soft_bounds, table
from ohmgrad.errors import LawError, SpecError, nearest
from ohmgrad.kernels.specialise import load_file

LAWS: dict[str, Law] = {m.LAW.name: m.LAW for m in (linear, soft_bounds, pcm_nandakumar, table)}


def find_law(name: str) -> Law:
    """The law called `name`, or `LAW` of a Python file named ``file.py`` or ``file.py:NAME``.

    Raises SpecError for an unknown name or a missing file, LawError for a file that cannot be used.
    """
    if name in LAWS:
        return LAWS[name]
    file, _, attribute = name.partition(":")
    if not file.endswith(".py"):
        raise SpecError(f"unknown device law '{name}'{nearest(name, LAWS)}, or a file of yours such as 'mylaw.py'")
    if not Path(file).is_file():
        raise SpecError(f"device law '{name}': there is no file {file}")
    try:
        law = getattr(load_file(Path(file).resolve()), attribute or "LAW", None)
    except Exception as e:  # the user's file may raise anything
        raise LawError(f"device law '{name}': {file} does not load: {type(e).__name__}: {' '.join(str(e).split())}") from e
    if not isinstance(law, Law):
        raise LawError(f"device law '{name}': {file} defines no Law called {attribute or 'LAW'}")
    return law
