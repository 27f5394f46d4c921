"""The diagnosis of a run: it changes no bit of training, is the same however the run is cut, and stands in history and summary."""

import json

import numpy as np
import pytest
from smallruns import checkpoint, differences, spec_of, trained

from ohmgrad.errors import CheckpointError
from ohmgrad.experiments.run import resume, start
from ohmgrad.network.diagnose import MEASURES


def read(folder, name):
    return json.loads((folder / name).read_text(encoding="utf-8"))


LOOKING = "diagnosis=true"


@pytest.fixture(scope="module")
def looked(toml, tmp_path_factory):
    """The run `whole`, looked at."""
    return trained(spec_of(toml, LOOKING), tmp_path_factory.mktemp("looked") / "run")


def test_looking_changes_no_bit(whole, looked):
    (seen, _), (plain, _) = checkpoint(looked), checkpoint(whole)
    assert set(seen) - set(plain) == {"looked_at"}
    for name, array in plain.items():
        assert seen[name].tobytes() == array.tobytes(), name
    for a, b in zip(read(looked, "history.json")["epochs"], read(whole, "history.json")["epochs"], strict=True):
        assert a.pop("diagnosis") is not None and b.pop("diagnosis") is None
        assert a == b


def test_history_and_summary_hold_it(whole, looked):
    last = read(looked, "history.json")["epochs"][-1]["diagnosis"]
    assert set(last) == set(MEASURES)
    assert all(np.shape(last[name]) == (2, 2) for name in MEASURES)
    for name in ("frozen", "dead", "wasted"):
        assert all(0.0 <= v <= 1.0 for replica in last[name] for v in replica)
    summary = read(looked, "summary.json")["diagnosis"]
    assert summary["epoch"] == 3 and summary["text"].endswith(".")
    assert summary["gain"][0] == pytest.approx(np.mean(last["gain"], axis=0)[0])
    assert summary["drift_error"][0] == pytest.approx(np.sqrt(np.sum(np.square(last["drift_error"]), axis=0)[0]) / 2)
    assert read(whole, "summary.json")["diagnosis"] is None


def test_interruptions_threads_and_chunks_change_nothing(looked, toml, tmp_path):
    """Stopped within an epoch, between two looks and right before one."""
    folder, asked = tmp_path / "run", [0]

    def stop():
        asked[0] += 1
        return asked[0] % 3 == 0

    run = start(spec_of(toml, LOOKING), folder, chunk=7, threads=2, stop=stop)
    assert run.train() is None
    assert checkpoint(folder)[0]["looked_at"].any()
    for _ in range(100):
        if resume(folder, chunk=11, stop=stop).train() is not None:
            break
    assert differences(looked, folder) == []


def test_a_checkpoint_without_the_looks_is_refused(toml, tmp_path):
    folder = tmp_path / "run"
    run = start(spec_of(toml, LOOKING), folder)
    kept, run.looks = run.looks, []
    run.save()
    run.looks = kept
    with pytest.raises(CheckpointError) as e:
        run.restore()
    assert "looked_at" in str(e.value) and "\n" not in str(e.value)
