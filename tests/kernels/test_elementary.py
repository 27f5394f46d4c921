"""exp, log, tanh and the inverse normal distribution against 60 digits of decimal arithmetic."""

import math
from decimal import Decimal, localcontext

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import ndtri

from ohmgrad.kernels.elementary import exp, inverse_normal, inverse_normal_centre, log, tanh

PI = Decimal("3.14159265358979323846264338327950288419716939937510582097494459230781640628620899862803482534211706798")
TINY = 2.2250738585072014e-308  # smallest normal float


@pytest.fixture(autouse=True)
def digits():
    with localcontext(prec=60, Emin=-10_000, Emax=10_000) as context:
        yield context


def grid(low, high, n, seed):
    return [float(x) for x in np.random.default_rng(seed).uniform(low, high, n)]


def test_exp_has_the_stated_relative_error():
    for x in grid(-708, 709, 2000, 1) + grid(-1, 1, 1000, 2) + [-708.0, 709.0, 1e-300, -1e-17, 0.5 * math.log(2)]:
        true = Decimal(x).exp()
        assert abs((Decimal(exp(x)) - true) / true) < Decimal("4e-16"), x


def test_log_has_the_stated_error():
    xs = [math.ldexp(m, int(n)) for m, n in zip(grid(1, 2, 2000, 3), grid(-1022, 1023, 2000, 4), strict=True)]
    for x in [*xs, *grid(0.5, 2, 2000, 5), TINY, 1.7e308, math.sqrt(2), math.sqrt(0.5), 1 - 2**-53, 1 + 2**-52]:
        true = Decimal(x).ln()
        assert abs(Decimal(log(x)) - true) < Decimal("4e-16") * max(abs(true), 1), x


def test_tanh_has_the_stated_absolute_error():
    for x in grid(-3, 3, 2000, 6) + grid(-40, 40, 500, 7) + [1e-300, 1e-17, -1e-9]:
        e = (-2 * Decimal(x)).exp()
        assert abs(Decimal(tanh(x)) - (1 - e) / (1 + e)) < Decimal("3e-16"), x


def relative_error_of_quantile(z, u):
    """One Newton step from z to the true quantile of u, relative: Φ(z) − ½ = φ(z)·Σ z^(2n+1)/(2n+1)!!."""
    z, u = Decimal(z), Decimal(u)
    density = (-z * z / 2).exp() / (2 * PI).sqrt()
    term, total, n = z, Decimal(0), 0
    while abs(term) > Decimal("1e-70"):
        total += term
        n += 1
        term *= z * z / (2 * n + 1)
    return (Decimal("0.5") + density * total - u) / density / z


def test_inverse_normal_has_the_stated_relative_error(digits):
    digits.prec = 110  # in the tail ½ + φ·Σ cancels to 1e-30 after terms of 1e30
    edges = [0.075, 0.925, math.nextafter(0.075, 0), math.nextafter(0.925, 1), math.exp(-25), 2**-53, 1 - 2**-53, 1e-30]
    for u in grid(0, 1, 200, 8) + [10.0**-e for e in grid(1, 25, 60, 9)] + [0.5 + 2.0**-k for k in range(2, 53, 5)] + edges:
        assert abs(relative_error_of_quantile(inverse_normal(u), u)) < Decimal("2e-15"), u


def test_inverse_normal_agrees_with_scipy_far_into_the_tail():
    u = 10.0 ** -np.random.default_rng(10).uniform(1, 307, 2000)
    ours = np.array([inverse_normal(float(v)) for v in u])
    np.testing.assert_allclose(
        ours, ndtri(u), rtol=2e-15 + 7.2e-16, atol=0
    )  # ours + the peak error that Cephes states for ndtri


def test_exp_at_its_edges():
    assert exp(0.0) == exp(-0.0) == 1.0
    assert exp(math.inf) == exp(710.0) == exp(math.nextafter(709.0, 710.0)) == exp(1e308) == math.inf
    assert exp(-math.inf) == exp(-709.0) == exp(math.nextafter(-708.0, -709.0)) == exp(-1e308) == 0.0
    assert exp(709.0) < math.inf and exp(-708.0) >= TINY
    assert math.isnan(exp(math.nan))


def test_log_at_its_edges():
    assert log(1.0) == 0.0
    for n in (-1022, -1, 1, 10, 1023):
        true = n * Decimal(2).ln()
        assert abs(Decimal(log(math.ldexp(1.0, n))) - true) < Decimal("4e-16") * abs(true)


def test_tanh_at_its_edges():
    assert tanh(0.0) == 0.0 and tanh(-0.0) == 0.0
    for x in (20.0, 400.0, 1e308, math.inf):
        assert tanh(x) == 1.0 and tanh(-x) == -1.0
    assert tanh(1e-300) == 0.0  # 1 − e^(−2x) has an absolute error only
    assert math.isnan(tanh(math.nan))


@settings(deadline=None)  # the first call compiles
@given(st.floats(allow_nan=False))
def test_tanh_is_odd_and_within_one(x):
    assert tanh(-x) == -tanh(x)
    assert -1.0 <= tanh(x) <= 1.0
    assert tanh(x) * x >= 0.0


def test_tanh_rises_wherever_the_step_exceeds_its_error():
    x = np.arange(-8.0, 8.0, 0.01)
    y = np.array([tanh(float(v)) for v in x])
    assert (np.diff(y) > 0).all()  # the smallest true step here is 4e-9, the errors of two values together 6e-16
    x = np.arange(8.0, 30.0, 0.01)  # towards saturation it may stand still by rounding, and fall by no more than two errors
    assert (np.diff([tanh(float(v)) for v in x]) > -6e-16).all()


@settings(deadline=None)  # the first call compiles
@given(st.integers(1, 2**52 - 1))
def test_inverse_normal_is_odd_about_one_half(w):
    u = w / 2**53  # 1 − u is exact
    assert inverse_normal(1.0 - u) == -inverse_normal(u)


def test_inverse_normal_at_its_edges():
    assert inverse_normal(0.5) == 0.0
    assert (
        inverse_normal(2.0**-53) == -inverse_normal(1 - 2.0**-53) == pytest.approx(ndtri(2.0**-53), rel=2e-15 + 7.2e-16, abs=0)
    )
    for u in (0.076, 0.3, 0.92):
        assert inverse_normal(u) == inverse_normal_centre(u - 0.5)


def test_inverse_normal_rises_across_the_joints_of_its_pieces():
    for joint in (0.075, 0.925, math.exp(-25)):
        u = joint * (1 + np.linspace(-1e-9, 1e-9, 201))
        assert (np.diff([inverse_normal(float(v)) for v in u]) > 0).all(), joint
