"""White noise of reads: one Gaussian a line, exact for independent Gaussian cells.

    Var I_j = Σ_i V_i² Σ_m σ(G_ijm)²,   σ(G) = absolute + relative·G

m runs over all cells of a synapse; the reference of single cells adds none.

A draw is addressed by (line, step, moment, layer); `moment` tells a forward read (0), a backward read (1) and tests (2 on) apart.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from ohmgrad.kernels.compiled import compiled
from ohmgrad.kernels.draws import READ, first_normals
from ohmgrad.kernels.parts import members


class Draws(NamedTuple):
    """Scratch: line and moment (int64), draws, variances, and scratch of the draws."""

    line: Any  # (width,) int64
    moment: Any  # (width,) int64
    z: Any  # (width,) float64
    variance: Any  # (width,) float64
    u: Any  # (2, width) float64
    side: Any  # (width,) int64


@compiled
def make_draws(width: int) -> Draws:
    """Scratch for lines of arrays with at most `width` rows or columns."""
    return Draws(
        np.arange(width),
        np.zeros(width, np.int64),
        np.zeros(width),
        np.zeros(width),
        np.zeros((2, width)),
        np.zeros(width, np.int64),
    )


@compiled
def add_noise(
    cells: Any,
    first: int,
    columns: int,
    x: Any,
    driven: Any,
    n: int,
    backward: bool,
    lines: int,
    out: Any,
    reading: Any,
    seed: int,
    repeat: int,
    step: int,
    moment: int,
    layer: int,
    draws: Draws,
) -> None:
    """Add noise to the `lines` currents `out` of a read with the n driven lines `driven` at the voltages x."""
    state, variance = cells.state, draws.variance
    for k in range(lines):
        variance[k] = 0.0
        draws.moment[k] = moment
    for q in range(n):
        power = x[driven[q]] * x[driven[q]]
        for k in range(lines):
            cell = first + k * columns + driven[q] if backward else first + driven[q] * columns + k
            squares = 0.0
            for m in range(members):
                sigma = reading.absolute + reading.relative * state[0, cell, m]
                squares += sigma * sigma
            variance[k] += power * squares
    first_normals(lines, seed, repeat, draws.line, step, draws.moment, READ * 256 + layer, draws.z, draws.u, draws.side)
    for k in range(lines):
        out[k] += math.sqrt(variance[k]) * draws.z[k]
