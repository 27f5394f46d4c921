"""The same bits everywhere: compiled, as plain Python, under the CUDA simulator; and can NVVM compile the law for a GPU?

The simulator needs NUMBA_ENABLE_CUDASIM=1 before Numba is imported, so it runs in a process of its own (`referee`), with everything,
the law's helpers included, as plain Python. So does NVVM: it needs no GPU, only its library: the machine's CUDA toolkit, or its wheel.
"""

from __future__ import annotations

import functools
import importlib.util
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ohmgrad.devices.catalogue import law_name
from ohmgrad.devices.check.promises import Case, plain
from ohmgrad.devices.check.sweep import Floats, run, sweep
from ohmgrad.devices.check.words import inputs
from ohmgrad.devices.law import Law
from ohmgrad.errors import LawError
from ohmgrad.kernels.draws import key_at

SIMULATED, PTX = "CUDA simulator", "PTX"
HOW = "pip install 'ohmgrad[cuda]'"
CELLS = 64  # in the simulator each is a thread of Python
SECONDS = 300.0

_ANSWERS: dict[int, tuple[Law, list[str]]] = {}


def grid(c: Case, n: int) -> tuple[Floats, Floats, Floats]:
    """n cells that have lived a little, and a pulse for each: states, volts, seconds."""
    r = np.random.default_rng(c.seed)
    s = c.states(r.random(n))[:, -n:]
    s = c.pulses(s, c.p.v_set, c.t_set, c.seed)
    s = c.pulses(s, -c.p.v_reset, c.t_reset, c.seed + 1) if c.law.can_go_down else s
    choice = np.array([(c.p.v_set, c.t_set), (-c.p.v_reset, c.t_reset), (-c.p.v_full, c.t_full), (c.larger(c.p.v_set, 0.5), c.t_set),
                       (c.larger(-c.p.v_reset, 0.5), c.t_reset), (c.p.v_set, 3 * c.t_set), (0.5 * c.p.v_set, c.t_set)])  # fmt: skip
    v, t = choice[np.arange(n) % len(choice)].T.copy()
    return np.ascontiguousarray(s), v, t


def as_python(c: Case) -> str:
    """Pulse, mean step and rest compiled against the same functions as plain Python, bit for bit."""
    law, p = c.law, c.p
    s, v, t = grid(c, 280)
    column = np.array(p, dtype=np.float64)[:, None]
    after, means, rested = np.empty_like(s), np.empty(len(v)), np.empty_like(s)
    run(law, "pulse", sweep(law).pulses, s, v, t, column, c.tab, c.seed, after)
    run(law, "mean_step", sweep(law).means, s, v, t, column, c.tab, means)
    if law.rest is not None:
        run(law, "rest", sweep(law).rests, s, 1e9 * t, column, c.seed, rested)
    for i in range(len(v)):
        one, v_, t_, key = c.state(s[:, i]), float(v[i]), float(t[i]), key_at(c.seed, 0, i, 0, 0, 0)
        where = inputs(law, one, v_, t_, p)
        pairs = [
            ("pulse", after[:, i], plain(c, "pulse", where, lambda a=one, b=v_, d=t_, k=key: law.pulse(a, b, d, p, c.tab, k))),
            (
                "mean_step",
                means[i : i + 1],
                [plain(c, "mean_step", where, lambda a=one, b=v_, d=t_: law.mean_step(a, b, d, p, c.tab))],
            ),
        ]
        if law.rest is not None:
            pairs.append(("rest", rested[:, i], plain(c, "rest", where, functools.partial(law.rest, one, 1e9 * t_, p, key))))
        for name, ours, theirs in pairs:
            if not same(ours, theirs):
                raise LawError(
                    f"law '{law.name}': {name} gives {ours[0]!r} S compiled but {float(theirs[0])!r} S as plain Python, for {where}"
                )
    return "compiled as in plain Python, to the last bit"


def same(a: Any, b: Any) -> bool:
    """Equal to the last bit."""
    return np.array_equal(np.asarray(a, np.float64).view(np.int64), np.asarray(b, np.float64).view(np.int64))


