"""One law, fitted to every cell: which noise the data show, values, standard errors, what is not determined."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from ohmgrad.devices.fit.candidates import READ, Candidate, Free, Values
from ohmgrad.devices.fit.likelihood import RAMP, Packed
from ohmgrad.devices.fit.optimise import BAD, Innovations, Optimum, Reads, maximise

Floats = npt.NDArray[np.float64]
Filter = Callable[..., None]

LOOSE_LOG = 0.3  # a standard error of ln(value) above it: not determined
LOOSE = 0.5  # the same for a plain parameter, relative to max(its scale, |value|)
AMBIGUOUS = 9.0  # sets of noise parameters that differ less than so much in 2 ln L are equally good
GAIN = 6.0  # a further noise parameter must gain at least so much in 2 ln L, beyond what BIC asks


@dataclass(frozen=True)
class Estimate:
    """A fitted parameter: value and standard error in SI units. log: the interval is symmetric in the logarithm."""

    name: str
    value: float
    error: float
    dimension: str
    log: bool
    determined: bool
    bound: str = ""

    def interval(self, k: float) -> tuple[float, float]:
        """Ends of the interval of k standard errors."""
        if not self.log or self.value <= 0.0:
            return self.value - k * self.error, self.value + k * self.error
        factor = math.exp(k * self.error / self.value)
        return self.value / factor, self.value * factor


@dataclass
class CellFit:
    """A law fitted to one cell."""

    candidate: Candidate
    free: list[Free]
    optimum: Optimum
    increments: int
    ambiguous: frozenset[str] = frozenset()
    """Noise parameters in whose place others explain the data as well."""

    @property
    def searched(self) -> Values:
        """Values of the free parameters."""
        return {f.name: f.value(float(x)) for f, x in zip(self.free, self.optimum.x, strict=True)}

    @property
    def values(self) -> Values:
        """The same, as parameters of the law."""
        return self.candidate.publish(self.searched)

    @property
    def read_noise(self) -> float:
        return self.searched.get(READ, 0.0)

    def parameters(self) -> tuple[Any, Floats]:
        """The law's parameters and table."""
        return self.candidate.parameters(self.searched)

    def covariance(self) -> Floats:
        """Covariance of `values` (SI units)."""
        x, here = self.optimum.x, np.array(list(self.values.values()))
        jacobian = np.empty((len(here), len(x)))
        for k in range(len(x)):
            there = x.copy()
            there[k] += 1e-6
            searched = {f.name: f.value(float(v)) for f, v in zip(self.free, there, strict=True)}
            jacobian[:, k] = (np.array(list(self.candidate.publish(searched).values())) - here) / 1e-6
        return np.asarray(jacobian @ self.optimum.covariance @ jacobian.T)

    def estimates(self) -> list[Estimate]:
        """Every fitted parameter with its standard error."""
        out = []
        errors = np.sqrt(np.maximum(np.diag(self.covariance()), 0.0))
        for f, (name, value), error in zip(self.free, self.values.items(), map(float, errors), strict=True):
            bound = _bound(f, self.searched[f.name])
            log = f.kind == "log"
            tight = error < LOOSE_LOG * value if log else error < LOOSE * max(f.scale, abs(value))
            declared = self.candidate.law.declared.get(name)
            dimension = declared.dimension if declared else "conductance"
            out.append(Estimate(name, value, error, dimension, log, tight and not bound and name not in self.ambiguous, bound))
        return out


@dataclass
class LawFit:
    """A law fitted to all cells, with the noise parameters that the data support."""

    label: str
    law: Any
    cells: dict[str, CellFit]
    log_likelihood: float
    parameters: int
    increments: int
    noise: tuple[str, ...]
    tried: dict[tuple[str, ...], float] = field(default_factory=dict)
    """BIC of each set of noise parameters that was tried, less the least."""
    notes: list[str] = field(default_factory=list)

    @property
    def aic(self) -> float:
        return 2.0 * self.parameters - 2.0 * self.log_likelihood

    @property
    def bic(self) -> float:
        return self.parameters * math.log(max(self.increments, 2)) - 2.0 * self.log_likelihood


