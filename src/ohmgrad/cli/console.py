"""What the command line shows while a run trains: a bar on a terminal, plain lines into a pipe, nothing with --quiet."""

from __future__ import annotations

import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

from ohmgrad.experiments.run import Progress


def minutes(seconds: float) -> str:
    """Time left, as 0:42 or 1:02:03."""
    s = round(seconds)
    return f"{s // 3600}:{s // 60 % 60:02}:{s % 60:02}" if s >= 3600 else f"{s // 60}:{s % 60:02}"


def at_most(p: Progress) -> str:
    """What is said before the time left where training may end early."""
    return "at most " if p.early else ""


class Lines:
    """A line per finished epoch, and one for each message."""

    def __init__(self) -> None:
        self.last = -1
        self.begun = 0.0  # when training begins: data are loaded and loops compiled
        self.first: int | None = None

    def __call__(self, p: Progress) -> None:
        if p.message:
            print(p.message, flush=True)
            return
        if self.first is None:
            self.first, self.begun = p.done, time.monotonic()
        if p.accuracy is None or p.epoch - 1 == self.last:
            return
        self.last = p.epoch - 1
        done = p.done - self.first
        left = (
            f", {at_most(p)}{minutes((time.monotonic() - self.begun) / done * (p.total - p.done))} left"
            if done > 0 and p.done < p.total
            else ""
        )
        speed = f", {p.speed:,.0f} samples/s" if p.speed else ""
        print(f"epoch {self.last}: test accuracy {100 * p.accuracy:.2f} %{speed}{left}", flush=True)


class Bar:
    """A progress bar with accuracy, samples/s and time left."""

    def __init__(self) -> None:
        from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

        self.bar = Progress(
            TextColumn("{task.description}"), BarColumn(), TextColumn("{task.percentage:3.0f} %"), TextColumn("{task.fields[speed]}"),
            TextColumn("{task.fields[most]}"), TimeRemainingColumn(), TextColumn("left"), transient=False,
        )  # fmt: skip
        self.task: Any = None
        self.epoch = 1

    def __call__(self, p: Progress) -> None:
        if p.message:
            self.bar.console.print(p.message, highlight=False, markup=False)
            return
        accuracy = f"test {100 * p.accuracy:.2f} %" if p.accuracy is not None else "test –"
        if p.done < p.total:  # at the very end the next epoch is one too many
            self.epoch = p.epoch
        text = f"epoch {self.epoch}  {accuracy}"
        speed = f"{p.speed:,.0f} samples/s" if p.speed else ""
        if self.task is None:
            self.task = self.bar.add_task(text, total=p.total, completed=p.done, speed=speed, most=at_most(p).strip())
        self.bar.update(self.task, total=p.total, completed=p.done, description=text, speed=speed)


@contextmanager
def shown(quiet: bool) -> Iterator[Any]:
    """The reporter that fits where the output goes."""
    if quiet:
        yield lambda _: None
    elif sys.stdout.isatty():
        bar = Bar()
        with bar.bar:
            yield bar
    else:
        yield Lines()


class Interrupt:
    """Ctrl-C (or a polite kill) asks the run to save and end; a second one ends it at once."""

    def __init__(self) -> None:
        self.asked = False

    def __call__(self) -> bool:
        return self.asked

    def _handle(self, number: int, _frame: FrameType | None) -> None:
        self.asked = True
        signal.signal(signal.SIGINT, signal.default_int_handler)

    @contextmanager
    def armed(self) -> Iterator[Interrupt]:
        """Handlers in place within the block."""
        old = {s: signal.signal(s, self._handle) for s in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield self
        finally:
            for s, handler in old.items():
                signal.signal(s, handler)
