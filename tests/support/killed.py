"""A program: kill runs for real (SIGKILL, in forked children) at many points, resume each, and print what differs, as JSON.

    python killed.py my.toml folder

Each entry of the output: [where, how often the run was killed, differences from the run that nobody killed].
"""

import itertools
import json
import os
import random
import signal
import sys
import time
from pathlib import Path

from smallruns import differences, spec_of, trained

from ohmgrad.experiments import folder as files
from ohmgrad.experiments.run import Run, resume, start

# (name, object, attribute, die before or after the call)
POINTS = (
    ("before a file takes its name", os, "replace", True),
    ("after a file took its name", os, "replace", False),
    ("before a file is on disk", os, "fsync", True),
    ("before a checkpoint", Run, "save", True),
    ("between checkpoint and summary", Run, "publish", True),
    ("before the summary itself", files, "write_json", True),
    ("before a chunk", Run, "_work", True),
    ("after a chunk", Run, "_work", False),
)


def die_at(n, owner, attribute, before):
    """Make the n-th call (from 1) of owner.attribute the last thing this process does."""
    real, calls = getattr(owner, attribute), itertools.count(1)

    def call(*args, **kwargs):
        now = next(calls)
        if before and now == n:
            os.kill(os.getpid(), signal.SIGKILL)
        result = real(*args, **kwargs)
        if now == n:
            os.kill(os.getpid(), signal.SIGKILL)
        return result

    setattr(owner, attribute, call)


def in_child(work, kill_after=None):
    """Do `work` in a forked child, killed after so many seconds if given; True if it was killed."""
    pid = os.fork()
    if pid == 0:
        work()
        os._exit(0)
    if kill_after is not None:
        time.sleep(kill_after)
        os.kill(pid, signal.SIGKILL)
    _, status = os.waitpid(pid, 0)
    if os.WIFSIGNALED(status):
        assert os.WTERMSIG(status) == signal.SIGKILL
        return True
    assert os.waitstatus_to_exitcode(status) == 0
    return False


def main(toml, folder):
    spec, number, out = spec_of(toml), itertools.count(), []
    whole = trained(spec, folder / "whole", chunk=23)

    def finish(where, where_to, kills):
        resume(where_to, chunk=500).train()
        litter = [p.name for p in where_to.iterdir() if p.name.startswith(".") and p.name != ".lock"]
        out.append([where, kills, differences(whole, where_to) + litter])

    for name, owner, attribute, before in POINTS:
        for n in itertools.count(1):
            to = folder / f"{next(number)}"

            def work(to=to, n=n, owner=owner, attribute=attribute, before=before):
                run = start(spec, to, chunk=23)
                run.pause = 0.0  # a checkpoint after every epoch
                die_at(n, owner, attribute, before)
                run.train()

            if not in_child(work):
                break
            finish(f"{name}, call {n}", to, 1)

    # Killed again and again, each time a little later.
    to, kills = folder / "often", 0

    def again():
        run = start(spec, to, chunk=23)
        run.pause = 0.0  # a checkpoint after every epoch
        die_at(1 + kills, os, "replace", False)
        run.train()

    while in_child(again):
        kills += 1
    finish("again and again", to, kills)

    # At any time.
    longer = spec.model_copy(update={"epochs": 6})
    begun = time.monotonic()
    whole = trained(longer, folder / "longer", chunk=1)
    seconds, chance = time.monotonic() - begun, random.Random(1)
    for k in range(8):
        to = folder / f"random-{k}"
        run = start(longer, to, chunk=1)
        finish("at a random time", to, int(in_child(run.train, chance.uniform(0, seconds))))

    print(json.dumps(out))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
