"""What one cell of a run went through: every pulse, found by training once more.

A run follows to the last bit from its specification. It is trained again from the beginning, one replica of it, with a law that writes down
what the chosen cell receives (`ohmgrad.devices.record`), up to where the run's checkpoint stands; there every cell must have the state that
the checkpoint has, to the last bit. Nothing is written into the run's folder.
"""

from __future__ import annotations

import dataclasses
import json
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ohmgrad.arrays.cells import derive_weights
from ohmgrad.devices.current import CURRENTS
from ohmgrad.devices.record import COLUMNS, Tape, record
from ohmgrad.errors import CheckpointError, RunError
from ohmgrad.experiments import folder as files
from ohmgrad.experiments.history import versions
from ohmgrad.experiments.run import Progress, Run
from ohmgrad.experiments.spec import Spec
from ohmgrad.experiments.specfile import spec_hash
from ohmgrad.kernels.draws import REFRESH
from ohmgrad.kernels.specialise import is_warm
from ohmgrad.ledger import HALF_SELECTED
from ohmgrad.network import checkpoint, watch
from ohmgrad.network.replica import Replica
from ohmgrad.network.setup import Setup
from ohmgrad.programming.step_loop import DISTURB

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

KINDS = ("SET", "RESET", "full RESET", "refresh SET", "refresh RESET", "half-selected")
ROOM = 1 << 16  # pulses on a tape; it grows where that is too little


@dataclass(frozen=True, eq=False)
class Pulses:
    """The pulses of one cell, in the order given; arrays have one entry a pulse.

    layer, row, column, member: the cell (member 0 is the first, G+ of a pair; 1 is G−; further members follow where a synapse has more cells);
    replica: label of the network; epochs, samples: where the run stands (finished epochs, samples of the next); epoch, sample: from 1;
    pulse: 1, 2, … over the run; kind: one of `KINDS`; volts (V, signed), seconds; before, after: conductance (siemens);
    rested: change of conductance (siemens) since the pulse before (since the start), which no pulse made; charge (C); energy (J), by the
    rules of the bill; start, end: conductance (siemens) before training and where the run stands; window: nominal (g_min, g_max) in siemens;
    bounded: whether conductances stay within bounds, so that energies mean something; scheme: how the array was written;
    half_selections: of this cell where the driver visits such cells, else None; half_selections_mean: of a cell of this layer, by the ledger.
    """

    folder: Path
    replica: int
    layer: int
    row: int
    column: int
    member: int
    paired: bool
    epochs: int
    samples: int
    pulse: Ints
    epoch: Ints
    sample: Ints
    kind: npt.NDArray[np.str_]
    volts: Floats
    seconds: Floats
    before: Floats
    after: Floats
    rested: Floats
    charge: Floats
    energy: Floats
    start: float
    end: float
    window: tuple[float, float]
    bounded: bool
    scheme: str
    half_selections: int | None
    half_selections_mean: float

    def __len__(self) -> int:
        return len(self.epoch)

    @property
    def counts(self) -> dict[str, int]:
        """Pulses of each kind that there are."""
        return {k: n for k in KINDS if (n := int(np.count_nonzero(self.kind == k)))}

    def select(self, which: Any) -> Pulses:
        """The same cell with some of its pulses: a slice, a mask, or numbers."""
        chosen = {f.name: v[which] for f in dataclasses.fields(self) if isinstance(v := getattr(self, f.name), np.ndarray)}
        return dataclasses.replace(self, **chosen)


def pulses(
    folder: str | os.PathLike[str],
    layer: int,
    row: int,
    column: int,
    member: int = 0,
    replica: int | None = None,
    *,
    report: Callable[[Progress], None] = lambda _: None,
) -> Pulses:
    """Everything that one cell went through in a finished or interrupted run.

    folder: of the run; layer, row, column from 0 (the last row is the bias neuron's); member: see `Pulses`; replica: label of the network, the first of the run without it;
    report: is told how far the replay is. Takes as long as the training of one replica, without its tests.

    Raises RunError for a folder that holds no run, a cell or a replica that is not there, and a run that cannot be reproduced;
    CheckpointError for a damaged checkpoint or one of another version.
    """
    folder = Path(folder)
    spec, arrays, meta = _stored(folder)
    last = spec.first_repeat + spec.replicas - 1
    label = spec.first_repeat if replica is None else replica
    if not spec.first_repeat <= label <= last:
        raise RunError(f"{folder} has no replica {label}; its replicas are {_range(spec.first_repeat, last)}")
    k = label - spec.first_repeat
    _check_cell(spec, arrays, layer, row, column, member)
    stopped = meta.get("stopped", [None] * spec.replicas)[k]  # a replica may have ended before the others
    end = (meta["epoch"], meta["position"]) if stopped is None else (stopped, 0)
    job = _Replay(folder, spec.model_copy(update={"replicas": 1, "first_repeat": label, "diagnosis": False}), report=report)
    job.changed(meta)
    address = (row * spec.network.layers[layer + 1] + column) * job.setup.synapse.members + member
    start = float(job.cell(layer, address)[0])
    rows = job.replay(layer, address, end)
    r = job.replicas[0]
    if job.cell(layer, address).tobytes() != _cell_of(arrays["state"][k], r, layer, address).tobytes():
        was = float(_cell_of(arrays["state"][k], r, layer, address)[0])
        raise RunError(
            f"{_not_reproduced(folder)}: the cell ends at {float(job.cell(layer, address)[0]):.17g} S, and its checkpoint has {was:.17g} S{_why(folder)}"
        )
    differ = int((r.cells.state != arrays["state"][k]).any(axis=0).sum())
    if differ:
        raise RunError(f"{_not_reproduced(folder)}: {differ} cells end in another state than its checkpoint has{_why(folder)}")
    return _pulses(folder, job, label, (layer, row, column, member), rows, start, end)


