"""``ohmgrad array solve``: every voltage and current of one array on its wires."""

from __future__ import annotations

import io
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import numpy as np
import numpy.typing as npt
import typer

from ohmgrad.cli import array_options as o
from ohmgrad.errors import CircuitError, RunError
from ohmgrad.units import show

if TYPE_CHECKING:
    from ohmgrad.arrays.circuit.against_ideal import AgainstIdeal
    from ohmgrad.arrays.circuit.solution import Solution
    from ohmgrad.cli.array_setup import Setup

Floats = npt.NDArray[np.float64]


def solve(
    weights: o.Weights,
    name: o.Name = "",
    wire: o.Wire = "0 ohm",
    wire_columns: o.WireColumns = "",
    source: o.Source = "0 ohm",
    sense: o.Sense = "0 ohm",
    ends: o.Ends = "left,bottom",
    end_segments: o.EndSegments = True,
    read: o.Read = "0.2 V",
    input: o.Input = None,
    backward: o.Backward = False,
    access: o.Access = o.AccessChoice.passive,
    v_th: o.Threshold = "",
    v_hold: o.Hold = "",
    r_on: o.On = "",
    r_off: o.Off = "",
    word: o.Word = "",
    gain: o.Gain = "",
    current: o.Current = o.CurrentChoice.ohmic,
    v0: o.VZero = "",
    start: o.Start = "",
    select: o.Select = "",
    scheme: o.Scheme = None,
    write: o.Write = "",
    out: Annotated[
        Path | None, typer.Option(help="NPZ file to write: node voltages, cell currents, line currents, in SI units.")
    ] = None,
    plot: Annotated[
        bool, typer.Option("--plot", help="Draw heat maps, as PNG and SVG, beside --out, or else in this folder.")
    ] = False,
) -> None:
    """Solve an array as a circuit: currents, what the wires cost, the worst cell, sneak current, power."""
    options = locals()
    from ohmgrad.arrays.circuit.against_ideal import against_ideal
    from ohmgrad.cli.array_setup import Asked, set_up, solving

    if out is not None and (out.suffix != ".npz" or out.is_dir()):
        raise RunError(f"--out {out}: what is written is an .npz file; name it {out.with_suffix('.npz').name}")
    if out is not None and any(p is not None and p.resolve() == out.resolve() for p in (weights, input)):
        raise RunError(f"--out {out} is a file that is read; choose another name")
    setup = set_up(Asked.of(options))
    try:
        found = against_ideal(setup.bar, setup.rows, setup.columns, start=setup.start)
    except CircuitError as e:
        raise solving(e) from None
    for what, text in lines_of(setup, found):
        print(f"{what:<21}{text}")
    s = found.solution
    if s.steps:
        print(f"{'solved in':<21}{_count(s.steps, 'Newton step')}, {_count(s.iterations, 'iteration')} along lines")
    written = [_write(out, setup, s)] if out is not None else []
    if plot:
        from ohmgrad.report.array_figures import plot_array
        from ohmgrad.report.files import write_png, write_svg

        figure = plot_array(found, setup.selected)
        base = out.with_suffix("") if out is not None else Path(f"{weights.stem}-solved")
        written += [
            write_png(figure, base.with_name(f"{base.name}.png")),
            write_svg(figure, base.with_name(f"{base.name}.svg")),
        ]
    if written:
        print(f"{'written':<21}{', '.join(str(path) for path in written)}")


def sensed(s: Solution, setup: Setup) -> Floats:
    """Currents (A) into the sense circuits: out of columns, or of rows in a backward read; NaN where a line floats, or is not the selected cell's."""
    currents, tied = (-s.row_currents, s.row_tied) if setup.backward else (s.column_currents, s.column_tied)
    if setup.selected is not None:
        tied = np.arange(tied.size) == setup.selected[1]
    return np.where(tied, currents, np.nan)


def lines_of(setup: Setup, found: AgainstIdeal) -> list[tuple[str, str]]:
    """The table: what and text."""
    s, bar = found.solution, setup.bar
    i = sensed(s, setup)
    rows = [("array", _array(setup)), ("wires", _wires(setup)), ("drive", _drive(setup))]
    if bar.access.kind == "selector":
        rows.append(("selectors on", f"{int((s.selector != 0).sum()):,} of {s.selector.size:,}"))
    rows.append(("currents", f"{_range(i)}, sensed at {_at(setup)}"))
    if not bar.wires.ideal:
        ideal = sensed(found.ideal, setup)
        rows += [("  on ideal wires", _range(ideal)), ("  changed by wires", _change(i, ideal, setup.backward))]
    if setup.selected is not None:
        row, column = setup.selected
        own = float(s.cell_current[row, column])
        rows.append(("selected cell", f"row {row}, column {column}: {_volts(s.cell_volts[row, column])}, {_amps(own)}"))
        rest = float(i[column]) - own
        share = f", {_percent(rest / i[column])} of what is sensed" if i[column] else ""
        rows.append(("sneak current", f"{_amps(rest)} through other cells{share}"))
        others = np.abs(np.delete(s.cell_volts.ravel(), row * bar.shape[1] + column))
        if others.size and setup.volts:
            rows.append(
                (
                    "other cells see",
                    f"{_volts(float(others.max()))} at most, {_percent(float(others.max()) / abs(setup.volts))} of the selection",
                )
            )
    if found.worst is not None and not bar.wires.ideal:
        row, column = found.worst
        rows.append(
            (
                "worst cell",
                f"row {row}, column {column}: {_volts(s.cell_volts[row, column])}, {_percent(float(found.share[row, column]))} "
                f"of the {_volts(found.ideal.cell_volts[row, column])} on ideal wires",
            )
        )
    rows.append(("power", _power(setup, s)))
    rows.append(("Kirchhoff residual", f"{s.residual:.1e} of the largest cell current"))
    return rows


