"""``ohmgrad tolerance`` and ``ohmgrad explain``: sweeps that answer one question."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from ohmgrad.cli.sweep import Again, Cluster, Quiet, Workers, Yes, agree, cost_text, stopped
from ohmgrad.errors import RunError, SpecError

Variant = Annotated[str, typer.Option(help="Variant of the experiment.")]
DeviceName = Annotated[str, typer.Option(help="A published device or a device file, in place of the experiment's.")]
Epochs = Annotated[int | None, typer.Option(help="Passes over the training samples.")]
Seed = Annotated[int | None, typer.Option(help="Seed of everything random.")]
Settings = Annotated[list[str] | None, typer.Option("--set", help="One setting, such as data.train=500; may be repeated.")]


def tolerance(
    experiment: Annotated[str, typer.Argument(help="A named experiment or a TOML file of yours.")],
    of: Annotated[str, typer.Option("--of", help="The setting to make worse, such as faults.dead.")],
    loss: Annotated[float, typer.Option(help="Points of test accuracy (per cent) that it may cost.")] = 1.0,
    start: Annotated[
        str | None, typer.Option("--from", help="Where to begin, and what to compare with; default: as the experiment is.")
    ] = None,
    end: Annotated[str | None, typer.Option("--to", help="Where to stop looking; default: the largest value allowed.")] = None,
    points: Annotated[int, typer.Option(min=3, help="Values to try, at most.")] = 14,
    repeats: Annotated[int, typer.Option(min=1, help="Networks at each value, the same for all.")] = 8,
    variant: Variant = "",
    device: DeviceName = "",
    epochs: Epochs = None,
    seed: Seed = None,
    settings: Settings = None,
    out: Annotated[Path | None, typer.Option(help="Folder of the store and the report; default: in sweeps/.")] = None,
    workers: Workers = 0,
    cluster: Cluster = "",
    again: Again = False,
    yes: Yes = False,
    quiet: Quiet = False,
) -> None:
    """Find how much of an imperfection costs so much accuracy, with a 95 % interval."""
    from ohmgrad.cli.sweep_table import shown
    from ohmgrad.report.tolerance import answer, write_tolerance_report
    from ohmgrad.sweep import study
    from ohmgrad.sweep.runner import run
    from ohmgrad.sweep.tolerance import search, tolerance_plan

    study.check_workers(workers, cluster)
    if not 0.0 < loss < 100.0:
        raise SpecError(f"--loss {loss:g}: give points of accuracy between 0 and 100, such as 1")
    top = _top(experiment, variant, device, epochs, seed, settings, repeats)
    plan, low, high = tolerance_plan(top, of, start, end)
    folder = out or Path("sweeps") / f"tolerance-{_name(experiment, variant)}-{plan.fields[0].name.removeprefix('device.')}"
    cost = study.cost(plan, workers or _cores())
    most = study.times(cost, points)
    agree(most, yes)
    try:
        with study.crew(workers, cluster) as crew, study.opened(plan, folder, [], "tolerance") as store:
            _say(quiet, f"at most {cost_text(most)}; store {store.path}")
            with shown(store, quiet) as watch:
                found = search(
                    plan, store, low, high, loss / 100, points,
                    lambda: run(plan, store, crew.executor, crew.workers, watch, again, crew.ahead),
                )  # fmt: skip
            page = _written(folder, lambda: write_tolerance_report(store, found, folder))
    except KeyboardInterrupt:
        stopped()
    print(answer(found))
    _say(quiet, f"report: {page}")


def explain(
    what: Annotated[
        str, typer.Argument(metavar="SPEC|RUN", help="A named experiment, a TOML file of yours, or the folder of a run.")
    ],
    repeats: Annotated[
        int | None, typer.Option(min=1, help="Networks on each rung, the same for all; default: 4, or as the run.")
    ] = None,
    variant: Variant = "",
    device: DeviceName = "",
    epochs: Epochs = None,
    seed: Seed = None,
    settings: Settings = None,
    out: Annotated[Path | None, typer.Option(help="Folder of the store and the report; default: in sweeps/.")] = None,
    workers: Workers = 0,
    cluster: Cluster = "",
    again: Again = False,
    yes: Yes = False,
    quiet: Quiet = False,
) -> None:
    """Say which imperfection costs how much accuracy: each switched off alone, all but it, and its share."""
    from ohmgrad.cli.sweep_table import shown
    from ohmgrad.report.ladder import IDLE, points_text, result_text, write_ladder_report
    from ohmgrad.sweep import study
    from ohmgrad.sweep.ladder import climb, ladder_plan, most_points
    from ohmgrad.sweep.ladder import explain as explained
    from ohmgrad.sweep.query import Results
    from ohmgrad.sweep.runner import run

    study.check_workers(workers, cluster)
    base, n, first = what, repeats or 4, 0
    if Path(what).is_dir():
        from ohmgrad.experiments import folder as files

        spec = files.read_spec(Path(what))
        base, n, first = str(Path(what) / files.SPEC), repeats or max(spec.replicas, 2), spec.first_repeat
    elif Path(what).name != what and not what.endswith(".toml"):
        raise RunError(f"there is no run folder {what}")
    top = _top(base, variant, device, epochs, seed, settings, n) | {"first_repeat": first}
    plan = ladder_plan(top)
    folder = out or Path("sweeps") / f"explain-{_name(what, variant)}"
    cost = study.cost(plan, workers or _cores())
    most = study.times(cost, most_points(plan) / cost.points)
    agree(most, yes)
    try:
        with study.crew(workers, cluster) as crew, study.opened(plan, folder, kind="explain") as store:
            _say(quiet, f"{'at most ' if most.points > cost.points else ''}{cost_text(most)}; store {store.path}")
            with shown(store, quiet) as watch:
                at = climb(plan, store, lambda: run(plan, store, crew.executor, crew.workers, watch, again, crew.ahead))
            found = explained(plan, Results(store))
            page = _written(folder, lambda: write_ladder_report(store, found, folder))
    except KeyboardInterrupt:
        stopped()
    print(result_text(found))
    if not quiet:
        print(f"{'imperfection':<20}{'share':>16}{'alone':>16}{'switched off':>16}   points of accuracy, 95 % interval")
        for r in found.rungs:
            numbers = IDLE if r.idle else "".join(f"{points_text(m):>16}" for m in (r.share, r.alone, r.last))
            print(f"{r.name:<20}{numbers}")
        if at.failed:
            print(f"{at.failed} of {at.total} runs failed; see the report")
        print(f"report: {page}")


def _top(
    base: str, variant: str, device: str, epochs: int | None, seed: int | None, settings: list[str] | None, repeats: int
) -> dict[str, Any]:
    """What a sweep file would say besides its axes."""
    return {
        "base": base,
        "variant": variant,
        "device": device,
        "epochs": epochs,
        "seed": seed,
        "settings": settings or [],
        "repeats": repeats,
    }


def _name(base: str, variant: str) -> str:
    return "-".join(filter(None, (Path(base).name.removesuffix(".toml"), variant)))


def _cores() -> int:
    from ohmgrad.experiments.run import cores

    return cores()


def _say(quiet: bool, text: str) -> None:
    if not quiet:
        print(text, flush=True)


def _written(folder: Path, write: Any) -> Path:
    from ohmgrad.experiments.folder import disk

    with disk(folder):
        page: Path = write()
    return page
