"""Pictures of the cells at some epochs: the (G+, G-) diamond of pairs, the conductances of single cells, and the weights."""

from __future__ import annotations

import math

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import Colormap, ListedColormap, LogNorm
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator, NullFormatter

from ohmgrad.report.device_figures import siemens
from ohmgrad.report.run import Counts, Floats, Snapshots, Summary
from ohmgrad.report.style import (
    BLACK,
    GREY,
    ROUND_STEPS,
    SNAPSHOT_COLOURS,
    drawing,
    legend_above,
    linear_axis,
    log_axis,
    panels,
    power_of_ten,
    wide_range,
)

MICRO = 1e6  # siemens to µS
PEAKS_LOG_FROM = 12.0  # a histogram less than 1/12 as high as another is hard to see
DECADES = 5  # the colour scale of the diamond spans at most so many


def snapshot_names(epochs: tuple[int, ...]) -> list[str]:
    """Return how a figure calls these epochs, which are rising."""
    return ["start" if epoch == 0 else f"epoch {epoch}" for epoch in epochs]


def plot_diamond(snapshots: Snapshots, summary: Summary) -> Figure:
    """Return how the pairs of cells are spread over (G+, G-): a row per layer, a column per snapshot.

    x is the common conductance G+ + G-, y the weight G+ - G-, both in µS. Colour is the share of the layer's
    pairs in a bin, on one log scale for all panels. Cells between bounds lie in the outlined diamond.
    """
    epochs = snapshots.shown
    shares = [[_share(snapshots.diamonds[e][k]) for e in epochs] for k in range(len(summary.layer_names))]
    edges = MICRO * snapshots.diamond_edges
    x, y = edges[:, None] + edges[None, :], edges[:, None] - edges[None, :]
    x_range, y_range = _diamond_range(snapshots, shares, x, y)
    norm = _log_norm(shares)
    colours = _colours()
    # Placed by hand: a layout engine leaves ragged gaps around panels of a fixed shape.
    side, gap, left, right, bottom, top = 1.86, 0.10, 0.58, 0.78, 0.44, 0.24
    width = left + len(epochs) * (side + gap) - gap + right
    height = bottom + len(shares) * (side + gap) - gap + top
    with drawing():
        fig = Figure(figsize=(width, height))
        fig.set_layout_engine("none")
        mesh = None
        for row, layer_shares in enumerate(shares):
            for column, share in enumerate(layer_shares):
                x0 = left + column * (side + gap)
                y0 = bottom + (len(shares) - 1 - row) * (side + gap)
                axes = fig.add_axes((x0 / width, y0 / height, side / width, side / height))
                # As pixels: as paths, one panel would be some thousand squares.
                mesh = axes.pcolormesh(x, y, np.ma.masked_equal(share, 0), norm=norm, cmap=colours, rasterized=True)
                _outline(axes, snapshots, x_range)
                axes.set(xlim=x_range, ylim=y_range)
                axes.spines[["top", "right"]].set_visible(True)
                axes.xaxis.set_major_locator(MaxNLocator(5, steps=list(ROUND_STEPS)))
                axes.yaxis.set_major_locator(MaxNLocator(5, steps=list(ROUND_STEPS)))
                axes.tick_params(labelbottom=row == len(shares) - 1, labelleft=column == 0)
                if row == 0:
                    axes.set_title(snapshot_names(epochs)[column], loc="center")
                if column == 0:
                    axes.set_ylabel("G⁺ − G⁻ (µS)")
                    axes.yaxis.set_label_coords(-0.42 / side, 0.5)
                    axes.text(0.03, 0.97, f"layer {row + 1}", transform=axes.transAxes, verticalalignment="top")
                if row == len(shares) - 1:
                    axes.set_xlabel("G⁺ + G⁻ (µS)")
        assert mesh is not None
        bar_height = min(height - bottom - top, 3.9)
        bar_bottom = bottom + (height - bottom - top - bar_height) / 2
        bar = fig.add_axes(((width - right + 0.12) / width, bar_bottom / height, 0.1 / width, bar_height / height))
        fig.colorbar(mesh, cax=bar, format=FuncFormatter(lambda value, _: power_of_ten(value)))
        bar.yaxis.set_minor_formatter(NullFormatter())
        bar.set_ylabel("share of the layer's pairs")
        return fig


def _share(counts: Counts) -> Floats:
    """Return counts as shares of their sum; all zero if there are none."""
    return counts / max(1, int(counts.sum()))


def _log_norm(shares: list[list[Floats]]) -> LogNorm:
    """Return the colour scale: from the least share to the largest, or its upper decades if they are many."""
    positive = np.concatenate([share[share > 0] for row in shares for share in row])
    if not positive.size:
        return LogNorm(1e-1, 1.0)
    high = float(positive.max())
    low = max(float(positive.min()), high / 10**DECADES)
    if high < 100 * low:  # too little for two labelled ticks: whole decades then
        low = 10.0 ** math.floor(math.log10(low))
        high = 10.0 ** max(math.ceil(math.log10(high)), round(math.log10(low)) + 1)
    return LogNorm(low, high, clip=True)


def _colours() -> Colormap:
    """Return a scale from light to dark, without the near-white end that paper would swallow."""
    return ListedColormap(matplotlib.colormaps["magma_r"](np.linspace(0.12, 1.0, 256)))


