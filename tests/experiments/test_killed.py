"""A run that is killed at any moment goes on to the bits of a run that was not."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import smallruns


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_killed_at_any_point_and_resumed_changes_no_bit(toml, whole, tmp_path):
    support = Path(smallruns.__file__).parent
    done = subprocess.run(
        [sys.executable, str(support / "killed.py"), str(toml), str(tmp_path)], capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr
    entries = json.loads(done.stdout)
    assert [e for e in entries if e[2]] == []
    once = [e[0] for e in entries if e[1] == 1]
    for where in ("before a file takes its name", "after a file took its name", "before a checkpoint", "before the summary"):
        assert sum(where in e for e in once) >= 3, where
    assert sum("chunk" in e for e in once) >= 16
    assert sum("between checkpoint and summary" in e for e in once) >= 3
    assert next(kills for where, kills, _ in entries if where == "again and again") >= 4


def killed_when(happened, *args, env):
    """Start the command line, kill it (SIGKILL) as soon as `happened()`."""
    process = smallruns.start_command(*args, env=env)
    try:
        while not happened() and process.poll() is None:
            time.sleep(0.005)
    finally:
        process.kill()
        _, errors = process.communicate()
    assert process.returncode == -signal.SIGKILL, errors


def test_killed_in_its_first_compilation_and_resumed_changes_no_bit(toml, whole, tmp_path):
    env = {"OHMGRAD_CACHE": str(tmp_path / "cache")}
    to, loops = tmp_path / "run", tmp_path / "cache" / "loops"
    killed_when(lambda: list(loops.glob("*.py")), "run", toml, "--out", to, env=env)  # nothing is compiled yet
    killed_when((to / "checkpoint.npz").exists, "run", toml, "--out", to, env=env)  # the training loop is being compiled
    assert list(loops.glob("**/*.nbc")) and not list(loops.glob("**/*train_chunk*.nbc"))
    done = smallruns.command("resume", to, "--quiet", env=env)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert list(loops.glob("**/*train_chunk*.nbc"))
    assert smallruns.differences(whole, to) == []
