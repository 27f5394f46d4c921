"""Pictures of what training is after: error by epoch, and outputs that come apart."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from ohmgrad.report.figures import criterion_line, told_apart
from ohmgrad.report.run import Floats, History, Summary
from ohmgrad.report.style import (
    BLUE,
    GREEN,
    LAYER_COLOURS,
    LAYER_LINES,
    LAYER_MARKERS,
    SINGLE,
    VERMILLION,
    band,
    drawing,
    epoch_axis,
    legend_above,
    line_with_band,
    linear_axis,
    log_axis,
    panels,
    wide_range,
)


def plot_error(history: History, summary: Summary) -> Figure:
    """Return the mean error E of a sample by epoch: training, test, validation if there is any, and the criterion to stop.

    A log axis where the errors span more than a decade and a half. The history must hold one epoch or more.
    """
    parts = {
        "training": (history.train_error, VERMILLION, "-", "s"),
        "validation": (history.valid_error, GREEN, "--", "^"),
        "test": (history.test_error, BLUE, "-", "o"),
    }
    with drawing():
        fig = Figure(figsize=(SINGLE, 2.7))
        axes = fig.add_subplot()
        epochs = history.epochs.tolist()
        drawn = [values for values, *_ in parts.values() if not np.isnan(values).all()]
        stop = [summary.stop.value] if summary.stop.when == "error" else []
        error_axis(axes, drawn, stop)
        for name, (values, colour, line, marker) in told_apart(parts).items():
            line_with_band(axes, epochs, values, name, colour, line, marker)
        for value in stop:
            criterion_line(axes, value)
        epoch_axis(axes, epochs)
        axes.set_ylabel("error E of a sample")
        legend_above(fig, axes, columns=4)
        return fig


def error_axis(axes: Axes, errors: list[Floats], criteria: list[float]) -> None:
    """Make y an axis for errors (epochs, replicas): log where their means span decades, else linear from 0; with the criteria in it."""
    means = np.concatenate([np.nanmean(e, axis=1) for e in errors] or [np.zeros(0)])
    ends = [band(e[~np.isnan(e).any(axis=1)]) for e in errors]
    top = max([float(high.max(initial=0.0)) for _, high in ends] + criteria, default=0.0) or 1.0
    if wide_range(np.array([*means, *criteria])):
        positive = [v for v in [*means, *criteria] if v > 0]
        log_axis(axes)
        axes.set_ylim(min(positive) / 1.6, top * 1.4)
    else:
        linear_axis(axes)
        axes.set_ylim(0.0, 1.08 * top)


def plot_responses(history: History, summary: Summary) -> Figure:
    """Return the mean output of each output neuron for each class by epoch, one panel for each neuron (figure 1.15b of the chapter).

    The line of the neuron's own class is thick. Source: Y. He, "Supervised learning of artificial neural networks" (textbook chapter, 2022).
    The history must hold responses.
    """
    values = history.responses
    assert values is not None  # said above
    _, classes, outputs = values.shape
    names = summary.classes if len(summary.classes) == classes else tuple(str(c) for c in range(classes))
    with drawing():
        fig, all_axes = panels(outputs, 1.9)
        epochs = history.epochs.tolist()
        low, high = float(values.min()), float(values.max())
        margin = 0.06 * (high - low) or 0.1
        for j, axes in enumerate(all_axes):
            for c in range(classes):
                mark = LAYER_MARKERS[c % len(LAYER_MARKERS)] if len(epochs) == 1 else None
                line, width = LAYER_LINES[c % len(LAYER_LINES)], 2.2 if c == j else 1.0
                colour = LAYER_COLOURS[c % len(LAYER_COLOURS)]
                axes.plot(epochs, values[:, c, j], line, color=colour, linewidth=width, marker=mark, label=f"class {names[c]}")
            epoch_axis(axes, epochs)
            linear_axis(axes)
            axes.set_ylim(low - margin, high + margin)
            axes.set_title(f"output neuron {names[j]}")
        for axes in all_axes[::3]:
            axes.set_ylabel("mean output")
        shown = [
            Line2D([], [], linestyle=line.get_linestyle(), color=line.get_color(), linewidth=1.2) for line in all_axes[0].lines
        ]
        fig.legend(
            shown,
            [str(line.get_label()) for line in all_axes[0].lines],
            loc="outside upper center",
            ncols=min(classes, 5),
            borderaxespad=0.2,
        )
        return fig
