"""Phase-change cells against the moments of Nandakumar et al. (2018)."""

import numpy as np
import pytest

from ohmgrad.devices.catalogue import LAWS
from ohmgrad.kernels.compiled import compiled, inline
from ohmgrad.kernels.draws import key_at

LAW = LAWS["pcm-nandakumar2018"]
CELLS = 20_000
_pulse = inline(LAW.pulse)


@compiled
def _train(g, memory, v, p, tab, pulses, out):
    for c in range(g.shape[0]):
        s = _state(g[c], memory[c])
        for k in range(pulses):
            s = _pulse(s, v, 5e-8, p, tab, key_at(1, 0, c, 0, k, 0))
            out[k, c] = s.g


_state = LAW.state


@pytest.fixture(scope="module")
def after():
    """Conductances (pulses, cells) in µS after each of 20 SET pulses on cells fresh from RESET."""
    p = LAW.defaults()
    start = LAW.start(0.1e-6, p)
    out = np.empty((20, CELLS))
    _train(np.full(CELLS, start.g), np.full(CELLS, start.memory), p.v_set, p, np.zeros((3, 2)), 20, out)
    return out * 1e6


def test_a_cell_starts_with_its_memory_full():
    assert LAW.start(0.1e-6, LAW.defaults()) == (0.1e-6, 1.0)
    assert LAW.defaults().memory_decay == pytest.approx(np.exp(-1 / 2.6), rel=1e-15, abs=0)


@pytest.mark.parametrize(("pulse", "mean", "sd"), [(1, 2.07, 1.53), (5, 5.95, 2.38), (10, 7.86, 2.44), (20, 9.43, 2.70)])
def test_accumulation_has_the_published_moments(after, pulse, mean, sd):
    g = after[pulse - 1]
    # 5 standard errors of our own cells + half a unit of the last published digit; the spread's error from the fourth moment
    kurtosis = ((g - g.mean()) ** 4).mean() / g.var() ** 2
    assert abs(g.mean() - mean) < 5 * sd / np.sqrt(CELLS) + 0.005
    assert abs(g.std() - sd) < 5 * sd * np.sqrt((kurtosis - 1) / (4 * CELLS)) + 0.005


def test_the_window_clips(after):
    assert after.min() == pytest.approx(0.1) and after.max() == pytest.approx(20)
    assert after[0].min() == pytest.approx(0.1)  # σ of the first pulse exceeds its mean: some cells stay at the bottom


def test_the_first_pulses_after_a_reset_do_most(after):
    steps = np.diff(np.concatenate([[0.1], after.mean(axis=1)]))
    assert (np.diff(steps[:6]) < 0).all()


def test_any_reset_restores_the_memory():
    p = LAW.defaults()
    for v in (-p.v_reset, -p.v_full):
        assert LAW.pulse(LAW.state(7e-6, 0.1), v, 5e-8, p, None, key_at(1, 0, 0, 0, 0, 0)) == (p.g_min, 1.0)
    below = LAW.state(7e-6, 0.1)
    assert LAW.pulse(below, -p.v_reset / 2, 5e-8, p, None, key_at(1, 0, 0, 0, 0, 0)) == below
