"""What stands in series with a cell at its crossing: nothing, a threshold switch, or a transistor."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ohmgrad.errors import SpecError


@dataclass(frozen=True)
class Passive:
    """Nothing: the cell alone."""

    kind = "passive"


@dataclass(frozen=True)
class Selector:
    """A volatile threshold switch (figure 2.7 of the chapter): off with r_off until its own voltage passes v_th, then on with v_hold + I·r_on until that falls below v_hold.

    v_th (V): one, or one a cell (rows, columns); v_hold (V); r_on, r_off (ohm). Raises SpecError for what is not v_th > v_hold ≥ 0, r_off > r_on ≥ 0.
    """

    v_th: float | npt.ArrayLike = 0.5
    v_hold: float = 0.1
    r_on: float = 100.0
    r_off: float = 1e9
    kind = "selector"

    def __post_init__(self) -> None:
        low = float(np.min(np.asarray(self.v_th, dtype=np.float64)))
        if not (0.0 <= self.v_hold < low):
            raise SpecError(f"selector: v_th = {low:g} V must be above v_hold = {self.v_hold:g} V, and v_hold from 0 on")
        if not (0.0 <= self.r_on < self.r_off < math.inf):
            raise SpecError(f"selector: r_off = {self.r_off:g} ohm must be above r_on = {self.r_on:g} ohm, and finite")


@dataclass(frozen=True)
class Transistor:
    """An n-channel transistor between the cell and its column; equations: `ohmgrad.devices.transistor`.

    word (V): word-line voltage of each column (columns,) or of all; v_th (V); gain (A/V²). Word lines run along the columns: a column whose
    word line is at or below v_th is cut off.
    """

    word: float | npt.ArrayLike = 5.0
    v_th: float = 0.5
    gain: float = 500e-6
    kind = "transistor"

    def __post_init__(self) -> None:
        if not (np.isfinite(np.asarray(self.word, dtype=np.float64)).all() and math.isfinite(self.v_th)):
            raise SpecError("transistor: word and v_th must be finite voltages")
        if not (self.gain > 0.0 and math.isfinite(self.gain)):
            raise SpecError(f"transistor: gain = {self.gain:g} A/V^2 must be above 0")


Access = Passive | Selector | Transistor


def check_shape(access: Access, shape: tuple[int, int]) -> None:
    """Raise SpecError for voltages that are neither one nor one a cell (selectors) or column (transistors) of an array of (rows, columns)."""
    if isinstance(access, Selector):
        name, value, allowed, each = "selector: v_th", access.v_th, shape, "cell"
    elif isinstance(access, Transistor):
        name, value, allowed, each = "transistor: word", access.word, shape[1:], "column"  # type: ignore[assignment]
    else:
        return
    if np.shape(value) not in ((), allowed):
        raise SpecError(f"{name}: one voltage, or one a {each}, {allowed}; its shape is {np.shape(value)}")
