"""Refresh of differential pairs: RESET both cells, rewrite the difference into one of them by SET pulses with verify.

Policy. A pair is refreshed when its larger conductance has passed `refresh_above` and its smaller one `refresh_common` (shares of the
window): it must be close to the right corner of the diamond, and have a common part to win back. Target of the cell that
carries the sign of the weight: (conductance of the partner after RESET) + |G+ − G−|. Loop: read; stop if the reading is within half a mean
step below the target or beyond it (the nearest reachable value, so that rewriting is not biased upward); else one SET pulse; at most
`refresh_pulses` of them. The error that remains stays in the weight. Reads here are free of noise.

Serial, cell by cell: verify cannot share a line (chapter, §1.2.3).
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from ohmgrad.kernels.compiled import compiled, inline
from ohmgrad.kernels.draws import REFRESH, first_normals, key_at
from ohmgrad.kernels.parts import get_params, get_state, law_drawn, law_mean_step, law_pulse, params_vary, put_state
from ohmgrad.kernels.philox import Key
from ohmgrad.ledger import (
    FAILED_PAIRS,
    G_REFRESH_RESET,
    G_REFRESH_SET,
    G_VERIFY,
    REFRESH_RESET,
    REFRESH_SET,
    REFRESHED_PAIRS,
    VERIFY_READS,
)

PAIRS = 32  # pairs rewritten side by side
AHEAD = 8  # pulses whose draws are made ahead for each of them; how many a cell needs is not known before


class Block(NamedTuple):
    """Pairs being rewritten: row, column, member to SET, pulses given, failed; target; conductances before; scratch for draws."""

    pair: Any  # (4, PAIRS) int64: row, column, member, pulses
    g: Any  # (3, PAIRS) siemens: target, G+ before, G− before
    open: Any  # (PAIRS,) int64: entries not done yet
    cell: Any  # (PAIRS · AHEAD,) int64
    pulse: Any  # (PAIRS · AHEAD,) int64
    z: Any  # (PAIRS · AHEAD,) float64
    u: Any  # (2, PAIRS · AHEAD) float64
    side: Any  # (PAIRS · AHEAD,) int64


@compiled
def make_block() -> Block:
    """Scratch of the refresh loop."""
    n = PAIRS * AHEAD
    return Block(
        np.zeros((4, PAIRS), np.int64),
        np.zeros((3, PAIRS)),
        np.zeros(PAIRS, np.int64),
        np.zeros(n, np.int64),
        np.zeros(n, np.int64),
        np.zeros(n),
        np.zeros((2, n)),
        np.zeros(n, np.int64),
    )


@inline
def reset_cell(
    cells: Any, member: int, cell: int, writing: Any, seed: int, repeat: int, address: int, step: int, stream: int
) -> float:
    """One full RESET pulse, number 0 of the refresh; returns (G before + G after)/2 (siemens)."""
    s = get_state(cells.state, member, cell)
    p = get_params(cells.shared, cells.varied, member, cell)
    g0 = s.g
    s = law_pulse(s, -writing.v_full, writing.t_full, p, cells.table, key_at(seed, repeat, address, step, 0, stream))
    put_state(cells.state, member, cell, s)
    return 0.5 * (g0 + s.g)  # type: ignore[no-any-return]


@compiled
def rewrite(
    cells: Any,
    first: int,
    columns: int,
    n: int,
    block: Block,
    writing: Any,
    seed: int,
    repeat: int,
    step: int,
    stream: int,
    counts: Any,
    sums: Any,
) -> None:
    """Bring the n cells of the block up to their targets by SET pulses 1, 2, … with verify, AHEAD pulses of each in turn."""
    g_verify, g_set = 0.0, 0.0
    for e in range(n):
        block.open[e] = e
    left = n
    while left > 0:
        for q in range(left):
            e = block.open[q]
            for b in range(AHEAD):
                block.cell[q * AHEAD + b] = 2 * (block.pair[0, e] * columns + block.pair[1, e]) + block.pair[2, e]
                block.pulse[q * AHEAD + b] = block.pair[3, e] + 1 + b
        first_normals(left * AHEAD, seed, repeat, block.cell, step, block.pulse, stream, block.z, block.u, block.side)
        still = 0
        for q in range(left):
            e = block.open[q]
            member, k = block.pair[2, e], block.pair[3, e]
            cell = first + block.pair[0, e] * columns + block.pair[1, e]
            s = get_state(cells.state, member, cell)
            p = get_params(cells.shared, cells.varied, member, cell)
            done = False
            for b in range(AHEAD):
                counts[VERIFY_READS] += 1
                g_verify += s.g
                if s.g >= block.g[0, e] - 0.5 * law_mean_step(s, writing.v_set, writing.t_set, p, cells.table):
                    done = True
                    break
                if k == writing.refresh_pulses:
                    counts[FAILED_PAIRS] += 1
                    done = True
                    break
                g0 = s.g
                k += 1
                counts[REFRESH_SET] += 1
                at = q * AHEAD + b
                key = Key(seed, repeat, block.cell[at], step, k, stream, True, block.z[at])
                s = law_pulse(s, writing.v_set, writing.t_set, p, cells.table, key)
                g_set += 0.5 * (law_drawn(g0, writing.v_set, p) + law_drawn(s.g, writing.v_set, p))
            put_state(cells.state, member, cell, s)
            block.pair[3, e] = k
            if not done:
                block.open[still] = e
                still += 1
        left = still
    sums[G_VERIFY] += g_verify
    sums[G_REFRESH_SET] += g_set


@compiled
def refresh_block(
    cells: Any,
    geo: Any,
    layer: int,
    n: int,
    block: Block,
    writing: Any,
    seed: int,
    repeat: int,
    step: int,
    counts: Any,
    sums: Any,
) -> None:
    """RESET both cells of the n pairs, rewrite, and bring what is kept for reads up to date."""
    rows, columns = geo.shape[layer, 0], geo.shape[layer, 1]
    first = geo.synapse[layer]
    stream = REFRESH * 256 + layer
    state = cells.state
    for e in range(n):
        synapse = block.pair[0, e] * columns + block.pair[1, e]
        cell = first + synapse
        for m in range(2):
            sums[G_REFRESH_RESET] += reset_cell(cells, m, cell, writing, seed, repeat, 2 * synapse + m, step, stream)
        block.g[0, e] = state[0, cell, 1 - block.pair[2, e]] + abs(block.g[1, e] - block.g[2, e])
    rewrite(cells, first, columns, n, block, writing, seed, repeat, step, stream, counts, sums)
    for e in range(n):
        i, j = block.pair[0, e], block.pair[1, e]
        cell = first + i * columns + j
        plus, minus = state[0, cell, 0], state[0, cell, 1]
        cells.w[cell] = plus - minus
        if layer > 0:
            cells.wt[first + j * rows + i] = plus - minus
        cells.row[geo.row[layer] + i] += (plus - block.g[1, e]) + (minus - block.g[2, e])
        cells.col[0, geo.column[layer] + j] += plus - block.g[1, e]
        cells.col[1, geo.column[layer] + j] += minus - block.g[2, e]
    counts[REFRESHED_PAIRS] += n
    counts[REFRESH_RESET] += 2 * n


@compiled
def refresh_layer(
    cells: Any, geo: Any, layer: int, writing: Any, seed: int, repeat: int, step: int, counts: Any, sums: Any, block: Block
) -> None:
    """Refresh every pair of one layer that the policy names."""
    rows, columns = geo.shape[layer, 0], geo.shape[layer, 1]
    first = geo.synapse[layer]
    state = cells.state
    n: Any = np.int64(0)  # a plain 0 would be a type of its own, and compile everything below once more
    due = np.empty(columns, np.int64)
    p0 = get_params(cells.shared, cells.varied, 0, first)
    p1 = p0
    for i in range(rows):
        found = 0
        for j in range(columns):  # no branch: nearly all pairs are passed over, but which is not to be guessed
            cell = np.uintp(first + i * columns + j)
            plus, minus = state[0, cell, 0], state[0, cell, 1]
            if params_vary:
                big = 0 if plus >= minus else 1
                p0 = get_params(cells.shared, cells.varied, big, cell)
                p1 = get_params(cells.shared, cells.varied, 1 - big, cell)
            due[found] = j
            far = max(plus, minus) - p0.g_min >= writing.refresh_above * (p0.g_max - p0.g_min)
            common = min(plus, minus) - p1.g_min >= writing.refresh_common * (p1.g_max - p1.g_min)
            found += far & common
        for q in range(found):
            cell = np.uintp(first + i * columns + due[q])
            plus, minus = state[0, cell, 0], state[0, cell, 1]
            block.pair[0, n] = i
            block.pair[1, n] = due[q]
            block.pair[2, n] = 0 if plus >= minus else 1
            block.pair[3, n] = 0
            block.g[1, n] = plus
            block.g[2, n] = minus
            n += 1
            if n == PAIRS:
                refresh_block(cells, geo, layer, n, block, writing, seed, repeat, step, counts, sums)
                n = np.int64(0)
    refresh_block(cells, geo, layer, n, block, writing, seed, repeat, step, counts, sums)
