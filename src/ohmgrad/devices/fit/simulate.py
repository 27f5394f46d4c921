"""Ramps as an instrument would read them from a cell of a law: for trying a fit, or planning a measurement."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from ohmgrad.devices.fit.likelihood import plain
from ohmgrad.devices.fit.ramps import Measurement, Ramp
from ohmgrad.devices.law import Law
from ohmgrad.kernels.compiled import compiled
from ohmgrad.kernels.draws import READ, WRITE, key_at, normal

Floats = npt.NDArray[np.float64]

_LOOPS: dict[int, Any] = {}


def simulate_ramps(
    law: Law,
    parameters: Sequence[Any],
    *,
    pulses: int,
    cycles: int,
    table: Floats | None = None,
    directions: str = "both",
    read_noise: float = 0.0,
    t_set: float = 5e-8,
    t_reset: float = 5e-8,
    seed: int = 1,
) -> Measurement:
    """Cycles of SET ramps from the lowest conductance up, and of RESET ramps from where SET has ended.

    parameters: of each cell, as the law's NamedTuple; pulses: in each ramp; directions: "both", or "set" (each ramp begins after a full
    RESET) or "reset" (each begins at g_max); read_noise: siemens. Cells are named "1", "2", …
    """
    if id(law) not in _LOOPS:
        _LOOPS[id(law)] = _loop(law)
    run = _LOOPS[id(law)]
    tab = np.zeros((3, 2)) if table is None else np.asarray(table, dtype=np.float64)
    ramps = []
    for k, p in enumerate(parameters):
        up, down = directions != "reset", directions != "set"
        n = cycles * (up + down)
        y = np.empty((n, pulses + 1))
        run(y, p, tab, up, down, t_set, t_reset, read_noise, seed, k)
        for j in range(n):
            is_set = up and (not down or j % 2 == 0)
            ramps.append(Ramp(str(k + 1), is_set, y[j], f"cell {k + 1}, ramp {j + 1}"))
    return Measurement(ramps)


def _loop(law: Law) -> Any:
    pulse, start = plain(law.pulse), plain(law.start)

    @compiled
    def run(y: Any, p: Any, tab: Any, up: Any, down: Any, t_set: Any, t_reset: Any, r: Any, seed: Any, cell: Any) -> None:
        s = start(p.g_min, p)
        for j in range(y.shape[0]):
            rises = up and (not down or j % 2 == 0)
            if rises and (j == 0 or not down):
                s = start(p.g_min, p)
            elif not rises and not up:
                s = start(p.g_max, p)
            v, t = (p.v_set, t_set) if rises else (-p.v_reset, t_reset)
            for k in range(y.shape[1]):
                if k > 0:
                    s = pulse(s, v, t, p, tab, key_at(seed, 0, cell, j, k, WRITE * 256))
                y[j, k] = s[0] + r * normal(key_at(seed, 0, cell, j, k, READ * 256), 0)

    return run
