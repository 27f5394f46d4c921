"""What is recorded of each epoch, and the summary of a run."""

from __future__ import annotations

import platform
from collections.abc import Sequence
from importlib import metadata
from typing import Any, NamedTuple

import numpy as np

from ohmgrad.data import Dataset
from ohmgrad.experiments.build import steps_to_saturation
from ohmgrad.experiments.interval import interval95
from ohmgrad.experiments.spec import Spec
from ohmgrad.ledger import (
    BACKWARD_READS,
    CONVERSIONS,
    ENCODINGS,
    FORWARD_READS,
    FULL_RESET,
    HALF_SELECTED,
    REFRESH_RESET,
    REFRESH_SET,
    RESET,
    SET,
    UPDATES,
    VERIFY_READS,
    WRITE_READS,
    layer_costs,
    make_bill,
)
from ohmgrad.network.replica import Replica
from ohmgrad.network.setup import SATURATED, Setup

_EVENTS = {"pulses_set": SET, "pulses_reset": RESET, "full_reset": FULL_RESET, "refresh_set": REFRESH_SET, "refresh_reset": REFRESH_RESET,
           "verify_reads": VERIFY_READS, "write_reads": WRITE_READS, "forward_reads": FORWARD_READS, "backward_reads": BACKWARD_READS,
           "half_selected": HALF_SELECTED, "encodings": ENCODINGS, "conversions": CONVERSIONS}  # fmt: skip
_RESETS = [RESET, FULL_RESET, REFRESH_RESET]

# Where the mean outputs of every class are recorded after each epoch: small data only, since the history is text.
MOST_SAMPLES, MOST_CLASSES = 1000, 10


def responds(data: Dataset) -> bool:
    """Are the mean outputs of every class recorded for these data?"""
    return len(data.train_x) <= MOST_SAMPLES and data.classes <= MOST_CLASSES


class Before(NamedTuple):
    """The ledgers of all replicas at the start of an epoch: counts (replicas, layers, events), sums (replicas, layers, sums), totals (replicas, totals)."""

    counts: Any
    sums: Any
    totals: Any

    @classmethod
    def now(cls, replicas: Sequence[Replica]) -> Before:
        """Copies of the ledgers as they are."""
        return cls(*(np.array([getattr(r, name) for r in replicas]) for name in cls._fields))


def layer_states(setup: Setup, r: Replica) -> tuple[list[float], list[float]]:
    """Per layer: share of saturated pairs or cells, and mean conductance (siemens) of all cells.

    A pair is saturated if one of its cells is beyond 95 % of the window. Where cells are written both ways against something fixed (a G− that is
    never written, a reference), those that are written count: one is saturated beyond 95 % or below 5 % of the window.
    """
    low, high = setup.window
    geo = setup.geometry
    full, mean = [], []
    for layer in range(len(geo.shape)):
        g = r.cells.state[0, geo.synapse[layer] : geo.synapse[layer + 1]]
        if setup.synapse.kind == "pair":
            past = g.reshape(-1, 2).max(axis=1) >= low + SATURATED * (high - low)
        else:
            written = g[:, :: 2 if setup.synapse.paired else 1]
            past = (written >= low + SATURATED * (high - low)) | (written <= high - SATURATED * (high - low))
        full.append(float(past.mean()) if setup.bounded else 0.0)
        mean.append(float(g.mean()))
    return full, mean


def epoch_record(
    setup: Setup,
    replicas: Sequence[Replica],
    epoch: int,
    before: Before,
    online: Sequence[float],
    accuracy: dict[str, list[float] | None],
    responses: Any = None,
) -> dict[str, Any]:
    """One entry of the history. before: the ledgers at the start of the epoch; accuracy: accuracy and mean E by data part;
    responses (classes, outputs): mean outputs of the training samples of each class, over replicas, or None."""
    states = [layer_states(setup, r) for r in replicas]
    out: dict[str, Any] = {"epoch": epoch, **accuracy, "online_accuracy": list(online), "responses": responses}
    for name, kind in _EVENTS.items():
        out[name] = [[int(c) for c in (r.counts - b)[:, kind]] for r, b in zip(replicas, before.counts, strict=True)]
    out |= _epoch_costs(setup, replicas, before)
    out["saturated_fraction"] = [s[0] for s in states]
    out["mean_conductance"] = [s[1] for s in states]
    return out


