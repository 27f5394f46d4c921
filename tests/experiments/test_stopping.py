"""The stop criterion, replica by replica, over interruptions too; and the floating-point yardstick beside a run."""

import json

import numpy as np
import pytest
from smallruns import checkpoint, differences, spec_of, trained

from ohmgrad.errors import SpecError
from ohmgrad.experiments.run import resume, start

# Floating point, as the yardstick runs: one combination of parts for this file, shared with tests/network/test_schedules.py.
EXACT = (
    "programming.scheme=exact",
    "array.access=transistor",
    "device.law=linear",
    "device.parameters={bounded=0}",
    "synapse.write=two-way",
    "synapse.refresh_every=0",
    "software=false",
)
LEVEL = 0.84
STOP = (*EXACT, "learning.rate=0.005", "stop.part=train", "stop.when=accuracy", f"stop.value={LEVEL}")


def spec(toml, *settings, **top):
    return spec_of(toml, *STOP, *settings, **{"replicas": 4, "epochs": 8, **top})


def read(folder, name):
    return json.loads((folder / name).read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def stopped(toml, tmp_path_factory):
    """A run whose replicas stop by themselves, nobody interrupting it."""
    return trained(spec(toml), tmp_path_factory.mktemp("stopped") / "run", chunk=23)


def test_replicas_stop_by_themselves_at_the_first_epoch_that_meets_the_criterion(stopped):
    history, summary = read(stopped, "history.json")["epochs"], read(stopped, "summary.json")
    reached = [next((e["epoch"] for e in history if e["train_accuracy"][k] >= LEVEL), None) for k in range(4)]
    assert summary["stopped"] == reached
    assert len({*reached, None}) > 2  # not all at once
    assert summary["epochs_done"] == len(history) == (8 if None in reached else max(reached))


def test_a_stopped_replica_is_left_as_it_is(stopped, toml, tmp_path):
    """Nothing is written or read any more, and its weights are those of a run that ends there."""
    history, ends = read(stopped, "history.json")["epochs"], read(stopped, "summary.json")["stopped"]
    first = min(e for e in ends if e)
    k = ends.index(first)
    later = [e for e in history if e["epoch"] > first]
    assert later
    for e in later:
        for what in ("train_accuracy", "valid_accuracy", "test_accuracy", "train_error", "mean_conductance"):
            assert e[what][k] == history[first - 1][what][k]
        assert e["online_accuracy"][k] == 0.0
    alone = trained(spec_of(toml, *STOP, "stop.when=never", replicas=1, epochs=first, first_repeat=k), tmp_path / "alone")
    mine, theirs = (checkpoint(f)[0] for f in (stopped, alone))
    for name in ("state", "counts", "totals"):
        assert mine[name][k].tobytes() == theirs[name][0].tobytes(), name


@pytest.mark.parametrize("calls", [2, 9, 14, 18, 23])
def test_a_run_interrupted_and_resumed_stops_as_the_whole(stopped, toml, tmp_path, calls):
    """Interrupted before the n-th chunk, with none, some or all but one of the replicas stopped, and again two chunks later."""
    left = iter([False] * calls + [True] * 100)
    run = start(spec(toml), tmp_path / "run", chunk=23, stop=lambda: next(left))
    if run.train() is None:
        left = iter([False, False] + [True] * 100)
        resume(tmp_path / "run", chunk=31, stop=lambda: next(left)).train()
        assert resume(tmp_path / "run", chunk=500).train() is not None
    assert differences(stopped, tmp_path / "run") == []


def test_a_finished_run_that_is_resumed_stays_as_it_is(stopped, toml, tmp_path):
    done = trained(spec(toml), tmp_path / "run")
    before = checkpoint(done)[0]
    assert resume(done).train() is not None
    after = checkpoint(done)[0]
    assert all(before[k].tobytes() == after[k].tobytes() for k in before) and differences(stopped, done) == []


def test_an_error_below_the_value_stops_too(toml, stopped, tmp_path):
    errors = np.array([e["train_error"] for e in read(stopped, "history.json")["epochs"]])
    value = float(np.sort(errors[2])[1])  # two of the replicas are there after the third epoch
    done = trained(spec(toml, "stop.when=error", f"stop.value={value!r}"), tmp_path / "run")
    history, ends = read(done, "history.json")["epochs"], read(done, "summary.json")["stopped"]
    assert ends == [next((e["epoch"] for e in history if e["train_error"][k] <= value), None) for k in range(4)]
    assert any(ends)


def test_never_trains_all_epochs(toml, tmp_path):
    done = trained(spec(toml, "stop.when=never", epochs=3), tmp_path / "run")
    summary = read(done, "summary.json")
    assert summary["stopped"] == [None] * 4 and summary["epochs_done"] == 3


def test_a_criterion_on_held_out_images_needs_some(toml, tmp_path):
    with pytest.raises(SpecError, match=r"stop.part = 'valid', but no images are held out"):
        start(spec(toml, "stop.part=valid", "data.valid_fraction=0"), tmp_path / "run")
    assert not (tmp_path / "run").exists()


# The yardstick ------------------------------------------------------------------------------------------------------------


def test_the_yardstick_is_a_run_of_the_scheme_exact(toml, tmp_path):
    """Accuracies of the folder `software` of a run equal those of a run that a user would set up with scheme exact."""
    whole = trained(spec_of(toml, "software=true"), tmp_path / "whole")
    summary = read(whole, "summary.json")["software"]
    yardstick = read(whole / "software", "history.json")["epochs"]
    window = "device.parameters={bounded=0, g_min='0.1 uS', g_max='20 uS'}"
    own = trained(spec_of(toml, *EXACT, window), tmp_path / "own")
    mine = read(own, "history.json")["epochs"]
    for what in ("train_accuracy", "valid_accuracy", "test_accuracy", "online_accuracy"):
        assert [e[what] for e in yardstick] == [e[what] for e in mine]
    assert summary["test_accuracy"] == read(own, "summary.json")["test_accuracy"] == np.mean(mine[-1]["test_accuracy"])
    assert summary["epochs_done"] == 3 and summary["replicas"] == 2
    assert read(own, "summary.json")["software"] is None and not (own / "software").exists()
