"""Variation from cell to cell: the moments drawn, their limits, and that parameters do not disturb each other."""

import math

import numpy as np
import pytest
from small import setup

from ohmgrad.devices.catalogue import LAWS
from ohmgrad.devices.variation import Variation, varied_names, vary
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
    value = vary(LAW, 2e-7, "step_set", Variation(sigma), N, draw) / 2e-7
    # σ ≤ 0.25: the cut at 3.6 σ or further moves the spread by less than 1e-3 of itself
    assert abs(value.mean() - 1) < 5 * sigma / math.sqrt(N)
    assert abs(value.std() - sigma) < 5 * sigma / math.sqrt(2 * N) + 1e-3 * sigma


@pytest.mark.parametrize("sigma", [0.1, 0.5, 1.0])
def test_lognormal_variation_has_its_mean_and_spread(sigma):
    log = np.log(vary(LAW, 2e-7, "step_set", Variation(sigma, "lognormal"), N, draw) / 2e-7)
    assert abs(log.mean()) < 5 * sigma / math.sqrt(N)
    assert abs(log.std() - sigma) < 5 * sigma / math.sqrt(2 * N)


def test_normal_variation_is_cut_at_a_tenth_and_at_nineteen_tenths():
    value = vary(LAW, 2e-7, "step_set", Variation(0.5), N, draw) / 2e-7
    assert value.min() == pytest.approx(0.1, rel=1e-15, abs=0) and value.max() == pytest.approx(1.9, rel=1e-15, abs=0)
    share = 0.5 * math.erfc(1.8 / math.sqrt(2))  # beyond ±0.9/0.5 = 1.8 standard deviations
    for cut in (value < 0.11, value > 1.89):
        # the last hundredth before the cut holds another 0.02·φ(1.8) = 0.0016 of the cells
        assert share - 5 * math.sqrt(share / N) < cut.mean() < share + 0.0016 + 5 * math.sqrt(share / N)


def test_the_declared_range_holds_whatever_was_drawn():
    for kind in ("normal", "lognormal"):
        value = vary(LAW, 9.0, "sigma", Variation(2.0, kind), 10_000, draw)
        assert value.max() == LAW.declared["sigma"].high and value.min() >= LAW.declared["sigma"].low


def test_no_spread_gives_the_nominal_value():
    assert (vary(LAW, 2e-7, "step_set", Variation(0.0), 100, draw) == 2e-7).all()
    assert varied_names({"step_set": Variation(0.0), "g_max": Variation(0.1), "g_min": Variation(0.2)}) == ["g_max", "g_min"]


def test_two_parameters_vary_independently():
    a, b = (vary(LAW, 1e-7, name, Variation(0.2), N, draw) for name in ("step_set", "step_reset"))
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
