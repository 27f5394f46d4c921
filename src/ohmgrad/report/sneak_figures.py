"""Picture of sneak current, and of what it leaves of on and off, against array size."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, NullFormatter, NullLocator

from ohmgrad.arrays.circuit.sneak import Sneak
from ohmgrad.report.style import BLUE, DOUBLE, GREEN, ORANGE, drawing, legend_above, linear_axis, log_axis

# Colour, marker and its size (floating and V/2 lie nearly upon each other: the one drawn first is larger), words
LOOKS = {"V/2": (GREEN, "^", 6.5, "V/2"), "float": (ORANGE, "o", 3.2, "floating"), "ground": (BLUE, "s", 3.5, "grounded")}
LINES = {"passive": ("-", "passive"), "selector": ("--", "with selectors")}


def plot_sneak(found: Sequence[Sneak]) -> Figure:
    """Return |sneak current| (left) and read margin (right) against size, a line for each scheme and access."""
    with drawing():
        fig = Figure(figsize=(DOUBLE, 2.75))
        left, right = (fig.add_subplot(1, 2, k + 1) for k in range(2))
        for (scheme, access), group in _groups(found).items():
            colour, marker, size, others = LOOKS[scheme]
            line, kind = LINES[access]
            x = [s.size for s in group]
            y = np.array([abs(s.sneak) for s in group])
            face = colour if access == "passive" else "white"
            style: dict[str, Any] = {
                "color": colour,
                "marker": marker,
                "markersize": size,
                "markerfacecolor": face,
                "label": f"{others}, {kind}",
            }
            left.plot(x, np.where(y > 0.0, y, np.nan), line, **style)
            right.plot(x, [100 * s.margin for s in group], line, **style)
        _size_axis(left, sorted({s.size for s in found}))
        _size_axis(right, sorted({s.size for s in found}))
        if any(s.sneak != 0.0 for s in found):
            log_axis(left)
        linear_axis(right)
        low = min((100 * s.margin for s in found), default=0.0)
        right.set_ylim(min(0.0, 1.1 * low), 105.0)
        left.set_ylabel("|sneak current| (A)")
        right.set_ylabel("(on − off) / on (%)")
        left.set_title("current through other cells")
        right.set_title("read margin")
        legend_above(fig, left, 3)
        return fig


def _groups(found: Sequence[Sneak]) -> dict[tuple[str, str], list[Sneak]]:
    """By access and scheme; passive arrays first."""
    out: dict[tuple[str, str], list[Sneak]] = {}
    for s in sorted(found, key=lambda s: (list(LOOKS).index(s.scheme), s.access, s.size)):
        out.setdefault((s.scheme, s.access), []).append(s)
    return out


def _size_axis(axes: Axes, sizes: Sequence[int]) -> None:
    axes.set_xscale("log")
    step = -(-len(sizes) // 8)
    axes.xaxis.set_major_locator(FixedLocator(sizes[::step]))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda n, _: f"{n:g}"))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.set_xlabel("rows and columns")
