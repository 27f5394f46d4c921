"""The circuit solver compiled for one kind of access and one I-V curve."""

from __future__ import annotations

import functools
from pathlib import Path
from types import ModuleType

from ohmgrad.arrays.circuit import circuit_loop, line_loop, shunt_loop
from ohmgrad.kernels.specialise import specialise


@functools.cache
def circuit_loops(access: str, current: str) -> ModuleType:
    """Module with `solve_circuit` and the lines' solvers."""
    linear = current == "ohmic" and access != "transistor"
    lines = [
        "from ohmgrad.kernels.compiled import inline as part, kept as compiled, kept_inline as inline",
        "from ohmgrad.arrays.circuit.points import cell_functions",
        f"cell_current, cell_slope = map(part, cell_functions({access!r}, {current!r}))",
        f"linear_cells = {linear}",
    ]
    here = Path(__file__).parent
    sources = [here / "points.py", *(here.parents[1] / "devices" / name for name in ("current.py", "transistor.py"))]
    return specialise("\n".join(lines) + "\n", (line_loop, shunt_loop, circuit_loop), sources)
