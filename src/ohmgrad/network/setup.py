"""Everything that a training run is made of, as plain objects: what `experiments` builds from a specification."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from types import ModuleType
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from ohmgrad.arrays.circuit.settings import Circuit
from ohmgrad.arrays.geometry import Geometry
from ohmgrad.arrays.reading import Reading
from ohmgrad.arrays.synapse import Synapse
from ohmgrad.devices.law import Law
from ohmgrad.devices.section import Faults, Noise, Retention
from ohmgrad.devices.variation import Correlated, Variation, varied_names
from ohmgrad.learning.activations import Activation
from ohmgrad.learning.delta import Learning
from ohmgrad.learning.rules import Rule
from ohmgrad.ledger import Costs
from ohmgrad.network.assemble import header_of, loops
from ohmgrad.programming.dense import DenseScheme, DenseWriting
from ohmgrad.programming.scheme import Scheme
from ohmgrad.programming.settings import Coding, Writing

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Setup:
    """One network on its arrays.

    law: with its faults, retention and endurance; params: its parameters (SI); variation: spread over cells by parameter; table: the law's table (rows, points), or empty.
    synapse: which cells make a weight; reference (siemens): what the single cells of a synapse together are compared with, nan for pairs.
    output: neurons of the last layer; cross_entropy: the loss, else squared; binary_input: whether inputs become 0 and 1 for good.
    rule: from errors to the change wanted; dense: settings of schemes that write whole matrices; batch: samples between updates (0: all of an epoch).
    decay: factor on the learning rates every decay_every epochs; restart_every: epochs after which they start anew (0: never).
    digital_bias: whether the columns have digital offsets too.
    circuit: how the arrays are wired; None: ideal wires, no selectors that switch.
    per_epoch: samples shown in an epoch (0: all, or as many as there are).
    start (layers,): largest start weight, as a share of the window; start_mean, start_spread (siemens): instead, see `ohmgrad.network.initial`;
    start_g: instead, conductances (rows, columns, 2) of each layer.
    """

    geometry: Geometry
    law: Law
    params: Any
    synapse: Synapse
    variation: Mapping[str, Variation]
    correlated: Sequence[Correlated]
    faults: Faults
    table: Floats
    reference: float
    scheme: Scheme
    rule: Rule
    activation: Activation
    output: Activation
    cross_entropy: bool
    binary_input: bool
    learning: Learning
    decay: float
    decay_every: int
    restart_every: int
    batch: int
    writing: Writing
    dense: DenseWriting | None
    reading: Reading
    current: str
    noise: Noise
    retention: Retention
    costs: Costs
    start: Floats
    order: Literal["shuffled", "given", "drawn"]
    driver: Literal["fused", "stepwise"]
    seed: int
    start_mean: float | None = None
    start_g: Sequence[Floats] | None = None
    start_spread: float = 0.0
    per_epoch: int = 0
    digital_bias: bool = False
    circuit: Circuit | None = None

    @property
    def varied(self) -> list[str]:
        """Parameters that differ from cell to cell."""
        return varied_names(self.variation) + (["fault"] if self.faults.any else [])

    @property
    def _parts(self) -> tuple[Any, ...]:
        return (
            self.law, self.scheme, self.activation, self.varied, self.current, self.noise.white, self.synapse, self.rule,
            self.output, self.cross_entropy, self.reading.lines.used, self.binary_input,
        )  # fmt: skip

    @cached_property
    def loops(self) -> ModuleType:
        """The compiled loops of this combination of parts."""
        return loops(*self._parts)

    @property
    def structure(self) -> str:
        """Text that is equal for set-ups with the same compiled loops, found without compiling or loading them."""
        return header_of(*self._parts)

    @cached_property
    def coding(self) -> Coding:
        """Levels of the write scheme."""
        return self.scheme.coding()

    def shown(self, samples: int) -> int:
        """Samples shown in an epoch, of so many that there are."""
        return self.per_epoch or samples

    def learning_at(self, epoch: int) -> Learning:
        """Learning with the rates of an epoch; powers by multiplication, since library powers differ in the last bit."""
        rate = self.learning.rate.copy()
        passed = epoch % self.restart_every if self.restart_every else epoch
        for _ in range(passed // self.decay_every):
            rate *= self.decay
        scale_rate, bias_rate = self.learning.scale_rate, self.learning.bias_rate
        for _ in range(passed // self.decay_every):
            scale_rate, bias_rate = scale_rate * self.decay, bias_rate * self.decay
        return self.learning._replace(rate=rate, scale_rate=scale_rate, bias_rate=bias_rate)

    @property
    def window(self) -> tuple[float, float]:
        """Nominal (g_min, g_max) in siemens."""
        return self.params.g_min, self.params.g_max

    @property
    def bounded(self) -> bool:
        """True if conductances stay within bounds, so that energies mean something."""
        if isinstance(self.scheme, DenseScheme) and self.scheme.ideal:
            return False
        return bool(np.isfinite(self.law.bounds(self.params)).all())
