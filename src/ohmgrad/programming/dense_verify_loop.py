"""Write with verify of the change of a whole layer, compiled; see `ohmgrad.programming.verify_train`."""

from __future__ import annotations

from typing import Any

import numpy as np

from ohmgrad.kernels.compiled import compiled, inline
from ohmgrad.kernels.draws import VERIFY, key_at, normal
from ohmgrad.kernels.parts import members, noisy, paired, read_shape
from ohmgrad.ledger import (
    FULL_RESET,
    FULL_SLOTS,
    G_FULL_RESET,
    G_RESET,
    G_SET,
    G_WRITE_READ,
    READ_SLOTS,
    RESET,
    RESET_SLOTS,
    SET,
    SET_SLOTS,
    UNREACHED,
    WRITE_READS,
)
from ohmgrad.programming.dense_lines_loop import derive_layer
from ohmgrad.programming.verify_loop import IGNORED, REACHED, SOME_FULL, SOME_RESET, SOME_SET, Tally, verify_cells

VERIFY_LANES, VERIFY_AHEAD = 64, 4  # change no result; most cells need few pulses


@inline
def first_reading(g: float, reading: Any, seed: int, repeat: int, address: int, step: int, layer: int) -> float:
    """What the first read of a cell in this update shows; `verify_cells` sees the same."""
    if noisy:
        return g + (reading.absolute + reading.relative * g) * normal(  # type: ignore[no-any-return]
            key_at(seed, repeat, address, step, 0, VERIFY * 256 + layer), 0
        )
    return g


@inline
def plan_targets(
    cells: Any,
    first: int,
    n: int,
    dw: Any,
    gain: float,
    writing: Any,
    tolerance: float,
    reading: Any,
    seed: int,
    repeat: int,
    step: int,
    layer: int,
    target: Any,
) -> int:
    """Fill target (synapses of the layer, members; nan: leave alone); returns how many cells have one."""
    low, high = cells.shared[0], cells.shared[1]
    turn = step % writing.turns
    planned = 0
    for c in range(n):
        dg = dw[c] / gain
        for side in range(2 if paired else 1):
            m = 2 * turn + side if paired else turn
            if writing.up_down != 0:
                own = dg if side == 0 else 0.0
            elif writing.one_way != 0:
                own = max(dg if side == 0 else -dg, 0.0)
            else:
                own = 0.5 * dg if side == 0 else -0.5 * dg
            if abs(own) <= tolerance:
                continue
            seen = first_reading(cells.state[0, first + c, m], reading, seed, repeat, members * c + m, step, layer)
            goal = min(max(seen + own, low), high)
            target[c, m] = max(goal, seen) if writing.one_way != 0 else goal
            planned += 1
    return planned


@compiled
def write_verified(
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
    """Read, aim, verify; bills and slots."""
    rows, columns, first = geo.shape[layer, 0], geo.shape[layer, 1], geo.synapse[layer]
    n, how = rows * columns, dense.how
    target = np.full((n, members), np.nan)
    slots[:] = 0
    if plan_targets(cells, first, n, dw, gain, writing, how.tolerance, reading, seed, repeat, step, layer, target) == 0:
        return
    tally = Tally(
        np.zeros((3, n, members), np.int64),
        np.zeros((4, n, members)),
        np.zeros((n, members), np.uint8),
        np.zeros((rows, how.most), np.uint8),
    )
    verify_cells(
        cells.state[:, first : first + n],
        cells.shared,
        cells.varied[:, first : first + n],
        cells.table,
        target,
        how,
        reading,
        0,
        n,
        columns,
        VERIFY_LANES,
        VERIFY_AHEAD,
        seed,
        repeat,
        step,
        layer,
        tally,
    )
    joules, pulses, reads, line_reads = np.zeros(4), np.zeros(3, np.int64), 0, 0
    for i in range(rows):
        longest = 0
        for c in range(i * columns, (i + 1) * columns):
            for m in range(members):
                if tally.ended[c, m] == IGNORED:
                    continue
                own = 1
                for kind in range(3):
                    pulses[kind] += tally.pulses[kind, c, m]
                    own += tally.pulses[kind, c, m]
                for kind in range(4):
                    joules[kind] += tally.energy[kind, c, m]
                reads += own
                longest = max(longest, own)
                counts[UNREACHED] += tally.ended[c, m] != REACHED
        line_reads += longest
    counts[SET] += pulses[0]
    counts[RESET] += pulses[1]
    counts[FULL_RESET] += pulses[2]
    counts[WRITE_READS] += reads
    # as conductances at the nominal amplitudes, by which the bill multiplies them
    sums[G_SET] += joules[0] / (how.v_set * read_shape(how.v_set, reading.v_0) * how.t_set)
    sums[G_RESET] += joules[1] / (how.v_reset * read_shape(how.v_reset, reading.v_0) * how.t_reset)
    sums[G_FULL_RESET] += joules[2] / (how.v_full * read_shape(how.v_full, reading.v_0) * how.t_full)
    sums[G_WRITE_READ] += joules[3] / (how.v_read * how.v_read * how.t_read)
    if how.increment_set > 0.0 or how.increment_reset > 0.0:  # amplitudes differ along the line: cell by cell
        slots[READ_SLOTS] = reads
        slots[SET_SLOTS], slots[RESET_SLOTS], slots[FULL_SLOTS] = pulses[0], pulses[1], pulses[2]
    else:
        slots[READ_SLOTS] = line_reads
        for i in range(rows):
            for k in range(how.most):
                got = tally.phases[i, k]
                slots[SET_SLOTS] += (got & SOME_SET) != 0
                slots[RESET_SLOTS] += (got & SOME_RESET) != 0
                slots[FULL_SLOTS] += (got & SOME_FULL) != 0
    derive_layer(cells, geo, layer)
