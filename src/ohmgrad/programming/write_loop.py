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
from ohmgrad.kernels.draws import LINE, WRITE, first_normals, key_at
from ohmgrad.kernels.parts import (
    column_level,
    column_slots,
    fit_coding,
    get_params,
    get_state,
    law_drawn,
    law_pulse,
    limited,
    members,
    mixed,
    paired,
    params_vary,
    pulse_count,
    put_state,
    row_level,
    row_slots,
    update_slots,
    weigh,
)
from ohmgrad.kernels.philox import Key
from ohmgrad.ledger import G_HALF_RESET, G_HALF_SET, G_RESET, G_SET, HALF_SELECTED, RESET, SET, SLOTS

BLOCK = 256  # as soon as so many cells are planned, they get their pulses


class Plan(NamedTuple):
    """Scratch of the write loop.

    A synapse to write is one word: row, column (20 bits each), pulses (16 bits), 1 for a decrease (1 bit), from the top.
    """

    line: (
        Any  # (5, columns) int64: columns with a level: column, level for x > 0, for x < 0, pulses that increase, that decrease
    )
    planned: Any  # (room,) int64: cells to write, as the rows come
    todo: Any  # (room + 1,) int64: the same in the order of falling pulses
    address: Any  # (room,) int64: members·synapse + member
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
        np.zeros((5, width), np.int64),
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
def _word(i: int, j: int, pulses: int, down: int) -> int:
    return i << 37 | j << 17 | pulses << 1 | down


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
def _down(word: int) -> int:
    return word & 1


@inline
def is_written(word: int, reset: int, up_down: int) -> bool:
    """Does the synapse get pulses of this polarity (0 SET, 1 RESET)? Mixed polarities: by the row's; written up and down: by the sign."""
    by_row = (not mixed) or (_row(word) & 1) == reset
    return by_row and (up_down == 0 or _down(word) == reset)


@inline
def sort_plan(n: int, plan: Plan, reset: int, up_down: int) -> int:
    """Order the planned synapses by falling number of pulses: then those that get a k-th pulse are the first so many.

    Returns how many get pulses of this polarity at all.
    """
    planned, todo = plan.planned, plan.todo
    largest = 0
    for e in range(n):
        largest = max(largest, _pulses(planned[e]))
    at = 0
    for c in range(largest, 0, -1):
        for e in range(n):
            todo[np.uintp(at)] = planned[e]  # stays only if it counts
            at += (_pulses(planned[e]) == c) & is_written(planned[e], reset, up_down)
    return at


@inline
def one_pulse(
    cells: Any,
    volts: float,
    width: float,
    n: int,
    k: Any,  # int
    plan: Plan,
    first: int,
    seed: int,
    repeat: int,
    step: int,
    stream: int,
) -> float:
    """Give the k-th pulse to the first n cells; returns Σ (G before + G after)/2, as the source sees them. A plain loop over neighbours: vector instructions."""
    s_all, z, address, g0 = plan.state, plan.z, plan.address, plan.g[1]
    for e in range(n):
        plan.number[e] = k
        g0[e] = s_all[0, e, 0]
    first_normals(n, seed, repeat, address, step, plan.number, stream, z, plan.u, plan.side)
    p = get_params(cells.shared, cells.varied, 0, first)
    total = 0.0
    for e in range(n):
        if params_vary:
            synapse = np.uintp(address[e]) // np.uintp(members)
            p = get_params(
                cells.shared, cells.varied, np.uintp(address[e]) - synapse * np.uintp(members), np.uintp(first) + synapse
            )
        key = Key(seed, repeat, address[e], step, k, stream, True, z[e])
        put_state(s_all, 0, e, law_pulse(get_state(s_all, 0, e), volts, width, p, cells.table, key))
        if limited:
            total += 0.5 * (law_drawn(g0[e], volts, p) + law_drawn(s_all[0, e, 0], volts, p))
    if not limited:
        for e in range(n):
            total += 0.5 * (g0[e] + s_all[0, e, 0])
    return total


