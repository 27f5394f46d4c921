"""Is a law what it says it is? The conformance suite, for built-in laws and for yours; and the checks around a training run."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from ohmgrad.devices.check.probe import WIDTH, cell_bounds, check_states, probe_law
from ohmgrad.devices.check.promises import PROMISES, Case, declarations, starts
from ohmgrad.devices.check.same_bits import as_python, on_gpu
from ohmgrad.devices.law import Law

__all__ = ["cell_bounds", "check_law", "check_laws", "check_states", "probe_law"]


def check_law(
    law: Law, params: Any = None, table: npt.NDArray[np.float64] | None = None, n: int = 4000, seed: int = 1, *,
    t_set: float | None = None, t_reset: float | None = None, t_full: float | None = None, cuda: bool = True,
) -> list[str]:  # fmt: skip
    """Check what a law declares against what its pulses do; returns what was checked, one line each.

    params: the law's NamedTuple (its defaults). table: (rows, points). n: pulses at each of the inputs where mean and spread are measured.
    t_set, t_reset, t_full: widths of nominal pulses in seconds (the law's parameter t_nominal, else 50 ns). cuda: also run it under Numba's CUDA
    simulator and compile it to PTX; a law is so checked once a process, and where NVVM is missing the line says so.

    Raises LawError with the first promise that is broken, and the inputs that did it: parameters in range; `start` and the others
    give the right kind of value; compiles; 20,000 random states stay finite and within the bounds; nothing happens at 0 V, at half
    amplitude with a threshold, in no time; mean step and spread within 5 standard errors; SET and RESET never go the
    wrong way on average, and larger or longer pulses never do less; nominal step; pulses needed; full RESET; rest; switches; the same bits as
    plain Python.
    """
    return check_laws([(law, params, table)], n, seed, t_set=t_set, t_reset=t_reset, t_full=t_full, cuda=cuda)[0]


def check_laws(
    laws: Sequence[tuple[Law, Any, npt.NDArray[np.float64] | None]], n: int = 4000, seed: int = 1, *,
    t_set: float | None = None, t_reset: float | None = None, t_full: float | None = None, cuda: bool = True,
) -> list[list[str]]:  # fmt: skip
    """`check_law` for several (law, params, table), with one start of the CUDA simulator for all."""
    cases, lines = [], []
    for law, params, table in laws:
        p = law.defaults() if params is None else params
        width = getattr(p, "t_nominal", WIDTH)
        tab = np.ascontiguousarray(np.zeros((3, 2)) if table is None else table, dtype=np.float64)
        c = Case(law, p, tab, t_set or width, t_reset or width, t_full or width, n, seed)
        done = [declarations(c), starts(c)]
        pulses = probe_law(law, p, tab, t_set=c.t_set, t_reset=c.t_reset, t_full=c.t_full, seed=seed)
        done.append(f"{pulses:,} random pulses: finite and within the bounds")
        done += [promise(c) for promise in PROMISES]
        done.append(as_python(c))
        cases.append(c)
        lines.append(done)
    if cuda:
        for done, more in zip(lines, on_gpu(cases), strict=True):
            done += more
    return lines
