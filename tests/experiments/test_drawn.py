"""Epochs of so many samples, drawn with replacement: what they are counted by, and that a stop changes no bit of them."""

import itertools
import json

import numpy as np
import pytest
from smallruns import differences, spec_of, trained

from ohmgrad.errors import SpecError
from ohmgrad.experiments.run import resume, start


def drawn(toml, n, *settings):
    return spec_of(toml, "data.order=drawn", f"data.per_epoch={n}", "software=false", *settings)


@pytest.mark.parametrize("n", [30, 250])
def test_an_epoch_shows_so_many_samples(toml, tmp_path, n):
    run = start(drawn(toml, n), tmp_path / "run")
    r, there = run.replicas[0], len(run.data.train_x)
    orders = [r.order(epoch, there) for epoch in range(3)]
    assert all(len(o) == n and o.min() >= 0 and o.max() < there for o in orders)
    assert len({o.tobytes() for o in orders}) == 3
    summary = run.train()
    assert summary["samples_per_epoch"] == n
    assert sum(row["forward reads"] for row in [count_reads(summary)]) == 3 * n * 2  # epochs, samples, layers


def count_reads(summary):
    return {row["event"]: row["count"] for row in summary["bill"]["rows"]}


def test_every_sample_is_as_likely(toml, tmp_path):
    r = start(drawn(toml, 10_000), tmp_path / "run").replicas[0]
    seen = np.bincount(np.concatenate([r.order(e, 50) for e in range(10)]), minlength=50)
    assert ((seen - 2000.0) ** 2 / 2000.0).sum() < 49 + 4.5 * np.sqrt(2 * 49)  # chi squared, 49 degrees of freedom


def test_stopped_and_resumed(toml, tmp_path):
    spec = drawn(toml, 47)
    whole = trained(spec, tmp_path / "whole", chunk=20)
    calls = itertools.count()
    assert start(spec, tmp_path / "run", chunk=20, stop=lambda: next(calls) == 5).train() is None
    assert resume(tmp_path / "run", chunk=20).train() is not None
    assert differences(whole, tmp_path / "run") == []


def test_a_part_of_an_epoch_is_drawn(toml):
    with pytest.raises(SpecError, match="set order = 'drawn', or per_epoch = 0"):
        spec_of(toml, "data.per_epoch=30")


def test_the_yardstick_shows_as_many(toml, tmp_path):
    spec = spec_of(toml, "data.order=drawn", "data.per_epoch=30", "software=true")
    trained(spec, tmp_path / "run")
    assert json.loads((tmp_path / "run/software/summary.json").read_text())["samples_per_epoch"] == 30
