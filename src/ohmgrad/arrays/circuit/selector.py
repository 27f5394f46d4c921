"""Which selectors are on: from a state before, one switch after another until all agree with their voltages.

A selector that is off turns on where its own voltage reaches v_th; one that is on turns off where it would have to carry current against its sign, that is where the
crossing has less than v_hold. Of several that would switch, those furthest beyond their threshold (within a tenth of the furthest) go first, as in an array
whose fastest switches win; the others then see what is left. Source of the picture: figure 2.7 of the chapter.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from ohmgrad.arrays.circuit.access import Selector
from ohmgrad.arrays.circuit.solution import Solution
from ohmgrad.errors import CircuitError, SpecError

if TYPE_CHECKING:
    from ohmgrad.arrays.circuit.crossbar import Crossbar

States = npt.NDArray[np.int8]
TOGETHER = 0.9  # share of the furthest overdrive from which selectors switch at once


def settle(
    bar: Crossbar, selector: Selector, v_row: Any, v_col: Any, row_tied: Any, col_tied: Any, start: Any, tolerance: float
) -> States:
    """States (rows, columns) in which all selectors stay; start: "off", an array, or None where only one such state exists.

    Raises CircuitError where there is none, or where without a start "all off" and "all on" end in different ones.
    """
    drive = (v_row, v_col, row_tied, col_tied)
    if start is not None:
        return _switch(bar, selector, drive, _states(start, bar.shape), tolerance)
    low = _switch(bar, selector, drive, np.zeros(bar.shape, np.int8), tolerance)
    high = _switch(bar, selector, drive, _all_on(bar, drive), tolerance)
    if (low != high).any():
        i, j = (int(k[0]) for k in np.nonzero(low != high))
        raise CircuitError(
            f"the selector at row {i}, column {j} may be on or off at these voltages ({int((low != high).sum())} of {low.size} may); say what it was before: "
            "start = 'off', or an array of 0, 1 and −1 such as an earlier solution's `selector`"
        )
    return low


def _switch(bar: Crossbar, s: Selector, drive: Any, on: States, tolerance: float) -> States:
    v_row, v_col, row_tied, col_tied = drive
    on = np.where(bar.g > 0.0, on, 0).astype(np.int8)  # without a cell there is nothing to switch
    seen: set[bytes] = set()
    solution: Solution | None = None
    for _ in range(4 * on.size + 16):
        solution = bar.frozen(v_row, v_col, row_tied, col_tied, on, tolerance, solution)
        beyond = overdrive(bar, s, solution)
        if not (beyond > 1e-9).any():
            return on
        if on.tobytes() in seen:
            break
        seen.add(on.tobytes())
        k = np.unravel_index(int(beyond.argmax()), beyond.shape)
        first = beyond >= TOGETHER * beyond[k]
        on[first] = np.where(on[first] != 0, 0, np.sign(solution.cell_volts[first]))
    raise CircuitError(
        f"the selectors find no state in which all stay: the one at row {int(k[0])}, column {int(k[1])} keeps switching, {float(beyond.max()):.3g} of v_th beyond its "
        "threshold; the wires or sources in series are too weak for its hold voltage"
    )


def overdrive(bar: Crossbar, s: Selector, solution: Solution) -> Any:
    """By how much each selector is beyond the voltage at which it switches, as a share of v_th (rows, columns); above 0: it switches."""
    v, i, on = solution.cell_volts, solution.cell_current, solution.selector
    v_th = np.broadcast_to(np.asarray(s.v_th, dtype=np.float64), bar.shape)
    off_own = np.abs(i) * s.r_off  # voltage over a selector that is off
    return np.where(on == 0, off_own / v_th - 1.0, (s.v_hold - v * on) / v_th)


def _all_on(bar: Crossbar, drive: Any) -> States:
    v_row, v_col, row_tied, col_tied = drive
    wanted = np.where(row_tied, v_row, 0.0)[:, None] - np.where(col_tied, v_col, 0.0)
    return np.asarray(np.sign(wanted), dtype=np.int8)


def _states(start: Any, shape: tuple[int, int]) -> States:
    if isinstance(start, str):
        if start != "off":
            raise SpecError(f"start = '{start}': 'off', or an array of 0, 1 and −1")
        return np.zeros(shape, np.int8)
    on = np.asarray(start)
    if on.shape != shape or not np.isin(on, (-1, 0, 1)).all():
        raise SpecError(f"start: an array {shape} of 0 (off), 1 and −1 (on, by the sign of the current) is needed")
    return on.astype(np.int8)
