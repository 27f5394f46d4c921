"""The letters z, v, n: the patterns are what they are said to be, and a network with inputs below 0 learns them."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from ohmgrad.cli.main import app
from ohmgrad.data import load_letters
from ohmgrad.experiments.build import build, complete, load_data
from ohmgrad.experiments.estimate import estimate
from ohmgrad.experiments.specfile import make_spec

TOML = """
schema = 1
software = false
diagnosis = false
epochs = 8
replicas = 4
[data]
source = "letters"
[network]
layers = [9, 3]
[device]
law = "linear"
[device.parameters]
g_min = "10 uS"
g_max = "100 uS"
step_set = "1 uS"
step_reset = "1 uS"
[synapse]
write = "two-way"
w_max = 1.0
[learning]
rate = 0.1
"""


@pytest.fixture
def toml(tmp_path: Path) -> Path:
    path = tmp_path / "letters.toml"
    path.write_text(TOML, encoding="utf-8")
    return path


def test_thirty_patterns_in_the_stated_order() -> None:
    d = load_letters()
    assert d.train_x.shape == (30, 9)
    assert d.train_y.tolist() == [0] * 10 + [1] * 10 + [2] * 10
    assert d.class_names == ("z", "v", "n")
    assert d.image_shape == (3, 3)
    assert set(np.unique(d.train_x)) == {-1.0, 1.0}
    assert len(np.unique(d.train_x, axis=0)) == 30
    for c in range(3):
        clean, *noisy = d.train_x[10 * c : 10 * c + 10]
        assert (clean == 1).sum() == 5
        for k, pattern in enumerate(noisy):
            assert np.flatnonzero(pattern != clean).tolist() == [k]


def test_what_is_tested_is_what_was_learned() -> None:
    d = load_letters()
    np.testing.assert_array_equal(d.test_x, d.train_x)
    np.testing.assert_array_equal(d.test_y, d.train_y)
    assert len(d.valid_x) == 0


def test_a_single_layer_can_tell_them_apart() -> None:
    """Rosenblatt's perceptron makes finitely many mistakes if, and only if, a layer with bias separates each letter from the rest."""
    d = load_letters()
    x = np.hstack([d.train_x, np.ones((30, 1))])
    for c in range(3):
        wanted = np.where(d.train_y == c, 1.0, -1.0)
        w = np.zeros(10)
        for _ in range(100):
            mistakes = 0
            for row, t in zip(x, wanted, strict=True):
                if t * (row @ w) <= 0:
                    w += t * row
                    mistakes += 1
            if not mistakes:
                break
        assert not mistakes


def test_inputs_below_zero_take_two_phases(toml: Path) -> None:
    spec = complete(make_spec(str(toml)))
    data = load_data(spec)
    assert data.sha256 == load_letters().sha256
    setup = build(spec, nonnegative_inputs=bool((data.train_x >= 0).all()))
    assert setup.writing.sign_phases.tolist() == [2]


def test_run_learns_all_and_writes_its_report(tmp_path: Path) -> None:
    run = tmp_path / "run"
    app(
        ["run", "letters", "--replicas", "4", "--set", "software=false", "--set", "diagnosis=false", "--out", str(run), "-q"],
        standalone_mode=False,
    )
    summary = json.loads((run / "summary.json").read_text(encoding="utf-8"))
    assert summary["data"] == "letters"
    assert summary["data_sha256"] == load_letters().sha256
    assert summary["train_accuracy"] == summary["test_accuracy"] == 1.0
    assert summary["valid_accuracy"] is None
    assert summary["pulses_set"] > 0
    assert summary["pulses_reset"] > 0
    assert "<html" in (run / "report.html").read_text(encoding="utf-8")


def test_estimate_needs_no_data(toml: Path) -> None:
    spec = complete(make_spec(str(toml)))
    assert estimate(spec, 1) == estimate(spec, 1, load_data(spec))
