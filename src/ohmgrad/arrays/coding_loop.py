"""Encoding of values before a read and conversion after it, compiled; equations: `ohmgrad.arrays.coding`."""

from __future__ import annotations

import math
from typing import Any

from ohmgrad.arrays.noise_loop import Draws
from ohmgrad.kernels.compiled import inline
from ohmgrad.kernels.draws import CONVERT, OFFSET, first_normals
from ohmgrad.kernels.parts import read_shape


@inline
def nearest_level(x: float, levels: int) -> float:
    """x rounded to k/levels, |k| ≤ levels; halves away from 0; x itself where levels = 0."""
    if levels == 0:
        return x
    n = math.floor(min(abs(x), 1.0) * levels + 0.5)
    if n <= 0:
        return 0.0
    return n / levels if x > 0.0 else -n / levels


@inline
def cell_share(share: float, reading: Any) -> float:
    """I/(G·v_read) of a cell on a line at share·v_read, behind its selector."""
    v = abs(share) * reading.v_read - reading.lines.v_hold
    if v <= 0.0:
        return 0.0
    y = read_shape(v, reading.v_0) / reading.v_read
    return y if share > 0.0 else -y  # type: ignore[no-any-return]


@inline
def drive_lines(
    x: Any, n: int, levels: int, pulsed: bool, reading: Any, current: Any, power: Any, spread: Any
) -> tuple[float, int]:
    """Encode the n values x; returns what the outputs are to be multiplied with, and the number of lines that are driven.

    Filled for each line (n,): current I/(G·v_read), averaged over the read; power: energy/(G·v_read²·t_read); spread: by what σ of a cell's noise counts.
    """
    top = 1.0
    if reading.lines.scaled:
        top = 0.0
        for i in range(n):
            top = max(top, abs(x[i]))
        if top == 0.0:
            top = 1.0
    full, slots = cell_share(1.0, reading), max(levels, 1)
    used = 0
    for i in range(n):
        share = nearest_level(x[i] / top, levels)
        used += share != 0.0
        if pulsed:
            share = min(max(share, -1.0), 1.0)
            current[i] = share * full
            power[i] = abs(share) * slots * full
            spread[i] = math.sqrt(abs(share) / slots) * full
        else:
            current[i] = cell_share(share, reading)
            power[i] = share * current[i]
            spread[i] = current[i]
    return top, used


@inline
def convert_lines(
    s: Any,
    n: int,
    top: float,
    exact: bool,
    reading: Any,
    seed: int,
    repeat: int,
    step: int,
    moment: int,
    layer: int,
    draws: Draws,
) -> None:
    """Convert the n outputs s in place, weight units, and multiply them with `top`; exact: without limit or levels."""
    c = reading.lines
    if c.offset > 0.0:
        for j in range(n):
            draws.moment[j] = moment == 1  # rows have converters of their own
        first_normals(n, seed, repeat, draws.line, 0, draws.moment, OFFSET * 256 + layer, draws.z, draws.u, draws.side)
        for j in range(n):
            s[j] += c.offset * draws.z[j]
    if c.noise > 0.0:
        for j in range(n):
            draws.moment[j] = moment
        first_normals(n, seed, repeat, draws.line, step, draws.moment, CONVERT * 256 + layer, draws.z, draws.u, draws.side)
        for j in range(n):
            s[j] += c.noise * draws.z[j]
    limit = 0.0 if exact else c.limit[layer]
    for j in range(n):
        y = s[j]
        if limit > 0.0:
            y = min(max(y, -limit), limit)
            if c.steps > 0:
                y = limit * nearest_level(y / limit, c.steps)
        s[j] = y * top
