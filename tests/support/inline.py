"""An executor that does its tasks at once, in this process; and what a store holds, bit by bit."""

import sqlite3
from concurrent.futures import Executor, Future
from pathlib import Path


class Inline(Executor):
    """Does each task when it is given; counts the runs."""

    def __init__(self):
        self.jobs = []

    def submit(self, fn, /, *args, **kwargs):
        future = Future()
        self.jobs += args[0] if args and isinstance(args[0], list) else []
        try:
            future.set_result(fn(*args, **kwargs))
        except Exception as e:
            future.set_exception(e)
        return future


def contents(folder):
    """{(key, repeat): (digest, accuracy, pulses, joules, history)} of every run in a store, read without ohmgrad."""
    db = sqlite3.connect(Path(folder) / "results.sqlite")
    try:
        rows = db.execute(
            "SELECT key, repeat, digest, test_accuracy, pulses_set, array_energy_j, history FROM runs JOIN texts USING (run)"
        ).fetchall()
    finally:
        db.close()
    assert len({row[:2] for row in rows}) == len(rows)
    return {row[:2]: row[2:] for row in rows}


class Poisoned(Executor):
    """Gives tasks on to another executor; the process that meets a run with a certain key dies of it."""

    def __init__(self, inner, key):
        self.inner, self.key = inner, key

    def submit(self, fn, /, jobs):
        return self.inner.submit(work_or_die, jobs, self.key)


def work_or_die(jobs, key):
    """`work`, but die (SIGKILL) of a run with this key."""
    import os
    import signal

    from ohmgrad.sweep.trial import work

    if any(job[1] == key for job in jobs):
        os.kill(os.getpid(), signal.SIGKILL)
    return work(jobs)


def slow(seconds):
    """Sleep; return the process id."""
    import os
    import time

    time.sleep(seconds)
    return os.getpid()


def fails(text):
    """Raise."""
    raise ValueError(text)
