"""Writing the report of a run: one page that needs nothing else, and its pictures as files."""

from __future__ import annotations

import re
from importlib import resources
from os import PathLike
from pathlib import Path
from typing import NamedTuple

import jinja2
import markupsafe

from ohmgrad.report import words
from ohmgrad.report.bill import parallel_line
from ohmgrad.report.captions import Picture, pictures
from ohmgrad.report.files import svg_text, write_whole
from ohmgrad.report.load import load_run
from ohmgrad.report.run import Bill, Run

REPORT = "report.html"
FIGURES = "figures"
ENLARGED = 1.2  # pictures on the page, against their size in print: 8 pt is small on a screen


class Shown(NamedTuple):
    """One picture as the template wants it; `number` is None, and `svg` empty, where nothing is drawn."""

    name: str
    heading: str
    number: int | None
    svg: markupsafe.Markup
    caption: str
    lead: str
    table: tuple[tuple[str, ...], ...]


def write_report(folder: str | PathLike[str]) -> Path:
    """Write ``report.html`` and ``figures/*.svg`` into a run folder, from what it holds so far.

    The page holds its pictures and its style, and loads nothing. The same run gives the same bytes.
    Returns the path of the page.

    Raises `RunError` if a file of the run is missing or damaged, or if the report cannot be written.
    """
    run = load_run(folder)
    drawn = pictures(run)
    svgs = {picture.name: svg_text(picture.figure) for picture in drawn if picture.figure is not None}
    page = render(run, drawn, svgs)
    # All is made before the first file is written; the page comes last.
    for name, svg in svgs.items():
        write_whole(run.folder / FIGURES / f"{name}.svg", svg.encode("utf-8"))
    return write_whole(run.folder / REPORT, page.encode("utf-8"))


def render(run: Run, drawn: list[Picture], svgs: dict[str, str]) -> str:
    """Return the page, with the pictures' SVG documents by name."""
    environment = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    template = environment.from_string(resources.files("ohmgrad.report").joinpath("template.html").read_text(encoding="utf-8"))
    shown: list[Shown] = []
    number = 0
    for picture in drawn:
        svg = svgs.get(picture.name)
        number += svg is not None
        shown.append(
            Shown(
                picture.name,
                picture.heading,
                None if svg is None else number,
                markupsafe.Markup("" if svg is None else inline(svg, picture.name)),
                picture.caption,
                picture.lead,
                picture.table,
            )
        )
    summary = run.summary
    return template.render(
        summary=summary,
        result=words.result(summary),
        key_numbers=words.key_numbers(summary),
        published=[
            (
                entry.what,
                entry.shown,
                words.here(entry.what, summary),
                entry.source,
            )
            for entry in summary.published
        ],
        pictures=shown,
        layers=[f"layer {i + 1}" for i in range(len(summary.layers) - 1)],
        bill=_bill_rows(summary.bill),
        parallel=parallel_line(summary),
        specification=run.specification,
    )


def inline(svg: str, name: str) -> str:
    """Return an SVG document as an element of a page: without its head, larger, with ids of its own.

    Every figure of Matplotlib has the ids ``figure_1``, ``axes_1`` ...; in one page, they must differ.
    """
    body = svg[svg.index("<svg") :].strip()
    body = re.sub(
        r'width="([\d.]+)pt" height="([\d.]+)pt"',
        lambda size: f'width="{ENLARGED * float(size[1]):.1f}pt" height="{ENLARGED * float(size[2]):.1f}pt"',
        body,
        count=1,
    )
    body = re.sub(r'\bid="([^"]+)"', rf'id="{name}-\1"', body)
    body = re.sub(r'(href="|url\()#', rf"\1#{name}-", body)
    return body.replace("<svg", f'<svg role="img" aria-labelledby="caption-{name}"', 1)


def _bill_rows(bill: Bill) -> list[tuple[str, ...]]:
    """Return the rows of the bill as text, without events that never happened: event, count, count per layer, two times, energy; total last."""
    rows = [
        (
            row.event,
            words.count(row.count),
            *(words.count(number) for number in row.per_layer),
            words.quantity(row.time_s, "time"),
            words.quantity(row.time_serial_s, "time"),
            words.quantity(row.energy_j, "energy"),
        )
        for row in bill.happened
    ]
    layers = len(bill.rows[0].per_layer) if bill.rows else 0
    total = (
        "total",
        *[""] * (layers + 1),
        words.quantity(bill.time_s, "time"),
        words.quantity(bill.time_serial_s, "time"),
        words.quantity(bill.energy_j, "energy"),
    )
    return [*rows, total] if rows else []
