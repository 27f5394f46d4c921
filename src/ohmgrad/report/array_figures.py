"""Pictures of one solved array: voltages of the row nodes, what reaches the cells, cell currents."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.colors import LogNorm, Normalize
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullFormatter

from ohmgrad.arrays.circuit.against_ideal import SEEN, AgainstIdeal
from ohmgrad.report.style import BLACK, DOUBLE, GREY, ROUND_STEPS, VERMILLION, drawing, power_of_ten, wide_range

Floats = npt.NDArray[np.float64]
PREFIXES = ((1.0, ""), (1e-3, "m"), (1e-6, "µ"), (1e-9, "n"), (1e-12, "p"), (1e-15, "f"))
ONE_SIGN = "viridis"  # grows evenly in lightness, for any colour vision
TWO_SIGNS = "PuOr"
NOTHING = 1e-3  # share of the largest below which a sign is not worth a colour
DECADES = 6  # shown of currents that span more
PALE = "#E6E6E6"  # of crossings that are not compared
TALLEST, FLATTEST = 2.0, 0.4  # rows over columns, beyond which cells are no longer drawn square


def plot_array(found: AgainstIdeal, selected: tuple[int, int] | None = None) -> Figure:
    """Return three heat maps: row-node voltages, cell voltages as a share of those on ideal wires, cell currents.

    A circle marks the worst cell, a square the selected one.
    """
    s = found.solution
    rows, columns = s.cell_current.shape
    shape = min(max(rows / columns, FLATTEST), TALLEST)
    with drawing():
        fig = Figure(figsize=(DOUBLE, 1.45 + 1.72 * shape))
        volts, share, current = (fig.add_subplot(1, 3, k + 1) for k in range(3))
        unit, name = prefixed(float(np.abs(s.row_volts).max()), "V")
        _map(volts, s.row_volts / unit, f"voltage ({name})", "row nodes", shape)
        _map(share, 100 * found.share, "share of that on ideal wires (%)", "cell voltage", shape)
        _currents(current, s.cell_current, shape)
        for axes in (volts, share, current):
            _marks(axes, found, selected)
            axes.set_xlabel("column")
            axes.set_ylabel("row")
        _legend(fig, found, selected)
        return fig


def prefixed(largest: float, unit: str) -> tuple[float, str]:
    """Return the prefix, as a factor, with which `largest` is 1 or more, and the unit's name with it.

    >>> prefixed(2e-5, "A"), prefixed(0.2, "V"), prefixed(0.0, "V")
    ((1e-06, 'µA'), (0.001, 'mV'), (1.0, 'V'))
    """
    factor, prefix = next((p for p in PREFIXES if largest >= p[0]), PREFIXES[-1] if largest > 0.0 else PREFIXES[0])
    return factor, prefix + unit


def _map(axes: Axes, values: Floats, label: str, title: str, shape: float) -> None:
    """One heat map with its bar; two signs are drawn around a white 0."""
    low, high = float(np.nanmin(values, initial=np.inf)), float(np.nanmax(values, initial=-np.inf))
    if not low <= high:
        low, high = 0.0, 1.0
    top = max(-low, high)
    if min(-low, high) > NOTHING * top:
        _image(axes, values, Normalize(-top, top), TWO_SIGNS, label, title, shape)
        return
    if high - low <= 1e-9 * max(abs(low), abs(high)):  # all one: a bar needs some width
        width = 0.05 * max(abs(low), abs(high)) or 1.0
        low, high = low - width, high + width
    _image(axes, values, Normalize(low, high), ONE_SIGN, label, title, shape)


def _currents(axes: Axes, current: Floats, shape: float) -> None:
    """Cell currents; where they differ by much their magnitude, on a log scale."""
    size = np.abs(current)
    unit, name = prefixed(float(size.max()), "A")
    if not wide_range(size):
        _map(axes, current / unit, f"current ({name})", "cell current", shape)
        return
    top = float(size.max()) / unit
    bottom = max(float(size[size > 0].min()) / unit, top * 10.0**-DECADES)
    _image(axes, np.maximum(size / unit, bottom), LogNorm(bottom, top), ONE_SIGN, f"|current| ({name})", "cell current", shape)


def _image(axes: Axes, values: Floats, norm: Normalize, colours: str, label: str, title: str, shape: float) -> None:
    rows, columns = values.shape
    image = axes.imshow(values, norm=norm, cmap=colours, interpolation="nearest", aspect=shape * columns / rows)
    axes.set_title(title)
    axes.set_facecolor(PALE)
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_locator(MaxNLocator(nbins=5, integer=True, min_n_ticks=1, steps=list(ROUND_STEPS)))
    for side in ("top", "right"):
        axes.spines[side].set_visible(True)
    figure = axes.get_figure()
    assert figure is not None
    bar = figure.colorbar(image, ax=axes, orientation="horizontal", fraction=min(0.06 / shape, 0.15), pad=0.03, aspect=22)
    bar.outline.set_linewidth(0.6)  # type: ignore[operator]
    bar.set_label(label)
    if isinstance(norm, LogNorm):
        bar.ax.xaxis.set_major_locator(LogLocator(numticks=5))
        bar.ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: power_of_ten(value)))
        bar.ax.xaxis.set_minor_formatter(NullFormatter())
    else:
        bar.ax.xaxis.set_major_locator(MaxNLocator(nbins=4, steps=[1, 2, 2.5, 5, 10]))


def _marks(axes: Axes, found: AgainstIdeal, selected: tuple[int, int] | None) -> None:
    for at, marker, colour, size in ((found.worst, "o", VERMILLION, 7.0), (selected, "s", BLACK, 9.5)):
        if at is None or (marker == "o" and found.solution.wires.ideal):
            continue
        for width, ink in ((2.4, "white"), (1.2, colour)):
            axes.plot(
                at[1],
                at[0],
                marker,
                markersize=size,
                markerfacecolor="none",
                markeredgecolor=ink,
                markeredgewidth=width,
                clip_on=False,
            )


def _legend(fig: Figure, found: AgainstIdeal, selected: tuple[int, int] | None) -> None:
    handles: list[Line2D | Patch] = []
    for at, marker, colour, what in ((found.worst, "o", VERMILLION, "worst cell"), (selected, "s", BLACK, "selected cell")):
        if at is None or (marker == "o" and found.solution.wires.ideal):
            continue
        text = f"{what}: row {at[0]}, column {at[1]}"
        if marker == "o":
            text += f" ({100 * found.share[at]:.3g} % of its voltage on ideal wires)"
        handles.append(
            Line2D(
                [],
                [],
                linestyle="none",
                marker=marker,
                markersize=6.0,
                markerfacecolor="none",
                markeredgecolor=colour,
                label=text,
            )
        )
    if np.isnan(found.share).any() and found.worst is not None:
        handles.append(
            Patch(
                facecolor=PALE,
                edgecolor=GREY,
                linewidth=0.4,
                label=f"cells that see less than {100 * SEEN:g} % of the largest voltage",
            )
        )
    if handles:
        fig.legend(handles=handles, loc="outside upper center", ncols=2, borderaxespad=0.2, handletextpad=0.4)
