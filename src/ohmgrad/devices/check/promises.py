"""What a law declares, promise by promise. Each function checks one, and returns a line that says so."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from ohmgrad.devices.check.sweep import Floats, of_numba, reason, run, sweep
from ohmgrad.devices.check.words import at, inputs, parameters
from ohmgrad.devices.law import Law
from ohmgrad.errors import LawError
from ohmgrad.kernels.draws import key_at
from ohmgrad.units import DIMENSIONS

SHARES = (0.0, 0.25, 0.5, 0.75, 1.0)
INTEGRATED = 2e-6  # of the window: what laws that integrate an equation may differ by
FAR = 200_000  # pulses followed along the mean path


@dataclass(frozen=True)
class Case:
    """A law with what it is checked with: parameters, table, widths of the pulses (s), pulses per state, seed."""

    law: Law
    p: Any
    tab: Floats
    t_set: float
    t_reset: float
    t_full: float
    n: int
    seed: int

    def fail(self, text: str) -> LawError:
        """The error, with the law's name before and the parameters behind."""
        return LawError(f"law '{self.law.name}': {text}{parameters(self.law, self.p)}")

    def states(self, shares: Any = SHARES) -> Floats:
        """Cells across the window (fields, cells), fresh; for laws with memory also after 400 SET pulses."""
        g = self.p.g_min + np.asarray(shares) * (self.p.g_max - self.p.g_min)
        fresh = np.array([self.law.start(float(x), self.p) for x in g], dtype=np.float64).T
        if len(fresh) == 1:
            return fresh
        used = fresh
        for k in range(400):
            used = self.pulses(used, self.p.v_set, self.t_set, self.seed + k)
        used[0] = g
        return np.concatenate([fresh, used], axis=1)

    def pulses(self, states: Floats, v: float, t: float, seed: int, p: Any = None) -> Floats:
        """States after one pulse each."""
        out, n = np.empty_like(states), states.shape[1]
        column = np.array(self.p if p is None else p, dtype=np.float64)[:, None]
        run(self.law, "pulse", sweep(self.law).pulses, states, np.full(n, v), np.full(n, t), column, self.tab, seed, out)
        return out

    def means(self, states: Floats, v: float, t: float, p: Any = None) -> Floats:
        """Declared mean steps (siemens)."""
        n = states.shape[1]
        out, column = np.empty(n), np.array(self.p if p is None else p, dtype=np.float64)[:, None]
        run(self.law, "mean_step", sweep(self.law).means, states, np.full(n, v), np.full(n, t), column, self.tab, out)
        return out

    def state(self, column: Floats) -> Any:
        """One cell's state as the law's NamedTuple."""
        return self.law.state(*map(float, column))

    def nominal(self) -> list[tuple[str, float, float]]:
        """(name, volts, seconds) of a nominal SET and a gradual RESET pulse."""
        return [("SET", self.p.v_set, self.t_set), ("RESET", -self.p.v_reset, self.t_reset)]

    def larger(self, v: float, share: float) -> float:
        """A larger amplitude: `share` of the way from v_set to one half more, or from −v_reset to −v_full."""
        return v + share * (0.5 * v if v > 0.0 else -self.p.v_full - v)

    @property
    def window(self) -> float:
        """g_max − g_min (siemens)."""
        return float(self.p.g_max - self.p.g_min)


def declarations(c: Case) -> str:
    """Parameters: known dimensions, values within their ranges, the voltages that schemes need, no contradictions; switches."""
    law, p = c.law, c.p
    for name, d in law.declared.items():
        if d.dimension not in DIMENSIONS:
            raise LawError(f"law '{law.name}': parameter '{name}' has the unknown dimension '{d.dimension}'")
        value = getattr(p, name)
        if not d.low <= value <= d.high:
            raise LawError(
                f"law '{law.name}': parameter '{name}' = {value:g} is outside its declared range {d.low:g} … {d.high:g}"
            )
    for voltage in ("v_set", "v_reset", "v_full"):
        if voltage not in law.declared:
            raise LawError(f"law '{law.name}': parameter '{voltage}' is missing: schemes take the pulse amplitudes from it")
    if not p.g_min < p.g_max:
        raise LawError(f"law '{law.name}': g_min ({p.g_min:g} S) must be below g_max ({p.g_max:g} S)")
    for message in law.checks(p):
        raise LawError(f"law '{law.name}': {message}")
    for switch, changes in law.switches.items():
        for name in changes:
            if name not in law.declared:
                raise LawError(f"law '{law.name}': the switch '{switch}' sets '{name}', which is no parameter of the law")
    return f"{len(law.declared)} parameters within their declared ranges"


