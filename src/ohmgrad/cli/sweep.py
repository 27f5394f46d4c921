"""``ohmgrad sweep``: many runs over a grid of settings, stored as they come."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ohmgrad.errors import RunError, SpecError

if TYPE_CHECKING:
    from ohmgrad.sweep.runner import Progress
    from ohmgrad.sweep.store import Store
    from ohmgrad.sweep.study import Cost

Workers = Annotated[int, typer.Option(help="Processes; 0: one per core. Changes no result.")]
Cluster = Annotated[str, typer.Option(help="Address of a Dask scheduler, such as tcp://host:8786, in place of processes here.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask, however long it takes.")]
Again = Annotated[bool, typer.Option("--retry", help="Try runs again that failed before.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Print nothing but errors.")]
EXPORTS = (".csv", ".parquet", ".nc")


def sweep(
    file: Annotated[
        Path | None,
        typer.Argument(
            metavar="FILE.toml", help="What to vary, and how often (docs/sweeps.md); or a study by name, see --list."
        ),
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Folder of the store and the report; default: sweeps/NAME.")] = None,
    settings: Annotated[
        list[str] | None, typer.Option("--set", help="One setting of all points, such as data.train=500; may be repeated.")
    ] = None,
    workers: Workers = 0,
    cluster: Cluster = "",
    yes: Yes = False,
    again: Again = False,
    export: Annotated[
        Path | None,
        typer.Option(help="Only write what is stored to this file: .csv, .parquet or .nc (xarray). Computes nothing."),
    ] = None,
    report: Annotated[
        bool, typer.Option("--report", help="Only write the report of what is stored. Computes nothing.")
    ] = False,
    list_: Annotated[bool, typer.Option("--list", help="Show the studies that come with ohmgrad.")] = False,
    show: Annotated[bool, typer.Option("--show", help="Print the file, to make one of your own of it.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what it would take; compute nothing.")] = False,
    quiet: Quiet = False,
) -> None:
    """Run a grid of settings, each point several times; resume what is there; end in a report."""
    from ohmgrad.sweep import sections, study

    if list_:
        for name, path in sections.studies().items():
            print(f"{name:<28}{sections.read_sweep(path).title}")
        return
    if file is None:
        raise SpecError(
            "name a sweep file or a study, such as 'ohmgrad sweep figure-2.12'; 'ohmgrad sweep --list' shows the studies"
        )
    file = sections.study_file(file)
    if show:
        print(file.read_text(encoding="utf-8"), end="")
        return
    study.check_workers(workers, cluster)
    if export is not None and export.suffix not in EXPORTS:
        raise RunError(f"--export {export}: give the name of a file that ends in {', '.join(EXPORTS[:-1])} or {EXPORTS[-1]}")
    folder = out or Path("sweeps") / file.stem
    plan = study.plan_of(file, settings or [])
    if export is not None or report:
        _only(folder, export, report)
        return
    from ohmgrad.experiments.run import cores

    cost = study.cost(plan, 1 if cluster else workers or cores())  # of a cluster nothing is known yet
    if dry_run:
        next(plan.points(), None)
        print(cost_text(cost))
        return
    agree(cost, yes)
    from ohmgrad.cli.sweep_table import shown
    from ohmgrad.sweep.runner import run

    try:
        with study.crew(workers, cluster) as crew, study.opened(plan, folder) as store:
            if not quiet:
                print(f"{cost_text(cost)}; store {store.path}", flush=True)
                _impossible(store)
            with shown(store, quiet) as watch:
                at = run(plan, store, crew.executor, crew.workers, watch, again, crew.ahead)
            page = _report(folder, store)
    except KeyboardInterrupt:
        stopped()
    if not quiet:
        print(finish_text(at))
        print(f"report: {page}")


def _impossible(store: Store) -> None:
    """Say at once which points cannot be set up."""
    from ohmgrad.sweep.query import Results

    results = Results(store)
    bad = [f for f in results.failures() if f.repeat is None]
    if bad:
        print(
            f"{len(bad):,} of {results.points:,} points cannot be run, such as {results.label(bad[0].place)}: {bad[0].error}",
            flush=True,
        )


def stopped() -> None:
    """Say how to go on after Ctrl-C: with the command that was given."""
    command = shlex.join(["ohmgrad", *sys.argv[1:]])
    print(f"stopped; what was finished is stored. Go on with: {command}", file=sys.stderr)
    raise typer.Exit(130)


def agree(cost: Cost, yes: bool) -> None:
    """Ask a person before a sweep that is very large or very long; raises SpecError where nobody can be asked."""
    if yes or not cost.ask:
        return
    if not sys.stdin.isatty():
        raise SpecError(f"that would be {cost_text(cost)}; give --yes to start it all the same")
    if not typer.confirm(f"That is {cost_text(cost)}. Go on?"):
        raise typer.Abort


def cost_text(cost: Cost) -> str:
    """Points, runs, time and disk in words."""
    points = f"{cost.points:,} point{'s' * (cost.points != 1)}"
    size = f"{cost.bytes / 1e9:,.1f} GB" if cost.bytes > 1e8 else f"{cost.bytes / 1e6:,.1f} MB"
    return f"{points}, {cost.runs:,} run{'s' * (cost.runs != 1)}, about {_long(cost.seconds)} of training, {size} of store"


def _long(seconds: float) -> str:
    if seconds < 90:
        return f"{max(1, round(seconds))} s"
    if seconds < 5400:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:,.0f} h" if seconds < 360_000 else f"{seconds / 86400:,.0f} days"


def finish_text(at: Progress) -> str:
    """What came of it, in one line."""
    text = f"{at.done:,} of {at.total:,} runs stored"
    if at.lost:
        text += f"; {at.lost} task{'s' * (at.lost != 1)} lost with a worker and tried again"
    if at.failed:
        text += f"; {at.failed:,} failed, see the report (--retry tries them again)"
    return text


def _only(folder: Path, export: Path | None, report: bool) -> None:
    from ohmgrad.sweep import study

    with study.open_store(folder) as store:
        if export is not None:
            from ohmgrad.sweep.export import write_export

            print(f"{write_export(store, export):,} runs: {export}")
        if report:
            print(_report(folder, store))


def _report(folder: Path, store: Store) -> Path:
    from ohmgrad.experiments.folder import disk
    from ohmgrad.report.sweep import write_sweep_report

    with disk(folder):
        return write_sweep_report(store, folder)
