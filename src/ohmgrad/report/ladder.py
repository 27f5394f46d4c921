"""The report of a ladder of imperfections: a waterfall from floating point to the real cell, and what each imperfection costs."""

from __future__ import annotations

from collections.abc import Sequence
from os import PathLike
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ohmgrad.report.diagnosis import EXPLAINED, MEASURES, by_layer
from ohmgrad.report.page import Part, Table, write_page
from ohmgrad.report.style import BLACK, BLUE, DOUBLE, GREEN, GREY, ORANGE, VERMILLION, drawing, linear_axis
from ohmgrad.report.sweep import mean_text, sweep_parts
from ohmgrad.sweep.ladder import SHARES_TO, Explained, Rung
from ohmgrad.sweep.query import Mean, Results
from ohmgrad.sweep.store import Store

ARRAY = "pulses, window,\narray"
TOGETHER = "together"
IDLE = "   changes no bit"


def write_ladder_report(store: Store, found: Explained, folder: str | PathLike[str]) -> Path:
    """Write ``report.html`` and ``figures/*.svg`` into a folder; returns the path of the page. Raises RunError."""
    results = Results(store)
    n = results.end - results.first
    parts: list[Part] = []
    if found.real is not None and found.ideal is not None:
        parts.append(
            Part(
                "waterfall", "From the ideal to the real cell", plot_waterfall(found),
                f"Test accuracy after {store.meta('epochs', 1)} epochs, mean over {n} repeats, the same in all bars. Grey: accuracies reached. Coloured: what each "
                f"imperfection takes{_shares_words(found)}; lines: 95 % interval of that step (Student's t, paired). “{' '.join(ARRAY.split())}” is the step from "
                "floating point to cells without these imperfections; the axis does not begin at 0.",
            )
        )  # fmt: skip
        parts.append(
            Part(
                "alone",
                "Alone, and the last",
                plot_both_ways(found),
                "What each imperfection costs an otherwise ideal cell, and what is gained when it alone is switched off; 95 % intervals. Where the two differ, imperfections make each other worse or hide each other.",
            )
        )
    parts.append(Part("rungs", "What each costs", table=_table(found)))
    if any(found.diagnoses):
        parts.append(_diagnoses(found))
    parts += [part for part in sweep_parts(results) if part.name not in ("axes", "epochs", "diagnosis")]
    return write_page(Path(folder), f"What it costs: {store.meta('title', '')}", result_text(found), parts)


def _shares_words(found: Explained) -> str:
    if found.rungs and found.rungs[0].share is not None:
        return " (its Shapley share, which depends on no order)"
    return f" alone (shares need all subsets, which are run for up to {SHARES_TO} imperfections), and “{TOGETHER}” what is left"


def points_text(mean: Mean | None) -> str:
    """A difference of accuracies in points of a per cent, with half its interval."""
    if mean is None:
        return "–"
    return f"{100 * mean.value:.2f}".replace("-", "−") + (f" ± {100 * mean.half:.2f}" if mean.half is not None else "")


def result_text(found: Explained) -> str:
    """The result in a sentence or two."""
    if found.real is None or found.ideal is None:
        return "Not all runs are stored yet."
    text = f"The ideal cell reaches {mean_text(found.ideal)}, the real one {mean_text(found.real)}: {points_text(found.to_real)} points less."
    sure = [r for r in found.rungs if (m := _cost(r)) is not None and m.half is not None and m.value - m.half > 0]
    if sure:
        first = sure[0]
        text += f" Dearest: {first.name}, {points_text(_cost(first))} points."
    else:
        text += " No imperfection costs anything that can be told from chance; more repeats would show smaller effects."
    if found.floating is not None:
        text += f" In floating point: {mean_text(found.floating)}."
    return text


def _cost(r: Rung) -> Mean | None:
    return r.share if r.share is not None else r.alone


def _table(found: Explained) -> Table:
    rows = [[r.name, points_text(r.share), points_text(r.alone), points_text(r.last)] for r in found.rungs if not r.idle]
    rows += [[r.name, *[IDLE.strip()] * 3] for r in found.rungs if r.idle]
    rows.append(["all", points_text(found.to_real) if found.rungs and found.rungs[0].share else "–", "", ""])
    caption = (
        "Points of test accuracy, means over repeats with half the 95 % interval. Alone: ideal cell minus a cell with this only. The last: cell without this only, "
        f"minus the real one. The share is the mean of such steps over all orders; shares add up to the whole. “{IDLE.strip()}”: with and without it every repeat "
        "ends in the same state, alone and beside all others."
    )
    return Table(["imperfection", "share", "alone", "the last"], rows, [False, True, True, True], caption)


def _diagnoses(found: Explained) -> Part:
    """What updates want of the ideal and of the real cells, and what these do."""
    pairs = [(name, d) for name, d in zip(("ideal cell", "real cell"), found.diagnoses, strict=True) if d is not None]
    rows = [[name, *row] for name, d in pairs for row in by_layer(d)]
    heads = ["", "layer", *(name for name, _ in MEASURES.values())]
    sentences = [f"{name.capitalize()}: {d['text']}" for name, d in pairs]
    table = Table(heads, rows, [False] + [True] * (len(heads) - 1), f"Last epoch, means over repeats. {EXPLAINED}")
    return Part("diagnosis", "Why: what is wanted of the cells, and what they do", sentences=sentences, table=table)


