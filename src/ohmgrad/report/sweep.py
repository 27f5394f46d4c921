"""The report of a sweep: accuracy along the axes with its intervals, heat maps, points with their bill, what failed."""

from __future__ import annotations

from itertools import combinations
from os import PathLike
from pathlib import Path

from ohmgrad.report.page import Part, Table, write_page
from ohmgrad.report.sweep_figures import EPOCH_CURVES_TO, plot_axes, plot_epochs, plot_heat, point_text
from ohmgrad.report.words import count, quantity
from ohmgrad.sweep.query import Mean, Results, Row
from ohmgrad.sweep.store import Store

ROWS_TO = 300  # points that the page lists; all are in the export
FAILURES_TO = 50
HEATS_TO = 3
BILL = ("pulses", "verify reads", "array time", "array energy", "most saturated layer")


def write_sweep_report(store: Store, folder: str | PathLike[str]) -> Path:
    """Write ``report.html`` and ``figures/*.svg`` of the sweep at hand into a folder, from what is stored so far.

    Returns the path of the page. Raises RunError if the store cannot be read or the report cannot be written.
    """
    results = Results(store)
    title = store.meta("sweep", {}).get("title") or f"Sweep of {store.meta('title', 'an experiment')}"
    return write_page(Path(folder), title, result_text(results), sweep_parts(results))


def mean_text(mean: Mean | None) -> str:
    """A mean share as per cent, with half its 95 % interval."""
    if mean is None:
        return "–"
    return f"{100 * mean.value:.2f}" + (f" ± {100 * mean.half:.2f} %" if mean.half is not None else " %")


def result_text(results: Results) -> str:
    """What came out, in a sentence or two."""
    best = next(results.rows(1, "best"), None)
    wanted = results.points * (results.end - results.first)
    if best is None or best.test is None:
        return f"No run is stored yet of {wanted:,}."
    where = f" at {point_text(results, best.point)}" if results.fields else ""
    text = f"Highest test accuracy: {mean_text(best.test)}{where} (mean"
    text += f" and 95 % interval over {best.test.n} repeats)." if best.test.n > 1 else " of one run)."
    missing = wanted - results.runs
    return text + (f" {missing:,} of {wanted:,} runs are missing." if missing else "")


def sweep_parts(results: Results) -> list[Part]:
    """Sections of the page."""
    repeats = results.end - results.first
    band = f"95 % interval of the mean over {repeats} repeats (Student's t)" if repeats > 1 else "one repeat, so no interval"
    several = " Points at the same value are averaged, repeat by repeat." if len(results.fields) > 2 else ""
    same = (
        f" Repeats {results.first} to {results.end - 1}, the same at every point, so points are compared pair by pair."
        if repeats > 1
        else ""
    )
    parts: list[Part] = []
    if results.runs:
        parts.append(
            Part(
                "axes",
                "Accuracy along each axis",
                plot_axes(results),
                f"Test accuracy after the last epoch. Bands or bars: {band}.{several}{same}",
            )
        )
        if not results.store.meta("random", 0):
            for a, b in list(combinations(range(len(results.fields)), 2))[:HEATS_TO]:
                if (
                    min(len(results.values(a)), len(results.values(b))) < 2
                    or max(len(results.values(a)), len(results.values(b))) > 200
                ):
                    continue
                names = f"{results.fields[a].name} and {results.fields[b].name}"
                others = ", averaged over the other axes" if len(results.fields) > 2 else ""
                parts.append(
                    Part(
                        f"map-{a}-{b}",
                        f"Map of {names}",
                        plot_heat(results, a, b),
                        f"Mean test accuracy after the last epoch{others}. Empty: no run stored.",
                    )
                )
        epochs = int(results.store.meta("epochs", 1))
        if epochs > 1 and results.points <= EPOCH_CURVES_TO:
            words = "± 1 standard deviation" if repeats > 2 else "smallest to largest"
            parts.append(
                Part(
                    "epochs", "Accuracy by epoch", plot_epochs(results, range(results.points)),
                    f"Test accuracy after each epoch, mean over {repeats} repeats" + (f"; bands: {words}." if repeats > 1 else "."),
                )
            )  # fmt: skip
    parts.append(_points(results))
    parts += _diagnoses(results)
    if results.failed():
        parts.append(_failures(results))
    parts.append(
        Part(
            "sweep",
            "Specification",
            sentences=["The base, every setting of it; the axes above are varied."],
            folded=str(results.store.meta("base", "")),
        )
    )
    versions = ", ".join(f"{name} {version}" for name, version in results.store.meta("versions", {}).items())
    parts.append(Part("versions", "Versions", sentences=[versions]))
    return parts


def _points(results: Results) -> Part:
    many = results.points > ROWS_TO
    rows = [_row(results, row) for row in results.rows(ROWS_TO, "best" if many else "point")]
    names = [f.name for f in results.fields]
    heads = [*names, "repeats", "test accuracy", "training accuracy", *BILL]
    numbers = [False] * len(names) + [True] * (len(heads) - len(names))
    caption = "Means over repeats, with half the 95 % interval. The bill is that of training one network; times are in parallel, as the array allows."
    if many:
        caption += f" The {ROWS_TO} points with the highest accuracy of {results.points:,}; 'ohmgrad sweep FILE --export all.csv' writes every run."
    return Part("points", "Points", table=Table(heads, rows, numbers, caption))


def _row(results: Results, row: Row) -> list[str]:
    done = row.test.n if row.test is not None else 0
    return [
        *(results.text(k, v).replace(" u", " µ") for k, v in enumerate(row.place)), f"{done}" + (f" ({row.failed} failed)" if row.failed else ""), mean_text(row.test),
        mean_text(row.train), "–" if row.pulses is None else count(row.pulses), "–" if row.verify_reads is None else count(row.verify_reads),
        "–" if row.time_s is None else quantity(row.time_s, "time"), "–" if row.pulses is None else quantity(row.energy_j, "energy"),
        "–" if row.saturated is None else f"{100 * row.saturated:.1f} %",
    ]  # fmt: skip


def _diagnoses(results: Results) -> list[Part]:
    """What looks wrong at each point, where somebody looked."""
    rows = []
    for row in results.rows(ROWS_TO, "best" if results.points > ROWS_TO else "point"):
        found = results.diagnosis(row.point)
        if found is not None:
            rows.append([*(results.text(k, v).replace(" u", " µ") for k, v in enumerate(row.place)), found["text"]])
    if not rows:
        return []
    names = [f.name for f in results.fields]
    caption = "The first thing that looks wrong in the last epoch, from means over repeats; 'ohmgrad run' with the settings of a point shows all measures by layer and epoch."
    return [
        Part("diagnosis", "What looks wrong", table=Table([*names, "diagnosis"], rows, [False] * (len(names) + 1), caption))
    ]


def _failures(results: Results) -> Part:
    names = [f.name for f in results.fields]
    rows = [
        [*(results.text(k, v) for k, v in enumerate(f.place)), "all" if f.repeat is None else str(f.repeat), f.error]
        for f in results.failures(FAILURES_TO)
    ]
    n = results.failed()
    caption = f"The first {FAILURES_TO} of {n:,}." if n > FAILURES_TO else ""
    return Part(
        "failures", "What failed", sentences=["The sweep went on without these; --retry tries them again."],
        table=Table([*names, "repeat", "error"], rows, [False] * (len(names) + 2), caption),
    )  # fmt: skip
