"""Levels against retention time: both ways against closed forms written again here."""

import math

import numpy as np
import pytest

from ohmgrad.devices.levels import band, count_bands, levels_after, levels_curve, levels_of_barrier, levels_written
from ohmgrad.devices.resolve import complete_device, resolve
from ohmgrad.devices.section import Device
from ohmgrad.errors import SpecError

LOW, HIGH = 1e-6, 20e-6


def device(**sections):
    parameters = {"g_min": LOW, "g_max": HIGH, **sections.pop("parameters", {})}
    return resolve(complete_device(Device.model_validate({"law": "linear", "parameters": parameters, **sections})))


@pytest.mark.parametrize("n", [2, 3, 8, 64])
@pytest.mark.parametrize("barrier", [0.7, 1.5])
def test_levels_of_a_barrier_invert_the_retention_time(n, barrier):
    """τ = τ₀ e^(E₀/((N − 1) kT)), put back into N(τ)."""
    kt = 8.617333262e-5 * 350.0
    ratio = math.exp(barrier / ((n - 1) * kt))
    assert levels_of_barrier(ratio, barrier, 350.0) == pytest.approx(n, rel=1e-12)


def test_twice_the_barrier_is_twice_the_levels_beyond_the_first():
    one, two = (levels_of_barrier(1e20, e) for e in (0.9, 1.8))
    assert two - 1 == pytest.approx(2 * (one - 1))


@pytest.mark.parametrize("bad", [(1.0, 1.0, 300.0), (1e9, -0.1, 300.0), (1e9, 1.0, 0.0), (math.nan, 1.0, 300.0)])
def test_a_barrier_without_meaning_is_refused(bad):
    with pytest.raises(SpecError, match="must"):
        levels_of_barrier(*bad)


@pytest.mark.parametrize("noise", [1e-6, 0.21e-6, 33e-9])
@pytest.mark.parametrize("k", [1.0, 3.0])
def test_white_noise_divides_the_window_evenly(noise, k):
    """Bands of width 2ks whose centres lie in the window: 1 + floor(W/(2ks))."""
    want = 1 + math.floor((HIGH - LOW) / (2 * k * noise))
    assert levels_after(device(noise={"absolute": noise}), 1.0, k) == want


@pytest.mark.parametrize("noise", [0.02, 0.05, 0.11])
def test_relative_noise_divides_its_logarithm(noise):
    """Each level is (1 + kr)/(1 − kr) times the one below."""
    k = 2.0
    want = 1 + math.floor(math.log(HIGH / LOW) / math.log((1 + k * noise) / (1 - k * noise)))
    assert levels_after(device(noise={"relative": noise}), 1.0, k) == want


@pytest.mark.parametrize("age", [1.0, 1e3, 1e6, 3e8])
def test_drift_with_white_noise_shrinks_the_window(age):
    """m = g·(t/t₀)^(−ν): the window shrinks by that factor, the noise does not."""
    nu, t_0, noise, k = 0.08, 10.0, 0.11e-6, 3.0
    d = device(noise={"absolute": noise}, retention={"kind": "power-law", "nu": nu, "t_0": t_0})
    left = (HIGH - LOW) * max(age / t_0, 1.0) ** -nu
    assert levels_after(d, age, k) == 1 + math.floor(left / (2 * k * noise))


@pytest.mark.parametrize("age", [1.0, 1e4, 1e8])
def test_drift_that_differs_from_cell_to_cell(age):
    """σ = m·sinh(σ_ν ν ln(t/t₀)): half of what cells one σ_ν apart on both sides differ by; a spread relative to m."""
    nu, sigma, k = 0.05, 0.3, 2.0
    d = device(
        noise={"relative": 0.01},
        retention={"kind": "power-law", "nu": nu, "t_0": 1.0},
        variation={"retention_nu": {"sigma": sigma}},
    )
    r = math.hypot(0.01, math.sinh(sigma * nu * math.log(age)))
    m, s = band(d, np.array([LOW, 7e-6, HIGH]), age)
    np.testing.assert_allclose(m, np.array([LOW, 7e-6, HIGH]) * age**-nu, rtol=1e-12)
    np.testing.assert_allclose(s, r * m, rtol=1e-9)
    assert levels_after(d, age, k) == 1 + math.floor(math.log(HIGH / LOW) / math.log((1 + k * r) / (1 - k * r)))


