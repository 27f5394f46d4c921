"""An array and its drive, as the options of ``ohmgrad array`` ask for them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Literal, cast

import numpy as np
import numpy.typing as npt

from ohmgrad.arrays.circuit.access import Access, Passive, Selector, Transistor
from ohmgrad.arrays.circuit.crossbar import Crossbar
from ohmgrad.arrays.circuit.select import select as voltages
from ohmgrad.arrays.circuit.wires import ColumnEnds, RowEnds
from ohmgrad.cli.quantity import read_option
from ohmgrad.data.matrix import load_matrix
from ohmgrad.errors import CircuitError, DataError, OhmgradError, SpecError, nearest

Floats = npt.NDArray[np.float64]
ROW_ENDS, COLUMN_ENDS = ("left", "right"), ("bottom", "top")


@dataclass(frozen=True)
class Asked:
    """The options as they were typed; names and defaults: `ohmgrad.cli.array_options`."""

    weights: Path
    name: str
    wire: str
    wire_columns: str
    source: str
    sense: str
    ends: str
    end_segments: bool
    read: str
    input: Path | None
    backward: bool
    access: str
    v_th: str
    v_hold: str
    r_on: str
    r_off: str
    word: str
    gain: str
    current: str
    v0: str
    select: str
    scheme: str | None
    write: str
    start: str

    @classmethod
    def of(cls, options: Mapping[str, Any]) -> Asked:
        """From the arguments of a command, which may have more."""
        return cls(**{f.name: options[f.name] for f in fields(cls)})


@dataclass(frozen=True)
class Setup:
    """What is solved: rows, columns (volts, NaN: floating) and start as `Crossbar.solve` takes them.

    backward: whether the columns are driven and the rows sensed; selected: (row, column), with scheme and volts, or None.
    """

    bar: Crossbar
    rows: Floats
    columns: Floats
    start: Any
    backward: bool
    selected: tuple[int, int] | None
    scheme: str
    volts: float | None


def set_up(asked: Asked) -> Setup:
    """Read the files, parse the options; raises an OhmgradError that names the option or file at fault."""
    access = access_of(asked)
    g = load_matrix(asked.weights, asked.name)
    wire = read_option("wire", asked.wire, "resistance")
    wire_columns = read_option("wire-columns", asked.wire_columns, "resistance") if asked.wire_columns else wire
    source, sense = read_option("source", asked.source, "resistance"), read_option("sense", asked.sense, "resistance")
    row_ends, column_ends = ends_of(asked.ends)
    v_0 = _own(asked.v0, "v0", "voltage", 1.0, asked.current != "ohmic", "--current sinh or cubic")
    try:
        bar = Crossbar(
            g, wire=(wire, wire_columns), source=source, sense=sense, row_ends=row_ends, column_ends=column_ends,
            end_segments=asked.end_segments, access=access, current=str(asked.current), v_0=v_0,
        )  # fmt: skip
    except SpecError as e:
        raise SpecError(f"{asked.weights}: {e}" if str(e).startswith("g") else str(e)) from None
    start = _start(asked, bar.shape)
    if asked.select:
        return _one_cell(asked, bar, start)
    for option, given in (("scheme", asked.scheme), ("write", asked.write)):
        if given:
            raise SpecError(f"--{option} is of one selected cell; name it with --select ROW,COLUMN")
    n = bar.shape[1 if asked.backward else 0]
    volts = read_option("read", asked.read, "voltage") if asked.input is None else None
    driven = np.full(n, volts) if volts is not None else _vector(cast(Path, asked.input), n, asked.backward)
    ground = np.zeros(bar.shape[0 if asked.backward else 1])
    rows, columns = (ground, driven) if asked.backward else (driven, ground)
    return Setup(bar, rows, columns, start, asked.backward, None, "", volts)


def access_of(asked: Asked) -> Access:
    """What stands in series with the cells; an option of another kind is refused."""
    kind = str(asked.access)
    of = {
        "v_hold": ("selector",), "r_on": ("selector",), "r_off": ("selector",), "start": ("selector",), "word": ("transistor",),
        "gain": ("transistor",), "v_th": ("selector", "transistor"),
    }  # fmt: skip
    for option, kinds in of.items():
        if getattr(asked, option) and kind not in kinds:
            wanted = " or ".join(f"--access {k}" for k in kinds)
            raise SpecError(f"--{option.replace('_', '-')} is nothing of a {kind} array; add {wanted}")
    v_th = read_option("v-th", asked.v_th or "0.5 V", "voltage")
    if kind == "selector":
        return Selector(
            v_th,
            read_option("v-hold", asked.v_hold or "0.1 V", "voltage"),
            read_option("r-on", asked.r_on or "100 ohm", "resistance"),
            read_option("r-off", asked.r_off or "1 Gohm", "resistance"),
        )
    if kind == "transistor":
        gain = read_option("gain", asked.gain or "500 uS", "conductance")
        return Transistor(read_option("word", asked.word or "5 V", "voltage"), v_th, gain)
    return Passive()


def ends_of(text: str) -> tuple[RowEnds, ColumnEnds]:
    """(row_ends, column_ends) of "left", "top", "right,both", "both" …; raises SpecError.

    >>> ends_of("left,bottom"), ends_of("both"), ends_of("top")
    (('left', 'bottom'), ('both', 'both'), ('left', 'top'))
    """
    words = [w.strip() for w in text.split(",")]
    known = (*ROW_ENDS, *COLUMN_ENDS, "both")
    for w in words:
        if w not in known:
            raise SpecError(f"--ends {text}: there is no end '{w}'{nearest(w, known)}")
    if words == ["both"]:
        words = ["both", "both"]
    elif len(words) == 1:
        words = [words[0], "bottom"] if words[0] in ROW_ENDS else ["left", words[0]]
    if len(words) != 2 or words[0] in COLUMN_ENDS or words[1] in ROW_ENDS:
        raise SpecError(
            f"--ends {text}: first the rows' (left, right, both), then the columns' (bottom, top, both), as in 'left,bottom'"
        )
    return cast(RowEnds, words[0]), cast(ColumnEnds, words[1])


def cell_of(text: str) -> tuple[int, int]:
    """Row and column of "3,4"; raises SpecError."""
    try:
        row, column = (int(part) for part in text.split(","))
    except ValueError:
        raise SpecError(f"--select {text}: a cell is written ROW,COLUMN, counted from 0, such as 3,4") from None
    return row, column


def solving(error: CircuitError) -> CircuitError:
    """The error of a solver, with the option that helps here where there is one."""
    if "what it was before" in str(error):
        return CircuitError(
            str(error).split("; say what", 1)[0]
            + "; say what it was before: --start off, or --start FILE with a file that --out wrote"
        )
    return error


def _own(text: str, option: str, dimension: str, default: float, applies: bool, needs: str) -> float:
    if not text:
        return default
    if not applies:
        raise SpecError(f"--{option} changes nothing here; it is of {needs}")
    return read_option(option, text, dimension)


def _one_cell(asked: Asked, bar: Crossbar, start: Any) -> Setup:
    for option in ("input", "backward"):
        if getattr(asked, option):
            raise SpecError(f"--{option} and --select exclude each other: the scheme gives every line its voltage")
    volts = read_option("write", asked.write, "voltage") if asked.write else read_option("read", asked.read, "voltage")
    row, column = cell_of(asked.select)
    scheme = str(asked.scheme or "float")
    try:
        rows, columns = voltages(bar.shape, row, column, volts, scheme)
    except SpecError as e:
        raise SpecError(f"--select {asked.select}: {e}") from None
    return Setup(bar, rows, columns, start, False, (row, column), scheme, volts)


def _vector(path: Path, n: int, backward: bool) -> Floats:
    v = load_matrix(path)
    line = "column" if backward else "row"
    if v.size != n or v.ndim > 2 or (v.ndim == 2 and 1 not in v.shape):
        raise DataError(f"{path} has the shape {v.shape}; {n} voltages are needed, one a {line}")
    if np.isinf(v).any():
        raise DataError(f"{path}: voltage {int(np.argmax(np.isinf(v.ravel())))} is infinite; nan lets a line float")
    return v.ravel()


def _start(asked: Asked, shape: tuple[int, int]) -> npt.NDArray[np.int8] | Literal["off"] | None:
    if asked.start in ("", "off"):
        return "off" if asked.start else None
    path = Path(asked.start)
    try:
        states = load_matrix(path, "selector" if path.suffix.lower() == ".npz" else "")
    except OhmgradError as e:
        raise DataError(f"--start: {e}; 'off', or a file that --out wrote, is wanted") from None
    if states.shape != shape or not np.isin(states, (-1, 0, 1)).all():
        raise DataError(f"--start: {path} holds no states of {shape[0]} × {shape[1]} selectors: 0 for off, 1 and -1 for on")
    return states.astype(np.int8)
