"""The pictures of a sweep: accuracy along each axis, heat maps of two axes, accuracy by epoch."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from ohmgrad.report.style import (
    DOUBLE,
    LAYER_COLOURS,
    LAYER_LINES,
    LAYER_MARKERS,
    LOG_FROM,
    SINGLE,
    drawing,
    epoch_axis,
    legend_above,
    line_with_band,
    linear_axis,
    power_of_ten,
)
from ohmgrad.report.words import quantity
from ohmgrad.sweep.fields import Known
from ohmgrad.sweep.query import Mean, Results
from ohmgrad.units import DIMENSIONS, PREFIXES

CURVES_TO = 7  # values of a second axis that are drawn as curves of their own
CELLS_TO = 100  # cells of a heat map that have their value written in
EPOCH_CURVES_TO = 7  # points that are drawn by epoch
LEAST_SPAN = 2.0  # per cent; a narrower range would magnify mere chance

Curve = list[tuple[float | str, Mean]]


def plot_axes(results: Results) -> Figure:
    """Return test accuracy (%) along each axis: means, with bands of the 95 % interval of the mean over repeats.

    With two axes, one of them with few values, there is a curve for each of its values; else the points at a value are averaged.
    """
    count = len(results.fields)
    with drawing():
        columns = min(count, 3)
        lines = -(-count // columns)
        fig = Figure(figsize=((SINGLE + 0.6, DOUBLE, DOUBLE)[columns - 1], 2.5 * lines + (0.35 if count == 2 else 0.0)))
        seen: list[float] = []
        for k in range(count):
            axes = fig.add_subplot(lines, columns, k + 1)
            other = (
                1 - k
                if count == 2 and len(results.values(1 - k)) <= CURVES_TO and not results.store.meta("random", 0)
                else None
            )
            curves = results.along(k, other)
            seen += _draw(axes, results, k, other, curves)
            if k % columns == 0:
                axes.set_ylabel("test accuracy (%)")
            if other is not None and curves:
                axes.legend(
                    title=short(results.fields[other]), title_fontsize=7, fontsize=6.5, loc="lower center", bbox_to_anchor=(0.5, 1.0),
                    ncols=min(4, len(curves)), handlelength=1.6, columnspacing=0.9,
                )  # fmt: skip
        if seen:
            low, high = min(seen), max(seen)
            more = max(0.06 * (high - low), (LEAST_SPAN - (high - low)) / 2)
            for axes in fig.axes:
                axes.set_ylim(max(low - more, -2.0), min(high + more, 102.0))
        return fig


def _draw(axes: Axes, results: Results, k: int, other: int | None, curves: dict[float | str, Curve]) -> list[float]:
    """Draw one panel; returns the ends of its bands, per cent."""
    values = results.values(k)
    numeric = bool(values) and all(isinstance(v, float) for v in values)
    scale, unit = axis_scale(results.fields[k], [v for v in values if isinstance(v, float)])
    ends: list[float] = []
    order = results.values(other) if other is not None else list(curves)
    scattered = bool(results.store.meta("random", 0))
    for n, name in enumerate(v for v in order if v in curves):
        curve = curves[name]
        x = (
            np.array([v * scale if isinstance(v, float) else 0.0 for v, _ in curve])
            if numeric
            else np.array([float(values.index(v)) for v, _ in curve])
        )
        y = 100 * np.array([m.value for _, m in curve])
        half = 100 * np.array([m.half or 0.0 for _, m in curve])
        colour = LAYER_COLOURS[n % len(LAYER_COLOURS)]
        text = results.text(other, name) if other is not None else ""
        marker = LAYER_MARKERS[n % len(LAYER_MARKERS)]
        if numeric and not scattered:
            axes.fill_between(x, y - half, np.minimum(y + half, 100.0), color=colour, alpha=0.2, linewidth=0)
            axes.plot(x, y, LAYER_LINES[n % len(LAYER_LINES)], color=colour, marker=marker, label=text)
        else:
            shift = 0.0 if numeric else (n - (len(curves) - 1) / 2) * min(0.12, 0.6 / max(len(curves), 1))
            axes.errorbar(x + shift, y, half, fmt=marker, color=colour, elinewidth=0.8, capsize=2, label=text)
        ends += [*(y + half), *(y - half)]
    linear_axis(axes)
    axes.set_xlabel(short(results.fields[k]) + (f" ({unit})" if unit else ""))
    if numeric:
        _number_axis(axes, [float(v) * scale for v in values], results.scales[k])
    else:
        texts = [results.text(k, v) for v in values]
        axes.set_xticks(
            range(len(values)),
            texts,
            rotation=25 if max(map(len, texts), default=0) > 8 else 0,
            ha="right" if max(map(len, texts), default=0) > 8 else "center",
        )
        axes.set_xlim(-0.5, len(values) - 0.5)
    return ends


def _number_axis(axes: Axes, values: Sequence[float], declared: str) -> None:
    """A linear axis of x, or a log one, as the range says, or where listed values are wide apart; 0 then lies at the left."""
    positive = [v for v in values if v > 0]
    far = len(positive) > 1 and max(positive) > LOG_FROM * min(positive)
    wide = len(positive) > 1 and min(values) >= 0 and (declared == "log" or (not declared and far))
    if not wide:
        return
    low, high = math.log10(min(positive)), math.log10(max(positive))
    if min(values) < min(positive):
        axes.set_xscale("symlog", linthresh=min(positive), linscale=0.5)
        axes.set_xlim(-0.15 * min(positive), 10 ** (high + 0.04 * (high - low + 0.5)))
    else:
        axes.set_xscale("log")
        pad = 0.05 * (high - low)
        axes.set_xlim(10 ** (low - pad), 10 ** (high + pad))
    decades = range(math.floor(low), math.ceil(high) + 1)
    each = (1, 2, 5) if high - low < 2.2 else (1,)
    ticks = [m * 10.0**e for e in decades for m in each if low - 1e-9 <= math.log10(m * 10.0**e) <= high + 1e-9]
    ticks = ticks if len(ticks) > 1 else [min(positive), max(positive)]
    axes.xaxis.set_major_locator(FixedLocator(([0.0] if min(values) < min(positive) else []) + ticks))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(FuncFormatter(lambda v, _: _tick(v)))


def _tick(value: float) -> str:
    """Label of a tick: a power of ten as such, another number as it is."""
    if value <= 0:
        return "0"
    exponent = math.log10(value)
    if abs(exponent - round(exponent)) < 1e-9:
        return f"{value:g}" if -4 < round(exponent) < 4 else power_of_ten(value)
    return f"{value:.3g}"


def axis_scale(field: Known, values: Sequence[float]) -> tuple[float, str]:
    """Factor from SI to the unit of an axis, and that unit: a prefix by the largest value.

    >>> axis_scale(Known("x", "conductance"), [0.0, 2e-5])
    (1000000.0, 'µS')
    """
    dimension = DIMENSIONS.get(field.dimension)
    if dimension is None or not dimension.unit:
        return 1.0, ""
    largest = max((abs(v) for v in values), default=0.0)
    power = math.floor(math.log10(largest) / 3 + 1e-12) * 3 if largest else 0
    prefix = next((p for p, e in PREFIXES.items() if e == power), None)
    if prefix is None or (power > 0 and not dimension.kilo):
        prefix, power = "", 0
    return 10.0**-power, ("µ" if prefix == "u" else prefix) + ("Ω" if dimension.unit == "ohm" else dimension.unit)


def short(field: Known) -> str:
    """The name of a field on an axis: its last two parts.

    >>> short(Known("device.faults.dead")), short(Known("epochs"))
    ('faults.dead', 'epochs')
    """
    return ".".join(field.name.split(".")[-2:])


def plot_heat(results: Results, first: int, second: int) -> Figure:
    """Return mean test accuracy (%) by the values of two axes, averaged over everything else; few cells have their value written in."""
    columns, rows = results.values(first), results.values(second)
    found = results.grid(first, second)
    grid = np.array([[100 * found[(a, b)].value if (a, b) in found else np.nan for a in columns] for b in rows])
    with drawing():
        width = min(DOUBLE, max(SINGLE, 1.6 + 0.5 * len(columns)))
        fig = Figure(figsize=(width, min(7.0, max(2.2, 1.0 + 0.32 * len(rows)))))
        axes = fig.add_subplot()
        image = axes.imshow(np.ma.masked_invalid(grid), origin="lower", aspect="auto", cmap="viridis")
        for spine in axes.spines.values():
            spine.set_visible(False)
        for k, (name, values) in enumerate(((first, columns), (second, rows))):
            every = max(1, -(-len(values) // 14))
            at = list(range(0, len(values), every))
            texts = [
                quantity(v, results.fields[name].dimension or "dimensionless")
                if isinstance(v, float)
                else results.text(name, v)
                for v in values
            ]
            if k == 0:
                axes.set_xticks(
                    at,
                    [texts[i] for i in at],
                    rotation=0 if max(map(len, texts)) * len(at) < 60 else 40,
                    ha="center" if max(map(len, texts)) * len(at) < 60 else "right",
                )
                axes.set_xlabel(short(results.fields[name]))
            else:
                axes.set_yticks(at, [texts[i] for i in at])
                axes.set_ylabel(short(results.fields[name]))
        if grid.size <= CELLS_TO and np.isfinite(grid).any():
            middle = (np.nanmin(grid) + np.nanmax(grid)) / 2
            for (i, j), value in np.ndenumerate(grid):
                if np.isfinite(value):
                    axes.text(
                        j,
                        i,
                        f"{value:.1f}",
                        ha="center",
                        va="center",
                        fontsize=6.5,
                        color="white" if value < middle else "black",
                    )
        fig.colorbar(image, ax=axes, label="test accuracy (%)", shrink=0.95)
        return fig


def plot_epochs(results: Results, points: Sequence[int]) -> Figure:
    """Return test accuracy (%) by epoch of a few points: mean over repeats, and the band of `ohmgrad.report.style.band`."""
    with drawing():
        fig = Figure(figsize=(DOUBLE * 0.72, 2.8 + 0.17 * -(-len(points) // 2)))
        axes = fig.add_subplot()
        epochs = 1
        for k, point in enumerate(points):
            curves = [c for c in results.by_epoch(point) if c and None not in c]
            n = min((len(c) for c in curves), default=0)
            if not n:
                continue
            epochs = max(epochs, n)
            values = 100 * np.array([c[:n] for c in curves], dtype=np.float64).T
            line_with_band(
                axes, list(range(1, n + 1)), values, point_text(results, point), LAYER_COLOURS[k % len(LAYER_COLOURS)],
                LAYER_LINES[k % len(LAYER_LINES)], LAYER_MARKERS[k % len(LAYER_MARKERS)], 100.0,
            )  # fmt: skip
        epoch_axis(axes, list(range(1, epochs + 1)))
        axes.set_ylabel("test accuracy (%)")
        linear_axis(axes)
        legend_above(fig, axes, columns=2)
        return fig


def point_text(results: Results, point: int) -> str:
    """A point with short names: "faults.dead = 0.01"."""
    place = results.place(point)
    return ", ".join(f"{short(f)} = {results.text(k, v)}" for k, (f, v) in enumerate(zip(results.fields, place, strict=True)))
