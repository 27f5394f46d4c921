"""Workers and sweeps that are killed at any moment: nothing is lost, nothing that is stored is computed again, and the bits are the same."""

import os
import random
import shlex
import signal
import time

import pytest
from inline import Poisoned, contents, fails, slow
from killed_sweeps import alive, children, kill_often, twice
from smallruns import start_command

from ohmgrad.sweep import runner, study
from ohmgrad.sweep.pool import Processes, WorkerDied


def test_a_pool_loses_only_the_task_of_the_process_that_dies():
    with Processes(2) as pool:
        first = pool.submit(slow, 0.0).result()
        long, other = pool.submit(slow, 30.0), pool.submit(slow, 1.0)
        time.sleep(0.3)
        pids = pool.pids
        assert first in pids and len(pids) == 2
        os.kill(first, signal.SIGKILL)
        died = [f for f in (long, other) if isinstance(_outcome(f, 2.0), WorkerDied)]
        assert len(died) == 1
        for pid in pool.pids:
            if long not in died:
                os.kill(pid, signal.SIGKILL)
        assert pool.submit(slow, 0.0).result() not in (first, None)
        with pytest.raises(ValueError, match="so it is"):
            pool.submit(fails, "so it is").result()


def _outcome(future, seconds):
    try:
        return future.exception(timeout=seconds)
    except TimeoutError:
        return None


def test_workers_that_are_killed_lose_nothing(project, finished, tmp_path, monkeypatch):
    monkeypatch.setattr(runner, "TASK_JOBS", 1)
    chance, pool = random.Random(2), Processes(2)
    plan = study.plan_of(project / "grid.toml")
    kills = 0

    def watch(at):
        nonlocal kills
        if at.done and kills < 4 and chance.random() < 0.5:
            os.kill(chance.choice(pool.pids), signal.SIGKILL)
            kills += 1

    with study.opened(plan, tmp_path) as store:
        at = runner.run(plan, store, pool, 2, watch)
    pool.shutdown()
    assert kills >= 2 and (at.done, at.failed) == (12, 0)
    assert contents(tmp_path) == contents(finished) and twice(tmp_path) == 0


def test_a_run_that_kills_its_workers_fails_alone(project, finished, tmp_path, monkeypatch):
    monkeypatch.setattr(runner, "TRIES", 2)
    plan = study.plan_of(project / "grid.toml")
    points = list(plan.points())
    with Processes(2) as pool, study.opened(plan, tmp_path) as store:
        at = runner.run(plan, store, Poisoned(pool, points[2].key), 2)
        assert (at.done, at.failed, at.total) == (10, 2, 12)
        errors = [row[0] for row in store.db.execute("SELECT error FROM failures")]
    assert errors == ["tried 2 times: its worker was killed (SIGKILL; out of memory?)"] * 2
    assert contents(tmp_path) == {k: v for k, v in contents(finished).items() if k[0] != points[2].key}


@pytest.mark.skipif(not os.path.isdir("/proc/self"), reason="looks for processes in /proc")
def test_a_sweep_that_is_killed_goes_on(project, finished, tmp_path):
    assert kill_often(project, tmp_path, finished, 3, seed=1) >= 1


@pytest.mark.skipif(not os.path.isdir("/proc/self"), reason="looks for processes in /proc")
def test_ctrl_c_says_how_to_go_on(project, tmp_path):
    words = ("sweep", "grid.toml", "--set", "epochs=5000", "--out", str(tmp_path), "--workers", "2")
    process = start_command(*words, cwd=project)
    assert process.stdout.readline().startswith("6 points, 12 runs")
    time.sleep(0.5)
    workers = children(process.pid)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=20)
    assert process.returncode == 130, said
    assert said == f"stopped; what was finished is stored. Go on with: {shlex.join(['ohmgrad', *words])}\n"
    time.sleep(0.5)
    assert not any(map(alive, workers))
