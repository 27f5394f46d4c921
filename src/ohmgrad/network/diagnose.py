"""Why does it fail: what updates want of the cells, and what the cells do, looked at in a few updates of every epoch.

A `Looks` stands between a run and its driver. It lets the driver go up to an update, notes what is wanted and which pulses are given, lets the driver make the update,
and compares. The driver is called in other portions then, which changes no bit, and cells, ledgers and draws are not touched. Looked at are `look_count` updates,
spread evenly over the epoch; none at which cells are refreshed.

Wanted is ΔW = row(x)·column(δ) of the rule (−η x δ), summed over the samples of the update, with x and δ by exact arithmetic at the weights that the cells have:
without coding, noise, curved currents and wires, so that these count as failures to do what is wanted. Of schemes that write sums made in digital it is the sum that
was made. Got is the change of the weight. With sums over the synapses of a layer and the updates looked at:

    cosine    Σ wanted·got/√(Σ wanted² Σ got²)
    gain      Σ wanted·got/Σ wanted²
    frozen    share of the pairs (x, δ) with wanted ≠ 0 whose cell cannot go there: beyond 95 % of its window, where it is to rise, below 5 %, where it is to fall, or
              faulty; where two cells would be written for it, neither can. 0 where cells have no bounds
    dead      share of those pairs (x, δ) for which no pulse is given
    wasted    share of the pulses that moved their cell by less than a tenth of a mean step, or not in the direction wanted; the pulses of one update on one cell are
              judged together, by the mean step of the law that schemes count with
    drift     (mean got − mean wanted), times the updates of an epoch, over the standard deviation of the layer's weights: what the weights move together in an epoch
              without being asked ("gradient effect"); with its standard error, from the spread over the looks

Several inner steps for one sample: the first is looked at, made once more on a copy. Of layers of more than 16,384 synapses every second, third … row is looked at, in turn.
Cost: a look takes as long as a few samples take; see docs/diagnosis.md.
"""

from __future__ import annotations

import copy
import math
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from ohmgrad.devices.faults import DEAD, STUCK, STUCK_ON
from ohmgrad.ledger import COUNTS, SUMS
from ohmgrad.network.diagnose_loop import (
    T_ASKED,
    T_BOTH,
    T_DEAD,
    T_FROZEN,
    T_GOT,
    T_GOT2,
    T_LOOKS,
    T_OFF2,
    T_PULSES,
    T_WANTED,
    T_WANTED2,
    T_WASTED,
    TALLIES,
    Look,
    Steps,
)
from ohmgrad.network.drivers import Driver
from ohmgrad.network.replica import Replica
from ohmgrad.network.setup import SATURATED
from ohmgrad.network.wired_pass import WiredPass
from ohmgrad.programming.change import Dense

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

MEASURES = ("frozen", "cosine", "gain", "wasted", "dead", "drift", "drift_error")
LEAST, MOST, ONE_OF = 16, 64, 320  # looks an epoch: one of so many updates, within these limits


