"""`Crossbar`: cells on wires, from plain NumPy arrays."""

from __future__ import annotations

import copy
import math
from typing import Any

import numpy as np
import numpy.typing as npt

from ohmgrad.arrays.circuit.access import Access, Passive, Selector, Transistor, check_shape
from ohmgrad.arrays.circuit.assemble import circuit_loops
from ohmgrad.arrays.circuit.connected import Bools, check_connected
from ohmgrad.arrays.circuit.effective import effective_matrix
from ohmgrad.arrays.circuit.points import CellNumbers
from ohmgrad.arrays.circuit.selector import settle
from ohmgrad.arrays.circuit.solution import Solution
from ohmgrad.arrays.circuit.wires import ColumnEnds, RowEnds, Wires
from ohmgrad.devices.current import CURRENTS
from ohmgrad.errors import CircuitError, SpecError, nearest

Floats = npt.NDArray[np.float64]
TOLERANCE = 1e-10
MOST = 1e6  # S: of a cell; beyond, double precision knows no voltage over it


class Crossbar:
    """A crossbar of cells on wires, solved exactly.

    g (rows, columns)
        Conductances in siemens, from 0 on; a cell between row i and column j.
    wire
        Ohms of every segment; or (of rows, of columns). 0: ideal.
    source, sense
        Ohms of each row's driver and each column's sense circuit, besides the end segment.
    row_ends, column_ends, end_segments
        Which ends are tied ("left", "right", "both"; "bottom", "top", "both"), and whether a segment lies before them.
    access
        `Passive()`, `Selector(...)` or `Transistor(...)`.
    current, v_0
        I-V curve of the cells ("ohmic", "sinh", "cubic") and its voltage; see `ohmgrad.devices.current`.

    Raises SpecError for a negative resistance, conductances that are no numbers from 0 on, or a shape that does not fit.

    >>> bar = Crossbar(np.array([[1e-3, 2e-3], [3e-3, 4e-3]]), wire=0.0)
    >>> (bar.read([0.1, 0.2]) * 1e3).round(9).tolist()  # mA
    [0.7, 1.0]
    >>> ((Crossbar(bar.g, wire=10.0).read([0.1, 0.2])) * 1e3).round(4).tolist()
    [0.6341, 0.8595]
    """

    def __init__(
        self,
        g: npt.ArrayLike,
        *,
        wire: float | tuple[float, float] = 0.0,
        source: float = 0.0,
        sense: float = 0.0,
        row_ends: RowEnds = "left",
        column_ends: ColumnEnds = "bottom",
        end_segments: bool = True,
        access: Access | None = None,
        current: str = "ohmic",
        v_0: float = 1.0,
    ) -> None:
        self.g: Floats = _conductances(g)
        self.access = access or Passive()
        check_shape(self.access, self.shape)
        if isinstance(wire, tuple) and len(wire) != 2:
            raise SpecError(f"wire = {wire}: ohms of every segment, or two: of rows, of columns")
        row, column = wire if isinstance(wire, tuple) else (wire, wire)
        self.wires = Wires(row, column, source, sense, row_ends, column_ends, end_segments)
        if current not in CURRENTS:
            raise SpecError(f"current = '{current}'{nearest(current, CURRENTS)}")
        if not 0.0 < v_0 < math.inf:
            raise SpecError(f"v_0 = {v_0:g} V must be above 0, and finite")
        if current != "ohmic" and isinstance(self.access, Transistor):
            raise SpecError(
                f"current = '{current}' behind transistors is not modelled; set current = 'ohmic', or another access"
            )
        self.current, self.v_0 = current, v_0
        self._effective: Floats | None = None

    @property
    def shape(self) -> tuple[int, int]:
        """(rows, columns)."""
        return self.g.shape  # type: ignore[return-value]

    @property
    def linear(self) -> bool:
        """Are the currents proportional to the voltages?"""
        return self.current == "ohmic" and isinstance(self.access, Passive)

    def read(self, v: npt.ArrayLike, backward: bool = False, start: Any = None) -> Floats:
        """Column currents (A) of rows driven at v, the columns at virtual ground; backward: row currents of driven columns, the rows at virtual ground.

        v (rows,) or (inputs, rows), volts; returns (columns,) or (inputs, columns). start: see `solve`.
        """
        volts = np.asarray(v, dtype=np.float64)
        n = self.shape[1 if backward else 0]
        if volts.ndim not in (1, 2) or volts.shape[-1] != n or not np.isfinite(volts).all():
            raise SpecError(
                f"v: {n} finite voltages are needed, one a {'column' if backward else 'row'}; its shape is {volts.shape}"
            )
        many = np.atleast_2d(volts)
        if self.linear and (self._effective is not None or self.wires.ideal or len(many) >= _WORTH_IT):
            w = self.effective()
            out = many @ (w.T if backward else w)
        else:
            out = np.array([self._terminals(one, backward, start) for one in many])
        return out[0] if volts.ndim == 1 else out

    def _terminals(self, v: Floats, backward: bool, start: Any) -> Floats:
        if backward:
            return -self.solve(np.zeros(self.shape[0]), v, start=start).row_currents
        return self.solve(v, start=start).column_currents

    def effective(self) -> Floats:
        """The matrix (rows, columns) in siemens with read(v) = v @ effective() and read(v, backward=True) = effective() @ v (reciprocity), for linear cells.

        Kept until asked of another array. Raises SpecError for cells that are not linear.
        """
        if not self.linear:
            raise SpecError(
                "effective: bent cells, selectors and transistors have no matrix; read(v) solves the circuit for each input"
            )
        if self._effective is None:
            self._effective = self.g.copy() if self.wires.ideal else effective_matrix(self.g, self.wires, self._one_by_one)
        return self._effective

    def _one_by_one(self) -> Floats:
        """The effective matrix by driving the fewer of rows and columns, each by itself."""
        w = np.empty(self.shape)
        ends = self._ends(np.ones(self.shape[0], bool), np.ones(self.shape[1], bool))
        loops, on = circuit_loops(self.access.kind, self.current), np.zeros(self.shape, np.int8)
        missing = loops.respond_each(self.g, on, self._numbers(), *ends, TOLERANCE, w)
        if not missing <= _ROUNDING:
            raise CircuitError(_NOT_CONVERGED.format(steps="all", amps="currents", share=missing, tolerance=TOLERANCE))
        return w

    def _ends(self, row_tied: npt.NDArray[np.bool_], col_tied: npt.NDArray[np.bool_]) -> tuple[Any, ...]:
        """Ohms of a segment and siemens of the ends, of rows and then of columns."""
        w = self.wires
        return w.row, *w.row_ties(row_tied), w.column, *w.column_ties(col_tied)

    def replaced(self, g: Floats) -> Crossbar:
        """The same array with other conductances (rows, columns), which are not checked again."""
        bar = copy.copy(self)
        bar.g, bar._effective = np.ascontiguousarray(g), None
        return bar

    def solve(
        self, rows: npt.ArrayLike, columns: npt.ArrayLike = 0.0, *, start: Any = None, tolerance: float = TOLERANCE
    ) -> Solution:
        """Every node voltage and cell current of lines driven at `rows` (rows,) and `columns` (columns,) volts; NaN lets a line float.

        start: state of selectors before, where a selector may be on or off at the same voltages: "off", or an array (rows, columns) of 0, 1, −1, such as an earlier
        solution's `selector`. tolerance: largest current missing at a node, as a share of the largest cell current.

        Raises SpecError for voltages that do not fit, and CircuitError, with the residual, where lines hang in the air, selectors have two states or none, or
        the iteration does not converge.
        """
        v_row, v_col, row_tied, col_tied = self.driven(rows, columns)
        if not 0.0 <= tolerance < 1.0:
            raise SpecError(f"tolerance = {tolerance:g}: a share of the largest cell current is needed, from 0 on and below 1")
        if isinstance(self.access, Selector):
            on = settle(self, self.access, v_row, v_col, row_tied, col_tied, start, tolerance)
        else:
            on = np.zeros(self.shape, np.int8)
        return self.frozen(v_row, v_col, row_tied, col_tied, on, tolerance)

    def over_cells(self, solution: Solution) -> Floats:
        """Volts (rows, columns) over the cells alone, without the selectors in series with them. Raises SpecError for cells behind transistors."""
        if isinstance(self.access, Transistor):
            raise SpecError("over_cells: behind transistors see ohmgrad.devices.transistor")
        if not isinstance(self.access, Selector):
            return solution.cell_volts
        current, on = solution.cell_current, solution.selector
        if self.current == "ohmic":
            return np.where(self.g > 0.0, current / np.where(self.g > 0.0, self.g, 1.0), 0.0)
        return solution.cell_volts - on * self.access.v_hold - current * np.where(on == 0, self.access.r_off, self.access.r_on)

    def driven(self, rows: npt.ArrayLike, columns: npt.ArrayLike) -> tuple[Floats, Floats, Bools, Bools]:
        """Volts of the lines, (rows,) and (columns,), and which of them are driven, checked as `solve` says."""
        v_row, row_tied = _volts(rows, self.shape[0], "rows")
        v_col, col_tied = _volts(columns, self.shape[1], "columns")
        conducts = self.g > 0.0
        if isinstance(self.access, Transistor):
            conducts &= self._numbers().overdrive > 0.0
        check_connected(conducts, row_tied, col_tied)
        return v_row, v_col, row_tied, col_tied

    def frozen(
        self,
        v_row: Floats,
        v_col: Floats,
        row_tied: Any,
        col_tied: Any,
        on: npt.NDArray[np.int8],
        tolerance: float,
        warm: Solution | None = None,
    ) -> Solution:
        """The solution with selectors held in the states `on`; warm: one to start from. For `solve`, and for those who move selectors themselves."""
        found = self._newton(v_row, v_col, row_tied, col_tied, on, tolerance, warm)
        if not self.linear and not _converged(found, tolerance):
            found = self._by_ramp(v_row, v_col, row_tied, col_tied, on, tolerance)
        if not _converged(found, tolerance):
            raise CircuitError(
                _NOT_CONVERGED.format(
                    steps=found.steps, amps=f"{found.missing:.3g} A", share=found.residual, tolerance=tolerance
                )
            )
        return found

    def _by_ramp(self, v_row: Floats, v_col: Floats, row_tied: Any, col_tied: Any, on: Any, tolerance: float) -> Solution:
        """Voltages raised from 0 in steps that shrink where Newton fails: bent cells start from the solution below."""
        share, step = 0.0, 0.125
        warm: Solution | None = None
        while True:
            at = min(share + step, 1.0)
            found = self._newton(at * v_row, at * v_col, row_tied, col_tied, on, tolerance, warm)
            if _converged(found, tolerance):
                share, step, warm = at, 2.0 * step, found
                if share == 1.0:
                    return found
            elif step < 1e-4:
                return found
            else:
                step *= 0.25

    def _newton(
        self, v_row: Floats, v_col: Floats, row_tied: Any, col_tied: Any, on: Any, tolerance: float, warm: Solution | None
    ) -> Solution:
        v_row, v_col = np.where(row_tied, v_row, 0.0), np.where(col_tied, v_col, 0.0)
        a, b = np.zeros(self.shape), np.zeros(self.shape)
        if warm is not None:
            a[:], b[:] = warm.row_drop, warm.column_drop
            v_row, v_col = np.where(row_tied, v_row, warm.row_drive), np.where(col_tied, v_col, warm.column_drive)
        current = np.empty(self.shape)
        steps, iterations, missing, scale = circuit_loops(self.access.kind, self.current).solve_circuit(
            self.g,
            on,
            self._numbers(),
            v_row,
            v_col,
            *self._ends(row_tied, col_tied),
            a,
            b,
            current,
            tolerance,
        )
        if not np.isfinite(current).all():
            missing, scale = math.inf, 1.0
        return Solution(
            self.wires, v_row, v_col, row_tied, col_tied, a, b, current, on.copy(), missing, scale, steps, iterations
        )

    def _numbers(self) -> CellNumbers:
        a, columns = self.access, self.shape[1]
        over = np.zeros(columns)
        if isinstance(a, Transistor):
            over = np.broadcast_to(np.asarray(a.word, dtype=np.float64) - a.v_th, (columns,)).copy()
        s = a if isinstance(a, Selector) else Selector()
        gain = a.gain if isinstance(a, Transistor) else 1.0
        return CellNumbers(self.v_0, s.v_hold, s.r_on, s.r_off, gain, over)


