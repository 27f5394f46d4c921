"""The report of a search for a tolerance: the loss against how much of it there is, and the answer with its interval."""

from __future__ import annotations

from os import PathLike
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from ohmgrad.report.ladder import points_text
from ohmgrad.report.page import Part, Table, write_page
from ohmgrad.report.style import BLACK, BLUE, GREY, SINGLE, VERMILLION, drawing, linear_axis
from ohmgrad.report.sweep import sweep_parts
from ohmgrad.report.sweep_figures import axis_scale, short
from ohmgrad.sweep.plan import value_text
from ohmgrad.sweep.query import Results
from ohmgrad.sweep.store import Store
from ohmgrad.sweep.tolerance import Tolerance

SEEN = 4.0  # the picture shows losses up to so many times the wanted one


def write_tolerance_report(store: Store, found: Tolerance, folder: str | PathLike[str]) -> Path:
    """Write ``report.html`` and ``figures/*.svg`` into a folder; returns the path of the page. Raises RunError."""
    results = Results(store)
    n = results.end - results.first
    parts = [
        Part(
            "loss", "Loss of accuracy", plot_loss(found),
            f"Test accuracy lost against {short(found.field)} = {text(found, found.losses[0].x)}, paired over the same {n} repeats; bars: 95 % interval of the mean (Student's t). "
            "Dashed: the loss asked for; red: where it is reached, and the 95 % interval of that. Points far beyond are left out.",
        ),
        Part("values", "Values tried", table=_table(found)),
    ]  # fmt: skip
    parts += [part for part in sweep_parts(results) if part.name != "axes" and not part.name.startswith("map")]
    return write_page(
        Path(folder), f"How much {found.field.name} is tolerated: {store.meta('title', '')}", answer(found), parts
    )


def text(found: Tolerance, x: float) -> str:
    """A value with its unit, to three digits."""
    from ohmgrad.units import show

    return show(x, found.field.dimension or "dimensionless", 3)


def answer(found: Tolerance) -> str:
    """The answer in a sentence."""
    points = f"{100 * found.wanted:g} point{'s' * (found.wanted != 0.01)} of test accuracy"
    n = found.losses[-1].loss.n
    last = found.losses[-1]
    if found.value is None:
        return f"{found.field.name} up to {text(found, last.x)} costs less than {points}: {points_text(last.loss)} there ({n} repeats)."
    said = f"{points} are lost at {found.field.name} = {text(found, found.value)}".replace(
        "1 point of test accuracy are", "1 point of test accuracy is"
    )
    if found.losses[-1].loss.half is None:
        return f"{said} (one repeat, so no interval)."
    low = text(found, found.low) if found.low is not None else text(found, found.losses[0].x)
    if found.high is None:
        return f"{said} (95 % interval: from {low}; no upper end up to {text(found, last.x)} with {n} repeats)."
    return f"{said} (95 % interval {low} to {text(found, found.high)}, {n} repeats)."


def _table(found: Tolerance) -> Table:
    rows = [
        [value_text(loss.x, found.field.dimension), f"{100 * loss.accuracy:.2f} %", points_text(loss.loss)]
        for loss in found.losses
    ]
    return Table(
        [found.field.name, "test accuracy", "loss (points)"],
        rows,
        [True, True, True],
        "Losses are paired against the first row; half of the 95 % interval.",
    )


def plot_loss(found: Tolerance) -> Figure:
    """Return the loss (points of a per cent) against the field, and the answer."""
    shown = [loss for loss in found.losses if loss.loss.value <= SEEN * found.wanted]
    nxt = found.losses[len(shown)] if len(shown) < len(found.losses) else None
    if nxt is not None and nxt.loss.value <= 2 * SEEN * found.wanted:
        shown = [*shown, nxt]
    scale, unit = axis_scale(found.field, [loss.x for loss in shown])
    x = scale * np.array([loss.x for loss in shown])
    y = 100 * np.array([loss.loss.value for loss in shown])
    half = 100 * np.array([loss.loss.half or 0.0 for loss in shown])
    with drawing():
        fig = Figure(figsize=(SINGLE + 1.0, 2.7))
        axes = fig.add_subplot()
        axes.axhline(0.0, color=GREY, linewidth=0.5)
        axes.axhline(100 * found.wanted, color=BLACK, linewidth=0.7, linestyle="--")
        axes.errorbar(x, y, half, fmt="o-", color=BLUE, elinewidth=0.8, capsize=2, linewidth=0.8)
        if found.value is not None:
            low = found.low if found.low is not None else found.losses[0].x
            high = found.high if found.high is not None else shown[-1].x
            if found.losses[-1].loss.half is not None:
                axes.axvspan(scale * low, scale * high, color=VERMILLION, alpha=0.15, linewidth=0)
            axes.plot(scale * found.value, 100 * found.wanted, "D", color=VERMILLION, markersize=5, zorder=5)
        axes.set_xlabel(short(found.field) + (f" ({unit})" if unit else ""))
        axes.set_ylabel("accuracy lost (points of 1 %)")
        linear_axis(axes)
        return fig