def look_count(updates: int, samples: int = 1) -> int:
    """How many of the updates of an epoch are looked at; samples: of one update, where each must be read once more for it.

    >>> look_count(5000), look_count(60_000), look_count(3), look_count(50, samples=100)
    (16, 64, 3, 1)
    """
    wanted = min(updates, max(LEAST, min(MOST, updates // ONE_OF)))
    return wanted if samples == 1 else max(1, min(wanted, updates // MOST))


class Looks:
    """The looks at one replica. tally (layers, sums): what was added up in the epoch at hand; a checkpoint must hold it."""

    def __init__(self, r: Replica) -> None:
        self.replica = r
        self.tally: Floats = np.zeros((len(r.setup.geometry.shape), TALLIES))
        self.work: _Work | None = None

    def starts(self, samples: int) -> list[int]:
        """First samples of the updates looked at, in an epoch of so many samples."""
        s = self.replica.setup
        batch = s.batch or samples
        updates = -(-samples // batch)
        count = look_count(updates, 1 if Dense in s.scheme.accepts else batch)
        return [batch * ((2 * k + 1) * updates // (2 * count)) for k in range(count)]

    def through(self, driver: Driver) -> Driver:
        """The driver, looked at."""

        def run(r: Replica, images: Floats, labels: Ints, order: Ints, begin: int, end: int, epoch: int) -> None:
            batch, at = r.setup.batch or len(order), begin
            if begin == end:
                driver(r, images, labels, order, begin, end, epoch)
                self._warm(r, images, labels, order, epoch)
                return
            for first in self.starts(len(order)):
                stop = min(first + batch, len(order))
                if first < begin or stop > end or _refreshes(r, epoch * len(order), first, stop):
                    continue
                if first > at:
                    driver(r, images, labels, order, at, first, epoch)
                self._look(driver, r, images, labels, order, first, stop, epoch)
                at = stop
            if at < end:
                driver(r, images, labels, order, at, end, epoch)

        return run

    def take(self, samples: int) -> dict[str, list[float | None]]:
        """The measures per layer, by name, of an epoch of so many samples; None where there is nothing to measure. Clears the tally."""
        found = measures(self.tally, self.replica, samples)
        self.tally[:] = 0.0
        return found

    def _look(
        self, driver: Driver, r: Replica, images: Floats, labels: Ints, order: Ints, first: int, stop: int, epoch: int
    ) -> None:
        several = r.setup.learning.inner_steps > 1
        q = _copied(r) if several else r
        work = self._at_work(r)
        work.before(q, images, labels, order, first, stop, epoch, self.tally)
        driver(q, images, labels, order, first, stop, epoch)
        work.after(q, order, stop, epoch, self.tally)
        if several:
            driver(r, images, labels, order, first, stop, epoch)

    def _at_work(self, r: Replica) -> _Work:
        if self.work is None:
            self.work = _Work(r)
        return self.work

    def _warm(self, r: Replica, images: Floats, labels: Ints, order: Ints, epoch: int) -> None:
        """Compile, or load, before the clock starts."""
        if r.setup.driver == "fused" and len(order):
            kept = self.tally.copy()
            self._at_work(r).before(r, images, labels, order, 0, 1, epoch, self.tally)
            self._at_work(r).after(r, order, 1, epoch, self.tally)
            self.tally[:] = kept


class _Work:
    """Scratch of the looks at one replica."""

    def __init__(self, r: Replica) -> None:
        s, k, geo = r.setup, r.setup.loops, r.setup.geometry
        width, members = int(geo.shape.max()) + 1, s.synapse.members
        self.look = Look(
            np.zeros((geo.synapses, members)), np.zeros(geo.synapses), np.zeros((2, geo.synapses, members), np.int32),
            np.zeros(int(geo.row[-1]), np.int64), np.zeros((2, width), np.int64), np.zeros((4, width)), *_ends(r),
        )  # fmt: skip
        up, down = s.law.nominal_step(s.writing.t_set, s.writing.t_reset, s.params, s.table)
        self.steps = Steps(float(up), float(down))
        self.seen, self.exact, self.scratch = k.make_signals(geo), k.make_signals(geo), k.make_scratch(width)
        self.dense = Dense in s.scheme.accepts
        self.plan = None if self.dense else k.make_plan(width, r.cells.state.shape[0])
        self.counts: Ints = np.zeros((len(geo.shape), len(COUNTS)), np.int64)
        self.sums: Floats = np.zeros((len(geo.shape), len(SUMS)))

    def before(
        self, r: Replica, images: Floats, labels: Ints, order: Ints, first: int, stop: int, epoch: int, tally: Floats
    ) -> None:
        """What the update of the samples first … stop − 1 wants, if it is made sample by sample, and the conductances before it."""
        s = r.setup
        learning = s.learning_at(epoch)
        for n in () if self.dense else range(first, stop):
            self._sample(r, learning, images[order[n]], int(labels[order[n]]), epoch * len(order) + n, tally)
        s.loops.keep(r.cells, s.geometry, self.look, self.dense or s.driver == "stepwise", tally)

    def after(self, r: Replica, order: Ints, stop: int, epoch: int, tally: Floats) -> None:
        """What it has done."""
        s = r.setup
        learning = s.learning_at(epoch)
        if self.dense:
            step = (epoch * len(order) + stop - 1) * learning.inner_steps
            s.loops.plan_sums(r.cells, s.geometry, learning, s.writing, s.dense, r.total, self.look, step, tally)
        s.loops.compare(r.cells, s.geometry, learning, self.look, self.steps, tally)

    def _sample(self, r: Replica, learning: Any, image: Floats, label: int, number: int, tally: Floats) -> None:
        s, k = r.setup, r.setup.loops
        step = number * learning.inner_steps
        address, thrown = (s.seed, r.label, step), (self.counts, self.sums)
        rest = (self.exact, self.scratch, self.plan, self.look, *address)
        known = (r.cells, s.geometry, learning, s.coding, s.writing)
        if s.driver == "fused":
            k.look_ahead(*known, s.reading, r.scale, image, label, self.seen, *rest, *thrown, tally)
            return
        kept, clock = [state.copy() for state in r.slow], r.clock.copy()
        r.follow_noise(number + 1)  # as the driver will, once this is put back
        seen = self.seen
        if r.wired_pass:
            seen = r.wired_pass.signals
            k.load_sample(image, label, learning, seen)
            r.wired_pass.forward(r.as_noisy(), r.scale, step, 0, *thrown)
            r.wired_pass.backward(r.as_noisy(), r.scale, step, *thrown, learning)
        else:
            k.load_sample(image, label, learning, seen)
            k.forward(r.as_read(), s.geometry, learning, s.reading, r.scale, seen, self.scratch, *address, *thrown)
            k.backward(r.as_read(), s.geometry, learning, s.reading, r.scale, seen, self.scratch, *address, *thrown)
        for state, old in zip(r.slow, kept, strict=True):
            state[...] = old
        r.clock[...] = clock
        k.plan_sample(*known, r.scale, image, label, seen, *rest, tally)


def _ends(r: Replica) -> tuple[Floats, Floats]:
    """Conductances (siemens) at which cells are at the lower and the upper end of their window; (synapses, members), or (1, members) where all have the same.

    A cell that a fault keeps from going a way is at that end wherever it is; cells without bounds never are.
    """
    s = r.setup
    shape, varied = (1, s.synapse.members), dict(zip(s.varied, r.cells.varied, strict=True))
    if not s.bounded:
        return np.full(shape, -np.inf), np.full(shape, np.inf)
    bottom, top = (varied.get(name, np.full(shape, getattr(s.params, name))) for name in ("g_min", "g_max"))
    low, high = top - SATURATED * (top - bottom), bottom + SATURATED * (top - bottom)
    fault = varied.get("fault", np.zeros(shape))
    low = np.where((fault == STUCK) | (fault == STUCK_ON), np.inf, low)
    high = np.where((fault == STUCK) | (fault == DEAD), -np.inf, high)
    return np.ascontiguousarray(low), np.ascontiguousarray(high)


def _refreshes(r: Replica, step0: int, first: int, stop: int) -> bool:
    """Are cells refreshed after the samples first … stop − 1 of an epoch?"""
    every = r.setup.writing.refresh_every
    return every > 0 and (step0 + stop) // every > (step0 + first) // every


def _copied(r: Replica) -> Replica:
    """A replica in the same state, to be thrown away, that learns every sample once."""
    q = copy.copy(r)
    q.setup = replace(r.setup, learning=r.setup.learning._replace(inner_steps=1))
    c = r.cells
    q.cells = c._replace(state=c.state.copy(), w=c.w.copy(), wt=c.wt.copy(), row=c.row.copy(), col=c.col.copy())
    for name in ("counts", "sums", "totals", "clock", "scale", "total", "aim"):
        setattr(q, name, getattr(r, name).copy())
    q.slow = [state.copy() for state in r.slow]
    if r.wired:
        q.wired = copy.copy(r.wired)
        for name in ("share", "made", "error", "reached"):
            setattr(q.wired, name, getattr(r.wired, name).copy())
        q.wired_pass = WiredPass(q.setup, q.wired, r.label) if r.wired_pass else None
    return q


def measures(tally: Floats, r: Replica, samples: int) -> dict[str, list[float | None]]:
    """What the module says of a tally, per layer. samples: of an epoch."""
    s, geo = r.setup, r.setup.geometry
    updates = -(-samples // (s.batch or samples))
    out: dict[str, list[float | None]] = {name: [] for name in MEASURES}
    for k, t in enumerate(tally):
        part = slice(geo.synapse[k], geo.synapse[k + 1])
        spread = float(s.learning.gain[k] * r.cells.w[part].std())
        off, looks = t[T_GOT] - t[T_WANTED], int(t[T_LOOKS])
        whole = spread * (part.stop - part.start) * looks / updates
        both = math.sqrt(t[T_WANTED2]) * math.sqrt(t[T_GOT2])
        found = (
            _over(t[T_FROZEN], t[T_ASKED]), _over(t[T_BOTH], both), _over(t[T_BOTH], t[T_WANTED2]), _over(t[T_WASTED], t[T_PULSES]),
            _over(t[T_DEAD], t[T_ASKED]), _over(off, whole), _over(_error(off, t[T_OFF2], looks, updates), whole),
        )  # fmt: skip
        for name, value in zip(MEASURES, found, strict=True):
            out[name].append(value)
    return out


def _error(total: float, squares: float, n: int, of: int) -> float:
    """Standard error of a sum of n numbers, drawn from so many, as an estimate of n times the mean of all; nan of a single one."""
    if n < 2:
        return 0.0 if n == of else math.nan
    variance = max(squares - total * total / n, 0.0) / (n - 1)
    return math.sqrt(n * variance * (1.0 - n / of))


def _over(a: float, b: float) -> float | None:
    return float(a / b) if b > 0.0 and not math.isnan(a) else None
