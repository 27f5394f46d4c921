"""A sweep as it goes: a live table in a terminal, a line for each finished point elsewhere."""

from __future__ import annotations

import statistics
import sys
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from ohmgrad.cli.console import minutes
from ohmgrad.sweep.query import Mean, Results, mean_of
from ohmgrad.sweep.runner import Progress, Watch
from ohmgrad.sweep.store import Store

LATEST = 12  # finished points that the live table shows
RECENT = 200  # runs of which the speed is taken
COMPILING = 3.0  # a run that took so many times the median was compiling, and says nothing of the speed


def accuracy_text(mean: Mean) -> str:
    """Mean test accuracy in per cent, with half its 95 % interval."""
    return f"{100 * mean.value:.2f}" + (f" ± {100 * mean.half:.2f}" if mean.half is not None else "") + " %"


class Watcher:
    """Follows the points at hand: which are complete, how fast it goes, how long it takes yet."""

    def __init__(self, store: Store) -> None:
        self.results = Results(store)
        self.seconds: deque[float] = deque(maxlen=RECENT)  # that runs took
        self.speed = 0.0  # runs a second
        self.wanted = self.results.end - self.results.first

    def __call__(self, at: Progress) -> None:
        """Take note of a progress."""
        self.seconds.extend(float(r["seconds"]) for r in at.records if "seconds" in r)
        if self.seconds:
            most = COMPILING * statistics.median(self.seconds)
            usual = statistics.fmean(t for t in self.seconds if t <= most)
            self.speed = at.workers / usual if usual > 0.0 else 0.0
        for point in dict.fromkeys(at.points):
            found = list(self.results.accuracies(point).values())
            failed = [r for p, r in zip(at.points, at.records, strict=True) if p == point and "error" in r]
            self.point(at, point, found, str(failed[0]["error"]) if failed else "")

    def point(self, at: Progress, point: int, accuracies: list[float], error: str) -> None:
        """One of the points that came."""

    def left(self, at: Progress) -> str:
        """Time left, in words; "" if nothing is known yet."""
        todo = at.total - at.done - at.failed
        return f"{minutes(todo / self.speed)} left" if self.speed and todo else ""

    def mean(self, accuracies: list[float]) -> Mean:
        """Their mean and interval."""
        n = len(accuracies)
        mean = sum(accuracies) / n
        return mean_of(n, mean, (sum((a - mean) ** 2 for a in accuracies) / (n - 1)) ** 0.5 if n > 1 else None)


class Lines(Watcher):
    """A line for each point whose repeats are all there, and for each failure."""

    def point(self, at: Progress, point: int, accuracies: list[float], error: str) -> None:
        """Print it, if it is complete or failed."""
        where = self.results.label(self.results.place(point))
        left = ", ".join(filter(None, (f"{at.done:,} of {at.total:,} runs", self.left(at))))
        if error:
            print(f"failed: {where}: {error}", flush=True)
        elif len(accuracies) == self.wanted:
            print(f"{where}: {accuracy_text(self.mean(accuracies))} ({self.wanted} repeats; {left})", flush=True)


class Table(Watcher):
    """The latest points in a table that is drawn anew, over a bar."""

    def __init__(self, store: Store, live: Any) -> None:
        super().__init__(store)
        self.live = live
        self.rows: dict[int, tuple[str, ...]] = {}

    def __call__(self, at: Progress) -> None:
        """Draw it again."""
        super().__call__(at)
        self.live.update(self.drawn(at))

    def point(self, at: Progress, point: int, accuracies: list[float], error: str) -> None:
        """Put it into the table."""
        place = self.results.place(point)
        cells = [self.results.text(k, v) for k, v in enumerate(place)]
        result = accuracy_text(self.mean(accuracies)) if accuracies else ""
        self.rows.pop(point, None)
        self.rows[point] = (*cells, f"{len(accuracies)}/{self.wanted}", f"failed: {error}" if error else result)
        while len(self.rows) > LATEST:
            del self.rows[next(iter(self.rows))]

    def drawn(self, at: Progress) -> Any:
        """Table and bar."""
        from rich.console import Group
        from rich.markup import escape
        from rich.progress_bar import ProgressBar
        from rich.table import Table as Grid
        from rich.text import Text

        table = Grid(box=None, pad_edge=False)
        for field in self.results.fields:
            table.add_column(field.name.rpartition(".")[2], justify="right")
        table.add_column("repeats", justify="right")
        table.add_column("test accuracy")
        for cells in self.rows.values():
            table.add_row(*(escape(c) for c in cells))
        words = [f"{at.done:,} of {at.total:,} runs", f"{at.workers} worker{'s' * (at.workers != 1)}"]
        words += [f"{self.speed * 60:,.0f} runs/min" if self.speed else "", self.left(at)]
        words += [f"{at.failed:,} failed" if at.failed else "", f"{at.lost} tried again" if at.lost else ""]
        bar = ProgressBar(total=max(at.total, 1), completed=at.done + at.failed, width=40)
        line = Grid.grid()
        line.add_row(bar)
        return Group(table, line, Text(" · ".join(filter(None, words))))


@contextmanager
def shown(store: Store, quiet: bool) -> Iterator[Watch]:
    """What follows the sweep, as it fits where the output goes."""
    if quiet:
        yield lambda _: None
    elif sys.stdout.isatty():
        from rich.live import Live

        with Live(refresh_per_second=4) as live:
            yield Table(store, live)
    else:
        yield Lines(store)
