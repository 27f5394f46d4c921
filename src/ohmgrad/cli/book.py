"""``ohmgrad book``: the textbook chapter, run again."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ohmgrad.errors import RunError

if TYPE_CHECKING:
    from ohmgrad.book.build import Built


def book(
    name: Annotated[
        str, typer.Argument(help="A figure, such as 1.10, or a question, such as q4; without it, all.", show_default=False)
    ] = "",
    check: Annotated[
        bool,
        typer.Option(
            "--check", help="Does every figure still say what the chapter says? Reduced settings, a table, exit status."
        ),
    ] = False,
    out: Annotated[Path, typer.Option(help="Folder for figures (SVG, PNG), data (CSV) and pages (Markdown).")] = Path("book"),
    list_: Annotated[bool, typer.Option("--list", help="Print what there is, and build nothing.")] = False,
    fresh: Annotated[bool, typer.Option("--fresh", help="Compute anew what was kept from before.")] = False,
) -> None:
    """Build the figures and thinking questions of the textbook chapter from their seeds, or check what they say."""
    from ohmgrad.book import catalogue

    if list_:
        _list()
        return
    chosen = [catalogue.find(name)] if name else catalogue.entries()
    if check:
        _check([entry.name for entry in chosen], fresh)
        return
    _write([entry.name for entry in chosen], out, whole=not name, fresh=fresh)


def _list() -> None:
    from ohmgrad.book import catalogue

    for name in catalogue.FIGURES:
        title = catalogue.find(name).title
        print(f"{name:<6}{title.en} / {title.zh}")
    for name, (section, text, module) in catalogue.QUESTIONS.items():
        title_ = f"{catalogue.find(name).title.en} / {catalogue.find(name).title.zh}" if module else f"{text} (not yet)"
        print(f"{name:<6}§{section}: {title_}")


def _built(name: str, check: bool, fresh: bool) -> Built:
    from ohmgrad.book import catalogue
    from ohmgrad.book.build import build
    from ohmgrad.book.entry import Setting

    return build(catalogue.find(name), Setting.check if check else Setting.full, cached=not fresh)


def _check(names: list[str], fresh: bool) -> None:
    from ohmgrad.book.pages import verdict

    failed, begun, claims = 0, time.perf_counter(), 0
    for name in names:
        built = _built(name, True, fresh)
        for c in built.claims:
            failed += not c.kept
            claims += 1
            word = verdict(c).en.strip("*") if c.kept else f"FAILS: {verdict(c).en.strip('*')}"
            print(f"{name:<6}{word}\n      says   {c.says.en}\n      found  {c.found.en} [{c.number:.4g}]", flush=True)
    print(
        f"{claims} claims of {len(names)} figures and questions; {failed} not as recorded; {time.perf_counter() - begun:.0f} s"
    )
    if failed:
        raise typer.Exit(1)


def _write(names: list[str], out: Path, whole: bool, fresh: bool) -> None:
    from ohmgrad.book.build import write
    from ohmgrad.book.pages import index
    from ohmgrad.report.files import write_whole

    if out.exists() and not out.is_dir():
        raise RunError(f"--out {out} is a file; name a folder")
    done = []
    for k, name in enumerate(names):
        if sys.stderr.isatty():
            print(f"\r{k + 1} of {len(names)}: {name}      ", end="", file=sys.stderr, flush=True)
        built = _built(name, False, fresh)
        write(built, out)
        done.append(built)
        took = f"{built.seconds:.1f} s" if built.seconds else "kept"
        print(
            f"\r{name:<6}{took:>8}  {sum(c.kept for c in built.claims)} of {len(built.claims)} claims as recorded  {out / name}.svg",
            flush=True,
        )
    if whole:
        print(write_whole(out / "index.md", index(done).encode("utf-8")))
