"""How values get onto the lines of an array and off them: what the reads need to know, and how long a read takes.

    amplitude      a value x as V = x·v_read
    pulse-number   as round(|x|·levels) pulses of ±v_read, each t_read long; the read integrates the charge
    pulse-width    as one pulse of ±v_read, round(|x|·levels)·t_read long; of |x|·t_read where levels = 0
    binary         as ±v_read where |x| ≥ 1/2, and nothing else

The current is averaged over the read, which takes `levels` times t_read with pulses, so what the columns give is Σ x G in all of them. Rounding: halves go
away from 0; where there are levels or pulses, values beyond ±1 are held at ±1. Backward errors are coded in the same way with their own sign, with `levels`
steps; `hidden_levels` and the one bit of `binary` are for values that travel forward only. White read noise of pulses is that of each pulse, independent.

A selector passes nothing below v_hold and keeps v_hold for itself: the cell sees max(|V| − v_hold, 0). Amplitudes get a dead zone from it, pulses lose
a constant factor. After the read: s + offset + noise, held within ±limit, rounded to limit/steps; backward, if wanted, without limit and rounding. The offset of a
converter stays as it is; columns (forward) and rows (backward) have converters of their own.

scaled: values are divided by the largest before encoding, and s is multiplied with it after conversion (noise management: T. Gokmen et al., Front. Neurosci.
11, 538 (2017), doi:10.3389/fnins.2017.00538). Left out: time constants of the lines, energy of the pulses' edges.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal, NamedTuple

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Kind = Literal["amplitude", "pulse-number", "pulse-width", "binary"]


class LineCoding(NamedTuple):
    """pulsed: 1 where every pulse has full amplitude. forward, backward (layers,): steps of a full value, 0 for any value. scaled: 0 or 1.

    v_hold (V) of the selector. noise, offset (standard deviations), limit (layers,) (weight units), steps: of the converter after the read; 0 for none. backward_exact: 1 where
    backward reads are neither limited nor rounded.
    """

    pulsed: int
    forward: Ints
    backward: Ints
    scaled: int
    v_hold: float
    noise: float
    limit: Floats
    steps: int
    backward_exact: int
    offset: float = 0.0

    @property
    def used(self) -> bool:
        """Is anything different from plain amplitudes on lines without selectors or converters?"""
        parts = (
            self.pulsed,
            self.forward.any(),
            self.backward.any(),
            self.scaled,
            self.v_hold,
            self.noise,
            self.offset,
            self.limit.any(),
        )
        return any(bool(p) for p in parts)

    def slots(self, backward: bool) -> tuple[int, ...]:
        """Times t_read that a read of each layer takes."""
        levels = self.backward if backward else self.forward
        return tuple(max(int(n), 1) if self.pulsed else 1 for n in levels)


def line_coding(
    layers: int,
    kind: Kind = "amplitude",
    levels: int = 0,
    hidden_levels: int | None = None,
    scaled: bool = False,
    v_hold: float = 0.0,
    noise: float = 0.0,
    limit: float | Sequence[float] = 0.0,
    steps: int = 0,
    backward_exact: bool = False,
    offset: float = 0.0,
) -> LineCoding:
    """Coding of a network with so many layers of synapses.

    >>> line_coding(3, "binary", levels=7, hidden_levels=0).forward.tolist()
    [1, 0, 0]
    """
    first = 1 if kind == "binary" else levels
    hidden = first if hidden_levels is None else hidden_levels
    forward = np.array([first] + [hidden] * (layers - 1), np.int64)
    return LineCoding(
        int(kind.startswith("pulse")), forward, np.full(layers, levels, np.int64), int(scaled), v_hold, noise,
        np.full(layers, limit, np.float64), steps, int(backward_exact), offset,
    )  # fmt: skip


def amplitude_warnings(c: LineCoding, v_read: float, shape: Callable[[float, float], float], v_0: float) -> list[str]:
    """A warning where values are amplitudes and half of a full one does not give half of its current, to 1 %; shape(V, v_0): I/G of a cell.

    >>> amplitude_warnings(line_coding(1, "pulse-number", levels=4, v_hold=0.05), 0.1, lambda v, v_0: v, 1.0)
    []
    """
    if c.pulsed or c.forward.tolist() == [1]:
        return []
    half, full = (shape(max(x * v_read - c.v_hold, 0.0), v_0) for x in (0.5, 1.0))
    if abs(half / full - 0.5) <= 0.01:
        return []
    dead = f", and up to {100 * c.v_hold / v_read:.3g} % gives none (array.v_hold = {c.v_hold:g} V)" if c.v_hold else ""
    return [
        f"values are read voltages here, of which half a full one gives {100 * half / full:.3g} % of its current{dead}; pulses keep to proportion: "
        "coding.input = 'pulse-number' or 'pulse-width'"
    ]


PLAIN = line_coding(1)
