"""The power step against its formula in weight units, its mean path in closed form, and its special cases."""

import math

import numpy as np
import pytest

from ohmgrad.devices.catalogue import LAWS
from ohmgrad.devices.check import check_law
from ohmgrad.kernels.draws import key_at

LAW = LAWS["power-step"]
T = 1e-7


@pytest.mark.parametrize("w", np.linspace(-0.7, 0.7, 15))
def test_the_defaults_step_as_the_published_cells_do(w):
    """0.001·((1 ∓ w/τ)/2)^0.5 between ±τ = ±0.7, spread 30 %."""
    p = LAW.defaults()
    scale = (p.g_max - p.g_min) / 1.4  # siemens for a weight of 1
    s = LAW.start(p.g_min + (w + 0.7) * scale, p)
    up, down = 0.001 * ((1 - w / 0.7) / 2) ** 0.5 * scale, 0.001 * ((1 + w / 0.7) / 2) ** 0.5 * scale
    # the default step is rounded to 6 digits; at the bounds rounding of g leaves 1e-16 of the window, its root 1e-8 of a step
    allow = 1e-7 * p.step_set
    assert LAW.mean_step(s, p.v_set, T, p, None) == pytest.approx(up, rel=1e-6, abs=allow)
    assert LAW.mean_step(s, -p.v_reset, T, p, None) == pytest.approx(-down, rel=1e-6, abs=allow)
    assert LAW.spread(s, p.v_set, T, p, None) == pytest.approx(0.3 * up, rel=1e-6, abs=allow)


@pytest.mark.parametrize("gamma", [0.5, 2.0, 3.5])
def test_the_mean_path_follows_its_closed_form(gamma):
    """Small steps: dz/dn = s(1 − z)^γ, so (1 − z)^(1 − γ) = 1 − (1 − γ)·s·n; Euler's error is below s·γ·e^… ≈ 2γs."""
    s = 1e-4
    p = LAW.defaults()._replace(sigma=0.0, gamma_up=gamma, gamma_down=gamma)
    window = p.g_max - p.g_min
    p = p._replace(step_set=s * window, step_reset=s * window)
    up, down = LAW.start(p.g_min, p), LAW.start(p.g_max, p)
    for n in range(1, 8001):
        up = LAW.pulse(up, p.v_set, T, p, None, key_at(0, 0, 0, 0, n, 0))
        down = LAW.pulse(down, -p.v_reset, T, p, None, key_at(0, 0, 0, 0, n, 0))
        if n % 2000 == 0:
            left = (1 - (1 - gamma) * s * n) ** (1 / (1 - gamma))
            assert (p.g_max - up.g) / window == pytest.approx(left, abs=2 * gamma * s)
            assert (down.g - p.g_min) / window == pytest.approx(left, abs=2 * gamma * s)


def test_power_one_is_soft_bounds_and_power_zero_the_linear_cell():
    soft, linear = LAWS["soft-bounds"], LAWS["linear"]
    p = LAW.defaults()
    for share in (0.05, 0.4, 0.95):
        s = LAW.start(p.g_min + share * (p.g_max - p.g_min), p)
        for gamma, other in ((1.0, soft), (0.0, linear)):
            q = p._replace(gamma_up=gamma, gamma_down=gamma)
            o = other.defaults()._replace(step_set=p.step_set, step_reset=p.step_reset)
            for v in (p.v_set, -p.v_reset):
                assert LAW.mean_step(s, v, T, q, None) == pytest.approx(other.mean_step(s, v, T, o, None), rel=1e-14, abs=0)


def test_no_step_is_left_at_the_bounds():
    p = LAW.defaults()._replace(gamma_up=0.3, gamma_down=3.0)
    top, bottom = LAW.start(p.g_max, p), LAW.start(p.g_min, p)
    assert LAW.pulse(top, p.v_set, T, p, None, key_at(1, 0, 0, 0, 0, 0)) == top
    assert LAW.pulse(bottom, -p.v_reset, T, p, None, key_at(1, 0, 0, 0, 0, 0)) == bottom


def test_20000_pulses_have_the_declared_mean_and_spread():
    for up, down in ((0.5, 0.5), (0.0, 4.0), (2.0, 1.0)):
        check_law(LAW, LAW.defaults()._replace(gamma_up=up, gamma_down=down), n=20_000)


def test_pulses_of_half_the_reach_are_finite():
    p = LAW.defaults()._replace(sigma=0.0)
    # γ = ½ reaches the bound in 2/s pulses, s = 0.001/1.4; half the window after 2(1 − √½)/s
    half = LAW.pulses_needed(p.g_min, 0.5 * (p.g_min + p.g_max), T, p, None)
    assert half == pytest.approx(2 * (1 - math.sqrt(0.5)) * 1400, rel=1e-3)
