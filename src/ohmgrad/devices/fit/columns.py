"""What the columns of a file mean: names, units, directions."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import NamedTuple

from ohmgrad.errors import DataError
from ohmgrad.units import DIMENSIONS, UNITS

NAMES = {
    "conductance": ("conductance", "conductivity", "g", "gds", "gcell", "weight conductance"),
    "current": ("current", "i", "ids", "read current", "i read", "iread", "icell"),
    "resistance": ("resistance", "r", "rcell"),
    "voltage": ("read voltage", "v read", "vread", "voltage", "read v", "v"),
    "cell": ("cell", "device", "dev", "cell id", "device id", "cell number", "sample"),
    "cycle": ("cycle", "ramp", "run", "sweep", "repeat", "repetition", "cycle number"),
    "direction": ("direction", "dir", "polarity", "type", "operation", "kind"),
    "pulse": ("pulse", "pulses", "pulse number", "pulse no", "pulse index", "n", "number", "no", "index", "step", "#", "k"),
}
ROLE = {name: role for role, names in NAMES.items() for name in names}
VALUES = ("conductance", "current", "resistance")
UP = frozenset(("set", "pot", "potentiation", "potentiate", "ltp", "up", "rise", "p", "increase", "+", "1", "+1", "positive"))
DOWN = frozenset(
    ("reset", "rst", "dep", "depression", "depress", "ltd", "down", "fall", "d", "decrease", "-", "-1", "0", "negative")
)
WORDS_UP = UP - {"p", "+", "1", "+1", "positive"}
WORDS_DOWN = DOWN - {"d", "-", "-1", "0", "negative"}


class Unit(NamedTuple):
    """Unit of a column: dimension and factor to SI."""

    dimension: str
    factor: float


@dataclass(frozen=True)
class Column:
    """A column: its role ("" for none that is known) and its unit, where the header names one."""

    index: int
    header: str
    role: str
    unit: Unit | None


def unit_of(text: str) -> Unit | None:
    """Unit from its symbol, None for what is none."""
    text = text.strip()
    if text in UNITS and text != "%":
        dimension, factor, power = UNITS[text]
        return Unit(dimension, float(f"{factor}e{power}"))
    return None


def understand(header: str, index: int, where: str) -> Column:
    """Role and unit of a header field such as "conductance (uS)", "G [S]", "current_uA", "I/A"; raises DataError for an unknown unit."""
    text = header.strip()
    bracket = re.fullmatch(r"(.*?)\s*[(\[]\s*([^)\]]*?)\s*[)\]]", text)
    base, symbol = (bracket[1], bracket[2]) if bracket else (text, "")
    role = ROLE.get(_plain(base), "")
    unit = unit_of(symbol) if symbol else None
    if not bracket and not role:
        tail = re.fullmatch(r"(.*?)(?:\s*/\s*|[\s_]+(?:in[\s_]+)?)(\S+)", text)
        if tail and unit_of(tail[2]) is not None and ROLE.get(_plain(tail[1]), "") in (*VALUES, "voltage"):
            role, unit, symbol = ROLE[_plain(tail[1])], unit_of(tail[2]), tail[2]
    if role in (*VALUES, "voltage"):
        if symbol and unit is None:
            example = DIMENSIONS[role].example.split()[1]
            raise DataError(
                f"{where}: '{text}' has the unknown unit '{symbol}'; {DIMENSIONS[role].name} is in {example}, for instance"
            )
        if unit is not None and unit.dimension != role:
            raise DataError(
                f"{where}: '{text}' is named {DIMENSIONS[role].name} but its unit is that of {DIMENSIONS[unit.dimension].name}"
            )
    return Column(index, text, role, unit)


def direction_of(text: str) -> bool | None:
    """True for SET, False for RESET, None where a name does not tell: "set_3", "LTD cycle 2"."""
    words = set(re.split(r"[^a-z]+", text.lower()))
    up, down = bool(words & WORDS_UP), bool(words & WORDS_DOWN)
    return None if up == down else up


def direction_value(text: str) -> bool | None:
    """The same for an entry of a direction column."""
    t = text.strip().lower()
    t = t[:-2] if t.endswith(".0") else t
    if t in UP:
        return True
    return False if t in DOWN else direction_of(t)


def cell_of(text: str) -> str | None:
    """Name of the cell in a column name such as "cell 3 set", None where there is none."""
    found = re.search(r"\b(?:cell|device|dev)[\s_\-#]*([0-9]+|[a-z]\b)", text.lower().replace("_", " "))
    return found[1] if found else None


def _plain(name: str) -> str:
    return re.sub(r"[\s_\-.]+", " ", name.strip().lower()).strip()
