"""How much is tolerated: the mathematics on curves that are known, and a search on a small network."""

import math

import numpy as np
import pytest
from called import caller

from ohmgrad.errors import SpecError
from ohmgrad.sweep import tolerance as t
from ohmgrad.sweep.fields import Known
from ohmgrad.sweep.query import Mean

FIELD = Known("x", "dimensionless", 0.0, 1.0)


class Pretended:
    """A store whose repeats lose slope·x + noise, an independent one for every repeat and value."""

    def __init__(self, slope, noise, repeats, seed, start=0.0):
        self.start = start
        self.random, self.slope, self.noise, self.repeats = np.random.default_rng(seed), slope, noise, repeats
        self.values = {}

    def add_points(self, points):
        for p in points:
            (x,) = p.place
            gone = x - self.start
            lost = self.slope * gone + (
                self.noise * self.random.standard_normal(self.repeats) if gone else np.zeros(self.repeats)
            )
            self.values[p.number] = dict(enumerate((0.9 - lost).tolist()))


class Plan:
    fields = (FIELD,)

    @staticmethod
    def point(number, given):
        from ohmgrad.sweep.plan import Point

        return Point(number, given, tuple(map(float, given)), f"{number}")


@pytest.fixture
def searched(monkeypatch):
    """Search on a pretended store."""

    class Results:
        def __init__(self, store):
            self.accuracies = store.values.__getitem__

    monkeypatch.setattr(t, "Results", Results)

    def call(slope, noise=0.0, repeats=8, seed=1, wanted=0.01, start=0.0, end=1.0, most=14):
        return t.search(Plan(), Pretended(slope, noise, repeats, seed, start), start, end, wanted, most, lambda: None)

    return call


@pytest.mark.parametrize("truth", [0.003, 0.04, 0.37, 0.9])
def test_without_noise_the_answer_is_exact(searched, truth):
    # the loss is a straight line, and so is the interpolation
    found = searched(0.01 / truth)
    assert found.value == pytest.approx(truth, rel=1e-9)
    assert found.low == pytest.approx(truth, rel=1e-9) and found.high == pytest.approx(truth, rel=1e-9)
    assert len(found.losses) <= 14


def test_the_interval_holds_the_truth_about_as_often_as_it_says(searched):
    # 95 % at each end's crossing; pooling and the choice of points make it wider rather than narrower. Of 200 searches at least
    # 95 % − 3·√(0.95·0.05/200) = 90.4 % must hold the truth.
    truth, held, widths = 0.2, 0, []
    for seed in range(200):
        found = searched(0.01 / truth, noise=0.003, seed=seed)
        high = math.inf if found.high is None else found.high
        held += (found.low or 0.0) <= truth <= high
        widths.append(high - (found.low or 0.0))
    assert held >= 0.904 * 200
    # half an interval of the loss is 0.003·t(0.975, 7)/√8 = 0.0025, so that of the answer is about 0.05 to each side
    assert 0.05 < np.median(widths) < 0.3


def test_a_wide_way_is_gone_in_the_logarithm(searched):
    # from 1e-7 towards 1 the loss is a straight line that reaches 0.01 at 3e-7
    found = searched(0.01 / 2e-7, start=1e-7)
    assert found.value == pytest.approx(3e-7, rel=1e-9) and len(found.losses) <= 14
    assert found.low == pytest.approx(3e-7, rel=1e-9) and found.high == pytest.approx(3e-7, rel=1e-9)


def test_an_interval_is_no_narrower_than_what_was_looked_at(searched):
    # three values only: the start, 1/64 of the way, and 1/32 where the loss is passed
    found = searched(0.01 / 0.02, most=3)
    assert found.value == pytest.approx(0.02)
    assert (found.low, found.high) == (1 / 64, 1 / 32)


def test_a_loss_that_is_never_reached_has_no_answer(searched):
    found = searched(0.001)
    assert (found.value, found.low, found.high) == (None, None, None)
    assert found.losses[-1].x == 1.0


def test_a_loss_that_is_reached_at_once_is_bracketed_down_to_the_start(searched):
    found = searched(10.0)
    assert found.value == pytest.approx(0.001, rel=1e-6)


def test_monotone_is_the_closest_that_never_falls():
    assert t.monotone([1.0, 2.0, 3.0]) == [1.0, 2.0, 3.0]
    assert t.monotone([3.0, 2.0, 1.0]) == [2.0, 2.0, 2.0]
    values = np.random.default_rng(3).standard_normal(40).cumsum()
    from scipy.optimize import isotonic_regression

    assert t.monotone(values.tolist()) == pytest.approx(isotonic_regression(values).x.tolist(), abs=1e-9)


def test_crossing_is_interpolated():
    curve = [(u, t.Loss(u, Mean(v, h, 8), 0.9)) for u, v, h in ((0.0, 0.0, 0.0), (0.5, 0.005, 0.002), (1.0, 0.015, 0.002))]
    assert t.crossing(curve, 0.01, 0) == pytest.approx(0.75)
    assert t.crossing(curve, 0.01, 1) == pytest.approx(0.5 + 0.5 * 3 / 10)
    assert t.crossing(curve, 0.02, 0) is None


def test_from_the_command_line(project, tmp_path, monkeypatch, capsys):
    ohmgrad = caller(project, monkeypatch, capsys)
    args = ("tolerance", "my.toml", "--of", "faults.stuck_on", "--loss", 20, "--epochs", 1, "--repeats", 3, "--points", 8)
    said = ohmgrad(*args, "--out", tmp_path, "--workers", 1)
    assert said.status == 0, said.err
    answer = said.out.splitlines()[-2]
    assert answer.startswith(
        ("20 points of test accuracy are lost at device.faults.stuck_on = ", "device.faults.stuck_on up to ")
    )
    assert (tmp_path / "report.html").read_text(encoding="utf-8").count("<svg") == 1
    again = ohmgrad(*args, "--out", tmp_path, "--workers", 1).out.splitlines()
    assert again[-2] == answer


@pytest.mark.parametrize(
    "name, options, said",
    [
        ("faults.ded", {}, "did you mean 'device.faults.dead'?"),
        ("synapse.write", {}, "synapse.write is no number"),
        ("step_set", {}, None),
        ("device.noise.absolute", {"end": "3 V"}, "--to: '3 V' is a voltage"),
        ("learning.rate", {}, "has no"),
        ("faults.dead", {"end": 0.0}, "which is nowhere"),
        ("synapse.refresh_every", {}, "has no natural end; give one with --to"),
    ],
)
def test_fields_that_cannot_be_searched(project, monkeypatch, name, options, said):
    monkeypatch.chdir(project)
    top = {"base": "my.toml", "repeats": 2}
    if said is None:
        t.tolerance_plan(top, name, None, None)
        return
    with pytest.raises(SpecError, match=said.replace("?", r"\?")):
        t.tolerance_plan(top, name, options.get("start"), options.get("end"))
