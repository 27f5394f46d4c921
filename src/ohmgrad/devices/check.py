"""Is a law what it says it is? The conformance suite, for built-in laws and for yours."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from ohmgrad.devices.law import Law
from ohmgrad.errors import LawError
from ohmgrad.kernels.draws import key_at
from ohmgrad.units import DIMENSIONS


def check_law(
    law: Law, params: Any = None, table: npt.NDArray[np.float64] | None = None, n: int = 4000, seed: int = 1
) -> list[str]:
    """Check a law's declarations against its pulses; returns what was checked, one line each.

    Raises LawError with the first promise that is broken. At five conductances across the window, n pulses each with addresses
    of their own: every state finite and within the bounds; the mean step within 5 standard errors of `mean_step` and the
    spread within 5 standard errors of `spread` (where the bounds are further away than 6 spreads); SET never lowers and RESET never raises the
    mean; no change at 0 V; a full RESET ends at or near g_min; `can_go_down` holds; the same address gives the same state twice.
    """
    p = law.defaults() if params is None else params
    tab = np.zeros((3, 2)) if table is None else table
    done = [_declarations(law, p)]
    low, high = law.bounds(p)
    for share in (0.0, 0.25, 0.5, 0.75, 1.0):
        g = p.g_min + share * (p.g_max - p.g_min)
        s = law.start(g, p)
        if law.pulse(s, 0.0, 1e-7, p, tab, key_at(seed, 0, 0, 0, 0, 0)) != s:
            raise LawError(f"law '{law.name}': a pulse of 0 V changes a cell at {g:g} S")
        for v in (p.v_set, -p.v_reset):
            after = [law.pulse(s, v, 1e-7, p, tab, key_at(seed, 0, k, 0, 0, 0)) for k in range(n)]
            got = np.array([a.g for a in after])
            if not np.isfinite(np.array(after, dtype=np.float64)).all():
                raise LawError(f"law '{law.name}': a pulse of {v:g} V at {g:g} S gives a state that is not finite")
            if after[0] != law.pulse(s, v, 1e-7, p, tab, key_at(seed, 0, 0, 0, 0, 0)):
                raise LawError(f"law '{law.name}': the same address gives two different states")
            if got.min() < low or got.max() > high:
                raise LawError(f"law '{law.name}': a pulse of {v:g} V at {g:g} S leaves the bounds {low:g} … {high:g} S")
            _moments(law, g, v, got - g, law.mean_step(s, v, 1e-7, p, tab), law.spread(s, v, 1e-7, p, tab), (low - g, high - g))
    middle = law.start(0.5 * (p.g_min + p.g_max), p)
    cleared = law.pulse(middle, -p.v_full, 1e-7, p, tab, key_at(seed, 0, 0, 0, 0, 0)).g
    if abs(cleared - p.g_min) > 0.1 * (p.g_max - p.g_min):
        raise LawError(
            f"law '{law.name}': a full RESET (−{p.v_full:g} V) from the middle of the window ends at {cleared:g} S, not near g_min"
        )
    down = law.mean_step(middle, -p.v_reset, 1e-7, p, tab)
    gradual = -0.5 * (p.g_max - p.g_min) * 0.99 < down < 0.0
    if gradual != law.can_go_down:
        raise LawError(
            f"law '{law.name}': can_go_down is {law.can_go_down}, but a RESET pulse changes the middle of the window by {down:g} S"
        )
    done += [
        f"bounds, mean step and spread at 5 conductances, SET and RESET, {n} pulses each",
        "0 V changes nothing; a full RESET clears; equal addresses, equal states",
    ]
    return done


def _declarations(law: Law, p: Any) -> str:
    for name, d in law.declared.items():
        if d.dimension not in DIMENSIONS:
            raise LawError(f"law '{law.name}': parameter '{name}' has the unknown dimension '{d.dimension}'")
        value = getattr(p, name)
        if not d.low <= value <= d.high:
            raise LawError(
                f"law '{law.name}': parameter '{name}' = {value:g} is outside its declared range {d.low:g} … {d.high:g}"
            )
    for voltage in ("v_set", "v_reset", "v_full"):
        if voltage not in law.declared:
            raise LawError(f"law '{law.name}': parameter '{voltage}' is missing: schemes take the pulse amplitudes from it")
    return f"{len(law.declared)} parameters within their declared ranges"


def _moments(
    law: Law, g: float, v: float, dg: npt.NDArray[np.float64], mean: float, spread: float, room: Sequence[float]
) -> None:
    n = len(dg)
    error = spread / math.sqrt(n)
    tiny = 1e-9 * max(abs(mean), abs(g), 1e-12)
    free = room[0] <= mean - 6 * spread and mean + 6 * spread <= room[1]
    if free and abs(dg.mean() - mean) > 5 * error + tiny:
        raise LawError(
            f"law '{law.name}': {v:g} V at {g:g} S changes a cell by {dg.mean():g} S on average, declared {mean:g} S"
        )
    if free and spread > 0 and abs(dg.std() - spread) > 5 * spread / math.sqrt(2 * n) + tiny:
        raise LawError(f"law '{law.name}': {v:g} V at {g:g} S has the spread {dg.std():g} S, declared {spread:g} S")
    if v > 0 and mean < -tiny:
        raise LawError(f"law '{law.name}': SET lowers the mean conductance at {g:g} S")
    if v < 0 and mean > tiny:
        raise LawError(f"law '{law.name}': RESET raises the mean conductance at {g:g} S")