def starts(c: Case) -> str:
    """`start`: a state of the right kind, with that conductance; `pulse` and the rest run as plain Python and give what they must."""
    law, p = c.law, c.p
    low, high = law.bounds(p)
    if not (low <= p.g_min and p.g_max <= high):
        raise c.fail(f"bounds are {low:g} … {high:g} S, narrower than the window {p.g_min:g} … {p.g_max:g} S")
    for share in SHARES:
        g = p.g_min + share * c.window
        s = law.start(g, p)
        if not isinstance(s, law.state) or s[0] != g or not all(math.isfinite(x) for x in s):
            raise c.fail(f"start({g:g} S) gives {s!r}, not a {law.state.__name__} with that conductance")
    s, key = law.start(p.g_min + 0.5 * c.window, p), key_at(c.seed, 0, 0, 0, 0, 0)
    for _, v, t in [*c.nominal(), ("full RESET", -p.v_full, c.t_full)]:
        called = {"pulse": lambda v=v, t=t: law.pulse(s, v, t, p, c.tab, key), "mean_step": lambda v=v, t=t: law.mean_step(s, v, t, p, c.tab),
                  "spread": lambda v=v, t=t: law.spread(s, v, t, p, c.tab)}  # fmt: skip
        for name, call in called.items():
            got = plain(c, name, inputs(law, s, v, t, p), call)
            if name == "pulse" and not isinstance(got, law.state):
                raise LawError(f"law '{law.name}': {inputs(law, s, v, t, p)} gives {got!r}, not a {law.state.__name__}")
            if name != "pulse" and not (isinstance(got, float | int | np.floating) and math.isfinite(got)):
                raise LawError(f"law '{law.name}': {name} for {inputs(law, s, v, t, p)} is {got!r}, not a finite number")
    return f"start and the other functions give what they should at {len(SHARES)} conductances"


def plain(c: Case, name: str, where: str, call: Any) -> Any:
    """What `call` gives as plain Python; raises LawError with the line of the user's file if it raises."""
    try:
        with np.errstate(all="ignore"):
            return call()
    except Exception as e:  # a user's function may raise anything
        if of_numba(e):  # a helper that is compiled by itself
            raise LawError(f"law '{c.law.name}': {name} does not compile: {reason(e)}") from None
        trace, line = e.__traceback__, ""
        while trace is not None:
            file = trace.tb_frame.f_code.co_filename
            if "ohmgrad/devices/check" not in file.replace("\\", "/"):
                line = f" ({file.replace(chr(92), '/').rpartition('/')[2]} line {trace.tb_lineno})"
            trace = trace.tb_next
        text = " ".join(str(e).split())
        raise LawError(f"law '{c.law.name}': {name} raises {type(e).__name__}: {text}{line}, for {where}") from None


def nothing(c: Case) -> str:
    """0 V changes nothing; nor half the nominal amplitude, with a threshold; nor a pulse of no width, where width matters."""
    s = c.states(np.linspace(0.0, 1.0, 21))
    done = "0 V changes nothing"
    cases = [("a pulse of 0 V changes a cell", 0.0, c.t_set)]
    if c.law.has_threshold:
        done += ", nor does half the nominal amplitude"
        cases += [("has_threshold is True, but half the nominal amplitude changes a cell", v / 2, t) for _, v, t in c.nominal()]
    for name, v, t in c.nominal():
        if (c.means(s, v, t) != c.means(s, v, 2 * t)).any():
            done += f", nor a {name} pulse of no width"
            cases.append(("a pulse of 0 s changes a cell", v, 0.0))
    for words, v, t in cases:
        after = c.pulses(s, v, t, c.seed)
        changed = (after != s).any(axis=0)
        if t == 0.0:  # a law that integrates an equation may round g on the way
            changed = ~np.isclose(after, s, rtol=1e-12, atol=1e-12 * c.window).all(axis=0)
        if changed.any():
            raise LawError(f"law '{c.law.name}': {words}: {inputs(c.law, s[:, np.argmax(changed)], v, t, c.p)}")
    return done


