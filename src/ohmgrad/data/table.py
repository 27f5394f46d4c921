"""CSV files: numbers in all columns but one, which holds the label."""

from __future__ import annotations

import csv
import math
from array import array
from collections.abc import Iterable
from itertools import chain
from os import PathLike
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ohmgrad.data.paths import existing_file
from ohmgrad.errors import DataError, nearest

DELIMITERS = ",;\t"


class Table(NamedTuple):
    """A CSV file as read: `x` of shape (n, inputs), the n labels as text, and the inputs' names, if any."""

    path: Path
    x: NDArray[np.float64]
    labels: list[str]
    header: list[str] | None


def read_csv(path: str | PathLike[str], label: str | int | None = None) -> Table:
    """Read a CSV file in UTF-8, delimited by comma, semicolon or tab; blank lines are skipped.

    `label` is the name or the index of the label column (from 0, or from -1 at the end); default: the last.
    The first line is a header if `label` is one of its cells, or if none of its other cells is a number.

    Raises `DataError`, naming line and column, if the file is missing or empty, a row is longer or shorter
    than the first, a cell is no finite number, or the label column is unknown.
    """
    file = existing_file(path)
    try:
        with open(file, encoding="utf-8-sig", newline="") as lines:
            delimiter = _delimiter(lines)
            lines.seek(0)
            return _read(file, lines, delimiter, label)
    except UnicodeDecodeError:
        raise DataError(f"{file} is no text in UTF-8; save it as CSV in UTF-8, or give its format") from None
    except csv.Error as error:
        raise DataError(f"{file} is no CSV file: {error}") from None
    except OSError as error:
        raise DataError(f"{file} cannot be read: {error}") from None


def _delimiter(lines: Iterable[str]) -> str:
    """Return the delimiter that the first line with any text has most often."""
    first = next((line for line in lines if line.strip()), "")
    return max(DELIMITERS, key=first.count)


def _read(file: Path, lines: Iterable[str], delimiter: str, label: str | int | None) -> Table:
    reader = csv.reader(lines, delimiter=delimiter)
    first = next((row for row in reader if row), None)
    if first is None:
        raise DataError(f"{file} is empty; rows of numbers and a label are needed")
    if len(first) < 2:
        raise DataError(
            f"{file}, line {reader.line_num} has 1 column; at least one number and a label are needed, "
            "delimited by comma, semicolon or tab"
        )
    target = _label_column(file, first, label)
    others = [cell for i, cell in enumerate(first) if i != target]
    has_header = first[target].strip() == label or not any(map(_is_number, others))
    header = [cell.strip() for cell in others] if has_header else None

    width, labels, values = len(first), list[str](), array("d")
    for row in reader if has_header else chain([first], reader):
        if not row:
            continue
        if len(row) != width:
            if not "".join(row).strip():
                continue
            raise DataError(f"{file}, line {reader.line_num} has {len(row)} columns, but the first has {width}")
        labels.append(row.pop(target).strip())
        try:
            numbers = list(map(float, row))
        except ValueError:
            numbers = [math.nan]
        # One sum finds any cell that is not finite (if a finite row overflows, nothing is refused).
        if not math.isfinite(sum(numbers)):
            _refuse_bad_cell(file, reader.line_num, row, target, header)
        values.fromlist(numbers)
        if not labels[-1]:
            raise DataError(f"{file}, line {reader.line_num}, column {target + 1} is empty; a label is needed")
    if not labels:
        raise DataError(f"{file} has a header but no rows")
    # A header of numbers looks like a row, but its label does not look like the others.
    if not has_header and not _is_number(labels[0]) and labels[1:] and all(map(_is_number, set(labels[1:]))):
        raise DataError(
            f"{file}, line 1 has the label '{labels[0]}', but all others are numbers; "
            f"if that line is a header, name the label column: label = '{labels[0]}'"
        )
    return Table(file, np.frombuffer(values, dtype=np.float64).reshape(len(labels), width - 1), labels, header)


def _label_column(file: Path, first: list[str], label: str | int | None) -> int:
    """Return the index, from 0, of the label column in a file whose first row is `first`."""
    names = [cell.strip() for cell in first]
    if label is None:
        return len(first) - 1
    if label in names:
        if names.count(label) > 1:
            raise DataError(f"{file} has {names.count(label)} columns named '{label}'; give the label's index")
        return names.index(label)
    try:
        index = int(label)
    except ValueError:
        if any(map(_is_number, names)):
            raise DataError(
                f"{file} has no header to find the label column '{label}' in; give its index, 0 to {len(first) - 1}"
            ) from None
        raise DataError(f"{file} has no column '{label}'{nearest(str(label), names)}") from None
    if not -len(first) <= index < len(first):
        raise DataError(f"{file} has no column {index}; its {len(first)} columns are 0 to {len(first) - 1}")
    return index % len(first)


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


def _refuse_bad_cell(file: Path, line: int, row: list[str], target: int, header: list[str] | None) -> None:
    """Raise `DataError` for the first cell of `row` (without its label) that is no finite number."""
    for i, cell in enumerate(row):
        if not _is_number(cell) or not math.isfinite(float(cell)):
            column = i + 1 + (i >= target)
            name = f" ('{header[i]}')" if header else ""
            fault = f"is {cell.strip()!r}" if cell.strip() else "is empty"
            raise DataError(f"{file}, line {line}, column {column}{name} {fault}; a finite number is needed")
