"""The experiment `wu2025`: its specification, and short runs of a small network with its cells, converters, digital scales and offsets."""

import numpy as np
import pytest
from small import samples

from ohmgrad.errors import SpecError
from ohmgrad.experiments.build import build, complete
from ohmgrad.experiments.specfile import make_spec
from ohmgrad.network.drivers import DRIVERS
from ohmgrad.network.replica import Replica

VARIANTS = ("", "tau-0.6", "tau-0.7", "tau-0.8", "shared-scale", "digital")
SMALL = (
    "network.layers=[12, 7, 5, 3]",
    "learning.batch=5",
    "learning.rate=0.02",
    "learning.scale_rate=0.02",
    "learning.bias_rate=0.02",
)


def small(variant="", *settings):
    return build(complete(make_spec("wu2025", variant, settings=(*SMALL, *settings))), nonnegative_inputs=True)


def trained(case, driver="fused", epochs=2):
    r = Replica(case, 0)
    x, y = samples(60)
    for epoch in range(epochs):
        DRIVERS[driver](r, x, y, r.order(epoch, 60), 0, 60, epoch)
    return r


@pytest.mark.parametrize("variant", VARIANTS)
def test_every_variant_is_complete(variant):
    spec = complete(make_spec("wu2025", variant))
    assert spec.data.train == 60000 and spec.data.valid == 0 and len(spec.published) == 1 and not spec.software
    case = build(spec, nonnegative_inputs=True)
    assert case.geometry.shape.tolist() == [[785, 256], [257, 128], [129, 10]]
    bound = {"tau-0.7": 0.7, "tau-0.8": 0.8}.get(variant, 0.6)
    low, high = case.window
    weights = case.learning.gain[0] * (np.array([low, high]) - case.reference)
    np.testing.assert_allclose(weights, [-bound, bound], rtol=1e-12)
    if variant != "digital":
        p = case.params
        np.testing.assert_allclose(case.learning.gain[0] * p.step_set, 0.001, rtol=1e-8)
        # as many pulses as 0.05 of the mean gradient of ten makes of pulses of 0.001·√½
        np.testing.assert_allclose(case.learning.rate / case.writing.quantum[:, 0], 0.005 / (0.001 * 0.5**0.5), rtol=1e-5)


def test_the_drivers_agree():
    case = small("", "driver=stepwise")
    fused, stepwise = trained(case), trained(case, "stepwise")
    np.testing.assert_array_equal(fused.cells.state, stepwise.cells.state)
    np.testing.assert_array_equal(fused.scale, stepwise.scale)
    np.testing.assert_array_equal(fused.counts, stepwise.counts)
    columns = case.geometry.column[-1]
    assert len(fused.scale) == 2 * columns and (fused.scale[:columns] != 1.0).all() and (fused.scale[columns:] != 0.0).all()
    assert fused.arrays()["scale"] is fused.scale  # in the checkpoint


def test_a_shared_scale_is_one_per_layer():
    r = trained(small("shared-scale"))
    layers = np.split(r.scale[: r.setup.geometry.column[-1]], r.setup.geometry.column[1:-1])
    assert all(len(set(s)) == 1 for s in layers) and len({s[0] for s in layers}) == 3
    assert len(set(r.scale[r.setup.geometry.column[-1] :])) > 3  # the offsets are each column's own


def test_scales_move_down_the_summed_gradient():
    case = small("shared-scale")
    geo, k = case.geometry, case.loops
    columns = geo.column[-1]
    total = np.arange(2.0 * columns)
    scale = np.append(np.ones(columns), np.zeros(columns))
    k.move_scales(geo, case.learning_at(0), total, scale)
    for a, b in zip(geo.column[:-1], geo.column[1:], strict=True):
        np.testing.assert_allclose(scale[a:b], 1.0 - 0.02 * np.arange(a, b).sum(), rtol=1e-12)
    np.testing.assert_allclose(scale[columns:], -0.02 * np.arange(columns, 2 * columns), rtol=1e-12)
    assert not total.any()
    assert case.learning_at(15).scale_rate == case.learning_at(15).bias_rate == 0.01


def test_a_digital_bias_that_stays_0_changes_nothing():
    none = trained(small("", "network.digital_bias=false", "learning.bias_rate=0"))
    still = trained(small("", "learning.bias_rate=0"))
    np.testing.assert_array_equal(none.cells.state, still.cells.state)
    np.testing.assert_array_equal(none.scale, still.scale[: len(none.scale)])
    assert not still.scale[len(none.scale) :].any()


def test_a_rate_without_offsets_is_refused():
    with pytest.raises(SpecError, match=r"set network\.digital_bias = true") as e:
        make_spec("wu2025", settings=("network.digital_bias=false",))
    assert "\n" not in str(e.value)
