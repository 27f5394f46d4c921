"""Runs with every imperfection: stopped, cut, threaded or alone, the same bits; and what their summary says of the time after training."""

import itertools
import json

import pytest
from smallruns import HIDDEN_STATE, checkpoint, differences, spec_of, trained

from ohmgrad.errors import CheckpointError, SpecError
from ohmgrad.experiments.run import Run, resume, start

# The parts of tests/network/test_imperfections.py, compiled once.
EVERYTHING = (
    "device.faults={dead = 0.05, stuck_on = 0.05, stuck = 0.05}",
    "device.retention={kind = 'power-law', nu = 0.05, t_0 = '1 us', idle = '1 ms', every = 7}",
    "device.endurance={cycles = 20}",
    "device.noise={relative = 0.03, absolute = '0.1 uS'}",
    "device.current={kind = 'sinh', v_0 = '100 mV'}",
    "device.variation={step_set = {sigma = 0.2}, retention_nu = {sigma = 0.3}}",
    "device.correlation=[{between = ['step_set', 'retention_nu'], rho = 0.5}]",
)
AFTER = "device.retention.test_after=['1 h', '1000 h']"


@pytest.fixture(scope="module")
def usual(toml, tmp_path_factory):
    """The finished run nobody disturbed: 96 − 9 samples, three epochs, replicas 0 and 1."""
    return trained(spec_of(toml, *EVERYTHING, AFTER), tmp_path_factory.mktemp("every") / "usual", threads=1)


@pytest.fixture
def spec(toml):
    return spec_of(toml, *EVERYTHING, AFTER)


@pytest.mark.parametrize("threads, chunk", [(2, 500), (1, 1), (2, 5), (1, 7), (1, 8)])
def test_threads_and_chunks_change_no_bit(spec, usual, tmp_path, threads, chunk):
    assert differences(usual, trained(spec, tmp_path / "other", threads=threads, chunk=chunk)) == []


@pytest.mark.parametrize("asked", [0, 1, 3, 20])
def test_a_run_stopped_and_resumed_changes_no_bit(spec, usual, tmp_path, asked):
    calls = itertools.count()
    assert start(spec, tmp_path / "run", chunk=5, stop=lambda: next(calls) == asked).train() is None
    resume(tmp_path / "run", chunk=11, threads=2).train()
    assert differences(usual, tmp_path / "run") == []


def test_a_repeat_alone_equals_that_repeat_among_others(toml, usual, tmp_path):
    alone = trained(spec_of(toml, *EVERYTHING, AFTER, "first_repeat=1", replicas=1), tmp_path / "alone")
    (one, one_meta), (many, many_meta) = checkpoint(alone), checkpoint(usual)
    for name in ("state", "row", "col", "counts", "sums", "totals", "clock"):
        assert one[name][0].tobytes() == many[name][1].tobytes(), name
    assert one_meta["history"][-1]["test_accuracy"] == many_meta["history"][-1]["test_accuracy"][1:]


def test_stepwise_gives_the_bits_of_fused(toml, usual, tmp_path):
    stepwise = trained(spec_of(toml, *EVERYTHING, AFTER, "driver=stepwise"), tmp_path / "stepwise")
    (one, one_meta), (other, _) = checkpoint(usual), checkpoint(stepwise)
    for name in ("state", "counts", "totals", "clock"):
        assert one[name].tobytes() == other[name].tobytes(), name
    assert sum(map(sum, one_meta["history"][-1]["refresh_set"])) > 0


def test_how_often_the_loss_is_reckoned_matters_only_between_reckonings(toml, tmp_path):
    """Rest taken every sample or every seventh: other moments, other pulses, the same kind of time on the clock."""
    runs = [
        Run(tmp_path / f"{every}", spec_of(toml, *EVERYTHING, f"device.retention.every={every}", replicas=1, epochs=1))
        for every in (1, 7)
    ]
    for run in runs:
        start(run.spec, run.folder).train()
    one, seven = (checkpoint(run.folder)[0] for run in runs)
    n = len(runs[0].data.train_x)
    for arrays, run in ((one, runs[0]), (seven, runs[1])):
        r = run.replicas[0]
        for name, array in r.arrays().items():
            array[...] = arrays[name][0]
        assert r.clock[0] == r.elapsed(n) > n * 1e-3
    assert (one["state"] != seven["state"]).any()


