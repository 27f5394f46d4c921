"""Write with verify: read, compare with the target, one pulse; until the target is met or the pulses are spent.

A cell is read; below the target it gets one SET pulse, above it one RESET pulse (gradual, or, where the law cannot go down gradually, a full RESET
from which it starts again). Two stopping rules:

    within    |reading − target| ≤ tolerance
    passed    a reading at or beyond the target, coming from the other side (figure 1.8 of the chapter, mirrored for RESET); a cell whose
              first reading lies within the tolerance is left alone

Every pulse follows a read, so a cell with n pulses has n + 1 reads. Amplitude of the j-th pulse in a row of one direction:
min(v + (j − 1)·increment, limit); a full RESET always has v_full. Readings carry white noise, σ = absolute + relative·G.

Pulse k = 1, 2, … of a cell is drawn at (seed, repeat, cell, step, k, WRITE), the reading after k pulses at (…, k, VERIFY). Cells are worked on
side by side, `lanes` of them and `ahead` pulses of each in turn, with the draws of all made ahead; a cell that is done is replaced by the next.
All results are kept per cell, so neither number changes a bit.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from ohmgrad.kernels.compiled import compiled
from ohmgrad.kernels.draws import VERIFY, WRITE, first_normals
from ohmgrad.kernels.parts import get_params, get_state, law_drawn, law_pulse, noisy, put_state, read_shape
from ohmgrad.kernels.philox import Key

# How a cell ended.
IGNORED, REACHED, UNMOVED, STEPPED_OVER, OUT_OF_REACH = range(5)
# What happened on a line in one round, as bits.
SOME_SET, SOME_RESET, SOME_FULL = 1, 2, 4


class Verifying(NamedTuple):
    """How cells are brought to their targets.

    tolerance (siemens); most: pulses a cell may have; passed: 1 for the rule "passed"; gradual: 1 if RESET lowers gradually.
    v_set, v_reset, v_full: first amplitudes (V, magnitudes); increment_set, increment_reset (V a pulse); limit_set, limit_reset (V);
    t_set, t_reset, t_full, t_read: widths (s); v_read (V).
    """

    tolerance: float
    most: int
    passed: int
    gradual: int
    v_set: float
    v_reset: float
    v_full: float
    increment_set: float
    increment_reset: float
    limit_set: float
    limit_reset: float
    t_set: float
    t_reset: float
    t_full: float
    t_read: float
    v_read: float


class Tally(NamedTuple):
    """What happened: pulses (3, synapses, members) int64 and energy (4, synapses, members) in joules, of SET, RESET, full RESET and reads;
    ended (synapses, members) uint8; phases (rows, most) uint8, what the cells of a row got in each round.
    """

    pulses: Any
    energy: Any
    ended: Any
    phases: Any


@compiled
def verify_cells(
    state: Any,
    shared: Any,
    varied: Any,
    table: Any,
    target: Any,
    how: Verifying,
    reading: Any,
    begin: int,
    end: int,
    columns: int,
    lanes: int,
    ahead: int,
    seed: int,
    repeat: int,
    step: int,
    layer: int,
    tally: Tally,
) -> None:
    """Bring the cells of synapses begin ≤ c < end to target[c, member] (siemens; nan: leave alone).

    state (fields, synapses, members), changed in place; shared, varied, table as in `ohmgrad.arrays.cells`. columns: of the matrix, so that c // columns
    is the row; reading: `ohmgrad.arrays.reading.Reading`; addresses are members·c + member. Synapses are those of one layer.
    """
    members = state.shape[2]
    size = lanes * ahead
    # synapse, member, pulses given, direction of the last one, how many in a row had it, turns, moved at all
    lane = np.zeros((7, lanes), np.int64)
    address, number = np.zeros(size, np.int64), np.zeros(size, np.int64)
    z_pulse, z_read = np.zeros(size), np.zeros(size)
    u, side = np.zeros((2, size)), np.zeros(size, np.int64)
    j_read = how.v_read * read_shape(how.v_read, reading.v_0) * how.t_read
    cell, last, left = begin * members, end * members, 0
    while True:
        while left < lanes and cell < last:
            c, m = cell // members, cell % members
            cell += 1
            if target[c, m] == target[c, m]:
                lane[0, left] = c
                lane[1, left] = m
                for k in range(2, 7):
                    lane[k, left] = 0
                left += 1
        if left == 0:
            break
        for q in range(left):
            for b in range(ahead):
                address[q * ahead + b] = members * lane[0, q] + lane[1, q]
                number[q * ahead + b] = lane[2, q] + b
        if noisy:
            first_normals(left * ahead, seed, repeat, address, step, number, VERIFY * 256 + layer, z_read, u, side)
        for i in range(left * ahead):
            number[i] += 1
        first_normals(left * ahead, seed, repeat, address, step, number, WRITE * 256 + layer, z_pulse, u, side)
        still = 0
        for q in range(left):
            c, m, k = lane[0, q], lane[1, q], lane[2, q]
            before, row, turns, moved = lane[3, q], lane[4, q], lane[5, q], lane[6, q]
            goal, line = target[c, m], c // columns
            s = get_state(state, m, c)
            p = get_params(shared, varied, m, c)
            sets, resets, fulls = 0, 0, 0
            e_set, e_reset, e_full = tally.energy[0, c, m], tally.energy[1, c, m], tally.energy[2, c, m]
            e_read = tally.energy[3, c, m]
            done = False
            for b in range(ahead):
                at = q * ahead + b
                seen = s.g
                if noisy:
                    seen += (reading.absolute + reading.relative * s.g) * z_read[at]
                e_read += j_read * s.g
                miss = seen - goal
                if how.passed == 1 and before == 1:
                    met = miss >= 0.0
                elif how.passed == 1 and before == -1 and how.gradual == 1:
                    met = miss <= 0.0
                else:
                    met = abs(miss) <= how.tolerance
                if met or k == how.most:
                    done = True
                    if met:
                        tally.ended[c, m] = REACHED
                    elif moved == 0:
                        tally.ended[c, m] = UNMOVED
                    else:
                        tally.ended[c, m] = STEPPED_OVER if turns > 1 else OUT_OF_REACH
                    break
                now = 1 if miss < 0.0 else -1
                turns += now == -before
                row = row + 1 if now == before else 1
                before = now
                g0 = s.g
                key = Key(seed, repeat, address[at], step, k + 1, WRITE * 256 + layer, True, z_pulse[at])
                if now == 1:
                    v, t, kind = min(how.v_set + (row - 1) * how.increment_set, how.limit_set), how.t_set, SOME_SET
                elif how.gradual == 1:
                    v, t, kind = -min(how.v_reset + (row - 1) * how.increment_reset, how.limit_reset), how.t_reset, SOME_RESET
                else:
                    v, t, kind = -how.v_full, how.t_full, SOME_FULL
                s = law_pulse(s, v, t, p, table, key)
                joules = v * read_shape(v, reading.v_0) * t * (0.5 * (law_drawn(g0, v, p) + law_drawn(s.g, v, p)))
                if kind == SOME_SET:
                    sets += 1
                    e_set += joules
                elif kind == SOME_RESET:
                    resets += 1
                    e_reset += joules
                else:
                    fulls += 1
                    e_full += joules
                tally.phases[line, k] |= np.uint8(kind)
                moved |= s.g != g0
                k += 1
            put_state(state, m, c, s)
            tally.pulses[0, c, m] += sets
            tally.pulses[1, c, m] += resets
            tally.pulses[2, c, m] += fulls
            tally.energy[0, c, m], tally.energy[1, c, m], tally.energy[2, c, m] = e_set, e_reset, e_full
            tally.energy[3, c, m] = e_read
            if not done:
                lane[0, still], lane[1, still], lane[2, still] = c, m, k
                lane[3, still], lane[4, still], lane[5, still], lane[6, still] = before, row, turns, moved
                still += 1
        left = still