def on_gpu(cases: Sequence[Case]) -> list[list[str]]:
    """Each law under the CUDA simulator and through NVVM, in two processes; one or two lines a law.

    Raises LawError for the first that gives other bits or does not compile. A law is asked once a process; one that no file holds cannot be.
    """
    ask = [c for c in cases if id(c.law) not in _ANSWERS]
    names = {id(c.law): law_name(c.law) or "" for c in ask}
    ask = [c for c in ask if names[id(c.law)]]
    if ask:
        with tempfile.TemporaryDirectory(prefix="ohmgrad-check-") as name:
            folder = Path(name)
            for k, c in enumerate(ask):
                s, v, t = grid(c, CELLS)
                column = np.array(c.p, dtype=np.float64)[:, None]
                np.savez(folder / f"{k}.npz", name=names[id(c.law)], s=s, v=v, t=t, p=column, tab=c.tab, seed=c.seed)
            jobs = [_start(folder, SIMULATED), _start(folder, PTX)]
            simulated, ptx = (_answers(job, folder, what, len(ask)) for job, what in zip(jobs, (SIMULATED, PTX), strict=True))
            for k, c in enumerate(ask):
                _ANSWERS[id(c.law)] = c.law, [_simulated(c, folder / f"{k}.out.npz", simulated[k]), _ptx(c, ptx[k])]
    unnamed = ["CUDA simulator and PTX: not checked (the law is in no file)"]
    return [_ANSWERS.get(id(c.law), (c.law, unnamed))[1] for c in cases]


def _start(folder: Path, what: str) -> subprocess.Popen[str]:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)}
    for name in ("NUMBA_ENABLE_CUDASIM", "NUMBA_DISABLE_JIT"):
        environment[name] = str(int(what == SIMULATED))
    wheel = _nvvm_wheel()
    if wheel and what == PTX:
        environment["CUDA_HOME"] = str(wheel)
        library = os.pathsep.join([str(wheel / "nvvm" / "lib64"), os.environ.get("LD_LIBRARY_PATH", "")])
        environment["LD_LIBRARY_PATH"] = library.rstrip(os.pathsep)
    return subprocess.Popen(
        [sys.executable, "-W", "ignore", "-m", "ohmgrad.devices.check.referee", str(folder), what],
        env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def _nvvm_wheel() -> Path | None:
    """Folder of the nvidia-cuda-nvcc wheel, if it is installed."""
    spec = importlib.util.find_spec("nvidia")
    for place in (spec.submodule_search_locations or []) if spec else []:
        if (Path(place) / "cuda_nvcc" / "nvvm").is_dir():
            return Path(place) / "cuda_nvcc"
    return None


def _answers(job: subprocess.Popen[str], folder: Path, what: str, n: int) -> list[dict[str, str]]:
    try:
        _, said = job.communicate(timeout=SECONDS)
    except subprocess.TimeoutExpired:
        job.kill()
        job.communicate()
        return [{"skip": f"took more than {SECONDS:.0f} s"}] * n
    path = folder / f"{what}.json"
    if job.returncode != 0 or not path.is_file():
        return [{"skip": f"the process ended with {job.returncode}: {' '.join(said.split())[-300:]}"}] * n
    answers: list[dict[str, str]] = json.loads(path.read_text(encoding="utf-8"))
    return answers


def _simulated(c: Case, path: Path, answer: dict[str, str]) -> str:
    law = c.law
    if "error" in answer:
        raise LawError(f"law '{law.name}': does not run under the CUDA simulator: {answer['error']}")
    if "skip" in answer:
        return f"{SIMULATED}: not checked ({answer['skip']})"
    s, v, t = grid(c, CELLS)
    after = np.empty_like(s)
    run(law, "pulse", sweep(law).pulses, s, v, t, np.array(c.p, dtype=np.float64)[:, None], c.tab, c.seed, after)
    with np.load(path, allow_pickle=False) as file:
        theirs = file["out"]
    for i in range(CELLS):
        if not same(after[:, i].copy(), theirs[:, i].copy()):
            raise LawError(f"law '{law.name}': pulse gives {after[0, i]!r} S compiled but {theirs[0, i]!r} S under the CUDA simulator, for {inputs(law, s[:, i], v[i], t[i], c.p)}")  # fmt: skip
    return f"{SIMULATED}: the same bits in {CELLS} cells"


def _ptx(c: Case, answer: dict[str, str]) -> str:
    if "error" in answer:
        raise LawError(f"law '{c.law.name}': does not compile to PTX: {answer['error']}")
    return f"{PTX}: {answer['done']}" if "done" in answer else f"{PTX}: not checked ({answer['skip']})"
