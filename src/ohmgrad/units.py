"""Quantities with units: text such as ``"20 uS"`` to SI floats, and back.

Everything inside ohmgrad is a float in SI units. Text with a unit is accepted where a person
writes a specification, and printed where a person reads a result::

    dimension       unit            example
    conductance     S               20 uS
    resistance      ohm, Ohm, Ω     50 kohm
    voltage         V               300 mV
    current         A               2 uA
    time            s, min, h, d, y 100 ns
    energy          J               5 pJ
    temperature     K               300 K
    power           W               3 mW
    charge          C               10 fC
    dimensionless   none, %         0.5

Prefixes: a f p n u (or µ) m k M G T, before every unit except min, h, d, y and %. Case matters:
``mS`` is a millisiemens, ``MS`` a megasiemens and ``ms`` a millisecond.
"""

from __future__ import annotations

import math
import numbers
import re
from decimal import Decimal
from typing import NamedTuple

from ohmgrad.errors import UnitError, nearest

PREFIXES = {"T": 12, "G": 9, "M": 6, "k": 3, "": 0, "m": -3, "u": -6, "n": -9, "p": -12, "f": -15, "a": -18}
# Micro is U+00B5 (the keyboard's) or U+03BC (the Greek letter); both look the same to whoever typed it.
PREFIX_ALIASES = {"\N{MICRO SIGN}": "u", "\N{GREEK SMALL LETTER MU}": "u"}


class Dimension(NamedTuple):
    """How one kind of quantity is named in messages, written and read."""

    name: str  # with its article, as a message says it
    unit: str  # SI unit, in ASCII
    example: str
    aliases: tuple[str, ...] = ()  # other spellings of the unit
    kilo: bool = True  # whether prefixes above 1 are used in output; nobody writes 3.6 ks or 10 kK


DIMENSIONS = {
    "conductance": Dimension("a conductance", "S", "20 uS"),
    # The Greek capital omega, and U+2126, the sign that some keyboards and PDFs give instead.
    "resistance": Dimension("a resistance", "ohm", "50 kohm", ("Ohm", "\N{GREEK CAPITAL LETTER OMEGA}", "\N{OHM SIGN}")),
    "voltage": Dimension("a voltage", "V", "300 mV"),
    "current": Dimension("a current", "A", "2 uA"),
    "time": Dimension("a time", "s", "100 ns", kilo=False),
    "energy": Dimension("an energy", "J", "5 pJ"),
    "temperature": Dimension("a temperature", "K", "300 K", kilo=False),
    "power": Dimension("a power", "W", "3 mW"),
    "charge": Dimension("a charge", "C", "10 fC"),
    "dimensionless": Dimension("a plain number", "", "0.5", kilo=False),
}


LONG_TIMES = {"min": 60, "h": 3600, "d": 86400, "y": 31557600}  # seconds; a year of 365.25 days


def _unit_table() -> dict[str, tuple[str, int, int]]:
    """Every unit with every prefix: ``{"uS": ("conductance", 1, -6)}``: dimension, factor, power of ten."""
    prefixes = PREFIXES | {alias: PREFIXES[prefix] for alias, prefix in PREFIX_ALIASES.items()}
    table = {
        prefix + unit: (key, 1, power)
        for key, dimension in DIMENSIONS.items()
        if dimension.unit
        for unit in (dimension.unit, *dimension.aliases)
        for prefix, power in prefixes.items()
    }
    return table | {unit: ("time", seconds, 0) for unit, seconds in LONG_TIMES.items()} | {"%": ("dimensionless", 1, -2)}


UNITS = _unit_table()

# The exponent is held to 6 digits: more could only overflow, and slowly.
_QUANTITY = re.compile(r"\s*([+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+))(?:[eE]([+-]?[0-9]{1,6}))?\s*(.*?)\s*", re.DOTALL)


def parse(value: object, dimension: str) -> float:
    """Return the quantity `value` in SI units.

    `value` is a number (taken as SI), or text: a number, or a number and a unit.
    `dimension` is a key of `DIMENSIONS`.

    Raises `UnitError` if `value` is no finite quantity of that dimension, or the dimension is unknown.

    >>> parse("20 uS", "conductance")
    2e-05
    >>> parse("1.5h", "time")
    5400.0
    >>> parse(0.25, "voltage"), parse("25 %", "dimensionless")
    (0.25, 0.25)
    """
    wanted = _dimension(dimension)
    if isinstance(value, str):
        number = _parse_text(value, dimension)
    elif isinstance(value, numbers.Real) and not isinstance(value, bool):
        try:
            number = float(value)
        except OverflowError:
            number = math.inf
    else:
        raise UnitError(f"{_quote(value)} is no quantity; {wanted.name} is wanted, such as '{wanted.example}'")
    if not math.isfinite(number):
        raise UnitError(f"{_quote(value)} is not finite; {wanted.name} is wanted, such as '{wanted.example}'")
    return number