def moments(c: Case) -> str:
    """Mean and spread of the step against `mean_step` and `spread`, where the bounds are far."""
    law, p = c.law, c.p
    low, high = law.bounds(p)
    checked = 0
    for s in c.states().T:
        there = np.repeat(s[:, None], c.n, axis=1)
        for _, v, t in c.nominal():
            for v_, t_ in ((v, t), (c.larger(v, 0.2), t), (v, 2 * t)):
                after, where = c.pulses(there, v_, t_, c.seed), inputs(law, s, v_, t_, p)
                again = c.pulses(there[:, :50], v_, t_, c.seed)
                if (again != after[:, :50]).any():
                    raise LawError(f"law '{law.name}': the same address gives two different states: {where}")
                one = c.state(s)
                mean, spread = law.mean_step(one, v_, t_, p, c.tab), law.spread(one, v_, t_, p, c.tab)
                if not spread >= 0.0:
                    raise LawError(f"law '{law.name}': spread for {where} is {spread:g} S")
                if not (low - s[0] <= mean - 6 * spread and mean + 6 * spread <= high - s[0]):
                    continue
                checked += 1
                _moments(law, where, after[0] - s[0], mean, spread, 1e-9 * max(abs(mean), abs(s[0]), 1e-12))
    return f"mean step and spread, SET and RESET, {c.n:,} pulses in each of {checked} cases that the bounds do not touch"


def _moments(law: Law, where: str, dg: Floats, mean: float, spread: float, tiny: float) -> None:
    n, got, std = len(dg), float(dg.mean()), float(dg.std())
    if abs(got - mean) > 5 * spread / math.sqrt(n) + tiny:
        raise LawError(f"law '{law.name}': {where} changes a cell by {got:g} S on average, declared {mean:g} S")
    fourth = float(((dg - got) ** 4).mean()) / std**4 if std > 0 else 1.0
    error = spread * math.sqrt(max(fourth - 1.0, 2.0) / (4 * n))  # of a standard deviation; 2: Gaussian
    if abs(std - spread) > 5 * error + tiny:
        raise LawError(f"law '{law.name}': {where} has the spread {std:g} S, declared {spread:g} S")


def polarity(c: Case) -> str:
    """SET never lowers, RESET never raises the mean of a fresh cell; a larger or longer pulse never does less.

    Fresh: a published fit may let a used cell fall back (as `pcm-nandakumar2018` does above 10.5 µS). Of laws from a measured table,
    whose steps may have the wrong sign near the ends of the window, the mean over it is looked at.
    """
    s = c.states(np.linspace(0.0, 1.0, 101))[:, :101]
    slack = 1e-9 * np.maximum(np.abs(s[0]), 1e-12)
    for _, v, t in c.nominal():
        sign = 1.0 if v > 0 else -1.0
        mean = sign * c.means(s, v, t)
        wrong = mean < -slack if not c.law.needs_table else np.full(len(mean), mean.mean() <= 0.0)
        if wrong.any():
            i = int(np.argmax(wrong))
            verb = "SET lowers" if v > 0 else "RESET raises"
            raise LawError(
                f"law '{c.law.name}': {verb} the mean conductance: {inputs(c.law, s[:, i], v, t, c.p)}, by {abs(mean[i]):g} S"
            )
        for words, small, large in (
            ("larger", (0.9 * v, t), (v, t)), ("larger", (v, t), (c.larger(v, 0.5), t)),
            ("longer", (v, 0.5 * t), (v, t)), ("longer", (v, t), (v, 2 * t)),
        ):  # fmt: skip
            less, more = sign * c.means(s, *small), sign * c.means(s, *large)
            wrong = (more < less - INTEGRATED * c.window - slack) & (less > 0.0)
            if wrong.any():
                i = int(np.argmax(wrong))
                raise LawError(
                    f"law '{c.law.name}': a {words} pulse does less: {inputs(c.law, s[:, i], *large, c.p)} changes the mean by {more[i]:g} S, "
                    f"{small[0]:g} V, {small[1]:g} s by {less[i]:g} S"
                )
    return "SET raises, RESET lowers the mean; larger and longer pulses never do less"