# after training ----------------------------------------------------------------------------------------------------------


def test_the_summary_says_what_is_left_after_a_rest(toml, usual, tmp_path):
    summary = json.loads((usual / "summary.json").read_text())
    after = summary["after_rest"]
    assert [a["seconds"] for a in after] == [3600.0, 3.6e6]
    r = resume(usual).replicas
    x, y = (d := Run(usual, spec_of(toml)).data).test_x, d.test_y
    for a in after:
        assert a["test_accuracy"] == [replica.after_rest(x, y, a["seconds"]) for replica in r]


def test_tests_after_training_leave_no_trace_in_the_cells(toml, usual, tmp_path):
    without = trained(spec_of(toml, *EVERYTHING), tmp_path / "without")
    (one, one_meta), (other, other_meta) = checkpoint(usual), checkpoint(without)
    assert set(one) == set(other)
    for name in one:
        assert one[name].tobytes() == other[name].tobytes(), name
    assert one_meta["history"] == other_meta["history"]
    assert json.loads((without / "summary.json").read_text())["after_rest"] == []


# slow noise --------------------------------------------------------------------------------------------------------------

SLOW = (
    "driver=stepwise",
    "device.noise={flicker = 0.05, t_fast = '1 us', t_slow = '1 ms', telegraph = 0.1, telegraph_time = '20 us'}",
)


def test_a_run_with_slow_noise_goes_on_to_the_same_bits(toml, tmp_path):
    spec, calls = spec_of(toml, *SLOW, epochs=1), itertools.count()
    whole = trained(spec, tmp_path / "whole", chunk=500)
    arrays = checkpoint(whole)[0]
    assert arrays["slow_0"].shape[1:] == (7 + 2, 2 * 21 * 8) and (arrays["clock"][:, 1] > 0).all()
    assert start(spec, tmp_path / "run", chunk=31, stop=lambda: next(calls) == 2).train() is None
    resume(tmp_path / "run", chunk=5, threads=2).train()
    assert differences(whole, tmp_path / "run") == []


def test_slow_noise_needs_the_driver_that_follows_it(toml):
    with pytest.raises(SpecError, match=r"^device\.noise: flicker and telegraph noise remember, .*set driver = 'stepwise'"):
        spec_of(toml, SLOW[1])
    assert spec_of(toml, SLOW[1], "device.without=read-noise").driver == "fused"


# files -------------------------------------------------------------------------------------------------------------------


def test_a_map_of_faults_belongs_to_the_run(toml, tmp_path):
    path = tmp_path / "map.csv"
    path.write_text("layer,input,output,member,fault\n0,3,2,0,dead\n")
    run = Run(tmp_path / "run", spec_of(toml, f"device.faults.map={path}"))
    assert run.replicas[0].cells.varied.sum() == 1.0
    run.folder.mkdir()
    run.save()
    path.write_text("layer,input,output,member,fault\n0,3,3,0,dead\n")
    with pytest.raises(CheckpointError, match="the run was trained with another fault map than is found now"):
        Run(tmp_path / "run", run.spec).restore()


def test_a_map_that_is_switched_off_is_not_wanted(toml, tmp_path):
    run = Run(tmp_path / "run", spec_of(toml, f"device.faults.map={tmp_path / 'nowhere.csv'}", "device.without=faults"))
    assert "fault map" not in run._contents()


def test_imperfections_go_with_a_law_that_has_a_state_of_its_own(toml, tmp_path):
    run = Run(
        tmp_path / "run",
        spec_of(toml, *HIDDEN_STATE, "device.faults.dead=0.5", "device.retention.kind=stretched", "device.endurance.cycles=5"),
    )
    fields = run.setup.law.state._fields
    assert fields[-3:] == ("cycles", "written", "age") and len(fields) > 4
    assert run.replicas[0].cells.state.shape[0] == len(fields)
