"""The picture of a diagnosis: six measures by epoch, a line per layer."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ohmgrad.report.diagnosis import MEASURES
from ohmgrad.report.run import Floats, History, Summary
from ohmgrad.report.style import (
    GREY,
    LAYER_COLOURS,
    LAYER_LINES,
    LAYER_MARKERS,
    drawing,
    epoch_axis,
    legend_above,
    line_with_band,
    linear_axis,
    panels,
)

_UNITS = {"drift": "spreads of the weights"}
_GOOD = {"cosine": 1.0, "gain": 1.0, "drift": 0.0}  # of cells that do what is wanted


def plot_diagnosis(history: History, summary: Summary) -> Figure:
    """Return the measures of `MEASURES` by epoch, one panel each, one line per layer; shares in per cent. Dashed: cells that do what is wanted.

    The history must hold a diagnosis, and one epoch or more.
    """
    with drawing():
        fig, all_axes = panels(len(MEASURES), 1.9)
        epochs = history.epochs.tolist()
        for axes, (measure, (name, share)) in zip(all_axes, MEASURES.items(), strict=True):
            values = history.diagnosis[measure] * (100.0 if share else 1.0)
            for layer in range(len(summary.layer_names)):
                line_with_band(
                    axes,
                    epochs,
                    _averaged(values[:, :, layer]),
                    f"layer {layer + 1}",
                    LAYER_COLOURS[layer % len(LAYER_COLOURS)],
                    LAYER_LINES[layer % len(LAYER_LINES)],
                    LAYER_MARKERS[layer % len(LAYER_MARKERS)],
                )
            if measure in _GOOD:
                axes.axhline(_GOOD[measure], color=GREY, linewidth=0.6, linestyle="--", zorder=0)
            epoch_axis(axes, epochs)
            linear_axis(axes)
            _range(axes, measure, share)
            axes.set_title(name)
            if share or measure in _UNITS:
                axes.set_ylabel("%" if share else _UNITS[measure])
        legend_above(fig, max(all_axes, key=lambda axes: len(axes.get_legend_handles_labels()[1])), columns=6)
        return fig


def _averaged(values: Floats) -> Floats:
    """Values (epochs, replicas) in which replicas without a number have the mean of the others; nan where none has one."""
    known = ~np.isnan(values)
    mean = np.where(known, values, 0.0).sum(axis=1) / np.maximum(known.sum(axis=1), 1)
    return np.where(known, values, np.where(known.any(axis=1), mean, np.nan)[:, None])


def _range(axes: Axes, measure: str, share: bool) -> None:
    """Shares from 0 %, cosines up to 1, gains from 0; each with what is drawn in it."""
    low, high = axes.get_ylim()
    if share:
        axes.set_ylim(0.0, min(103.0, max(5.0, high)))
    elif measure == "drift":
        reach = max(0.05, abs(low), abs(high))
        axes.set_ylim(-reach, reach)
    else:
        axes.set_ylim(min(0.0, low), max(1.08, high))
