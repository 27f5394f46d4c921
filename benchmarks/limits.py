"""What this machine can do at the two things that bound the loop: read weights, and draw Gaussian numbers."""

import time

import numpy as np
from numba import njit

from ohmgrad.arrays.read_loop import read_array
from ohmgrad.kernels.draws import first_normals


@njit(nogil=True, error_model="numpy")
def _normals(repeats, n, cell, pulse, z, u, side):
    for r in range(repeats):
        first_normals(n, 1, 0, cell, r, pulse, 513, z, u, side)


def _seconds(f, *args):
    f(*args)
    best = float("inf")
    for _ in range(5):
        begun = time.thread_time()
        f(*args)
        best = min(best, time.thread_time() - begun)
    return best


def measure():
    """bytes/s of reads of a layer of weights through `read_array`, and normal draws per second."""
    rows, columns = 529, 250
    w, x, out, driven = (
        np.random.default_rng(0).random(rows * columns),
        np.ones(rows),
        np.zeros(columns),
        np.zeros(rows, np.int64),
    )

    def reads():
        for _ in range(200):
            read_array(w, 0, rows, columns, x, out, driven)

    n = 1024
    cell, pulse, z, u, side = np.arange(n), np.zeros(n, np.int64), np.zeros(n), np.zeros((2, n)), np.zeros(n, np.int64)
    return {
        "read_bytes_per_s": 200 * 8 * rows * columns / _seconds(reads),
        "normals_per_s": 500 * n / _seconds(_normals, 500, n, cell, pulse, z, u, side),
    }
