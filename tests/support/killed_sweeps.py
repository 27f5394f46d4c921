"""Sweeps that are killed for real, and the processes that belong to them (Linux: looks into /proc)."""

import os
import random
import sqlite3
import time

from inline import contents
from smallruns import command, start_command

from ohmgrad.sweep import study


def twice(folder):
    """Runs that were computed although they were stored."""
    with study.open_store(folder) as store:
        return store.meta("twice", 0)


def alive(pid):
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8") as f:
            return f.read().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def children(pid):
    """Process ids of the children of a process."""
    out = []
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                with open(f"/proc/{name}/stat", encoding="utf-8") as f:
                    if int(f.read().rpartition(")")[2].split()[1]) == pid:
                        out.append(int(name))
            except OSError:
                continue
    return out


def killed_at(project, folder, seconds):
    """Start a sweep in a process of its own and kill it after so many seconds; True if it was still there. Its workers go with it."""
    process = start_command("sweep", "grid.toml", "--out", folder, "--workers", 2, "--quiet", cwd=project)
    workers = []
    end = time.monotonic() + seconds
    while time.monotonic() < end and process.poll() is None:
        workers = children(process.pid) or workers
        time.sleep(0.02)
    here = process.poll() is None
    process.kill()
    process.communicate()
    deadline = time.monotonic() + 10.0
    while any(map(alive, workers)):
        assert time.monotonic() < deadline, "workers outlived the sweep"
        time.sleep(0.05)
    return here


def kill_often(project, folder, finished, kills, seed):
    """Kill a sweep at so many random moments, look at the store after each, and let it end."""
    begun = time.monotonic()
    assert command("sweep", "grid.toml", "--out", folder / "whole", "--workers", 2, "--quiet", cwd=project).returncode == 0
    whole, chance, known, killed = time.monotonic() - begun, random.Random(seed), {}, 0
    for _ in range(kills):
        killed += killed_at(project, folder / "killed", chance.uniform(0.3 * whole, 1.0 * whole))
        if (folder / "killed" / "results.sqlite").exists():
            now = contents_or_nothing(folder / "killed")
            assert known.items() <= now.items()
            known = now
    done = command("sweep", "grid.toml", "--out", folder / "killed", "--workers", 2, "--quiet", cwd=project)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert contents(folder / "killed") == contents(folder / "whole") == contents(finished)
    assert twice(folder / "killed") == 0
    return killed


def contents_or_nothing(folder):
    """What a store holds; nothing where its tables are not there yet."""
    try:
        return contents(folder)
    except sqlite3.OperationalError as e:
        assert "no such table" in str(e)
        return {}
