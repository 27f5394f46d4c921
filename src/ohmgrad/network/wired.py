"""The arrays of one replica as circuits: what reads give, and what every cell sees while it is written.

A layer is one array: its rows are the inputs and the bias, its columns the members of the synapses side by side (G+ and G− of a pair are neighbours). Rows are
driven at their ends, columns at virtual ground behind theirs; backward the other way round.

    reads, linear cells     W from the elimination of the array (`ohmgrad.arrays.circuit.effective`); forward v W, backward W v
        exact               W made anew whenever a conductance has changed
        effective           W ≈ a G with a = W/G, cell by cell, made anew every `every` updates; the error that had crept in is kept
    reads, other cells      `ohmgrad.network.wired_pass`
    slots of writing        all nodes solved for the voltages of the slot; selectors start off; a transistor isolates the cells of word lines that are not selected
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from ohmgrad.arrays.cells import Cells, make_cells
from ohmgrad.arrays.circuit.access import Access, Passive, Selector, Transistor
from ohmgrad.arrays.circuit.crossbar import Crossbar
from ohmgrad.arrays.circuit.settings import Circuit
from ohmgrad.kernels.draws import DEVICE
from ohmgrad.network.setup import Setup
from ohmgrad.programming.scheme import Step

Floats = npt.NDArray[np.float64]
THRESHOLDS = 1 << 10  # draws of the selectors' thresholds, beyond those of the law's parameters


class Wired:
    """Circuits of all layers.

    share (synapses, members): W/G of each cell when the matrix was made last; made (1,): update at which; error (layers,): by how much v W was off then,
    relative (root of the sum of squares over all weights); nan before the second. reached (layers, 3): of the cells written so far, how many, the sum of the
    shares of their voltage that they got, and the smallest. What a checkpoint must hold.
    """

    def __init__(self, setup: Setup, circuit: Circuit, label: int) -> None:
        self.setup, self.circuit = setup, circuit
        geo = setup.geometry
        shape = (geo.synapses, setup.synapse.members)
        self.share: Floats = np.ones(shape if circuit.reads == "effective" and circuit.linear else (0, shape[1]))
        self.made = np.full(1, -1, np.int64)
        self.error: Floats = np.full(len(geo.shape), np.nan)
        self.reached: Floats = np.tile([0.0, 0.0, np.inf], (len(geo.shape), 1))
        self._seen: Floats = np.zeros((0, 0))
        self._cells: Cells | None = None
        self._bars: dict[tuple[int, float | None], Crossbar] = {}
        self._thresholds = [self._threshold(label, k) for k in range(len(geo.shape))] if circuit.selector else []

    def arrays(self) -> dict[str, npt.NDArray[Any]]:
        """Live arrays that a checkpoint must hold."""
        return {"wired_share": self.share, "wired_made": self.made, "wired_error": self.error, "wired_reached": self.reached}

    def _threshold(self, label: int, layer: int) -> Floats:
        """Thresholds (rows, columns of the array) of the selectors of a layer."""
        assert self.circuit.selector is not None
        rows, columns = self._shape(layer)
        xi = np.empty(rows * columns)
        self.setup.loops.fill_normal(xi, self.setup.seed, label, 0, DEVICE * 256 + layer, THRESHOLDS)
        nominal = float(np.asarray(self.circuit.selector.v_th))
        low = self.circuit.selector.v_hold + 1e-3 * (nominal - self.circuit.selector.v_hold)
        return np.maximum(nominal * (1.0 + self.circuit.spread * xi), low).reshape(rows, columns)

    def _shape(self, layer: int) -> tuple[int, int]:
        rows, columns = (int(n) for n in self.setup.geometry.shape[layer])
        return rows, columns * self.setup.synapse.members

    def crossbar(
        self, state: Floats, layer: int, cut: npt.NDArray[np.bool_] | None = None, word: float | None = None
    ) -> Crossbar:
        """The array of a layer with the conductances of state (fields, synapses, members).

        cut (columns of the array,): word lines that are not selected; word: volts of those that are, where transistors limit the current.
        """
        geo = self.setup.geometry
        g = state[0, geo.synapse[layer] : geo.synapse[layer + 1]].reshape(self._shape(layer))
        if cut is not None:
            g = np.where(cut, 0.0, g)
        if (layer, word) not in self._bars:
            self._bars[layer, word] = self._bar(g, layer, word)
        return self._bars[layer, word].replaced(g)

    def _bar(self, g: Floats, layer: int, word: float | None) -> Crossbar:
        c = self.circuit
        w = c.wires
        access: Access = Passive()
        if c.transistor is not None and word is not None:
            access = Transistor(word, c.transistor[2], c.transistor[3])
        if c.selector is not None:
            access = Selector(self._thresholds[layer], c.selector.v_hold, c.selector.r_on, c.selector.r_off)
        return Crossbar(
            g, wire=(w.row, w.column), source=w.source, sense=w.sense, row_ends=w.row_ends, column_ends=w.column_ends,
            end_segments=w.end_segments, access=access, current=c.current, v_0=c.v_0,
        )  # fmt: skip

    def summary(self) -> dict[str, Any]:
        """For `summary.json`: what the circuit did, per layer; None where nothing is known."""
        n, total, least = self.reached.T
        return {
            "reads": self.circuit.reads,
            "every": self.circuit.every if self.circuit.reads == "effective" else None,
            "read_error": [None if np.isnan(e) else float(e) for e in self.error],
            "reached_mean": [float(t / k) if k else None for k, t in zip(n, total, strict=True)],
            "reached_least": [float(v) if k else None for k, v in zip(n, least, strict=True)],
        }

    # reads of linear cells -----------------------------------------------------------------------------------------------

    def as_read(self, cells: Cells, updates: int) -> Cells:
        """Cells whose weights are what a read through the wires gives; updates: how many the network has had."""
        if self.circuit.reads == "effective":
            due = self.made[0] < 0 or updates // self.circuit.every > int(self.made[0]) // self.circuit.every
            if due:
                self._make(cells, updates)
            return self._weigh(cells, self.share * cells.state[0])
        if self._cells is None or not np.array_equal(self._seen, cells.state[0]):
            self._seen = cells.state[0].copy()
            self._cells = self._weigh(cells, self._matrix(cells.state))
        # noise is that of the cells as they are; the rest is as it was
        return self._cells._replace(state=cells.state)

    def _matrix(self, state: Floats) -> Floats:
        """W of all layers (synapses, members), siemens."""
        layers = len(self.setup.geometry.shape)
        parts = [self.crossbar(state, k).effective().reshape(-1, self.setup.synapse.members) for k in range(layers)]
        return np.concatenate(parts)

    def _make(self, cells: Cells, updates: int) -> None:
        """A matrix anew, and by how much the old one had gone wrong."""
        geo, g, new = self.setup.geometry, cells.state[0], self._matrix(cells.state)
        if self.made[0] >= 0:
            for k in range(len(geo.shape)):
                part = slice(geo.synapse[k], geo.synapse[k + 1])
                off = self.share[part] * g[part] - new[part]
                self.error[k] = np.sqrt((off**2).sum() / (new[part] ** 2).sum())
        self.share[:] = np.where(g > 0.0, new / np.where(g > 0.0, g, 1.0), 1.0)
        self.made[0] = updates

    def _weigh(self, cells: Cells, w: Floats) -> Cells:
        """Weights, and what the lines draw while driven, from the responses w (synapses, members)."""
        seen = make_cells(self.setup.geometry, w[None], cells.shared, cells.varied, cells.table, cells.reference)
        return seen._replace(state=cells.state)

    # slots of writing ----------------------------------------------------------------------------------------------------

    def slot(self, state: Floats, layer: int, now: Step) -> tuple[Floats, float]:
        """(volts (rows, columns, members) over every cell, watts burnt outside the cells that the bill names by themselves) while a step is applied."""
        rows, columns = (int(n) for n in self.setup.geometry.shape[layer])
        row_on, column_on = now.on()
        word = None
        if self.circuit.transistor is not None:
            word = self.circuit.transistor[0 if now.row.max(initial=0.0) > 0.0 else 1]
        bar = self.crossbar(state, layer, ~column_on.T.ravel() if self.circuit.isolated else None, word)
        found = bar.solve(now.row, np.ascontiguousarray(now.column.T).ravel(), start="off" if self.circuit.selector else None)
        volts = found.cell_volts
        if self.circuit.selector is not None:  # the law sees the cell, not the selector
            volts = bar.over_cells(found)
        billed = row_on[:, None] & column_on.T.ravel() if self.circuit.isolated else np.ones(volts.shape, bool)
        burnt = (
            0.0
            if bar.wires.ideal and self.circuit.selector is None
            else found.power_in - float((volts * found.cell_current)[billed].sum())
        )
        volts = volts.reshape(rows, columns, -1)
        self._note(layer, now, volts)
        return volts, burnt

    def _note(self, layer: int, now: Step, volts: Floats) -> None:
        row_on, column_on = now.on()
        selected = row_on[:, None, None] & column_on.T[None]
        wanted = (now.row[:, None, None] - now.column.T[None])[selected]
        share = volts[selected][wanted != 0.0] / wanted[wanted != 0.0]
        self.reached[layer] += [len(share), share.sum(), 0.0]
        self.reached[layer, 2] = min(self.reached[layer, 2], share.min(initial=np.inf))