def plot_waterfall(found: Explained) -> Figure:
    """Return the accuracy (%) from floating point down to the real cell, a bar for each step."""
    assert found.ideal is not None and found.real is not None
    steps: list[tuple[str, Mean]] = []
    start = found.floating if found.floating is not None else found.ideal
    if found.floating is not None and found.to_ideal is not None:
        steps.append((ARRAY, found.to_ideal))
    before = len(steps)
    for r in found.rungs:
        cost = _cost(r)
        if cost is not None and not r.idle:
            steps.append((r.name.replace("-to-", "-\nto-"), cost))
    rest = found.ideal.value - found.real.value - sum(m.value for _, m in steps[before:])
    if found.rungs and found.rungs[0].share is None:
        steps.append((TOGETHER, Mean(rest, None, found.real.n)))
    with drawing():
        fig = Figure(figsize=(DOUBLE, 2.9))
        axes = fig.add_subplot()
        names, at = ["floating\npoint" if found.floating is not None else "ideal cell"], 100 * start.value
        lows, highs = [at - 100 * (start.half or 0.0)], [at + 100 * (start.half or 0.0)]
        bars: list[tuple[float, float, str, Mean]] = [(0.0, at, GREY, start)]
        for k, (name, step) in enumerate(steps):
            down = at - 100 * step.value
            bars.append((at, down, _colour(step, k < before), step))
            half = 100 * (step.half or 0.0)
            lows.append(min(at, down - half))
            highs.append(max(at, down + half))
            at = down
            names.append(name)
        names.append("real cell")
        bars.append((0.0, 100 * found.real.value, GREY, found.real))
        lows.append(100 * (found.real.value - (found.real.half or 0.0)))
        highs.append(100 * (found.real.value + (found.real.half or 0.0)))
        span = max(max(highs) - min(lows), 1.0)
        floor, top = max(min(lows) - 0.18 * span, 0.0), max(highs) + 0.16 * span
        _bars(axes, bars, highs, floor, span)
        axes.set_ylim(floor, top)
        axes.set_xticks(range(len(names)), names)
        axes.set_xlim(-0.6, len(names) - 0.4)
        axes.tick_params(axis="x", length=0, labelsize=7.5 if len(names) < 8 else 6.5)
        axes.set_ylabel("test accuracy (%)")
        linear_axis(axes)
        return fig


def _bars(
    axes: Axes, bars: Sequence[tuple[float, float, str, Mean]], highs: Sequence[float], floor: float, span: float
) -> None:
    for k, (start, end, colour, mean) in enumerate(bars):
        whole = colour == GREY
        low, high = (floor, end) if whole else (min(start, end), max(start, end))
        axes.bar(k, high - low, bottom=low, width=0.62, color=colour, alpha=0.55 if whole else 0.9, linewidth=0)
        if k + 1 < len(bars):
            axes.plot([k + 0.31, k + 0.69], [end, end], color=BLACK, linewidth=0.5)
        if mean.half is not None:
            axes.errorbar(k, end, 100 * mean.half, color=BLACK, elinewidth=0.8, capsize=2)
        text = f"{100 * mean.value:.1f}" if whole else _signed(-100 * mean.value)
        axes.text(k, max(highs[k], start if not whole else end) + 0.02 * span, text, ha="center", va="bottom", fontsize=7)


def _signed(points: float) -> str:
    """A change with its sign; none where it rounds to 0.

    >>> _signed(1.26), _signed(-0.04)
    ('+1.3', '0.0')
    """
    text = f"{points:+.1f}"
    return "0.0" if float(text) == 0.0 else text.replace("-", "\N{MINUS SIGN}")


def _colour(step: Mean, array: bool) -> str:
    """Of a step: grey-blue for the array, a colour of loss or of gain where the interval excludes 0, and pale in between."""
    if array:
        return BLUE
    if step.half is not None and abs(step.value) <= step.half:
        return ORANGE
    return VERMILLION if step.value > 0 else GREEN


def plot_both_ways(found: Explained) -> Figure:
    """Return what each imperfection costs alone, and what is gained when it alone is switched off, in points of accuracy."""
    rungs = list(reversed(found.rungs))
    with drawing():
        fig = Figure(figsize=(DOUBLE * 0.8, 0.9 + 0.36 * len(rungs)))
        axes = fig.add_subplot()
        axes.axvline(0.0, color=BLACK, linewidth=0.5)
        kinds = (
            ("alone", BLUE, "o", 0.14, [r.alone for r in rungs]),
            ("switched off alone", VERMILLION, "s", -0.14, [r.last for r in rungs]),
        )
        for name, colour, marker, shift, means in kinds:
            shown = [(k + shift, m) for k, m in enumerate(means) if m is not None]
            axes.errorbar(
                [100 * m.value for _, m in shown], [y for y, _ in shown], xerr=[100 * (m.half or 0.0) for _, m in shown], fmt=marker, color=colour,
                elinewidth=0.8, capsize=2, label=name,
            )  # fmt: skip
        axes.set_yticks(range(len(rungs)), [r.name for r in rungs])
        axes.set_ylim(-0.5, len(rungs) - 0.5)
        axes.set_xlabel("test accuracy lost (points of 1 %)")
        fig.legend(*axes.get_legend_handles_labels(), loc="outside upper center", ncols=2, borderaxespad=0.2)
        return fig
