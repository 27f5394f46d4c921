"""Options that take a number with its unit."""

from __future__ import annotations

from ohmgrad.errors import UnitError
from ohmgrad.units import parse


def read_option(option: str, text: str, dimension: str) -> float:
    """The quantity `text` in SI units; raises UnitError that names the option."""
    try:
        return parse(text, dimension)
    except UnitError as e:
        raise UnitError(f"--{option}: {e}") from None
