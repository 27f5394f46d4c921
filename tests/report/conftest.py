"""Run folders to report on, made up but of the shape and size of real ones."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

SPEC = """\
[experiment]
name = "burr2014"
title = "<Phase change> & friends"

[device]
law = "soft-bounds"
g_min = "0 S"
g_max = "20 uS"
"""


def write_run(
    folder: Path,
    *,
    replicas: int = 4,
    epochs: int = 10,
    layers: tuple[int, ...] = (528, 250, 125, 10),
    bounded: bool = True,
    snapshots: tuple[int, ...] = (0, 5, 10),
    planned: int | None = None,
    kind: str | None = None,
    stop: dict[str, Any] | None = None,
    stopped: list[int | None] | None = None,
    responses: bool = False,
) -> Path:
    """Write a run folder and return it. stop: section [stop]; stopped: epochs at which replicas met it; responses: mean outputs too."""
    folder.mkdir(parents=True)
    rng = np.random.default_rng(1)
    count = len(layers) - 1
    g_max = 20e-6 if bounded else math.inf
    (folder / "spec.toml").write_text(SPEC, encoding="utf-8")

    history = [_epoch(rng, e, replicas, layers, bounded) for e in range(1, epochs + 1)]
    for e in history if responses else []:
        apart = 0.8 * (1 - math.exp(-e["epoch"] / 5))
        e["responses"] = (np.full((layers[-1],) * 2, -apart) + 2 * apart * np.eye(layers[-1])).tolist()
    (folder / "history.json").write_text(json.dumps({"schema": 1, "epochs": history}), encoding="utf-8")

    edges = np.linspace(0, 20e-6 if bounded else 60e-6, 65)
    arrays: dict[str, Any] = {
        "epochs": np.array(snapshots), "diamond_edges": edges, "g_min": 0.0, "g_max": g_max
    }  # fmt: skip
    for k in range(count):
        arrays[f"weight_edges_{k}"] = weight_edges = np.linspace(-1.5, 1.5, 81)
        size = layers[k] * layers[k + 1] * replicas
        for e in snapshots:
            age = e / 10
            common = rng.normal(0.3 + 0.35 * age, 0.12, size)
            half = rng.normal(0, 0.03 + 0.25 * age * (1 - 0.2 * k), size) / 2
            plus, minus = np.clip(common + half, 0, 0.9999), np.clip(common - half, 0, 0.9999)
            if kind == "single":
                arrays["reference"] = 10e-6
                single = np.clip(rng.normal(0.5, 0.06 + 0.12 * age, size), 0, 0.9999)
                arrays[f"conductance_{e}_{k}"] = np.histogram(single * 20e-6, edges)[0]
                arrays[f"weights_{e}_{k}"] = np.histogram(1.5 * (single - 0.5), weight_edges)[0]
                continue
            pairs, _, _ = np.histogram2d(plus * 20e-6, minus * 20e-6, [edges, edges])
            arrays[f"diamond_{e}_{k}"] = pairs.astype(int)
            arrays[f"weights_{e}_{k}"] = np.histogram(1.5 * (plus - minus), weight_edges)[0]
    np.savez_compressed(folder / "snapshots.npz", **arrays)

    summary = _summary(history, replicas, epochs, layers, bounded, planned)
    if kind is not None:  # versions that knew only pairs did not say
        summary["synapse"] = {"kind": kind, "cells": 1}
        summary["cells"] = summary["synapses"] * (1 if kind == "single" else 2)
    summary["stop"] = stop or {"when": "never", "value": 1.0, "part": "valid"}
    summary["stopped"] = stopped or [None] * replicas
    if stop is not None:
        summary["software"] = {"replicas": 2, "epochs_done": 4, "stopped": [3, 4], "train_accuracy": 0.95, "valid_accuracy": None,
                               "test_accuracy": 0.91, "test_accuracy_std": 0.01}  # fmt: skip
    (folder / "summary.json").write_text(json.dumps(summary), encoding="utf-8")
    return folder


def _epoch(rng: np.random.Generator, epoch: int, replicas: int, layers: tuple[int, ...], bounded: bool) -> dict[str, Any]:
    count = len(layers) - 1
    level = 0.83 - 0.45 * math.exp(-epoch / 2)
    sizes = np.array([layers[k] * layers[k + 1] for k in range(count)], dtype=float)

    def accuracy(mean: float) -> list[float]:
        return [float(x) for x in np.clip(rng.normal(mean, 0.006, replicas), 0, 1)]

    def per_layer(means: np.ndarray, whole: bool = True) -> list[list[float]]:
        values = rng.normal(1, 0.04, (replicas, count)) * means
        return [[int(v) if whole else float(v) for v in row] for row in values]

    pulses = 5000 * sizes**0.7 * (1 + 2 / epoch)
    saturated = 0.3 * (1 - math.exp(-epoch / 4)) * np.linspace(1, 0.3, count) * bounded
    return {
        "epoch": epoch,
        "train_accuracy": accuracy(level + 0.02),
        "valid_accuracy": accuracy(level + 0.004) if bounded else None,
        "test_accuracy": accuracy(level),
        "online_accuracy": accuracy(level - 0.03),
        "responses": None,
        **{
            f"{part}_error": [e * math.exp(-epoch / 2) * f for f in np.linspace(1, 1.2, replicas)]
            for part, e in (("train", 2.0), ("test", 2.1))
        },
        "valid_error": None,
        "pulses_set": per_layer(pulses),
        "pulses_reset": per_layer(pulses * 0),
        "full_reset": per_layer(pulses * 0),
        "write_reads": per_layer(pulses * 0),
        "refresh_set": per_layer(pulses / 40 * bounded),
        "refresh_reset": per_layer(pulses / 25 * bounded),
        "verify_reads": per_layer(pulses * 0),
        "saturated_fraction": per_layer(saturated, whole=False),
        "mean_conductance": per_layer(np.full(count, 8e-6), whole=False),
    }


def _summary(
    history: list[dict[str, Any]],
    replicas: int,
    epochs: int,
    layers: tuple[int, ...],
    bounded: bool,
    planned: int | None,
) -> dict[str, Any]:
    count = len(layers) - 1
    synapses = sum(layers[k] * layers[k + 1] for k in range(count))
    test = history[-1]["test_accuracy"] if history else None
    several = replicas > 1 and test is not None
    sets = np.sum([np.mean(e["pulses_set"], axis=0) for e in history], axis=0) if history else np.zeros(count)
    energy = 4.2e-12 * float(sets.sum()) if bounded else None
    return {
        "experiment": "burr2014",
        "title": "Phase-change <cells> & a network of three layers",
        "seed": 7,
        "replicas": replicas,
        "epochs": planned or epochs,
        "epochs_done": epochs,
        "layers": list(layers),
        "synapses": synapses,
        "cells": 2 * synapses,
        "samples_per_epoch": 5000,
        "train_accuracy": float(np.mean(history[-1]["train_accuracy"])) if history else None,
        "train_accuracy_std": float(np.std(history[-1]["train_accuracy"])) if several else None,
        "valid_accuracy": float(np.mean(history[-1]["valid_accuracy"])) if history and bounded else None,
        "test_accuracy": float(np.mean(test)) if test else None,
        "test_accuracy_std": float(np.std(test, ddof=1)) if several else None,
        "test_accuracy_ci95": 0.0071 if several else None,
        "samples_per_second": 4321.5,
        "pulses_per_sample": float(sets.sum()) / 5000 / max(1, epochs),
        "pulses_set": float(sets.sum()),
        "pulses_reset": 0.0,
        "updates": 5000 * epochs,
        "verify_reads": 0,
        "software": None,
        "classes": [],
        "scheme": {"name": "overlap", "text": "overlapping pulses, all cells at once"},
        "array_time_s": 0.0123,
        "array_time_serial_s": 25321.0,
        "array_energy_j": energy,
        "saturated_fraction": [0.25 * bounded, 0.2 * bounded, *[0.1 * bounded] * (count - 2)][:count],
        "steps_to_saturation": 21.5 if bounded else None,
        "threads": 2,
        "versions": {"ohmgrad": "0.1.0", "python": "3.11.7", "numpy": "2.4.6"},
        "published": [
            {"what": "test accuracy, experiment", "value": 0.829, "source": "Burr et al., IEDM 2014, 29.5"},
            {"what": "test accuracy, simulation", "value": 0.822, "source": "Burr et al., IEDM 2014, 29.5"},
            {"what": "training accuracy, ideal cells", "value": 0.97, "source": "Burr et al., TED 2015"},
        ]
        if bounded
        else [],
        "assumed": ["The pulse width of RESET is 100 ns; the paper gives none.", "Reads cost <no> time."],
        "bill": {
            "rows": [
                {"event": "SET pulses", "per_layer": [int(x) for x in sets], "count": int(sets.sum()),
                 "time_s": 0.0123, "time_serial_s": 25321.0, "energy_j": energy},
                {"event": "RESET pulses", "per_layer": [0] * count, "count": 0,
                 "time_s": 0.0, "time_serial_s": 0.0, "energy_j": energy and 0.0},
                {"event": "reads", "per_layer": [1234567] * count, "count": 1234567 * count,
                 "time_s": 1.5e-6, "time_serial_s": None, "energy_j": None},
            ],
            "total": {"time_s": 0.0123015, "time_serial_s": 25321.0, "energy_j": energy},
        },
    }  # fmt: skip


@pytest.fixture(scope="session")
def make_run() -> Callable[..., Path]:
    """Return the function that writes a run folder."""
    return write_run


@pytest.fixture(scope="session")
def full_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a finished run: 3 layers, 4 replicas, 10 epochs. Only for reading and reporting."""
    return write_run(tmp_path_factory.mktemp("runs") / "full")


@pytest.fixture(scope="session")
def small_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a run with 1 replica, 1 epoch, 2 layers and unbounded cells, whose energy means nothing."""
    return write_run(
        tmp_path_factory.mktemp("runs") / "small",
        replicas=1, epochs=1, layers=(64, 20, 10), bounded=False, snapshots=(0, 1),
    )  # fmt: skip
