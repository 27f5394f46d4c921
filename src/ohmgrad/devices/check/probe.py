"""Before and during training: does the law keep to numbers, and within its bounds?"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from ohmgrad.devices.check.sweep import Floats, run, sweep
from ohmgrad.devices.check.words import inputs, parameters
from ohmgrad.devices.law import Law
from ohmgrad.errors import LawError

WIDTH = 50e-9
ROUNDS = 3
CELLS = 4096  # at most so many cells with parameters of their own


def probe_law(
    law: Law, params: Any, table: Floats | None = None, *, t_set: float = WIDTH, t_reset: float = WIDTH, t_full: float = WIDTH,
    varied: Mapping[str, npt.ArrayLike] | None = None, n: int = 20_000, seed: int = 1,
) -> int:  # fmt: skip
    """Give random cells random pulses, as a run would, before it does; returns the number of pulses.

    n cells start anywhere within the bounds (within one window on either side where there are none), a hundred at each end, and get three
    pulses one after the other, each at random a SET, RESET or full RESET of nominal amplitude (widths in seconds) or half a SET or
    RESET. Raises LawError with the inputs of the first state that is not finite or out of bounds.

    varied: parameters that differ from cell to cell, name → values (any shape); some 4,000 cells spread over them are taken.
    """
    tab = np.ascontiguousarray(table if table is not None else np.zeros((3, 2)))
    columns = parameter_columns(law, params, varied or {})
    cells = [law.params(*map(float, c)) for c in columns.T]
    r = np.random.default_rng(seed)
    share = np.concatenate([np.zeros(100), np.ones(100), r.random(n)])[:n]
    low, high = np.array([law.bounds(p) for p in cells]).T
    first, last = (
        np.where(np.isfinite(low), low, 2 * columns[0] - columns[1]),
        np.where(np.isfinite(high), high, 2 * columns[1] - columns[0]),
    )
    k = np.arange(n) % len(cells)
    g = np.clip(first[k] + share * (last - first)[k], first[k], last[k])
    state = np.array([law.start(float(x), cells[j]) for x, j in zip(g, k, strict=True)]).T.copy()
    kind = r.integers(0, 5, (ROUNDS, n))
    names = ("v_set", "v_reset", "v_full", "v_set", "v_reset")
    factors = np.array([1.0, -1.0, -1.0, 0.5, -0.5])
    widths = np.array([t_set, t_reset, t_full, t_set, t_reset])
    amplitude = np.array([columns[list(law.declared).index(name)] for name in names]) * factors[:, None]
    for j, which in enumerate(kind):
        v, t = amplitude[which, k], widths[which]
        after = np.empty_like(state)
        run(law, "pulse", sweep(law).pulses, state, v, t, columns, tab, seed + j, after)
        refuse(law, state, v, t, after, (low, high), cells)
        state = after
    return ROUNDS * n


def parameter_columns(law: Law, params: Any, varied: Mapping[str, npt.ArrayLike]) -> Floats:
    """Parameters (parameters, cells): one column, or where some differ one for each of at most `CELLS` cells."""
    own = {name: np.asarray(value, dtype=np.float64).ravel() for name, value in varied.items()}
    for name in own:
        if name not in law.declared:
            raise LawError(f"law '{law.name}' has no parameter '{name}' to vary from cell to cell")
    size = max((len(x) for x in own.values()), default=1)
    take = np.unique(np.linspace(0, size - 1, min(size, CELLS)).astype(np.int64))
    columns = np.repeat(np.array(params, dtype=np.float64)[:, None], len(take), axis=1)
    for name, value in own.items():
        columns[list(law.declared).index(name)] = value[take]
    return columns


def refuse(
    law: Law, state: Floats, v: Floats, t: Floats, after: Floats, bounds: tuple[Floats, Floats], cells: Sequence[Any]
) -> None:
    """Raise LawError for the first state of `after` that is not finite, or whose conductance is out of bounds."""
    k = np.arange(v.size) % len(cells)
    low, high = bounds[0][k], bounds[1][k]
    bad = ~(np.isfinite(after).all(axis=0) & (after[0] >= low) & (after[0] <= high))
    if bad.any():
        i = int(np.argmax(bad))
        what = inputs(law, state[:, i], v[i], t[i], cells[k[i]])
        if not np.isfinite(after[:, i]).all():
            got = ", ".join(f"{name} = {x:g}" for name, x in zip(law.state._fields, after[:, i], strict=True))
            raise LawError(f"law '{law.name}': {what} gives a state that is not finite: {got}")
        raise LawError(f"law '{law.name}': {what} leaves the bounds {low[i]:g} … {high[i]:g} S: {after[0, i]!r} S")


def cell_bounds(law: Law, params: Any, varied: Mapping[str, npt.ArrayLike] | None = None) -> tuple[Any, Any]:
    """(lowest, highest) conductance of every cell: two numbers where all cells have the same, else arrays of the shape of `varied`'s."""
    if not varied:
        one = law.bounds(params)
        return float(one[0]), float(one[1])
    arrays = {name: np.asarray(x, dtype=np.float64) for name, x in varied.items()}
    shape = np.broadcast_shapes(*(x.shape for x in arrays.values()))
    flat = {name: np.broadcast_to(x, shape).ravel() for name, x in arrays.items()}
    size = int(np.prod(shape))
    some = np.unique(np.linspace(0, size - 1, 32).astype(np.int64))
    each = [law.bounds(params._replace(**{name: float(x[i]) for name, x in flat.items()})) for i in some]
    try:  # all at once, if the law's own function takes arrays
        low, high = (np.broadcast_to(np.asarray(b, dtype=np.float64), (size,)) for b in law.bounds(params._replace(**flat)))
        if not np.array_equal(np.array(each).T, np.array([low[some], high[some]])):
            raise ValueError
    except (ValueError, TypeError):
        pairs = [law.bounds(params._replace(**{name: float(x[i]) for name, x in flat.items()})) for i in range(size)]
        low, high = np.array(pairs, dtype=np.float64).T
    if (low == low[0]).all() and (high == high[0]).all():
        return float(low[0]), float(high[0])
    return low.reshape(shape).copy(), high.reshape(shape).copy()


