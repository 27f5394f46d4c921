"""Settings and base of the dense schemes: those that write the change of a whole layer, summed up in digital.

Each is a small file: `exact`, `blind`, `half_select`, `verify_train`, `gate_set`; the compiled loops are in `dense_loop` and its neighbours. A scheme
names the loop that serves it (`way`, one of `ohmgrad.programming.dense_loop.WAYS`).

Turns. Update number n writes the cells of turn n mod k of every synapse: members 2t and 2t + 1 of k pairs, member t of k single cells.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
import numpy.typing as npt

from ohmgrad.devices.resolve import Resolved
from ohmgrad.errors import SpecError
from ohmgrad.programming.change import Dense, Rank1
from ohmgrad.programming.scheme import Pair, Scheme, Step
from ohmgrad.programming.settings import Coding
from ohmgrad.programming.verify_loop import Verifying


class DenseWriting(NamedTuple):
    """How the dense schemes write, besides `Writing`.

    most: pulses a cell may have in one update. how: tolerance, amplitudes and reads of write with verify.
    gate_first (V): gate voltage that gives g_min; gate_slope (siemens per volt); drain: energy of a one-shot SET over that of a pulse of v_set.
    half: 0 if transistors isolate the cells, 2 and 3 for the schemes V/2 and V/3. by_row: 1 if counted pulses are in parallel along rows (bit lines).
    """

    most: int
    how: Verifying
    gate_first: float
    gate_slope: float
    drain: float
    half: int
    by_row: int = 0


@dataclass(frozen=True)
class DensePair(Pair):
    """What `program` of a dense scheme must know besides `Pair`. most: pulses a cell may have in one update; by_row: cells of a row at once, not of a column."""

    most: int = 100
    by_row: bool = False

    def pulses(self, dw: npt.NDArray[np.float64]) -> npt.NDArray[np.int64]:
        """Pulses (SET, RESET; rows, columns, members) for a change (rows, columns), in plain Python."""
        n = np.zeros((2, *dw.shape, self.members), np.int64)
        for i, j in np.ndindex(dw.shape):
            d = float(dw[i, j])
            count = int(min(abs(d) / (self.quantum[0 if d > 0.0 else 1]) + 0.5, self.most + 0.5))
            up = d > 0.0
            if self.up_down:
                n[0 if up else 1, i, j, self.base] = count
                continue
            n[0, i, j, self.base + (0 if up else 1)] = count
            if not self.one_way:
                n[1, i, j, self.base + (1 if up else 0)] = count
        return n


class DenseScheme(Scheme):
    """A scheme for dense changes. way: its loop; ideal: cells take the change as it is, without bounds;
    any_direction: brings a cell down even where the law has no gradual RESET; steps: has steps that drive lines which cells share;
    steps_on_wires: has steps too, which are needed only where wires take part of the voltage; by_gate: what it writes hangs on the gate's voltage, not on the
    drain's, so that wires take nothing from it."""

    accepts = (Dense,)
    way: str
    ideal = False
    any_direction = False
    steps = False
    steps_on_wires = False
    by_gate = False

    def settings(self, device: Resolved, wanted: Wanted) -> DenseWriting:
        """Settings of the loop for cells of `device`; raises SpecError where they cannot be."""
        return dense_writing(device, wanted)

    def coding(self) -> Coding:
        """Nothing: there are no levels."""
        return Coding(0, 0.0, 0.0, 0, 0, np.zeros((1, 1), np.int64))

    def program(self, change: Rank1 | Dense, pair: Pair) -> Iterator[Step]:
        """Only schemes whose pulses are known beforehand have steps."""
        raise SpecError(f"scheme '{self.name}' has no steps of its own; set driver = 'fused'")


class Wanted(NamedTuple):
    """What a specification says of dense schemes: pulses a cell may have; tolerance (siemens), None for half a mean step; rule and growth of the
    amplitude (V a pulse) of verify; reads (V, s); whether pairs are written one way; line along which cells are written at once.
    """

    most: int
    tolerance: float | None
    stop: Literal["within", "passed"]
    increment: float
    v_read: float
    t_read: float
    one_way: bool
    parallel: str = ""


def dense_writing(device: Resolved, wanted: Wanted) -> DenseWriting:
    """Settings for blind pulses: nothing about verify but its read; raises nothing."""
    p, d, o = device.params, device.section, wanted
    how = Verifying(
        0.0, o.most, 1, 1, p.v_set, p.v_reset, p.v_full, 0.0, 0.0, p.v_set, p.v_reset, d.t_set, d.t_reset, d.t_full, o.t_read, o.v_read
    )  # fmt: skip
    return DenseWriting(o.most, how, 0.0, 0.0, 1.0, 0)
