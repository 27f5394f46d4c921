"""Variation from cell to cell: the moments drawn, their limits, and that parameters do not disturb each other."""

import math

import numpy as np
import pytest
from imperfect import parameter, uncompiled
from scipy.stats import kstest, truncnorm
from small import setup

from ohmgrad.devices.catalogue import LAWS
from ohmgrad.devices.variation import Variation, varied_names, vary
from ohmgrad.errors import SpecError
from ohmgrad.kernels.draw_loop import fill_normal
from ohmgrad.kernels.draws import DEVICE
from ohmgrad.network.replica import Replica

LAW = LAWS["soft-bounds"]
N = 100_000


def draw(cells, k):
    out = np.empty(cells)
    fill_normal(out, 5, 0, 0, DEVICE * 256, k)
    return out


@pytest.mark.parametrize("sigma", [0.01, 0.1, 0.25])
def test_normal_variation_has_its_mean_and_spread(sigma):
    value = vary(LAW, 2e-7, "step_set", Variation(sigma), draw(N, list(LAW.declared).index("step_set"))) / 2e-7
    # σ ≤ 0.25: the cut at 3.6 σ or further moves the spread by less than 1e-3 of itself
    assert abs(value.mean() - 1) < 5 * sigma / math.sqrt(N)
    assert abs(value.std() - sigma) < 5 * sigma / math.sqrt(2 * N) + 1e-3 * sigma


@pytest.mark.parametrize("sigma", [0.1, 0.5, 1.0])
def test_lognormal_variation_has_its_mean_and_spread(sigma):
    log = np.log(
        vary(LAW, 2e-7, "step_set", Variation(sigma, "lognormal"), draw(N, list(LAW.declared).index("step_set"))) / 2e-7
    )
    assert abs(log.mean()) < 5 * sigma / math.sqrt(N)
    assert abs(log.std() - sigma) < 5 * sigma / math.sqrt(2 * N)


def test_normal_variation_is_cut_at_a_tenth_and_at_nineteen_tenths():
    value = vary(LAW, 2e-7, "step_set", Variation(0.5), draw(N, list(LAW.declared).index("step_set"))) / 2e-7
    assert value.min() == pytest.approx(0.1, rel=1e-15, abs=0) and value.max() == pytest.approx(1.9, rel=1e-15, abs=0)
    share = 0.5 * math.erfc(1.8 / math.sqrt(2))  # beyond ±0.9/0.5 = 1.8 standard deviations
    for cut in (value < 0.11, value > 1.89):
        # the last hundredth before the cut holds another 0.02·φ(1.8) = 0.0016 of the cells
        assert share - 5 * math.sqrt(share / N) < cut.mean() < share + 0.0016 + 5 * math.sqrt(share / N)


def test_the_declared_range_holds_whatever_was_drawn():
    for kind in ("normal", "lognormal"):
        value = vary(LAW, 9.0, "sigma", Variation(2.0, kind), draw(10_000, list(LAW.declared).index("sigma")))
        assert value.max() == LAW.declared["sigma"].high and value.min() >= LAW.declared["sigma"].low


def test_no_spread_gives_the_nominal_value():
    assert (vary(LAW, 2e-7, "step_set", Variation(0.0), draw(100, list(LAW.declared).index("step_set"))) == 2e-7).all()
    assert varied_names({"step_set": Variation(0.0), "g_max": Variation(0.1), "g_min": Variation(0.2)}) == ["g_max", "g_min"]


def test_two_parameters_vary_independently():
    a, b = (
        vary(LAW, 1e-7, name, Variation(0.2), draw(N, list(LAW.declared).index(name))) for name in ("step_set", "step_reset")
    )
    assert abs(np.corrcoef(a, b)[0, 1]) < 5 / math.sqrt(N)


def test_each_cell_keeps_its_draws_when_another_parameter_starts_to_vary():
    def replica(**variation):
        case = setup("soft-bounds", device__variation={k: {"sigma": v} for k, v in variation.items()})
        return case, Replica(case, 1)

    (alone, a), (both, b) = replica(step_set=0.2), replica(step_set=0.2, sigma=0.3)
    one, two = (dict(zip(s.varied, r.cells.varied, strict=True)) for s, r in ((alone, a), (both, b)))
    np.testing.assert_array_equal(one["step_set"], two["step_set"])
    np.testing.assert_array_equal(a.cells.state, b.cells.state)  # nor do the initial states move
    relative = [two[name].ravel() / getattr(both.params, name) for name in ("step_set", "sigma")]
    assert abs(np.corrcoef(relative)[0, 1]) < 5 / math.sqrt(len(relative[0]))
    assert len(np.unique(one["step_set"])) == one["step_set"].size  # both cells of every pair, all layers: draws of their own


def test_replicas_vary_differently():
    case = setup("soft-bounds", device__variation={"step_set": {"sigma": 0.2}})
    assert (Replica(case, 0).cells.varied != Replica(case, 1).cells.varied).all()
    np.testing.assert_array_equal(Replica(case, 1).cells.varied, Replica(case, 1).cells.varied)


def step_set(variation):
    return vary(LAW, 2e-7, "step_set", variation, draw(N, list(LAW.declared).index("step_set")))