def show(value: float, dimension: str, digits: int = 4) -> str:
    """Return `value`, in SI units, as text with a unit and an engineering prefix.

    At most `digits` significant digits are shown (1 to 17); with 17, `parse` gives `value` back exactly.

    Raises `UnitError` if the dimension is unknown or `digits` is out of range.

    >>> show(2e-5, "conductance"), show(0.0, "voltage"), show(12345.678, "resistance", digits=3)
    ('20 uS', '0 V', '12.3 kohm')
    """
    wanted = _dimension(dimension)
    if not 1 <= digits <= 17:
        raise UnitError(f"digits = {digits} cannot be shown; use 1 to 17")
    value = float(value)
    if value == 0 or not math.isfinite(value):
        return f"{value + 0.0:g} {wanted.unit}".rstrip()  # + 0.0 turns -0 into 0
    # Round first: 999.99e-6 to 4 digits is 1 mS, not 1000 uS.
    mantissa, exponent = f"{value:.{digits - 1}e}".split("e")
    power = int(exponent) // 3 * 3
    prefix = next((p for p, e in PREFIXES.items() if e == power), None)
    if prefix is None or not wanted.unit or (power > 0 and not wanted.kilo):
        return f"{value:.{digits}g} {wanted.unit}".rstrip()
    # Decimal moves the point exactly; a float division could change the last digit.
    text = f"{Decimal(mantissa).scaleb(int(exponent) - power):f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return f"{text} {prefix}{wanted.unit}"


def show_duration(seconds: float) -> str:
    """Return a time in the largest unit of which it has one at least.

    >>> show_duration(3600.0), show_duration(86400 * 10), show_duration(0.5), show_duration(3.15576e8)
    ('1 h', '10 d', '500 ms', '10 y')
    """
    for unit, length in reversed(LONG_TIMES.items()):
        if seconds >= length:
            return f"{seconds / length:.4g} {unit}"
    return show(seconds, "time")


def _dimension(key: str) -> Dimension:
    if key not in DIMENSIONS:
        raise UnitError(f"unknown dimension '{key}'{nearest(key, DIMENSIONS)}")
    return DIMENSIONS[key]


def _quote(value: object) -> str:
    """Return `value` as one short line for a message."""
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


def _parse_text(text: str, dimension: str) -> float:
    wanted = DIMENSIONS[dimension]
    match = _QUANTITY.fullmatch(text)
    if match is None:
        if text.strip().lstrip("+-").lower() in ("nan", "inf", "infinity"):
            return math.nan  # `parse` says that it is not finite
        raise UnitError(f"{_quote(text)} is no number with a unit; {wanted.name} is written like '{wanted.example}'")
    mantissa, exponent, unit = match[1], int(match[2] or 0), match[3]
    if not unit:
        return float(f"{mantissa}e{exponent}")
    if unit not in UNITS:
        raise UnitError(f"{_quote(text)} has the unknown unit {_quote(unit)}{_known_units(unit, dimension)}")
    found, factor, power = UNITS[unit]
    # The prefix moves the exponent of the text, so "20 uS" is the float nearest to 2e-5; 20 * 1e-6 is not.
    number = float(f"{mantissa}e{exponent + power}") * factor
    if found == dimension:
        return number
    name = "a percentage" if unit == "%" else DIMENSIONS[found].name
    raise UnitError(f"{_quote(text)} is {name}, but {wanted.name} is wanted{_hint(text, unit, number, dimension)}")


def _known_units(unit: str, dimension: str) -> str:
    """Return the end of a message on an unknown unit: the nearest one, or how the wanted one is written."""
    wanted = DIMENSIONS[dimension]
    hint = nearest(unit, [u for u, (key, _, _) in UNITS.items() if key == dimension and u.isascii()])
    if hint.startswith("; did you mean"):
        return hint
    return f"; {wanted.name} is written like '{wanted.example}'"


def _hint(text: str, unit: str, number: float, dimension: str) -> str:
    """Return the end of a message on a wrong dimension: what was probably meant, or an example."""
    found = UNITS[unit][0]
    if {found, dimension} == {"conductance", "resistance"} and number and math.isfinite(1 / number):
        rule = "1/R" if found == "resistance" else "1/G"
        return f"; did you mean '{show(1 / number, dimension)}' ({rule})?"
    if unit.lower() in (other.lower() for other, (key, _, _) in UNITS.items() if key == dimension):
        return f"; did you mean '{show(number, dimension)}'? (case matters)"
    return f", such as '{DIMENSIONS[dimension].example}'"
