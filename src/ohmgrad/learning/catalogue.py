"""Learning rules by name: built in, or from a file of the user's."""

from __future__ import annotations

from pathlib import Path

from ohmgrad.errors import SpecError, nearest
from ohmgrad.kernels.specialise import load_file
from ohmgrad.learning.rules import RULES, Rule

_FOUND: dict[int, tuple[Rule, str, str]] = {}  # rules of users' files: the rule, its name, a mark of the file's content


def find_rule(name: str) -> Rule:
    """The rule called `name`, or `RULE` of a Python file ``file.py`` or ``file.py:NAME``; raises SpecError."""
    if name in RULES:
        return RULES[name]
    file, _, attribute = name.partition(":")
    if not file.endswith(".py"):
        raise SpecError(f"learning.rule: unknown rule '{name}'{nearest(name, RULES)}, or a file of yours such as 'myrule.py'")
    if not Path(file).is_file():
        raise SpecError(f"learning.rule '{name}': there is no file {file}")
    try:
        module = load_file(Path(file).resolve())
    except Exception as e:  # the user's file may raise anything
        raise SpecError(f"learning.rule '{name}': {file} does not load: {type(e).__name__}: {' '.join(str(e).split())}") from e
    rule = getattr(module, attribute or "RULE", None)
    if not isinstance(rule, Rule):
        raise SpecError(f"learning.rule '{name}': {file} defines no Rule called {attribute or 'RULE'}")
    _FOUND[id(rule)] = rule, f"{Path(file).resolve()}:{attribute or 'RULE'}", module.__name__
    return rule


def rule_source(rule: Rule) -> str:
    """Source of an expression for this very rule, for the header of a loop; a comment in it changes with the file's content."""
    if RULES.get(rule.name) is rule:
        return f"find_rule({rule.name!r})"
    _, name, mark = _FOUND[id(rule)]
    return f"find_rule({name!r})  # {mark}"
