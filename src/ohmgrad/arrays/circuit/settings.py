"""How the arrays of a network are wired: what a training run needs to solve its reads and writes as circuits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from ohmgrad.arrays.circuit.access import Selector
from ohmgrad.arrays.circuit.wires import Wires


@dataclass(frozen=True)
class Circuit:
    """wires; selector: threshold switches, None for none that the circuit is solved with; spread: of their thresholds, relative.

    isolated: whether a transistor cuts off every cell whose word line is not selected; transistor: word line while SET and while RESET, threshold (V) and
    gain (A/V²) of one that limits pulses too. current, v_0: I-V curve of the cells.
    reads, every: solved anew for each state of the cells ("exact"), or by a matrix made anew every so many updates ("effective").
    """

    wires: Wires
    selector: Selector | None = None
    spread: float = 0.0
    isolated: bool = False
    transistor: tuple[float, float, float, float] | None = None
    current: str = "ohmic"
    v_0: float = 1.0
    reads: Literal["exact", "effective"] = "exact"
    every: int = 1000

    @property
    def linear(self) -> bool:
        """Are reads products with a matrix? Word lines are high while reading, so a transistor is no obstacle."""
        return self.selector is None and self.current == "ohmic"
