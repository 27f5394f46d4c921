"""1/f and random telegraph noise: stationary, with the memory that the equations give them, and refused where nobody could follow it."""

import math

import numpy as np
import pytest
from scipy.stats import kstest
from small import setup

from ohmgrad.devices.section import Noise
from ohmgrad.devices.slow_noise import advance_slow, slow_factor, start_slow, time_constants
from ohmgrad.errors import SpecError

N = 20_000
FLICKER = Noise(flicker=0.1, t_fast=1e-4, t_slow=1e-1)
TELEGRAPH = Noise(telegraph=0.2, telegraph_share=0.7, telegraph_time=1e-3)


def deviations(noise, intervals, cells=N, label=0, layer=0):
    """Relative deviation of each cell (times, cells), at the beginning and after each interval (seconds)."""
    state = start_slow(noise, cells, 5, label, layer)
    out = [slow_factor(noise, state) - 1]
    for k, dt in enumerate(intervals):
        advance_slow(noise, state, dt, 5, label, k + 1, layer)
        out.append(slow_factor(noise, state) - 1)
    return np.array(out)


def test_time_constants_are_two_a_decade():
    tau = time_constants(FLICKER)
    assert len(tau) == 7 and (tau[0], tau[-1]) == pytest.approx((1e-4, 1e-1), rel=1e-14)
    np.testing.assert_allclose(tau[1:] / tau[:-1], math.sqrt(10), rtol=1e-12)
    assert len(time_constants(Noise(flicker=0.1, t_fast=1e-3, t_slow=1e-3))) == 1
    assert len(time_constants(TELEGRAPH)) == 0


def test_flicker_noise_is_stationary_and_gaussian():
    x = deviations(FLICKER, [1e-5, 1e-3, 0.0, 2e-2, 5.0])
    for now in x:
        assert abs(now.mean()) < 5 * 0.1 / math.sqrt(N)
        assert abs(now.std() - 0.1) < 5 * 0.1 / math.sqrt(2 * N)
        assert kstest(now / 0.1, "norm").pvalue > 1e-4
    np.testing.assert_array_equal(x[2], x[3])  # in no time nothing moves
    assert abs(np.corrcoef(x[4], x[5])[0, 1]) < 5 / math.sqrt(N)  # after 50 times t_slow nothing is remembered


@pytest.mark.parametrize("dt", [1e-5, 1e-4, 3e-3, 3e-2, 0.2])
def test_flicker_noise_remembers_as_the_sum_of_its_processes(dt):
    x = deviations(FLICKER, [dt, 0.3 * dt, 0.7 * dt])
    r = np.exp(-dt / time_constants(FLICKER)).mean()
    error = 5 * math.sqrt((1 + r * r) / N)  # of the mean product of two Gaussians of unit variance
    assert abs((x[0] * x[1]).mean() / 0.01 - r) < error
    assert abs((x[1] * x[3]).mean() / 0.01 - r) < error  # in two parts as in one


def test_its_spectrum_falls_as_1_over_f_within_the_band():
    """Periodograms (Hann window) of 256 cells, 4096 readings 0.1 ms apart. Their mean against the spectrum of the seven sampled processes,
    Σ (1 − ρ²)/(1 − 2ρ cos ω + ρ²), and the slope of both in log-log from 8 to 400 Hz; the band is 1.6 to 1600 Hz."""
    cells, n, dt = 256, 4096, 1e-4
    x = deviations(FLICKER, [dt] * (n - 1), cells) / 0.1
    window = np.hanning(n)
    power = (np.abs(np.fft.rfft(x * window[:, None], axis=0)) ** 2).mean(axis=1) / (window**2).sum()
    f = np.fft.rfftfreq(n, dt)
    rho = np.exp(-dt / time_constants(FLICKER))[:, None]
    theory = ((1 - rho**2) / (1 - 2 * rho * np.cos(2 * math.pi * f * dt) + rho**2)).mean(axis=0)
    used = (f > 8) & (f < 400)
    # a periodogram is exponential: the mean of 256 has 1/16 of its value as standard deviation, the mean over the bins, of which
    # the window couples neighbours (its noise bandwidth is 1.5 bins), 1/16 √(1.5/bins); leakage of the steepest part, f^-2, stays below 1e-3
    bins = used.sum()
    assert abs((power / theory)[used].mean() - 1) < 5 / 16 * math.sqrt(1.5 / bins) + 1e-3
    log_f = np.log(f[used])
    slope, slope_theory = (np.polyfit(log_f, np.log(s[used]), 1)[0] for s in (power, theory))
    assert abs(slope - slope_theory) < 5 / 16 * math.sqrt(1.5 / (bins * log_f.var()))
    assert slope_theory == pytest.approx(-1, abs=0.1)
    octaves = [np.polyfit(log_f[part], np.log(theory[used])[part], 1)[0] for part in np.array_split(np.arange(bins), [12, 40])]
    assert all(-1.35 < s < -0.65 for s in octaves)  # everywhere in the band, not only on average


