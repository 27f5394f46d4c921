"""Reads of bent cells, or of cells behind selectors, on wires: the circuit is solved for every read, layer by layer.

The compiled loops go on as ever; before each layer they are handed weights made for this one read, the secants

    w_ij = I_ij/(v_read·p_i)        p_i: what the loop multiplies the weights of row i with (`line_shares`)

so that Σ p_i w_ij v_read is the current that the column gives. Currents that come in from rows at 0 V are added to the first driven row's. Backward, the columns of a
pair are driven at opposite voltages, and the row's own current is what counts.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from ohmgrad.arrays.cells import Cells
from ohmgrad.ledger import COUNTS, SUMS
from ohmgrad.network.setup import Setup
from ohmgrad.network.wired import Wired

Floats = npt.NDArray[np.float64]


class WiredPass:
    """Forward and backward passes of one replica whose circuit has no matrix."""

    def __init__(self, setup: Setup, wired: Wired, label: int) -> None:
        self.setup, self.wired, self.label = setup, wired, label
        k, geo = setup.loops, setup.geometry
        self.width = int(geo.shape.max()) + 1
        self.signals, self.scratch = k.make_signals(geo), k.make_scratch(self.width)

    def forward(self, cells: Cells, scale: Floats, step: int, moment: int, counts: Any, sums: Any) -> None:
        """Fill the signals from x[0]; cells as their noise has them. moment: as in `evaluate`."""
        s, k = self.setup, self.setup.loops
        for layer in range(len(s.geometry.shape)):
            seen = self._seen(cells, layer, False, self.signals.x[layer])
            k.forward_layer(
                seen, s.geometry, s.learning, s.reading, scale, self.signals, self.scratch, layer, s.seed, self.label, step, moment, counts, sums
            )  # fmt: skip

    def backward(self, cells: Cells, scale: Floats, step: int, counts: Any, sums: Any, learning: Any) -> None:
        """Fill the errors."""
        s, k = self.setup, self.setup.loops
        k.output_errors(s.geometry, learning, scale, self.signals, self.scratch)
        for layer in range(len(s.geometry.shape) - 1, 0, -1):
            seen = self._seen(cells, layer, True, self.signals.delta[layer])
            k.backward_layer(
                seen, s.geometry, learning, s.reading, scale, self.signals, self.scratch, layer, s.seed, self.label, step, counts, sums
            )  # fmt: skip

    def _seen(self, cells: Cells, layer: int, backward: bool, x: Floats) -> Cells:
        """Cells whose weights of this layer are the secants of a read with the values x."""
        s, geo = self.setup, self.setup.geometry
        rows, columns = (int(n) for n in geo.shape[layer])
        lines = columns if backward else rows
        share, product = np.empty(self.width), np.zeros(self.width)
        code = s.reading.lines
        s.loops.line_shares(x, lines, int((code.backward if backward else code.forward)[layer]), s.reading, share, product)
        volts, product = share[:lines] * s.reading.v_read, product[:lines] * s.reading.v_read
        members = s.synapse.members
        sign = np.where(np.arange(members) % 2, -1.0, 1.0) if s.synapse.paired else np.ones(members)
        bar = self.wired.crossbar(cells.state, layer)
        start = "off" if self.wired.circuit.selector else None
        if backward:
            found = bar.solve(np.zeros(rows), np.outer(volts, sign).ravel(), start=start)
            current = -found.cell_current.reshape(rows, columns, members).sum(axis=2).T
            power = -(found.column_currents.reshape(columns, members) * sign).sum(axis=1) * volts
        else:
            found = bar.solve(volts, start=start)
            current = (found.cell_current.reshape(rows, columns, members) * sign).sum(axis=2)
            power = found.row_currents * volts
        w = _secants(current, product, 0.0 if s.synapse.paired else cells.reference)
        part = slice(geo.synapse[layer], geo.synapse[layer + 1])
        drawn = power / np.where(product != 0.0, volts * product, 1.0)
        seen = cells._replace(w=np.zeros_like(cells.w), wt=np.zeros_like(cells.w), row=cells.row.copy(), col=cells.col.copy())
        if backward:
            seen.wt[part] = w.ravel()
            seen.col[:, geo.column[layer] : geo.column[layer + 1]] = 0.0
            seen.col[0, geo.column[layer] : geo.column[layer + 1]] = drawn
        else:
            seen.w[part] = w.ravel()
            seen.row[geo.row[layer] : geo.row[layer + 1]] = drawn
        return seen

    def test(
        self, cells: Cells, scale: Floats, images: Floats, labels: Any, moment: int, mean: Floats | None = None
    ) -> tuple[int, float]:
        """As `evaluate`, and as `respond` where `mean` (classes, outputs) is given."""
        s, k = self.setup, self.setup.loops
        layers, outputs = len(s.geometry.shape), int(s.geometry.shape[-1, 1])
        counts, sums = np.zeros((layers, len(COUNTS)), np.int64), np.zeros((layers, len(SUMS)))
        correct, e = 0, 0.0
        found = np.zeros(0 if mean is None else len(mean), np.int64)
        for n, (image, label) in enumerate(zip(images, labels, strict=True)):
            k.load_sample(image, int(label), s.learning, self.signals)
            self.forward(cells, scale, n, moment, counts, sums)
            correct += int(k.best(self.signals.s[layers - 1], outputs) == label)
            e += k.loss_of(self.signals, outputs)
            if mean is not None:
                found[label] += 1
                mean[label] += self.signals.x[layers, :outputs]
        if mean is not None:
            mean /= np.maximum(found, 1)[:, None]
        return correct, e


def _secants(current: Floats, product: Floats, reference: float) -> Floats:
    """(lines, outputs) siemens with Σ product·w = Σ current − reference·Σ product, over the driven lines."""
    driven = product != 0.0
    w = np.zeros_like(current)
    if not driven.any():
        return w
    w[driven] = current[driven] / product[driven, None]
    first = int(np.argmax(driven))
    w[first] += current[~driven].sum(axis=0) / product[first]
    w[driven] -= reference
    return w
