"""The command line: ``ohmgrad run``, ``resume``, ``report``, ``list``; ``array …``, ``device …`` and ``new …`` are in files of their own."""

from __future__ import annotations

import os
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

import ohmgrad
from ohmgrad.cli.array import array_app
from ohmgrad.cli.book import book
from ohmgrad.cli.device import device_app, new_app
from ohmgrad.cli.program import program
from ohmgrad.cli.pulses import pulses
from ohmgrad.cli.runs import bill, cite, compare
from ohmgrad.cli.studies import explain, tolerance
from ohmgrad.cli.sweep import sweep
from ohmgrad.errors import OhmgradError, RunError

if TYPE_CHECKING:
    from ohmgrad.report.run import Summary

app = typer.Typer(
    add_completion=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    pretty_exceptions_enable=False,
    help="Train networks on simulated memristive crossbar arrays, and see what it costs.",
)

Threads = Annotated[int, typer.Option(min=0, help="Threads; 0: one per core, at most one per replica. Changes no result.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Print nothing but errors.")]


app.add_typer(device_app, name="device")
app.add_typer(new_app, name="new")
app.add_typer(array_app, name="array")
app.command("program")(program)
app.command("book")(book)


@app.callback(invoke_without_command=True)
def _root(
    context: typer.Context, version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False
) -> None:
    if version:
        print(f"ohmgrad {ohmgrad.__version__}")
        raise typer.Exit
    if context.invoked_subcommand is None:
        print(context.get_help())


@app.command()
def run(
    experiment: Annotated[str, typer.Argument(help="A named experiment (see 'ohmgrad list') or a TOML file of yours.")],
    out: Annotated[Path | None, typer.Option(help="Run folder; default: the next free one in runs/.")] = None,
    epochs: Annotated[int | None, typer.Option(help="Passes over the training samples.")] = None,
    seed: Annotated[int | None, typer.Option(help="Seed of everything random.")] = None,
    replicas: Annotated[int | None, typer.Option(help="Networks that differ in their random numbers only.")] = None,
    variant: Annotated[str, typer.Option(help="Variant of the experiment.")] = "",
    device: Annotated[
        str, typer.Option(help="A published device (see 'ohmgrad device list') or a device file, in place of the experiment's.")
    ] = "",
    settings: Annotated[
        list[str] | None, typer.Option("--set", help="One setting, such as synapse.refresh_every=100; may be repeated.")
    ] = None,
    threads: Threads = 0,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Print the full specification and what it needs; train nothing.")
    ] = False,
    quiet: Quiet = False,
) -> None:
    """Train an experiment, or your own network and data."""
    spec = ohmgrad.make_spec(
        experiment, variant=variant, settings=settings or [], device=device, epochs=epochs, seed=seed, replicas=replicas
    )
    if dry_run:
        _describe(spec, threads)
        return
    folder = out or _free_folder(spec.experiment + (f"-{spec.variant}" if spec.variant else ""))
    from ohmgrad.experiments import run as runs

    _train(folder, lambda **o: runs.start(spec, folder, **o), spec, threads, quiet)


@app.command()
def resume(folder: Annotated[Path, typer.Argument(help="Run folder.")], threads: Threads = 0, quiet: Quiet = False) -> None:
    """Go on with a run that was stopped or killed."""
    from ohmgrad.experiments import folder as files
    from ohmgrad.experiments import run as runs

    if not folder.is_dir():
        raise RunError(f"there is no run folder {folder}")
    _train(folder, lambda **o: runs.resume(folder, **o), files.read_spec(folder), threads, quiet)


@app.command()
def report(folder: Annotated[Path, typer.Argument(help="Run folder.")]) -> None:
    """Write the report of a run again."""
    print(_report(folder))


@app.command("list")
def list_() -> None:
    """Show the named experiments and their variants."""
    experiments = ohmgrad.list_experiments()
    wide = max(len(variant) for texts in experiments.values() for variant in texts) + 2
    for name, texts in experiments.items():
        print(f"{name:<{wide + 12}}{texts.pop('title')}")
        for variant, text in texts.items():
            print(f"  --variant {variant:<{wide}}{text}")


app.command("bill")(bill)
app.command("compare")(compare)
app.command("cite")(cite)
app.command("pulses")(pulses)
app.command("sweep")(sweep)
app.command("tolerance")(tolerance)
app.command("explain")(explain)


def _free_folder(name: str) -> Path:
    k = 1
    while (Path("runs") / f"{name}-{k}").exists():
        k += 1
    return Path("runs") / f"{name}-{k}"


def _report(folder: Path) -> Path:
    from ohmgrad.experiments.folder import disk

    with disk(folder):
        return ohmgrad.write_report(folder)


def _train(folder: Path, open_run: Any, spec: Any, threads: int, quiet: bool) -> None:
    from ohmgrad.cli.console import Interrupt, shown

    with Interrupt().armed() as interrupt:
        with shown(quiet) as reporter:
            job = open_run(threads=threads, report=reporter, stop=interrupt)
            summary = job.train()
        if summary is None:
            print(f"stopped; saved. Go on with: ohmgrad resume {shlex.quote(str(folder))}", file=sys.stderr)
            raise typer.Exit(130)
        page = _report(folder)
    if not quiet:
        _print_result(summary, page)


