"""Write with verify from Python: settings with their checks, one call for an array, and what came of it.

The loop and its rules are in `ohmgrad.programming.verify_loop`. Costs follow the ledger's rules:

    energy of a pulse     V²·t·(G before + G after)/2, times I/(G·V) where the cell is not ohmic
    energy of a read      V²·G·t, likewise; G without the noise of the reading
    time cell by cell     every read and pulse by itself
    time by bit line      the cells of one row of the matrix (one bit line, each with its own word and source line) at once: in each round one read,
                          then one SET slot if any cell needs SET, one RESET slot if any needs RESET; rows one after another. Needs equal
                          amplitudes along the line, so there is no such time where the amplitude grows.

A row takes as long as its slowest cell. Along a word line nothing is parallel: the currents of its cells merge in one source line (chapter,
§1.2.3). The array is a one-transistor one: no cell is half-selected. Left out: what the periphery takes, flicker and telegraph noise, rest.
"""

from __future__ import annotations

import math
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from types import ModuleType
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from ohmgrad.arrays.reading import Reading
from ohmgrad.devices.resolve import Resolved
from ohmgrad.errors import SpecError
from ohmgrad.programming.verify_loop import (
    IGNORED,
    OUT_OF_REACH,
    REACHED,
    SOME_FULL,
    SOME_RESET,
    SOME_SET,
    STEPPED_OVER,
    UNMOVED,
    Tally,
    Verifying,
)
from ohmgrad.units import show

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Codes = npt.NDArray[np.uint8]

LANES, AHEAD = 64, 8  # cells side by side, pulses ahead: the fastest of those tried; change no result
MOST = 1_000_000  # pulses a cell may be allowed
ROUNDS = 1_000_000_000  # bytes: what each row got in each round
PULSES = ("SET", "RESET", "full RESET")
FAILURES = {
    UNMOVED: "not moved by any pulse",
    STEPPED_OVER: "steps over the tolerance, to and fro",
    OUT_OF_REACH: "still on the way",
}


def verifying(
    device: Resolved,
    tolerance: float,
    *,
    most: int = 1000,
    stop: Literal["within", "passed"] = "within",
    increment: float = 0.0,
    limit_set: float | None = None,
    limit_reset: float | None = None,
    v_read: float = 0.1,
    t_read: float = 1e-7,
) -> Verifying:
    """Settings for cells of `device`.

    tolerance (siemens); most: pulses a cell may have; stop: the rule (`ohmgrad.programming.verify_loop`); increment (V a pulse) of the amplitude, from
    the device's nominal amplitudes up to limit_set and limit_reset (V; by default twice v_set, and the highest at which a gradual RESET stays gradual);
    v_read (V), t_read (s). Raises SpecError.
    """
    p, d, law = device.params, device.section, device.law
    if not (math.isfinite(tolerance) and tolerance >= 0.0):
        raise SpecError(f"tolerance ({tolerance} S) must be 0 S or more")
    if not 1 <= most <= MOST:
        raise SpecError(f"a cell may have 1 to {MOST:,} pulses, not {most}")
    if stop not in ("within", "passed"):
        raise SpecError(f"stop = '{stop}' is no rule; 'within' or 'passed'")
    for name, value in (("increment", increment), ("v_read", v_read), ("t_read", t_read)):
        if not (math.isfinite(value) and value >= 0.0):
            raise SpecError(f"{name} ({value}) must be 0 or more")
    if d.noise.slow:
        raise SpecError(
            "device.noise: flicker and telegraph noise are not followed by write with verify; give relative and absolute only, or set "
            "without = 'read-noise' in the device file"
        )
    top_set = limit_set if limit_set is not None else (2.0 * p.v_set if increment else p.v_set)
    top_reset = limit_reset if limit_reset is not None else (_below(p) if increment else p.v_reset)
    for name, top, first in (("limit_set", top_set, p.v_set), ("limit_reset", top_reset, p.v_reset)):
        if not (math.isfinite(top) and top >= first):
            raise SpecError(f"{name} ({show(top, 'voltage')}) must not be below the first amplitude, {show(first, 'voltage')}")
    if law.can_go_down and top_reset >= p.v_full > p.v_reset:
        raise SpecError(
            f"limit_reset ({show(top_reset, 'voltage')}) must be below v_full, {show(p.v_full, 'voltage')}: from there a RESET is a full one"
        )
    return Verifying(
        tolerance, most, int(stop == "passed"), int(law.can_go_down), p.v_set, p.v_reset, p.v_full, increment, increment, top_set, top_reset,
        d.t_set, d.t_reset, d.t_full, t_read, v_read,
    )  # fmt: skip


def _below(p: Any) -> float:
    """Highest RESET amplitude by default: nine tenths of the way to a full RESET, twice the nominal one at most."""
    return float(min(2.0 * p.v_reset, p.v_reset + 0.9 * max(p.v_full - p.v_reset, 0.0)))