def innovations_of(
    run: Filter, c: Candidate, free: Sequence[Free], data: Packed, widths: tuple[float, float], floor: float, held: Values
) -> Innovations:
    """x → what the filter says of the reads that count; `held`: values that stay."""
    e, f, ln = np.empty_like(data.y), np.empty_like(data.y), np.empty_like(data.y)
    bent = np.empty(len(data.y), dtype=np.uint8)
    counted: list[Any] = []

    def at(x: Floats) -> Reads:
        values = held | {q.name: q.value(float(v)) for q, v in zip(free, x, strict=True)}
        p, tab = c.parameters(values)
        run(data.y, data.up, data.begin, p, tab, widths[0], widths[1], values.get(READ, 0.0), floor, e, f, ln, bent)
        if not counted:
            counted.append(np.flatnonzero(f > 0.0))
        k = counted[0]
        return Reads(e[k], f[k], ln[k], bent[k] != 0)

    return at


@dataclass
class Cell:
    """What is fitted of one cell: ramps, a law for it, least standard deviation of an innovation (siemens)."""

    data: Packed
    candidate: Candidate
    floor: float


class _Fitter:
    """The fits of one law to all cells, for one set of noise parameters after the other."""

    def __init__(self, run: Filter, cells: dict[str, Cell], widths: tuple[float, float]) -> None:
        self.run, self.cells, self.widths = run, cells, widths
        self.reads = sum(c.data.increments for c in cells.values())
        self.starts: dict[str, list[Values]] = {name: c.candidate.starts for name, c in cells.items()}

    def _maximise(self, cell: Cell, data: Packed, free: list[Free], start: Values, held: Values, tolerance: float) -> Optimum:
        innovations = innovations_of(self.run, cell.candidate, free, data, self.widths, cell.floor, held)
        return maximise(innovations, np.array([f.x(start[f.name]) for f in free]), tolerance)

    def settle(self, noise: Sequence[str]) -> None:
        """Of several starts, keep the one that leads furthest on a part of the ramps, and go on from where it ended."""
        for name, cell in self.cells.items():
            part = pilot(cell.data)
            if len(self.starts[name]) == 1 and len(part.y) == len(cell.data.y):
                continue
            free = cell.candidate.free_with(noise, True)
            tries = []
            for start in self.starts[name]:
                o = self._maximise(cell, part, free, cell.candidate.noise_start(noise) | start, {}, 0.1)
                tries.append((o.log_likelihood, {f.name: f.value(x) for f, x in zip(free, o.x, strict=True)}))
            self.starts[name] = [max(tries, key=lambda t: t[0])[1]]

    def full(self, noise: Sequence[str], read: bool) -> dict[str, CellFit] | None:
        """Everything free."""
        out = {}
        for name, cell in self.cells.items():
            free = cell.candidate.free_with(noise, read)
            o = self._maximise(cell, cell.data, free, cell.candidate.noise_start(noise) | self.starts[name][0], {}, 0.01)
            if o.log_likelihood <= -BAD:
                return None
            out[name] = CellFit(cell.candidate, free, o, cell.data.increments)
        return out

    def noise_only(self, noise: Sequence[str], read: bool) -> float:
        """BIC with the noise free and the mean where it is; mean and noise are nearly independent in the likelihood."""
        total = 0.0
        for name, cell in self.cells.items():
            own = {f.name for f in cell.candidate.free}
            free = [f for f in cell.candidate.free_with(noise, read) if f.name not in own]
            held = {k: v for k, v in self.starts[name][0].items() if k in own}
            o = self._maximise(cell, cell.data, free, cell.candidate.noise_start(noise), held, 0.05)
            total += self._bic(len(free), len(own) + len(free), o.log_likelihood)
        return total

    def bic(self, fits: dict[str, CellFit]) -> float:
        return sum(self._bic(len(f.free) - len(f.candidate.free), len(f.free), f.optimum.log_likelihood) for f in fits.values())

    def _bic(self, noise: int, free: int, log_likelihood: float) -> float:
        if next(iter(self.cells.values())).candidate.together:  # parts of one mechanism: AIC, which leaves out less
            return 2.0 * free - 2.0 * log_likelihood
        return free * math.log(max(self.reads, 2)) - 2.0 * log_likelihood + GAIN * noise

    def go_on_from(self, fits: dict[str, CellFit]) -> None:
        self.starts = {name: [f.searched] for name, f in fits.items()}


