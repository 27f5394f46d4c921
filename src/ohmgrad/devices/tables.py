"""Reading a law's table: rows of numbers, from a CSV or from lists in a device file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ohmgrad.errors import DataError

Floats = npt.NDArray[np.float64]


def read_rows(value: Any) -> Floats:
    """Rows of equal length (rows, points) from the name of a CSV without a header, or from nested lists; raises DataError."""
    try:
        if isinstance(value, str | Path):
            table = np.loadtxt(value, delimiter=",", ndmin=2, encoding="utf-8-sig")
        else:
            table = np.array(value, dtype=np.float64, ndmin=2)
    except (OSError, ValueError) as e:
        raise DataError(f"device.table: {name_of(value)} cannot be read: {e}") from e
    return np.ascontiguousarray(table)


def name_of(value: Any) -> str:
    """How a message calls the table."""
    return str(value) if isinstance(value, str | Path) else "the table"
