"""Twenty kills of sweeps at random moments; a report of ten thousand points."""

import json
import resource
import time

import pytest
from inline import Inline, contents
from killed_sweeps import kill_often
from smallruns import small_project

from ohmgrad.sweep import runner, study

pytestmark = pytest.mark.validate
GRID = 'base = "my.toml"\nepochs = 2\nrepeats = 4\n[[axis]]\nfield = "faults.stuck_on"\nvalues = [0.01, 0.1, 0.3]\n[[axis]]\nfield = "synapse.refresh_every"\nvalues = [20, 40, 60, 80]\n'


def test_twenty_kills_lose_nothing_and_change_no_bit(tmp_path):
    project = small_project(tmp_path / "project").parent
    (project / "grid.toml").write_text(GRID, encoding="utf-8")
    plan, executor = study.plan_of(project / "grid.toml"), Inline()
    with study.opened(plan, tmp_path / "inline") as store:
        runner.run(plan, store, executor, 1)
    assert len(contents(tmp_path / "inline")) == 48
    kills = kill_often(project, tmp_path, tmp_path / "inline", 20, seed=7)
    print(f"\n{kills} of 20 sweeps were killed while they ran; no run lost, none computed twice, same bits")
    assert kills >= 10


def test_a_report_of_ten_thousand_points(tmp_path):
    from ohmgrad.report.sweep import write_sweep_report

    project = small_project(tmp_path / "project").parent
    text = 'base = "my.toml"\nrepeats = 4\nrandom = 10000\n'
    for field, end in (("faults.stuck_on", 0.5), ("faults.dead", 0.5), ("learning.rate", 1.0)):
        text += f'[[axis]]\nfield = "{field}"\nfrom = 0.001\nto = {end}\nscale = "log"\n'
    (project / "many.toml").write_text(text, encoding="utf-8")
    plan = study.plan_of(project / "many.toml")
    with study.opened(plan, tmp_path / "many") as store:
        for point, _, key, missing in list(store.pending(plan.repeats)):
            records = [_record(key, r, point) for r in missing]
            store.save(records)
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        begun = time.perf_counter()
        page = write_sweep_report(store, tmp_path / "many")
        seconds = time.perf_counter() - begun
        grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    print(
        f"\nreport of 10,000 points, 40,000 runs: {seconds:.1f} s, {page.stat().st_size / 1e6:.1f} MB, {grown:.0f} MB of memory more"
    )
    assert seconds <= 10.0


def _record(key, repeat, point):
    accuracy = 0.5 + 0.4 * ((point * 7919 + repeat * 104729) % 1000) / 1000
    numbers = dict.fromkeys(("pulses_set", "pulses_reset", "verify_reads", "array_time_s", "array_energy_j", "saturated"), 1.0)
    history = json.dumps({"test_accuracy": [accuracy]})
    return {"key": key, "repeat": repeat, "test_accuracy": accuracy, "train_accuracy": accuracy, "history": history, **numbers}
