"""How every picture looks: sizes, colours, type; and the parts that figures share.

Pictures are made for a column of a journal: 3.5 in or 7.2 in wide, 8 pt sans serif, the colours of Okabe
and Ito, which people with any common colour blindness can tell apart. The style is set for the time of
drawing only, so that it neither changes nor follows the settings of the program that asks for a figure.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager

import matplotlib.style
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import AutoMinorLocator, FuncFormatter, LogLocator, MaxNLocator

from ohmgrad.report.run import Floats

SINGLE = 3.5  # width of one column, in
DOUBLE = 7.2  # width of two columns, in

BLACK = "#000000"
ORANGE = "#E69F00"
SKY = "#56B4E9"
GREEN = "#009E73"
BLUE = "#0072B2"
VERMILLION = "#D55E00"
PURPLE = "#CC79A7"
GREY = "#8C8C8C"

LAYER_COLOURS = (BLUE, ORANGE, GREEN, PURPLE, VERMILLION, SKY, BLACK)
LAYER_LINES = ("-", "--", "-.", ":")
LAYER_MARKERS = ("o", "s", "^", "D", "v", "P", "X")
SNAPSHOT_COLOURS = (GREY, ORANGE, BLUE)  # start (filled), middle, end

ROUND_STEPS = (1, 2, 5, 10)  # between ticks, times a power of ten
LOG_FROM = 30.0  # a range wider than this factor is drawn on a log axis
MARKERS_TO = 20  # up to so many epochs, each has a marker

STYLE: dict[str, object] = {
    "font.family": "sans-serif",
    # Named first, because it comes with Matplotlib: the layout is then the same on every machine.
    "font.sans-serif": ["DejaVu Sans", "Arial", "Helvetica"],
    "font.size": 8.0,
    "axes.labelsize": 8.0,
    "axes.titlesize": 8.0,
    "axes.titlelocation": "left",
    "axes.titlepad": 4.0,
    "axes.linewidth": 0.6,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.unicode_minus": True,
    "xtick.labelsize": 7.5,
    "ytick.labelsize": 7.5,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "xtick.minor.width": 0.4,
    "ytick.minor.width": 0.4,
    "xtick.major.size": 3.0,
    "ytick.major.size": 3.0,
    "xtick.minor.size": 1.8,
    "ytick.minor.size": 1.8,
    "legend.fontsize": 7.5,
    "legend.frameon": False,
    "legend.handlelength": 2.0,
    "legend.columnspacing": 1.3,
    "lines.linewidth": 1.2,
    "lines.markersize": 3.0,
    "figure.constrained_layout.use": True,
    "figure.constrained_layout.w_pad": 0.05,
    "figure.constrained_layout.h_pad": 0.05,
    "figure.dpi": 100.0,
    "savefig.dpi": 400.0,
    "svg.fonttype": "none",
    "svg.hashsalt": "ohmgrad",
}


def drawing() -> AbstractContextManager[None]:
    """Return the context in which figures are made and saved: Matplotlib's defaults and `STYLE`."""
    return matplotlib.style.context(["default", STYLE])


