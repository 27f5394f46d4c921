"""The pictures of a report, with what is said under each."""

from __future__ import annotations

import math
from typing import NamedTuple

from matplotlib.figure import Figure

from ohmgrad.report.diagnosis import EXPLAINED, table
from ohmgrad.report.diagnosis_figures import plot_diagnosis
from ohmgrad.report.figures import plot_accuracy, plot_pulses, plot_saturation, pulse_kinds
from ohmgrad.report.learning_figures import plot_error, plot_responses
from ohmgrad.report.run import Run
from ohmgrad.report.states import plot_conductances, plot_diamond, plot_weights, snapshot_names
from ohmgrad.report.style import band_words
from ohmgrad.report.words import criterion


class Picture(NamedTuple):
    """One picture of the report."""

    name: str  # of its file, without ".svg"
    heading: str
    figure: Figure | None  # None where there is nothing to draw; the caption then says why
    caption: str
    lead: str = ""  # a sentence before the picture
    table: tuple[tuple[str, ...], ...] = ()  # a table after it, its head first


def pictures(run: Run) -> list[Picture]:
    """Return the pictures of a run, in the order of the report."""
    cells = _conductances if run.summary.kind == "single" else _diamond
    responses = [_responses(run)] if run.history.responses is not None else []
    return [
        _accuracy(run),
        _error(run),
        *responses,
        cells(run),
        _weights(run),
        _pulses(run),
        _saturation(run),
        *_diagnosis(run),
    ]


_RISES = {
    "pair": ", which rises with every SET pulse",
    "fixed": ", which changes as the difference does, since G⁻ is never written",
}
_SATURATED = {
    "pair": "pairs with a cell beyond 95 % of its window",
    "fixed": "G⁺ cells beyond 95 % or below 5 % of their window",
    "single": "cells beyond 95 % or below 5 % of their window",
}
NO_EPOCH = "No epoch is finished yet."


def _accuracy(run: Run) -> Picture:
    heading = "Accuracy"
    if not len(run.history.epochs):
        return Picture("accuracy", heading, None, NO_EPOCH)
    caption = f"Accuracy by epoch. {band_words(run.summary.replicas)}"
    published = [entry for entry in run.summary.published if entry.is_accuracy]
    if published:
        sources = "; ".join(f"{entry.what} {100 * entry.value:.4g} % ({entry.source})" for entry in published)
        caption += f" Dotted: published values: {sources}."
    if run.summary.stop.when == "accuracy":
        caption += f" Dash-dotted: the criterion to stop, {criterion(run.summary.stop)}."
    return Picture("accuracy", heading, plot_accuracy(run.history, run.summary), caption)


def _error(run: Run) -> Picture:
    heading = "Error"
    if not len(run.history.epochs):
        return Picture("error", heading, None, NO_EPOCH)
    caption = f"Error E (eq. 1.3), mean of a sample, by epoch. {band_words(run.summary.replicas)}"
    if run.summary.stop.when == "error":
        caption += f" Dash-dotted: the criterion to stop, {criterion(run.summary.stop)}."
    return Picture("error", heading, plot_error(run.history, run.summary), caption)


def _responses(run: Run) -> Picture:
    caption = (
        "How outputs come apart: mean output of each output neuron for the training samples of each class, by epoch "
        "(mean over replicas). A neuron has learned where the line of its own class, drawn thick, is apart from the others."
    )
    return Picture("responses", "Outputs", plot_responses(run.history, run.summary), caption)


def _diamond(run: Run) -> Picture:
    caption = (
        f"Where the pairs of cells are. To the right: the common conductance G⁺ + G⁻{_RISES[run.summary.kind]}; "
        "upwards: the difference G⁺ − G⁻, which is the weight. Rows: layers; columns: "
        f"{_list(snapshot_names(run.snapshots.shown))}. Colour: share of the layer's pairs in a bin, "
        f"log scale{_over(run)}. "
    )
    if math.isfinite(run.snapshots.g_max):
        caption += "Outline: all states between the least and the largest conductance of a cell."
    else:
        caption += "Lines: least conductance of a cell; there is no largest one."
    return Picture("diamond", "Conductances", plot_diamond(run.snapshots, run.summary), caption)


def _conductances(run: Run) -> Picture:
    caption = (
        f"Conductances of the cells of each layer at {_list(snapshot_names(run.snapshots.shown))}: share of the layer's cells in "
        f"each bin{_over(run)}. Dashed: the reference, at which a cell adds nothing to its weight. "
    )
    if math.isfinite(run.snapshots.g_max):
        caption += "Dotted: least and largest conductance of a cell."
    else:
        caption += "Dotted: least conductance of a cell; there is no largest one."
    return Picture("conductances", "Conductances", plot_conductances(run.snapshots, run.summary), caption)


def _weights(run: Run) -> Picture:
    caption = (
        f"Weights of each layer, in weight units, at {_list(snapshot_names(run.snapshots.shown))}: share of "
        f"the layer's synapses in each bin{_over(run)}. Scales differ between layers."
    )
    return Picture("weights", "Weights", plot_weights(run.snapshots, run.summary), caption)


def _pulses(run: Run) -> Picture:
    heading = "Pulses"
    if not len(run.history.epochs):
        return Picture("pulses", heading, None, NO_EPOCH)
    caption = f"Programming pulses on one layer for one training image, mean of each epoch. {band_words(run.summary.replicas)}"
    none = [name for name, values in pulse_kinds(run.history, run.summary).items() if not values.any()]
    if none:
        caption += f" There were no {' or '.join(none)} pulses."
    return Picture("pulses", heading, plot_pulses(run.history, run.summary), caption)


def _saturation(run: Run) -> Picture:
    heading = "Saturation"
    if not len(run.history.epochs):
        return Picture("saturation", heading, None, NO_EPOCH)
    if math.isinf(run.snapshots.g_max) and not run.history.saturated_fraction.any():
        return Picture("saturation", heading, None, "The cells have no largest conductance, so none can saturate.")
    caption = f"Share of each layer's {_SATURATED[run.summary.kind]}. {band_words(run.summary.replicas)}"
    return Picture("saturation", heading, plot_saturation(run.history, run.summary), caption)


def _diagnosis(run: Run) -> list[Picture]:
    if not run.history.diagnosis:
        return []
    figure = plot_diagnosis(run.history, run.summary)
    caption = f"{EXPLAINED} {band_words(run.summary.replicas)}"
    return [Picture("diagnosis", "Diagnosis", figure, caption, run.summary.diagnosis, table(run.history, run.summary))]


def _over(run: Run) -> str:
    """Return over how many networks the histograms run, if more than one."""
    return f", all {run.summary.replicas} replicas together" if run.summary.replicas > 1 else ""


def _list(names: list[str]) -> str:
    """Return ``a, b and c``."""
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
