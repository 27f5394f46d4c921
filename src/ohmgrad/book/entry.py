"""What a figure or question of the book is made of."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import numpy.typing as npt
from matplotlib.figure import Figure

# Arrays by name. "table.column": a column of a table, whose columns are equally long (more axes become more columns); a plain name: one number.
Data = Mapping[str, npt.NDArray[Any]]
Arrays = dict[str, npt.NDArray[Any]]  # the same, while it is filled


class Setting(StrEnum):
    """How much is computed: `full` for the book, `check` reduced, but honest, for a test within seconds."""

    full = "full"
    check = "check"


@dataclass(frozen=True)
class Text:
    """The same in English and Chinese."""

    en: str
    zh: str


@dataclass(frozen=True)
class Claim:
    """What the chapter says; what is found, with the number that decides; whether the chapter's words hold.

    expected: what this book has recorded. False for words that are known not to hold here, with the reason in `found`: a check fails
    when `holds` is not what is expected, either way.
    """

    says: Text
    found: Text
    number: float
    holds: bool
    expected: bool = True

    @property
    def kept(self) -> bool:
        """Is it found as recorded?"""
        return bool(self.holds) == self.expected


@dataclass(frozen=True)
class Facts:
    """What a caption must tell: seeds, replicas (networks, cells or paths that are averaged over or shown), parameters by name, with units."""

    seeds: str
    replicas: str
    parameters: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Entry:
    """A figure ("1.10"), question ("q4"), or what else the chapter says ("g1": generalisation, "s1": its summary). equations: numbers of the chapter's equations that it shows; source: where the chapter's numbers come from.

    facts takes the setting, since the numbers of replicas follow it.
    """

    name: str
    title: Text
    caption: Text
    facts: Callable[[Setting], Facts]
    compute: Callable[[Setting], Data]
    draw: Callable[[Data], Figure]
    check: Callable[[Data], list[Claim]]
    equations: tuple[str, ...] = ()
    source: str = ""

    @property
    def is_question(self) -> bool:
        """Is it one of the thinking questions?"""
        return self.name.startswith("q")

    @property
    def heading(self) -> Text:
        """Its number in words, with the title."""
        number = self.name.lstrip("qgs")
        kind = {"q": ("Question", "思考题"), "g": ("Generalisation", "泛化"), "s": ("Summary", "小结")}
        word = kind.get(self.name[0], ("Figure", "图"))
        en, zh = f"{word[0]} {number}", f"{word[1]} {number}"
        return Text(f"{en}. {self.title.en}", f"{zh} {self.title.zh}")
