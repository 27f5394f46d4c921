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
    params_vary,
    pulse_count,
    put_state,
    row_level,
    row_slots,
    update_slots,
)
from ohmgrad.kernels.philox import Key
from ohmgrad.ledger import G_HALF_RESET, G_HALF_SET, G_RESET, G_SET, HALF_SELECTED, RESET, SET, SLOTS

BLOCK = 256  # as soon as so many cells are planned, they get their pulses


class Plan(NamedTuple):
    """Scratch of the write loop."""

    line: Any  # (4, columns) int64: columns with a level: column, level, pulses on G+, pulses on G−
    todo: Any  # (5, room) int64: cells to write: row, column, synapse, member to SET, pulses
    item: Any  # (room + 1,) int64: the cells in the order of falling pulses
    address: Any  # (room,) int64: 2·synapse + member
    number: Any  # (room,) int64: number of the pulse
    state: Any  # (fields, room, 1): states of the cells
    g: Any  # (2, room) siemens: conductance before all pulses, before this one
    z: Any  # (room,) first normal draws
    u: Any  # (2, room) and …
    side: Any  # (room,) int64: scratch of the draws


@compiled
def make_plan(width: int, fields: int) -> Plan:
    """Scratch for arrays of at most `width` columns, for cells of `fields` state variables."""
    room = BLOCK + width  # a row is planned whole
    return Plan(
        np.zeros((4, width), np.int64),
        np.zeros((5, room), np.int64),
        np.zeros(room + 1, np.int64),
        np.zeros(room, np.int64),
        np.zeros(room, np.int64),
        np.zeros((fields, room, 1)),
        np.zeros((2, room)),
        np.zeros(room),
        np.zeros((2, room)),
        np.zeros(room, np.int64),
    )


@compiled
def sort_plan(n: int, plan: Plan) -> None:
    """Order the planned cells by falling number of pulses: then those that get a k-th pulse are the first so many."""
    largest = 0
    for e in range(n):
        largest = max(largest, plan.todo[4, e])
    at = 0
    for c in range(largest, 0, -1):
        for e in range(n):
            plan.item[at] = e  # stays only if it counts
            at += plan.todo[4, e] == c


@inline
def one_pulse(
    cells: Any,
    volts: float,
    width: float,
    n: int,
    k: int,
    plan: Plan,
    first: int,
    seed: int,
    repeat: int,
    step: int,
    stream: int,
) -> float:
    """Give the k-th pulse to the first n cells; returns Σ (G before + G after)/2. A plain loop over neighbours: vector instructions."""
    s_all, z, address, g0 = plan.state, plan.z, plan.address, plan.g[1]
    for e in range(n):
        plan.number[e] = k
        g0[e] = s_all[0, e, 0]
    first_normals(n, seed, repeat, address, step, plan.number, stream, z, plan.u, plan.side)
    p = get_params(cells.shared, cells.varied, 0, first)
    for e in range(n):
        if params_vary:
            p = get_params(cells.shared, cells.varied, address[e] & 1, first + (address[e] >> 1))
        key = Key(seed, repeat, address[e], step, k, stream, True, z[e])
        put_state(s_all, 0, e, law_pulse(get_state(s_all, 0, e), volts, width, p, cells.table, key))
    total = 0.0
    for e in range(n):
        total += 0.5 * (g0[e] + s_all[0, e, 0])
    return total


@compiled
def give_pulses(
    cells: Any,
    geo: Any,
    layer: int,
    flip: int,
    volts: float,
    width: float,
    n: int,
    plan: Plan,
    seed: int,
    repeat: int,
    step: int,
) -> tuple[float, float]:
    """Give the n planned cells their pulses, on member (planned ^ flip), and bring what is kept for reads up to date.

    Returns Σ (G before + G after)/2 over pulses and Σ pulses · G before over cells (siemens).
    """
    first, stream = geo.synapse[layer], WRITE * 256 + layer
    todo = plan.todo
    for e in range(n):
        q = plan.item[e]
        member = todo[3, q] ^ flip
        plan.address[e] = 2 * todo[2, q] + member
        s = get_state(cells.state, member, first + todo[2, q])
        put_state(plan.state, 0, e, s)
        plan.g[0, e] = s.g
    g_pulses, g_before = 0.0, 0.0
    left, k = n, 0
    while left > 0:
        g_pulses += one_pulse(cells, volts, width, left, k, plan, first, seed, repeat, step, stream)
        k += 1
        while left > 0 and todo[4, plan.item[left - 1]] <= k:
            left -= 1
    state, w, wt = cells.state, cells.w, cells.wt
    first_row, first_col, rows = geo.row[layer], geo.column[layer], geo.shape[layer, 0]
    for e in range(n):
        q = np.uintp(plan.item[e])
        i, j, member = np.uintp(todo[0, q]), np.uintp(todo[1, q]), np.uintp(todo[3, q] ^ flip)
        cell = np.uintp(first + todo[2, q])
        s = get_state(plan.state, 0, e)
        put_state(state, member, cell, s)
        before = plan.g[0, e]
        dg = s.g - before
        g_before += todo[4, q] * before
        cells.row[np.uintp(first_row) + i] += dg
        cells.col[member, np.uintp(first_col) + j] += dg
        value = state[0, cell, 0] - state[0, cell, 1]
        w[cell] = value
        if layer > 0:
            wt[np.uintp(first) + j * np.uintp(rows) + i] = value
    return g_pulses, g_before


@compiled
def write_block(
    cells: Any, geo: Any, layer: int, n: int, plan: Plan, writing: Any, seed: int, repeat: int, step: int, sums: Any
) -> None:
    """Give all pulses of the planned cells: SET one cell of each pair and, in two-way pairs, RESET its partner."""
    sort_plan(n, plan)
    g_pulses, g_before = give_pulses(cells, geo, layer, 0, writing.v_set, writing.t_set, n, plan, seed, repeat, step)
    sums[G_SET] += g_pulses
    if writing.half_select != 0:
        sums[G_HALF_SET] -= 2.0 * g_before
    if writing.one_way == 0:
        g_pulses, g_before = give_pulses(cells, geo, layer, 1, -writing.v_reset, writing.t_reset, n, plan, seed, repeat, step)
        sums[G_RESET] += g_pulses
        if writing.half_select != 0:
            sums[G_HALF_RESET] -= 2.0 * g_before


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
    todo = plan.todo
    h_rows, h_set, h_reset = 0.0, 0.0, 0.0
    for i in range(rows):
        a = row_level(x[i], coding)
        if a == 0:
            continue
        g_row = cells.row[first_row + i]
        largest = 0
        for q in range(n):  # no branch: a cell without pulses is overwritten by the next
            b = level[q]
            c = pulse_count(abs(a), abs(b), coding)
            up = (a > 0) != (b > 0)
            at = np.uintp(planned)
            todo[0, at] = i
            todo[1, at] = chosen[q]
            todo[2, at] = i * columns + chosen[q]
            todo[3, at] = up
            todo[4, at] = c
            planned += c != 0
            pulses += c
            plan.line[2 + up, q] += c
            largest = max(largest, c)
        driven = row_slots(abs(a), largest)
        row_sum += largest
        half += driven * 2 * columns
        h_rows += driven * g_row
        if planned >= BLOCK:
            write_block(cells, geo, layer, planned, plan, writing, seed, repeat, step, sums)
            planned = np.int64(0)
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
