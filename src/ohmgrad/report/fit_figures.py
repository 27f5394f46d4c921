"""Data against model for a fitted device: mean curves with bands, residuals, steps against conductance."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator

from ohmgrad.devices.fit.compare import MOST, Curve, split, steps_along
from ohmgrad.devices.fit.estimate import LawFit
from ohmgrad.devices.fit.likelihood import GOES_ON
from ohmgrad.devices.fit.result import FitResult
from ohmgrad.report.run import Floats
from ohmgrad.report.style import BLUE, DOUBLE, ROUND_STEPS, VERMILLION, drawing, linear_axis
from ohmgrad.units import PREFIXES

COLOUR = {True: BLUE, False: VERMILLION}
NAME = {True: "SET", False: "RESET"}
MARKER = {True: "o", False: "s"}
POINTS = 24  # of the mean that are drawn; more would hide the line
BINS = 24


def plot_fit(result: FitResult, fit: LawFit | None = None, cell: str | None = None) -> Figure:
    """Return data and model of one cell (the first by default), four panels.

    Above: mean conductance over ramps against the pulse number, each direction a panel: points and error bars (± 1 standard deviation over
    ramps), line and band of the model (the same, read noise included). Below: data less model in per cent of the window; mean step
    against conductance.
    """
    fit = fit or result.best
    cell = cell or next(iter(result.cells))
    low, high = result.windows[cell]
    factor, prefix = scale_of(high)
    curves = result.curves(fit, cell)
    with drawing():
        fig = Figure(figsize=(DOUBLE, 4.9))
        grid = fig.add_gridspec(2, 2)
        places = [grid[0, 0], grid[0, 1]] if len(curves) == 2 else [grid[0, :]]
        top = [fig.add_subplot(place) for place in places]
        bottom = [fig.add_subplot(grid[1, k]) for k in range(2)]
        for axes, curve in zip(top, curves, strict=True):
            _curve(axes, curve, factor, prefix)
        _residuals(bottom[0], curves, high - low)
        _steps(bottom[1], result, fit, cell, factor, prefix)
        if len(top) == 2:
            span = [np.array(a.get_ylim()) for a in top]
            for a in top:
                a.set_ylim(min(s[0] for s in span), max(s[1] for s in span))
        for letter, axes in zip("abcd", [*top, *bottom], strict=False):
            axes.set_title(f"{letter}  {axes.get_title(loc='left')}".rstrip(), loc="left")
        where = f", cell {cell}" if len(result.cells) > 1 else ""
        _legend(fig, f"{fit.label}{where}:", max(c.count.max() for c in curves) > 1)
    return fig


def scale_of(size: float) -> tuple[float, str]:
    """Factor from siemens and unit in which a conductance of this size is drawn.

    >>> scale_of(2.4e-3), scale_of(3e-5)
    ((1000.0, 'mS'), (1000000.0, 'µS'))
    """
    power = int(np.floor(np.log10(abs(size)) / 3) * 3) if size else 0
    prefix = next((p for p, e in PREFIXES.items() if e == power), None)
    if prefix is None:
        return 1.0, "S"
    return float(10.0**-power), ("µ" if prefix == "u" else prefix) + "S"


def _curve(axes: Axes, c: Curve, factor: float, unit: str) -> None:
    kept = np.flatnonzero(c.count >= MOST * c.count.max())
    few = kept[np.unique(np.linspace(0, len(kept) - 1, min(POINTS, len(kept))).round().astype(int))]
    colour = COLOUR[c.up]
    axes.fill_between(
        kept, factor * (c.model - c.band)[kept], factor * (c.model + c.band)[kept], color=colour, alpha=0.22, linewidth=0
    )
    axes.plot(kept, factor * c.model[kept], color=colour)
    several = c.count.max() > 1
    axes.errorbar(
        few, factor * c.mean[few], yerr=factor * c.deviation[few] if several else None, fmt=MARKER[c.up], color="black", markersize=2.2, elinewidth=0.6,
        capsize=1.2, capthick=0.6, markerfacecolor="white", markeredgewidth=0.6,
    )  # fmt: skip
    axes.set_title(f"{NAME[c.up]}, {int(c.count.max())} ramps" if several else NAME[c.up])
    axes.set_xlabel("pulse number")
    axes.set_ylabel(f"conductance ({unit})")
    linear_axis(axes)
    axes.xaxis.set_major_locator(MaxNLocator(nbins=6, integer=True, steps=list(ROUND_STEPS)))


def _legend(fig: Figure, text: str, several: bool) -> None:
    """What line, band and points are, above all panels, where no data are."""
    grey = "#606060"
    handles = [
        Line2D([], [], linestyle="none", label=text),
        Line2D([], [], color=grey, label="model, mean"),
        Patch(color=grey, alpha=0.25, linewidth=0, label="model, ± 1 SD"),
        Line2D(
            [],
            [],
            linestyle="none",
            marker="o",
            color="black",
            markerfacecolor="white",
            markeredgewidth=0.6,
            label="data, mean ± 1 SD" if several else "data",
        ),
    ]
    fig.legend(handles=handles, loc="outside upper center", ncols=4, borderaxespad=0.2)


def _residuals(axes: Axes, curves: list[Curve], window: float) -> None:
    axes.axhline(0.0, color="black", linewidth=0.5)
    for c in curves:
        miss = 100 * c.miss / window
        k = np.arange(len(miss))
        se = 100 * c.deviation / np.sqrt(np.maximum(c.count, 1)) / window
        rms = float(np.sqrt(np.nanmean(miss[1:] ** 2)))
        line = "-" if c.up else "--"
        axes.plot(k, miss, line, color=COLOUR[c.up], label=f"{NAME[c.up]}, RMS {rms:.2f} %")
        if c.count.max() > 1:
            axes.fill_between(k, miss - se, miss + se, color=COLOUR[c.up], alpha=0.18, linewidth=0)
    axes.set_title("mean curve, data less model")
    axes.set_xlabel("pulse number")
    axes.set_ylabel("data − model (% of window)")
    linear_axis(axes)
    axes.xaxis.set_major_locator(MaxNLocator(nbins=6, integer=True, steps=list(ROUND_STEPS)))
    _legend_in(axes)


def _legend_in(axes: Axes) -> None:
    """A legend at the top of the panel, with room made for it."""
    low, high = axes.get_ylim()
    axes.set_ylim(low, high + 0.25 * (high - low))
    axes.legend(loc="upper left", ncols=2)


def _steps(axes: Axes, result: FitResult, fit: LawFit, cell: str, factor: float, unit: str) -> None:
    data = result.cells[cell]
    p, tab = fit.cells[cell].parameters()
    d = np.full(len(data.y), np.nan)
    at = np.full(len(data.y), np.nan)
    d[1:], at[1:] = np.diff(data.y), 0.5 * (data.y[1:] + data.y[:-1])
    d[data.begin != GOES_ON] = np.nan
    largest = float(np.nanmax(np.abs(d)))
    step_factor, step_unit = scale_of(largest)
    axes.axhline(0.0, color="black", linewidth=0.5)
    for up in (True, False):
        own = np.isfinite(d) & (data.up == up)
        if not own.any():
            continue
        g, mean, sd = binned(at[own], d[own])
        axes.errorbar(
            factor * g, step_factor * mean, yerr=step_factor * sd, fmt=MARKER[up], color="black", markersize=2.2, elinewidth=0.6, capsize=1.2,
            capthick=0.6, markerfacecolor="white", markeredgewidth=0.6,
        )  # fmt: skip
        grid = np.linspace(float(at[own].min()), float(at[own].max()), 200)
        longest = max(part.stop - part.start for part in split(data) if data.up[part.start] == up)
        grid, model, spread = steps_along(fit.law, p, tab, up, result.widths, grid, longest - 1)
        seen = np.sqrt(spread**2 + 2.0 * fit.cells[cell].read_noise ** 2)
        axes.fill_between(
            factor * grid, step_factor * (model - seen), step_factor * (model + seen), color=COLOUR[up], alpha=0.22, linewidth=0
        )
        axes.plot(factor * grid, step_factor * model, "-" if up else "--", color=COLOUR[up], label=NAME[up])
    axes.set_title("step of one pulse, mean ± SD")
    axes.set_xlabel(f"conductance ({unit})")
    axes.set_ylabel(f"step ({step_unit})")
    linear_axis(axes)
    axes.xaxis.set_major_locator(MaxNLocator(nbins=5, steps=list(ROUND_STEPS)))
    _legend_in(axes)


def binned(x: Floats, y: Floats, bins: int = BINS) -> tuple[Floats, Floats, Floats]:
    """Mean of x, mean and standard deviation of y in bins of equal count, in the order of x."""
    order = np.argsort(x, kind="stable")
    parts = [q for q in np.array_split(order, max(1, min(bins, len(x) // 5))) if len(q)]
    return (
        np.array([x[q].mean() for q in parts]),
        np.array([y[q].mean() for q in parts]),
        np.array([y[q].std(ddof=1) if len(q) > 1 else 0.0 for q in parts]),
    )
