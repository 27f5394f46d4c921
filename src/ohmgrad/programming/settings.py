"""What the write loops need to know, as tuples of plain numbers and arrays that compile."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


class Coding(NamedTuple):
    """How a write scheme turns x and u into levels and pulses.

    levels: highest level; per_unit: row levels per |x| = 1; per_pulse: column levels per pulse wanted at |x| = 1;
    slots: time slots of one phase; most: largest number of pulses a cell receives; counts: (levels + 1, levels + 1) pulses for (row level, column level), (1, 1) if unused.
    """

    levels: int
    per_unit: float
    per_pulse: float
    slots: int
    most: int
    counts: Ints


class Writing(NamedTuple):
    """How the cells of a pair are written and refreshed.

    one_way: 1 if G+ and G− only receive SET pulses (a decrease is a SET of G−), 0 if the partner is RESET at the same time.
    up_down: 1 if G+ (or the single cell) receives SET for an increase and RESET for a decrease, and G− nothing; one_way is 0 then.
    turns: cells (pairs) of a synapse that take turns.
    half_select: 1 if cells on a driven line see half the voltage, 0 if a transistor isolates them.
    sign_phases (layers,): 1 where all inputs are ≥ 0, else 2. quantum (layers, 2): weight change of one pulse
    for an increase and for a decrease; where both cells of a pair are written, both counted, and the two are equal.
    v_set, v_reset, v_full: magnitudes (V); t_set, t_reset, t_full: widths (s).
    refresh_every: samples between refreshes, 0 for never. A pair is refreshed if its larger conductance has passed
    `refresh_above` and its smaller one `refresh_common`, both as shares of the window g_min…g_max.
    refresh_pulses: at most so many SET pulses rewrite a cell.
    """

    one_way: int
    up_down: int
    turns: int
    half_select: int
    sign_phases: Ints
    quantum: Floats
    v_set: float
    v_reset: float
    v_full: float
    t_set: float
    t_reset: float
    t_full: float
    refresh_every: int
    refresh_above: float
    refresh_common: float
    refresh_pulses: int
