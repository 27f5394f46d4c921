"""Axes: lists, ranges, Latin hypercubes; fields by name."""

import numpy as np
import pytest

from ohmgrad.errors import SpecError
from ohmgrad.sweep.fields import Known, find_field
from ohmgrad.sweep.grid import count_points, points
from ohmgrad.sweep.sections import Sweep
from ohmgrad.sweep.study import plan_of

NUMBER, COUNT, CONDUCTANCE = Known("x", "dimensionless"), Known("n", "dimensionless", whole=True), Known("g", "conductance")


def sweep(*axes, **top):
    """A sweep with these axes."""
    return Sweep.model_validate({"base": "burr2014", "axis": list(axes), **top})


def one(field, **axis):
    """Values of one axis."""
    return [v for (v,) in points(sweep({"field": field.name, **axis}), [field])]


def test_ranges():
    assert one(NUMBER, **{"from": 0, "to": 1, "points": 5}) == [0.0, 0.25, 0.5, 0.75, 1.0]
    assert one(NUMBER, **{"from": 1e-3, "to": 1, "points": 4, "scale": "log"}) == [1e-3, 1e-2, 1e-1, 1.0]
    assert one(COUNT, **{"from": 10, "to": 1000, "points": 5, "scale": "log"}) == [10, 32, 100, 316, 1000]
    assert one(CONDUCTANCE, **{"from": "1 uS", "to": "3 uS", "points": 3}) == [1e-6, 2e-6, 3e-6]


def test_a_grid_is_the_product_of_its_axes():
    s = sweep({"field": "x", "values": [1, 2]}, {"field": "n", "values": ["a", "b", "c"]})
    got = list(points(s, [NUMBER, COUNT]))
    assert got == [(1, "a"), (1, "b"), (1, "c"), (2, "a"), (2, "b"), (2, "c")]
    assert count_points(s) == 6


def test_a_latin_hypercube_has_one_point_in_every_part_of_every_axis():
    n = 40
    s = sweep({"field": "x", "from": 0, "to": 1}, {"field": "g", "from": "1 uS", "to": "100 uS", "scale": "log"}, random=n)
    got = np.array(list(points(s, [NUMBER, CONDUCTANCE])))
    assert got.shape == (n, 2)
    for u in (got[:, 0], np.log10(got[:, 1] / 1e-6) / 2):
        assert sorted((u * n).astype(int)) == list(range(n))
    # the two axes have permutations of their own: of 40 ranks, |r| > 0.5 has a probability of 1e-3
    assert abs(np.corrcoef(got[:, 0], np.log(got[:, 1]))[0, 1]) < 0.5
    assert list(points(s, [NUMBER, CONDUCTANCE])) == [tuple(row) for row in got.tolist()]
    other = s.model_copy(update={"random_seed": 2})
    assert list(points(other, [NUMBER, CONDUCTANCE])) != [tuple(row) for row in got.tolist()]


def test_a_hypercube_is_crossed_with_axes_that_have_values():
    s = sweep({"field": "n", "values": [1, 2]}, {"field": "x", "from": 0, "to": 1}, random=3)
    got = list(points(s, [COUNT, NUMBER]))
    assert [g[0] for g in got] == [1, 1, 1, 2, 2, 2]
    assert [g[1] for g in got[:3]] == [g[1] for g in got[3:]]


@pytest.mark.parametrize(
    "name, found",
    [("faults.dead", "device.faults.dead"), ("synapse.refresh_every", "synapse.refresh_every"), ("step_set", "device.parameters.step_set"),
     ("variation.step_set.sigma", "device.variation.step_set.sigma"), ("variant", "variant")],
)  # fmt: skip
def test_fields_are_found_by_the_end_of_their_name(project, name, found):
    assert find_field(name, plan_of(project / "grid.toml").base).name == found


@pytest.mark.parametrize(
    "name, said",
    [
        ("faults.ded", "unknown field 'faults.ded'; did you mean 'device.faults.dead'?"),
        ("device.faults", "'device.faults' is a section"),
        ("sigma", "may mean device.parameters.sigma or"),
        ("replicas", "'replicas' is not for an axis; set 'repeats'"),
    ],
)
def test_fields_that_are_none(project, name, said):
    with pytest.raises(SpecError, match=said.replace("?", r"\?")):
        find_field(name, plan_of(project / "grid.toml").base)
