"""What is wanted of the cells by an update, and what they do: the loops of `ohmgrad.network.diagnose`, compiled.

Before an update of sums by pulses `plan_sample` adds up, synapse by synapse, the change wanted by exact arithmetic and the pulses that the scheme gives for what was
read; `plan_sums` does so after an update that was summed in digital. `compare` then looks at what the cells did.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from ohmgrad.arrays.read_loop import read_array
from ohmgrad.kernels.compiled import compiled, inline
from ohmgrad.kernels.draws import LINE, key_at
from ohmgrad.kernels.parts import (
    dense_way,
    members,
    mixed,
    paired,
    pulse_count,
    row_level,
    rule_change,
    rule_column,
    rule_row,
)
from ohmgrad.learning.rules import RuleNumbers
from ohmgrad.network.pass_loop import backward, forward, load_sample, pass_errors, pass_neurons, start_errors
from ohmgrad.programming.dense_count_loop import member_of, pulses_wanted
from ohmgrad.programming.write_loop import choose_columns, first_member

# What is added up per layer: pairs (x, δ) with a change wanted; of those, with a cell that cannot go there, and without a pulse; pulses, and those wasted;
# Σ wanted², Σ got², Σ wanted·got, Σ wanted, Σ got (weight units); looks;
# Σ over looks of (Σ got − Σ wanted)².
T_ASKED, T_FROZEN, T_DEAD, T_PULSES, T_WASTED, T_WANTED2, T_GOT2, T_BOTH, T_WANTED, T_GOT, T_LOOKS, T_OFF2 = range(12)
TALLIES = 12
PAIRS_LOOKED_AT = 8192  # of a larger layer, every second, third … row is looked at, other rows in the next look
WASTED_BELOW = 0.1  # share of a mean step
_counted, _exact = dense_way == "counted", dense_way == "exact"


class Look(NamedTuple):
    """Scratch of one look. before (synapses, members): siemens; wanted (synapses,): weight units; pulses (2, synapses, members): SET, RESET; active (rows,): whether
    anything is wanted of a row or given to it; levels (2, width), lines (4, width); low, high (synapses, or 1 for all; members): where a cell is at an end (siemens).
    """

    before: Any
    wanted: Any
    pulses: Any
    active: Any
    levels: Any
    lines: Any
    low: Any
    high: Any


class Steps(NamedTuple):
    """Mean steps up and down (siemens)."""

    up: float
    down: float


@compiled
def exact_pass(cells: Any, geo: Any, learning: Any, scale: Any, signals: Any, scratch: Any) -> None:
    """Fill the signals from x[0] by the weights of the cells as they are: no coding, noise, curved current or wires."""
    layers = geo.shape.shape[0]
    for k in range(layers):
        rows, columns = geo.shape[k, 0], geo.shape[k, 1]
        read_array(cells.w, geo.synapse[k], rows, columns, signals.x[k], scratch.s, scratch.driven)
        for j in range(columns):
            scratch.s[j] *= learning.gain[k]
        pass_neurons(geo, learning, scale, signals, scratch, k)
    start_errors(geo, learning, scale, signals, scratch)
    for k in range(layers - 1, 0, -1):
        rows, columns = geo.shape[k, 0], geo.shape[k, 1]
        read_array(cells.wt, geo.synapse[k], columns, rows, signals.delta[k], scratch.s, scratch.driven)
        for i in range(rows):
            scratch.s[i] *= learning.gain[k]
        pass_errors(geo, learning, scale, signals, scratch, k)


@inline
def is_frozen(g: Any, low: Any, high: Any, cell: int, limit: int, base: int, up: Any, one_way: int, up_down: int) -> bool:
    """Can no cell that an update would write go where it is wanted? g, low, high: as in `Look`; limit: index of the cell there; up: is the weight to grow?"""
    if one_way != 0:
        m = base if up else base + 1
        return g[cell, m] >= high[limit, m]  # type: ignore[no-any-return]
    ended = g[cell, base] >= high[limit, base] if up else g[cell, base] <= low[limit, base]
    if up_down != 0:
        return ended  # type: ignore[no-any-return]
    other = g[cell, base + 1] <= low[limit, base + 1] if up else g[cell, base + 1] >= high[limit, base + 1]
    return ended and other  # type: ignore[no-any-return]


@inline
def every_row(rows: int, columns: int) -> int:
    """Of so many rows one is looked at."""
    return max(1, rows * columns // PAIRS_LOOKED_AT)


@compiled
def plan_sample(
    cells: Any, geo: Any, learning: Any, coding: Any, writing: Any, scale: Any, image: Any, label: int, seen: Any, exact: Any, scratch: Any, plan: Any,
    look: Look, seed: int, repeat: int, step: int, tally: Any,
) -> None:  # fmt: skip
    """Add what one sample wants, and the pulses it gives. seen: its signals as they were read; exact: signals to be filled by exact arithmetic."""
    load_sample(image, label, learning, exact)
    exact_pass(cells, geo, learning, scale, exact, scratch)
    g, lines, levels = cells.state[0], look.lines, look.levels
    wanted, pulses, low, high = look.wanted, look.pulses, look.low, look.high
    one_way, up_down, varies = writing.one_way, writing.up_down, 1 if low.shape[0] > 1 else 0
    for k in range(geo.shape.shape[0]):
        rows, columns, first = geo.shape[k, 0], geo.shape[k, 1], geo.synapse[k]
        numbers = RuleNumbers(learning.rate[k], learning.step[k], learning.threshold[k])
        for i in range(rows):
            lines[0, i], lines[2, i] = rule_row(seen.x[k, i], numbers), rule_row(exact.x[k, i], numbers)
        for j in range(columns):
            lines[1, j], lines[3, j] = rule_column(seen.delta[k, j], numbers), rule_column(exact.delta[k, j], numbers)
        fitted, n = choose_columns(geo, k, lines[0], lines[1], coding, writing, seed, repeat, step, plan)
        levels[:] = 0
        for q in range(n):
            levels[0, plan.line[0, q]], levels[1, plan.line[0, q]] = plan.line[1, q], plan.line[2, q]
        base = first_member(writing, step)
        asked, dead, frozen = 0, 0, 0
        every = every_row(rows, columns)
        for i in range(int(tally[k, T_LOOKS]) % every, rows, every):
            a = row_level(lines[0, i], fitted, key_at(seed, repeat, i, step, 0, LINE * 256 + k)) if n > 0 else 0
            x = lines[2, i]
            if a == 0 and x == 0.0:
                continue
            look.active[geo.row[k] + i] = 1
            side = 0 if a > 0 else 1
            for j in range(columns):
                cell, b, dw = first + i * columns + j, levels[side, j], x * lines[3, j]
                c = pulse_count(abs(a), abs(b), fitted) if a != 0 and b != 0 else 0
                given, down = 0, 1 if (a > 0) != (b > 0) else 0
                for reset in range(2 - one_way):  # on the members that `write_block` gives them to
                    if not ((mixed and (i & 1) != reset) or (up_down != 0 and down != reset)):
                        pulses[reset, cell, base + ((down ^ reset) & (1 - up_down))] += c
                        given += c
                wanted[cell] += dw
                if dw != 0.0:
                    asked += 1
                    dead += given == 0
                    frozen += is_frozen(g, low, high, cell, cell * varies, base, dw > 0.0, one_way, up_down)
        tally[k, T_ASKED] += asked
        tally[k, T_DEAD] += dead
        tally[k, T_FROZEN] += frozen


@compiled
def look_ahead(
    cells: Any, geo: Any, learning: Any, coding: Any, writing: Any, reading: Any, scale: Any, image: Any, label: int, seen: Any, exact: Any,
    scratch: Any, plan: Any, look: Look, seed: int, repeat: int, step: int, counts: Any, sums: Any, tally: Any,
) -> None:  # fmt: skip
    """`plan_sample` for what the fused driver will read. counts, sums: a ledger to be thrown away."""
    load_sample(image, label, learning, seen)
    forward(cells, geo, learning, reading, scale, seen, scratch, seed, repeat, step, counts, sums)
    backward(cells, geo, learning, reading, scale, seen, scratch, seed, repeat, step, counts, sums)
    plan_sample(
        cells,
        geo,
        learning,
        coding,
        writing,
        scale,
        image,
        label,
        seen,
        exact,
        scratch,
        plan,
        look,
        seed,
        repeat,
        step,
        tally,
    )


@compiled
def keep(cells: Any, geo: Any, look: Look, whole: bool, tally: Any) -> None:
    """Note the conductances before the update, of all rows looked at or of those that something is wanted of."""
    g, before = cells.state[0], look.before
    for k in range(geo.shape.shape[0]):
        rows, columns = geo.shape[k, 0], geo.shape[k, 1]
        every = every_row(rows, columns)
        for i in range(int(tally[k, T_LOOKS]) % every, rows, every):
            if whole:
                look.active[geo.row[k] + i] = 1
            if look.active[geo.row[k] + i] != 0:
                first = geo.synapse[k] + i * columns
                for c in range(first, first + columns):
                    for m in range(members):
                        before[c, m] = g[c, m]


@compiled
def plan_sums(
    cells: Any, geo: Any, learning: Any, writing: Any, dense: Any, total: Any, look: Look, step: int, tally: Any
) -> None:
    """What an update wanted that was summed in digital, and its pulses. Of schemes whose pulses are not known beforehand, a cell that moved counts as one pulse."""
    base, varies = first_member(writing, step), 1 if look.low.shape[0] > 1 else 0
    for k in range(geo.shape.shape[0]):
        numbers = RuleNumbers(learning.rate[k], learning.step[k], learning.threshold[k])
        asked, dead, frozen = 0, 0, 0
        for cell in range(geo.synapse[k], geo.synapse[k + 1]):
            if look.active[geo.row[k] + (cell - geo.synapse[k]) // geo.shape[k, 1]] == 0:
                continue
            dw = rule_change(total[cell], numbers)
            look.wanted[cell] = dw
            given = 0
            if _counted:
                n = pulses_wanted(dw, writing.quantum[k, 0], writing.quantum[k, 1], dense.most)
                for kind in range(2):
                    m = member_of(n, kind, base, writing) if n != 0 else -1
                    if m >= 0:
                        look.pulses[kind, cell, m] += abs(n)
                        given += abs(n)
            else:
                for m in range(members):
                    dg = cells.state[0, cell, m] - look.before[cell, m]
                    if dg != 0.0:
                        given += 1
                        if not _exact:
                            look.pulses[0 if dg > 0.0 else 1, cell, m] += 1
            if dw != 0.0:
                asked += 1
                dead += given == 0
                frozen += is_frozen(
                    look.before, look.low, look.high, cell, cell * varies, base, dw > 0.0, writing.one_way, writing.up_down
                )
        tally[k, T_ASKED] += asked
        tally[k, T_DEAD] += dead
        tally[k, T_FROZEN] += frozen


@inline
def wasted_of(up: int, down: int, towards: float, dg: float, step_up: float, step_down: float) -> int:
    """How many of the pulses up and down that a cell got were wasted; towards > 0: its conductance should rise, < 0: fall; dg (siemens): what it did."""
    useful = 0
    if towards > 0.0 and dg > 0.0 and dg >= WASTED_BELOW * step_up * up:
        useful = up
    elif towards < 0.0 and dg < 0.0 and -dg >= WASTED_BELOW * step_down * down:
        useful = down
    return up + down - useful  # type: ignore[no-any-return]


@compiled
def compare(cells: Any, geo: Any, learning: Any, look: Look, steps: Any, tally: Any) -> None:
    """Add up what was wanted and what the cells did since `keep`, and clear the look for the next."""
    g, before, all_wanted, given = cells.state[0], look.before, look.wanted, look.pulses
    step_up, step_down = steps.up, steps.down
    for k in range(geo.shape.shape[0]):
        columns, gain = geo.shape[k, 1], learning.gain[k]
        pulses, wasted = 0, 0
        ww, gg, wg, sw, sg = 0.0, 0.0, 0.0, 0.0, 0.0
        for i in range(geo.shape[k, 0]):
            if look.active[geo.row[k] + i] == 0:
                continue
            look.active[geo.row[k] + i] = 0
            first = geo.synapse[k] + i * columns
            for cell in range(first, first + columns):
                wanted, got = all_wanted[cell], 0.0
                for m in range(members):
                    dg = g[cell, m] - before[cell, m]
                    way = -1.0 if paired and (m & 1) == 1 else 1.0
                    got += way * dg
                    up, down = given[0, cell, m], given[1, cell, m]
                    if up + down != 0:
                        pulses += up + down
                        wasted += wasted_of(up, down, way * wanted, dg, step_up, step_down)
                        given[0, cell, m], given[1, cell, m] = 0, 0
                got *= gain
                ww, gg, wg, sw, sg = ww + wanted * wanted, gg + got * got, wg + wanted * got, sw + wanted, sg + got
                all_wanted[cell] = 0.0
        tally[k, T_PULSES] += pulses
        tally[k, T_WASTED] += wasted
        tally[k, T_WANTED2] += ww
        tally[k, T_GOT2] += gg
        tally[k, T_BOTH] += wg
        every = every_row(geo.shape[k, 0], columns)
        start = int(tally[k, T_LOOKS]) % every
        share = geo.shape[k, 0] / ((geo.shape[k, 0] - start + every - 1) // every)
        sw, sg = share * sw, share * sg  # as if all rows had been looked at
        tally[k, T_WANTED] += sw
        tally[k, T_GOT] += sg
        tally[k, T_LOOKS] += 1.0
        tally[k, T_OFF2] += (sg - sw) * (sg - sw)
