"""How loops are compiled: one place, so that all have the same rules.

No fastmath (it would reorder sums and change bits), no bounds check unless NUMBA_BOUNDSCHECK=1, the global interpreter lock released,
x/0 = inf as in NumPy. Small functions are forced inline: a call would pass arrays by reference counts, and loops around it could
not become vector instructions (here a factor of eight on the random numbers).

What only compiled code calls (`compiled_part`, `compiled_call`) gets no entry for Python: unpacking named tuples of arrays there is
a sixth of the time of compiling. Python that calls one crashes.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from numba import njit
from numba.core.dispatcher import Dispatcher

compiled = njit(nogil=True, error_model="numpy")
compiled_inline = njit(nogil=True, error_model="numpy", forceinline=True)
inline = njit(nogil=True, error_model="numpy", forceinline=True)
if TYPE_CHECKING:  # options of the target, which njit's signature does not have
    compiled_call, compiled_part = compiled, compiled_inline
else:
    compiled_call = njit(nogil=True, error_model="numpy", no_cpython_wrapper=True, no_cfunc_wrapper=True)
    compiled_part = njit(nogil=True, error_model="numpy", forceinline=True, no_cpython_wrapper=True, no_cfunc_wrapper=True)


def as_python(function: Callable[..., Any]) -> Callable[..., Any]:
    """`function` as plain Python, whether or not it is compiled; what it calls may be."""
    return function.py_func if isinstance(function, Dispatcher) else function  # type: ignore[no-any-return]


def inlined(function: Callable[..., Any]) -> Any:
    """`function` for use in loops, whether it is plain Python or compiled already."""
    return inline(as_python(function))
