"""Blind writing of one layer in one go: the scalar face of a write scheme, compiled.

Rows are planned one after another; the pulses found are given in blocks, so that their random numbers can be drawn many at a time.
The result is the same as that of the scheme's other face, step by step over the whole array (`ohmgrad.programming.scheme`),
because draws are addressed by (cell, sample, pulse number) and cells do not see each other. Cells that are only half-selected are not
visited: the driver makes sure beforehand that the law does nothing at half the voltage.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from ohmgrad.kernels.compiled import compiled, compiled_inline, inline
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
    """Scratch of the write loop.

    A cell to write is one word: row, column (20 bits each), pulses (16 bits), member to SET (1 bit), from the top.
    """

    line: Any  # (4, columns) int64: columns with a level: column, level, pulses on G+, pulses on G−
    planned: Any  # (room,) int64: cells to write, as the rows come
    todo: Any  # (room + 1,) int64: the same in the order of falling pulses
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
        np.zeros(room, np.int64),
        np.zeros(room + 1, np.int64),
        np.zeros(room, np.int64),
        np.zeros(room, np.int64),
        np.zeros((fields, room, 1)),
        np.zeros((2, room)),
        np.zeros(room),
        np.zeros((2, room)),
        np.zeros(room, np.int64),
    )


@inline
def _word(i: int, j: int, pulses: int, member: int) -> int:
    return i << 37 | j << 17 | pulses << 1 | member


@inline
def _row(word: int) -> int:
    return word >> 37


@inline
def _column(word: int) -> int:
    return word >> 17 & 0xFFFFF


@inline
def _pulses(word: int) -> int:
    return word >> 1 & 0xFFFF


@inline
def _member(word: int) -> int:
    return word & 1


@inline
def sort_plan(n: int, plan: Plan) -> None:
    """Order the planned cells by falling number of pulses: then those that get a k-th pulse are the first so many."""
    planned, todo = plan.planned, plan.todo
    largest = 0
    for e in range(n):
        largest = max(largest, _pulses(planned[e]))
    at = 0
    for c in range(largest, 0, -1):
        for e in range(n):
            todo[np.uintp(at)] = planned[e]  # stays only if it counts
            at += _pulses(planned[e]) == c


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


@inline
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
    columns = geo.shape[layer, 1]
    todo = plan.todo
    for e in range(n):
        word = todo[e]
        synapse, member = _row(word) * columns + _column(word), _member(word) ^ flip
        plan.address[e] = 2 * synapse + member
        s = get_state(cells.state, member, first + synapse)
        put_state(plan.state, 0, e, s)
        plan.g[0, e] = s.g
    g_pulses, g_before = 0.0, 0.0
    left, k = n, 0
    while left > 0:
        g_pulses += one_pulse(cells, volts, width, left, k, plan, first, seed, repeat, step, stream)
        k += 1
        while left > 0 and _pulses(todo[left - 1]) <= k:
            left -= 1
    state, w, wt = cells.state, cells.w, cells.wt
    first_row, first_col, rows = geo.row[layer], geo.column[layer], geo.shape[layer, 0]
    for e in range(n):
        word = todo[e]
        i, j, m = np.uintp(_row(word)), np.uintp(_column(word)), np.uintp(_member(word) ^ flip)
        cell = np.uintp(first) + i * np.uintp(columns) + j
        s = get_state(plan.state, 0, e)
        put_state(state, m, cell, s)
        before = plan.g[0, e]
        dg = s.g - before
        g_before += _pulses(word) * before
        cells.row[np.uintp(first_row) + i] += dg
        cells.col[m, np.uintp(first_col) + j] += dg
        value = state[0, cell, 0] - state[0, cell, 1]
        w[cell] = value
        if layer > 0:
            wt[np.uintp(first) + j * np.uintp(rows) + i] = value
    return g_pulses, g_before


@inline
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


@compiled_inline
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
        b = column_level(u[j] / writing.quantum[layer, 0], coding)
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
        for q in range(n):  # no branch: a cell without pulses is overwritten by the next
            b = level[q]
            c = pulse_count(abs(a), abs(b), coding)
            up = 1 if (a > 0) != (b > 0) else 0
            plan.planned[np.uintp(planned)] = _word(i, chosen[q], c, up)
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
