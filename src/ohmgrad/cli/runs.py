"""``ohmgrad bill``, ``ohmgrad compare`` and ``ohmgrad cite``: what runs cost, how they differ, and whose work they rest on."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ohmgrad.errors import RunError

if TYPE_CHECKING:
    from ohmgrad.report.compare import Comparison

FORMATS = (".png", ".svg", ".html")

Json = Annotated[bool, typer.Option("--json", help="Print JSON (SI units, shares from 0 to 1) instead of text.")]


def bill(
    folder: Annotated[Path, typer.Argument(metavar="RUN", help="Folder of a finished run.")],
    epochs: Annotated[bool, typer.Option("--epochs", help="A line for each epoch instead.")] = False,
    as_json: Json = False,
) -> None:
    """Show what a run costs: events by layer, seconds, joules, and what takes most of them; or the same epoch by epoch."""
    from ohmgrad.report.bill import bill_data, bill_text, epochs_text
    from ohmgrad.report.finished import load_finished

    run = load_finished(folder)
    print(json.dumps(bill_data(run), indent=1) if as_json else epochs_text(run) if epochs else bill_text(run))


def compare(
    folders: Annotated[
        list[Path],
        typer.Argument(metavar="RUN RUN [RUN ...]", help="Folders of finished runs; each is compared with the first."),
    ],
    out: Annotated[Path | None, typer.Option(help="Draw it, to this file: .png, .svg or .html.")] = None,
    as_json: Json = False,
) -> None:
    """Show runs side by side: accuracy, epochs to the criterion, pulses, reads, seconds, joules, differences with intervals, settings that differ."""
    from ohmgrad.report.compare import compare as compared
    from ohmgrad.report.compare import comparison_data, comparison_text

    if out is not None and (out.suffix.lower() not in FORMATS or out.is_dir()):
        raise RunError(f"--out {out}: give the name of a file that ends in {', '.join(FORMATS[:-1])} or {FORMATS[-1]}")
    found = compared(folders)
    if out is not None:
        _draw(found, out)
    if as_json:
        print(json.dumps(comparison_data(found), indent=1, default=str))
        return
    print(comparison_text(found))
    if out is not None:
        print(f"\nfigure: {out}")


def cite(folder: Annotated[Path, typer.Argument(metavar="RUN", help="Folder of a run, finished or not.")]) -> None:
    """Print BibTeX of what a run used: ohmgrad, published sources, device and law, scheme and rule, data."""
    from ohmgrad.report.cite import bibtex

    print(bibtex(folder), end="")


def _draw(found: Comparison, out: Path) -> None:
    from ohmgrad.report.compare_figures import comparison_page, plot_comparison
    from ohmgrad.report.files import write_png, write_svg, write_whole

    match out.suffix.lower():
        case ".html":
            write_whole(out, comparison_page(found).encode("utf-8"))
        case ".svg":
            write_svg(plot_comparison(found), out)
        case _:
            write_png(plot_comparison(found), out)
