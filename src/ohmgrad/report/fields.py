"""Checked access to the tables of a JSON file."""

from __future__ import annotations

import math

import numpy as np

from ohmgrad.errors import RunError
from ohmgrad.report.run import Floats


class Fields:
    """A table of a JSON file; every method returns one field in the wanted type.

    `where` names the file, and the place in it, for messages. Every method raises `RunError` if the field
    is missing or of another type.
    """

    def __init__(self, table: object, where: str) -> None:
        if not isinstance(table, dict):
            raise RunError(f"{where}: {_quote(table)} stands where a table is wanted")
        self.table = table
        self.where = where

    def get(self, key: str) -> object:
        """Return the field as it stands."""
        if key not in self.table:
            raise RunError(f"{self.where}: '{key}' is missing")
        return self.table[key]

    def wrong(self, key: str, wanted: str) -> RunError:
        """Return the error that says what is wanted for `key`."""
        return RunError(f"{self.where}: '{key}' is {_quote(self.table.get(key))}, but {wanted} is wanted")

    def text(self, key: str) -> str:
        """Return a text."""
        value = self.get(key)
        if not isinstance(value, str):
            raise self.wrong(key, "a text")
        return value

    def whole(self, key: str, least: int = 0) -> int:
        """Return a whole number that is not below `least`."""
        value = self.get(key)
        if isinstance(value, bool) or not isinstance(value, int) or value < least:
            raise self.wrong(key, f"a whole number from {least} up")
        return value

    def number(self, key: str) -> float:
        """Return a finite number."""
        value = _number(self.get(key))
        if value is None:
            raise self.wrong(key, "a number")
        return value

    def maybe(self, key: str) -> float | None:
        """Return a finite number, or None for null and nan."""
        value = self.get(key)
        if value is None or (isinstance(value, float) and math.isnan(value)):
            return None
        return self.number(key)

    def items(self, key: str) -> list[object]:
        """Return a list."""
        value = self.get(key)
        if not isinstance(value, list):
            raise self.wrong(key, "a list")
        return value

    def numbers(self, key: str, length: int | None = None) -> tuple[float, ...]:
        """Return a list of finite numbers, of the given length."""
        values = [_number(item) for item in self.items(key)]
        numbers = tuple(value for value in values if value is not None)
        if len(numbers) < len(values) or (length is not None and length != len(numbers)):
            raise self.wrong(key, "a list of numbers" if length is None else f"a list of {length} numbers")
        return numbers

    def tables(self, key: str) -> list[Fields]:
        """Return a list of tables."""
        return [Fields(item, f"{self.where}: {key}[{i}]") for i, item in enumerate(self.items(key))]

    def child(self, key: str) -> Fields:
        """Return a table in this table."""
        return Fields(self.get(key), f"{self.where}: {key}")

    def array(self, key: str, shape: tuple[int, ...]) -> Floats:
        """Return nested lists of finite numbers as an array of the given shape."""
        array = self.measured(key, shape)
        if not np.isfinite(array).all():
            raise self.wrong(key, "a list of finite numbers")
        return array

    def measured(self, key: str, shape: tuple[int, ...]) -> Floats:
        """Return nested lists of numbers as an array of the given shape; null, whole or inside, is nan."""
        value = self.get(key)
        if value is None:
            return np.full(shape, np.nan)
        try:
            array = np.array(value, dtype=np.float64)
        except (TypeError, ValueError):
            raise self.wrong(key, "a list of numbers") from None
        if array.shape != shape:
            raise RunError(f"{self.where}: '{key}' has shape {array.shape}, but {shape} is wanted")
        return array


def _number(value: object) -> float | None:
    """Return `value` if it is a finite number, else None."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if math.isfinite(value) else None


def _quote(value: object) -> str:
    """Return `value` as one short line for a message."""
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."