@inline
def give_pulses(
    cells: Any,
    geo: Any,
    layer: int,
    base: int,
    flip: int,
    sided: int,
    volts: float,
    width: float,
    n: int,
    plan: Plan,
    seed: int,
    repeat: int,
    step: int,
) -> tuple[int, float, float]:
    """Give the n planned synapses their pulses, on member base + (decrease ^ flip) & sided, and bring what is kept for reads up to date.

    Returns the number of pulses, Σ (G before + G after)/2 over pulses and Σ pulses · G before over cells (siemens).
    """
    first, stream = geo.synapse[layer], WRITE * 256 + layer
    columns = geo.shape[layer, 1]
    todo = plan.todo
    for e in range(n):
        word = todo[e]
        synapse, member = _row(word) * columns + _column(word), base + ((_down(word) ^ flip) & sided)
        plan.address[e] = members * synapse + member
        s = get_state(cells.state, member, first + synapse)
        put_state(plan.state, 0, e, s)
        plan.g[0, e] = s.g
    g_pulses, g_before, pulses = 0.0, 0.0, 0
    left, k = n, np.int64(0)
    while left > 0:
        g_pulses += one_pulse(cells, volts, width, left, k, plan, first, seed, repeat, step, stream)
        k += 1
        while left > 0 and _pulses(todo[left - 1]) <= k:
            left -= 1
    state, w, wt = cells.state, cells.w, cells.wt
    first_row, first_col, rows = geo.row[layer], geo.column[layer], geo.shape[layer, 0]
    for e in range(n):
        word = todo[e]
        i, j, m = np.uintp(_row(word)), np.uintp(_column(word)), np.uintp(base + ((_down(word) ^ flip) & sided))
        cell = np.uintp(first) + i * np.uintp(columns) + j
        s = get_state(plan.state, 0, e)
        put_state(state, m, cell, s)
        before = plan.g[0, e]
        dg = s.g - before
        pulses += _pulses(word)
        g_before += _pulses(word) * before
        cells.row[np.uintp(first_row) + i] += dg
        cells.col[m, np.uintp(first_col) + j] += dg
        value = weigh(state, cells.reference, cell)
        w[cell] = value
        if layer > 0:
            wt[np.uintp(first) + j * np.uintp(rows) + i] = value
    return pulses, g_pulses, g_before


@inline
def first_member(writing: Any, step: int) -> int:
    """First cell of the synapse whose turn it is: G+ of a pair, or the single cell."""
    return step % writing.turns * (2 if paired else 1)


@inline
def write_block(
    cells: Any,
    geo: Any,
    layer: int,
    n: int,
    plan: Plan,
    writing: Any,
    seed: int,
    repeat: int,
    step: int,
    counts: Any,
    sums: Any,
) -> None:
    """Give all pulses of the planned synapses: SET one cell of each pair and, in two-way pairs, RESET its partner; else SET or RESET."""
    base, up_down = first_member(writing, step), writing.up_down
    given = 0
    for reset in range(2 - writing.one_way):
        if reset == 0 or up_down != 0 or mixed:
            given = sort_plan(n, plan, reset, up_down)
        volts = -writing.v_reset if reset else writing.v_set
        width = writing.t_reset if reset else writing.t_set
        pulses, g_pulses, g_before = give_pulses(
            cells, geo, layer, base, reset, 1 - up_down, volts, width, given, plan, seed, repeat, step
        )
        counts[RESET if reset else SET] += pulses
        sums[G_RESET if reset else G_SET] += g_pulses
        if writing.half_select != 0:
            counts[HALF_SELECTED] -= 2 * pulses
            sums[G_HALF_RESET if reset else G_HALF_SET] -= 2.0 * g_before


@inline
def choose_columns(
    geo: Any, layer: int, x: Any, u: Any, coding: Any, writing: Any, seed: int, repeat: int, step: int, plan: Plan
) -> tuple[Any, int]:
    """Coding fitted to this update, and the number of columns with a level; they stand in plan.line."""
    rows, columns = geo.shape[layer, 0], geo.shape[layer, 1]
    up, down, stream = writing.quantum[layer, 0], writing.quantum[layer, 1], LINE * 256 + layer
    x_max, u_max = 0.0, 0.0
    for i in range(rows):
        x_max = max(x_max, abs(x[i]))
    for j in range(columns):
        u_max = max(u_max, abs(u[j]))
    fitted = fit_coding(coding, x_max, u_max / min(up, down))
    line = plan.line
    n = 0
    for j in range(columns):
        key = key_at(seed, repeat, j, step, 1, stream)
        b = column_level(u[j] / (up if u[j] > 0.0 else down), fitted, key)
        other = b if writing.up_down == 0 else column_level(u[j] / (down if u[j] > 0.0 else up), fitted, key)
        if b != 0 or other != 0:
            line[0, n], line[1, n], line[2, n], line[3, n], line[4, n] = j, b, other, 0, 0
            n += 1
    return fitted, n