def _stored(folder: Path) -> tuple[Spec, dict[str, Any], dict[str, Any]]:
    """Specification and checkpoint of a run."""
    if not folder.is_dir():
        raise RunError(f"there is no run folder {folder}; give one that 'ohmgrad run' wrote")
    spec = files.read_spec(folder)
    if not (folder / files.CHECKPOINT).is_file():
        raise RunError(f"{folder} has no {files.CHECKPOINT}: nothing was trained there yet, or it was deleted")
    arrays, meta = checkpoint.load(folder / files.CHECKPOINT, spec_hash(spec))
    if "state" not in arrays or len(arrays["state"]) != spec.replicas or arrays["state"].ndim != 4:
        raise CheckpointError(f"{folder / files.CHECKPOINT}: it holds no states of cells that this version can read")
    return spec, arrays, meta


def _range(first: int, last: int) -> str:
    return f"{first} … {last}" if last > first else f"{first} only"


def _check_cell(spec: Spec, arrays: dict[str, Any], layer: int, row: int, column: int, member: int) -> None:
    """Raises RunError, with the range, for a cell that is not there."""
    sizes = spec.network.layers
    layers, members = len(sizes) - 1, arrays["state"].shape[3]

    def inside(name: str, value: int, last: int, what: str) -> None:
        if not 0 <= value <= last:
            raise RunError(f"there is no {name} {value}; {what} {_range(0, last)}")

    inside("layer", layer, layers - 1, "the layers of synapses are")
    inside("row", row, sizes[layer], f"the rows of layer {layer}, the bias neuron's the last, are")
    inside("column", column, sizes[layer + 1] - 1, f"the columns of layer {layer} are")
    inside("member", member, members - 1, "the members of a synapse are")


def _not_reproduced(folder: Path) -> str:
    return f"{folder} cannot be reproduced"


def _why(folder: Path) -> str:
    """What may have made a run another than its replay: versions, or the machine."""
    try:
        then = json.loads((folder / files.SUMMARY).read_text(encoding="utf-8"))["versions"]
        other = [f"{name} {then[name]} (now {now})" for name, now in versions().items() if then.get(name, now) != now]
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        other = []
    if other:
        return f"; it was trained with {', '.join(other)}"
    return "; it was trained by another version of the program, or on another kind of processor"


