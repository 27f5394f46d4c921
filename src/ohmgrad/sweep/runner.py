"""The loop of a sweep: tasks out, results in, stored as they come.

Points with the same compiled loops (`Setup.structure`) and data go out together, so a process compiles or loads a loop once and then trains replica after replica
on it; points of another structure are tasks of their own. A task is short, so that little is lost with a worker and nothing waits for the last one.
While a structure is new, and may be compiling, other workers get tasks of other structures, if there are any among those next in line.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, CancelledError, Executor, Future, wait
from dataclasses import dataclass, field
from typing import Any

from ohmgrad.errors import OhmgradError, RunError
from ohmgrad.experiments.build import build
from ohmgrad.experiments.estimate import estimate
from ohmgrad.experiments.spec import Spec
from ohmgrad.sweep.keys import as_text
from ohmgrad.sweep.plan import Plan
from ohmgrad.sweep.store import Store
from ohmgrad.sweep.trial import Job, Record, dataset, work

TASK_SECONDS = 1.5  # training that a task holds, at most
TASK_JOBS = 200
TRIES = 5  # of a task whose worker dies
IN_LINE = 64  # tasks among which a worker finds one whose loops nobody else is compiling


@dataclass
class Task:
    """Some runs that go to one worker together."""

    jobs: list[Job]
    points: list[int]
    shape: str
    tries: int = 0


@dataclass
class Progress:
    """Where a sweep stands: runs stored, failed, and in all; what came last; `lost` tasks are tried again."""

    done: int
    failed: int
    total: int
    workers: int
    lost: int = 0
    records: list[Record] = field(default_factory=list)
    points: list[int] = field(default_factory=list)  # of the records


Watch = Callable[[Progress], None]


def structure(spec: Spec) -> tuple[str, float]:
    """What must be equal for runs to share a compiled loop and data: a hash; and the estimated seconds of one run."""
    data = dataset(spec) if spec.data.source == "files" else None
    text = build(spec, nonnegative_inputs=True).structure
    parts = f"{text} {spec.network.layers} {spec.driver} {spec.data.model_dump_json()}"
    return hashlib.sha256(parts.encode()).hexdigest(), estimate(spec, 1, data).seconds


def tasks(plan: Plan, store: Store, workers: int, again: bool = False) -> Iterator[Task | list[Record]]:
    """What is to be done, in order of the points; instead of a task, the failures of a point that cannot be set up."""
    runs_left = store.db.execute("SELECT count(*) FROM points").fetchone()[0] * plan.sweep.repeats
    fair = max(1, runs_left // (4 * workers))  # so many in a task at most, so that all workers have some
    open_tasks: dict[str, Task] = {}
    for number, given, key, missing in store.pending(plan.repeats, again):
        try:
            spec = plan.spec(tuple(given))
            shape, seconds = structure(spec)
        except OhmgradError as e:
            yield [{"key": key, "repeat": r, "error": str(e), "point": number} for r in missing]
            continue
        most = min(fair, TASK_JOBS, max(1, int(TASK_SECONDS / max(seconds, 1e-6))))
        text = as_text(spec)
        for repeat in missing:
            task = open_tasks.setdefault(shape, Task([], [], shape))
            task.jobs.append(Job(text, key, repeat, plan.curve))
            task.points.append(number)
            if len(task.jobs) >= most:
                yield open_tasks.pop(shape)
    yield from open_tasks.values()


class Line:
    """Tasks in order, but for those whose structure is out for the first time: these wait while others can go."""

    def __init__(self, tasks: Iterator[Task | list[Record]]) -> None:
        self.tasks = tasks
        self.held: list[Task] = []
        self.known: dict[str, bool] = {}  # structures given out; True once a task of theirs has come back

    def next(self) -> Task | list[Record] | None:
        """The next to be given out; None if there are no more."""
        for k, task in enumerate(self.held):
            if self.known.get(task.shape, True):
                return self._out(self.held.pop(k))
        while len(self.held) < IN_LINE and (found := next(self.tasks, None)) is not None:
            if isinstance(found, list) or self.known.get(found.shape, True):
                return self._out(found)
            self.held.append(found)
        return self._out(self.held.pop(0)) if self.held else None  # no worker is idle for this

    def came(self, task: Task) -> None:
        """A task has come back: its loops are compiled."""
        self.known[task.shape] = True

    def _out(self, found: Task | list[Record]) -> Task | list[Record]:
        if isinstance(found, Task):
            self.known.setdefault(found.shape, False)
        return found


def run(
    plan: Plan,
    store: Store,
    executor: Executor,
    workers: int,
    watch: Watch = lambda _: None,
    again: bool = False,
    ahead: int = 1,
) -> Progress:
    """Do everything that is not stored yet; returns where the sweep stands in the end.

    again: try failed runs again. ahead: tasks given out for each worker (2 hides the way to a cluster).
    Raises RunError if the store cannot be written or the cluster goes away; what was stored before is whole.
    """
    at = standing(plan, store, workers, again)
    watch(at)
    line = Line(tasks(plan, store, workers, again))
    retry: list[Task] = []
    out: dict[Future[list[Record]], Task] = {}
    while True:
        while len(out) < workers * ahead:
            task = retry.pop() if retry else line.next()
            if task is None:
                break
            if isinstance(task, list):
                _keep(store, at, task, [int(r["point"]) for r in task], 1, watch)
                continue
            out[executor.submit(work, task.jobs)] = task
        if not out:
            return at
        finished, _ = wait(out, return_when=FIRST_COMPLETED)
        for future in finished:
            task = out.pop(future)
            try:
                records = future.result()
            except CancelledError:
                raise RunError("the cluster went away; what was stored is whole; give the same command again") from None
            except Exception as e:  # the worker died, or the task never came there
                task.tries += 1
                at.lost += 1
                retry += _again(store, at, task, e, watch)
                continue
            line.came(task)
            _keep(store, at, records, task.points, task.tries + 1, watch)


def _again(store: Store, at: Progress, task: Task, e: Exception, watch: Watch) -> list[Task]:
    """A task whose worker died, run by run, so that one that kills workers takes no other with it; a run that was tried often enough fails."""
    if task.tries < TRIES:
        return [Task([job], [point], task.shape, task.tries) for job, point in zip(task.jobs, task.points, strict=True)]
    reason = " ".join(str(e).split()) or type(e).__name__
    failed = [{"key": key, "repeat": repeat, "error": f"tried {task.tries} times: {reason}"} for _, key, repeat, _ in task.jobs]
    _keep(store, at, failed, task.points, task.tries, watch)
    return []


def _keep(store: Store, at: Progress, records: list[Record], points: list[int], tries: int, watch: Watch) -> None:
    store.save(records, tries)
    bad = sum("error" in r for r in records)
    at.done, at.failed = at.done + len(records) - bad, at.failed + bad
    at.records, at.points = records, points
    watch(at)


def standing(plan: Plan, store: Store, workers: int, again: bool = False) -> Progress:
    """Where the sweep stands before anything is done. Points with the same specification count once."""
    first, last = plan.repeats[0], plan.repeats[-1]

    def number(sql: str, *values: Any) -> int:
        with store.disk():
            return int(store.db.execute(sql, values).fetchone()[0])

    keys = "SELECT DISTINCT key FROM points WHERE error = ''"
    total = number(f"SELECT count(*) FROM ({keys})") * plan.sweep.repeats
    impossible = number("SELECT count(*) FROM points WHERE error <> ''") * plan.sweep.repeats
    counted = "SELECT count(*) FROM {} WHERE key IN ({}) AND repeat BETWEEN ? AND ?"
    done = number(counted.format("runs", keys), first, last)
    failed = 0 if again else number(counted.format("failures", keys), first, last)
    return Progress(done, failed + impossible, total + impossible, workers)
