"""Column by column on a passive or selector array: schemes V/2 and V/3 (eq. 1.11 and figure 1.14 of the chapter).

Pulses are counted as in `ohmgrad.programming.blind`. One column of one member at a time, two steps: first the cells that want SET, then those that want RESET; more
pulses repeat the step, in which only rows with pulses left are selected.

    V/2    selected rows +V/2, the column −V/2, all else at 0       half-selected: the column's other cells, and the other cells of the selected rows, at V/2
    V/3    selected rows +V/2, the column −V/2, other rows −V/6, other columns +V/6      every cell not selected is at ±V/3

(RESET with the signs turned round; the signs are those of this package, v > 0 for SET.) It works if no cell answers to a half-selection and every cell to a
pulse, V_W > V_th > share·V_W with share = 1/2 or 1/3, for both polarities: `half_select_shares` counts the cells for which that fails.

The compiled loop does not visit half-selected cells and bills them at their conductances before the update. It fits arrays in which they stay; in
others driver 'stepwise' gives every cell its real voltage.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from ohmgrad.devices.resolve import Resolved
from ohmgrad.programming.change import Dense, Rank1
from ohmgrad.programming.dense import DensePair, DenseScheme, DenseWriting, Wanted, dense_writing
from ohmgrad.programming.scheme import CHAPTER, Pair, Step


class HalfSelect(DenseScheme):
    """Scheme V/2; see the module."""

    name = "half-select"
    text = "counted pulses, column by column, half-selected cells at V/2"
    source = CHAPTER
    way = "counted"
    steps = True
    half = 2

    def settings(self, device: Resolved, wanted: Wanted) -> DenseWriting:
        """As for blind writing, with the bill of half-selection."""
        return dense_writing(device, wanted)._replace(half=self.half)

    def program(self, change: Rank1 | Dense, pair: Pair) -> Iterator[Step]:
        """Steps: kind, member, column, pulse. pair: a `DensePair`; raises TypeError for another, or a change that is not dense."""
        if not (isinstance(change, Dense) and isinstance(pair, DensePair)):
            raise TypeError(f"scheme '{self.name}' writes Dense changes of a DensePair")
        columns = change.dw.shape[1]
        n = pair.pulses(change.dw)
        for kind, (volts, width) in enumerate(((pair.v_set, pair.t_set), (-pair.v_reset, pair.t_reset))):
            for m in range(pair.members):
                for j in range(columns):
                    count = n[kind, :, j, m]
                    for k in range(int(count.max(initial=0))):
                        row_on, column_on = count > k, np.zeros((pair.members, columns), bool)
                        column_on[m, j] = True
                        rest = 0.0 if self.half == 2 else volts / 6
                        yield Step(
                            np.where(row_on, volts / 2, -rest), np.where(column_on, -volts / 2, rest), width, row_on, column_on
                        )


class ThirdSelect(HalfSelect):
    """Scheme V/3; see the module."""

    name = "third-select"
    text = "counted pulses, column by column, cells that are not selected at V/3"
    source = ""
    half = 3
    share = 1.0 / 3.0


def half_select_shares(v_write: float, v_th: npt.ArrayLike, share: float = 0.5) -> tuple[float, float]:
    """(share of cells that a write does not move, V_th ≥ V_W; share that a half-selection moves, V_th ≤ share·V_W): both 0 where eq. 1.11 holds.

    v_write: amplitude of SET or of RESET (V, magnitude); v_th: thresholds of the cells for that polarity (V), or one for all.
    """
    th: Any = np.atleast_1d(np.asarray(v_th, dtype=np.float64))
    return float((th >= v_write).mean()), float((th <= share * v_write).mean())
