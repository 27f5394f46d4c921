"""The draws as random numbers: their distribution, and that no part of an address repeats another's draws.

Seeds are fixed. Thresholds follow from the sample size: 5 standard errors, or the p = 1e-6 point of the Kolmogorov-Smirnov
distance.
"""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import kstest, kstwobign

from ohmgrad.kernels.draw_loop import fill_normal, fill_uniform
from ohmgrad.kernels.draws import DEVICE, FAULT, INITIAL, ORDER, READ, REFRESH, VERIFY, WRITE, first_normals, key_at, normal
from ohmgrad.kernels.philox import Key

N = 200_000
CELLS = np.arange(N)
FAR = kstwobign.isf(1e-6)  # of √n·D

WAYS = {
    "cells": {"cell": CELLS},
    "steps": {"step": CELLS},
    "pulses": {"pulse": CELLS % 2**15, "cell": CELLS >> 15},
    "draws of one pulse": {"k": CELLS % 511, "cell": CELLS // 511},
    "seeds": {"seed": CELLS},
    "replicas": {"repeat": CELLS},
}


@pytest.mark.parametrize("way", WAYS)
def test_normal_draws_are_standard_normal_along(way, draw):
    z = draw("normal", N, **WAYS[way])
    assert abs(z.mean()) < 5 / np.sqrt(N)
    assert abs(z.var() - 1) < 5 * np.sqrt(2 / N)  # Var(z²) = 2
    assert abs((z**3).mean()) < 5 * np.sqrt(15 / N)  # E z⁶ = 15
    assert abs((z**4).mean() - 3) < 5 * np.sqrt(96 / N)  # E z⁸ − 9 = 96
    assert kstest(z, "norm").statistic < FAR / np.sqrt(N)


@pytest.mark.parametrize("way", WAYS)
def test_neighbours_are_independent_along(way, draw):
    z = draw("normal", N, **WAYS[way])
    for lag in (1, 2, 3, 256):
        assert abs(np.corrcoef(z[:-lag], z[lag:])[0, 1]) < 5 / np.sqrt(N - lag)
        assert abs(np.corrcoef(z[:-lag] ** 2, z[lag:] ** 2)[0, 1]) < 5 / np.sqrt(N - lag)


OTHERS = {
    "next cell pair": {"cell": 2 * CELLS + 1},
    "next step": {"step": 1},
    "next pulse": {"pulse": 1},
    "next draw, same block": {"k": 1},
    "next block": {"k": 2},
    "next layer": {"stream": WRITE * 256 + 1},
    "next replica": {"repeat": 1},
    "next seed": {"seed": 12},
    "seed and replica swapped": {"seed": 0, "repeat": 11},
    **{f"purpose {p}": {"stream": p * 256} for p in (INITIAL, DEVICE, REFRESH, READ, FAULT, ORDER, VERIFY)},
}


@pytest.mark.parametrize("other", OTHERS)
def test_draws_of_the_same_cells_are_independent_of(other, draw):
    address = {"cell": 2 * CELLS, "stream": WRITE * 256}
    a, b = draw("normal", N, **address), draw("normal", N, **{**address, **OTHERS[other]})
    assert (a != b).all()
    assert abs(np.corrcoef(a, b)[0, 1]) < 5 / np.sqrt(N)
    assert abs(np.corrcoef(a**2, b**2)[0, 1]) < 5 / np.sqrt(N)


def test_the_purposes_are_eight_different_streams():
    assert len({INITIAL, DEVICE, WRITE, REFRESH, READ, FAULT, ORDER, VERIFY}) == 8


def test_a_swap_of_two_words_of_the_address_gives_other_draws(draw):
    n = 1000
    a = np.arange(1, n + 1)
    names = ("seed", "repeat", "cell", "step", "pulse", "stream")
    drawn = [draw("uniform", n, **{**dict.fromkeys(names, 0), name: a}) for name in names]
    assert len(np.unique(np.concatenate(drawn))) == len(names) * n


def test_uniform_draws_are_uniform_and_never_repeat(draw):
    n = 100_000
    u = draw("uniform", n, cell=np.arange(n))
    assert u.min() > 0.0 and u.max() < 1.0
    assert kstest(u, "uniform").statistic < FAR / np.sqrt(n)
    assert len(np.unique(u)) == n  # by chance one repetition in 2^52: n²/2^53 = 1e-6


def test_every_bit_of_a_uniform_draw_is_fair(draw):
    n = 100_000
    bits = (draw("uniform", n, cell=np.arange(n)) * 2**53).astype(np.int64)
    assert (bits & 1 == 1).all()  # the half: (w + ½)/2^52
    ones = np.array([(bits >> b & 1).mean() for b in range(1, 53)])
    assert (abs(ones - 0.5) < 5 * 0.5 / np.sqrt(n)).all()


def test_a_normal_draw_is_the_quantile_of_the_uniform_draw(draw):
    from scipy.special import ndtri

    cells = np.arange(10_000)
    u, z = draw("uniform", 10_000, cell=cells, k=3), draw("normal", 10_000, cell=cells, k=3)
    np.testing.assert_allclose(z, ndtri(u), rtol=2e-15 + 7.2e-16, atol=0)  # our error + that of scipy


@settings(max_examples=60, deadline=None)  # the first call compiles
@given(
    n=st.one_of(st.sampled_from([0, 1, 2, 3, 4, 7, 8, 9, 255, 256, 257]), st.integers(0, 600)),
    seed=st.integers(0, 2**32 - 1), repeat=st.integers(0, 2**31), step=st.integers(0, 2**32 - 1), stream=st.integers(0, 2**16),
    rng=st.integers(0, 100),
)  # fmt: skip
def test_many_first_normals_are_the_single_ones_to_the_last_bit(n, seed, repeat, step, stream, rng):
    r = np.random.default_rng(rng)
    cell, pulse = r.integers(0, 2**32, n + 1), r.integers(0, 2**20, n + 1)
    z = np.full(n + 1, np.nan)
    first_normals(n, seed, repeat, cell, step, pulse, stream, z, np.zeros((2, n + 1)), np.zeros(n + 1, np.int64))
    single = [normal(key_at(seed, repeat, c, step, p, stream), 0) for c, p in zip(cell[:n], pulse[:n], strict=True)]
    assert z[:n].tobytes() == np.array(single, dtype=np.float64).tobytes()
    assert np.isnan(z[n])  # nothing is written behind the last


def test_a_draw_made_ahead_serves_only_the_first_normal():
    key = key_at(1, 2, 3, 4, 5, 6)
    ahead = Key(1, 2, 3, 4, 5, 6, True, 0.25)
    assert normal(ahead, 0) == 0.25
    assert normal(ahead, 1) == normal(key, 1) != 0.25


def test_filling_an_array_gives_the_draws_of_its_cells(draw):
    out = np.empty(1000)
    fill_normal(out, 5, 6, 7, DEVICE * 256 + 2, 3)
    address = {"seed": 5, "repeat": 6, "cell": np.arange(1000), "step": 7, "stream": DEVICE * 256 + 2, "k": 3}
    np.testing.assert_array_equal(out, draw("normal", 1000, **address))
    fill_uniform(out, 5, 6, 7, DEVICE * 256 + 2, 3)
    np.testing.assert_array_equal(out, draw("uniform", 1000, **address))