def test_telegraph_noise_has_two_levels_and_is_in_each_half_of_the_time():
    x = deviations(TELEGRAPH, [2e-4, 1e-3, 1.0])
    assert set(np.unique(x.round(15))) == {0.0, 0.2}
    state = start_slow(TELEGRAPH, N, 5, 0, 0)
    traps = state[1] == 1
    assert abs(traps.mean() - 0.7) < 5 * math.sqrt(0.7 * 0.3 / N)
    for now in x:
        assert abs((now[traps] > 0).mean() - 0.5) < 5 * 0.5 / math.sqrt(traps.sum())
        assert (now[~traps] == 0).all()


def test_telegraph_noise_changes_as_often_as_its_mean_time_says():
    dt, steps = 1e-4, 200  # a tenth of the mean time
    x = deviations(TELEGRAPH, [dt] * steps, cells=2000)
    up = x[:, start_slow(TELEGRAPH, 2000, 5, 0, 0)[1] == 1] > 0
    p = (1 - math.exp(-2 * dt / 1e-3)) / 2
    changed = up[1:] != up[:-1]
    assert abs(changed.mean() - p) < 5 * math.sqrt(p * (1 - p) / changed.size)
    for state in (True, False):  # equally often from either
        from_here = changed[up[:-1] == state]
        assert abs(from_here.mean() - p) < 5 * math.sqrt(p * (1 - p) / from_here.size)
    # stays of more than m readings: (1 − p)^m of those that begin early enough to be seen to their end
    m = 8
    begins = [(t, c) for t, c in zip(*np.nonzero(changed), strict=True) if t + 1 + m < steps]
    stays = np.array([not changed[t + 1 : t + 1 + m, c].any() for t, c in begins])
    q = (1 - p) ** m
    assert abs(stays.mean() - q) < 5 * math.sqrt(q * (1 - q) / len(stays))


@pytest.mark.parametrize("dt", [3e-4, 1e-3, 1e-2])
def test_telegraph_noise_in_two_parts_is_as_in_one(dt):
    x = deviations(Noise(telegraph=0.2, telegraph_time=1e-3), [dt, 0.4 * dt, 0.6 * dt])
    p = (1 - math.exp(-2 * dt / 1e-3)) / 2
    for a, b in ((0, 1), (1, 3)):
        assert abs((x[a] != x[b]).mean() - p) < 5 * math.sqrt(p * (1 - p) / N)


def test_cells_layers_and_replicas_have_noise_of_their_own():
    both = Noise(flicker=0.1, telegraph=0.2)
    a, b, c = (deviations(both, [1e-3], label=r, layer=k)[1] for r, k in ((0, 0), (1, 0), (0, 1)))
    for one, other in ((a, b), (a, c), (a[:-1], a[1:])):
        assert abs(np.corrcoef(one, other)[0, 1]) < 5 / math.sqrt(len(one))
    np.testing.assert_array_equal(a, deviations(both, [1e-3])[1])


def test_either_kind_leaves_the_level_of_the_other():
    both = Noise(flicker=0.1, telegraph=0.2)
    x = deviations(both, [1e-3, 1e-2])[2]
    assert abs(x.mean() - 0.1) < 5 * math.sqrt(0.02 / N)
    assert abs(x.var() - (0.01 + 0.01)) < 5 * 0.02 * math.sqrt(2 / N)


SLOW = ({"flicker": 0.05}, {"telegraph": 0.1}, {"relative": 0.1, "flicker": 0.05})


@pytest.mark.parametrize("noise", SLOW)
def test_noise_that_remembers_needs_the_driver_that_does(noise):
    with pytest.raises(SpecError, match=r"^device\.noise: flicker and telegraph noise remember, .*set driver = 'stepwise'"):
        setup("soft-bounds", device__noise=noise)
    assert setup("soft-bounds", device__noise=noise, driver="stepwise").noise.slow
    assert not setup("soft-bounds", device__noise=noise, device__without=["read-noise"]).noise.slow
