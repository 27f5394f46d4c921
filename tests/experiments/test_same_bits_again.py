"""The same seed gives the same bits: any number of threads, any chunk, alone or in company, stopped or not, either driver."""

import itertools

import pytest
from smallruns import checkpoint, differences, spec_of, trained

from ohmgrad.experiments.run import Run, resume, start
from ohmgrad.network.replica import Replica


@pytest.fixture
def spec(toml, parts):
    return spec_of(toml, *parts, replicas=4)


@pytest.fixture
def usual(spec, tmp_path):
    return trained(spec, tmp_path / "usual", threads=1)


@pytest.mark.parametrize("threads, chunk", [(2, 500), (1, 1), (2, 7), (3, 96)])
def test_threads_and_chunks_change_no_bit(spec, usual, tmp_path, threads, chunk):
    assert differences(usual, trained(spec, tmp_path / "other", threads=threads, chunk=chunk)) == []


def test_another_seed_changes_the_bits(toml, whole, tmp_path):
    found = differences(whole, trained(spec_of(toml, seed=6), tmp_path / "other"))
    assert "array state" in found and "history.json" in found


@pytest.mark.parametrize("k", [0, 1, 3])
def test_a_repeat_alone_equals_that_repeat_among_others(toml, parts, usual, tmp_path, k):
    alone = trained(spec_of(toml, *parts, f"first_repeat={k}", replicas=1), tmp_path / "alone")
    (one, one_meta), (many, many_meta) = checkpoint(alone), checkpoint(usual)
    for name in ("state", "row", "col", "counts", "sums", "totals", "before", "correct_before"):
        assert one[name][0].tobytes() == many[name][k].tobytes(), name
    for mine, theirs in zip(one_meta["history"], many_meta["history"], strict=True):
        assert mine["test_accuracy"] == theirs["test_accuracy"][k : k + 1]
        assert mine["pulses_set"] == theirs["pulses_set"][k : k + 1]


def test_repeats_differ_from_each_other(usual):
    state = checkpoint(usual)[0]["state"]
    assert len({part.tobytes() for part in state}) == len(state) == 4


@pytest.mark.parametrize("asked", [0, 1, 5, 10, 17])
def test_a_run_stopped_at_a_chunk_and_resumed_changes_no_bit(spec, usual, tmp_path, asked):
    calls = itertools.count()
    stopped = start(spec, tmp_path / "run", chunk=13, stop=lambda: next(calls) == asked)
    assert stopped.train() is None
    assert checkpoint(tmp_path / "run")[1]["epoch"] == stopped.epoch < 3
    again = resume(tmp_path / "run", threads=2)
    assert (again.epoch, again.position) == (stopped.epoch, stopped.position)
    again.train()
    assert differences(usual, tmp_path / "run") == []


def test_a_run_stopped_at_every_chunk_changes_no_bit(toml, whole, tmp_path):
    spec, stops = spec_of(toml), 0
    while True:
        calls = itertools.count()
        if start(spec, tmp_path / "run", chunk=29, stop=lambda calls=calls: next(calls) == 1).train() is not None:
            break
        stops += 1
    assert stops > 5
    assert differences(whole, tmp_path / "run") == []


def test_a_summary_of_a_stopped_run_counts_the_samples_it_has_seen(toml, tmp_path):
    calls = itertools.count()
    run = start(spec_of(toml), tmp_path / "run", chunk=10, stop=lambda: next(calls) == 2)
    run.train()
    assert run.epoch == 0 and run.position == 20
    pulses = sum(int(r.counts[:, :2].sum()) for r in run.replicas) / 2
    summary = run.publish()
    assert summary["test_accuracy"] is None
    assert 0 < pulses / 20 <= summary["pulses_per_sample"] < 2 * 21 * 8 * 4


def test_stepwise_gives_the_bits_of_fused_refresh_included(toml, parts, tmp_path):
    fused = trained(spec_of(toml, *parts), tmp_path / "fused")
    stepwise = trained(spec_of(toml, *parts, "driver=stepwise"), tmp_path / "stepwise")
    (one, one_meta), (other, other_meta) = checkpoint(fused), checkpoint(stepwise)
    for name in ("state", "counts", "totals", "before", "correct_before"):
        assert one[name].tobytes() == other[name].tobytes(), name
    assert sum(map(sum, one_meta["history"][-1]["refresh_set"])) > 0
    for mine, theirs in zip(one_meta["history"], other_meta["history"], strict=True):
        added_up = ("mean_conductance", "array_energy_j")  # over many cells, by the drivers in orders of their own
        assert {k: v for k, v in mine.items() if k not in added_up} == {k: v for k, v in theirs.items() if k not in added_up}
        assert mine["array_energy_j"] == pytest.approx(theirs["array_energy_j"], rel=1e-12)


def test_a_stopped_stepwise_run_goes_on_to_the_same_bits(toml, tmp_path):
    spec, calls = spec_of(toml, "driver=stepwise", replicas=1, epochs=1), itertools.count()
    whole = trained(spec, tmp_path / "whole")
    assert start(spec, tmp_path / "run", chunk=31, stop=lambda: next(calls) == 2).train() is None
    resume(tmp_path / "run", chunk=5).train()
    assert differences(whole, tmp_path / "run") == []


def test_hidden_state_and_cell_parameters_are_there_to_be_lost(toml):
    from smallruns import HIDDEN_STATE, VARIED

    def cells(*settings):
        run = Run(toml.parent / "unused", spec_of(toml, *settings, replicas=1))
        assert isinstance(run.replicas[0], Replica)
        return run.replicas[0].cells

    assert cells().state.shape[0] == 1 and cells(*HIDDEN_STATE).state.shape[0] > 1
    varied = cells(*VARIED).varied
    assert varied.shape[0] == 2 and all(len(set(v.ravel().tolist())) == v.size for v in varied)