def nominal_step(c: Case) -> str:
    """Positive, finite, and what a nominal pulse does on average somewhere in the window; with memory, within a factor of two."""
    steps = plain(
        c, "nominal_step", f"{c.t_set:g} s and {c.t_reset:g} s", lambda: c.law.nominal_step(c.t_set, c.t_reset, c.p, c.tab)
    )
    s = c.states(np.linspace(0.0, 1.0, 101))
    for (name, v, t), step in zip(c.nominal(), steps, strict=True):
        if not (step > 0.0 and math.isfinite(step)):
            raise c.fail(f"nominal_step for {name} is {step:g} S, must be positive and finite")
        mean = np.abs(c.means(s, v, t))
        slack = 1.0 + 1e-6 if len(s) == 1 else 2.0
        if not mean.min() / slack <= step <= mean.max() * slack:
            raise c.fail(f"nominal_step for {name} is {step:g} S, but over the window {v:g} V, {t:g} s change a cell by {mean.min():g} … {mean.max():g} S on average")  # fmt: skip
    return "nominal_step is what a nominal pulse does on average within the window"


def inverse(c: Case) -> str:
    """`pulses_needed` against the mean path, pulse by pulse; from a fresh cell or, with memory, from one used before."""
    law, p, shares = c.law, c.p, np.array([0.25, 0.5, 0.75])
    s, goals = c.states([0.0]), p.g_min + shares * c.window
    counts = np.full((s.shape[1], 3), -1, dtype=np.int64)
    column = np.array(p, dtype=np.float64)[:, None]
    for k in range(s.shape[1]):
        run(law, "mean_step", sweep(law).path, s[:, k : k + 1].copy(), p.v_set, c.t_set, column, c.tab, goals, FAR, counts[k])

    def needed(g0: float, g1: float) -> float:
        n = plain(c, "pulses_needed", f"{g0:g} … {g1:g} S", lambda: law.pulses_needed(g0, g1, c.t_set, p, c.tab))
        if not n >= 0.0:
            raise c.fail(f"pulses_needed from {g0:g} S to {g1:g} S is {n:g}")
        return float(n)

    for goal, count in zip(goals, counts.T, strict=True):
        n = needed(p.g_min, float(goal))
        if (count >= 0).all():
            low, high = count.min() - 1, count.max()
            good = low - 0.01 - 1e-6 * low <= n <= high + 0.01 + 1e-6 * high
            path = f"{low} … {high}"
        else:
            good, path = n >= min(FAR, 1e3) or (count >= 0).any(), "none within reach"
        if not good:
            raise c.fail(f"pulses_needed from {p.g_min:g} S to {goal:g} S is {n:g}, but the mean path takes {path} pulses of {p.v_set:g} V, {c.t_set:g} s")  # fmt: skip
    for g0, g1 in ((goals[1], goals[1]), (goals[1], goals[0])):
        if needed(float(g0), float(g1)) != 0.0:
            raise c.fail(f"pulses_needed from {g0:g} S down to {g1:g} S is {needed(float(g0), float(g1)):g}, must be 0")
    top = law.bounds(p)[1]
    if math.isfinite(top) and needed(p.g_min, top + 0.1 * c.window) != math.inf:
        raise c.fail(f"pulses_needed to {top + 0.1 * c.window:g} S, above the bounds, must be inf")
    return "pulses_needed counts the pulses of the mean path"


def resets(c: Case) -> str:
    """A full RESET ends near g_min; a gradual one exists if `can_go_down` says so."""
    law, p = c.law, c.p
    s = c.states([0.5])
    cleared = float(c.pulses(s, -p.v_full, c.t_full, c.seed)[0, 0])
    if abs(cleared - p.g_min) > 0.1 * c.window:
        raise c.fail(f"a full RESET (−{p.v_full:g} V, {c.t_full:g} s) from the middle of the window ends at {cleared:g} S, not near g_min ({p.g_min:g} S)")  # fmt: skip
    down = float(c.means(s, -p.v_reset, c.t_reset)[0])
    gradual = -0.5 * c.window * 0.99 < down < 0.0
    if gradual != law.can_go_down:
        raise c.fail(
            f"can_go_down is {law.can_go_down}, but a RESET pulse changes the middle of the window by {down:g} S on average"
        )
    return "a full RESET clears" + ("; a gradual RESET exists" if gradual else "; there is no gradual RESET")


