"""One-shot writing of the change of a whole layer, compiled; see `ohmgrad.programming.gate_set`.

RESET is pulse 0 of a cell in this update, SET pulse 1; the first read is drawn as that of write with verify.
"""

from __future__ import annotations

from typing import Any

from ohmgrad.kernels.compiled import compiled
from ohmgrad.kernels.draws import WRITE, key_at
from ohmgrad.kernels.parts import get_params, get_state, law_pulse, members, paired, put_state
from ohmgrad.ledger import (
    FULL_RESET,
    FULL_SLOTS,
    G_FULL_RESET,
    G_SET,
    G_WRITE_READ,
    READ_SLOTS,
    SET,
    SET_SLOTS,
    WRITE_READS,
)
from ohmgrad.programming.dense_lines_loop import derive_layer
from ohmgrad.programming.dense_verify_loop import first_reading


@compiled
def write_gates(
    cells: Any,
    geo: Any,
    layer: int,
    dw: Any,
    live: Any,
    gain: float,
    coding: Any,
    writing: Any,
    dense: Any,
    reading: Any,
    aim: Any,
    seed: int,
    repeat: int,
    step: int,
    counts: Any,
    sums: Any,
    slots: Any,
    scratch: Any,
) -> None:
    """Row by row: read what was never asked for, RESET, SET."""
    rows, columns, first = geo.shape[layer, 0], geo.shape[layer, 1], geo.synapse[layer]
    low, high = cells.shared[0], cells.shared[1]
    turn, stream = step % writing.turns, WRITE * 256 + layer
    both = paired and writing.up_down == 0
    g_full, g_set, g_read = 0.0, 0.0, 0.0
    slots[:] = 0
    for i in range(rows):
        reads, fulls, sets = 0, 0, 0
        for j in range(columns):
            c = i * columns + j
            if dw[c] == 0.0:
                continue
            dg = dw[c] / gain
            for side in range(2 if both else 1):
                m = 2 * turn + side if paired else turn
                own = (0.5 * dg if side == 0 else -0.5 * dg) if both else dg
                s = get_state(cells.state, m, first + c)
                p = get_params(cells.shared, cells.varied, m, first + c)
                address = members * c + m
                before = aim[first + c, m]
                if before != before:
                    reads += 1
                    g_read += s.g
                    before = first_reading(s.g, reading, seed, repeat, address, step, layer)
                goal = min(max(before + own, low), high)
                aim[first + c, m] = goal
                if goal == before:  # at the end of the window
                    continue
                g0 = s.g
                s = law_pulse(
                    s, -writing.v_full, writing.t_full, p, cells.table, key_at(seed, repeat, address, step, 0, stream)
                )
                fulls += 1
                g_full += 0.5 * (g0 + s.g)
                if goal > low:
                    g0 = s.g
                    v = dense.gate_first + (goal - low) / dense.gate_slope
                    s = law_pulse(s, v, writing.t_set, p, cells.table, key_at(seed, repeat, address, step, 1, stream))
                    sets += 1
                    g_set += 0.5 * (g0 + s.g)
                put_state(cells.state, m, first + c, s)
        counts[WRITE_READS] += reads
        counts[FULL_RESET] += fulls
        counts[SET] += sets
        slots[READ_SLOTS] += reads > 0
        slots[FULL_SLOTS] += fulls > 0
        slots[SET_SLOTS] += sets > 0
    sums[G_WRITE_READ] += g_read
    sums[G_FULL_RESET] += g_full
    sums[G_SET] += g_set * dense.drain
    if slots[FULL_SLOTS] > 0:
        derive_layer(cells, geo, layer)
