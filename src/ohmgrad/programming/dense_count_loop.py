"""Writing of the change of a whole layer, compiled: exact, and by counted pulses (blind, half-select).

Pulse k = 0, 1, … of a cell is drawn at (seed, repeat, cell, step, k, WRITE): how cells are put into blocks changes nothing. At the end what is kept for
reads is made anew from the state of the layer, in a fixed order.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from ohmgrad.kernels.compiled import compiled, inline
from ohmgrad.kernels.draws import WRITE, first_normals
from ohmgrad.kernels.parts import get_params, get_state, law_drawn, law_pulse, members, paired, put_state, weigh
from ohmgrad.kernels.philox import Key
from ohmgrad.ledger import (
    G_HALF_RESET,
    G_HALF_SET,
    G_RESET,
    G_SET,
    HALF_SELECTED,
    RESET,
    RESET_SLOTS,
    SET,
    SET_SLOTS,
)
from ohmgrad.programming.dense_lines_loop import derive_layer

SHOTS = 1024  # pulses given in one go


class Shots(NamedTuple):
    """Pulses to give, and scratch of their draws: synapse in the layer, member, number, address; is SET; draws."""

    synapse: Any
    member: Any
    number: Any
    address: Any
    up: Any
    z: Any
    u: Any
    side: Any


@compiled
def make_shots() -> Shots:
    """Scratch of `give_shots`."""
    return Shots(
        np.zeros(SHOTS, np.int64),
        np.zeros(SHOTS, np.int64),
        np.zeros(SHOTS, np.int64),
        np.zeros(SHOTS, np.int64),
        np.zeros(SHOTS, np.int64),
        np.zeros(SHOTS),
        np.zeros((2, SHOTS)),
        np.zeros(SHOTS, np.int64),
    )


@inline
def row_sum(state: Any) -> float:
    """Sum of the conductances of a row; state (columns, members). Four sums, so that none waits for the other."""
    columns = state.shape[0]
    a, b, c, d = 0.0, 0.0, 0.0, 0.0
    for m in range(members):
        j = 0
        while j + 4 <= columns:
            a += state[j, m]
            b += state[j + 1, m]
            c += state[j + 2, m]
            d += state[j + 3, m]
            j += 4
        while j < columns:
            a += state[j, m]
            j += 1
    return (a + b) + (c + d)


@compiled
def write_exact(
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
    """The change itself, on live rows; see `ohmgrad.programming.exact`. What is kept for reads is made anew row by row, but sums of columns by differences."""
    rows, columns, first = geo.shape[layer, 0], geo.shape[layer, 1], geo.synapse[layer]
    turn = step % writing.turns
    plus = 2 * turn if paired else turn
    both = paired and writing.up_down == 0
    col = cells.col[:, geo.column[layer] : geo.column[layer + 1]]
    slots[:] = 0
    for i in range(rows):
        if live[i] == 0:
            continue
        change = dw[i * columns : (i + 1) * columns]
        state = cells.state[0, first + i * columns : first + (i + 1) * columns]
        for j in range(columns):
            dg = change[j] / gain
            if both:
                dg *= 0.5
                before = state[j, plus + 1]
                state[j, plus + 1] = before - dg
                col[plus + 1, j] += (before - dg) - before
            before = state[j, plus]
            state[j, plus] = before + dg
            col[plus, j] += (before + dg) - before
        w = cells.w[first + i * columns : first + (i + 1) * columns]
        for j in range(columns):
            w[j] = weigh(cells.state, cells.reference, first + i * columns + j)
        if layer > 0:
            for j in range(columns):
                cells.wt[first + j * rows + i] = w[j]
        cells.row[geo.row[layer] + i] = row_sum(state)


@inline
def give_shots(
    n: int, cells: Any, first: int, layer: int, writing: Any, seed: int, repeat: int, step: int, sums: Any, shots: Shots
) -> None:
    """Give the first n pulses of the block, one after another."""
    stream = WRITE * 256 + layer
    first_normals(n, seed, repeat, shots.address, step, shots.number, stream, shots.z, shots.u, shots.side)
    g_set, g_reset = 0.0, 0.0
    for e in range(n):
        cell, m = first + shots.synapse[e], shots.member[e]
        s = get_state(cells.state, m, cell)
        p = get_params(cells.shared, cells.varied, m, cell)
        g0 = s.g
        key = Key(seed, repeat, shots.address[e], step, shots.number[e], stream, True, shots.z[e])
        up = shots.up[e] != 0
        v = writing.v_set if up else -writing.v_reset
        t = writing.t_set if up else writing.t_reset
        s = law_pulse(s, v, t, p, cells.table, key)
        put_state(cells.state, m, cell, s)
        g = 0.5 * (law_drawn(g0, v, p) + law_drawn(s.g, v, p))
        if up:
            g_set += g
        else:
            g_reset += g
    sums[G_SET] += g_set
    sums[G_RESET] += g_reset


@inline
def pulses_wanted(change: float, up: float, down: float, most: int) -> int:
    """Signed number of pulses: half-up of |change| over the step in its direction, at most `most`."""
    n = int(min(abs(change) / (up if change > 0.0 else down) + 0.5, most + 0.5))
    return n if change > 0.0 else -n


@inline
def slots_of(longest: Any) -> tuple[int, int]:
    """SET and RESET slots, lines one after another. longest (2, lines): most pulses of a cell."""
    sets, resets = 0, 0
    for line in range(longest.shape[1]):
        sets += longest[0, line]
        resets += longest[1, line]
    return sets, resets


@inline
def member_of(n: int, kind: int, own: int, writing: Any) -> int:
    """Member that gets the pulses of a kind (0: SET, 1: RESET) where n ≠ 0 pulses are wanted; −1 if none does. own: first member of the turn."""
    if writing.up_down != 0:
        return own if (n > 0) == (kind == 0) else -1
    if kind == 1 and writing.one_way != 0:
        return -1
    return own if (n > 0) == (kind == 0) else own + 1


@compiled
def bill_half_selected(
    cells: Any, geo: Any, layer: int, planned: Any, half: int, own: int, writing: Any, counts: Any, sums: Any
) -> None:
    """Half-selections of all steps, at the conductances before the update; planned (synapses of the layer,): signed pulses.

    A column is driven as long as its busiest cell: L steps. A row of c pulses is selected in c of them.
        V/2    that column in the other L − c steps, all other columns in those c
        V/3    every cell of the array but the selected one
    """
    rows, columns, first = geo.shape[layer, 0], geo.shape[layer, 1], geo.synapse[layer]
    for kind in range(2):
        total, g = 0, 0.0
        for m in range(members):
            for j in range(columns):
                longest = 0
                for i in range(rows):
                    n = planned[i * columns + j]
                    if n != 0 and member_of(n, kind, own, writing) == m:
                        longest = max(longest, abs(n))
                if longest == 0:
                    continue
                for i in range(rows):
                    n = planned[i * columns + j]
                    c = abs(n) if n != 0 and member_of(n, kind, own, writing) == m else 0
                    here, line = cells.state[0, first + i * columns + j, m], cells.row[geo.row[layer] + i]
                    if half == 2:
                        total += longest - c + c * (members * columns - 1)
                        g += (longest - c) * here + c * (line - here)
                    else:
                        total += longest * members * columns - c
                        g += longest * line - c * here
        counts[HALF_SELECTED] += total
        sums[G_HALF_SET if kind == 0 else G_HALF_RESET] += g


@compiled
def write_counted(
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
    """Counted pulses; see `ohmgrad.programming.blind` and `ohmgrad.programming.half_select`."""
    rows, columns, first = geo.shape[layer, 0], geo.shape[layer, 1], geo.synapse[layer]
    turn = step % writing.turns
    own = 2 * turn if paired else turn
    up, down = writing.quantum[layer, 0], writing.quantum[layer, 1]
    longest = np.zeros((2, rows if dense.by_row != 0 else members * columns), np.int64)
    shots = scratch
    if dense.half != 0:
        planned = np.empty(rows * columns, np.int64)
        for c in range(rows * columns):
            planned[c] = pulses_wanted(dw[c], up, down, dense.most)
        bill_half_selected(cells, geo, layer, planned, dense.half, own, writing, counts, sums)
    e: Any = np.int64(0)  # a plain 0 would be a type of its own, and compile everything below once more
    sets, resets = 0, 0
    for i in range(rows):
        for j in range(columns):
            c = i * columns + j
            n = pulses_wanted(dw[c], up, down, dense.most)
            for kind in range(2):  # SET, RESET
                m = member_of(n, kind, own, writing) if n != 0 else -1
                if m < 0:
                    continue
                count = abs(n)
                line = i if dense.by_row != 0 else m * columns + j
                longest[kind, line] = max(longest[kind, line], count)
                if kind == 0:
                    sets += count
                else:
                    resets += count
                for k in range(count):
                    shots.synapse[e] = c
                    shots.member[e] = m
                    shots.number[e] = k
                    shots.address[e] = members * c + m
                    shots.up[e] = 1 - kind
                    e += 1
                    if e == SHOTS:
                        give_shots(e, cells, first, layer, writing, seed, repeat, step, sums, shots)
                        e = np.int64(0)
    slots[:] = 0
    if sets + resets == 0:
        return
    give_shots(e, cells, first, layer, writing, seed, repeat, step, sums, shots)
    slots[SET_SLOTS], slots[RESET_SLOTS] = slots_of(longest)
    counts[SET] += sets
    counts[RESET] += resets
    derive_layer(cells, geo, layer)
