"""Ramps from files: the long layout (a read a row) and the wide one (a ramp a column)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import numpy as np
import numpy.typing as npt

from ohmgrad.devices.fit.columns import VALUES, Column, Unit, cell_of, direction_of, direction_value, understand, unit_of
from ohmgrad.devices.fit.ramps import Measurement, Ramp, check_ramps
from ohmgrad.devices.fit.text import Layout, Rows, inspect, read_rows
from ohmgrad.devices.fit.turns import pieces
from ohmgrad.errors import DataError, SpecError, nearest
from ohmgrad.units import UNITS, show

Floats = npt.NDArray[np.float64]
Direction = Literal["auto", "set", "reset"]
Cells = Literal["auto", "one", "files", "columns"]

PLAUSIBLE = 1.0  # siemens; beyond it values without a unit are not taken for siemens


class _Reader:
    """One file after the other, with what was said on the command line, and notes on what was taken for granted."""

    def __init__(self, read_voltage: float | None, unit: str | None, direction: Direction, cells: Cells) -> None:
        if read_voltage == 0.0:
            raise SpecError("the read voltage is 0; a current tells a conductance only at a voltage")
        self.read_voltage, self.direction, self.cells = read_voltage, direction, cells
        self.unit: Unit | None = None
        if unit is not None:
            self.unit = unit_of(unit)
            if self.unit is None or self.unit.dimension not in VALUES:
                known = [u for u, (d, _, _) in UNITS.items() if d in VALUES and u.isascii()]
                raise SpecError(f"unit '{unit}' is none of a conductance, a current or a resistance{nearest(unit, known)}")
        self.notes: list[str] = []

    def note(self, text: str) -> None:
        if text not in self.notes:
            self.notes.append(text)

    def file(self, path: Path) -> list[Ramp]:
        layout = inspect(path)
        columns = [understand(h, k, f"{path}, line {layout.header_line}, column {k + 1}") for k, h in enumerate(layout.header)]
        roles = {c.role for c in columns}
        keys = roles & {"cell", "cycle", "direction", "pulse"}
        if roles & set(VALUES) and (keys or len(columns) == 1):
            ramps = self.long(layout, columns)
        elif "direction" in roles or len(keys) > 1 or (keys and len(columns) == len(keys)):
            named = ", ".join(f"'{c.header}'" for c in columns)
            raise DataError(
                f"{path}, line {layout.header_line}: there is no column 'conductance', 'current' or 'resistance' among {named}"
                f"{_did_you_mean(columns)}"
            )
        else:
            ramps = self.wide(layout, columns)
        if not ramps:
            raise DataError(f"{path}: every ramp has fewer than 2 reads; a ramp is one column, or the rows of one cycle")
        return ramps

    # -- one ramp a column

    def wide(self, layout: Layout, columns: list[Column]) -> list[Ramp]:
        skip = {c.index for c in columns if c.index == 0 and c.role in ("pulse", "cycle") and len(columns) > 1}
        wanted = [k for k in range(layout.columns) if k not in skip]
        units = {k: (columns[k].unit if columns else None) or self.unit for k in wanted}
        dimension = {k: u.dimension if u else ("current" if self.read_voltage else "conductance") for k, u in units.items()}
        rows = read_rows(layout, wanted, (), dimension)
        values = rows.values
        if not layout.header and len(wanted) > 1 and _counts(values[:, 0]):
            self.note(f"{layout.path}: the first column counts rows and is no ramp")
            wanted, values = wanted[1:], values[:, 1:]
        bare = [k for k in wanted if units[k] is None]
        if bare and self.read_voltage is None:
            top = float(np.nanmax(np.abs(values))) if np.isfinite(values).any() else 0.0
            if top > PLAUSIBLE:
                raise DataError(
                    f"{layout.path}: values up to {top:g} without a unit are no siemens; name the unit in the headers, such as 'ramp 1 (uS)', "
                    "or give --unit uS, or --read-voltage if they are currents"
                )
            self.note("values taken as siemens; if they are currents give --read-voltage")
        elif bare:
            self.note(f"values taken as currents in ampere, read at {show(self.read_voltage or 0.0, 'voltage')}")
        stem_up = direction_of(layout.path.stem)
        out = []
        for j, k in enumerate(wanted):
            y = self.siemens(layout, values[:, j], rows, k, units[k] or Unit(dimension[k], 1.0), None)
            seen = np.flatnonzero(np.isfinite(y))
            if len(seen) < 2:
                if len(seen) == 1:
                    self.note(f"{layout.path}: ramps of a single read are left out")
                continue
            name = layout.header[k] if layout.header and layout.header[k] else f"column {k + 1}"
            cell = {"columns": name, "files": layout.path.stem, "one": "1"}.get(self.cells) or cell_of(name) or "1"
            named = direction_of(name)
            out += self.ramps(
                cell, y[seen[0] : seen[-1] + 1], named if named is not None else stem_up, f"{layout.path}, {name}"
            )
        return out

    # -- one read a row

    def long(self, layout: Layout, columns: list[Column]) -> list[Ramp]:
        by: dict[str, Column] = {}
        for c in columns:
            if c.role in by:
                raise DataError(
                    f"{layout.path}, line {layout.header_line}: '{by[c.role].header}' and '{c.header}' both name the {c.role}; keep one of them"
                )
            if c.role:
                by[c.role] = c
        value = next(by[v] for v in VALUES if v in by)
        numbers = [value, *(by[r] for r in ("pulse", "voltage") if r in by)]
        text = [by[r].index for r in ("cell", "cycle", "direction") if r in by]
        dimension = {c.index: c.role if c.role in (*VALUES, "voltage") else "dimensionless" for c in numbers}
        rows = read_rows(layout, [c.index for c in numbers], text, dimension)
        voltage = None
        if "voltage" in by and value.role == "current":
            v = by["voltage"]
            voltage = rows.values[:, numbers.index(v)] * (v.unit.factor if v.unit else 1.0)
        if value.unit is None and self.unit is None:
            self.note(
                f"'{value.header}' taken as {'siemens' if value.role == 'conductance' else 'ampere' if value.role == 'current' else 'ohm'}"
            )
        unit = value.unit or (self.unit if self.unit and self.unit.dimension == value.role else None) or Unit(value.role, 1.0)
        g = self.siemens(layout, rows.values[:, 0], rows, value.index, unit, voltage)
        pulse = rows.values[:, numbers.index(by["pulse"])] if "pulse" in by else None
        n = len(g)
        zeros = np.zeros(n, dtype=np.int64)
        cell = rows.codes[by["cell"].index] if "cell" in by else zeros
        cycle = rows.codes[by["cycle"].index] if "cycle" in by else zeros
        up = self._directions(layout, by.get("direction"), rows)
        if pulse is not None:
            bad = np.flatnonzero(np.isnan(pulse) | (pulse != np.round(pulse)))
            if len(bad):
                raise DataError(
                    f"{layout.place(int(rows.lines[bad[0]]), by['pulse'].index)}: the pulse number is missing or not whole"
                )
        if "cycle" not in by:
            cycle = _runs(cell, up, pulse)
        key = np.stack([cell, cycle, up])
        _, first, group = np.unique(key, axis=1, return_index=True, return_inverse=True)
        group = group.reshape(-1)
        order = np.lexsort((pulse if pulse is not None else np.arange(n), group))
        edges = np.flatnonzero(np.diff(group[order])) + 1
        parts = sorted(np.split(order, edges), key=lambda part: int(first[group[part[0]]]))
        names = rows.texts[by["cell"].index] if "cell" in by else ["1"]
        out = []
        for part in parts:
            y = g[part] if pulse is None else self._spaced(layout, by["pulse"], g[part], pulse[part], rows.lines[part])
            if np.isfinite(y).sum() < 2:
                self.note(f"{layout.path}: ramps of a single read are left out")
                continue
            known = {1: True, 0: False}.get(int(up[part[0]]))
            where = f"{layout.path}, line {int(rows.lines[part[0]])}"
            out += self.ramps(names[int(cell[part[0]])], y, known, where, sure=known is not None)
        return out

    def _directions(self, layout: Layout, column: Column | None, rows: Rows) -> npt.NDArray[np.int64]:
        """1 SET, 0 RESET, −1 not said, of each row."""
        if column is None:
            return np.full(len(rows.lines), -1, dtype=np.int64)
        meaning = []
        for k, entry in enumerate(rows.texts[column.index]):
            up = direction_value(entry) if entry else None
            if entry and up is None:
                line = int(rows.lines[np.argmax(rows.codes[column.index] == k)])
                raise DataError(f"{layout.place(line, column.index)}: '{entry}' is no direction; write set or reset")
            meaning.append(-1 if up is None else int(up))
        return np.array(meaning, dtype=np.int64)[rows.codes[column.index]]

    def _spaced(self, layout: Layout, column: Column, g: Floats, pulse: Floats, lines: npt.NDArray[np.int64]) -> Floats:
        """Reads at their pulse numbers, NaN at the pulses without one."""
        gaps = np.diff(pulse)
        same = np.flatnonzero(gaps == 0)
        if len(same):
            a, b = int(lines[same[0]]), int(lines[same[0] + 1])
            raise DataError(
                f"{layout.place(b, column.index)}: pulse {pulse[same[0]]:g} was read in line {a} already; "
                "a column 'cycle' (and 'cell') tells ramps apart"
            )
        total = pulse[-1] - pulse[0] + 1
        if total > 1000 * len(g):
            k = int(np.argmax(gaps))
            raise DataError(
                f"{layout.place(int(lines[k + 1]), column.index)}: the pulse number jumps from {pulse[k]:g} to {pulse[k + 1]:g}"
            )
        y = np.full(int(total), np.nan)
        y[(pulse - pulse[0]).astype(np.int64)] = g
        return y

    # -- both

    def siemens(self, layout: Layout, x: Floats, rows: Rows, column: int, unit: Unit, voltage: Floats | None) -> Floats:
        """A column in siemens; raises DataError for a negative conductance."""
        x = x * unit.factor
        if unit.dimension == "current":
            v = voltage if voltage is not None else self.read_voltage
            if v is None:
                raise DataError(
                    f"{layout.place(layout.header_line or 1, column)}: currents need the voltage they were read at; give --read-voltage"
                )
            if np.any(np.asarray(v) == 0.0):
                raise DataError(
                    f"{layout.place(int(rows.lines[np.argmax(np.asarray(v) == 0.0)]), column)}: the read voltage is 0"
                )
            x = x / v
        elif unit.dimension == "resistance":
            zero = np.flatnonzero(x == 0.0)
            if len(zero):
                raise DataError(f"{layout.place(int(rows.lines[zero[0]]), column)}: a resistance of 0")
            x = 1.0 / x
        elif unit.dimension != "conductance":
            raise DataError(
                f"{layout.place(layout.header_line, column)}: the unit is that of a {unit.dimension}, not of a conductance"
            )
        negative = np.flatnonzero(x < 0.0)
        if len(negative):
            line = int(rows.lines[negative[0]])
            hint = (
                "; give --read-voltage with its sign"
                if unit.dimension == "current"
                else "; is it a current? then give --read-voltage"
            )
            raise DataError(
                f"{layout.place(line, column)}: negative conductance ({show(float(x[negative[0]]), 'conductance')}){hint}"
            )
        return x

    def ramps(self, cell: str, y: Floats, named: bool | None, where: str, sure: bool = False) -> list[Ramp]:
        """One ramp, or the ups and downs of a series whose direction nobody named."""
        if self.direction != "auto":
            return [Ramp(cell, self.direction == "set", y, where)]
        if sure and named is not None:
            return [Ramp(cell, named, y, where)]
        parts = pieces(y) if named is None else [(0, len(y))]
        if len(parts) > 1:
            self.note("series that rise and fall were cut at their turns; a column 'direction' does it exactly")
        out = []
        for a, b in parts:
            trend, clear = _trend(y[a:b])
            up = trend if named is None or clear else named
            if named is not None and clear and trend != named:
                self.note(
                    f"{where}: named {'SET' if named else 'RESET'} but its conductance {'rises' if trend else 'falls'}: "
                    f"taken as {'SET' if trend else 'RESET'} (--direction overrides)"
                )
            out.append(Ramp(cell, up, y[a:b], where))
        return out


def read_ramps(
    paths: Sequence[str | Path] | str | Path,
    *,
    read_voltage: float | None = None,
    unit: str | None = None,
    direction: Direction = "auto",
    cells: Cells = "auto",
) -> Measurement:
    """Ramps of one or more CSV files; see ``docs/fit.md`` for the columns.

    read_voltage: volts; values without a unit are then currents in ampere. unit: of values whose header names none, such as "uS". direction:
    of every ramp; "auto": from the names and the trend. cells: in the wide layout, what stands for a cell: "one" all files together,
    "files" each file, "columns" each column, "auto" one, unless column names such as "cell 3" tell.

    Raises DataError that names file, line and column; SpecError for an unknown unit.
    """
    names = [paths] if isinstance(paths, str | Path) else list(paths)
    if not names:
        raise DataError("no file of ramps is named")
    reader = _Reader(read_voltage, unit, direction, cells)
    ramps = [r for name in names for r in reader.file(Path(name))]
    check_ramps(ramps)
    return Measurement(ramps, [str(n) for n in names], reader.notes)


def _did_you_mean(columns: Sequence[Column]) -> str:
    for c in columns:
        if not c.role:
            hint = nearest(c.header.lower(), ["conductance", "current", "resistance"])
            if hint.startswith("; did you mean"):
                return f"{hint} (for '{c.header}')"
    return "; name the measured values 'conductance (uS)', for instance"


def _counts(x: Floats) -> bool:
    return len(x) > 2 and bool(np.all(np.diff(x) == 1.0)) and float(x[0]) in (0.0, 1.0)


def _runs(cell: npt.NDArray[np.int64], up: npt.NDArray[np.int64], pulse: Floats | None) -> npt.NDArray[np.int64]:
    """Number of the ramp for files without cycles: a new one where cell or direction changes or the pulse number starts again."""
    new = (np.diff(cell) != 0) | (np.diff(up) != 0)
    if pulse is not None:
        new |= np.diff(pulse) <= 0
    return np.concatenate([[0], np.cumsum(new)]).astype(np.int64)


def _trend(y: Floats) -> tuple[bool, bool]:
    """(rises, clearly so)."""
    y = y[np.isfinite(y)]
    third = max(1, len(y) // 3)
    rise = float(np.median(y[-third:]) - np.median(y[:third]))
    noise = float(np.median(np.abs(np.diff(y)))) if len(y) > 1 else 0.0
    return rise >= 0.0, abs(rise) > 4.0 * noise and len(y) >= 5
