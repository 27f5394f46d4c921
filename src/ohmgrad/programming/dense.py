"""Settings and base of the dense schemes: those that write the change of a whole layer, summed up in digital.

Each is a small file: `exact`, `blind`, `half_select`, `verify_train`, `gate_set`; the compiled loops are in `dense_loop` and its neighbours. A scheme
names the loop that serves it (`way`, one of `ohmgrad.programming.dense_loop.WAYS`).

Turns. Update number n writes the cells of turn n mod k of every synapse: members 2t and 2t + 1 of k pairs, member t of k single cells.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from ohmgrad.devices.resolve import Resolved
from ohmgrad.errors import SpecError
from ohmgrad.programming.change import Dense, Rank1
from ohmgrad.programming.scheme import Pair, Scheme, Step
from ohmgrad.programming.settings import Coding
from ohmgrad.programming.verify import verifying
from ohmgrad.programming.verify_loop import Verifying


class DenseWriting(NamedTuple):
    """How the dense schemes write, besides `Writing`.

    most: pulses a cell may have in one update. how: tolerance, amplitudes and reads of write with verify.
    gate_first (V): gate voltage that gives g_min; gate_slope (siemens per volt); drain: energy of a one-shot SET over that of a pulse of v_set.
    """

    most: int
    how: Verifying
    gate_first: float
    gate_slope: float
    drain: float


class DenseScheme(Scheme):
    """A scheme for dense changes. way: its loop; ideal: cells take the change as it is, without bounds; steps: drives lines that share cells."""

    accepts = (Dense,)
    way: str
    ideal = False

    def coding(self) -> Coding:
        """Nothing: there are no levels."""
        return Coding(0, 0.0, 0.0, 0, 0, np.zeros((1, 1), np.int64))

    def program(self, change: Rank1 | Dense, pair: Pair) -> Iterator[Step]:
        """Only schemes whose pulses are known beforehand have steps."""
        raise SpecError(f"scheme '{self.name}' has no steps of its own; set driver = 'fused'")


def dense_writing(
    device: Resolved, most: int, tolerance: float | None, stop: str, increment: float, v_read: float, t_read: float
) -> DenseWriting:
    """Settings of a run.

    tolerance (siemens): half a mean step without it, (ΔG of a SET + ΔG of a RESET)/4. stop: rule of verify; increment (V a pulse); v_read (V), t_read (s).
    Raises SpecError.
    """
    p, d = device.params, device.section
    if tolerance is None:
        up, down = device.law.nominal_step(d.t_set, d.t_reset, p, device.table)
        tolerance = 0.25 * (up + down)
    how = verifying(
        device,
        tolerance,
        most=most,
        stop="passed" if stop == "passed" else "within",
        increment=increment,
        v_read=v_read,
        t_read=t_read,
    )
    return DenseWriting(most, how, getattr(p, "v_gate_0", 0.0), getattr(p, "gate_slope", 0.0), 1.0)
