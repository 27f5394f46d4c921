"""A sweep from beginning to end: what it will cost, its store, its workers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from concurrent.futures import Executor
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from ohmgrad.errors import SpecError
from ohmgrad.experiments import folder as files
from ohmgrad.experiments.history import versions
from ohmgrad.experiments.run import cores
from ohmgrad.experiments.specfile import to_toml
from ohmgrad.sweep.cluster import connected
from ohmgrad.sweep.plan import Plan, Point
from ohmgrad.sweep.pool import Processes
from ohmgrad.sweep.runner import Progress, Watch, run, structure
from ohmgrad.sweep.sections import read_sweep, study_file
from ohmgrad.sweep.store import FILE, Store
from ohmgrad.sweep.trial import dataset

MANY = 100_000  # runs from which a person is asked first
LONG = 8 * 3600.0  # estimated seconds from which a person is asked first
BYTES_A_RUN = 3500  # in the store: numbers, bill, a history of some epochs


class Cost(NamedTuple):
    """What a sweep will take: points, runs, seconds (within a factor of two or three), bytes of the store; `ask` if a person should agree first."""

    points: int
    runs: int
    seconds: float
    bytes: int
    ask: bool


class Crew(NamedTuple):
    """Who does the runs: an executor, how many run at once, and how many tasks each is given ahead."""

    executor: Executor
    workers: int
    ahead: int


def plan_of(path: str | Path, settings: Iterable[str] = ()) -> Plan:
    """The plan of a sweep file or of a study by name, with more settings ``section.name=value`` for all points. Raises SpecError."""
    path = study_file(path)
    return Plan(read_sweep(path), path.parent, tuple(settings))


def cost(plan: Plan, workers: int) -> Cost:
    """What the whole sweep would take with so many workers. Raises SpecError, DataError."""
    points = plan.count
    runs = points * plan.sweep.repeats
    seconds = structure(plan.base)[1] * runs / workers
    return Cost(points, runs, seconds, runs * BYTES_A_RUN, runs > MANY or seconds > LONG)


def times(cost: Cost, factor: float) -> Cost:
    """What so many times as many points would take."""
    points, runs, seconds, size = (factor * v for v in cost[:4])
    return Cost(round(points), round(runs), seconds, round(size), runs > MANY or seconds > LONG)


@contextmanager
def crew(workers: int = 0, cluster: str = "") -> Iterator[Crew]:
    """Processes of this machine (0: one per core), or a Dask cluster. Leaving the block by an error or Ctrl-C kills the processes."""
    if cluster:
        with connected(cluster) as (executor, threads):
            yield Crew(executor, threads, 2)
        return
    n = workers or cores()
    processes = Processes(n)
    try:
        yield Crew(processes, n, 1)
    except BaseException:
        processes.shutdown(wait=False, cancel_futures=True)
        raise
    processes.shutdown()


@contextmanager
def opened(
    plan: Plan, folder: Path, points: Iterable[Point] | None = None, kind: str = "sweep", **meta: Any
) -> Iterator[Store]:
    """The store of a folder, made ready for the points of a plan (or for others), and kept from a second process.

    The data are loaded first, so that a file that is missing is missed at once, and workers find MNIST fetched. Raises SpecError, DataError, RunError.
    """
    dataset(plan.base)
    if points is None:
        next(plan.points(), None)  # raises if no point can be run: nothing is written then
    with files.disk(folder):
        folder.mkdir(parents=True, exist_ok=True)
    with files.lock(folder), Store(folder / FILE) as store:
        scales = [a.scale if a.values is None else "" for a in plan.sweep.axis]
        meta |= {
            "kind": kind, "title": plan.base.title or plan.base.experiment, "experiment": plan.base.experiment, "variant": plan.sweep.variant,
            "repeats": [plan.repeats[0], plan.repeats[-1] + 1], "epochs": plan.base.epochs, "seed": plan.base.seed, "random": plan.sweep.random or 0,
            "base": to_toml(plan.base), "sweep": plan.sweep.model_dump(mode="json", by_alias=True), "versions": versions(),
        }  # fmt: skip
        store.set_points(plan.fields, scales, plan.points() if points is None else points, meta)
        yield store


def run_sweep(
    path: str | Path,
    folder: str | Path,
    *,
    workers: int = 0,
    cluster: str = "",
    again: bool = False,
    watch: Watch = lambda _: None,
) -> Progress:
    """Do all runs of a sweep file, or of a study by name, that are not yet stored in `folder`; returns where it stands in the end.

    workers: processes (0: one per core), or `cluster`: address of a Dask scheduler. again: try failed runs again. watch: called after every task.
    A script that calls this needs ``if __name__ == "__main__":`` around it, since processes are spawned.
    Raises SpecError, DataError, RunError.
    """
    plan = plan_of(path)
    with crew(workers, cluster) as c, opened(plan, Path(folder)) as store:
        return run(plan, store, c.executor, c.workers, watch, again, c.ahead)


def open_store(folder: str | Path) -> Store:
    """The store of a sweep's folder, to be read; raises RunError if there is none."""
    return Store(Path(folder) / FILE, read_only=True)


def sweep_dataset(folder: str | Path) -> Any:
    """The results in a sweep's folder as an `xarray.Dataset`: see `ohmgrad.sweep.export.to_xarray`. Raises RunError."""
    from ohmgrad.sweep.export import to_xarray

    with open_store(folder) as store:
        return to_xarray(store)


def check_workers(workers: int, cluster: str) -> None:
    """Raises SpecError for workers that make no sense."""
    if workers < 0:
        raise SpecError(f"--workers {workers}: give 1 or more, or 0 for one per core")
    if workers and cluster:
        raise SpecError("--workers are processes of this machine, --cluster is another; give one of them")
