"""How loops are compiled: one place, so that all have the same rules.

No fastmath (it would reorder sums and change bits), no bounds check unless NUMBA_BOUNDSCHECK=1, the global interpreter lock released,
x/0 = inf as in NumPy. Small functions are forced inline: a call would pass arrays by reference counts, and loops around it could
not become vector instructions (here a factor of eight on the random numbers).

An entry for Python (unpacking named tuples of arrays, say) is more than a quarter of the time of compiling, and few functions are called from Python. So each
is compiled without one for the loops that call it, and once more, with one, if Python ever calls it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from numba import config as numba_config
from numba.core.dispatcher import Dispatcher
from numba.core.registry import CPUDispatcher

from ohmgrad.kernels.part import PartCompiler

F = TypeVar("F", bound=Callable[..., Any])

_RULES = {"nopython": True, "nogil": True, "error_model": "numpy"}
_BARE = {"no_cpython_wrapper": True, "no_cfunc_wrapper": True}


class Compiled(CPUDispatcher):  # type: ignore[misc]
    """A compiled function, with an entry for Python made when Python first calls it. kept: machine code stays on disk, beside the function's file."""

    def __init__(self, function: Callable[..., Any], options: dict[str, Any], kept: bool) -> None:
        super().__init__(function, targetoptions={**_RULES, **options, **_BARE}, pipeline_class=PartCompiler)
        self.options, self.kept = options, kept
        self.entry: Entry | None = None

    def __call__(self, *args: Any, **named: Any) -> Any:
        """As Python calls it."""
        if self.entry is None:
            self.entry = Entry(self.py_func, targetoptions={**_RULES, **self.options})
            if self.kept:
                self.entry.enable_caching()
        return self.entry(*args, **named)

    def add_overload(self, made: Any) -> None:
        """Note a signature that a caller has asked for; there is nothing for Python to call."""
        self.overloads[tuple(made.signature.args)] = made


class Entry(CPUDispatcher):  # type: ignore[misc]
    """The same function with an entry for Python."""

    def add_overload(self, made: Any) -> None:
        """Note a signature; the environments of the parts that are linked in are set, as Numba does for code from the disk."""
        super().add_overload(made)
        for environment in made._find_referenced_environments():
            made.library.codegen.set_env(environment.env_name, environment)


def _compiler(kept: bool, **options: Any) -> Callable[[F], F]:
    def compile(function: F) -> F:
        if numba_config.DISABLE_JIT:  # type: ignore[attr-defined]
            return function
        return Compiled(as_python(function), options, kept)  # type: ignore[return-value]

    return compile


def as_python(function: Callable[..., Any]) -> Callable[..., Any]:
    """`function` as plain Python, whether or not it is compiled; what it calls may be."""
    return function.py_func if isinstance(function, Dispatcher) else function  # type: ignore[no-any-return]


compiled = _compiler(False)
inline = _compiler(False, forceinline=True)
kept = _compiler(True)  # of modules that stay: the next process finds the machine code
kept_inline = _compiler(True, forceinline=True)


def inlined(function: Callable[..., Any]) -> Any:
    """`function` for use in loops, whether it is plain Python or compiled already."""
    return inline(function)
