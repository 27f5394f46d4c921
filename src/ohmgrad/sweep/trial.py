"""One run of a sweep: a network trained in memory, nothing written. What a worker does.

It is `ohmgrad.experiments.run.Run` without its folder, so a point of a sweep has the bits that ``ohmgrad run`` has.
"""

from __future__ import annotations

import functools
import hashlib
import json
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from ohmgrad.data import Dataset
from ohmgrad.errors import OhmgradError
from ohmgrad.experiments.build import check_data, read_data
from ohmgrad.experiments.diagnosis import diagnosed
from ohmgrad.experiments.history import summarise
from ohmgrad.experiments.run import Run
from ohmgrad.experiments.spec import Data, Spec
from ohmgrad.experiments.specfile import check
from ohmgrad.network.replica import Replica
from ohmgrad.sections import read_section

Record = dict[str, Any]  # numbers and texts of one run, or its error; goes between processes
KEPT = (
    "epochs_done", "test_accuracy", "train_accuracy", "valid_accuracy", "pulses_set", "pulses_reset", "updates", "verify_reads", "array_time_s",
    "array_time_serial_s", "array_energy_j", "steps_to_saturation",
)  # fmt: skip
BY_EPOCH = (
    "train_accuracy",
    "valid_accuracy",
    "test_accuracy",
    "online_accuracy",
    "train_error",
    "test_error",
    "saturated_fraction",
    "mean_conductance",
)


class Job(NamedTuple):
    """A run to do: specification as JSON, key, repeat number, and whether to test after every epoch."""

    text: str
    key: str
    repeat: int
    curve: bool = True


class Unsaved(Run):
    """A run that leaves nothing on the disk."""

    def save(self) -> None:
        """Nothing is kept: a run of a sweep is done whole or again."""

    def picture(self) -> None:
        """No pictures of cells."""

    def publish(self) -> dict[str, Any]:
        """The summary."""
        summary = summarise(
            self.spec, self.setup, self.data, self.replicas, self.history,
            self.epoch * self.shown + self.position, self.seconds, self.samples, self.threads,
        )  # fmt: skip
        return {**summary, "stopped": self.stopped, "after_rest": self.after_rest}

    def train(self) -> dict[str, Any] | None:
        """Train to the last epoch; returns the summary."""
        return self._train()


def dataset(spec: Spec) -> Dataset:
    """The data of a specification, kept for the next one with the same; raises DataError, SpecError."""
    seed = spec.seed if spec.data.source == "files" else 0
    data = _dataset(json.dumps(spec.data.model_dump(mode="json")), seed)
    check_data(spec, data)
    return data


@functools.lru_cache(maxsize=4)
def _dataset(section: str, seed: int) -> Dataset:
    return read_data(read_section(Data, json.loads(section), "data"), seed)


def work(jobs: Sequence[Job]) -> list[Record]:
    """Do some runs, one after another; an error of one is its record, and the others go on."""
    return [_record(*job) for job in jobs]


def _record(text: str, key: str, repeat: int, curve: bool) -> Record:
    begun = time.perf_counter()
    out: Record = {"key": key, "repeat": repeat}
    try:
        out |= train_one(check(json.loads(text)), repeat, curve)
    except OhmgradError as e:
        out["error"] = " ".join(str(e).split())
    except MemoryError:
        out["error"] = "not enough memory"
    except Exception as e:  # a law or rule of the user's may raise anything
        out["error"] = f"{type(e).__name__}: {' '.join(str(e).split())}"
    return {**out, "seconds": time.perf_counter() - begun}


def train_one(spec: Spec, repeat: int, curve: bool = True) -> Record:
    """Train one network with this repeat number; returns its results, the history by epoch, and a digest of the bits of its final state.

    curve: test after every epoch, not after the last only. Raises OhmgradError as a run does.
    """
    one = spec.model_copy(update={"replicas": 1, "first_repeat": repeat, "software": False})
    run = Unsaved(Path(), one, threads=1, chunk=5000, pause=float("inf"), given=dataset(spec), curve=curve)
    summary = run.train()
    assert summary is not None  # nobody asks it to stop
    record: Record = {name: summary[name] for name in KEPT}
    record["stopped_epoch"] = run.stopped[0]
    record["saturated"] = float(np.max(summary["saturated_fraction"]))
    record["digest"] = state_digest(run.replicas[0])
    history: dict[str, list[Any]] = {name: [] for name in BY_EPOCH}
    for epoch in run.history:
        for name in BY_EPOCH:
            history[name].append(epoch[name][0] if epoch[name] else None)
    record["history"] = json.dumps(history)
    record["bill"] = json.dumps(summary["bill"])
    found = diagnosed(run.history)
    record["diagnosis"] = json.dumps(found) if found else None
    return record


def state_digest(r: Replica) -> str:
    """SHA-256 of everything in a replica that training changes."""
    digest = hashlib.sha256()
    for name, array in sorted(r.arrays().items()):
        digest.update(f"{name} {array.dtype.str} {array.shape}".encode() + np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()
