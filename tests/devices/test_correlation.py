"""Parameters that differ together from cell to cell."""

import math

import numpy as np
import pytest
from imperfect import parameter, uncompiled
from scipy.stats import kstest
from small import setup

from ohmgrad.devices.variation import Correlated, cholesky
from ohmgrad.errors import SpecError

LAYERS = (150, 80, 60)
VARIATION = {"step_set": {"sigma": 0.1, "kind": "lognormal"}, "step_reset": {"sigma": 0.2, "kind": "lognormal"}, "g_max": {"sigma": 0.05, "kind": "lognormal"}}  # fmt: skip


def varied(*correlation, **more):
    return uncompiled(
        layers=LAYERS, device__variation=VARIATION, device__correlation=[{"between": (a, b), "rho": rho} for a, b, rho in correlation], **more
    )  # fmt: skip


def xi(replica):
    """The Gaussians behind the parameters (a lognormal one shows them)."""
    return {
        name: np.log(parameter(replica, name).ravel() / getattr(replica.setup.params, name)) / spread["sigma"]
        for name, spread in VARIATION.items()
    }


def test_correlations_are_those_asked_for():
    x = xi(varied(("step_set", "step_reset", 0.8), ("g_max", "step_reset", -0.5), ("step_set", "g_max", -0.2)))
    n = len(x["g_max"])
    for a, b, rho in (("step_set", "step_reset", 0.8), ("g_max", "step_reset", -0.5), ("step_set", "g_max", -0.2)):
        assert abs(np.corrcoef(x[a], x[b])[0, 1] - rho) < 5 * (1 - rho * rho) / math.sqrt(n)
    for name, values in x.items():
        assert kstest(values, "norm").pvalue > 1e-4, name
        assert abs(np.corrcoef(values[:-1], values[1:])[0, 1]) < 5 / math.sqrt(n)  # cells stay independent


def test_one_correlation_leaves_the_other_pairs_alone():
    x = xi(varied(("step_set", "step_reset", 0.7)))
    for a, b, rho in (("step_set", "step_reset", 0.7), ("step_set", "g_max", 0.0), ("step_reset", "g_max", 0.0)):
        assert abs(np.corrcoef(x[a], x[b])[0, 1] - rho) < 5 * (1 - rho * rho) / math.sqrt(len(x[a]))


def test_a_correlation_leaves_the_draws_of_the_first_parameter_and_of_strangers():
    without, r = varied(), varied(("step_reset", "step_set", 0.7))
    for name in ("step_set", "g_max"):  # the law declares step_set before step_reset
        np.testing.assert_array_equal(parameter(without, name), parameter(r, name))
    assert (parameter(without, "step_reset") != parameter(r, "step_reset")).all()
    np.testing.assert_array_equal(parameter(r, "step_reset"), parameter(varied(("step_set", "step_reset", 0.7)), "step_reset"))
    np.testing.assert_array_equal(
        parameter(varied(("step_set", "step_reset", 0.0)), "step_reset"), parameter(without, "step_reset")
    )


def test_the_factor_times_its_transpose_is_the_matrix_of_correlations():
    names = ["a", "b", "c", "d"]
    pairs = [Correlated("a", "c", 0.5), Correlated("d", "b", -0.3), Correlated("c", "d", 0.4)]
    low = np.array(cholesky(names, pairs))
    assert (np.triu(low, 1) == 0).all()
    wanted = np.eye(4)
    for p in pairs:
        i, j = names.index(p.first), names.index(p.second)
        wanted[i, j] = wanted[j, i] = p.rho
    np.testing.assert_allclose(low @ low.T, wanted, rtol=0, atol=1e-15)


BAD = {
    "contradict each other": [("step_set", "step_reset", 0.9), ("step_reset", "g_max", 0.9), ("step_set", "g_max", -0.9)],
    "'sigma' does not vary from cell to cell": [("step_set", "sigma", 0.5)],
    "'step_sett' does not vary from cell to cell; did you mean 'step_set'": [("step_sett", "g_max", 0.5)],
    "'g_max' is correlated with itself": [("g_max", "g_max", 0.5)],
    "'step_set' and 'g_max' are given twice": [("g_max", "step_set", 0.5), ("step_set", "g_max", 0.4)],
}


@pytest.mark.parametrize("message", BAD)
def test_correlations_that_cannot_be_are_refused_by_name(message):
    with pytest.raises(SpecError, match=rf"^device\.correlation: .*{message}") as e:
        varied(*BAD[message])
    if message == "contradict each other":
        assert any(f"'{name}'" in str(e.value) for name in VARIATION)


@pytest.mark.parametrize("rho", [1.0, -1.0, 1.5, "1 S"])
def test_a_correlation_lies_between_minus_one_and_one(rho):
    with pytest.raises(SpecError, match=r"^device\.correlation\.0\.rho"):
        varied(("step_set", "step_reset", rho))


def test_two_parameters_are_named():
    with pytest.raises(SpecError, match=r"^device\.correlation\.0\.between\.1 is missing"):
        setup("soft-bounds", device__variation=VARIATION, device__correlation=[{"between": ["g_max"], "rho": 0.1}])