def fit_law(run: Filter, cells: dict[str, Cell], widths: tuple[float, float]) -> LawFit | None:
    """Fit a law to every cell, with the set of noise parameters that the data support; None where no start leads to a likelihood."""
    first = next(iter(cells.values())).candidate
    work = _Fitter(run, cells, widths)
    score: dict[tuple[str, ...], float] = {}
    done: dict[tuple[str, ...], dict[str, CellFit]] = {}

    def full(noise: tuple[str, ...], read: bool) -> None:
        fits = work.full(noise, read)
        if fits is not None:
            key = (*noise, READ) if read else noise
            done[key], score[key] = fits, work.bic(fits)
            if not first.together:
                work.go_on_from(fits)

    sets = [tuple(s) for s in first.noise_sets]
    if not first.together:
        work.settle(sets[0])
    full(sets[0], True)
    for noise in sets[1:]:
        if first.together:
            full(noise, True)
        elif done:
            score[(*noise, READ)] = work.noise_only(noise, True)
    if not done:
        return None
    key = min(score, key=lambda k: score[k])
    if key not in done:
        full(key[:-1], True)
    others = {n for k, v in score.items() if k != key and len(k) == len(key) and v - score[key] < AMBIGUOUS for n in k}
    ambiguous = frozenset(key) - others if others and not first.together else frozenset()
    # Read noise that the data do not show is left out.
    if not first.together:
        score[key[:-1]] = work.noise_only(key[:-1], False)
    if first.together or score[key[:-1]] < score[key]:
        full(key[:-1], False)
    key = min(done, key=lambda k: score[k])
    fits = {name: replace(f, ambiguous=ambiguous) for name, f in done[key].items()}
    return LawFit(
        first.label, first.law, fits, sum(f.optimum.log_likelihood for f in fits.values()), sum(len(f.free) for f in fits.values()),
        work.reads, key, {k: v - score[key] for k, v in sorted(score.items(), key=lambda i: i[1])}, list(first.notes),
    )  # fmt: skip


def pilot(data: Packed, most: int = 3000) -> Packed:
    """Whole ramps, evenly chosen over time, of about `most` reads: enough to find the way."""
    if len(data.y) <= 1.5 * most:
        return data
    first = np.flatnonzero(data.begin == RAMP)
    ends = [*first[1:], len(data.y)]
    share = most / len(data.y)
    chosen = np.zeros(len(data.y), dtype=np.bool_)
    for up in (True, False):
        own = [(a, b) for a, b in zip(first, ends, strict=True) if data.up[a] == up]
        kept = [s for k, s in enumerate(own) if int((k + 1) * share) > int(k * share)] or own[:1]
        for a, b in kept:
            chosen[a:b] = True
    return Packed(data.y[chosen], data.up[chosen], data.begin[chosen])


def _bound(f: Free, value: float) -> str:
    """The bound that an estimate sits on."""
    reach = 1e-6 * max(abs(value), 1e-12 if f.kind == "log" else f.scale)
    if value - f.low <= reach:
        return f"lowest allowed value, {f.low:g}"
    if f.high - value <= reach:
        return f"highest allowed value, {f.high:g}"
    return ""
