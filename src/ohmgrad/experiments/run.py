"""Running a specification in a folder: train, evaluate, record, save; resume to the same bits after any interruption."""

from __future__ import annotations

import hashlib
import json
import math
import os
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from ohmgrad.arrays.cells import derive_weights
from ohmgrad.arrays.coding import amplitude_warnings
from ohmgrad.data import Dataset
from ohmgrad.devices.current import CURRENTS
from ohmgrad.errors import CheckpointError, RunError
from ohmgrad.experiments import folder as files
from ohmgrad.experiments import snapshots
from ohmgrad.experiments.build import build, check_ideal, load_data
from ohmgrad.experiments.diagnosis import diagnosed, taken
from ohmgrad.experiments.history import Before, epoch_record, responds, summarise
from ohmgrad.experiments.software import has_yardstick, run_software
from ohmgrad.experiments.spec import Spec
from ohmgrad.experiments.specfile import spec_hash
from ohmgrad.experiments.wired import wires_summary
from ohmgrad.kernels.specialise import is_warm
from ohmgrad.ledger import CORRECT
from ohmgrad.network import checkpoint, watch
from ohmgrad.network.diagnose import Looks
from ohmgrad.network.drivers import DRIVERS, check_thresholds
from ohmgrad.network.replica import Replica

LOOKED = "looked_at"  # what a checkpoint calls the tally of the diagnosis
SAVE_SECONDS = 10.0  # a checkpoint at least so often, besides one at the end of an epoch


def cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@dataclass(frozen=True)
class Progress:
    """Where a run stands: samples of one replica done and to do in all (at most, if `early`), epoch at hand, last test accuracy, speed (samples/s)."""

    done: int
    total: int
    epoch: int
    accuracy: float | None
    speed: float | None
    message: str = ""
    early: bool = False  # whether training may end before all is done


