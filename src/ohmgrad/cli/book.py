"""``ohmgrad book``: the textbook chapter, run again."""

from __future__ import annotations

import sys
import textwrap
import time
from itertools import zip_longest
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ohmgrad.errors import DataError, RunError

if TYPE_CHECKING:
    from ohmgrad.book.build import Built
    from ohmgrad.book.entry import Claim

# Columns of the table of claims: heading, width.
COLUMNS = (("", 5), ("", 18), ("number", 9), ("the chapter says", 46), ("found here", 66))


def book(
    name: Annotated[
        str,
        typer.Argument(help="A figure, such as 1.10, or a question, such as q4; without it, all.", show_default=False),
    ] = "",
    check: Annotated[
        bool,
        typer.Option(
            "--check",
            help="Does every figure still say what is recorded of it? Reduced settings, a table; exit status 1 if not.",
        ),
    ] = False,
    out: Annotated[
        Path | None,
        typer.Option(
            help="Folder for figures (SVG, PNG), data (CSV) and pages (Markdown); default book, or docs/book, where the site looks, in ohmgrad's own sources.",
            show_default=False,
        ),
    ] = None,
    list_: Annotated[bool, typer.Option("--list", help="Print what there is, and build nothing.")] = False,
    fresh: Annotated[bool, typer.Option("--fresh", help="Compute anew what was kept from before.")] = False,
) -> None:
    """Build the figures and thinking questions of the textbook chapter from their seeds, or check what they say."""
    from ohmgrad.book import catalogue

    if list_:
        _list()
        return
    names = [catalogue.find(name).name] if name else catalogue.names()
    if check:
        _check(names, fresh)
    else:
        _write(names, out or default_folder(), whole=not name, fresh=fresh)


def default_folder() -> Path:
    """``docs/book`` where the current folder holds the sources of the site, else ``book``."""
    return Path("docs/book") if Path("mkdocs.yml").is_file() and Path("docs/book.md").is_file() else Path("book")


def _list() -> None:
    from ohmgrad.book import catalogue

    for name in catalogue.FIGURES:
        title = catalogue.find(name).title
        print(f"{name:<6}{title.en} / {title.zh}")
    for name, (section, text, module) in catalogue.QUESTIONS.items():
        title_ = f"{catalogue.find(name).title.en} / {catalogue.find(name).title.zh}" if module else f"{text} (not yet)"
        print(f"{name:<6}§{section}: {title_}")
    for name, (section, _) in catalogue.MORE.items():
        title = catalogue.find(name).title
        print(f"{name:<6}§{section}: {title.en} / {title.zh}")


class _Builder:
    """Builds entries one after the other; when there are several, one whose data cannot be had is left out and named at the end."""

    def __init__(self, names: list[str], check: bool, fresh: bool) -> None:
        self.names, self.check, self.fresh = names, check, fresh
        self.left_out: dict[str, DataError] = {}

    def __call__(self, name: str) -> Built | None:
        from ohmgrad.book import catalogue
        from ohmgrad.book.build import build
        from ohmgrad.book.entry import Setting

        setting = Setting.check if self.check else Setting.full
        try:
            return build(catalogue.find(name), setting, cached=not self.fresh)
        except DataError as e:
            if len(self.names) == 1:
                raise
            self.left_out[name] = e
            return None

    def finish(self) -> None:
        """Raise DataError if anything was left out."""
        if self.left_out:
            raise DataError(f"left out: {', '.join(self.left_out)}; {next(iter(self.left_out.values()))}")


def _check(names: list[str], fresh: bool) -> None:
    begun, claims = time.perf_counter(), 0
    failed: list[str] = []
    builder = _Builder(names, True, fresh)
    print(_row([[heading] for heading, _ in COLUMNS]))
    for name in names:
        built = builder(name)
        for c in built.claims if built else ():
            print(_claim(name, c), flush=True)
            claims += 1
            if not c.kept:
                failed.append(name)
    found = f"{len(failed)} not as recorded ({', '.join(dict.fromkeys(failed))})" if failed else "all as recorded"
    print(
        f"\n{claims} claims of {len(names) - len(builder.left_out)} figures and questions: {found}; {time.perf_counter() - begun:.0f} s"
    )
    builder.finish()
    if failed:
        raise typer.Exit(1)


def _claim(name: str, c: Claim) -> str:
    from ohmgrad.book.pages import verdict

    word = verdict(c).en.strip("*")
    texts = (name, word if c.kept else f"FAILS: {word}", f"{c.number:.4g}", c.says.en, c.found.en)
    return _row([textwrap.wrap(text, width) for text, (_, width) in zip(texts, COLUMNS, strict=True)])


def _row(cells: list[list[str]]) -> str:
    """One row of the table, of as many lines as its longest cell."""
    widths = [width for _, width in COLUMNS]
    lines = zip_longest(*cells, fillvalue="")
    return "\n".join("  ".join(f"{text:<{width}}" for text, width in zip(line, widths, strict=True)).rstrip() for line in lines)


def _write(names: list[str], out: Path, whole: bool, fresh: bool) -> None:
    from ohmgrad.book.build import write
    from ohmgrad.book.pages import index
    from ohmgrad.report.files import write_whole

    if out.exists() and not out.is_dir():
        raise RunError(f"--out {out} is a file; name a folder")
    builder, done = _Builder(names, False, fresh), []
    for k, name in enumerate(names):
        if sys.stderr.isatty():
            print(f"\r{k + 1} of {len(names)}: {name}      ", end="", file=sys.stderr, flush=True)
        built = builder(name)
        if built is None:
            print(f"\r{name:<6}left out: {builder.left_out[name]}", flush=True)
            continue
        write(built, out)
        done.append(built)
        took = f"{built.seconds:.1f} s" if built.seconds else "kept"
        kept = sum(c.kept for c in built.claims)
        print(f"\r{name:<6}{took:>8}  {kept} of {len(built.claims)} claims as recorded  {out / name}.svg", flush=True)
    if whole:
        print(write_whole(out / "index.md", index(done).encode("utf-8")))
    builder.finish()
