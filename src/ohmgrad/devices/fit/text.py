"""Rows of numbers out of text files as instruments and spreadsheets write them, with the place of whatever cannot be read."""

from __future__ import annotations

import csv
import io
import math
import re
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from ohmgrad.errors import DataError, UnitError
from ohmgrad.units import DIMENSIONS, parse

Floats = npt.NDArray[np.float64]

MISSING = frozenset(("", "nan", "na", "n/a", "null", "none", "-", "--"))
MOST_VALUES = 60_000_000
MOST_COLUMNS = 100_000


@dataclass(frozen=True)
class Layout:
    """How a file is written: encoding, separator (" ": any blanks), decimal comma, header fields and the line they stand on (0: none)."""

    path: Path
    encoding: str
    separator: str
    decimal_comma: bool
    header: list[str]
    header_line: int
    columns: int

    def place(self, line: int, column: int) -> str:
        """Where a value stands, for a message."""
        name = f" ('{self.header[column].strip()}')" if self.header and self.header[column].strip() else ""
        return f"{self.path}, line {line}, column {column + 1}{name}"


@dataclass
class Rows:
    """Numbers (rows, columns chosen), NaN where nothing stands; text columns as codes into `texts`; the line of each row."""

    values: Floats
    codes: dict[int, npt.NDArray[np.int64]]
    texts: dict[int, list[str]]
    lines: npt.NDArray[np.int64]


def inspect(path: str | Path) -> Layout:
    """Find out how a file is written; raises DataError where it is no table of text."""
    path = Path(path)
    try:
        with open(path, "rb") as f:
            head = f.read(1 << 16)
    except FileNotFoundError:
        raise DataError(f"there is no file {path}") from None
    except IsADirectoryError:
        raise DataError(f"{path} is a folder; name a CSV file in it") from None
    except OSError as e:
        raise DataError(f"{path} cannot be read: {e.strerror or e}") from None
    if not head:
        raise DataError(f"{path} is empty")
    encoding = _encoding(path, head)
    first: list[tuple[int, str]] = []
    for n, line in lines_of(path, encoding):
        first.append((n, line))
        if len(first) == 20:
            break
    if not first:
        raise DataError(f"{path} holds no values")
    top = first[0][1]
    # What separates the header separates the rest; a header of one column needs none.
    separator = next((s for s in (";", "\t", ",") if s in top), None)
    if separator is None:
        body = first[1][1] if len(first) > 1 else top
        separator = (
            " " if re.search(r"\S\s+\S", body) and len(body.split()) == len(top.split()) else ("," if "," not in body else ";")
        )
        if "," in body and all(re.fullmatch(r"\s*-?\d+,\d+([eE][-+]?\d+)?\s*", line) for _, line in first[1:]):
            separator = ";"  # one column with decimal commas
    comma = separator != ","
    fields = split(top, separator)
    named = not all(_numeric(f, comma) or f.strip().lower() in MISSING for f in fields)
    if len(fields) > MOST_COLUMNS:
        raise DataError(f"{path}, line {first[0][0]}: {len(fields)} columns; one ramp a column is wanted, not one a row")
    if named and len(first) == 1 and sum(1 for _ in _some(lines_of(path, encoding), 2)) == 1:
        raise DataError(f"{path} has a header and no values")
    return Layout(
        path, encoding, separator, comma, [f.strip() for f in fields] if named else [], first[0][0] if named else 0, len(fields)
    )


def _some(lines: Iterator[tuple[int, str]], n: int) -> Iterator[tuple[int, str]]:
    for k, line in enumerate(lines):
        if k == n:
            return
        yield line


