"""What a sweep shows while it goes: a live table, or lines."""

import io
import re

from rich.console import Console

from ohmgrad.cli.sweep_table import Lines, Table
from ohmgrad.sweep import study
from ohmgrad.sweep.query import Results
from ohmgrad.sweep.runner import Progress


class Live:
    """Keeps what was drawn last."""

    def update(self, drawn):
        self.drawn = drawn


def records(store, point):
    """What a finished task of one point looks like."""
    return [{"key": "", "repeat": r, "seconds": 2.0} for r in Results(store).accuracies(point)]


def test_the_live_table_has_the_latest_points_and_a_line_below(finished):
    live = Live()
    with study.open_store(finished) as store:
        table = Table(store, live)
        table(Progress(0, 0, 12, 2))
        for point in (0, 3):
            table(Progress(2 + point, 1, 12, 2, 1, records(store, point), [point] * 2))
        place = Results(store).place(3)
    out = io.StringIO()
    Console(file=out, width=100).print(live.drawn)
    lines = [line.rstrip() for line in out.getvalue().splitlines()]
    assert lines[0].split() == ["stuck_on", "refresh_every", "repeats", "test", "accuracy"]
    assert lines[2].split()[:3] == [f"{place[0]:g}", f"{place[1]:g}", "2/2"]
    assert re.fullmatch(r" *5 of 12 runs · 2 workers · 60 runs/min · 0:06 left · 1 failed · 1 tried again", lines[-1])
    assert set(lines[-2]) <= set("━╺╸ ") and "━" in lines[-2]


def test_lines_tell_each_complete_point_and_each_failure_of_its_own(finished, capsys):
    with study.open_store(finished) as store:
        lines = Lines(store)
        lines(Progress(0, 0, 12, 1))
        both = [*records(store, 0)[:1], {"key": "", "repeat": 0, "error": "bad luck"}]
        lines(Progress(2, 1, 12, 1, 0, both, [0, 1]))
    said = capsys.readouterr().out.splitlines()
    assert re.fullmatch(
        r"device.faults.stuck_on = 0.01, synapse.refresh_every = 20: [\d.]+ ± [\d.]+ % \(2 repeats; 2 of 12 runs.*\)", said[0]
    )
    assert said[1] == "failed: device.faults.stuck_on = 0.01, synapse.refresh_every = 60: bad luck"


def test_the_time_left_leaves_out_what_compiling_took(finished):
    with study.open_store(finished) as store:
        lines = Lines(store)
        took = [40.0, 42.0, *[2.0] * 8]  # two workers compiled in their first run
        lines(Progress(10, 0, 110, 2, 0, [{"key": "", "repeat": 0, "seconds": s} for s in took], [0] * 10))
    assert lines.left(Progress(10, 0, 110, 2)) == "1:40 left"
