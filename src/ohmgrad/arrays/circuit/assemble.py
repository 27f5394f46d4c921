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
        "from numba import njit",
        "compiled = njit(nogil=True, error_model='numpy', cache=True)",
        "compiled_call = njit(nogil=True, error_model='numpy', cache=True, no_cpython_wrapper=True, no_cfunc_wrapper=True)",
        "inline = njit(nogil=True, error_model='numpy', forceinline=True)",
        "from ohmgrad.arrays.circuit.points import cell_functions",
        f"cell_current, cell_slope = map(inline, cell_functions({access!r}, {current!r}))",
        f"linear_cells = {linear}",
    ]
    here = Path(__file__).parent
    sources = [here / "points.py", *(here.parents[1] / "devices" / name for name in ("current.py", "transistor.py"))]
    return specialise("\n".join(lines) + "\n", (line_loop, shunt_loop, circuit_loop), sources)