def panels(count: int, height: float) -> tuple[Figure, list[Axes]]:
    """Return a figure of `count` panels, three in a row, each row `height` inches high."""
    columns = min(count, 3)
    rows = -(-count // columns)
    fig = Figure(figsize=((SINGLE, 5.2, DOUBLE)[columns - 1], rows * height + 0.25))
    axes = [fig.add_subplot(rows, columns, i + 1) for i in range(count)]
    return fig, axes


def legend_above(fig: Figure, axes: Axes, columns: int) -> None:
    """Put the legend of `axes` above all panels, where no data are."""
    handles, labels = axes.get_legend_handles_labels()
    if handles:
        fig.legend(handles, labels, loc="outside upper center", ncols=columns, borderaxespad=0.2)


def epoch_axis(axes: Axes, epochs: Sequence[int]) -> None:
    """Make x an axis of whole epochs that holds every marker whole."""
    axes.set_xlabel("epoch")
    pad = 0.5 if len(epochs) == 1 else 0.03 * (epochs[-1] - epochs[0])
    axes.set_xlim(epochs[0] - pad, epochs[-1] + pad)
    axes.xaxis.set_major_locator(MaxNLocator(nbins=6, integer=True, min_n_ticks=1, steps=list(ROUND_STEPS)))


def line_with_band(
    axes: Axes,
    epochs: Sequence[int],
    values: Floats,
    label: str,
    colour: str,
    line: str = "-",
    marker: str = "o",
    highest: float = np.inf,
) -> None:
    """Draw the mean of `values` (epochs, replicas) and the band of `band`, up to `highest`; epochs with nan are left out."""
    kept = ~np.isnan(values).any(axis=1)
    if not kept.any():
        return
    x = np.asarray(epochs)[kept]
    low, high = band(values[kept])
    if values.shape[1] > 1:
        axes.fill_between(x, low, np.minimum(high, highest), color=colour, alpha=0.22, linewidth=0)
    axes.plot(
        x,
        values[kept].mean(axis=1),
        line,
        color=colour,
        marker=marker if len(x) <= MARKERS_TO else None,
        label=label,
    )


def band(values: Floats) -> tuple[Floats, Floats]:
    """Return the lower and upper end of the band over replicas, for values of shape (epochs, replicas).

    It is one standard deviation to each side of the mean (n - 1 in the denominator), but never beyond what
    was seen below zero; with two replicas or one, it is the smallest and the largest value.
    """
    if values.shape[1] < 3:
        return values.min(axis=1), values.max(axis=1)
    mean, spread = values.mean(axis=1), values.std(axis=1, ddof=1)
    return np.maximum(mean - spread, np.minimum(0.0, values.min(axis=1))), mean + spread


def band_words(replicas: int) -> str:
    """Return what the band is, for a caption."""
    if replicas == 1:
        return "One replica."
    if replicas == 2:
        return "Lines: mean of 2 replicas; bands: smallest to largest."
    return f"Lines: mean of {replicas} replicas; bands: ± 1 standard deviation."


def wide_range(values: Floats, factor: float = LOG_FROM) -> bool:
    """Whether the positive values span more than `factor`, so that a log axis is needed."""
    positive = values[values > 0]
    return bool(positive.size and positive.max() > factor * positive.min())


def log_axis(axes: Axes) -> None:
    """Make y a log axis with labels such as 10⁻², 1 or 10⁴; where fewer than two of these are in sight, 2·10⁴ and 5·10⁴ too."""

    def between(value: float, _: int | None = None) -> str:
        low, high = sorted(axes.get_ylim())
        if low <= 0 or np.floor(np.log10(high)) - np.ceil(np.log10(low)) >= 1:
            return ""
        decade = 10.0 ** np.floor(np.log10(value) + 1e-9)
        times = round(value / decade)
        if times not in (2, 5):
            return ""
        return f"{value:g}" if decade in (1.0, 10.0) else f"{times}·{power_of_ten(decade)}"

    axes.set_yscale("log")
    axes.yaxis.set_major_locator(LogLocator(numticks=6))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: power_of_ten(value)))
    axes.yaxis.set_minor_locator(LogLocator(subs=tuple(range(2, 10)), numticks=12))
    axes.yaxis.set_minor_formatter(FuncFormatter(between))


def linear_axis(axes: Axes) -> None:
    """Make y a linear axis with one minor tick between two major ones."""
    axes.yaxis.set_major_locator(MaxNLocator(nbins=5, steps=list(ROUND_STEPS)))
    axes.yaxis.set_minor_locator(AutoMinorLocator(2))


def power_of_ten(value: float) -> str:
    """Return the label of a tick of a log axis, in plain characters, which stay text in an SVG.

    >>> power_of_ten(1e-5), power_of_ten(1.0), power_of_ten(10.0), power_of_ten(100.0)
    ('10⁻⁵', '1', '10', '10²')
    """
    if value <= 0:
        return ""
    exponent = round(float(np.log10(value)))
    if exponent in (0, 1):
        return f"{10**exponent}"
    return "10" + str(exponent).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))
