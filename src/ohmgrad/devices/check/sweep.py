"""A law's functions over arrays of cells, compiled: what the conformance suite and the probe before training run.

    S    (fields, n)        states               v, t  (n,)     volts, seconds
    P    (parameters, m)    cell i has column i mod m; m = 1: all have the same
    tab  the law's table    seed: cell i draws at the address (seed, 0, i, 0, 0, 0)

The module is kept in the cache folder like a training loop; a law that no file holds is compiled in memory.
"""

from __future__ import annotations

import re
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ohmgrad.devices.catalogue import again, law_name
from ohmgrad.devices.law import Law
from ohmgrad.devices.wrap import Wrapped
from ohmgrad.errors import LawError
from ohmgrad.kernels.specialise import specialise

Floats = npt.NDArray[np.float64]

_TOP = """
from ohmgrad.devices.catalogue import LAWS, find_law
from ohmgrad.devices.wrap import wrap
from ohmgrad.kernels.compiled import inline, inlined
from ohmgrad.kernels.draws import key_at
"""
_BODY = """
State, Params = _law.state, _law.params
_pulse, _mean_step = inlined(_law.pulse), inlined(_law.mean_step)
_rest = inlined(_law.rest if _law.rest is not None else lambda s, dt, p, key: s)

def one(i, S, v, t, P, tab, seed, out):
    k = i % P.shape[1]
    s = _pulse(State(@S), float(v[i]), float(t[i]), Params(@P), tab, key_at(seed, 0, i, 0, 0, 0))
    @OUT

_one = inlined(one)

@compiled
def pulses(S, v, t, P, tab, seed, out):
    for i in range(v.size):
        _one(i, S, v, t, P, tab, seed, out)

@compiled
def means(S, v, t, P, tab, out):
    for i in range(v.size):
        k = i % P.shape[1]
        out[i] = _mean_step(State(@S), v[i], t[i], Params(@P), tab)

@compiled
def rests(S, dt, P, seed, out):
    for i in range(dt.size):
        k = i % P.shape[1]
        s = _rest(State(@S), dt[i], Params(@P), key_at(seed, 0, i, 0, 0, 0))
        @OUT

@compiled
def path(S, v, t, P, tab, goals, limit, out):
    i = k = 0
    s, p = State(@S), Params(@P)
    reached = 0
    for n in range(limit):
        while reached < goals.size and s.g >= goals[reached]:
            out[reached] = n
            reached += 1
        if reached == goals.size:
            break
        dg = _mean_step(s, v, t, p, tab)
        if not s.g + dg > s.g:
            break
        s = _pulse(s, v, t, p, tab, key_at(0, 0, 0, 0, n, 0))._replace(g=s.g + dg)
"""


def sweep_text(law: Law) -> str:
    """Source of the functions above for this law; `_law` and `compiled` are to be defined before."""
    fields = law.state._fields
    states = ", ".join(f"float(S[{k}, i])" for k in range(len(fields)))
    params = ", ".join(f"float(P[{k}, k])" for k in range(len(law.declared)))
    text = _BODY.replace("@S", states).replace("@P", params)
    text = text.replace("._replace(g=s.g + dg)", "")
    text = text.replace("s = _pulse(s, v, t, p", "r = _pulse(s, v, t, p")
    text = text.rstrip() + f"\n        s = State({', '.join(['s.g + dg', *(f'r.{name}' for name in fields[1:])])})\n"
    return re.sub(r"( *)@OUT", lambda m: "\n".join(f"{m[1]}out[{k}, i] = s.{name}" for k, name in enumerate(fields)), text)


_MADE: dict[int, tuple[Law, Any]] = {}


def sweep(law: Law) -> Any:
    """Module with `pulses`, `means`, `rests`, `path` for the law; compiled at the first call of each, warm in the next process."""
    if id(law) not in _MADE:
        if len(_MADE) > 256:
            _MADE.clear()
        _MADE[id(law)] = law, _make(law)
    return _MADE[id(law)][1]


def _make(law: Law) -> Any:
    named = law.inner if isinstance(law, Wrapped) else law
    if law_name(named) is None:
        module = types.ModuleType("ohmgrad_law_in_memory")
        text = _TOP + "from ohmgrad.kernels.compiled import compiled\n" + sweep_text(law)
        vars(module)["_law"] = law
        exec(compile(text, "<law>", "exec"), vars(module))
        return module
    expression, _, comment = again(named).partition("  #")
    if isinstance(law, Wrapped):
        expression = f"wrap({expression}, {', '.join(f'{k}={v!r}' for k, v in law.options.items())})"
    header = f"{_TOP}_law = {expression}  # {comment}\nfrom ohmgrad.kernels.compiled import kept as compiled\n{sweep_text(law)}"
    return specialise(header, [], Path(__file__).parents[1].rglob("*.py"))


def run(law: Law, what: str, function: Callable[..., Any], *arguments: Any) -> None:
    """Call a compiled function of the sweep; raises LawError if the law's part `what` does not compile."""
    try:
        function(*arguments)
    except Exception as e:
        if of_numba(e):
            raise LawError(f"law '{law.name}': {what} does not compile: {reason(e)}") from None
        raise LawError(
            f"law '{law.name}': {what} raises {type(e).__name__} when compiled: {' '.join(str(e).split())}"
        ) from None


def of_numba(error: Exception) -> bool:
    """Is it the compiler that complains? (Not all of its exceptions have one base.)"""
    return type(error).__module__.partition(".")[0] == "numba"


_NOISE = re.compile(
    r"^(Failed in|During:|File |Enable logging|This error|There (is|are)|- |\[\d+\]|raised from|\*|\^|<source|No implementation of|"
    r"With argument|Overload|Rejected|$)"
)


def reason(error: Exception) -> str:
    """What Numba says, in one line: the cause, and the first place that is not ours."""
    text = re.sub(r"\x1b\[[0-9;]*m", "", str(error))
    raised = re.search(r"Raised from (\S+) \((\d+)\)", text)
    places = re.findall(r'File "([^"]+)", line (\d+)', text) + ([(raised[1], raised[2])] if raised else [])
    own = [f for f in places if not re.search(r"<law>|ohmgrad_loop_|numba|ohmgrad/devices|ohmgrad\\devices", f[0])]
    lines = [line.strip() for line in text.splitlines()]
    said = [line for line in lines if not _NOISE.match(line)]
    words = said[0] if said else " ".join(text.split())[:200]
    if words.startswith(">>>"):
        words = f"nothing computes {words[3:].strip()}"
    words = re.sub(r"ohmgrad_user_[0-9a-f]+\.", "", re.sub(r" Raised from .*", "", words)).rstrip(":. ")
    return f"{words} ({Path(own[0][0]).name} line {own[0][1]})" if own else words
