"""One array of numbers from the user's own file: .npy, .npz or CSV."""

from __future__ import annotations

import csv
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ohmgrad.data.paths import existing_file
from ohmgrad.errors import DataError, nearest

DELIMITERS = ",;\t"
TEXTS = (".csv", ".tsv", ".txt")


def load_matrix(path: str | PathLike[str], name: str = "") -> npt.NDArray[np.float64]:
    """Return the array of a .npy file, the one called `name` (or the only one) of an .npz file, or the rows of a CSV file (comma, semicolon, tab).

    NaN and infinities come as they are; a CSV always gives a matrix. Raises DataError for a file that is missing, of another kind or empty, and for what are no
    real numbers.
    """
    file = existing_file(path)
    kind = file.suffix.lower()
    if kind not in (".npy", ".npz", *TEXTS):
        raise DataError(f"{file} is no file of numbers known here; its name ends in .npy, .npz or .csv")
    if name and kind != ".npz":
        raise DataError(f"{file} holds one array without a name; only of an .npz file one is chosen by name ('{name}')")
    a = _csv(file) if kind in TEXTS else _numpy(file, name)
    if a.dtype.kind not in "fiub":
        raise DataError(f"{file} holds {a.dtype}; wanted: real numbers")
    if not a.size:
        raise DataError(f"{file} has the shape {a.shape} and holds no number")
    return np.asarray(a, dtype=np.float64)


def _numpy(file: Path, name: str) -> npt.NDArray[Any]:
    try:
        loaded = np.load(file, allow_pickle=False)
        if isinstance(loaded, np.ndarray):
            return loaded
        with loaded:
            chosen = _chosen(file, list(loaded.files), name)
            return np.asarray(loaded[chosen])
    except DataError:
        raise
    except Exception as e:  # not a zip archive, cut off, a pickle: each its own error
        raise DataError(f"{file} cannot be read as {file.suffix}: it is damaged, or holds Python objects") from e


def _chosen(file: Path, names: list[str], name: str) -> str:
    if not names:
        raise DataError(f"{file} is empty; wanted: a matrix")
    if name:
        if name not in names:
            raise DataError(f"{file} has no array '{name}'{nearest(name, names)}")
        return name
    if len(names) > 1:
        raise DataError(f"{file} holds {len(names)} arrays; choose one by name: {', '.join(names)}")
    return names[0]


def _csv(file: Path) -> npt.NDArray[Any]:
    rows: list[list[float]] = []
    try:
        with open(file, encoding="utf-8-sig", newline="") as lines:
            first = next((line for line in lines if line.strip()), "")
            lines.seek(0)
            reader = csv.reader(lines, delimiter=max(DELIMITERS, key=first.count))
            for row in reader:
                if not "".join(row).strip():
                    continue
                if rows and len(row) != len(rows[0]):
                    raise DataError(f"{file}, line {reader.line_num} has {len(row)} columns, but the first has {len(rows[0])}")
                rows.append([_number(file, reader.line_num, k, cell) for k, cell in enumerate(row, 1)])
    except UnicodeDecodeError:
        raise DataError(f"{file} is no text in UTF-8; save it as CSV in UTF-8") from None
    except csv.Error as error:
        raise DataError(f"{file} is no CSV file: {error}") from None
    except OSError as error:
        raise DataError(f"{file} cannot be read: {error}") from None
    return np.array(rows, dtype=np.float64)


def _number(file: Path, line: int, column: int, cell: str) -> float:
    try:
        return float(cell)
    except ValueError:
        fault = f"is {cell.strip()!r}" if cell.strip() else "is empty"
        raise DataError(
            f"{file}, line {line}, column {column} {fault}; a number is needed, in SI units and without one"
        ) from None
