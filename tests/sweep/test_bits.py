"""However a sweep is done, its bits are the same: those of single runs."""

import json

import numpy as np
import pytest
from inline import Inline, contents
from smallruns import spec_of, trained

from ohmgrad.sweep import runner, study
from ohmgrad.sweep.keys import bare, key_of
from ohmgrad.sweep.pool import Processes
from ohmgrad.sweep.query import Results
from ohmgrad.sweep.trial import train_one


def done(project, folder, executor=None, workers=1, name="grid.toml", **options):
    """The contents of a store after a sweep."""
    plan = study.plan_of(project / name)
    with study.opened(plan, folder) as store:
        at = runner.run(plan, store, executor or Inline(), workers, **options)
        assert at.failed == 0
    return contents(folder)


def test_a_task_a_run_or_one_task_for_all_gives_the_same_bits(project, finished, tmp_path, monkeypatch):
    monkeypatch.setattr(runner, "TASK_JOBS", 1)
    one = Inline()
    assert done(project, tmp_path / "single", one) == contents(finished)
    assert len(one.jobs) == 12


def test_points_of_one_structure_go_out_together(project, tmp_path, monkeypatch):
    monkeypatch.setattr(runner, "TASK_SECONDS", 1e9)
    plan = study.plan_of(project / "grid.toml")
    with study.opened(plan, tmp_path) as store:
        tasks = list(runner.tasks(plan, store, 1))
        assert [len(t.jobs) for t in tasks] == [3, 3, 3, 3]  # a quarter each, so that all workers have some
    (project / "two.toml").write_text(
        'base = "my.toml"\nepochs = 1\nrepeats = 4\n[[axis]]\nfield = "synapse.write"\nvalues = ["one-way", "two-way"]\n'
        '[[axis]]\nfield = "learning.rate"\nvalues = [0.05, 0.1]\n'
        '[[axis]]\nfield = "device.faults.dead"\nvalues = [0, 0.1, 0.2]\n',
        encoding="utf-8",
    )
    plan = study.plan_of(project / "two.toml")
    with study.opened(plan, tmp_path / "two") as store:
        shapes = [{runner.structure(plan.spec(tuple(g)))[0] for _, g, _, _ in store.pending(plan.repeats) if p(g)} for p in (
            lambda g: g[2] == 0, lambda g: g[2] > 0, lambda g: True)]  # fmt: skip
    assert [len(s) for s in shapes] == [1, 1, 2]  # faults are in the loop or not; the rest is numbers


def test_processes_give_the_bits_of_one_process(project, finished, tmp_path):
    pool = Processes(2)
    try:
        assert done(project, tmp_path, pool, 2) == contents(finished)
    finally:
        pool.shutdown(cancel_futures=True)


def test_a_test_after_the_last_epoch_alone_finds_what_one_after_each_does(project):
    spec = bare(spec_of(project / "my.toml", "device.faults.stuck_on=0.1", epochs=3))
    each, last = train_one(spec, 1), train_one(spec, 1, curve=False)
    by_epoch = [json.loads(record.pop("history"))["test_accuracy"] for record in (each, last)]
    assert each == last
    assert by_epoch[1] == [None, None, by_epoch[0][2]] and None not in by_epoch[0]


def test_a_point_has_the_bits_of_ohmgrad_run(project, finished, tmp_path):
    settings = ("device.faults.stuck_on=0.1", "synapse.refresh_every=60", "diagnosis=true")
    spec = spec_of(project / "my.toml", *settings, epochs=1, replicas=2)
    run = trained(spec, tmp_path / "run")
    from ohmgrad.experiments.run import resume
    from ohmgrad.sweep.trial import state_digest

    replicas = resume(run).replicas
    found = contents(finished)
    key = key_of(bare(spec))
    assert [found[key, r.label][0] for r in replicas] == [state_digest(r) for r in replicas]


def test_repeats_are_the_same_at_every_point_so_that_points_are_paired(finished):
    with study.open_store(finished) as store:
        found = Results(store)
        assert {tuple(found.accuracies(k)) for k in range(6)} == {(0, 1)}


@pytest.mark.parametrize("name", ["seed", "title", "replicas"])
def test_the_key_follows_what_changes_bits_and_nothing_else(project, name):
    spec = spec_of(project / "my.toml")
    other = spec.model_copy(update={name: {"seed": 99, "title": "x", "replicas": 9}[name]})
    assert (key_of(bare(spec)) == key_of(bare(other))) == (name != "seed")


def test_the_key_follows_the_content_of_files(project, tmp_path):
    import shutil

    shutil.copytree(project, tmp_path / "copy")
    spec = spec_of(tmp_path / "copy" / "my.toml")
    before = key_of(bare(spec))
    path = tmp_path / "copy" / "small.csv"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("0.5", "0.6", 1), encoding="utf-8")
    assert key_of(bare(spec)) != before


def test_means_and_intervals_are_those_of_numpy(finished):
    from scipy.stats import t

    with study.open_store(finished) as store:
        found = Results(store)
        for row in found.rows():
            values = np.array(list(found.accuracies(row.point).values()))
            assert row.test.value == pytest.approx(values.mean(), abs=1e-12)
            assert row.test.half == pytest.approx(t.ppf(0.975, 1) * values.std(ddof=1) / 2**0.5, abs=1e-9)
        # along an axis points are averaged repeat by repeat
        (curve,) = found.along(0).values()
        each = np.array([list(found.accuracies(k).values()) for k in range(6)]).reshape(3, 2, 2).mean(axis=1)
        assert [m.value for _, m in curve] == pytest.approx(each.mean(axis=1))
