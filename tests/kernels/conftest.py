"""Many draws at once, at addresses of the test's choice."""

import numpy as np
import pytest

from ohmgrad.kernels.compiled import compiled
from ohmgrad.kernels.draws import key_at, normal, uniform


@compiled
def _fill(is_normal, seed, repeat, cell, step, pulse, stream, k, out):
    for i in range(out.shape[0]):
        key = key_at(seed[i], repeat[i], cell[i], step[i], pulse[i], stream[i])
        out[i] = normal(key, k[i]) if is_normal else uniform(key, k[i])


@pytest.fixture(scope="session")
def draw():
    """draw(kind, n, seed=…, cell=…, …): n draws; each part of the address is a number or an array (n,)."""

    def make(kind, n, *, seed=11, repeat=0, cell=0, step=0, pulse=0, stream=3 * 256, k=0):
        parts = [np.ascontiguousarray(np.broadcast_to(p, n), np.int64) for p in (seed, repeat, cell, step, pulse, stream, k)]
        out = np.empty(n)
        _fill(kind == "normal", *parts, out)
        return out

    return make
