"""Cells of a device under trains of equal pulses: what figures and tables of a device show. In plain Python, law by law.

Cells differ by the device's variation, drawn as for a network (purpose DEVICE); faults are left out, so that every cell shown works.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from ohmgrad.devices.resolve import Resolved
from ohmgrad.devices.variation import gaussians, varied_names, vary
from ohmgrad.kernels.draws import DEVICE, WRITE, key_at, normal

Floats = npt.NDArray[np.float64]

LONGEST = 3000  # pulses of a ramp, at most


class Steps(NamedTuple):
    """Mean and spread of one pulse (siemens, positive upwards) at conductances g (siemens); arrays of one length."""

    g: Floats
    up: Floats
    up_spread: Floats
    down: Floats
    down_spread: Floats


def draw_cells(device: Resolved, n: int, seed: int = 1) -> list[Any]:
    """Parameters of `n` cells."""
    law, names = device.law, varied_names(device.variation)

    def draw(cells: int, k: int) -> Floats:
        return np.array([normal(key_at(seed, 0, cell, 0, 0, DEVICE * 256), k) for cell in range(cells)])

    xi = gaussians(law, names, device.correlated, n, draw)
    values = {name: vary(law, getattr(device.params, name), name, device.variation[name], xi[name]) for name in names}
    return [device.params._replace(**{name: float(v[i]) for name, v in values.items()}) for i in range(n)]


def ramp(device: Resolved, cells: Sequence[Any], pulses: Sequence[tuple[float, float]], seed: int = 1) -> Floats:
    """Conductances (cells, pulses + 1) in siemens of cells that begin at their g_min; pulses: (volts, seconds) one after the other."""
    law, out = device.law, np.empty((len(cells), len(pulses) + 1))
    for i, p in enumerate(cells):
        s = law.start(p.g_min, p)
        out[i, 0] = s.g
        for j, (v, t) in enumerate(pulses):
            s = law.pulse(s, v, t, p, device.table, key_at(seed, 0, i, j, 0, WRITE * 256))
            out[i, j + 1] = s.g
    return out


def set_pulses(device: Resolved, part: float = 0.95) -> float:
    """Mean number of nominal SET pulses from g_min to `part` of the window; inf if the mean path does not get there."""
    p = device.params
    goal = p.g_min + part * (p.g_max - p.g_min)
    return float(device.law.pulses_needed(p.g_min, goal, device.section.t_set, p, device.table))


def ramp_length(device: Resolved) -> int:
    """Pulses after which a ramp from g_min has done most of what it will do."""
    n = set_pulses(device)
    if math.isfinite(n):
        return min(max(4, math.ceil(1.1 * n)), LONGEST)
    cells, length = draw_cells(device, 6), 16
    while length < LONGEST:
        mean = ramp(device, cells, [(device.params.v_set, device.section.t_set)] * length).mean(axis=0)
        if mean[-1] - mean[length // 2] < 0.08 * (mean[-1] - mean[0]):
            return length
        length *= 2
    return LONGEST


def mean_steps(device: Resolved, g: Floats) -> Steps:
    """Steps at conductances `g`, of cells just brought there, nominal pulses."""
    law, p, d, tab = device.law, device.params, device.section, device.table
    states = [law.start(float(x), p) for x in g]

    def at(what: Any, v: float, t: float) -> Floats:
        return np.array([what(s, v, t, p, tab) for s in states])

    return Steps(
        g, at(law.mean_step, p.v_set, d.t_set), at(law.spread, p.v_set, d.t_set),
        at(law.mean_step, -p.v_reset, d.t_reset), at(law.spread, -p.v_reset, d.t_reset),
    )  # fmt: skip


def answers_to_width(device: Resolved) -> bool:
    """Does the law know volts and seconds, so that amplitudes mean something? (Others scale a published step.)"""
    law, p, t = device.law, device.params, device.section.t_set
    s = law.start(p.g_min + 0.3 * (p.g_max - p.g_min), p)
    one, two = (law.mean_step(s, p.v_set, width, p, device.table) for width in (0.5 * t, t))
    return bool(abs(two - one) > 1e-6 * abs(two))
