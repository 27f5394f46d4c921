"""Cells that do not work: dead, stuck-on, stuck at a value; as shares of all cells, or from a map.

    dead       cannot be SET: begins at its g_min, no positive pulse changes it, and no pulse raises it
    stuck-on   can be SET, but no negative pulse changes it, and no pulse lowers it
    stuck      nothing changes it, retention included; at a given conductance, or anywhere in its window

The first two are those of the chapter (§2.3.1: devices that cannot be set, devices stuck-on). Which cells are hit is drawn by cell, layer and
replica: with a larger share of one kind, the cells that had that fault keep it, a cell with another fault keeps its own or takes this one, and all
other draws are as they were.
"""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt

from ohmgrad.devices.law import Param
from ohmgrad.devices.section import Faults
from ohmgrad.errors import DataError, UnitError, nearest
from ohmgrad.units import parse

Floats = npt.NDArray[np.float64]

HEALTHY, DEAD, STUCK_ON, STUCK = 0.0, 1.0, 2.0, 3.0
CODES = {"healthy": HEALTHY, "dead": DEAD, "stuck-on": STUCK_ON, "stuck": STUCK}
PARAMS = {"fault": Param("dimensionless", HEALTHY, HEALTHY, STUCK, "0 healthy, 1 dead, 2 stuck-on, 3 stuck")}
COLUMNS = ("layer", "input", "output", "member", "fault")


def blocked(v: float, p: object) -> bool:
    """True if a pulse of `v` volts cannot change a cell with this fault."""
    fault = p.fault  # type: ignore[attr-defined]
    return fault == STUCK or (fault == DEAD and v > 0.0) or (fault == STUCK_ON and v < 0.0)


def refused(before: float, after: float, p: object) -> bool:
    """True if the noise of a pulse moved a cell with this fault the wrong way: a dead one up, a stuck-on one down."""
    fault = p.fault  # type: ignore[attr-defined]
    return (fault == DEAD and after > before) or (fault == STUCK_ON and after < before)


def draw_faults(faults: Faults, cells: int, uniform: Callable[[int, int], Floats]) -> tuple[Floats, Floats]:
    """(code of each cell, conductance of stuck cells as a share of their window). uniform(cells, k): the k-th draw of each cell.

    Shares of dead and stuck cells grow from the two ends of 0 … 1; stuck-on cells are taken from the rest by a draw of their own.
    """
    u, rest = uniform(cells, 0), 1.0 - faults.dead - faults.stuck
    code = np.full(cells, HEALTHY)
    code[uniform(cells, 2) * rest < faults.stuck_on] = STUCK_ON
    code[u < faults.dead] = DEAD
    code[u >= 1.0 - faults.stuck] = STUCK
    return code, uniform(cells, 1)


def read_map(path: str, shape: list[tuple[int, int]], members: int = 2) -> list[tuple[int, int, int, float, float | None]]:
    """Faulty cells of a map file: (layer, synapse in the layer, member, code, conductance in siemens or None).

    The file is a CSV with a header: layer (from 0), input (row from 0, the bias last), output (column from 0), member (0: G+, 1: G−; of k pairs
    0 to 2k − 1, G+ even; of k single cells 0 to k − 1), fault
    (dead, stuck-on, stuck, healthy) and, for stuck cells, conductance ("20 uS"). Cells not named are as they were drawn: healthy, where no
    shares are given. shape: (rows, columns) of each layer; members: cells of a synapse. Raises DataError with file and line.
    """
    try:
        text = Path(path).read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as e:
        raise DataError(f"device.faults.map: {path} cannot be read: {e}") from e
    lines = csv.DictReader(text.splitlines())
    names = [n.strip() for n in lines.fieldnames or []]
    missing = [n for n in COLUMNS if n not in names]
    if missing:
        raise DataError(f"device.faults.map: {path}, line 1: column '{missing[0]}' is missing; wanted: {', '.join(COLUMNS)}")
    out = []
    first: dict[tuple[int, int, int, int], int] = {}
    for row in lines:
        cell = {(k or "").strip(): (v or "").strip() if isinstance(v, str) else "" for k, v in row.items()}
        where = f"device.faults.map: {path}, line {lines.line_num}"
        try:
            layer, i, j, m = (int(cell[name]) for name in COLUMNS[:4])
        except ValueError:
            raise DataError(f"{where}: layer, input, output and member must be whole numbers") from None
        if not 0 <= layer < len(shape):
            raise DataError(f"{where}: layer {layer} does not exist; there are {len(shape)}, the first is 0")
        rows, columns = shape[layer]
        if not (0 <= i < rows and 0 <= j < columns and 0 <= m < members):
            raise DataError(
                f"{where}: no cell ({i}, {j}, {m}) in layer {layer}: {rows} inputs with bias, {columns} outputs, {_range(members)}"
            )
        if cell["fault"] not in CODES:
            raise DataError(f"{where}: unknown fault '{cell['fault']}'{nearest(cell['fault'], CODES)}")
        try:
            at = parse(cell["conductance"], "conductance") if cell.get("conductance") else None
        except UnitError as e:
            raise DataError(f"{where}: {e}") from None
        if at is not None and not 0.0 <= at <= 1.0:
            raise DataError(f"{where}: conductance {cell['conductance']} is out of range: 0 S to 1 S")
        if at is not None and cell["fault"] != "stuck":
            raise DataError(f"{where}: only stuck cells have a conductance of their own, and this one is {cell['fault']}")
        if first.setdefault((layer, i, j, m), lines.line_num) != lines.line_num:
            raise DataError(f"{where}: cell ({i}, {j}, {m}) of layer {layer} stands in line {first[layer, i, j, m]} already")
        out.append((layer, i * columns + j, m, CODES[cell["fault"]], at))
    return out


def _range(members: int) -> str:
    return {1: "member 0", 2: "members 0 and 1"}.get(members, f"members 0 to {members - 1}")
