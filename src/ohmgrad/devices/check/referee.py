"""The other process of `same_bits`: ``python -m ohmgrad.devices.check.referee FOLDER WHAT``. Answers in FOLDER/WHAT.json.

WHAT = "CUDA simulator": runs a kernel over the cells of each FOLDER/k.npz, as plain Python, and writes the states to k.out.npz.
WHAT = "PTX": compiles the kernel for compute capability 9.0 by NVVM, without a GPU.
"""

from __future__ import annotations

import importlib
import json
import sys
import types
from pathlib import Path
from typing import Any

import numpy as np

from ohmgrad.devices.catalogue import find_law
from ohmgrad.devices.check.sweep import reason, sweep_text
from ohmgrad.devices.law import Law
from ohmgrad.kernels.compiled import inlined
from ohmgrad.kernels.draws import key_at

CAPABILITY = (9, 0)
HOW = "pip install 'ohmgrad[cuda]'"


def numba(name: str) -> Any:
    """A module of Numba, which has no types; imported when asked for, since which CUDA there is depends on the machine."""
    return importlib.import_module(f"numba.{name}")


def make_kernel(law: Law) -> Any:
    """Python source of the sweep, its body called once for each thread."""
    space: dict[str, Any] = {
        "_law": law, "inlined": inlined, "key_at": key_at, "compiled": lambda f: f, "cuda": numba("cuda")
    }  # fmt: skip
    text = sweep_text(law) + (
        "\ndef kernel(S, v, t, P, tab, seed, out):\n    i = cuda.grid(1)\n    if i < v.size:\n        _one(i, S, v, t, P, tab, seed, out)\n"
    )
    exec(compile(text, "<law>", "exec"), space)
    return space["kernel"]


def simulate(law: Law, case: Any, out: Path) -> dict[str, str]:
    """One thread a cell."""
    s, n = np.ascontiguousarray(case["s"]), len(case["v"])
    after = np.empty_like(s)
    try:
        with np.errstate(all="ignore"):
            numba("cuda").jit(make_kernel(law))[(n + 31) // 32, 32](
                s, case["v"], case["t"], case["p"], case["tab"], int(case["seed"]), after
            )
    except Exception as e:  # the law's, in a thread of the simulator
        return {"error": f"{type(e).__name__}: {' '.join(str(e).split())}"}
    np.savez(out, out=after)
    return {"done": "run"}


def missing_nvvm() -> str:
    """Why PTX cannot be made here; "" if it can."""
    try:
        numba("cuda.cudadrv.nvvm").NVVM()
        _without_device()
    except Exception as e:  # no library, no target in this Numba
        return f"{HOW}; {type(e).__name__}: {' '.join(str(e).split())[:120]}"
    return ""


def _without_device() -> None:
    """Let Numba compile without a GPU: what it asks the device is answered here.

    Functions called by a kernel are compiled for the device at hand. And `max` and `min` of two numbers are not known to the CUDA target
    of Numba 0.68 (the general ones take any number of arguments, which it cannot fold).
    """
    nb, templates = numba("types"), numba("core.typing.templates")
    registry, lower = numba("cuda.cudadecl").registry, numba("cuda.cudaimpl").lower
    numba("cuda.dispatcher").get_current_device = lambda: types.SimpleNamespace(compute_capability=CAPABILITY)
    pairs = [(nb.float64, nb.float64, nb.float64), (nb.int64, nb.int64, nb.int64)]
    pairs += [(nb.float64, nb.int64, nb.float64), (nb.float64, nb.float64, nb.int64)]
    for function in (max, min):
        cases = [templates.signature(*p) for p in pairs]
        registry.register_global(function)(type("Two", (templates.ConcreteTemplate,), {"key": function, "cases": cases}))

    def lower_integers(function: Any, sign: str) -> None:
        def select(context: Any, builder: Any, sig: Any, args: Any) -> Any:
            return builder.select(builder.icmp_signed(sign, args[1], args[0]), args[1], args[0])

        lower(function, nb.int64, nb.int64)(select)

    lower_integers(max, ">")
    lower_integers(min, "<")


def to_ptx(law: Law) -> dict[str, str]:
    """Compile the kernel; nothing is run."""
    float64, int64 = numba("types").float64, numba("types").int64
    cells, line = float64[:, ::1], float64[::1]
    try:
        ptx, _ = numba("cuda").compile_ptx(make_kernel(law), (cells, line, line, cells, cells, int64, cells), cc=CAPABILITY)
    except Exception as e:
        if isinstance(e, numba("core.errors").NumbaError):
            return {"error": reason(e)}
        return {"skip": f"{type(e).__name__}: {' '.join(str(e).split())[:200]}"}
    if ".entry" not in ptx:
        return {"error": "NVVM gave no kernel"}
    return {"done": f"compiles for compute capability {CAPABILITY[0]}.{CAPABILITY[1]}"}


def main(folder: Path, what: str) -> None:
    """Answer for every case."""
    why = missing_nvvm() if what == "PTX" else ""
    answers = []
    for k in range(len(list(folder.glob("[0-9]*.npz")))):
        path = folder / f"{k}.npz"
        if not path.is_file():
            break
        if why:
            answers.append({"skip": why})
            continue
        with np.load(path, allow_pickle=False) as file:
            case = dict(file)
        law = find_law(str(case["name"]))
        answers.append(to_ptx(law) if what == "PTX" else simulate(law, case, folder / f"{k}.out.npz"))
    (folder / f"{what}.json").write_text(json.dumps(answers), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