def _array(setup: Setup) -> str:
    g, bar = setup.bar.g, setup.bar
    low, high = show(float(g.min()), "conductance", 3), show(float(g.max()), "conductance", 3)
    kind = {"passive": "passive", "selector": "selector and cell", "transistor": "transistor and cell"}[bar.access.kind]
    bent = f"{bar.current} cells (V₀ = {_volts(bar.v_0)})" if bar.current != "ohmic" else "ohmic cells"
    return f"{bar.shape[0]} × {bar.shape[1]}, {kind}, {bent} of {low}" + (f" to {high}" if low != high else "")


def _wires(setup: Setup) -> str:
    w = setup.bar.wires
    if w.ideal:
        return "ideal (0 ohm)"
    segments = (
        f"{_ohms(w.row)} a segment" if w.row == w.column else f"{_ohms(w.row)} a segment of rows, {_ohms(w.column)} of columns"
    )
    series = [f"{what} {_ohms(r)}" for what, r in (("source", w.source), ("sense", w.sense)) if r]
    return ", ".join([segments, *series])


def _drive(setup: Setup) -> str:
    w, at = setup.bar.wires, "" if setup.volts is None else _volts(setup.volts)
    ends = {"both": "both ends"}
    row_end, column_end = ends.get(w.row_ends, f"the {w.row_ends}"), ends.get(w.column_ends, f"the {w.column_ends}")
    tail = f"rows tied at {row_end}, columns at {column_end}"
    if setup.selected is not None:
        rest = {"ground": "grounded", "float": "floating"}.get(setup.scheme, f"by scheme {setup.scheme}")
        return f"{at} over cell {setup.selected[0]},{setup.selected[1]}, other lines {rest}; {tail}"
    driven, other = ("columns", "rows") if setup.backward else ("rows", "columns")
    v = setup.columns if setup.backward else setup.rows
    known = v[~np.isnan(v)]
    if setup.volts is None and known.size:
        at = f"{_volts(float(known.min()))} to {_volts(float(known.max()))}"
    floating = f" ({int(np.isnan(v).sum())} of {v.size} floating)" if np.isnan(v).any() else ""
    if not known.size:
        return f"all {driven} floating, {other} at virtual ground; {tail}"
    return f"{driven} at {at}{floating}, {other} at virtual ground; {tail}"


def _at(setup: Setup) -> str:
    if setup.selected is not None:
        return f"column {setup.selected[1]}"
    return "the rows" if setup.backward else "the columns"


def _range(i: Floats) -> str:
    known = i[~np.isnan(i)]
    if known.size < 2:
        return _amps(float(known[0])) if known.size else "none is sensed"
    return f"{_amps(float(known.min()))} to {_amps(float(known.max()))}, sum {_amps(float(known.sum()))}"


def _change(i: Floats, ideal: Floats, backward: bool) -> str:
    known = ~np.isnan(i) & (np.abs(ideal) > 1e-9 * np.nanmax(np.abs(ideal), initial=0.0))
    if not known.any():
        return "no current to compare"
    change = np.where(known, i / np.where(known, ideal, 1.0) - 1.0, 0.0)
    if known.sum() == 1:
        return _percent(float(change[known][0]), sign=True)
    k = int(np.abs(change).argmax())
    worst = f"{_percent(float(change[k]), sign=True)} at worst ({'row' if backward else 'column'} {k})"
    total = float(ideal[known].sum())
    return f"{_percent(float(i[known].sum()) / total - 1.0, sign=True)} in sum, {worst}" if total else worst


def _power(setup: Setup, s: Solution) -> str:
    total = s.power_cells + s.power_wires
    if not total > 0.0:
        return "none"
    parts = []
    if setup.selected is not None:
        own = float(s.cell_volts[setup.selected] * s.cell_current[setup.selected])
        parts += [("the selected cell", own), ("other cells", s.power_cells - own)]
    else:
        parts.append(("cells", s.power_cells))
    parts.append(("wires, drivers and sense circuits", s.power_wires))
    return f"{show(s.power_in, 'power')} in; burnt: " + ", ".join(f"{_percent(p / total)} in {what}" for what, p in parts)


def _write(out: Path, setup: Setup, s: Solution) -> Path:
    from ohmgrad.report.files import write_whole

    buffer = io.BytesIO()
    np.savez(
        buffer, allow_pickle=False, g=setup.bar.g, row_drive=s.row_drive, column_drive=s.column_drive, row_tied=s.row_tied,
        column_tied=s.column_tied, row_volts=s.row_volts, column_volts=s.column_volts, cell_volts=s.cell_volts,
        cell_current=s.cell_current, row_currents=s.row_currents, column_currents=s.column_currents, selector=s.selector,
    )  # fmt: skip
    return write_whole(out, buffer.getvalue())


def _count(n: int, what: str) -> str:
    return f"{n:,} {what}" + ("s" if n != 1 else "")


def _percent(share: float, sign: bool = False) -> str:
    return f"{100 * share:{'+' if sign else ''}.3g} %"


def _volts(v: float) -> str:
    return show(float(v), "voltage")


def _amps(i: float) -> str:
    return show(float(i), "current")


def _ohms(r: float) -> str:
    return show(r, "resistance") if r else "0 ohm (ideal)"
