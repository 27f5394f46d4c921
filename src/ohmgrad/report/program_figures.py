"""Pictures of arrays written with verify: target against reached, pulses a cell took, yield as pulses go on."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from ohmgrad.experiments.program import Programmed
from ohmgrad.programming.verify_loop import IGNORED, REACHED
from ohmgrad.report.device_figures import siemens
from ohmgrad.report.style import (
    BLACK,
    BLUE,
    DOUBLE,
    GREY,
    ROUND_STEPS,
    VERMILLION,
    drawing,
    legend_above,
    linear_axis,
    log_axis,
)
from ohmgrad.units import show

POINTS = 3000  # cells drawn; every k-th where there are more
BINS = 40


def plot_programmed(result: Programmed) -> Figure:
    """Return the figure of all arrays of `result` together: three panels."""
    arrays = list(result.arrays.values())
    used = np.concatenate([(a.ended != IGNORED).ravel() for a in arrays])
    target, reached, ended, pulses = (
        np.concatenate(parts)[used]
        for parts in zip(
            *((a.target.ravel(), a.conductance.ravel(), a.ended.ravel(), a.pulses.sum(axis=0).ravel()) for a in arrays),
            strict=True,
        )
    )
    good = ended == REACHED
    with drawing():
        fig = Figure(figsize=(DOUBLE, 2.4))
        left, middle, right = (fig.add_subplot(1, 3, i + 1) for i in range(3))
        _scatter(left, result, target, reached, good)
        _histogram(middle, pulses, good)
        _yield(right, pulses, good)
        legend_above(fig, left, 3)
        return fig


def _scatter(axes: Axes, result: Programmed, target: np.ndarray, reached: np.ndarray, good: np.ndarray) -> None:
    unit, name = siemens(result.window[1])
    low, high = (g / unit for g in result.window)
    band = result.tolerance / unit
    ends = np.array([low, high])
    axes.fill_between(
        ends,
        ends - band,
        ends + band,
        color=GREY,
        alpha=0.3,
        linewidth=0,
        label=f"± {show(result.tolerance, 'conductance', 2).replace('u', 'µ')}",
    )
    axes.plot(ends, ends, color=BLACK, linewidth=0.5)
    shown = np.arange(len(target)) % -(-len(target) // POINTS) == 0  # the same share of either kind
    for kind, colour, label, size in ((~good, VERMILLION, "failed", 1.5), (good, BLUE, "passed verify", 1.0)):
        at = np.flatnonzero(kind & shown)
        if len(at):
            axes.plot(target[at] / unit, reached[at] / unit, ".", color=colour, markersize=size, label=label)
    axes.set_xlabel(f"target ({name})")
    axes.set_ylabel(f"conductance reached ({name})")
    axes.xaxis.set_major_locator(MaxNLocator(nbins=5, steps=list(ROUND_STEPS)))
    linear_axis(axes)


def _histogram(axes: Axes, pulses: np.ndarray, good: np.ndarray) -> None:
    top = int(pulses.max())
    width = max(1, -(-(top + 1) // BINS))
    edges = np.arange(0, top + width + 1, width) - 0.5
    parts = [pulses[good], pulses[~good]] if (~good).any() else [pulses]
    axes.hist(parts, bins=edges.tolist(), stacked=True, color=[BLUE, VERMILLION][: len(parts)])
    log_axis(axes)
    axes.set_ylim(0.7, None)
    axes.set_xlabel("pulses")
    axes.set_ylabel("cells" if width == 1 else f"cells per {width} pulses")
    axes.xaxis.set_major_locator(MaxNLocator(nbins=5, integer=True, steps=list(ROUND_STEPS)))


def _yield(axes: Axes, pulses: np.ndarray, good: np.ndarray) -> None:
    top = max(int(pulses.max()), 1)
    done = np.cumsum(np.bincount(pulses[good], minlength=top + 1)) / len(pulses)
    axes.step(np.arange(top + 1), 100 * done, where="post", color=BLUE)
    axes.axhline(100, color=GREY, linewidth=0.5)
    axes.annotate(
        f"{100 * good.mean():.2f} %", (top, 100 * good.mean()), xytext=(0, -4), textcoords="offset points", ha="right", va="top", color=BLUE
    )  # fmt: skip
    axes.set_ylim(0, 105)
    axes.set_xlabel("pulses allowed")
    axes.set_ylabel("yield (%)")
    axes.xaxis.set_major_locator(MaxNLocator(nbins=5, integer=True, steps=list(ROUND_STEPS)))
    linear_axis(axes)
