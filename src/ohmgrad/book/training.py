"""Training within a figure: a run of the package in a folder that is thrown away, and what is looked at on the way."""

from __future__ import annotations

import math
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

import ohmgrad
from ohmgrad.experiments.run import Progress, Run
from ohmgrad.experiments.spec import Spec

Floats = npt.NDArray[np.float64]
WRITING = ("SET pulses", "RESET pulses", "verify reads")  # events of the bill


@dataclass(frozen=True)
class Trained:
    """What came of a run. summary, history: as in its folder. seen: what `look` returned at the start and after every epoch (or chunk of samples)."""

    run: Run
    summary: dict[str, Any]
    history: list[dict[str, Any]]
    seen: list[Any]

    def by_epoch(self, name: str) -> Floats:
        """A figure of the history (epochs, replicas)."""
        return np.array([epoch[name] for epoch in self.history])

    @property
    def epochs(self) -> Floats:
        """Epochs until the criterion held, of each replica; all epochs where it never did."""
        return np.array([self.run.spec.epochs if e is None else e for e in self.summary["stopped"]], dtype=np.float64)

    def total(self, what: str, *events: str) -> float:
        """Sum of `what` (count, energy_j, time_s, time_serial_s) over events of the bill, mean of the replicas."""
        rows = {row["event"]: row for row in self.summary["bill"]["rows"]}
        return float(sum(rows[event][what] or 0.0 for event in events if event in rows))


def train(
    spec: Spec | str,
    *settings: str,
    look: Callable[[Run], Any] | None = None,
    chunk: int = 500,
    prepare: Callable[[Run], None] | None = None,
    **top: Any,
) -> Trained:
    """Train a specification (a name with settings, or whole), without the yardstick in floating point and without diagnosis.

    look: called at the start and after every `chunk` samples (500: an epoch of small data); prepare: called before training.
    """
    if isinstance(spec, str):
        spec = ohmgrad.make_spec(spec, settings=["software=false", *settings], **top)
    spec = spec.model_copy(update={"diagnosis": False})
    seen: list[Any] = []
    with tempfile.TemporaryDirectory(prefix="ohmgrad-book-") as folder:
        run = ohmgrad.start(spec, Path(folder) / "run")
        run.pause, run.chunk = math.inf, chunk
        if prepare is not None:
            prepare(run)
        last = -1

        def report(p: Progress) -> None:
            nonlocal last
            if look is not None and not p.message and p.done > last:
                last = p.done
                seen.append(look(run))

        run.report = report
        summary = run.train()
    assert summary is not None
    return Trained(run, summary, run.history, seen)


def weights(run: Run, layer: int = 0) -> Floats:
    """Weights (replicas, inputs with the bias last, outputs) as they are."""
    s, geo = run.setup, run.setup.geometry
    part = slice(geo.synapse[layer], geo.synapse[layer + 1])
    return np.array([s.learning.gain[layer] * r.cells.w[part].reshape(geo.shape[layer]) for r in run.replicas])


def conductances(run: Run, layer: int = 0) -> Floats:
    """Conductances (replicas, inputs with the bias last, outputs, members) in siemens as they are."""
    geo = run.setup.geometry
    part = slice(geo.synapse[layer], geo.synapse[layer + 1])
    return np.array([r.cells.state[0, part].reshape(*geo.shape[layer], -1).copy() for r in run.replicas])


def answers(run: Run, images: Floats) -> Floats:
    """Outputs (replicas, images, outputs) of each image: read by the network's own loops, one image a class."""
    return np.array([r.respond(images, np.arange(len(images)), len(images)) for r in run.replicas])


def with_bias(x: Floats, bias: float) -> Floats:
    """Inputs (samples, inputs + 1) with the bias input last."""
    return np.column_stack([x, np.full(len(x), bias)])


def mean95(values: Sequence[float] | Floats) -> tuple[float, float]:
    """Mean, and half-width of its 95 % interval (normal; 0 for one value)."""
    v = np.asarray(values, dtype=np.float64)
    return float(v.mean()), float(1.96 * v.std(ddof=1) / math.sqrt(len(v))) if len(v) > 1 else 0.0
