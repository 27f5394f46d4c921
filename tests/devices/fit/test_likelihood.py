"""The filter against independent computations: the exact Gaussian likelihood of a ramp, and a clipped Gaussian by quadrature."""

import math

import numpy as np
import pytest
from scipy import integrate, stats

from ohmgrad.devices.catalogue import LAWS
from ohmgrad.devices.fit.candidates import candidate
from ohmgrad.devices.fit.estimate import innovations_of
from ohmgrad.devices.fit.likelihood import bent, clipped, make_filter
from ohmgrad.devices.fit.optimise import derivatives, log_likelihood
from ohmgrad.devices.fit.ramps import Ramp, pack


def filtered(law, p, data, r, tab=None):
    e, f, ln, c = (np.zeros(len(data.y)) for _ in range(4))
    make_filter(law)(
        data.y,
        data.up,
        data.begin,
        p,
        np.zeros((3, 2)) if tab is None else tab,
        5e-8,
        5e-8,
        r,
        0.0,
        e,
        f,
        ln,
        c.astype(np.uint8),
    )
    return e, f, ln


def test_linear_walk_has_the_likelihood_of_its_covariance_matrix():
    """y − y₀ of a walk with equal steps is Gaussian: mean k·step, covariance s²·min(j, k) + r²·(1 + δ_jk). No approximation is left."""
    law = LAWS["linear"]
    p = law.defaults()._replace(g_min=0.0, g_max=1.0, step_set=2e-7, sigma=0.0, sigma_abs=5e-8)
    r, n = 3e-8, 40
    rng = np.random.default_rng(3)
    y = 1e-4 + 2e-7 * np.arange(n) + np.cumsum(rng.normal(0, 5e-8, n)) + rng.normal(0, r, n)
    y[[7, 8, 20]] = np.nan  # gaps
    data = pack([Ramp("1", True, y)])
    _, f, ln = filtered(law, p, data, r)
    k = np.flatnonzero(np.isfinite(y))[1:]
    covariance = 25e-16 * np.minimum.outer(k, k) + r * r * (1.0 + np.eye(len(k)))
    exact = stats.multivariate_normal(2e-7 * k, covariance, allow_singular=True).logpdf(y[k] - y[0])
    assert math.isclose(ln[f > 0].sum(), exact, rel_tol=1e-9)


@pytest.mark.parametrize(("mean", "sd"), [(0.3, 0.1), (0.1, 0.3), (-0.2, 0.4), (1.1, 0.2), (0.9, 2.0)])
def test_moments_of_a_clipped_gaussian(mean, sd):
    def moment(k):
        inside = integrate.quad(lambda x: x**k * stats.norm.pdf(x, mean, sd), 0.0, 1.0, epsabs=1e-13)[0]
        return inside + 1.0 * stats.norm.sf(1.0, mean, sd) + (0.0 if k else stats.norm.cdf(0.0, mean, sd))

    m, v = clipped(mean, sd * sd, 0.0, 1.0)
    assert math.isclose(m, moment(1), rel_tol=1e-9)
    assert math.isclose(v, moment(2) - moment(1) ** 2, rel_tol=1e-7)


@pytest.mark.parametrize(
    ("y", "mean", "sd", "r"), [(0.2, 0.1, 0.3, 0.1), (-0.05, -0.2, 0.4, 0.1), (1.02, 1.3, 0.3, 0.05), (0.5, 0.4, 0.1, 0.2)]
)
def test_density_of_a_read_of_a_clipped_gaussian(y, mean, sd, r):
    low, high = stats.norm.cdf(0.0, mean, sd), stats.norm.sf(1.0, mean, sd)

    def moment(k):
        def joint(g):
            return g**k * stats.norm.pdf(g, mean, sd) * stats.norm.pdf(y, g, r)

        return (
            integrate.quad(joint, 0.0, 1.0, epsabs=1e-14)[0]
            + high * stats.norm.pdf(y, 1.0, r)
            + (0 if k else low * stats.norm.pdf(y, 0.0, r))
        )

    ln, g, v = bent(y, mean, sd * sd, r * r, 0.0, 1.0)
    assert math.isclose(ln, math.log(moment(0)), rel_tol=1e-9, abs_tol=1e-9)
    assert math.isclose(g, moment(1) / moment(0), rel_tol=1e-8, abs_tol=1e-10)
    assert math.isclose(v, moment(2) / moment(0) - (moment(1) / moment(0)) ** 2, rel_tol=1e-6, abs_tol=1e-10)


def test_gradient_is_that_of_the_likelihood(known):
    measurement = known.measure(1)
    law = LAWS[known.law]
    data = pack(measurement.ramps)
    p = known.parameters
    c = candidate(law, data, (p.g_min, p.g_max), {"g_min": p.g_min, "g_max": p.g_max}, 5)
    noise = c.noise_sets[0]
    free = c.free_with(noise, True)
    start = c.noise_start(noise) | c.starts[0]
    x = np.array([f.x(start[f.name]) for f in free])
    at = innovations_of(make_filter(law), c, free, data, (5e-8, 5e-8), 1e-12, {})
    gradient, information = derivatives(at, x)
    for k in range(len(x)):
        h = np.zeros(len(x))
        h[k] = 1e-4 / math.sqrt(1.0 + information[k, k])
        slope = -(log_likelihood(at(x + h)) - log_likelihood(at(x - h))) / (2 * h[k])
        assert abs(slope - gradient[k]) < 2e-3 * math.sqrt(1.0 + information[k, k])


def test_read_noise_is_told_from_step_noise_by_neighbouring_increments():
    """Two measurements with the same variance of an increment: noise of steps only, and of reads only."""
    from ohmgrad.devices.fit import fit_pulses, ramps_from_arrays

    rng = np.random.default_rng(5)
    n, size = 120, 1e-7
    ideal = 1e-5 + 2e-7 * np.arange(n)
    steps = [ideal + np.cumsum(rng.normal(0, size * math.sqrt(2), n)) for _ in range(6)]
    reads = [ideal + rng.normal(0, size, n) for _ in range(6)]
    for ramps, read in ((steps, 0.0), (reads, size)):
        fit = fit_pulses(ramps_from_arrays(ramps), laws=["linear"], values={"g_min": 1e-6, "g_max": 1e-4}).best
        cell = fit.cells["1"]
        p, _ = cell.parameters()
        own = math.hypot(p.sigma * p.step_set, p.sigma_abs + p.sigma_g * 2e-5)
        assert abs(cell.read_noise - read) < 0.15 * size
        assert abs(own - (0.0 if read else size * math.sqrt(2))) < 0.15 * size