def check_states(
    law: Law,
    state: Floats,
    low: Any,
    high: Any,
    params: Any,
    varied: Mapping[str, npt.ArrayLike] | None = None,
    where: str = "",
    members: Sequence[str] = ("G+", "G−"),
) -> None:
    """Raise LawError if a cell's state is not finite, or its conductance out of bounds; names the first such cell.

    state (fields, …): conductance first; low, high (siemens): numbers, or arrays of one field's shape (`cell_bounds`). varied: as for
    `probe_law`, arrays of that shape; where: when it was seen, such as "after 3,500 samples"; members: what the cells of a synapse are called. Does nothing else, and takes two passes over the state.
    """
    g = state[0]
    if np.ndim(low) == 0 and np.ndim(high) == 0:
        good = bool(g.min() >= low and g.max() <= high)
    else:
        good = bool((g >= low).all() and (g <= high).all())
    rest = state[0 if np.isinf(low).any() or np.isinf(high).any() else 1 :]  # bounds that are finite hold g to numbers
    if good and (not len(rest) or math.isfinite(float(rest.sum()))):  # a sum is one pass; what is not finite stays so in it
        return
    bad = ~((g >= low) & (g <= high) & np.isfinite(state).all(axis=0))
    flat = int(np.argmax(bad))
    i = tuple(map(int, np.unravel_index(flat, bad.shape)))
    place = f"synapse {i[0]}, {members[i[1]]}" if g.ndim == 2 and g.shape[1] == len(members) else f"cell {i}"
    own = params._replace(**{name: float(np.asarray(x)[i]) for name, x in (varied or {}).items()})
    got = ", ".join(
        f"{name} = {x:g}" for name, x in zip(law.state._fields, state.reshape(len(state), -1)[:, flat], strict=True)
    )
    lowest, highest = (float(np.broadcast_to(b, g.shape)[i]) for b in (low, high))
    raise LawError(
        f"law '{law.name}': {int(bad.sum())} of {bad.size} cells went wrong{' ' + where if where else ''}: {place} has {got}; "
        f"bounds {lowest:g} … {highest:g} S{parameters(law, own)}; 'ohmgrad device check' tells more"
    )
