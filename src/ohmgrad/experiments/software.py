"""The yardstick: the same network learning in floating point.

Same data, samples in the same order, neurons, rule, rates, batches and criterion to stop; cells that take every change as it is wanted, without bounds, noise, faults or
loss, and start weights of the same spread; inputs as they are, no converters. A run of its own in the folder ``software`` of the run it belongs to.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from ohmgrad.devices.resolve import complete_device, resolve
from ohmgrad.devices.section import Device
from ohmgrad.experiments.spec import Coding, Spec

FOLDER = "software"
NETWORKS = 4  # at most so many replicas


def software_spec(spec: Spec) -> Spec:
    """Specification of the yardstick of a completed specification."""
    p = resolve(spec.device, read_table=False).params
    device = complete_device(
        Device(title="floating point", law="linear", parameters={"g_min": p.g_min, "g_max": p.g_max, "bounded": 0.0})
    )
    step = spec.learning.step
    if step is None and spec.learning.rule != "delta":
        step = mean_steps(spec)
    return spec.model_copy(
        update={
            "title": "The same network in floating point",
            "replicas": min(spec.replicas, NETWORKS),
            "driver": "fused",
            "device": device,
            "synapse": spec.synapse.model_copy(update={"write": "two-way", "refresh_every": 0, "start_file": ""}),
            "programming": type(spec.programming)(scheme="exact"),
            "learning": spec.learning.model_copy(update={"sums": "digital", "step": step}),
            "array": type(spec.array)(access="transistor"),
            "coding": Coding(),
            "published": [],
            "assumed": [],
            "software": False,
            "diagnosis": False,
        }
    )


def mean_steps(spec: Spec) -> list[float]:
    """Δw0 of each layer where the specification leaves it to the device: one mean pulse of its cells."""
    from ohmgrad.experiments.build import build

    return [float(v) for v in build(spec, True).learning.step]


def has_yardstick(spec: Spec) -> bool:
    """Is one wanted, and is the run not one itself?"""
    return spec.software and spec.programming.scheme != "exact"


def run_software(spec: Spec, folder: Path, start: Callable[..., Any], **options: Any) -> dict[str, Any] | None:
    """Train the yardstick in ``folder/software``, or go on with it; None if interrupted. start: `ohmgrad.experiments.run.start`."""
    summary = start(software_spec(spec), folder / FOLDER, **options).train()
    if summary is None:
        return None
    keys = ("replicas", "epochs_done", "stopped", "train_accuracy", "valid_accuracy", "test_accuracy", "test_accuracy_std")
    return {k: summary[k] for k in keys}