@dataclass
class Run:
    """A run folder in the hand of one process."""

    folder: Path
    spec: Spec
    threads: int = 1  # 0: one per core, at most one per replica
    chunk: int = 500
    pause: float = 0.5  # seconds between checkpoints at least: an epoch may take a millisecond
    report: Callable[[Progress], None] = lambda _: None
    stop: Callable[[], bool] = lambda: False
    given: Dataset | None = None  # the data, where they are loaded already
    curve: bool = True  # test after every epoch; else after the last only, unless a criterion to stop needs it
    epoch: int = 0  # finished epochs
    position: int = 0  # samples of the epoch at hand
    history: list[dict[str, Any]] = field(default_factory=list)
    seconds: float = 0.0
    samples: int = 0
    saved: float = -math.inf  # when, by the clock of this process

    def __post_init__(self) -> None:
        self.stopped: list[int | None] = [None] * self.spec.replicas  # epoch after which a replica's criterion held
        self.threads = min(self.threads or cores(), self.spec.replicas)
        check_ideal(self.spec)
        self.data: Dataset = self.given or load_data(self.spec, log=lambda text: self.report(self._progress(text)))
        self.setup = build(self.spec, nonnegative_inputs=bool((self.data.train_x >= 0).all()))
        self.shown = self.setup.shown(len(self.data.train_x))  # samples of an epoch
        if not is_warm(self.setup.loops):
            self.report(self._progress("compiling the training loop for this device and scheme (once, up to a minute)"))
        first = self.spec.first_repeat
        self.replicas = [Replica(self.setup, first + k) for k in range(self.spec.replicas)]
        watch.probe(self.replicas[0])
        self.guards = [watch.Guard(r) for r in self.replicas]
        self.looks = [Looks(r) for r in self.replicas if self.spec.diagnosis]
        reading, shape = self.setup.reading, CURRENTS[self.setup.current]
        self.warnings = check_thresholds(self.replicas[0])
        self.warnings += amplitude_warnings(reading.lines, reading.v_read, shape, reading.v_0)
        for text in self.warnings:
            self.report(self._progress(f"warning: {text}"))
        self.hash = spec_hash(self.spec)
        self.before = Before.now(self.replicas)
        self.correct_before = np.zeros(len(self.replicas), np.int64)
        self.pictures: dict[str, Any] = {}
        self.software: dict[str, Any] | None = None
        self.after_rest: list[dict[str, Any]] = []

    def _progress(self, message: str = "") -> Progress:
        n = self.shown if hasattr(self, "shown") else 1
        last = self.history[-1]["test_accuracy"] if self.history else None
        speed = self.samples / self.seconds if self.seconds else None
        done = self.epoch * n + self.position
        total = done if self._ended else self.spec.epochs * n
        early = self.spec.stop.when != "never"
        return Progress(done, total, self.epoch + 1, float(np.mean(last)) if last else None, speed, message, early)

    def _contents(self) -> dict[str, str]:
        """SHA-256 of what the specification only names: the data, and the user's own law, scheme, rule and table."""
        d, out = self.spec.device, {"data": self.data.sha256}
        for what, name in (("law", d.law), ("scheme", self.spec.programming.scheme), ("rule", self.spec.learning.rule)):
            file = name.partition(":")[0]
            if file.endswith(".py"):
                out[what] = hashlib.sha256(Path(file).read_bytes()).hexdigest()
        if self.setup.faults.map:
            out["fault map"] = hashlib.sha256(Path(self.setup.faults.map).read_bytes()).hexdigest()
        if self.spec.synapse.start_file:
            out["start"] = hashlib.sha256(Path(self.spec.synapse.start_file).read_bytes()).hexdigest()
        if d.table:
            out["table"] = hashlib.sha256(self.setup.table.tobytes()).hexdigest()
        return out

    # state on disk -------------------------------------------------------------------------------------------------------

    def save(self) -> None:
        """Write the checkpoint."""
        arrays = {
            **{name: np.array([r.arrays()[name] for r in self.replicas]) for name in self.replicas[0].arrays()},
            **{before_name(name): a for name, a in self.before._asdict().items()},
            "correct_before": self.correct_before,
            **({LOOKED: np.array([look.tally for look in self.looks])} if self.looks else {}),
            **{f"picture_{k}": v for k, v in self.pictures.items()},
        }
        meta = {
            "epoch": self.epoch,
            "position": self.position,
            "history": self.history,
            "stopped": self.stopped,
            **self._contents(),
        }
        with files.disk(self.folder):
            checkpoint.save(self.folder / files.CHECKPOINT, arrays, meta, self.hash)
        self.saved = time.perf_counter()

    def restore(self) -> None:
        """Take up the state of the checkpoint; raises CheckpointError if it does not fit."""
        path = self.folder / files.CHECKPOINT
        arrays, meta = checkpoint.load(path, self.hash)
        for what, digest in self._contents().items():
            if meta.get(what) != digest:
                raise CheckpointError(f"{path}: the run was trained with another {what} than is found now; restore the files")
        for k, r in enumerate(self.replicas):
            for name, target in r.arrays().items():
                if name not in arrays:
                    raise CheckpointError(f"{path}: '{name}' is missing; it was written by another version")
                if arrays[name].shape[1:] != target.shape:
                    raise CheckpointError(f"{path}: '{name}' has shape {arrays[name].shape[1:]}, expected {target.shape}")
                target[...] = arrays[name][k]
            derive_weights(self.setup.geometry, r.cells)
        for name in map(before_name, Before._fields):
            if name not in arrays:
                raise CheckpointError(f"{path}: '{name}' is missing; it was written by another version")
        if self.looks and (LOOKED not in arrays or arrays[LOOKED].shape[1:] != self.looks[0].tally.shape):
            raise CheckpointError(f"{path}: '{LOOKED}' is missing or of another shape; it was written by another version")
        for k, look in enumerate(self.looks):
            look.tally[:] = arrays[LOOKED][k]
        self.before = Before(*(arrays[before_name(name)] for name in Before._fields))
        self.correct_before = arrays["correct_before"]
        self.pictures = {k.removeprefix("picture_"): v for k, v in arrays.items() if k.startswith("picture_")}
        self.epoch, self.position, self.history = meta["epoch"], meta["position"], meta["history"]
        self.stopped = meta["stopped"]

    def picture(self) -> None:
        """Keep a picture of all cells as they are after the epochs so far."""
        self.pictures.update(snapshots.take(self.setup, self.replicas, self.epoch))

    def publish(self) -> dict[str, Any]:
        """Write history, snapshots and summary; returns the summary."""
        summary = summarise(
            self.spec, self.setup, self.data, self.replicas, self.history,
            self.epoch * self.shown + self.position, self.seconds, self.samples, self.threads,
        )  # fmt: skip
        summary["after_rest"] = self.after_rest
        summary["stopped"] = self.stopped
        summary["warnings"] = self.warnings
        summary["diagnosis"] = diagnosed(self.history)
        summary["wires"] = wires_summary(self.spec, self.replicas)
        summary["software"] = self.software
        if not self.samples:  # nothing was trained here: keep the speed measured before, and what it was measured with
            summary.update(_measured_before(self.folder))
        grid = snapshots.edges(self.setup)
        low, high = self.setup.window
        taken = sorted({int(k.split("_")[1]) for k in self.pictures if k.startswith("weights_")})
        limits = {"g_min": np.float64(low), "g_max": np.float64(high if self.setup.bounded else np.inf)}
        with files.disk(self.folder):
            files.write_json(self.folder / files.HISTORY, {"schema": 1, "epochs": self.history})
            files.write_arrays(self.folder / files.SNAPSHOTS, {**grid, **self.pictures, **limits, "epochs": np.array(taken)})
            files.write_json(self.folder / files.SUMMARY, summary)
        return summary

    def _after_rest(self) -> list[dict[str, Any]]:
        """Test accuracy of each replica, left alone for so long after training."""
        x, y = self.data.test_x, self.data.test_y
        return [
            {"seconds": t, "test_accuracy": [r.after_rest(x, y, t) for r in self.replicas]}
            for t in (self.setup.retention.test_after if self._rests else ())
        ]

    # training ------------------------------------------------------------------------------------------------------------

    def train(self) -> dict[str, Any] | None:
        """Train to the last epoch; returns the summary, or None if `stop` asked to end early (the state is saved).

        Raises RunError if another process trains in this folder, or the folder cannot be written.
        """
        with files.lock(self.folder):
            return self._train()

    def _train(self) -> dict[str, Any] | None:
        n = self.shown
        if not self.pictures:
            self.picture()
            self.save()
        with ThreadPoolExecutor(self.threads) as pool:
            self._work(pool, [np.zeros(1, np.int64)], 0, 0)  # one replica, no sample: compile, or load, before the clock starts
            self.replicas[0].test(self.data.train_x[:1], self.data.train_y[:1])  # the same for what follows every epoch
            self.report(self._progress())
            while not self._ended:
                if not self._epoch(pool, n):
                    self.save()
                    self.publish()
                    return None
        self.after_rest = self._after_rest()
        self.save()
        self.publish()
        if has_yardstick(self.spec):
            self.report(self._progress("training the same network in floating point, as a yardstick"))
            self.software = run_software(self.spec, self.folder, start, threads=self.threads, stop=self.stop)
            if self.software is None:
                return None
        return self.publish()

    @property
    def _ended(self) -> bool:
        """Was the last epoch trained, or do all replicas meet the criterion?"""
        return self.epoch >= self.spec.epochs or None not in self.stopped

    def _epoch(self, pool: ThreadPoolExecutor, n: int) -> bool:
        """The rest of the epoch at hand; False if interrupted."""
        orders = [self.replicas[k].order(self.epoch, len(self.data.train_x)) for k in self._active]
        batch = self.setup.batch or n
        while self.position < n:
            if self.stop():
                return False
            done = self.epoch * n + self.position
            wanted = min(self.chunk, self._until_rest(done))
            end = min(self.position + -(-wanted // batch) * batch, n)  # whole batches
            begun = time.perf_counter()
            self._work(pool, orders, self.position, end)
            passed = end - self.position >= self._until_rest(done)
            done += end - self.position
            if self._rests and (passed or end == n):
                for job in [pool.submit(self.replicas[k].rest, done) for k in self._active]:
                    job.result()
            now = time.perf_counter()
            self.seconds += now - begun
            self.samples += (end - self.position) * len(self._active)
            self.position = end
            self.report(self._progress())
            if now - self.saved > SAVE_SECONDS and end < n:
                self.save()
        self._finish_epoch(pool, n)
        return True

    @property
    def _active(self) -> list[int]:
        """Replicas that still learn."""
        return [k for k, epoch in enumerate(self.stopped) if epoch is None]

    @property
    def _rests(self) -> bool:
        """Do the cells lose what is written?"""
        return self.setup.law.rest is not None

    def _until_rest(self, done: int) -> int:
        """Samples from `done` to the next reckoning of the loss, `retention.every` right after one; without loss, never."""
        every = self.setup.retention.every
        return every - done % every if self._rests else 1 << 62

    def _work(self, pool: ThreadPoolExecutor, orders: Any, begin: int, end: int) -> None:
        driver, d = DRIVERS[self.spec.driver], self.data
        jobs = [
            pool.submit(
                self.guards[k].run,
                self.looks[k].through(driver) if self.looks else driver,
                d.train_x,
                d.train_y,
                order,
                begin,
                end,
                self.epoch,
            )
            for k, order in zip(self._active, orders, strict=False)
        ]
        for job in jobs:
            job.result()

    def _finish_epoch(self, pool: ThreadPoolExecutor, n: int) -> None:
        d, tested = self.data, self.curve or self.spec.stop.when != "never" or self.epoch + 1 == self.spec.epochs
        parts = {"train": (d.train_x[:n], d.train_y[:n]), "valid": (d.valid_x, d.valid_y), "test": (d.test_x, d.test_y)}
        tests = {name: (*xy, 3 * self.epoch + k) for k, (name, xy) in enumerate(parts.items()) if tested and len(xy[0])}
        jobs = {name: [pool.submit(r.test, *test) for r in self.replicas] for name, test in tests.items()}
        found = {name: [job.result() for job in some] for name, some in jobs.items()}
        results: dict[str, list[float] | None] = {}
        for k, what in enumerate(("accuracy", "error")):
            results |= {f"{name}_{what}": [r[k] for r in found[name]] if name in found else None for name in parts}
        means = (
            [r.respond(*tests["train"][:2], d.classes, tests["train"][2]) for r in self.replicas]
            if tested and responds(d)
            else []
        )
        responses = np.mean(means, axis=0).tolist() if means else None
        correct = np.array([r.totals[CORRECT] for r in self.replicas])
        online = [float(c) for c in (correct - self.correct_before) / n]
        self.epoch += 1
        self.position = 0
        record = epoch_record(self.setup, self.replicas, self.epoch, self.before, online, results, responses)
        record["diagnosis"] = taken(self.looks, n) if self.looks else None
        self.history.append(record)
        self._look(results)
        self.before = Before.now(self.replicas)
        self.correct_before = correct
        if self._ended or self.epoch in snapshots.snapshot_epochs(self.spec.epochs):
            self.picture()
        if time.perf_counter() - self.saved > self.pause:
            self.save()
            self.publish()
        self.report(self._progress())

    def _look(self, results: Mapping[str, Any]) -> None:
        """Note which replicas meet the criterion after this epoch."""
        stop = self.spec.stop
        if stop.when == "never":
            return
        for k in self._active:
            value = results[f"{stop.part}_{stop.when}"][k]
            if value >= stop.value if stop.when == "accuracy" else value <= stop.value:
                self.stopped[k] = self.epoch


def before_name(ledger: str) -> str:
    """What the ledgers at the start of the epoch are called in a checkpoint."""
    return "before" if ledger == "counts" else f"before_{ledger}"


def _measured_before(folder: Path) -> dict[str, Any]:
    try:
        old = json.loads((folder / files.SUMMARY).read_text(encoding="utf-8"))
        return {name: old[name] for name in ("samples_per_second", "threads", "versions")}
    except (OSError, ValueError, KeyError, TypeError):
        return {}


def start(spec: Spec, folder: Path, **options: Any) -> Run:
    """Open a new run, or take up one with the same specification where it stopped."""
    files.check_free(folder, spec)
    run = Run(folder, spec, **options)  # data and device are looked at before anything is written
    files.open_run(folder, spec)
    return _resumed(run)


def resume(folder: Path, **options: Any) -> Run:
    """Take up a run folder where it stopped; raises RunError or CheckpointError if it cannot be."""
    if not folder.is_dir():
        raise RunError(f"there is no run folder {folder}")
    return _resumed(Run(folder, files.read_spec(folder), **options))


def _resumed(run: Run) -> Run:
    # The history is written after a checkpoint: where there is one, a missing checkpoint is a loss, not a beginning.
    if any((run.folder / name).exists() for name in (files.CHECKPOINT, files.HISTORY)):
        run.restore()
    return run
