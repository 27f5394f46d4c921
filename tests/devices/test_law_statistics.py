"""Statistics over 20,000 cells: published moments through the compiled write loop, and the form of each law's noise."""

import math

import numpy as np
import pytest
from scipy.stats import norm

from ohmgrad.arrays.cells import make_cells
from ohmgrad.arrays.geometry import geometry
from ohmgrad.devices.catalogue import LAWS
from ohmgrad.kernels.compiled import compiled, inline
from ohmgrad.kernels.draws import WRITE, key_at
from ohmgrad.learning.activations import ACTIVATIONS
from ohmgrad.ledger import COUNTS, SET, SUMS
from ohmgrad.network.assemble import loops
from ohmgrad.programming.overlap import Overlap
from ohmgrad.programming.settings import Writing

ROWS, COLUMNS, PULSES = 200, 100, 20
CELLS = ROWS * COLUMNS
PCM = LAWS["pcm-nandakumar2018"]
PUBLISHED = [(1, 2.07, 1.53), (5, 5.95, 2.38), (10, 7.86, 2.44), (20, 9.43, 2.70)]  # µS, to two decimals
WIDTH = {"flash": 20e-6}
SHARE = {"one-shot": 0.7}  # of the amplitude: its nominal SET ends at the top of the window


@pytest.fixture(scope="module")
def written():
    """Conductances (pulses, cells) in µS of fresh cells that a training's own write loop gives one SET pulse a sample."""
    p, scheme = PCM.defaults(), Overlap()
    kernels = loops(PCM, scheme, ACTIVATIONS["tanh"])
    geo = geometry([ROWS - 1, COLUMNS])
    start = PCM.start(p.g_min, p)
    state = np.stack([np.full((CELLS, 2), value) for value in start])
    cells = make_cells(geo, state, np.array(p), np.empty((0, CELLS, 2)), np.zeros((3, 2)))
    writing = Writing(
        1, 0, 1, 0, np.array([1]), np.array([[1.0, 1.0]]), p.v_set, p.v_reset, p.v_full, 5e-8, 5e-8, 5e-8, 0, 1.0, 1.0, 0,
    )  # fmt: skip
    plan, counts, sums = kernels.make_plan(ROWS + 1, len(start)), np.zeros(len(COUNTS), np.int64), np.zeros(len(SUMS))
    out = np.empty((PULSES, CELLS))
    for k in range(PULSES):
        kernels.write_layer(
            cells, geo, 0, np.ones(ROWS), np.ones(COLUMNS), scheme.coding(), writing, 1, 0, k, counts, sums, plan
        )  # fmt: skip
        out[k] = 1e6 * cells.state[0, :, 0]
    assert counts[SET] == PULSES * CELLS
    assert (cells.state[0, :, 1] == p.g_min).all()
    return out


@pytest.mark.parametrize(("pulse", "mean", "sd"), PUBLISHED)
def test_the_write_loop_meets_the_published_moments_of_accumulation(written, pulse, mean, sd):
    g = written[pulse - 1]
    # 5 standard errors of 20,000 cells, plus half a unit of the last digit printed. A standard deviation has the error sd·√((κ − 1)/4n).
    kurtosis = ((g - g.mean()) ** 4).mean() / g.var() ** 2
    assert abs(g.mean() - mean) < 5 * sd / math.sqrt(CELLS) + 0.005
    assert abs(g.std() - sd) < 5 * sd * math.sqrt((kurtosis - 1) / (4 * CELLS)) + 0.005


def test_the_write_loop_clips_to_the_window(written):
    p = PCM.defaults()
    assert written.min() == 1e6 * p.g_min and written.max() <= 1e6 * p.g_max
    assert (written[0] == written.min()).sum() > 1000  # the first step is 1.8 ± 1.7 µS: some 15 % would be negative


def test_neighbours_are_independent(written):
    steps = np.diff(written[:4], axis=0)  # before the window clips many
    steps = (steps - steps.mean(axis=1, keepdims=True)) / steps.std(axis=1, keepdims=True)
    grid = steps.reshape(3, ROWS, COLUMNS)
    for a, b in ((grid[:, 1:], grid[:, :-1]), (grid[:, :, 1:], grid[:, :, :-1])):
        assert abs((a * b).mean()) < 5 / math.sqrt(a.size)


def noise(law, p, g, volts, width):
    """(change − mean)/spread of 20,000 cells at g for one pulse, computed by compiled code."""
    pulse = inline(law.pulse)

    @compiled
    def fill(s, v, t, p, tab, out):
        for c in range(out.shape[0]):
            out[c] = pulse(s, v, t, p, tab, key_at(5, 0, c, 0, 0, WRITE * 256)).g

    s, tab, out = law.start(g, p), np.zeros((3, 2)), np.empty(CELLS)
    fill(s, volts, width, p, tab, out)
    return (out - s.g - law.mean_step(s, volts, width, p, tab)) / law.spread(s, volts, width, p, tab)


@pytest.mark.parametrize("name", [n for n, law in LAWS.items() if not law.needs_table and n != "stanford-pku"])
def test_the_noise_of_one_pulse_is_a_gaussian_of_the_declared_moments(name):
    law = LAWS[name]
    p = law.defaults()
    if "sigma" in law.declared:
        p = p._replace(sigma=0.1)
    # the Kolmogorov-Smirnov distance exceeds 2/√n with probability 2·e^(−8) = 0.07 %
    for v in (p.v_set, -p.v_reset) if law.can_go_down else (p.v_set,):
        z = np.sort(noise(law, p, 0.5 * (p.g_min + p.g_max), v * SHARE.get(name, 1.0), WIDTH.get(name, 2e-8)))
        k = np.arange(CELLS)
        distance = max((norm.cdf(z) - k / CELLS).max(), ((k + 1) / CELLS - norm.cdf(z)).max())
        assert distance < 2 / math.sqrt(CELLS)
        assert abs(z.mean()) < 5 / math.sqrt(CELLS) and abs(z.std() - 1) < 5 / math.sqrt(2 * CELLS)
