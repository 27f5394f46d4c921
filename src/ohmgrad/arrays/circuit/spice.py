"""Any crossbar as a netlist for ngspice, one element of the circuit a line.

    nodes      r_I_J, c_I_J     row and column node of crossing (I, J); an ideal wire is one node, r_I or c_J
               row_I, col_J     what drives a line, before the resistance of its driver and end segment
               m_I_J, h_I_J     between a cell and what is in series with it, and within that
    cells      Rcell_I_J 1/G ohm, or the current source Bcell_I_J of a bent I-V curve (`ohmgrad.devices.current`)
    selectors  Rsel_I_J, r_off or r_on of a state that stays as it is, then Vhold_I_J = ±v_hold where on
    transistors  Msel_I_J, level 1 with KP = gain, W = L; Vgate_I_J, the word line's voltage, counts from l_I_J, the lower end of the crossing, where its bulk hangs too

The elements and units are those of the ngspice manual, chapters 2 to 7 (https://ngspice.sourceforge.io/docs.html). Left out: capacitances, so every solution
is that of direct current, and cells of conductance 0.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from ohmgrad.arrays.circuit.access import Selector, Transistor
from ohmgrad.arrays.circuit.crossbar import Crossbar
from ohmgrad.errors import SpecError

SHORT = 1e-3  # ohm
OPEN = 1e18  # ohm
OPTIONS = ".options numdgt=15 reltol=1e-9 vntol=1e-15 abstol=1e-18 gmin=1e-24 itl1=1000 itl2=1000"


def netlist(
    bar: Crossbar,
    rows: npt.ArrayLike,
    columns: npt.ArrayLike = 0.0,
    *,
    start: Any = None,
    title: str = "crossbar",
    raw: str = "crossbar.raw",
    self_switching: bool = False,
    points: int = 100,
) -> str:
    """The circuit that `bar.solve(rows, columns, start=start)` solves, as text for `ngspice -b`; node voltages go to the ASCII file `raw`.

    rows (rows,), columns (columns,): volts; NaN lets a line float. Selectors stay in the states of the solution. With `self_switching` they switch by themselves,
    starting off: all voltages then go 0 → 1 → 0 → −1 → 0 times those given, in `points` steps each way, and `raw` has one row a step, the share as v(share).

    Raises SpecError for voltages that do not fit, a title or file name of several lines, or a loop without selectors, and CircuitError as `solve` does.

    >>> bar = Crossbar(np.array([[1e-3]]), wire=2.0)
    >>> print(netlist(bar, [0.5]))  # doctest: +ELLIPSIS
    crossbar
    * 1 rows, 1 columns...
    Vrow_0_left row_0_left 0 DC 0.5
    Rrow_0_left row_0_left r_0_0 2.0
    ...
    Rcell_0_0 r_0_0 c_0_0 1000.0
    ...
    """
    if self_switching and not (isinstance(bar.access, Selector) and points >= 1):
        raise SpecError(f"self_switching: needs an array with access = Selector(...), and points = {points} from 1 on")
    for name, text in (("title", title), ("raw", raw)):
        if not text.strip() or len(text.splitlines()) > 1:
            raise SpecError(f"{name} = {text!r}: one line of text is needed")
    v_row, v_col = bar.driven(rows, columns)[:2]
    on = np.zeros(bar.shape, np.int8)
    if isinstance(bar.access, Selector) and not self_switching:
        on = bar.solve(rows, columns, start=start).selector
    lines = [title, *_header(bar), *_lines(bar, v_row, v_col, self_switching)]
    lines.append("* cells, and what is in series with them")
    for i, j in np.argwhere(bar.g > 0.0).tolist():
        lines += _crossing(bar, i, j, int(on[i, j]), self_switching)
    if isinstance(bar.access, Transistor):
        lines.append(
            f".model nmos1 NMOS (LEVEL=1 KP={_n(bar.access.gain)} VTO={_n(bar.access.v_th)} LAMBDA=0 GAMMA=0 IS=1e-30)"
        )
    if self_switching:
        lines += _loop(bar, points)
    lines += [OPTIONS, f".dc Vstep 0 {4 * points} 1" if self_switching else ".op"]
    lines += [".control", "set filetype=ascii", "set rawfileprec=17", "run", f"write {raw} all"]
    lines += ["if $?batchmode", "quit", "end", ".endc", ".end"]  # ngspice -b would run the analysis a second time
    return "\n".join(lines) + "\n"


def _header(bar: Crossbar) -> list[str]:
    w, (rows, columns) = bar.wires, bar.shape
    return [
        f"* {rows} rows, {columns} columns; volts, amperes, ohms",
        f"* segments of wire: rows {w.row:g}, columns {w.column:g}; in series with each tied end: rows {w.source:g}, columns {w.sense:g}; "
        f"segments before the ends: {'yes' if w.end_segments else 'no'}",
        f"* rows are tied at: {w.row_ends}; columns at: {w.column_ends}; cells: {bar.current}, access: {bar.access.kind}",
        "* r_I_J, c_I_J: row and column node at row I, column J (r_I, c_J where the wire is ideal); a cell's current counts from r to c",
        "* Vrow_I_*, Vcol_J_* (E in loops): what the ends are tied to; lines without one float. m_I_J, h_I_J: between a cell and what is in series with it; "
        "g_I_J, l_I_J: gate of its transistor, and the lower end of the crossing, from which the word line's voltage counts",
    ]


def _n(x: Any) -> str:
    """A number in its shortest exact form, whatever its type."""
    return repr(float(x))


def _node(layer: str, i: int, j: int, wire: float) -> str:
    if wire > 0.0:
        return f"{layer}_{i}_{j}"
    return f"r_{i}" if layer == "r" else f"c_{j}"


def _lines(bar: Crossbar, v_row: Any, v_col: Any, scaled: bool) -> Iterator[str]:
    """Drivers, sense circuits and wires."""
    w, (rows, columns) = bar.wires, bar.shape
    yield "* rows"
    for i in range(rows):
        nodes = [_node("r", i, j, w.row) for j in range(columns)]
        ends = {"left": ["left"], "right": ["right"], "both": ["left", "right"]}[w.row_ends]
        yield from _line(f"row_{i}", nodes, w.row, w.source, w.end_segments, float(v_row[i]), ends, scaled)
    yield "* columns"
    for j in range(columns):
        nodes = [_node("c", i, j, w.column) for i in range(rows)]
        ends = {"top": ["top"], "bottom": ["bottom"], "both": ["top", "bottom"]}[w.column_ends]
        yield from _line(f"col_{j}", nodes, w.column, w.sense, w.end_segments, float(v_col[j]), ends, scaled)


def _line(
    name: str, nodes: list[str], wire: float, series: float, end_segments: bool, volts: float, ends: list[str], scaled: bool
) -> Iterator[str]:
    ohms = series + (wire if end_segments else 0.0)
    if ohms == 0.0 and nodes[0] == nodes[-1]:
        ends = ends[:1]  # both would hold the same node
    for end in ends if volts == volts else []:
        node = nodes[0] if end in ("left", "top") else nodes[-1]
        held = f"{name}_{end}" if ohms > 0.0 else node
        yield f"E{name}_{end} {held} 0 share 0 {_n(volts)}" if scaled else f"V{name}_{end} {held} 0 DC {_n(volts)}"
        if ohms > 0.0:
            yield f"R{name}_{end} {held} {node} {_n(ohms)}"
    if wire > 0.0:
        for k in range(len(nodes) - 1):
            yield f"R{name}_{k} {nodes[k]} {nodes[k + 1]} {_n(wire)}"


def _crossing(bar: Crossbar, i: int, j: int, on: int, self_switching: bool) -> Iterator[str]:
    """The cell and its access device, from row to column node."""
    at, a = f"{i}_{j}", bar.access
    r, c = _node("r", i, j, bar.wires.row), _node("c", i, j, bar.wires.column)
    mid, held = f"m_{at}", f"h_{at}"
    if isinstance(a, Transistor):
        word = float(np.broadcast_to(np.asarray(a.word, dtype=np.float64), bar.shape[1:])[j])
        yield _cell(bar, i, j, r, mid)
        yield f"Blow_{at} l_{at} 0 V = min(V({r}), V({c}))"
        yield f"Vgate_{at} g_{at} l_{at} DC {_n(word)}"
        yield f"Msel_{at} {mid} g_{at} {c} l_{at} nmos1 W=1e-4 L=1e-4"
    elif not isinstance(a, Selector):
        yield _cell(bar, i, j, r, c)
    elif self_switching:
        yield _cell(bar, i, j, r, mid)
        yield f"Roff_{at} {mid} {c} {_n(a.r_off)}"
        for sign, plus, minus in (("p", mid, c), ("n", c, mid)):
            yield f"S{sign}_{at} {plus} {held}{sign} {plus} {minus} sel_{at}"
            yield f"Vhold{sign}_{at} {held}{sign} {minus} DC {_n(_beside(a)[1])}"
    else:
        ohms, volts = (a.r_on if on else a.r_off), on * a.v_hold
        ends = [r, *([mid] if ohms > 0.0 or volts != 0.0 else []), *([held] if ohms > 0.0 and volts != 0.0 else []), c]
        yield _cell(bar, i, j, *ends[:2])
        if ohms > 0.0:
            yield f"Rsel_{at} {mid} {ends[2]} {_n(ohms)}"
        if volts != 0.0:
            yield f"Vhold_{at} {ends[-2]} {c} DC {_n(volts)}"


def _cell(bar: Crossbar, i: int, j: int, plus: str, minus: str) -> str:
    g, v, v_0 = float(bar.g[i, j]), f"V({plus},{minus})", float(bar.v_0)
    if bar.current == "ohmic":
        return f"Rcell_{i}_{j} {plus} {minus} {_n(1.0 / g)}"
    curves = {"sinh": f"{_n(g * v_0)}*sinh({v}/{_n(v_0)})", "cubic": f"{_n(g)}*{v}*(1 + ({v}/{_n(v_0)})*({v}/{_n(v_0)}))"}
    return f"Bcell_{i}_{j} {plus} {minus} I = {curves[bar.current]}"


def _beside(a: Selector) -> tuple[float, float]:
    """Ohms and volts that, beside r_off, make r_on and v_hold; a switch of SPICE cannot have 0 ohm."""
    on = max(a.r_on, SHORT)
    ohms = 1.0 / (1.0 / on - 1.0 / a.r_off)
    return ohms, a.v_hold * ohms / on


def _loop(bar: Crossbar, points: int) -> Iterator[str]:
    """Switches with memory, one model a cell since v_th may differ, and the share that all voltages are multiplied by."""
    a: Any = bar.access
    v_th = np.broadcast_to(np.asarray(a.v_th, dtype=np.float64), bar.shape)
    yield "* switches that are on from v_th to v_hold; r_off stays beside them, and is taken off their r_on and v_hold"
    for i, j in np.argwhere(bar.g > 0.0).tolist():
        middle, half = 0.5 * (v_th[i, j] + a.v_hold), 0.5 * (v_th[i, j] - a.v_hold)
        yield f".model sel_{i}_{j} SW (VT={_n(middle)} VH={_n(half)} RON={_n(_beside(a)[0])} ROFF={_n(OPEN)})"
    yield "Vstep step 0 DC 0"
    legs = ", ".join(f"{k * points}, {share}" for k, share in enumerate((0, 1, 0, -1, 0)))
    yield f"Bshare share 0 V = pwl(V(step), {legs})"
