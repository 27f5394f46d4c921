"""A law with the imperfections that any cell can have on top of it: transistor in series, faults, retention, endurance. The result is a law again.

Each adds parameters (which may differ from cell to cell, like the law's own) and, where it must remember, hidden state:

    transistor  parameters transistor_…                 `ohmgrad.devices.transistor`
    faults      parameter  fault                        `ohmgrad.devices.faults`
    endurance   state      cycles                       `ohmgrad.devices.endurance`
    retention   state      written, age; `rest`         `ohmgrad.devices.retention`
"""

from __future__ import annotations

from collections import namedtuple
from dataclasses import dataclass
from typing import Any

import numpy as np

from ohmgrad.devices import endurance, faults, retention
from ohmgrad.devices.law import Law
from ohmgrad.devices.transistor import limited
from ohmgrad.kernels.compiled import inlined


@dataclass(frozen=True, kw_only=True)
class Wrapped(Law):
    """A law around another one. options: what `wrap` was called with."""

    inner: Law
    options: dict[str, Any]


def wrap(law: Law, *, with_faults: bool = False, loss: str = "none", wear: bool = False, slices: int = 0) -> Law:
    """`law` with faults, a kind of retention loss, wear, and behind a transistor (slices > 0); `law` itself if there is none of them."""
    if not (with_faults or wear or loss != "none" or slices):
        return law
    bare = law
    if slices:
        law = limited(law, slices)
    kind = retention.KINDS.get(loss)
    declared = {
        **law.declared, **(faults.PARAMS if with_faults else {}), **(endurance.PARAMS if wear else {}), **(kind.params if kind else {})
    }  # fmt: skip
    fields = [*law.state._fields, *(["cycles"] if wear else []), *(["written", "age"] if kind else [])]
    state: Any = namedtuple("CellState", fields)  # type: ignore[misc]
    params: Any = namedtuple("CellParams", list(declared))  # type: ignore[misc]
    inner_state, inner_params = law.state, law.params
    n, m = len(law.state._fields), len(law.declared)
    at_cycles, at_age = n, n + int(wear) + 1
    pulse_, mean_, spread_ = inlined(law.pulse), inlined(law.mean_step), inlined(law.spread)
    blocked = inlined(faults.blocked) if with_faults else inlined(lambda v, p: False)
    refused = inlined(faults.refused) if with_faults else inlined(lambda before, after, p: False)
    worn, share = inlined(endurance.worn_g_max), inlined(endurance.share_of_cycle)

    def worn_window(s: Any, p: Any) -> Any:
        return (p[0], worn(s[at_cycles], p)) + p[2:m]  # noqa: RUF005 - Numba knows + of tuples, no * within one

    worn_window = inlined(worn_window)
    if wear:
        own = inlined(lambda s, p: inner_params(*worn_window(s, p)))
        cycles = inlined(lambda s, r, p: (s[at_cycles] + share(r.g - s[0], s[at_cycles], p),))
    else:
        own, cycles = inlined(lambda s, p: inner_params(*p[:m])), inlined(lambda s, r, p: ())
    if kind:
        memory = inlined(lambda s, r: (r.g, 0.0) if r.g != s[0] else (s[at_age - 1], s[at_age]))
    else:
        memory = inlined(lambda s, r: ())

    def pulse(s: Any, v: Any, t: Any, p: Any, tab: Any, key: Any) -> Any:
        if blocked(v, p):
            return s
        r = pulse_(inner_state(*s[:n]), v, t, own(s, p), tab, key)
        if refused(s[0], r.g, p):
            return s
        return state(*(r[:] + cycles(s, r, p) + memory(s, r)))

    def mean_step(s: Any, v: Any, t: Any, p: Any, tab: Any) -> Any:
        return 0.0 if blocked(v, p) else mean_(inner_state(*s[:n]), v, t, own(s, p), tab)

    def spread(s: Any, v: Any, t: Any, p: Any, tab: Any) -> Any:
        return 0.0 if blocked(v, p) else spread_(inner_state(*s[:n]), v, t, own(s, p), tab)

    def start(g: Any, p: Any) -> Any:
        return state(*law.start(g, p), *([0.0] if wear else []), *([g, 0.0] if kind else []))

    def plain(p: Any) -> Any:
        return inner_params(*p[:m])

    def bounds(p: Any) -> tuple[float, float]:
        low, high = law.bounds(plain(p))
        if not kind:
            return low, high
        rest = getattr(p, "retention_g_rest", high)
        return np.minimum(low, 0.0), np.maximum(high, rest)  # parameters may be arrays of all cells'

    return Wrapped(
        **{name: getattr(law, name) for name in ("name", "text", "source", "can_go_down", "equation", "leaves_out", "has_threshold", "switches", "read_table")},
        state=state, params=params, declared=declared, pulse=pulse, mean_step=mean_step, spread=spread, bounds=bounds, start=start,
        nominal_step=lambda t_set, t_reset, p, tab: law.nominal_step(t_set, t_reset, plain(p), tab),
        pulses_needed=lambda g0, g1, t, p, tab: law.pulses_needed(g0, g1, t, plain(p), tab),
        checks=lambda p: law.checks(plain(p)),
        rest=_rest(kind, state, own, at_age, with_faults) if kind
        else _carried(law, state, inner_state, inner_params, n, m, with_faults),
        drawn=law.drawn, inner=bare, options={"with_faults": with_faults, "loss": loss, "wear": wear, "slices": slices},
    )  # fmt: skip


def _rest(kind: retention.Kind, state: Any, own: Any, at_age: int, with_faults: bool) -> Any:
    """rest(s, dt, p, key) of a law with retention loss; a law's own `rest` is replaced by it.

    own(s, p): the law's parameters as worn. A cell that gains by resting gains up to its window.
    """
    retained, still = inlined(kind.retained), _still(with_faults)

    def rest(s: Any, dt: Any, p: Any, key: Any) -> Any:
        if still(p):
            return s
        age = s[at_age] + dt
        g = min(retained(s[at_age - 1], age, p), max(own(s, p).g_max, s[at_age - 1]))
        return state(*((g,) + s[1:at_age] + (age,)))  # noqa: RUF005 - Numba knows + of tuples, no * within one

    return rest


def _still(with_faults: bool) -> Any:
    """still(p): nothing changes this cell."""
    return inlined(lambda p: p.fault == faults.STUCK) if with_faults else inlined(lambda p: False)


def _carried(law: Law, state: Any, inner_state: Any, inner_params: Any, n: int, m: int, with_faults: bool) -> Any:
    """rest(s, dt, p, key) of a law that has one of its own, the added state carried along; None if it has none."""
    if law.rest is None:
        return None
    rest_, still = inlined(law.rest), _still(with_faults)

    def rest(s: Any, dt: Any, p: Any, key: Any) -> Any:
        if still(p):
            return s
        return state(*(rest_(inner_state(*s[:n]), dt, inner_params(*p[:m]), key)[:] + s[n:]))

    return rest