def _encoding(path: Path, head: bytes) -> str:
    if head[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return "utf-16"
    if head[:4] == b"PK\x03\x04" or head[:4] == b"\xd0\xcf\x11\xe0":
        raise DataError(f"{path} is a workbook or archive, not text; save the sheet as CSV")
    if b"\0" in head:
        raise DataError(
            f"{path} is not a text file; a CSV with one ramp a column, or with the columns pulse and conductance, is wanted"
        )
    try:
        head[: len(head) - 4 if len(head) == 1 << 16 else None].decode("utf-8")
    except UnicodeDecodeError:
        return "latin-1"  # what older spreadsheets write for µ
    return "utf-8-sig"


def lines_of(path: Path, encoding: str) -> Iterator[tuple[int, str]]:
    """(number, line) of every line that is neither blank nor a comment (#)."""
    try:
        with open(path, encoding=encoding, newline=None) as f:
            n = 0
            while True:
                line = f.readline(1 << 24)
                if not line:
                    return
                n += 1
                if len(line) >= 1 << 24:
                    raise DataError(f"{path}, line {n} is longer than {1 << 24:,} characters; is it a table of text?")
                if line.strip(" \t\r\n,;") and not line.startswith("#"):
                    yield n, line.rstrip("\r\n")
    except UnicodeError:
        raise DataError(f"{path} is not a text file, or in an encoding that is not known here; save it as UTF-8") from None
    except OSError as e:
        raise DataError(f"{path} cannot be read: {e.strerror or e}") from None


def split(line: str, separator: str) -> list[str]:
    """Fields of a line."""
    if '"' in line:
        return next(csv.reader(io.StringIO(line), delimiter=separator, skipinitialspace=separator == " "))
    return line.split() if separator == " " else line.split(separator)


def read_rows(layout: Layout, wanted: Sequence[int], text: Sequence[int], dimension: dict[int, str]) -> Rows:
    """Numbers of the columns `wanted` and texts of the columns `text`; dimension: of a column, for values with a unit ("20 uS").

    Raises DataError with line and column for what is no number.
    """
    flat, numbers = array("d"), array("q")
    codes = {c: array("q") for c in text}
    known: dict[int, dict[str, int]] = {c: {} for c in text}
    everything = list(wanted) == list(range(layout.columns)) and not text
    separator, comma, columns = layout.separator, layout.decimal_comma, layout.columns
    for n, line in lines_of(layout.path, layout.encoding):
        if n == layout.header_line:
            continue
        fields = split(line, separator)
        if len(fields) != columns:
            if len(fields) > columns and any(f.strip() for f in fields[columns:]):
                hint = "; decimal commas need semicolons between the columns" if separator == "," else ""
                named = "the header" if layout.header else "the first line"
                raise DataError(
                    f"{layout.path}, line {n}: {len(fields)} values, but {named} has {columns} column{'s' * (columns > 1)}{hint}"
                )
            fields = fields[:columns] + [""] * (columns - len(fields))
        try:
            row = list(map(float, fields)) if everything else [float(fields[c]) for c in wanted]
        except ValueError:
            row = [_number(fields[c], layout, n, c, comma, dimension.get(c)) for c in wanted]
        flat.extend(row)
        numbers.append(n)
        for c in text:
            own = known[c]
            codes[c].append(own.setdefault(fields[c].strip(), len(own)))
        if len(flat) > MOST_VALUES:
            raise DataError(f"{layout.path} has more than {MOST_VALUES:,} values; fit a part of it")
    if not numbers:
        raise DataError(f"{layout.path} has a header and no values")
    values = np.frombuffer(flat, dtype=np.float64).reshape(len(numbers), len(wanted))
    infinite = np.argwhere(np.isinf(values))
    if len(infinite):
        row, c = infinite[0]
        raise DataError(
            f"{layout.place(numbers[row], wanted[c])}: the value is infinite; leave it empty if nothing was measured"
        )
    return Rows(
        values, {c: np.frombuffer(a, dtype=np.int64) for c, a in codes.items()}, {c: list(k) for c, k in known.items()},
        np.frombuffer(numbers, dtype=np.int64),
    )  # fmt: skip


def _numeric(text: str, comma: bool) -> bool:
    try:
        float(text.replace(",", ".") if comma else text)
    except ValueError:
        return False
    return text.strip().lower() not in MISSING


def _number(text: str, layout: Layout, line: int, column: int, comma: bool, dimension: str | None) -> float:
    plain = text.strip()
    if plain.lower() in MISSING:
        return math.nan
    if comma:
        plain = plain.replace(",", ".")
    try:
        return float(plain)
    except ValueError:
        pass
    if dimension and plain[:1] in "+-.0123456789":
        try:
            return parse(plain, dimension)
        except UnitError as e:
            raise DataError(f"{layout.place(line, column)}: {e}") from None
    wanted = f"; {DIMENSIONS[dimension].name} is wanted" if dimension else ""
    raise DataError(
        f"{layout.place(line, column)}: '{_short(text.strip())}' is no number{wanted}; leave it empty if nothing was measured"
    )


def _short(text: str) -> str:
    return text if len(text) <= 30 else text[:27] + "..."
