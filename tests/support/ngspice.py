"""ngspice as a referee: runs a netlist in batch mode; currents of all crossings from the node voltages alone, by formulas of its own."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

from ohmgrad.arrays.circuit.access import Selector
from ohmgrad.arrays.circuit.spice import netlist

CURVES = {
    "ohmic": lambda v, v_0: v,
    "sinh": lambda v, v_0: v_0 * np.sinh(v / v_0),
    "cubic": lambda v, v_0: v * (1 + (v / v_0) ** 2),
}


class GaveUp(Exception):
    """ngspice found no solution: its voltages are absolute ones, and their rounding, through a good wire, exceeds the currents that its options ask for."""


def needed():
    """Path of ngspice; where it is missing, the test fails under CI and is skipped elsewhere."""
    found = shutil.which("ngspice")
    if found is None:
        say = "ngspice is not installed; `make ngspice`, or your system's package ngspice, brings it"
        if os.environ.get("CI"):
            pytest.fail(say, pytrace=False)
        pytest.skip(say)
    return found


def run(text, folder):
    """Vectors of the raw file that the netlist `text` writes: name → array over its points."""
    (folder / "crossbar.cir").write_text(text, encoding="utf-8")
    done = subprocess.run([needed(), "-b", "crossbar.cir"], cwd=folder, capture_output=True, text=True, timeout=600)
    if re.search(r"op failed, timestep too small|iteration limit reached", done.stdout + done.stderr, re.I):
        raise GaveUp(done.stderr[-500:])
    # a singular matrix on the way (transistors start cut off) makes ngspice try another way; what it cannot solve, it aborts
    trouble = re.search(r"^(error|fatal|doanalyses|.*(aborted|no convergence)).*$", done.stdout + done.stderr, re.I | re.M)
    assert done.returncode == 0 and not trouble, trouble[0] if trouble else done.stderr[-2000:]
    return read_raw(folder / "crossbar.raw")


def read_raw(path):
    head, _, body = Path(path).read_text().partition("Values:")
    names = [line.split()[1] for line in head.partition("\nVariables:\n")[2].splitlines() if line.strip()]
    fields = np.array(body.split(), dtype=float).reshape(-1, len(names) + 1)  # each point starts with its number
    return {name: fields[:, k + 1] for k, name in enumerate(names)}


def volts(found, layer, shape, wire):
    """Node voltages (points, rows, columns) of the layer "r" or "c"."""
    points = len(next(iter(found.values())))
    out = np.full((points, *shape), np.nan)
    for i, j in np.ndindex(shape):
        node = f"{layer}_{i}_{j}" if wire > 0 else f"{layer}_{(i if layer == 'r' else j)}"
        out[:, i, j] = found.get(f"v({node})", np.nan)
    return out


def cell_currents(bar, found, on=None):
    """(points, rows, columns) in amperes; on: states of frozen selectors. Cells of conductance 0 carry none; their nodes need not exist.

    In series with a cell flows the same current: it is taken from where more of the voltage lies.
    """
    row = volts(found, "r", bar.shape, bar.wires.row)
    column = volts(found, "c", bar.shape, bar.wires.column)
    out = np.zeros(row.shape)
    for i, j in np.argwhere(bar.g > 0):
        r, c = row[:, i, j], column[:, i, j]
        mid = found.get(f"v(m_{i}_{j})", c)
        out[:, i, j] = bar.g[i, j] * CURVES[bar.current](r - mid, bar.v_0)
        if on is not None and isinstance(bar.access, Selector):
            ohms = bar.access.r_on if on[i, j] else bar.access.r_off
            over = mid - c - on[i, j] * bar.access.v_hold
            if ohms > 0:
                out[:, i, j] = np.where(np.abs(over) > np.abs(r - mid), over / ohms, out[:, i, j])
    return out


def solved(bar, rows, columns, solution, folder):
    """Cell currents by ngspice of what `solution` solves."""
    start = solution.selector if isinstance(bar.access, Selector) else None
    found = run(netlist(bar, rows, columns, start=start), folder)
    return cell_currents(bar, found, solution.selector)[0]
