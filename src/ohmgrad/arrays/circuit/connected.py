"""Does every line hang, through cells, on a line that is driven? Otherwise its voltage is anything."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ohmgrad.errors import CircuitError

Bools = npt.NDArray[np.bool_]


def check_connected(cell: Bools, row_tied: Bools, column_tied: Bools) -> None:
    """Raise CircuitError that names a line which no path of conducting cells joins to a driven line; cell (rows, columns): which conduct."""
    if row_tied.all() and column_tied.all():
        return
    rows, columns = row_tied.copy(), column_tied.copy()
    while True:
        more_columns = columns | cell[rows].any(axis=0)
        more_rows = rows | cell[:, more_columns].any(axis=1)
        if (more_rows == rows).all() and (more_columns == columns).all():
            break
        rows, columns = more_rows, more_columns
    for reached, what in ((rows, "row"), (columns, "column")):
        if not reached.all():
            raise CircuitError(
                f"{what} {int(np.argmin(reached))} floats, and no conducting cell joins it to a driven line, so its voltage is undetermined; drive it, or give "
                "one of its cells a conductance"
            )
