"""The bill: what happened to the cells, and what each event costs in seconds and joules.

The loops count events per layer as integers (`COUNTS`) and add up conductances per kind of event (`SUMS`, siemens). Costs follow at
the end, from the voltages and widths of `Costs`:

    energy of a pulse           V²·t·(G before + G after)/2, times I/(G·V) where the cell is not ohmic
    energy of a read            Σ V²·G·t over every cell driven; V = V_read·x forward, V_read·δ backward (not ohmic: V·I)
    energy of half-selection    (share·V)²·t·G·leakage, share = 1/2 (1/3 in the V/3 scheme), for each time slot in which exactly one line of the cell is driven;
                                G as it was before the update of that sample
    on wires                    pulses and half-selections at the voltage that the cell really has; what wires and selectors burn meanwhile by itself

    time in parallel            forward and backward: one read a layer; update: the slots of the layer that needs most, since the
                                layers are separate arrays; refresh: cell by cell, since verify cannot share a line
    time cell by cell           every cell of a driven row read by itself, every pulse given by itself
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

# Events, counted per layer.
COUNTS = (
    "set",
    "reset",
    "refresh_set",
    "refresh_reset",
    "verify_reads",
    "forward_reads",
    "backward_reads",
    "forward_cells",
    "backward_cells",
    "half_selected",
    "slots",
    "refreshed_pairs",
    "failed_pairs",
    "full_reset",
    "write_reads",
    "unreached",
    "updates",
    "encodings",
    "conversions",
    "wired_slots",
)
(
    SET,
    RESET,
    REFRESH_SET,
    REFRESH_RESET,
    VERIFY_READS,
    FORWARD_READS,
    BACKWARD_READS,
    FORWARD_CELLS,
    BACKWARD_CELLS,
    HALF_SELECTED,
    SLOTS,
    REFRESHED_PAIRS,
    FAILED_PAIRS,
    FULL_RESET,  # full RESET pulses of an update
    WRITE_READS,  # verify reads of an update
    UNREACHED,  # cells that spent their pulses before they reached their target
    UPDATES,  # times that the array was written
    ENCODINGS,  # values put on a line (digital to analogue)
    CONVERSIONS,  # values taken from a line (analogue to digital)
    WIRED_SLOTS,  # slots of writing whose currents went through wires with a resistance, or through selectors
) = range(len(COUNTS))

# Sums of conductances over events (siemens), per layer; what multiplies them is in `Costs.energy`. "wires": joules, as they are.
SUMS = ("set", "reset", "refresh_set", "refresh_reset", "verify", "forward", "backward", "half_set", "half_reset",
        "full_reset", "write_read", "wires")  # fmt: skip
(
    G_SET,
    G_RESET,
    G_REFRESH_SET,
    G_REFRESH_RESET,
    G_VERIFY,
    G_FORWARD,
    G_BACKWARD,
    G_HALF_SET,
    G_HALF_RESET,
    G_FULL_RESET,
    G_WRITE_READ,
    J_WIRES,
) = range(len(SUMS))

# Time slots in parallel, of the layer that takes longest in each update; and right answers before learning.
TOTALS = ("slots", "correct", "set_slots", "reset_slots", "full_slots", "read_slots")
PARALLEL_SLOTS, CORRECT, SET_SLOTS, RESET_SLOTS, FULL_SLOTS, READ_SLOTS = range(len(TOTALS))

Counts = npt.NDArray[np.int64]
Sums = npt.NDArray[np.float64]


class Bend(NamedTuple):
    """I/(G·V) of a cell at the voltages of its pulses, half-selection included: 1 where it is ohmic."""

    v_set: float = 1.0
    v_reset: float = 1.0
    v_full: float = 1.0
    half_set: float = 1.0
    half_reset: float = 1.0


class Serial(NamedTuple):
    """One read and write circuit for the whole array (figure 2.11 of the chapter): seconds and joules to select a cell, joules to read it or to give it a pulse."""

    select_s: float = 0.0
    select_j: float = 0.0
    sense_j: float = 0.0
    drive_j: float = 0.0


@dataclass(frozen=True)
class Costs:
    """Voltages (V), widths (s) and the selector's leakage (share of a cell's current that flows at half voltage).

    share: voltage of a half-selected cell, as a share of the write voltage. encode_j, encode_s, convert_j, convert_s: joules and seconds of the
    periphery for each value put on a line or taken from one. forward_slots, backward_slots: times t_read that a read of each layer takes, if not 1. serial: a circuit that reads and writes one cell at
    a time; then nothing is parallel, and its blocks are on the bill.
    """

    v_read: float
    t_read: float
    v_set: float
    t_set: float
    v_reset: float
    t_reset: float
    v_full: float
    t_full: float
    leakage: float
    one_way: bool
    bend: Bend = field(default_factory=Bend)
    share: float = 0.5
    encode_j: float = 0.0
    convert_j: float = 0.0
    encode_s: float = 0.0
    convert_s: float = 0.0
    forward_slots: tuple[int, ...] = ()
    backward_slots: tuple[int, ...] = ()
    serial: Serial | None = None

    def energy(self) -> npt.NDArray[np.float64]:
        """Joules per siemens for each entry of `SUMS`."""
        read = self.v_read**2 * self.t_read
        b = self.bend
        part = self.share**2 * self.leakage
        set_, half_set = (self.v_set**2 * self.t_set * x for x in (b.v_set, b.half_set * part))
        reset, half_reset = (self.v_reset**2 * self.t_reset * x for x in (b.v_reset, b.half_reset * part))
        full = self.v_full**2 * self.t_full * b.v_full
        return np.array([set_, reset, set_, full, read, read, read, half_set, half_reset, full, read, 1.0])


@dataclass(frozen=True)
class Row:
    """One line of the bill. count, per_layer: events; time_s, time_serial_s: seconds; energy_j: joules, None if meaningless."""

    event: str
    count: int
    per_layer: list[int]
    time_s: float | None
    time_serial_s: float | None
    energy_j: float | None


@dataclass(frozen=True)
class Bill:
    """All lines and their totals, for one network."""

    rows: list[Row]
    time_s: float
    time_serial_s: float
    energy_j: float | None

    def as_dict(self) -> dict[str, Any]:
        """Plain dictionary, for JSON."""
        total = {"time_s": self.time_s, "time_serial_s": self.time_serial_s, "energy_j": self.energy_j}
        return {"rows": [vars(r) for r in self.rows], "total": total}


def make_bill(counts: Counts, sums: Sums, totals: Any, costs: Costs, bounded: bool) -> Bill:
    """Bill of one network.

    counts (layers, len(COUNTS)); sums (layers, len(SUMS)); totals (len(TOTALS),): slots
    in parallel; bounded: False makes energies None, since an unbounded conductance dissipates no meaningful energy.
    """
    joules = sums.sum(axis=0) * costs.energy()
    total = counts.sum(axis=0)
    slot = costs.t_set + (0.0 if costs.one_way else costs.t_reset)

    def row(event: str, kind: int, time: float | None, serial: float | None, *kinds: int) -> Row:
        energy = float(sum(joules[k] for k in kinds)) if bounded and kinds else None
        return Row(event, int(total[kind]), [int(c) for c in counts[:, kind]], time, serial, energy)

    def own(kind: int, width: float) -> float | None:
        """Time of slots counted by themselves; None where the scheme counts all its slots together."""
        return int(totals[kind]) * width if totals[kind] else None

    def reads(parallel: int, serial: int, slots: tuple[int, ...]) -> tuple[float, float]:
        """Seconds of reads, in parallel and cell by cell."""
        times = np.array(slots or (1,), np.int64)
        return int((counts[:, parallel] * times).sum()) * costs.t_read, int((counts[:, serial] * times).sum()) * costs.t_read

    def periphery(event: str, kind: int, seconds: float, joules: float) -> Row:
        """Lines are driven and converted side by side, reads one after another: as long as one event a read; serially, one by one."""
        reads = int(total[FORWARD_READS] + total[BACKWARD_READS])
        n = int(total[kind])
        return Row(event, n, [int(c) for c in counts[:, kind]], reads * seconds, n * seconds, n * joules if bounded else None)

    refresh_set, refresh_reset = total[REFRESH_SET] * costs.t_set, total[REFRESH_RESET] * costs.t_full
    verify = total[VERIFY_READS] * costs.t_read
    rows = [
        row("forward reads", FORWARD_READS, *reads(FORWARD_READS, FORWARD_CELLS, costs.forward_slots), G_FORWARD),
        row("backward reads", BACKWARD_READS, *reads(BACKWARD_READS, BACKWARD_CELLS, costs.backward_slots), G_BACKWARD),
        row("update slots", SLOTS, int(totals[PARALLEL_SLOTS]) * slot, None),
        row("SET pulses", SET, own(SET_SLOTS, costs.t_set), total[SET] * costs.t_set, G_SET),
        row("RESET pulses", RESET, own(RESET_SLOTS, costs.t_reset), total[RESET] * costs.t_reset, G_RESET),
        row("full RESET pulses", FULL_RESET, own(FULL_SLOTS, costs.t_full), total[FULL_RESET] * costs.t_full, G_FULL_RESET),
        row("verify reads", WRITE_READS, own(READ_SLOTS, costs.t_read), total[WRITE_READS] * costs.t_read, G_WRITE_READ),
        row("half-selected cells", HALF_SELECTED, None, None, G_HALF_SET, G_HALF_RESET),
        row("wires and selectors while writing", WIRED_SLOTS, None, None, J_WIRES),
        row("refresh: RESET pulses", REFRESH_RESET, refresh_reset, refresh_reset, G_REFRESH_RESET),
        row("refresh: SET pulses", REFRESH_SET, refresh_set, refresh_set, G_REFRESH_SET),
        row("refresh: verify reads", VERIFY_READS, verify, verify, G_VERIFY),
    ]  # fmt: skip
    around = [
        periphery("encodings", ENCODINGS, costs.encode_s, costs.encode_j),
        periphery("conversions", CONVERSIONS, costs.convert_s, costs.convert_j),
    ]
    if costs.serial:  # nothing is parallel
        rows, around = [[replace(r, time_s=r.time_serial_s) for r in part] for part in (rows, around)]
        around += _blocks(counts, costs.serial, bounded)
    energy = float(joules.sum()) + sum(r.energy_j or 0.0 for r in around) if bounded else None
    rows += around
    return Bill(
        rows,
        float(sum(r.time_s or 0.0 for r in rows)),
        float(sum(r.time_serial_s or 0.0 for r in rows)),
        energy,
    )


def layer_costs(counts: Counts, sums: Sums, costs: Costs, bounded: bool) -> list[dict[str, float | None]]:
    """Seconds cell by cell and joules of each layer. Time in parallel has no parts by layer: the layers are written side by side."""
    out: list[dict[str, float | None]] = []
    for k in range(len(counts)):
        own = replace(costs, forward_slots=costs.forward_slots[k : k + 1], backward_slots=costs.backward_slots[k : k + 1])
        b = make_bill(counts[k : k + 1], sums[k : k + 1], np.zeros(len(TOTALS), np.int64), own, bounded)
        out.append({"time_serial_s": b.time_serial_s, "energy_j": b.energy_j})
    return out


_CELL_READS, _PULSES = (
    [FORWARD_CELLS, BACKWARD_CELLS, VERIFY_READS, WRITE_READS],
    [SET, RESET, FULL_RESET, REFRESH_SET, REFRESH_RESET],
)


def _blocks(counts: Counts, serial: Serial, bounded: bool) -> list[Row]:
    """The blocks of a circuit for one cell at a time: selections, reads, pulses."""

    def block(event: str, kinds: list[int], seconds: float, joules: float) -> Row:
        each = counts[:, kinds].sum(axis=1)
        n = int(each.sum())
        return Row(event, n, [int(c) for c in each], n * seconds, n * seconds, n * joules if bounded else None)

    return [
        block("serial circuit: selections", _CELL_READS + _PULSES, serial.select_s, serial.select_j),
        block("serial circuit: reads of a cell", _CELL_READS, 0.0, serial.sense_j),
        block("serial circuit: pulses", _PULSES, 0.0, serial.drive_j),
    ]