_WORTH_IT = 8  # inputs from which the effective matrix is made
_ROUNDING = 1e-9  # share of the largest cell current that rounding may leave
_NOT_CONVERGED = (
    "the circuit did not converge: after {steps} steps {amps} are missing at a node, {share:.3g} of the largest cell current, wanted {tolerance:g}; look at v_0, wire and the "
    "largest conductance, or allow a larger tolerance"
)


def _converged(s: Solution, tolerance: float) -> bool:
    return math.isfinite(s.missing) and s.residual <= max(tolerance, _ROUNDING)


def _conductances(g: npt.ArrayLike) -> Floats:
    try:
        out = np.array(g, dtype=np.float64, order="C")
    except ValueError:
        raise SpecError("g: a matrix of numbers, rows × columns of one length, is needed") from None
    if out.ndim != 2 or 0 in out.shape:
        raise SpecError(f"g: a matrix of rows × columns is needed; its shape is {out.shape}")
    bad = ~((out >= 0.0) & (out <= MOST))
    if bad.any():
        i, j = (int(k[0]) for k in np.nonzero(bad))
        raise SpecError(
            f"g[{i}, {j}] = {out[i, j]:g} S: a conductance is a number from 0 to {MOST:g} ({int(bad.sum())} of {out.size} are not)"
        )
    return out


def _volts(v: npt.ArrayLike, n: int, name: str) -> tuple[Floats, npt.NDArray[np.bool_]]:
    out = np.array(np.broadcast_to(np.asarray(v, dtype=np.float64), (n,))) if np.ndim(v) == 0 else np.array(v, dtype=np.float64)
    if out.shape != (n,):
        raise SpecError(f"{name}: {n} voltages are needed; the shape is {out.shape}")
    if np.isinf(out).any():
        raise SpecError(f"{name}: a voltage is infinite; NaN lets a line float")
    return out, ~np.isnan(out)
