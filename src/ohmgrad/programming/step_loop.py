"""One time slot of a write scheme on the whole array, every cell at its real voltage: the stepwise face, compiled.

The cell (i, j) of member m is meant to see row[i] − column[m, j], and sees `volts`: the same on ideal wires, else what the circuit leaves. Where both lines are selected the pulse counts as a write, everywhere else as
half-selection if that is not 0; the law answers to either. Selected lines at voltages of the same sign work against each other: their
cell is half-selected at the difference. A cell's writes are numbered 0, 1, … within the sample, as in the fused loop, its
half-selections from `DISTURB` up, so that neither shifts the draws of the other.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ohmgrad.kernels.compiled import compiled
from ohmgrad.kernels.draws import WRITE, key_at
from ohmgrad.kernels.parts import get_params, get_state, law_drawn, law_pulse, members, put_state
from ohmgrad.ledger import G_HALF_RESET, G_HALF_SET, G_RESET, G_SET, HALF_SELECTED, RESET, SET

DISTURB = 1 << 15


@compiled
def apply_step(
    cells: Any,
    geo: Any,
    layer: int,
    row: Any,
    column: Any,
    row_on: Any,
    column_on: Any,
    volts: Any,
    half: float,
    is_set: bool,
    width: float,
    half_select: int,
    number: Any,
    start: Any,
    seed: int,
    repeat: int,
    step: int,
    counts: Any,
    sums: Any,
) -> None:
    """Apply row (rows,) and column (members, columns) volts for `width` seconds; row_on, column_on: which lines are selected.

    volts (rows, columns, members): what every cell sees; half: volts of a half-selected cell, by which the bill counts; is_set: whether the slot is one of SET.
    half_select: 0 if a transistor isolates every cell that is not selected.
    number (2, synapses of the layer, members) int64: writes and half-selections that each cell has had in this sample, counted on here;
    start (synapses of the layer, members): conductances at the start of the update (siemens), for the bill of half-selection.
    """
    rows, columns = geo.shape[layer, 0], geo.shape[layer, 1]
    first = geo.synapse[layer]
    stream = WRITE * 256 + layer
    for i in range(rows):
        for j in range(columns):
            for m in range(members):
                v, wanted = volts[i, j, m], row[i] - column[m, j]
                both = row_on[i] and column_on[m, j]
                selected = both and not row[i] * column[m, j] > 0.0
                if not selected and (half_select == 0 or v == 0.0):
                    continue
                synapse = i * columns + j
                s = get_state(cells.state, m, first + synapse)
                p = get_params(cells.shared, cells.varied, m, first + synapse)
                g0 = s.g
                if selected:
                    k = number[0, synapse, m]
                    number[0, synapse, m] += 1
                else:
                    k = DISTURB + number[1, synapse, m]
                    number[1, synapse, m] += 1
                s = law_pulse(s, v, width, p, cells.table, key_at(seed, repeat, members * synapse + m, step, k, stream))
                put_state(cells.state, m, first + synapse, s)
                if selected:
                    got = v / wanted  # share of the voltage wanted, 1 on ideal wires
                    counts[SET if wanted > 0.0 else RESET] += 1
                    sums[G_SET if wanted > 0.0 else G_RESET] += got * got * (0.5 * (law_drawn(g0, v, p) + law_drawn(s.g, v, p)))
                elif wanted == 0.0:  # meant to see nothing
                    sums[G_HALF_SET if is_set else G_HALF_RESET] += (v / half) * (v / half) * start[synapse, m]
                else:
                    counts[HALF_SELECTED] += 1
                    # of a SET or of a RESET slot? Cells on no selected line (V/3) see the opposite sign
                    up = wanted > 0.0 if both or row_on[i] or column_on[m, j] else wanted < 0.0
                    share = (
                        wanted / max(abs(row[i]), abs(column[m, j])) if both else 1.0
                    )  # of the half voltage that the bill multiplies
                    share *= v / wanted
                    sums[G_HALF_SET if up else G_HALF_RESET] += share * share * start[synapse, m]


@compiled
def count_moved(cells: Any, volts: float, width: float, middle: bool) -> int:
    """Number of cells that one pulse would change; nothing is written. middle: each cell in the middle of its window, else as it is."""
    one = np.zeros((cells.state.shape[0], 1, members))
    moved = 0
    for cell in range(cells.state.shape[1]):
        for m in range(members):
            p = get_params(cells.shared, cells.varied, m, cell)
            put_state(one, m, 0, get_state(cells.state, m, cell))
            if middle:
                one[0, 0, m] = 0.5 * (p.g_min + p.g_max)
            s = get_state(one, m, 0)
            moved += law_pulse(s, volts, width, p, cells.table, key_at(0, 0, members * cell + m, 0, 0, 0)).g != s.g
    return moved