def _epoch_costs(setup: Setup, replicas: Sequence[Replica], before: Before) -> dict[str, float | None]:
    """Seconds and joules of the epoch, of one network (mean over replicas)."""
    counts, sums, totals = (b.sum(axis=0) - a.sum(axis=0) for a, b in zip(before, Before.now(replicas), strict=True))
    bill, n = make_bill(counts, sums, totals, setup.costs, setup.bounded), len(replicas)
    return {
        "array_time_s": bill.time_s / n,
        "array_time_serial_s": bill.time_serial_s / n,
        "array_energy_j": None if bill.energy_j is None else bill.energy_j / n,
    }


def versions() -> dict[str, str]:
    """Versions that a result may depend on."""
    names = ("ohmgrad", "numpy", "numba", "llvmlite")
    return {"python": platform.python_version(), **{n: metadata.version(n) for n in names}}


def summarise(
    spec: Spec,
    setup: Setup,
    data: Dataset,
    replicas: Sequence[Replica],
    history: list[dict[str, Any]],
    shown: int,
    seconds: float,
    samples: int,
    threads: int,
) -> dict[str, Any]:
    """`summary.json`: results of the last finished epoch and the bill, means over replicas (one network).

    shown: training samples that each replica has seen. seconds, samples: of the training loops of this process, compilation left out.
    """
    last = history[-1] if history else None

    def stat(name: str, f: Any) -> float | None:
        return float(f(last[name])) if last and last[name] else None

    n = len(replicas)
    counts = np.sum([r.counts for r in replicas], axis=0)
    mean_counts = np.rint(counts / n).astype(np.int64)
    mean_sums = np.mean([r.sums for r in replicas], axis=0)
    bill = make_bill(
        mean_counts,
        mean_sums,
        np.rint(np.mean([r.totals for r in replicas], axis=0)).astype(np.int64),
        setup.costs,
        setup.bounded,
    )
    pulses = counts[:, [SET, REFRESH_SET, *_RESETS]].sum() / n
    return {
        "experiment": spec.experiment, "variant": spec.variant, "title": spec.title, "seed": spec.seed,
        "replicas": spec.replicas, "repeats": [r.label for r in replicas],
        "epochs": spec.epochs, "epochs_done": len(history),
        "layers": spec.network.layers, "synapses": setup.geometry.synapses, "cells": setup.synapse.members * setup.geometry.synapses,
        "synapse": {"kind": setup.synapse.kind, "cells": setup.synapse.cells},
        "scheme": {"name": spec.programming.scheme, "text": setup.scheme.text},
        "stop": spec.stop.model_dump(),
        "samples_per_epoch": setup.shown(len(data.train_x)), "data": data.name, "classes": list(data.class_names), "data_sha256": data.sha256,
        "train_accuracy": stat("train_accuracy", np.mean), "train_accuracy_std": stat("train_accuracy", _std),
        "valid_accuracy": stat("valid_accuracy", np.mean),
        "test_accuracy": stat("test_accuracy", np.mean), "test_accuracy_std": stat("test_accuracy", _std),
        "test_accuracy_ci95": interval95(last["test_accuracy"]) if last else None,
        "samples_per_second": samples / seconds if seconds > 0 else None,
        "pulses_per_sample": float(pulses / max(shown, 1)),
        "pulses_set": int(mean_counts[:, [SET, REFRESH_SET]].sum()), "pulses_reset": int(mean_counts[:, _RESETS].sum()),
        "updates": int(mean_counts[:, UPDATES].max()), "verify_reads": int(mean_counts[:, [WRITE_READS, VERIFY_READS]].sum()),
        "array_time_s": bill.time_s, "array_time_serial_s": bill.time_serial_s, "array_energy_j": bill.energy_j,
        "saturated_fraction": [float(v) for v in np.mean([layer_states(setup, r)[0] for r in replicas], axis=0)],
        "steps_to_saturation": steps_to_saturation(setup),
        "threads": threads, "versions": versions(),
        "published": [p.model_dump() for p in spec.published], "assumed": [*spec.assumed, *spec.device.assumed],
        "device": {"law": spec.device.law, "title": spec.device.title, "source": spec.device.source},
        "after_rest": [],
        "bill": {**bill.as_dict(), "layers": layer_costs(mean_counts, mean_sums, setup.costs, setup.bounded)},
        "counts_per_replica": [r.counts.tolist() for r in replicas],
    }  # fmt: skip


def _std(values: Sequence[float]) -> float:
    return float(np.std(values, ddof=1)) if len(values) > 1 else 0.0
