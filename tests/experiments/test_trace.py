"""The pulses of a cell, replayed: every one of them, none else, and the run's own bits."""

import json
import os
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from smallruns import HIDDEN_STATE, checkpoint, contents, small_project, spec_of, trained

from ohmgrad.errors import RunError
from ohmgrad.experiments import trace
from ohmgrad.experiments.run import start
from ohmgrad.ledger import COUNTS

RESTING = ("device.retention={kind = 'stretched', tau = '1 s', idle = '10 ms', every = 10}",)
KIND_OF = {"SET": "set", "RESET": "reset", "refresh SET": "refresh_set", "refresh RESET": "refresh_reset"}


def layer_counts(folder, layer, replica=0):
    counts = json.loads((folder / "summary.json").read_text(encoding="utf-8"))["counts_per_replica"][replica][layer]
    return {kind: n for kind, name in KIND_OF.items() if (n := counts[COUNTS.index(name)])}


def test_the_pulses_of_all_cells_of_a_layer_are_those_of_the_ledger(whole):
    before, found = contents(whole), Counter()
    for row in range(9):
        for column in range(3):
            for member in range(2):
                p = trace.pulses(whole, 1, row, column, member, 1)
                found.update(p.counts)
                assert (p.rested == 0).all() and p.end == (p.after[-1] if len(p) else p.start)
                assert ((p.sample >= 1) & (p.sample <= 86)).all() and (np.diff(p.epoch * 86 + p.sample) >= 0).all()
    assert dict(found) == layer_counts(whole, 1, 1)
    assert contents(whole) == before  # nor is anything left beside it


def test_energy_is_that_of_the_bill(whole):
    p = trace.pulses(whole, 0, 1, 2)
    assert len(p) and p.energy == pytest.approx(p.volts**2 * p.seconds * (p.before + p.after) / 2, rel=1e-12)
    assert p.charge == pytest.approx(p.energy / np.abs(p.volts), rel=1e-12)
    assert p.select(slice(-3, None)).pulse.tolist() == [len(p) - 2, len(p) - 1, len(p)]


def test_a_short_tape_is_made_longer_and_a_run_cut_into_other_chunks_is_the_same(whole, monkeypatch):
    p = trace.pulses(whole, 1, 8, 2)
    monkeypatch.setattr(trace, "ROOM", 2)
    said = []
    q = trace.pulses(whole, 1, 8, 2, report=lambda progress: said.append(progress.message))
    assert any("longer tape" in text for text in said)
    for name in ("epoch", "sample", "kind", "volts", "before", "after"):
        assert (getattr(p, name) == getattr(q, name)).all()


def test_an_interrupted_run_is_replayed_to_where_it_stands(toml, whole, tmp_path):
    run = start(spec_of(toml), tmp_path / "part", chunk=30)
    run.stop = lambda: run.epoch == 1 and run.position >= 30
    assert run.train() is None
    p, q = trace.pulses(tmp_path / "part", 1, 8, 2), trace.pulses(whole, 1, 8, 2)
    assert (p.epochs, p.samples) == (1, 30) and 0 < len(p) < len(q)
    assert (p.after == q.after[: len(p)]).all() and p.epoch[-1] == 2 and p.sample[-1] <= 30


def test_hidden_state_and_rest():
    """Uncompiled, the same source, in a program of its own (this file): two laws, each with its recording, take minutes to compile."""
    environment = {**os.environ, "NUMBA_DISABLE_JIT": "1", "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)}
    done = subprocess.run([sys.executable, __file__], env=environment, capture_output=True, text=True, timeout=300)
    assert (done.returncode, done.stdout) == (0, "2 replays\n"), done.stderr


def replayed(toml, tmp_path, settings):
    folder = trained(spec_of(toml, *settings, replicas=1, epochs=1), tmp_path / "run")
    p = trace.pulses(folder, 1, 8, 2)
    assert len(p) and p.before == pytest.approx(np.concatenate([[p.start], p.after[:-1]]) + p.rested)
    assert bool((p.rested != 0).any()) == (settings == RESTING)


def test_a_run_that_is_not_its_own_replay_is_refused(toml, tmp_path):
    from ohmgrad.network import checkpoint as files

    folder = trained(spec_of(toml, replicas=1, epochs=1), tmp_path / "run")
    arrays, meta = checkpoint(folder)
    meta.pop("sha256"), meta.pop("format")
    arrays["state"][0, 0, 0, 0] += 1e-9
    files.save(folder / "checkpoint.npz", arrays, meta, meta.pop("spec"))
    with pytest.raises(RunError, match=r"cannot be reproduced: the cell ends at .* S, and its checkpoint has"):
        trace.pulses(folder, 0, 0, 0)
    with pytest.raises(RunError, match="cannot be reproduced: 1 cells end in another state"):
        trace.pulses(folder, 0, 1, 0)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as scratch:
        both = (HIDDEN_STATE, RESTING)
        for number, settings in enumerate(both):
            replayed(small_project(Path(scratch) / f"{number}"), Path(scratch) / f"{number}", settings)
        print(len(both), "replays")
