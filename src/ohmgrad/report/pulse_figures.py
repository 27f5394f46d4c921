"""The picture of one cell's pulses: conductance after each of them, their voltages below."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from ohmgrad.experiments.trace import KINDS, Pulses
from ohmgrad.report.device_figures import siemens
from ohmgrad.report.pulses import cell_name
from ohmgrad.report.style import (
    BLACK,
    BLUE,
    DOUBLE,
    GREY,
    ORANGE,
    ROUND_STEPS,
    SKY,
    VERMILLION,
    drawing,
    legend_above,
    linear_axis,
)

COLOURS = dict(zip(KINDS, (BLUE, VERMILLION, BLACK, SKY, ORANGE, GREY), strict=True))
NAMED = 12  # up to so many epochs, their beginnings are named
DOTS = 300  # up to so many pulses, each has a dot of its own


def plot_pulses(p: Pulses) -> Figure:
    """Return the figure of the pulses `p`: a staircase of conductance (its treads slope where cells rest), and volts."""
    with drawing():
        fig = Figure(figsize=(DOUBLE, 3.3))
        upper, lower = fig.subplots(2, 1, sharex=True, height_ratios=[2.4, 1.0])
        _conductance(upper, p)
        _volts(lower, p)
        fig.align_ylabels()
        legend_above(fig, upper, len(KINDS))
        return fig


def _conductance(axes: Axes, p: Pulses) -> None:
    n = len(p)
    unit, name = siemens(float(np.max(np.concatenate([p.after, p.before, [p.start, p.end]]))))
    if n:
        first = p.before[0] - p.rested[0]
        x = np.concatenate([[p.pulse[0] - 1], np.repeat(p.pulse, 2)])
        y = np.concatenate([[first], np.stack([p.before, p.after], axis=1).ravel()])
        axes.plot(x, y / unit, color=GREY, linewidth=0.6, zorder=1)
    for kind, colour in COLOURS.items():
        at = p.kind == kind
        if at.any():
            axes.plot(
                p.pulse[at],
                p.after[at] / unit,
                "o" if n <= DOTS else ".",
                color=colour,
                label=kind,
                markersize=2.0,
                linewidth=0,
            )
    _epochs(axes, p)
    axes.set_ylabel(f"conductance ({name})")
    axes.tick_params(labelbottom=False)
    linear_axis(axes)


def _epochs(axes: Axes, p: Pulses) -> None:
    """A line where an epoch begins, and its number."""
    begins = np.flatnonzero(np.diff(p.epoch, prepend=-1))
    if not 1 < len(begins) <= NAMED:
        return
    last = -np.inf
    for k in begins:
        if k:
            axes.axvline(float(p.pulse[k]) - 0.5, color=GREY, linewidth=0.4, linestyle=":", zorder=0)
        if k - last > 0.08 * len(p):  # or the words would lie on each other
            axes.annotate(
                f"epoch {p.epoch[k]}", (float(p.pulse[k]) - 0.5, 1.0), xycoords=("data", "axes fraction"), xytext=(2, 0), textcoords="offset points",
                ha="left", va="bottom", fontsize=7, color=GREY,
            )  # fmt: skip
            last = float(k)


def _volts(axes: Axes, p: Pulses) -> None:
    axes.axhline(0.0, color=BLACK, linewidth=0.4)
    for kind, colour in COLOURS.items():
        at = p.kind == kind
        if at.any():
            axes.vlines(p.pulse[at], 0.0, p.volts[at], color=colour, linewidth=1.0 if len(p) <= DOTS else 0.4)
    axes.set_ylabel("voltage (V)")
    axes.set_xlabel(f"pulse ({cell_name(p)}, replica {p.replica})")
    axes.xaxis.set_major_locator(MaxNLocator(nbins=8, integer=True, min_n_ticks=1, steps=list(ROUND_STEPS)))
    axes.yaxis.set_major_locator(MaxNLocator(nbins=4, steps=list(ROUND_STEPS)))
    if len(p):
        pad = 0.5 + 0.01 * len(p)
        axes.set_xlim(float(p.pulse[0]) - pad, float(p.pulse[-1]) + pad)