@inline
def add_opposed(
    cells: Any, cell: int, row: int, down: int, pulses: int, base: int, writing: Any, counts: Any, sums: Any
) -> None:
    """Mixed polarities: the bill of a cell whose row is SET and whose column is RESET, or the other way round, in `pulses` slots.

    Its row and its column have each been billed for it as half-selecting it; what it sees is the difference, (v_set − v_reset)/2.
    """
    reset = row & 1
    if writing.half_select == 0 or (writing.up_down != 0 and down == reset):
        return
    member = base if writing.up_down != 0 else base + (1 - (down ^ reset))
    g = pulses * get_state(cells.state, member, cell).g
    sums[G_HALF_SET] -= g
    sums[G_HALF_RESET] -= g
    counts[HALF_SELECTED] -= 2 * pulses
    difference = writing.v_set - writing.v_reset
    if difference != 0.0:
        share = difference / max(writing.v_set, writing.v_reset)
        counts[HALF_SELECTED] += pulses
        sums[G_HALF_SET if difference > 0.0 else G_HALF_RESET] += share * share * g


@inline
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
    chosen = plan.line[0]
    fitted, n = choose_columns(geo, layer, x, u, coding, writing, seed, repeat, step, plan)
    if n == 0:
        return 0
    base, stream, sided = first_member(writing, step), LINE * 256 + layer, 1 - writing.up_down
    before = np.empty((2, n))
    for q in range(n):
        before[0, q] = cells.col[base, first_col + chosen[q]]
        before[1, q] = cells.col[base + sided, first_col + chosen[q]]
    row_sum, half_rows, half_columns = 0, 0, 0
    planned: Any = np.int64(0)  # a plain 0 would be a type of its own, and compile everything below once more
    h_rows, h_rows_reset, h_set, h_reset = 0.0, 0.0, 0.0, 0.0
    for i in range(rows):
        a = row_level(x[i], fitted, key_at(seed, repeat, i, step, 0, stream))
        if a == 0:
            continue
        g_row = cells.row[first_row + i]
        side = np.uintp(1 if a > 0 else 2)  # an index: to choose between views would count references in every row
        largest = 0
        for q in range(n):  # no branch: a cell without pulses is overwritten by the next
            b = plan.line[side, np.uintp(q)]
            c = pulse_count(abs(a), abs(b), fitted)
            down = 1 if (a > 0) != (b > 0) else 0
            plan.planned[np.uintp(planned)] = _word(i, chosen[q], c, down)
            planned += c != 0
            plan.line[3 + down, q] += c
            largest = max(largest, c)
            if mixed and c != 0:
                cell = geo.synapse[layer] + i * columns + chosen[q]
                add_opposed(cells, cell, i, down, c, base, writing, counts, sums)
        driven = row_slots(abs(a), largest, fitted)
        row_sum += largest
        half_rows += driven * members * columns
        if mixed and i & 1:
            h_rows_reset += driven * g_row
        else:
            h_rows += driven * g_row
        if planned >= BLOCK:
            write_block(cells, geo, layer, planned, plan, writing, seed, repeat, step, counts, sums)
            planned = np.int64(0)
    write_block(cells, geo, layer, planned, plan, writing, seed, repeat, step, counts, sums)
    phases = writing.sign_phases[layer]
    for q in range(n):
        for down in range(2):
            # a positive level increases together with x > 0 and decreases together with x < 0
            negative = (plan.line[1, q] > 0 or plan.line[2, q] > 0) != (down == 0)
            b = abs(plan.line[2 if negative else 1, q])
            driven = column_slots(0 if negative and phases == 1 else b, plan.line[3 + down, q], fitted)
            half_columns += driven * rows
            if writing.up_down == 0:
                h_set += driven * before[down, q]
                h_reset += driven * before[1 - down, q]  # RESET drives the partner's column
            elif down == 0:
                h_set += driven * before[0, q]
            else:
                h_reset += driven * before[0, q]
    slots = update_slots(phases, row_sum, fitted)
    polarities = 2 - writing.one_way
    passes = 1 if mixed else polarities  # in how many phases of different polarity a row is driven
    counts[SLOTS] += passes * slots
    if writing.half_select != 0:
        counts[HALF_SELECTED] += passes * half_rows + (polarities if writing.up_down == 0 else 1) * half_columns
        sums[G_HALF_SET] += h_rows + h_set
        if writing.one_way == 0:
            sums[G_HALF_RESET] += (h_rows_reset if mixed else h_rows) + h_reset
    return slots