@pytest.mark.parametrize("sigma, cut", [(0.3, 2.0), (0.3, 0.5), (0.1, 3.0), (0.1, 8.0)])
def test_truncated_variation_has_the_moments_of_a_truncated_gaussian(sigma, cut):
    x = (step_set(Variation(sigma, "truncated", cut)) / 2e-7 - 1) / sigma
    assert abs(x).max() <= cut * (1 + 1e-9) + 1e-12
    inside = math.erf(cut / math.sqrt(2))
    density = math.exp(-cut * cut / 2) / math.sqrt(2 * math.pi)
    variance = 1 - 2 * cut * density / inside
    fourth = 3 - 2 * (cut**3 + 3 * cut) * density / inside
    assert abs(x.mean()) < 5 * math.sqrt(variance / N)
    assert abs(x.var() - variance) < 5 * math.sqrt((fourth - variance**2) / N)
    assert kstest(x, truncnorm(-cut, cut).cdf).pvalue > 1e-4
    assert (x == np.sort(x)[0]).sum() == 1  # left out, not piled up


def test_truncated_variation_far_out_is_the_whole_gaussian():
    xi = draw(N, list(LAW.declared).index("step_set"))
    got = (vary(LAW, 2e-7, "step_set", Variation(0.1, "truncated", 8.0), xi) / 2e-7 - 1) / 0.1
    # Φ has steps of 1e-16 and the slope φ(4.5) = 1.6e-5 at the outermost of 100 000 draws; the division by σ = 0.1 leaves 1e-15
    np.testing.assert_allclose(got, xi, rtol=0, atol=1e-10)


def test_uniform_variation_fills_its_range():
    value = step_set(Variation(0.0, "uniform", low=1e-7, high=4e-7))
    assert value.min() > 1e-7 and value.max() < 4e-7
    share = (value - 1e-7) / 3e-7
    assert abs(share.mean() - 0.5) < 5 / math.sqrt(12 * N)
    assert abs(share.var() - 1 / 12) < 5 * math.sqrt(1 / 180 / N)  # variance of (u − ½)²
    assert kstest(share, "uniform").pvalue > 1e-4


def test_uniform_limits_take_the_units_of_their_parameter():
    def low_high(low, high, name="step_set"):
        case = setup("soft-bounds", device__variation={name: {"kind": "uniform", "low": low, "high": high}})
        return case.variation[name].low, case.variation[name].high

    assert low_high("0.5 uS", "800 nS") == (0.5e-6, 0.8e-6) and low_high(1e-7, 2e-7) == (1e-7, 2e-7)
    for low, high, message in (
        ("1 V", "2 V", r"device\.variation\.step_set\.low: '1 V' is a voltage, but a conductance is wanted"),
        ("2 uS", "1 uS", r"device\.variation\.step_set: low \(2 uS\) must be below high \(1 uS\)"),
        (1e-6, 1e-6, r"must be below"),
        (None, 1e-6, r"device\.variation\.step_set: kind = 'uniform' needs low and high"),
        (1e-7, float("inf"), r"device\.variation\.step_set\.high"),
    ):
        with pytest.raises(SpecError, match=message):
            low_high(low, high)


@pytest.mark.parametrize(
    "variation, message",
    [
        ({"step_sett": {"sigma": 0.1}}, "device.variation.step_sett: law 'soft-bounds' has no such parameter; did you mean 'step_set'?"),
        ({"retention_nu": {"sigma": 0.1}}, "device.variation.retention_nu: law 'soft-bounds' has no such parameter"),
        ({"step_set": {"sigma": -0.1}}, "device.variation.step_set.sigma: input should be greater than or equal to 0"),
        ({"step_set": {"sgima": 0.1}}, "unknown setting 'device.variation.step_set.sgima'; did you mean 'sigma'?"),
        ({"step_set": {"kind": "gauss"}}, "device.variation.step_set.kind: input should be 'normal', 'lognormal', 'truncated' or 'uniform'"),
        ({"step_set": {"kind": "truncated", "cut": 0}}, "device.variation.step_set.cut: input should be greater than 0"),
        ({"step_set": 0.1}, "device.variation.step_set: input should be a valid dictionary"),
    ],
)  # fmt: skip
def test_bad_settings_are_named(variation, message):
    with pytest.raises(SpecError) as e:
        setup("soft-bounds", device__variation=variation)
    assert str(e.value).startswith(message)


def test_the_fault_of_a_cell_is_no_parameter_to_vary():
    with pytest.raises(SpecError, match=r"device\.variation\.fault: law 'soft-bounds' has no such parameter"):
        setup("soft-bounds", device__faults={"dead": 0.1}, device__variation={"fault": {"sigma": 1.0}})


def test_parameters_of_retention_keep_their_draws_when_other_imperfections_come_in():
    retention = {"kind": "power-law", "nu": 0.05}
    variation = {"retention_nu": {"sigma": 0.2}, "step_set": {"sigma": 0.2}}
    alone = uncompiled(device__retention=retention, device__variation=variation)
    for more in ({"device__faults": {"dead": 0.1}}, {"device__endurance": {"cycles": 10}}):
        r = uncompiled(device__retention=retention, device__variation=variation, **more)
        for name in variation:
            np.testing.assert_array_equal(parameter(alone, name), parameter(r, name))
    nu, step = (parameter(alone, name).ravel() for name in variation)
    assert abs(np.corrcoef(nu, step)[0, 1]) < 5 / math.sqrt(nu.size)
