"""How the messages of the conformance suite name a law's inputs."""

from __future__ import annotations

from typing import Any

from ohmgrad.devices.law import Law

MOST = 4  # parameters named in one message


def inputs(law: Law, s: Any, v: float, t: float, p: Any) -> str:
    """A pulse and the cell that gets it."""
    return f"a pulse of {v:g} V, {t:g} s {at(law, s)}{parameters(law, p)}"


def at(law: Law, s: Any) -> str:
    """The cell's state."""
    hidden = "".join(f", {name} = {x:g}" for name, x in zip(law.state._fields[1:], s[1:], strict=True))
    return f"at {s[0]:g} S{hidden}"


def parameters(law: Law, p: Any) -> str:
    """Those parameters that are not at their defaults; all of them are where nothing is said."""
    own = [f"{name} = {x:g}" for name, x in zip(law.declared, p, strict=True) if x != law.declared[name].default]
    return f" (with {', '.join(own[:MOST])}{', …' if len(own) > MOST else ''})" if own else ""
