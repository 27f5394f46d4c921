"""From an entry to its data, its claims and its files."""

from __future__ import annotations

import contextlib
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ohmgrad.book import cache
from ohmgrad.book.entry import Claim, Data, Entry, Setting
from ohmgrad.book.pages import page
from ohmgrad.book.tables import tables
from ohmgrad.errors import RunError
from ohmgrad.report.files import write_png, write_svg, write_whole

DPI = 200.0  # of the PNG


@dataclass(frozen=True)
class Built:
    """An entry with its data and claims; seconds: taken to compute the data, 0 if they were kept from before."""

    entry: Entry
    setting: Setting
    data: Data
    claims: list[Claim]
    seconds: float

    @property
    def kept(self) -> bool:
        """Is every claim found as recorded?"""
        return all(claim.kept for claim in self.claims)


def build(entry: Entry, setting: Setting = Setting.full, *, cached: bool = True) -> Built:
    """Compute the entry's data, or take them from the cache, and check its claims. cached: False computes them anew and keeps nothing."""
    path = cache.place(entry, setting)
    data, seconds = cache.load(path) if cached else None, 0.0
    if data is None:
        begun = time.perf_counter()
        data = {name: np.asarray(array) for name, array in entry.compute(setting).items()}
        seconds = time.perf_counter() - begun
        if cached:
            with contextlib.suppress(RunError):  # a cache that cannot be written is none
                write_whole(path, cache.packed(data))
    return Built(entry, setting, data, entry.check(data), seconds)


def write(built: Built, folder: Path) -> list[Path]:
    """Write figure (SVG, PNG), data (CSV, one for each table) and page (Markdown) of an entry into `folder`; returns their paths. Raises RunError."""
    name, figure = built.entry.name, built.entry.draw(built.data)
    csv = tables(name, built.data)
    out = [write_svg(figure, folder / f"{name}.svg"), write_png(figure, folder / f"{name}.png", DPI)]
    out += [write_whole(folder / file, text.encode("utf-8")) for file, text in csv.items()]
    return [*out, write_whole(folder / f"{name}.md", page(built, list(csv)).encode("utf-8"))]
