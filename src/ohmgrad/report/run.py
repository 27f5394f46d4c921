"""What a run folder holds, as plain records; `ohmgrad.report.load` reads and checks them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]


@dataclass(frozen=True)
class History:
    """What was measured after each epoch: E epochs, R replicas, L layers.

    Accuracies are shares (0 to 1), errors of any size, of shape (E, R), nan where none was measured. Pulses and reads are
    counts of one epoch's training, of shape (E, R, L). Conductances are in siemens.
    """

    epochs: Counts  # (E,)
    train_accuracy: Floats
    valid_accuracy: Floats
    test_accuracy: Floats
    online_accuracy: Floats
    train_error: Floats  # mean E of a sample
    valid_error: Floats
    test_error: Floats
    pulses_set: Floats
    pulses_reset: Floats
    full_reset: Floats
    refresh_set: Floats
    refresh_reset: Floats
    verify_reads: Floats
    saturated_fraction: Floats  # (E, R, L)
    mean_conductance: Floats  # (E, R, L), S
    responses: Floats | None  # (E, classes, outputs): mean outputs of the training samples of a class; None where not recorded
    events: Mapping[str, Floats]  # (E,) by name: events of one network, over all layers; empty where not recorded
    costs: (
        Floats | None
    )  # (E, 3) of one network: seconds in parallel, seconds cell by cell, joules (nan: no meaning); None where not recorded
    diagnosis: Mapping[str, Floats] = field(
        default_factory=dict
    )  # (E, R, L) by measure, nan where nothing was to be measured; empty where not recorded


@dataclass(frozen=True)
class Snapshots:
    """Histograms of the cells at some epochs, summed over replicas; 0 is the start.

    Pairs have `diamonds`; single cells have `conductances[epoch][layer]` (B,) instead, in the same bins, and `reference` (siemens), what
    a cell is compared with. Of the two, the other one is empty.

    `diamonds[epoch][layer]` is (B, B): pairs of cells by G+ (first axis) and G- (second), in bins
    between `diamond_edges` (B+1, siemens). `weights[epoch][layer]` is (K,): synapses by weight, in bins
    between `weight_edges[layer]` (K+1, weight units). `g_max` is inf where cells have no upper bound.
    """

    epochs: tuple[int, ...]
    diamonds: dict[int, list[Counts]]
    conductances: dict[int, list[Counts]]
    reference: float | None
    diamond_edges: Floats
    weights: dict[int, list[Counts]]
    weight_edges: list[Floats]
    g_min: float
    g_max: float

    @property
    def shown(self) -> tuple[int, ...]:
        """The epochs that a figure shows: the first, the one nearest to the middle, and the last."""
        middle = min(self.epochs, key=lambda epoch: abs(2 * epoch - self.epochs[0] - self.epochs[-1]))
        return tuple(sorted({self.epochs[0], middle, self.epochs[-1]}))


@dataclass(frozen=True)
class Published:
    """A published number to compare with."""

    what: str
    value: float
    source: str

    @property
    def is_accuracy(self) -> bool:
        """Whether the number is an accuracy, to be drawn and written in per cent."""
        return "accuracy" in self.what.lower() and 0 <= self.value <= 1

    @property
    def is_epochs(self) -> bool:
        """Whether the number is one of epochs, such as "epochs to converge"."""
        return "epochs" in self.what.lower() and not self.is_accuracy

    @property
    def shown(self) -> str:
        """The number as it is written."""
        return f"{100 * self.value:.4g} %" if self.is_accuracy else f"{self.value:g}{' epochs' if self.is_epochs else ''}"


@dataclass(frozen=True)
class Stop:
    """When training may end: `when` is never, accuracy or error (mean E of a sample), of the data `part` train or valid."""

    when: str
    value: float
    part: str


@dataclass(frozen=True)
class Software:
    """The same network trained in floating point: epochs of each replica that met the criterion (None: did not), accuracies."""

    replicas: int
    epochs_done: int
    stopped: tuple[int | None, ...]
    test_accuracy: float | None
    test_accuracy_std: float | None


@dataclass(frozen=True)
class BillRow:
    """One kind of event: its count, and what it costs; None where a cost has no meaning."""

    event: str
    per_layer: tuple[float, ...]
    count: float
    time_s: float | None
    time_serial_s: float | None
    energy_j: float | None


@dataclass(frozen=True)
class Bill:
    """All events of a run, as means over replicas for one network; times in s, energies in J."""

    rows: tuple[BillRow, ...]
    time_s: float | None
    time_serial_s: float | None
    energy_j: float | None
    layers: tuple[tuple[float | None, float | None], ...] = ()  # of each layer: seconds cell by cell, joules

    @property
    def happened(self) -> tuple[BillRow, ...]:
        """The events that happened, or cost something."""
        return tuple(r for r in self.rows if r.count or r.time_s or r.time_serial_s or r.energy_j)


@dataclass(frozen=True)
class AfterRest:
    """Test accuracy of each replica (shares) so many seconds after training, the cells left alone."""

    seconds: float
    test_accuracy: tuple[float, ...]


@dataclass(frozen=True)
class Summary:
    """The key numbers of a run; accuracies are shares (0 to 1), None where there is no such number."""

    experiment: str
    title: str
    seed: int
    replicas: int
    epochs: int
    epochs_done: int
    layers: tuple[int, ...]  # sizes, from inputs to outputs
    synapses: int
    cells: int
    kind: str  # of the synapses: pair, fixed, single
    samples_per_epoch: int
    train_accuracy: float | None
    train_accuracy_std: float | None
    valid_accuracy: float | None
    test_accuracy: float | None
    test_accuracy_std: float | None
    test_accuracy_ci95: float | None  # half width
    samples_per_second: float | None
    pulses_per_sample: float | None
    pulses_set: float | None
    pulses_reset: float | None
    array_time_s: float | None
    array_time_serial_s: float | None
    array_energy_j: float | None
    saturated_fraction: tuple[float, ...]  # per layer
    steps_to_saturation: float | None
    threads: int
    versions: tuple[tuple[str, str], ...]
    published: tuple[Published, ...]
    assumed: tuple[str, ...]
    device: str  # what the cell is called
    after_rest: tuple[AfterRest, ...]
    bill: Bill
    stop: Stop
    stopped: tuple[int | None, ...]  # epoch after which a replica met the criterion
    software: Software | None
    scheme: str  # what the write scheme does, in words
    updates: float | None
    verify_reads: float | None
    classes: tuple[str, ...]  # names, if they have any
    warnings: tuple[str, ...] = ()  # what was said before training
    diagnosis: str = ""  # what looks wrong, in words; "" where nobody looked
    wires: str = ""  # what wires and selectors did, in words; "" on ideal ones

    @property
    def finished(self) -> bool:
        """Whether the last epoch was trained, or every replica met the criterion."""
        return self.epochs_done >= self.epochs or None not in self.stopped

    @property
    def layer_names(self) -> tuple[str, ...]:
        """One name per layer of synapses, with its inputs and outputs: ``layer 1, 528 → 250``."""
        return tuple(f"layer {i + 1}, {self.layers[i]} → {self.layers[i + 1]}" for i in range(len(self.layers) - 1))


@dataclass(frozen=True)
class Run:
    """One run folder."""

    folder: Path
    specification: str  # TOML text
    history: History
    snapshots: Snapshots
    summary: Summary