def rests(c: Case) -> str:
    """`rest`: no time changes nothing; two halves are the whole on average; within the bounds."""
    law, p = c.law, c.p
    if law.rest is None:
        return "forgets nothing by itself"
    low, high = law.bounds(p)
    column = np.array(p, dtype=np.float64)[:, None]

    def rest(states: Floats, dt: float, seed: int) -> Floats:
        out = np.empty_like(states)
        run(law, "rest", sweep(law).rests, states, np.full(states.shape[1], dt), column, seed, out)
        return out

    for s in c.states().T:
        there = np.repeat(s[:, None], c.n, axis=1)
        if (rest(there, 0.0, c.seed) != there).any():
            raise c.fail(f"rest for 0 s changes a cell {at(law, s)}")
        for dt in (1.0, 1e3, 1e6):
            whole = rest(there, dt, c.seed)
            halves = rest(rest(there, 0.5 * dt, c.seed + 1), 0.5 * dt, c.seed + 2)
            bad = ~(np.isfinite(whole).all(axis=0) & (whole[0] >= low) & (whole[0] <= high))
            if bad.any():
                got = whole[:, np.argmax(bad)]
                raise c.fail(
                    f"rest for {dt:g} s of a cell {at(law, s)} leaves the bounds {low:g} … {high:g} S or is not finite: {got[0]:g} S"
                )
            a, b = whole[0], halves[0]
            error = 5 * math.sqrt((a.var() + b.var()) / c.n) + 1e-9 * abs(s[0]) + 1e-6 * abs(a.mean() - s[0])
            if abs(a.mean() - b.mean()) > error:
                raise c.fail(f"rest for {dt:g} s of a cell {at(law, s)} ends at {a.mean():g} S on average, two rests of half the time at {b.mean():g} S")  # fmt: skip
    return "rest: no time, no change; two halves make a whole; within the bounds"


def switches(c: Case) -> str:
    """Each switch does what its name says, where the name is one of the three in use."""
    law = c.law
    for switch, changes in law.switches.items():
        p = c.p._replace(**changes)
        words = f"the switch '{switch}' ({', '.join(f'{k} = {x:g}' for k, x in changes.items())})"
        for message in law.checks(p):
            raise c.fail(f"{words} makes parameters contradict each other: {message}")
        s = c.states(np.linspace(0.0, 1.0, 21))
        for name, v, t in c.nominal():
            if switch == "cycle-to-cycle":
                spread = [law.spread(c.state(x), v, t, p, c.tab) for x in s.T]
                if any(spread) or (c.pulses(s, v, t, c.seed, p) != c.pulses(s, v, t, c.seed + 1, p)).any():
                    raise c.fail(f"{words} leaves a spread of {max(spread):g} S in {name}")
            if switch == "nonlinearity" and (v > 0 or law.can_go_down):
                mean = c.means(s, v, t, p)
                inside = (s[0] + 1.001 * mean < c.p.g_max) & (s[0] + 1.001 * mean > c.p.g_min)
                if inside.any() and np.ptp(mean[inside]) > 1e-6 * np.abs(mean[inside]).max() + INTEGRATED * c.window:
                    raise c.fail(
                        f"{words} leaves mean {name} steps of {mean[inside].min():g} … {mean[inside].max():g} S over the window"
                    )
        if switch == "asymmetry" and law.can_go_down:
            mirrored = s.copy()
            mirrored[0] = c.p.g_min + c.p.g_max - s[0]
            up, down = c.means(mirrored, c.p.v_set, c.t_set, p), -c.means(s, -c.p.v_reset, c.t_reset, p)
            off = np.abs(up - down)
            if off.max() > 1e-6 * np.abs(up).max() + INTEGRATED * c.window:
                i = int(np.argmax(off))
                raise c.fail(f"{words} leaves RESET other than the mirror image of SET: {down[i]:g} S {at(law, s[:, i])}, SET {up[i]:g} S at {mirrored[0, i]:g} S")  # fmt: skip
    return f"switches do what they say: {', '.join(law.switches)}" if law.switches else "no switches"


PROMISES = (nothing, moments, polarity, nominal_step, inverse, resets, rests, switches)
