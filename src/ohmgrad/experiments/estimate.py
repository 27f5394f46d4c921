"""What a run will need, before it starts: cells, memory, time."""

from __future__ import annotations

from dataclasses import dataclass

from ohmgrad.arrays.geometry import geometry
from ohmgrad.arrays.synapse import Synapse
from ohmgrad.data import Dataset
from ohmgrad.devices.resolve import resolve
from ohmgrad.devices.variation import varied_names
from ohmgrad.experiments.spec import Spec

# Rough, measured on one core of a server of 2023; other machines differ by a factor of two.
_SECONDS_PER_WEIGHT_READ = 1.0e-10
_SECONDS_PER_PULSE = 3.0e-8
_PULSES_PER_SAMPLE = 1000  # what the built-in experiments need, within a factor of three
_BASE_BYTES = 220e6  # interpreter, libraries, compiled loops


@dataclass(frozen=True)
class Estimate:
    """synapses and cells of one replica; bytes of the whole process; seconds of training, all replicas."""

    synapses: int
    cells: int
    bytes: float
    seconds: float


def estimate(spec: Spec, threads: int, data: Dataset | None = None) -> Estimate:
    """Estimate for a specification; memory within about 30 %, time within a factor of two. data: wanted if from files."""
    geo = geometry(spec.network.layers)
    n, members = geo.synapses, Synapse(spec.synapse.kind, spec.synapse.cells).members
    device = resolve(spec.device, read_table=False)
    fields = len(device.law.state._fields)
    varied = len(varied_names(device.variation)) + int(device.section.faults.any)
    per_replica = 8 * n * (members * fields + 2 + members * varied)
    if spec.diagnosis:
        per_replica += 8 * n * (1 + 2 * members)
    if data is not None:
        trained, samples = len(data.train_x), len(data.train_x) + len(data.valid_x) + len(data.test_x)
    else:
        trained, samples = _samples(spec)
    inputs = 8 * samples * spec.network.layers[0]
    if spec.data.source == "digits8x8":
        inputs += 8 * samples * spec.data.crop**2  # the images that are reduced
    # while a checkpoint is written the states stand in memory twice
    total = _BASE_BYTES + inputs + spec.replicas * (per_replica + 8 * members * n * fields)
    trained = spec.data.per_epoch or trained
    reads = 2 * n - int(geo.synapse[1])  # forward all layers, backward all but the first
    each = reads * _SECONDS_PER_WEIGHT_READ + _PULSES_PER_SAMPLE * _SECONDS_PER_PULSE
    train = trained * spec.epochs * spec.replicas * each
    return Estimate(n, members * n, total, train / min(threads, spec.replicas))


def _samples(spec: Spec) -> tuple[int, int]:
    """Training samples, and samples in all, of built-in data."""
    d = spec.data
    if d.source == "letters":
        return 30, 60  # learned and tested are the same
    if d.source == "faces":
        return d.train_per_person * len(d.people), 10 * len(d.people)
    return d.train, d.train + d.valid + d.test
