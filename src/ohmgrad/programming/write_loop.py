"""Blind writing of one layer in one go: the scalar face of a write scheme, compiled.

Rows are planned one after another; the pulses found are given in blocks, so that their random numbers can be drawn many at a time.
The result is the same as that of the scheme's other face, step by step over the whole array (`ohmgrad.programming.scheme`),
because draws are addressed by (cell, sample, pulse number) and cells do not see each other. Cells that are only half-selected are not
visited: the driver makes sure beforehand that the law does nothing at half the voltage.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from ohmgrad.kernels.compiled import compiled, inline
from ohmgrad.kernels.draws import WRITE, first_normals
from ohmgrad.kernels.parts import (
    column_level,
    column_slots,
    get_params,
    get_state,
    law_pulse,
    pulse_count,
    put_state,
    row_level,
    row_slots,
    update_slots,
)
from ohmgrad.kernels.philox import Key
from ohmgrad.ledger import G_HALF_RESET, G_HALF_SET, G_RESET, G_SET, HALF_SELECTED, RESET, SET, SLOTS

BLOCK = 256  # cells planned before their pulses are given


class Plan(NamedTuple):
    """Scratch of the write loop. line: columns with a level, their levels, pulses on G+ and G−; todo: cell entries."""

    line: Any  # (4, columns) int64: column, level, pulses on G+, pulses on G−
    todo: Any  # (4, BLOCK) int64: row, column, member to SET, pulses
    cell: Any  # (BLOCK · most,) int64: addresses of the pulses
    pulse: Any  # the same length, int64: their numbers
    z: Any  # the same length, float64: their first normal draws
    u: Any  # (2, the same length) float64 and …
    side: Any  # … int64: scratch of the draws
    dg: Any  # (2, BLOCK) siemens: change of the cell that was SET, of its partner


@compiled
def make_plan(width: int, most: int) -> Plan:
    """Scratch for arrays of at most `width` columns and at most `most` pulses a cell."""
    n = BLOCK * most
    return Plan(
        np.zeros((4, width), np.int64),
        np.zeros((4, BLOCK), np.int64),
        np.zeros(n, np.int64),
        np.zeros(n, np.int64),
        np.zeros(n),
        np.zeros((2, n)),
        np.zeros(n, np.int64),
        np.zeros((2, BLOCK)),
    )


@inline
def give_pulses(
    cells: Any,
    flip: int,
    volts: float,
    width: float,
    n: int,
    plan: Plan,
    columns: int,
    first: int,
    seed: int,
    repeat: int,
    step: int,
    stream: int,
) -> tuple[float, float]:
    """Give the first n planned cells their pulses on member (planned ^ flip).

    Returns Σ (G before + G after)/2 over pulses and Σ pulses · G before over cells (siemens); puts the change of each cell into plan.dg.
    """
    total = 0
    for e in range(n):
        address = 2 * (plan.todo[0, e] * columns + plan.todo[1, e]) + (plan.todo[2, e] ^ flip)
        for k in range(plan.todo[3, e]):
            plan.cell[total] = address
            plan.pulse[total] = k
            total += 1
    first_normals(total, seed, repeat, plan.cell, step, plan.pulse, stream, plan.z, plan.u, plan.side)
    g_pulses, g_before = 0.0, 0.0
    at = 0
    for e in range(n):
        member = plan.todo[2, e] ^ flip
        synapse = plan.todo[0, e] * columns + plan.todo[1, e]
        s = get_state(cells.state, member, first + synapse)
        p = get_params(cells.shared, cells.varied, member, first + synapse)
        start = s.g
        for k in range(plan.todo[3, e]):
            g0 = s.g
            key = Key(seed, repeat, 2 * synapse + member, step, k, stream, plan.z[at])
            s = law_pulse(s, volts, width, p, cells.table, key)
            g_pulses += 0.5 * (g0 + s.g)
            at += 1
        put_state(cells.state, member, first + synapse, s)
        g_before += plan.todo[3, e] * start
        plan.dg[flip, e] = s.g - start
    return g_pulses, g_before


@compiled
def write_block(
    cells: Any, geo: Any, layer: int, n: int, plan: Plan, writing: Any, seed: int, repeat: int, step: int, sums: Any
) -> None:
    """Give all pulses of the planned cells and bring what is kept for reads up to date."""
    rows, columns = geo.shape[layer, 0], geo.shape[layer, 1]
    first, first_row, first_col = geo.synapse[layer], geo.row[layer], geo.column[layer]
    stream = WRITE * 256 + layer
    state, w, wt, row, col = cells.state, cells.w, cells.wt, cells.row, cells.col
    two_way = writing.one_way == 0
    g_pulses, g_before = give_pulses(
        cells, 0, writing.v_set, writing.t_set, n, plan, columns, first, seed, repeat, step, stream
    )
    sums[G_SET] += g_pulses
    if writing.half_select != 0:
        sums[G_HALF_SET] -= 2.0 * g_before
    if two_way:
        g_pulses, g_before = give_pulses(
            cells, 1, -writing.v_reset, writing.t_reset, n, plan, columns, first, seed, repeat, step, stream
        )
        sums[G_RESET] += g_pulses
        if writing.half_select != 0:
            sums[G_HALF_RESET] -= 2.0 * g_before
    for e in range(n):
        i, j, up = plan.todo[0, e], plan.todo[1, e], plan.todo[2, e]
        cell = first + i * columns + j
        dg = plan.dg[0, e]
        col[up, first_col + j] += dg
        if two_way:
            col[1 - up, first_col + j] += plan.dg[1, e]
            dg += plan.dg[1, e]
        row[first_row + i] += dg
        value = state[0, cell, 0] - state[0, cell, 1]
        w[cell] = value
        if layer > 0:
            wt[first + j * rows + i] = value


@compiled
def write_layer(
    cells: Any,
    geo: Any,
    layer: int,
    x: Any,
    u: Any,
    coding: Any,
    writing: Any,
    seed: int,
    repeat: int,
    step: int,
    counts: Any,
    sums: Any,
    plan: Plan,
) -> int:
    """Write ΔW = x uᵀ into one layer; returns the time slots of one polarity.

    x (rows,), u (columns,) in weight units; counts, sums: this layer's lines of the ledger.
    """
    rows, columns = geo.shape[layer, 0], geo.shape[layer, 1]
    first_row, first_col = geo.row[layer], geo.column[layer]
    chosen, level = plan.line[0], plan.line[1]
    n = 0
    for j in range(columns):
        b = column_level(u[j] / writing.quantum[layer], coding)
        if b != 0:
            chosen[n] = j
            level[n] = b
            plan.line[2, n] = 0
            plan.line[3, n] = 0
            n += 1
    if n == 0:
        return 0
    before = np.empty((2, n))
    for q in range(n):
        before[0, q] = cells.col[0, first_col + chosen[q]]
        before[1, q] = cells.col[1, first_col + chosen[q]]
    pulses, half, row_sum = 0, 0, 0
    planned: Any = np.int64(0)  # a plain 0 would be a type of its own, and compile everything below once more
    h_rows, h_set, h_reset = 0.0, 0.0, 0.0
    for i in range(rows):
        a = row_level(x[i], coding)
        if a == 0:
            continue
        g_row = cells.row[first_row + i]
        largest = 0
        for q in range(n):
            c = pulse_count(abs(a), abs(level[q]), coding)
            if c == 0:
                continue
            if planned == BLOCK:
                write_block(cells, geo, layer, planned, plan, writing, seed, repeat, step, sums)
                planned = np.int64(0)
            up = 0 if (a > 0) == (level[q] > 0) else 1
            plan.todo[0, planned] = i
            plan.todo[1, planned] = chosen[q]
            plan.todo[2, planned] = up
            plan.todo[3, planned] = c
            planned += 1
            pulses += c
            plan.line[2 + up, q] += c
            largest = max(largest, c)
        driven = row_slots(abs(a), largest)
        row_sum += largest
        half += driven * 2 * columns
        h_rows += driven * g_row
    write_block(cells, geo, layer, planned, plan, writing, seed, repeat, step, sums)
    phases = writing.sign_phases[layer]
    for q in range(n):
        for m in range(2):
            # a positive level drives G+ together with x > 0 and G− together with x < 0
            in_use = phases == 2 or (level[q] > 0) == (m == 0)
            driven = column_slots(abs(level[q]) if in_use else 0, plan.line[2 + m, q])
            half += driven * rows
            h_set += driven * before[m, q]
            h_reset += driven * before[1 - m, q]  # RESET drives the partner's column
    slots = update_slots(phases, row_sum, coding)
    polarities = 2 - writing.one_way
    counts[SET] += pulses
    counts[SLOTS] += polarities * slots
    if writing.one_way == 0:
        counts[RESET] += pulses
    if writing.half_select != 0:
        counts[HALF_SELECTED] += polarities * (half - 2 * pulses)
        sums[G_HALF_SET] += h_rows + h_set
        if writing.one_way == 0:
            sums[G_HALF_RESET] += h_rows + h_reset
    return slots
