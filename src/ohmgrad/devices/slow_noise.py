"""Read noise with a memory: 1/f and random telegraph noise of each cell, as a factor on its conductance.

    G_read = G·(1 + f·Σ_k x_k/√K + a·b)

    x_k   K Ornstein-Uhlenbeck processes of unit variance with time constants from t_fast to t_slow, evenly in their logarithm: together a
          spectrum 1/f between 1/(2π t_slow) and 1/(2π t_fast). After dt: x_k ← ρ x_k + √(1 − ρ²)·ξ, ρ = e^(−dt/τ_k): exact for any dt.
    b     0 or 1: a trap with the mean time τ in each state; after dt it has changed with probability (1 − e^(−2 dt/τ))/2.

f: `flicker`, the standard deviation over the whole band; a: `telegraph`. Every draw is addressed by (cell, sample). Sources: superposition of Lorentzians: A. L.
McWhorter, in Semiconductor Surface Physics (1957); telegraph noise of memristive cells: D. Ielmini et al., Appl. Phys. Lett. 96, 053503 (2010),
doi:10.1063/1.3304167. Left out: amplitudes that depend on the state of the cell.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from ohmgrad.devices.section import Noise
from ohmgrad.kernels.compiled import compiled
from ohmgrad.kernels.draws import SLOW, key_at, normal, uniform

Floats = npt.NDArray[np.float64]


def time_constants(noise: Noise) -> Floats:
    """τ_k (seconds), about two a decade from t_fast to t_slow; empty without flicker noise."""
    if noise.flicker == 0.0:
        return np.empty(0)
    decades = abs(math.log10(noise.t_slow / noise.t_fast))
    return np.geomspace(noise.t_fast, noise.t_slow, 2 * math.ceil(decades) + 1)


def start_slow(noise: Noise, cells: int, seed: int, repeat: int, layer: int) -> Floats:
    """Stationary state (K + 2, cells): x_k, b, and whether the cell has a trap."""
    tau = time_constants(noise)
    state = np.zeros((len(tau) + 2, cells))
    _draw_start(state, len(tau), noise.telegraph_share if noise.telegraph > 0.0 else 0.0, seed, repeat, SLOW * 256 + layer)
    return state


def advance_slow(noise: Noise, state: Floats, dt: float, seed: int, repeat: int, step: int, layer: int) -> None:
    """`dt` seconds later, in place. step: address of this interval, from 1 on."""
    rho = np.array([math.exp(-dt / tau) for tau in time_constants(noise)])
    flip = 0.5 * -math.expm1(-2.0 * dt / noise.telegraph_time)
    _advance(state, rho, flip, seed, repeat, step, SLOW * 256 + layer)


def slow_factor(noise: Noise, state: Floats) -> Floats:
    """1 + relative deviation of each cell (cells,)."""
    k = len(state) - 2
    flicker = noise.flicker / math.sqrt(k) * state[:k].sum(axis=0) if k else 0.0
    return np.asarray(1.0 + flicker + noise.telegraph * state[k] * state[k + 1])


@compiled
def _draw_start(state: Any, k: int, share: float, seed: int, repeat: int, stream: int) -> None:
    for c in range(state.shape[1]):
        key = key_at(seed, repeat, c, 0, 0, stream)
        for j in range(k):
            state[j, c] = normal(key, j)
        state[k, c] = 1.0 if uniform(key, k) < 0.5 else 0.0
        state[k + 1, c] = 1.0 if uniform(key, k + 1) < share else 0.0


@compiled
def _advance(state: Any, rho: Any, flip: float, seed: int, repeat: int, step: int, stream: int) -> None:
    k = rho.shape[0]
    for c in range(state.shape[1]):
        key = key_at(seed, repeat, c, step, 0, stream)
        for j in range(k):
            state[j, c] = rho[j] * state[j, c] + math.sqrt(1.0 - rho[j] * rho[j]) * normal(key, j)
        if state[k + 1, c] != 0.0 and uniform(key, k) < flip:
            state[k, c] = 1.0 - state[k, c]