@dataclass(frozen=True)
class Written:
    """What came of one array. Arrays have the shape (rows, columns, members) of the targets.

    target, conductance: siemens, without read noise (target nan: left alone); pulses (3, …): SET, RESET, full RESET; ended: codes of
    `ohmgrad.programming.verify_loop`. energy_j: of SET, RESET, full RESET and read, None where conductances are unbounded; time_s: cell by cell;
    time_bit_line_s: None where the amplitude grows.
    """

    target: Floats
    conductance: Floats
    pulses: Ints
    ended: Codes
    tolerance: float
    energy_j: tuple[float, float, float, float] | None
    time_s: float
    time_bit_line_s: float | None

    @property
    def cells(self) -> int:
        """Cells that had a target."""
        return int((self.ended != IGNORED).sum())

    @property
    def reads(self) -> int:
        """One before each pulse, one at the end."""
        return int(self.pulses.sum()) + self.cells

    @property
    def reached(self) -> int:
        """Cells that passed verify: their yield is reached/cells."""
        return int((self.ended == REACHED).sum())

    @property
    def truly_within(self) -> int:
        """Cells whose conductance, not its noisy reading, is within the tolerance."""
        return int((np.abs(self.conductance - self.target) <= self.tolerance).sum())

    @property
    def failures(self) -> dict[str, int]:
        """Failing cells by what they did."""
        return {text: int((self.ended == code).sum()) for code, text in FAILURES.items()}

    def histogram(self) -> Ints:
        """Cells by number of pulses 0, 1, 2, …, failing ones included."""
        return np.bincount(self.pulses.sum(axis=0)[self.ended != IGNORED])


def check_targets(target: Floats, low: float, high: float, name: str = "target") -> None:
    """Raise SpecError for a target outside low … high (siemens); nan stands for a cell to leave alone."""
    bad = np.argwhere((target < low) | (target > high))
    if len(bad):
        at = tuple(int(i) for i in bad[0])
        raise SpecError(
            f"{name}{list(at)} = {show(float(target[at]), 'conductance')} is outside the window, {show(low, 'conductance')} to "
            f"{show(high, 'conductance')} ({len(bad)} such target{'s' if len(bad) > 1 else ''}); choose targets within it"
        )


def write_verify(
    kernels: ModuleType,
    device: Resolved,
    state: Floats,
    varied: Floats,
    target: Floats,
    how: Verifying,
    *,
    seed: int,
    repeat: int = 0,
    step: int = 0,
    layer: int = 0,
    threads: int = 1,
    lanes: int = LANES,
    ahead: int = AHEAD,
) -> Written:
    """Bring an array to its targets.

    kernels: loops compiled for this device (`ohmgrad.network.assemble.loops`). state (fields, rows·columns, members): the cells, changed in place;
    varied (parameters, rows·columns, members): parameters that differ from cell to cell, as in `ohmgrad.arrays.cells`; target (rows, columns,
    members) in siemens, nan for cells to leave alone. seed, repeat, step, layer: address of the draws. threads, lanes, ahead change no bit.
    Raises SpecError for a target outside the nominal window or a shape that does not fit.
    """
    if target.ndim != 3 or state.shape[1:] != (target.shape[0] * target.shape[1], target.shape[2]) or not target.size:
        raise SpecError(f"targets {target.shape} do not fit cells {state.shape[1:]}; wanted: (rows, columns, members)")
    if lanes < 1 or ahead < 1 or threads < 1:
        raise SpecError("lanes, ahead and threads must be 1 or more")
    if target.shape[0] * how.most > ROUNDS:
        raise SpecError(
            f"{target.shape[0]:,} rows of up to {how.most:,} pulses are too many to keep; allow {ROUNDS // target.shape[0]:,} pulses"
        )
    p, d = device.params, device.section
    check_targets(target, p.g_min, p.g_max)
    rows, columns, members = target.shape
    n = rows * columns
    own = np.ascontiguousarray(state)
    each, goal = np.ascontiguousarray(varied), np.ascontiguousarray(target.reshape(n, members))
    tally = Tally(
        np.zeros((3, n, members), np.int64), np.zeros((4, n, members)), np.zeros((n, members), np.uint8),
        np.zeros((rows, how.most), np.uint8),
    )  # fmt: skip
    reading = Reading(d.noise.relative, d.noise.absolute, how.v_read, d.current.v_0, how.t_read)
    shared = np.array(p, dtype=np.float64)

    def part(first: int, last: int) -> None:
        kernels.verify_cells(
            own, shared, each, device.table, goal, how, reading, first * columns, last * columns, columns, lanes, ahead, seed, repeat, step,
            layer, tally,
        )  # fmt: skip

    threads = min(threads, rows)
    cuts = [rows * k // threads for k in range(threads + 1)]
    if threads == 1:
        part(0, rows)
    else:
        with ThreadPoolExecutor(threads) as pool:
            list(pool.map(part, cuts[:-1], cuts[1:]))
    if own is not state:
        state[...] = own
    bounded = bool(np.isfinite(device.law.bounds(p)).all())
    energy = [float(tally.energy[k].sum()) for k in range(4)]
    widths = np.array([how.t_set, how.t_reset, how.t_full])
    reads = np.where(tally.ended != IGNORED, tally.pulses.sum(axis=0) + 1, 0)
    grows = how.increment_set > 0.0 or how.increment_reset > 0.0
    return Written(
        target=target, conductance=own[0].reshape(target.shape).copy(), pulses=tally.pulses.reshape(3, *target.shape),
        ended=tally.ended.reshape(target.shape), tolerance=how.tolerance,
        energy_j=(energy[0], energy[1], energy[2], energy[3]) if bounded else None,
        time_s=float(tally.pulses.sum(axis=(1, 2)) @ widths + int(reads.sum()) * how.t_read),
        time_bit_line_s=None if grows else _by_line(tally.phases, reads.reshape(rows, -1), how),
    )  # fmt: skip


def _by_line(phases: Codes, reads: Ints, how: Verifying) -> float:
    """Seconds by bit line: slots in which a row reads, SETs, RESETs, over all rows. phases (rows, rounds), reads (rows, cells)."""
    slots = [int(np.count_nonzero(phases & kind)) for kind in (SOME_SET, SOME_RESET, SOME_FULL)]
    return int(reads.max(axis=1).sum()) * how.t_read + slots[0] * how.t_set + slots[1] * how.t_reset + slots[2] * how.t_full