class _Replay(Run):
    """A run that is trained again and leaves its folder alone."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.setup: Setup = dataclasses.replace(self.setup, law=record(self.setup.law))
        self.replicas = [Replica(self.setup, self.spec.first_repeat)]
        self.guards = [watch.Guard(r) for r in self.replicas]
        self.tape = Tape(self.setup.table, 0, -1, 0)
        self.rows: list[Floats] = []
        self.end = (0, 0)
        self.stop = self._at_end

    def changed(self, meta: dict[str, Any]) -> None:
        """Raises RunError if data, law or tables are not those of the run."""
        for what, digest in self._contents().items():
            if meta.get(what) != digest:
                raise RunError(f"{_not_reproduced(self.folder)}: it was trained with another {what} than is found now")

    def cell(self, layer: int, address: int) -> Floats:
        """State of the cell as it is now."""
        return _cell_of(self.replicas[0].cells.state, self.replicas[0], layer, address)

    def replay(self, layer: int, address: int, end: tuple[int, int]) -> Floats:
        """Train up to `end` (epochs, samples of the next) and return the tape's rows, with the epoch before them."""
        self.end, self.whole = end, self.chunk
        self.tape = self._load(Tape(self.setup.table, layer, address, ROOM))
        if not is_warm(self.setup.loops):
            self.report(self._progress("compiling the training loop that records (once, up to a minute)"))
        with ThreadPoolExecutor(1) as pool:
            while not self._at_end():
                self._epoch(pool, self.shown)
        return np.concatenate([np.empty((0, 1 + len(COLUMNS))), *self.rows])

    def _load(self, tape: Tape) -> Tape:
        r = self.replicas[0]
        r.cells = r.cells._replace(table=tape.array)
        return tape

    def _at_end(self) -> bool:
        epoch, position = self.end
        self.chunk = min(self.whole, position - self.position) if self.epoch == epoch else self.whole
        return (self.epoch, self.position) >= self.end

    def _work(self, pool: ThreadPoolExecutor, orders: Any, begin: int, end: int) -> None:
        r = self.replicas[0]
        before = {name: a.copy() for name, a in r.arrays().items()}
        super()._work(pool, orders, begin, end)
        written = self.tape.written
        if written > self.tape.room:  # once more, on a longer tape
            for name, a in r.arrays().items():
                a[...] = before[name]
            derive_weights(self.setup.geometry, r.cells)
            self.report(self._progress(f"{written:,} pulses within {end - begin:,} samples: these once more, on a longer tape"))
            self.tape = self._load(self.tape.longer(written))
            super()._work(pool, orders, begin, end)
        rows = self.tape.take()
        self.rows.append(np.column_stack([np.full(len(rows), self.epoch), rows]))

    def _progress(self, message: str = "") -> Progress:
        p = super()._progress(message)
        n = self.shown if hasattr(self, "shown") else 1
        return dataclasses.replace(p, total=max(self.end[0] * n + self.end[1], 1) if hasattr(self, "end") else p.total)

    def save(self) -> None:
        """Nothing: the folder is another run's."""

    def publish(self) -> dict[str, Any]:
        """Nothing either."""
        return {}

    def _finish_epoch(self, pool: ThreadPoolExecutor, n: int) -> None:
        self.epoch += 1  # no tests: they change nothing
        self.position = 0


def _cell_of(state: Floats, r: Replica, layer: int, address: int) -> Floats:
    members = state.shape[2]
    return np.ascontiguousarray(state[:, r.setup.geometry.synapse[layer] + address // members, address % members])


def _pulses(
    folder: Path, job: _Replay, label: int, cell: tuple[int, int, int, int], rows: Floats, start: float, end: tuple[int, int]
) -> Pulses:
    """The tape's rows as what they mean."""
    setup, (layer, row, column, member) = job.setup, cell
    n = job.shown
    epoch, step, number, purpose, volts, seconds, before, after, drawn = rows.T
    kind = _kinds(setup, number, purpose, volts, seconds)
    inner = max(
        int(getattr(setup.learning, "inner_steps", 1)), 1
    )  # an update's address counts the steps for one sample, a refresh's does not
    shown = np.where(purpose == REFRESH, step, step // inner).astype(np.int64)
    shape, v_0 = CURRENTS[setup.current], setup.reading.v_0
    current = np.array([shape(float(v), v_0) for v in volts]).reshape(-1) * drawn
    half = kind == "half-selected"
    current = np.where(half, current * setup.costs.leakage, current)
    counted = int(job.replicas[0].counts[layer, HALF_SELECTED])
    rows_, columns_ = (int(v) for v in setup.geometry.shape[layer])
    visited = setup.driver == "stepwise" or not setup.writing.half_select
    return Pulses(
        folder=folder, replica=label, layer=layer, row=row, column=column, member=member, paired=setup.synapse.paired,
        epochs=end[0], samples=end[1],
        pulse=np.arange(1, len(rows) + 1), epoch=epoch.astype(np.int64) + 1, sample=shown - epoch.astype(np.int64) * n + 1, kind=kind,
        volts=volts, seconds=seconds, before=before, after=after, rested=before - np.concatenate([[start], after[:-1]])[: len(before)],
        charge=np.abs(current * seconds), energy=volts * current * seconds,
        start=start, end=float(job.cell(layer, (row * columns_ + column) * setup.synapse.members + member)[0]),
        window=setup.window, bounded=setup.bounded, scheme=job.spec.programming.scheme,
        half_selections=int(half.sum()) if visited else None,
        half_selections_mean=counted / (rows_ * columns_ * setup.synapse.members),
    )  # fmt: skip


def _kinds(setup: Setup, number: Floats, purpose: Floats, volts: Floats, seconds: Floats) -> npt.NDArray[np.str_]:
    """What each pulse is, by its purpose, sign and size."""
    w, refresh = setup.writing, purpose == REFRESH
    nominal = np.where(volts > 0, w.v_set, w.v_reset)
    half = ~refresh & (number >= DISTURB) & (np.abs(volts) < nominal)
    gradual = setup.law.can_go_down and not (w.v_full == w.v_reset and w.t_full == w.t_reset)
    full = (volts < 0) & ((-volts == w.v_full) & (seconds == w.t_full) if gradual else not setup.law.can_go_down)
    kinds = np.where(volts > 0, "SET", np.where(full, "full RESET", "RESET"))
    kinds = np.where(refresh, np.where(volts > 0, "refresh SET", "refresh RESET"), kinds)
    return np.where(half, "half-selected", kinds)