def _describe(spec: Any, threads: int) -> None:
    from ohmgrad.experiments.build import check_ideal, load_data
    from ohmgrad.experiments.estimate import estimate
    from ohmgrad.experiments.run import cores
    from ohmgrad.experiments.specfile import to_toml

    # One's own files are read, so that a mistake in them shows here; MNIST is not fetched for this.
    data = load_data(spec) if spec.data.source in ("files", "letters", "faces") else None
    threads = min(threads or cores(), spec.replicas)
    check_ideal(spec)
    e = estimate(spec, threads, data)
    print(to_toml(spec))
    print(f"# synapses          {e.synapses:,} ({e.cells:,} cells) in each of {spec.replicas} replica(s)")
    print(f"# memory            about {e.bytes / 1e6:,.0f} MB")
    print(f"# training time     about {e.seconds:,.0f} s on {threads} thread(s), compilation (once) and evaluation left out")


def _print_result(s: dict[str, Any], page: Path) -> None:
    from ohmgrad.report.bill import count
    from ohmgrad.report.load import load_summary
    from ohmgrad.units import show, show_duration

    found = load_summary(page.parent / "summary.json")

    def percent(name: str) -> str:
        spread = (
            f" ± {100 * s['test_accuracy_ci95']:.2f}" if name == "test_accuracy" and s["test_accuracy_ci95"] is not None else ""
        )
        return f"{100 * s[name]:.2f}{spread} %"

    n = s["replicas"]
    mean = f"mean of {n} replicas" + (", 95 % interval" if n > 1 else "") if n > 1 else "1 replica"
    energy = "n/a (unbounded cells)" if s["array_energy_j"] is None else show(s["array_energy_j"], "energy")
    speed = f"{s['samples_per_second']:,.0f} samples/s on {s['threads']} thread(s)" if s["samples_per_second"] else "n/a"
    rows = [
        ("test accuracy", f"{percent('test_accuracy')}  ({mean})"),
        *(
            (
                f"  after {show_duration(rest['seconds'])}",
                f"{100 * sum(rest['test_accuracy']) / n:.2f} %  (cells left alone since training)",
            )
            for rest in s["after_rest"]
        ),
        ("training accuracy", percent("train_accuracy")),
        *_criterion(found),
        *(("published", f"{p.shown}  ({p.what}; {p.source})") for p in found.published),
        ("pulses per image", count(s["pulses_per_sample"])),
        ("pulses", f"{s['pulses_set']:,} SET, {s['pulses_reset']:,} RESET"),
        ("updates", f"{s['updates']:,}" + (f", {s['verify_reads']:,} verify reads" if s["verify_reads"] else "")),
        ("array time", f"{show(s['array_time_s'], 'time')} in parallel, {show(s['array_time_serial_s'], 'time')} cell by cell"),
        ("array energy", energy),
        *([("wires", found.wires)] if found.wires else []),
        *([("diagnosis", found.diagnosis)] if found.diagnosis else []),
        ("steps to saturation", f"{s['steps_to_saturation']:.0f}" if s["steps_to_saturation"] else "none"),
        ("speed", speed),
        ("report", str(page)),
    ]
    for name, value in rows:
        print(f"{name:<21}{value}")


def _criterion(s: Summary) -> list[tuple[str, str]]:
    """Lines on the criterion to stop, and on the yardstick."""
    from ohmgrad.report import words

    rows = []
    if s.stop.when != "never":
        rows.append(("epochs to criterion", f"{words.reached(s)}  ({words.criterion(s.stop)})"))
    if s.software is not None:
        rows.append(("floating point", words.software(s.software, s.stop)))
    return rows


def main() -> None:
    """Entry point: a user's mistake is one line on standard error and exit status 2."""
    usage_error: Any = typer.BadParameter.__mro__[1]  # Typer's, or that of the Click it stands on
    try:
        status = app(prog_name="ohmgrad", standalone_mode=False)
        print(end="", flush=True)
        sys.exit(status if isinstance(status, int) else 0)
    except OhmgradError as e:
        _fail(str(e))
    except usage_error as e:
        path = e.ctx.command_path if e.ctx else "ohmgrad"
        _fail(f"{e.format_message().rstrip('.')}; see '{path} --help'")
    except MemoryError:
        _fail("not enough memory; 'ohmgrad run --dry-run' tells how much a run needs")
    except BrokenPipeError:  # the reader of our output has gone, as in 'ohmgrad list | head -1'
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # or the last flush would complain
        sys.exit(1)
    except (KeyboardInterrupt, typer.Abort):
        sys.exit(130)


def _fail(message: str) -> NoReturn:
    print(f"error: {' '.join(message.split())}", file=sys.stderr)
    sys.exit(2)


if __name__ == "__main__":
    main()
