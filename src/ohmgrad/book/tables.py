"""Data of a figure as CSV: one file for each table, SI units in the columns' names, every digit."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from ohmgrad.book.entry import Data
from ohmgrad.errors import SpecError


def tables(name: str, data: Data) -> dict[str, str]:
    """Texts by file name: ``NAME-TABLE.csv`` for every table, ``NAME.csv`` for the single numbers.

    >>> import numpy as np
    >>> tables("1.2", {"eta": np.array(0.5), "path.w": np.array([[1.0, 2.0], [3.0, 4.0]])})
    {'1.2.csv': 'name,value\\r\\neta,0.5\\r\\n', '1.2-path.csv': 'w[0],w[1]\\r\\n1.0,2.0\\r\\n3.0,4.0\\r\\n'}
    """
    groups: dict[str, dict[str, npt.NDArray[np.generic]]] = {}
    for key, array in data.items():
        table, dot, column = key.partition(".")
        if not dot and array.ndim:
            raise SpecError(f"data of {name}: '{key}' is no single number; name it table.column")
        groups.setdefault(table if dot else "", {})[column if dot else key] = array
    out = {}
    for table, columns in groups.items():
        if not table:
            rows: list[list[object]] = [["name", "value"], *([k, v.item()] for k, v in columns.items())]
            out[f"{name}.csv"] = _text(rows)
            continue
        flat = dict(pair for column, array in columns.items() for pair in _flat(column, array))
        lengths = {len(array) for array in flat.values()}
        if len(lengths) != 1:
            raise SpecError(f"data of {name}: columns of table '{table}' have lengths {sorted(lengths)}; they must be equal")
        out[f"{name}-{table}.csv"] = _text([list(flat), *map(list, zip(*(a.tolist() for a in flat.values()), strict=True))])
    return out


def _flat(column: str, array: npt.NDArray[np.generic]) -> Iterator[tuple[str, npt.NDArray[np.generic]]]:
    """A column, or one for every place on the axes after the first."""
    if array.ndim == 1:
        yield column, array
        return
    for at in np.ndindex(array.shape[1:]):
        yield f"{column}[{','.join(map(str, at))}]", array[:, *at]


def _text(rows: list[list[object]]) -> str:
    buffer = io.StringIO()
    csv.writer(buffer).writerows(rows)
    return buffer.getvalue()