def _diamond_range(
    snapshots: Snapshots, shares: list[list[Floats]], x: Floats, y: Floats
) -> tuple[tuple[float, float], tuple[float, float]]:
    """Return the range of x and of y, equally long: that of the diamond, or of the cells if unbounded."""
    if math.isfinite(snapshots.g_min) and math.isfinite(snapshots.g_max):
        low, high = 2 * MICRO * snapshots.g_min, 2 * MICRO * snapshots.g_max
        reach = (high - low) / 2
    else:
        filled = np.any([share > 0 for row in shares for share in row], axis=0)
        if not filled.any():
            filled[:] = True
        rows, columns = np.nonzero(filled)
        corners = np.array([(rows + a, columns + b) for a in (0, 1) for b in (0, 1)])
        xs, ys = x[corners[:, 0], corners[:, 1]], y[corners[:, 0], corners[:, 1]]
        low, high = float(xs.min()), float(xs.max())
        reach = float(np.abs(ys).max())
    half = 1.06 * max(reach, (high - low) / 2)
    middle = (low + high) / 2
    return (middle - half, middle + half), (-half, half)


def _outline(axes: Axes, snapshots: Snapshots, x_range: tuple[float, float]) -> None:
    """Draw the border of the allowed states: a diamond, or the wedge above g_min if there is no g_max."""
    g_min, g_max = MICRO * snapshots.g_min, MICRO * snapshots.g_max
    axes.axhline(0, color=GREY, linewidth=0.4, zorder=0)
    if not math.isfinite(g_min):
        return
    if math.isfinite(g_max):
        middle, reach = g_min + g_max, g_max - g_min
        axes.plot(
            [2 * g_min, middle, 2 * g_max, middle, 2 * g_min],
            [0, reach, 0, -reach, 0],
            color=BLACK,
            linewidth=0.7,
            solid_joinstyle="miter",
        )
    else:
        reach = max(0.0, x_range[1] - 2 * g_min)
        axes.plot([2 * g_min + reach, 2 * g_min, 2 * g_min + reach], [reach, 0, -reach], color=BLACK, linewidth=0.7)


def plot_weights(snapshots: Snapshots, summary: Summary) -> Figure:
    """Return the histograms of the weights, one panel per layer: start, middle and end as steps."""
    shares = [[100 * _share(snapshots.weights[e][k]) for e in snapshots.shown] for k in range(len(summary.layer_names))]
    with drawing():
        return _histograms(shares, snapshots.weight_edges, snapshots, summary, "weight", "synapses per bin (%)")[0]


def plot_conductances(snapshots: Snapshots, summary: Summary) -> Figure:
    """Return the histograms of the conductances of single cells, one panel per layer: start, middle and end as steps.

    Dotted lines: the window of the cells; dashed: the reference, which stands for the weight 0.
    """
    shares = [[100 * _share(snapshots.conductances[e][k]) for e in snapshots.shown] for k in range(len(summary.layer_names))]
    filled = np.any([share > 0 for row in shares for share in row], axis=0)
    edges = snapshots.diamond_edges
    unit, name = siemens(float(edges[1:][filled].max()) if filled.any() else float(edges[-1]))
    with drawing():
        fig, all_axes = _histograms(
            shares, [edges / unit] * len(shares), snapshots, summary, f"conductance ({name})", "cells per bin (%)"
        )
        limits = [g / unit for g in (snapshots.g_min, snapshots.g_max) if math.isfinite(g)]
        shown = [a.get_xlim() for a in all_axes]
        ends = [*limits, *(edge for pair in shown for edge in pair)]
        pad = 0.02 * (max(ends) - min(ends))
        for axes in all_axes:
            for g in limits:
                axes.axvline(g, color=BLACK, linewidth=0.7, linestyle=":", zorder=0)
            if snapshots.reference is not None:
                axes.axvline(snapshots.reference / unit, color=BLACK, linewidth=0.7, linestyle="--", zorder=0)
            axes.set_xlim(min(ends) - pad, max(ends) + pad)
        return fig


def _histograms(
    shares: list[list[Floats]], edges_of: list[Floats], snapshots: Snapshots, summary: Summary, x_label: str, y_label: str
) -> tuple[Figure, list[Axes]]:
    """Return a figure of histograms (per cent, by layer and snapshot), and its panels, one per layer."""
    epochs = snapshots.shown
    names = snapshot_names(epochs)
    # With fewer than three snapshots, the first is still the start, and the last the end.
    colours = {1: SNAPSHOT_COLOURS[:1], 2: SNAPSHOT_COLOURS[::2]}.get(len(epochs), SNAPSHOT_COLOURS)
    peaks = np.array([share.max() for row in shares for share in row])
    log = wide_range(peaks, PEAKS_LOG_FROM)
    fig, all_axes = panels(len(shares), 2.1)
    for layer, axes in enumerate(all_axes):
        edges = edges_of[layer]
        for share, name, colour in zip(shares[layer], names, colours, strict=True):
            if colour == GREY:
                axes.stairs(share, edges, label=name, color=colour, fill=True, alpha=0.45, linewidth=0)
            else:
                axes.stairs(share, edges, label=name, color=colour, linewidth=1.1)
        if log:
            log_axis(axes)
            floor = min((s[s > 0].min() for row in shares for s in row if s.any()), default=0.1)
            axes.set_ylim(floor / 1.5, max(1.0, 1.5 * float(peaks.max())))
        else:
            linear_axis(axes)
            axes.set_ylim(0, 1.08 * max(s.max() for s in shares[layer]) or 1.0)
        filled = np.nonzero(np.any([share > 0 for share in shares[layer]], axis=0))[0]
        if filled.size:
            low, high = edges[filled[0]], edges[filled[-1] + 1]
            pad = 0.04 * (high - low)
            axes.set_xlim(low - pad, high + pad)
        axes.set_title(summary.layer_names[layer])
        axes.set_xlabel(x_label)
        axes.xaxis.set_major_locator(MaxNLocator(5, steps=list(ROUND_STEPS)))
    for axes in all_axes[::3]:
        axes.set_ylabel(y_label)
    legend_above(fig, all_axes[0], columns=3)
    return fig, all_axes
