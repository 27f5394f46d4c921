"""Reading a run folder, and checking what it holds."""

from __future__ import annotations

import json
import tomllib
import zipfile
import zlib
from os import PathLike
from pathlib import Path

import numpy as np

from ohmgrad.errors import RunError
from ohmgrad.report.diagnosis import ERROR, MEASURES
from ohmgrad.report.fields import Fields
from ohmgrad.report.run import (
    AfterRest,
    Bill,
    BillRow,
    Counts,
    Floats,
    History,
    Published,
    Run,
    Snapshots,
    Software,
    Stop,
    Summary,
)

HISTORY_SCHEMA = 1
KINDS = ("pair", "fixed", "single")
# Events of an epoch: name in the history, and on the bill.
EVENTS = {
    "forward_reads": "forward reads",
    "backward_reads": "backward reads",
    "pulses_set": "SET pulses",
    "pulses_reset": "RESET pulses",
    "full_reset": "full RESET pulses",
    "write_reads": "verify reads",
    "half_selected": "half-selected cells",
    "refresh_reset": "refresh: RESET pulses",
    "refresh_set": "refresh: SET pulses",
    "verify_reads": "refresh: verify reads",
    "encodings": "encodings",
    "conversions": "conversions",
}
EPOCH_COSTS = ("array_time_s", "array_time_serial_s", "array_energy_j")


