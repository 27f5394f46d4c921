"""``ohmgrad pulses``: what one cell of a run went through."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

from ohmgrad.errors import RunError


def pulses(
    folder: Annotated[Path, typer.Argument(metavar="RUN", help="Folder of a run, finished or interrupted.")],
    cell: Annotated[
        str,
        typer.Option(
            help="Layer, row and column, from 0; the last row is the bias neuron's.", metavar="L,I,J", show_default=False
        ),
    ],
    member: Annotated[
        str, typer.Option(help="Cell of the synapse: + or - of a pair, or its number from 0.", metavar="+|-|M")
    ] = "+",
    replica: Annotated[int | None, typer.Option(help="Label of the replica; default: the first of the run.")] = None,
    epochs: Annotated[str, typer.Option(help="Only these epochs, such as 3 or 2:4 (both included).", metavar="A:B")] = "",
    last: Annotated[int | None, typer.Option(min=1, help="Only the last so many pulses.")] = None,
    csv: Annotated[Path | None, typer.Option(help="Write them all to this CSV file.")] = None,
    figure: Annotated[Path | None, typer.Option(help="Draw conductance and volts, to this file: .png or .svg.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON (SI units) instead of text.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Show no progress.")] = False,
) -> None:
    """Show every pulse that one cell received, by training that replica once more; the folder stays as it is."""
    from ohmgrad.experiments import trace
    from ohmgrad.report.pulses import pulses_csv, pulses_data, pulses_text

    layer, row, column = _cell(cell)
    number, span = _member(member), _epochs(epochs)
    _check_files(csv, figure)
    try:
        with _progress(quiet) as report:
            whole = trace.pulses(folder, layer, row, column, number, replica, report=report)
    except KeyboardInterrupt:
        print("stopped; nothing was written", file=sys.stderr)
        raise typer.Exit(130) from None
    shown = _selected(whole, span, last)
    written = []
    if csv is not None:
        from ohmgrad.report.files import write_whole

        written.append(("csv", write_whole(csv, pulses_csv(shown).encode("utf-8"))))
    if figure is not None:
        written.append(("figure", _draw(shown, figure)))
    if as_json:
        print(json.dumps(pulses_data(shown, whole), indent=1, allow_nan=False))
        return
    print(pulses_text(shown, whole))
    for name, path in written:
        print(f"{name:<17}{path}")


def _cell(text: str) -> tuple[int, int, int]:
    if not re.fullmatch(r"\s*\d{1,9}\s*,\s*\d{1,9}\s*,\s*\d{1,9}\s*", text, re.ASCII):
        raise RunError(f"--cell {text}: write it as layer,row,column, three whole numbers from 0, such as 0,3,7")
    layer, row, column = (int(part) for part in text.split(","))
    return layer, row, column


def _member(text: str) -> int:
    known = {"+": 0, "-": 1, "−": 1}
    if text.strip() in known:
        return known[text.strip()]
    if not re.fullmatch(r"\d{1,9}", text, re.ASCII):
        raise RunError(f"--member {text}: write + or - for a cell of a pair, or its number from 0")
    return int(text)


def _epochs(text: str) -> tuple[int, int]:
    """First and last epoch wanted."""
    if not text:
        return 1, sys.maxsize
    match = re.fullmatch(r"(\d{1,9})?(:)?(\d{1,9})?", text, re.ASCII)
    if match is None or not (match[1] or match[3]):
        raise RunError(f"--epochs {text}: write one epoch, such as 3, or a range, such as 2:4, 2: or :4")
    first = int(match[1] or 1)
    last = int(match[3]) if match[3] else sys.maxsize if match[2] else first
    if not 1 <= first <= last:
        raise RunError(f"--epochs {text}: epochs are counted from 1, and the first stands before the last")
    return first, last


def _check_files(csv: Path | None, figure: Path | None) -> None:
    if csv is not None and (csv.suffix.lower() != ".csv" or csv.is_dir()):
        raise RunError(f"--csv {csv}: give the name of a file that ends in .csv")
    if figure is not None and (figure.suffix.lower() not in (".png", ".svg") or figure.is_dir()):
        raise RunError(f"--figure {figure}: give the name of a file that ends in .png or .svg")


def _selected(whole: Any, span: tuple[int, int], last: int | None) -> Any:
    begun = whole.epochs + (whole.samples > 0)
    if span[0] > begun:
        raise RunError(f"--epochs: the run has no epoch {span[0]}; it stands in epoch {begun}")
    shown = whole.select((whole.epoch >= span[0]) & (whole.epoch <= span[1]))
    return shown if last is None else shown.select(slice(-last, None))


def _draw(shown: Any, figure: Path) -> Path:
    from ohmgrad.report.files import write_png, write_svg
    from ohmgrad.report.pulse_figures import plot_pulses

    write = write_svg if figure.suffix.lower() == ".svg" else write_png
    return write(plot_pulses(shown), figure)


@contextmanager
def _progress(quiet: bool) -> Iterator[Callable[[Any], None]]:
    """A bar on a terminal's standard error; nothing into a pipe, since what is asked for goes to standard output."""
    if quiet or not sys.stderr.isatty():
        yield lambda _: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    bar = Progress(
        TextColumn("{task.description}"), BarColumn(), TextColumn("{task.percentage:3.0f} %"), TimeRemainingColumn(), TextColumn("left"),
        console=Console(stderr=True), transient=True,
    )  # fmt: skip
    with bar:
        task = bar.add_task("replay", total=None)

        def report(p: Any) -> None:
            if p.message:
                bar.console.print(p.message, highlight=False, markup=False)
            bar.update(
                task,
                total=p.total,
                completed=p.done,
                description=f"replay, epoch {p.epoch if p.done < p.total else p.epoch - 1}",
            )

        yield report