def test_levels_that_lose_all_are_one():
    d = device(
        noise={"absolute": 0.1e-6}, retention={"kind": "stretched", "tau": 1e3, "beta": 0.7, "g_rest": 3e-6}
    )  # fmt: skip
    assert levels_after(d, 1.0) > 20
    assert levels_after(d, 1e6) == 1


def test_activated_loss_with_a_barrier_of_its_own_for_each_level():
    """High levels with the lower barrier end below low ones: two levels written can come to one, but none is counted twice."""
    d = device(
        noise={"absolute": 50e-9},
        retention={"kind": "activated", "barrier_low": 1.4, "barrier_high": 1.0, "g_rest": LOW, "rate": 1e13, "temperature": 300.0},
    )  # fmt: skip
    ages = np.geomspace(1.0, 1e9, 10)
    curve = levels_curve(d, ages.tolist())
    assert curve[0] == 1 + math.floor((HIGH - LOW) / (6 * 50e-9)) and curve[-1] < 0.7 * curve[0]
    # what is left of any level lies in a range of conductances that holds no more bands than this
    for age, n in zip(ages, curve, strict=True):
        m, _ = band(d, np.linspace(LOW, HIGH, 4000), age)
        assert n <= 1 + math.floor(np.ptp(m) / (6 * 50e-9)) + 1e-9
        assert n >= math.floor(np.ptp(m) / (6 * 50e-9))


def test_more_spread_never_gives_more_levels():
    counts = [levels_after(device(noise={"absolute": a, "relative": 0.01}), 1.0) for a in np.geomspace(1e-9, 5e-6, 12)]
    assert counts == sorted(counts, reverse=True) and counts[-1] == 1


def test_without_noise_there_is_no_limit():
    assert levels_after(device(), 1.0) == math.inf


def test_flicker_and_telegraph_noise_count_at_full_strength():
    """Two states that differ by a relative jump j: standard deviation j/2 of half the cells; 1/f adds its own."""
    d = device(noise={"flicker": 0.03, "telegraph": 0.08, "telegraph_share": 0.5})
    _, s = band(d, np.array([5e-6]), 1.0)
    assert s[0] == pytest.approx(5e-6 * math.sqrt(0.03**2 + 0.5 * 0.04**2))


def test_bands_are_chosen_as_if_by_trying_all():
    """Against dynamic programming over all intervals, on crooked bands."""
    x = np.linspace(0.0, 1.0, 400)
    for seed in range(8):
        a, b, c = np.random.default_rng(seed).uniform(0.5, 6.0, 3)
        mean, half = x + 0.3 * np.sin(a * x), 0.02 + 0.015 * np.sin(b * x + c) ** 2
        low, high = mean - half, mean + half
        order = np.argsort(high)
        best, ends = 0, []
        for i in order:  # the most intervals that end at or before high[i]
            best = max(best, 1 + max((n for end, n in ends if end <= low[i]), default=0))
            ends.append((high[i], best))
        assert best <= count_bands(low, high) <= best + 1  # the continuum between the samples may hold one more


@pytest.mark.parametrize("sigma", [0.0, 0.1, 1.0, 4.0])
def test_levels_that_pulses_reach(sigma):
    """Equal steps d of spread σd: levels 2·max(3σd, d/2) apart, over the whole window."""
    step = 0.19e-6
    d = device(parameters={"step_set": step, "step_reset": step, "sigma": sigma})
    assert levels_written(d) == 1 + math.floor(19e-6 * (1 + 1e-9) / (2 * step * max(3 * sigma, 0.5)))


def test_saturating_cells_are_counted_to_where_their_steps_end():
    """Soft bounds: bands of half width h = d(1 − z)/2 from 0 to z = 0.95: 1 − z falls by (1 − h')/(1 + h') each, h' = d/2W."""
    step = 0.19e-6
    d = resolve(
        complete_device(Device(law="soft-bounds", parameters={"g_min": LOW, "g_max": HIGH, "step_set": step, "sigma": 0.0}))
    )
    half = step / (2 * (HIGH - LOW))
    assert levels_written(d) == 1 + math.floor(math.log(0.05) / math.log((1 - half) / (1 + half)))