def load_run(folder: str | PathLike[str]) -> Run:
    """Return what the run folder holds; the run need not be finished.

    Raises `RunError` if the folder or one of its files is missing or damaged; the message names the file.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise RunError(f"{folder} is no run folder; give the folder that 'ohmgrad run' wrote")
    specification = _read_text(folder / "spec.toml")
    try:
        tomllib.loads(specification)
    except tomllib.TOMLDecodeError as error:
        raise RunError(f"{folder / 'spec.toml'} is damaged: {_line(error)}") from None
    summary = load_summary(folder / "summary.json")
    layers = len(summary.layers) - 1
    return Run(
        folder=folder,
        specification=specification,
        history=load_history(folder / "history.json", summary.replicas, layers),
        snapshots=load_snapshots(folder / "snapshots.npz", layers, summary.kind != "single"),
        summary=summary,
    )


def load_summary(path: Path) -> Summary:
    """Return ``summary.json``; raises `RunError`."""
    fields = _read_json(path)
    layers = tuple(int(size) for size in fields.numbers("layers"))
    if len(layers) < 2:
        raise fields.wrong("layers", "a list of two sizes or more")
    count = len(layers) - 1
    bill = fields.child("bill")
    total = bill.child("total")
    versions = fields.child("versions")
    assumed = fields.items("assumed")
    device = fields.child("device") if "device" in fields.table else None
    stop = fields.child("stop")
    stopped = _stopped(fields, fields.whole("replicas", least=1))
    return Summary(
        experiment=fields.text("experiment"),
        title=fields.text("title"),
        seed=fields.whole("seed"),
        replicas=fields.whole("replicas", least=1),
        epochs=fields.whole("epochs"),
        epochs_done=fields.whole("epochs_done"),
        layers=layers,
        synapses=fields.whole("synapses"),
        cells=fields.whole("cells"),
        kind=_kind(fields),
        samples_per_epoch=fields.whole("samples_per_epoch", least=1),
        train_accuracy=fields.maybe("train_accuracy"),
        train_accuracy_std=fields.maybe("train_accuracy_std"),
        valid_accuracy=fields.maybe("valid_accuracy"),
        test_accuracy=fields.maybe("test_accuracy"),
        test_accuracy_std=fields.maybe("test_accuracy_std"),
        test_accuracy_ci95=fields.maybe("test_accuracy_ci95"),
        samples_per_second=fields.maybe("samples_per_second"),
        pulses_per_sample=fields.maybe("pulses_per_sample"),
        pulses_set=fields.maybe("pulses_set"),
        pulses_reset=fields.maybe("pulses_reset"),
        array_time_s=fields.maybe("array_time_s"),
        array_time_serial_s=fields.maybe("array_time_serial_s"),
        array_energy_j=fields.maybe("array_energy_j"),
        saturated_fraction=fields.numbers("saturated_fraction", count),
        steps_to_saturation=fields.maybe("steps_to_saturation"),
        threads=fields.whole("threads"),
        versions=tuple((name, versions.text(name)) for name in versions.table),
        published=tuple(
            Published(item.text("what"), item.number("value"), item.text("source")) for item in fields.tables("published")
        ),
        assumed=tuple(str(sentence) for sentence in assumed),
        device=device.text("title") or device.text("law") if device else "",
        after_rest=tuple(
            AfterRest(item.number("seconds"), item.numbers("test_accuracy"))
            for item in (fields.tables("after_rest") if "after_rest" in fields.table else [])
        ),
        bill=Bill(
            rows=tuple(
                BillRow(
                    event=row.text("event"),
                    per_layer=row.numbers("per_layer", count),
                    count=row.number("count"),
                    time_s=row.maybe("time_s"),
                    time_serial_s=row.maybe("time_serial_s"),
                    energy_j=row.maybe("energy_j"),
                )
                for row in bill.tables("rows")
            ),
            time_s=total.maybe("time_s"),
            time_serial_s=total.maybe("time_serial_s"),
            energy_j=total.maybe("energy_j"),
            layers=tuple(
                (layer.maybe("time_serial_s"), layer.maybe("energy_j"))
                for layer in (bill.tables("layers") if "layers" in bill.table else [])
            ),
        ),
        stop=Stop(stop.text("when"), stop.number("value"), stop.text("part")),
        stopped=stopped,
        software=_software(fields),
        scheme=fields.child("scheme").text("text"),
        updates=fields.maybe("updates"),
        verify_reads=fields.maybe("verify_reads"),
        classes=tuple(str(name) for name in fields.items("classes")),
        wires=fields.child("wires").text("text") if fields.table.get("wires") is not None else "",
        diagnosis=fields.child("diagnosis").text("text") if fields.table.get("diagnosis") is not None else "",
        warnings=tuple(str(text) for text in (fields.items("warnings") if "warnings" in fields.table else [])),
    )


def _stopped(fields: Fields, replicas: int) -> tuple[int | None, ...]:
    """Epoch after which each replica met the criterion, None for one that did not."""
    found = fields.items("stopped")
    wrong = [v for v in found if v is not None and (isinstance(v, bool) or not isinstance(v, int) or v < 1)]
    if len(found) != replicas or wrong:
        raise fields.wrong("stopped", f"a list of {replicas} epochs or nulls")
    return tuple(v if isinstance(v, int) else None for v in found)


def _software(fields: Fields) -> Software | None:
    """The yardstick in floating point, if there is one."""
    if fields.get("software") is None:
        return None
    found = fields.child("software")
    replicas = found.whole("replicas", least=1)
    return Software(
        replicas=replicas,
        epochs_done=found.whole("epochs_done"),
        stopped=_stopped(found, replicas),
        test_accuracy=found.maybe("test_accuracy"),
        test_accuracy_std=found.maybe("test_accuracy_std"),
    )


def _kind(fields: Fields) -> str:
    """What a synapse is made of; runs of versions that knew only pairs do not say."""
    if "synapse" not in fields.table:
        return "pair"
    synapse = fields.child("synapse")
    kind = synapse.text("kind")
    if kind not in KINDS:
        raise synapse.wrong("kind", " or ".join(KINDS))
    return kind


def load_history(path: Path, replicas: int, layers: int) -> History:
    """Return ``history.json`` of a run of so many replicas and layers; raises `RunError`."""
    fields = _read_json(path)
    if fields.get("schema") != HISTORY_SCHEMA:
        raise fields.wrong("schema", f"{HISTORY_SCHEMA} (this version of ohmgrad knows no other)")
    epochs = fields.tables("epochs")

    def accuracy(key: str) -> Floats:
        rows = [epoch.measured(key, (replicas,)) for epoch in epochs]
        return np.array(rows, dtype=np.float64).reshape(len(epochs), replicas)

    def per_layer(key: str) -> Floats:
        rows = [epoch.array(key, (replicas, layers)) for epoch in epochs]
        return np.array(rows, dtype=np.float64).reshape(len(epochs), replicas, layers)

    return History(
        epochs=np.array([epoch.whole("epoch") for epoch in epochs], dtype=np.int64),
        train_accuracy=accuracy("train_accuracy"),
        valid_accuracy=accuracy("valid_accuracy"),
        test_accuracy=accuracy("test_accuracy"),
        online_accuracy=accuracy("online_accuracy"),
        train_error=accuracy("train_error"),
        valid_error=accuracy("valid_error"),
        test_error=accuracy("test_error"),
        pulses_set=per_layer("pulses_set"),
        pulses_reset=per_layer("pulses_reset"),
        full_reset=per_layer("full_reset"),
        refresh_set=per_layer("refresh_set"),
        refresh_reset=per_layer("refresh_reset"),
        verify_reads=per_layer("verify_reads"),
        saturated_fraction=per_layer("saturated_fraction"),
        mean_conductance=per_layer("mean_conductance"),
        responses=_responses(epochs),
        events={
            text: per_layer(name).mean(axis=1).sum(axis=1)
            for name, text in EVENTS.items()
            if epochs and all(name in epoch.table for epoch in epochs)
        },
        diagnosis=_diagnosis(epochs, (replicas, layers)),
        costs=np.array([[epoch.measured(name, ()) for name in EPOCH_COSTS] for epoch in epochs], dtype=np.float64)
        if epochs and all(name in epoch.table for epoch in epochs for name in EPOCH_COSTS)
        else None,
    )


def _diagnosis(epochs: list[Fields], shape: tuple[int, int]) -> dict[str, Floats]:
    """Each measure (epochs, replicas, layers); empty where not all epochs have them."""
    if not epochs or any(epoch.table.get("diagnosis") is None for epoch in epochs):
        return {}
    found = [epoch.child("diagnosis") for epoch in epochs]
    return {name: np.array([one.measured(name, shape) for one in found]) for name in (*MEASURES, ERROR)}


def _responses(epochs: list[Fields]) -> Floats | None:
    """Mean outputs (epochs, classes, outputs), None where they were not recorded."""
    if not epochs or any(epoch.get("responses") is None for epoch in epochs):
        return None
    first = epochs[0].items("responses")
    shape = (len(first), len(first[0]) if first and isinstance(first[0], list) else 0)
    return np.array([epoch.array("responses", shape) for epoch in epochs])


def load_snapshots(path: Path, layers: int, paired: bool = True) -> Snapshots:
    """Return ``snapshots.npz`` of a run of so many layers, with pairs of cells or single ones; raises `RunError`."""
    arrays = _read_npz(path)

    def array(key: str, shape: tuple[int, ...] | None = None) -> Floats:
        if key not in arrays:
            raise RunError(f"{path}: the array '{key}' is missing")
        found = arrays[key]
        if shape is not None and found.shape != shape:
            raise RunError(f"{path}: '{key}' has shape {found.shape}, but {shape} is wanted")
        return found

    def edges(key: str) -> Floats:
        found = array(key)
        if found.ndim != 1 or len(found) < 2 or not np.isfinite(found).all() or (np.diff(found) <= 0).any():
            raise RunError(f"{path}: '{key}' is no rising list of bin edges")
        return found

    def counts(key: str, shape: tuple[int, ...]) -> Counts:
        return array(key, shape).astype(np.int64)

    epochs = tuple(sorted({int(epoch) for epoch in array("epochs").ravel()}))
    if not epochs:
        raise RunError(f"{path} holds no snapshot, but at least that of the start is wanted")
    diamond_edges = edges("diamond_edges")
    weight_edges = [edges(f"weight_edges_{layer}") for layer in range(layers)]
    bins = len(diamond_edges) - 1
    return Snapshots(
        epochs=epochs,
        diamonds={e: [counts(f"diamond_{e}_{k}", (bins, bins)) for k in range(layers)] for e in epochs if paired},
        conductances={e: [counts(f"conductance_{e}_{k}", (bins,)) for k in range(layers)] for e in epochs if not paired},
        reference=None if paired else float(array("reference", ())),
        diamond_edges=diamond_edges,
        weights={e: [counts(f"weights_{e}_{k}", (len(weight_edges[k]) - 1,)) for k in range(layers)] for e in epochs},
        weight_edges=weight_edges,
        g_min=float(array("g_min", ())),
        g_max=float(array("g_max", ())),
    )


def _read_bytes(path: Path) -> bytes:
    if not path.is_file():
        raise RunError(f"{path} is missing; the run folder is incomplete")
    try:
        return path.read_bytes()
    except OSError as error:
        raise RunError(f"{path} cannot be read: {_line(error)}") from None


def _read_text(path: Path) -> str:
    try:
        return _read_bytes(path).decode("utf-8")
    except UnicodeDecodeError as error:
        raise RunError(f"{path} is damaged: {_line(error)}") from None


def _read_json(path: Path) -> Fields:
    text = _read_text(path)
    try:
        return Fields(json.loads(text), str(path))
    except (ValueError, RecursionError) as error:
        raise RunError(f"{path} is damaged: {_line(error)}") from None


def _read_npz(path: Path) -> dict[str, Floats]:
    """Return all numeric arrays of an NPZ file, as float64; pickled objects are refused."""
    if not path.is_file():
        raise RunError(f"{path} is missing; the run folder is incomplete")
    try:
        with np.load(path, allow_pickle=False) as archive:
            return {key: np.asarray(archive[key], dtype=np.float64) for key in archive.files}
    except (ValueError, TypeError, OSError, EOFError, KeyError, zipfile.BadZipFile, zlib.error) as error:
        raise RunError(f"{path} is damaged: {_line(error)}") from None
    except AttributeError:  # a lone .npy array has no `files`
        raise RunError(f"{path} is damaged: it is no NPZ archive") from None


def _line(error: Exception) -> str:
    """Return the message of `error` as one line."""
    return " ".join(str(error).split()) or type(error).__name__
