"""Pictures of what changes with the epochs: accuracy, pulses, saturation."""

from __future__ import annotations

import textwrap

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ohmgrad.report.run import Floats, History, Published, Summary
from ohmgrad.report.style import (
    BLACK,
    BLUE,
    GREEN,
    LAYER_COLOURS,
    LAYER_LINES,
    LAYER_MARKERS,
    PURPLE,
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

LEAST_SPAN = 10.0  # per cent; a narrower range of accuracies would magnify mere chance
LABEL_SIZE = 6.5  # pt, of the labels on published values
LABEL_COLOUR = "#404040"


def plot_accuracy(history: History, summary: Summary) -> Figure:
    """Return accuracy (%) by epoch: training, test, validation if there is any, and published values.

    Lines are means over replicas; for the band see `ohmgrad.report.style.band`. The history must hold one
    epoch or more.
    """
    with drawing():
        fig = Figure(figsize=(SINGLE, 2.7))
        axes = fig.add_subplot()
        epochs = history.epochs.tolist()
        parts = {
            "training": (history.train_accuracy, VERMILLION, "-", "s"),
            "validation": (history.valid_accuracy, GREEN, "--", "^"),
            "test": (history.test_accuracy, BLUE, "-", "o"),
        }
        for name, (values, colour, line, marker) in told_apart(parts).items():
            line_with_band(axes, epochs, 100 * values, name, colour, line, marker, highest=100.0)
        published = [entry for entry in summary.published if entry.is_accuracy]
        for i, entry in enumerate(published):
            axes.axhline(
                100 * entry.value,
                color=LABEL_COLOUR,
                linewidth=0.7,
                linestyle=(0, (1, 1.5)),
                zorder=1,
                label="published" if i == 0 else None,
            )
        if summary.stop.when == "accuracy":
            criterion_line(axes, 100 * summary.stop.value)
        epoch_axis(axes, epochs)
        _accuracy_range(axes)
        axes.set_ylabel("accuracy (%)")
        _label_published(axes, published)
        legend_above(fig, axes, columns=4 if len(axes.get_legend_handles_labels()[1]) <= 4 else 3)
        return fig


def told_apart(parts: dict[str, tuple[Floats, str, str, str]]) -> dict[str, tuple[Floats, str, str, str]]:
    """The curves, training and test as one where they are of the same images and would hide each other."""
    if not np.array_equal(parts["training"][0], parts["test"][0]):
        return parts
    return {"training = test" if name == "test" else name: curve for name, curve in parts.items() if name != "training"}


def _accuracy_range(axes: Axes) -> None:
    """Widen the range of y by a margin, and to `LEAST_SPAN`, but not beyond 0 to 100 %."""
    linear_axis(axes)
    axes.margins(y=0.08)
    axes.autoscale_view()
    low, high = axes.get_ylim()
    more = max(0.0, LEAST_SPAN - (high - low)) / 2
    # A little above 100, so that a marker there is whole.
    axes.set_ylim(max(0.0, low - more), min(100.6, high + more))


def _label_published(axes: Axes, published: list[Published]) -> None:
    """Write what each line is to the right of the axes, moved apart where lines lie close."""
    if not published:
        return
    low, high = axes.get_ylim()
    # The axis says that it is an accuracy, and the legend that it is published.
    texts = [textwrap.wrap(f"{100 * entry.value:.4g} % {entry.what.replace(' accuracy', '')}", 17) for entry in published]
    order = sorted(range(len(published)), key=lambda i: published[i].value)
    # Heights in shares of the axes, which are about 2.1 in high; a line of text takes 1.25 of its size.
    line = LABEL_SIZE * 1.25 / 72 / 2.1
    wanted = np.array([(100 * published[i].value - low) / (high - low) for i in order])
    heights = np.array([len(texts[i]) * line + 0.02 for i in order])
    for i, centre in zip(order, _apart(wanted, heights), strict=True):
        value = 100 * published[i].value
        axes.annotate(
            "\n".join(texts[i]),
            xy=(1.0, value),
            xycoords=("axes fraction", "data"),
            xytext=(1.05, centre),
            textcoords="axes fraction",
            fontsize=LABEL_SIZE,
            color=LABEL_COLOUR,
            verticalalignment="center",
            arrowprops={
                "arrowstyle": "-", "linewidth": 0.4, "color": LABEL_COLOUR, "shrinkA": 0, "shrinkB": 0,
                "relpos": (0.0, 0.5),
            },
        )  # fmt: skip


def _apart(wanted: Floats, heights: Floats) -> Floats:
    """Return centres near the wanted ones (rising) at which boxes of these heights do not overlap."""
    centres = wanted.copy()
    for _ in range(200):
        gaps = np.diff(centres) - (heights[1:] + heights[:-1]) / 2
        short = np.minimum(gaps, 0) / 2
        if (short > -1e-6).all():
            break
        centres[:-1] += short
        centres[1:] -= short
    return centres


def criterion_line(axes: Axes, value: float, label: str | None = "criterion") -> None:
    """Draw the criterion to stop."""
    axes.axhline(value, color=BLACK, linewidth=0.8, linestyle="-.", zorder=1, label=label)


def plot_pulses(history: History, summary: Summary) -> Figure:
    """Return the pulses per image by epoch, one panel per layer: SET, RESET, full RESET and refresh.

    Counts are of one network, for training only, divided by the images of an epoch. The history must hold
    one epoch or more.
    """
    kinds = pulse_kinds(history, summary)
    with drawing():
        fig, all_axes = panels(len(summary.layer_names), 2.1)
        log = wide_range(np.concatenate([values.mean(axis=1).ravel() for values in kinds.values()]))
        top, bottom = 0.0, np.inf
        for layer, axes in enumerate(all_axes):
            for (name, values), colour, line, marker in zip(
                kinds.items(), (VERMILLION, BLUE, PURPLE, GREEN), ("-", "--", ":", "-."), "osD^", strict=True
            ):
                shown = values[:, :, layer]
                if not values.any():
                    continue
                if log:
                    shown = np.where((shown > 0).any(axis=1, keepdims=True), shown, np.nan)
                line_with_band(axes, history.epochs.tolist(), shown, name, colour, line, marker)
                low, high = band(values[:, :, layer])
                top = max(top, float(high.max()))
                mean = values[:, :, layer].mean(axis=1)
                bottom = min(bottom, float(np.where(low > 0, low, mean)[mean > 0].min(initial=np.inf)))
            epoch_axis(axes, history.epochs.tolist())
            axes.set_title(summary.layer_names[layer])
        for axes in all_axes:  # one range for all, so that layers can be compared
            if log:
                log_axis(axes)
                axes.set_ylim(bottom / 1.5, top * 1.5)
            else:
                linear_axis(axes)
                axes.set_ylim(0, top * 1.08 or 1.0)
        for axes in all_axes[::3]:
            axes.set_ylabel("pulses per image")
        legend_above(fig, max(all_axes, key=lambda axes: len(axes.lines)), columns=4)
        return fig


def pulse_kinds(history: History, summary: Summary) -> dict[str, Floats]:
    """Return the pulses per image by kind, each of shape (epochs, replicas, layers)."""
    kinds = {
        "SET": history.pulses_set,
        "RESET": history.pulses_reset,
        "full RESET": history.full_reset,
        "refresh": history.refresh_set + history.refresh_reset,
    }
    return {name: values / summary.samples_per_epoch for name, values in kinds.items()}


def plot_saturation(history: History, summary: Summary) -> Figure:
    """Return the share of saturated cells (%) by epoch, one line per layer.

    The history must hold one epoch or more.
    """
    with drawing():
        fig = Figure(figsize=(SINGLE, 2.5))
        axes = fig.add_subplot()
        epochs = history.epochs.tolist()
        for layer, name in enumerate(summary.layer_names):
            line_with_band(
                axes,
                epochs,
                100 * history.saturated_fraction[:, :, layer],
                name.split(",")[0],
                LAYER_COLOURS[layer % len(LAYER_COLOURS)],
                LAYER_LINES[layer % len(LAYER_LINES)],
                LAYER_MARKERS[layer % len(LAYER_MARKERS)],
            )
        epoch_axis(axes, epochs)
        linear_axis(axes)
        axes.set_ylim(0, max(1.0, axes.get_ylim()[1]))
        axes.set_ylabel("saturated cells (%)")
        legend_above(fig, axes, columns=3)
        return fig
