"""Parts that figures of the book share, besides those of `ohmgrad.report.style`."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.figure import Figure, SubFigure
from matplotlib.image import AxesImage
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

from ohmgrad.report.style import GREY, power_of_ten


def letter(axes: Axes, name: str, text: str = "") -> None:
    """Name a panel: a bold letter, and what it shows."""
    axes.set_title(f"$\\bf{{{name}}}$  {text}" if text else f"$\\bf{{{name}}}$")


def contours(
    axes: Axes, a: npt.NDArray[Any], b: npt.NDArray[Any], values: npt.NDArray[Any], levels: int | npt.NDArray[Any] = 14
) -> None:
    """Contours, filled in grey, of values on a grid: columns of a table, the first axis running fastest."""
    shape = len(np.unique(b)), len(np.unique(a))
    x, y, z = (v.reshape(shape) for v in (a, b, values))
    axes.contourf(x, y, z, levels=levels, cmap="Greys_r", alpha=0.75, extend="both")
    axes.contour(x, y, z, levels=levels, colors=GREY, linewidths=0.3)


def subfigures(fig: Figure, rows: int, columns: int, **more: Any) -> list[SubFigure]:
    """Parts of a figure, each with panels of its own."""
    return list(np.ravel(np.asarray(fig.subfigures(rows, columns, **more), dtype=object)))


def log_x(axes: Axes) -> None:
    """Make x a log axis with labels such as 10⁻², 1 or 10⁴."""
    axes.set_xscale("log")
    axes.xaxis.set_major_locator(LogLocator(numticks=6))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: power_of_ten(value)))
    axes.xaxis.set_minor_formatter(NullFormatter())


def heat(
    axes: Axes, matrix: npt.NDArray[Any], limit: float | None = None, cmap: str = "RdBu_r", low: float | None = None
) -> AxesImage:
    """A matrix as coloured squares; around 0 up to ± limit, or from `low` to limit."""
    top = float(np.abs(matrix).max()) if limit is None else limit
    image = axes.imshow(matrix, cmap=cmap, vmin=-top if low is None else low, vmax=top, aspect="equal", interpolation="nearest")
    axes.set_xticks([])
    axes.set_yticks([])
    for spine in axes.spines.values():
        spine.set_visible(False)
    return image


def waveform(
    axes: Axes,
    times: npt.NDArray[Any],
    volts: npt.NDArray[Any],
    level: float,
    height: float,
    colour: str,
    name: str,
    unit: str = "",
) -> None:
    """One line's voltage (or current) as a trace of steps at `level`, `height` tall, with its name at the left.

    times (n + 1,): edges of the slots; volts (n,): value in each.
    """
    top = float(np.abs(volts).max()) or 1.0
    x = np.repeat(times, 2)
    y = np.concatenate([[0.0], np.repeat(volts, 2), [0.0]])
    axes.axhline(level, color=GREY, linewidth=0.3, zorder=0)
    axes.plot(x, level + height * y / top, color=colour, linewidth=0.9)
    axes.annotate(
        name,
        (0.0, level),
        xycoords=("axes fraction", "data"),
        xytext=(-3, 3),
        textcoords="offset points",
        ha="right",
        va="center",
        fontsize=7.5,
    )
    if unit:
        axes.annotate(
            unit,
            (1.0, level),
            xycoords=("axes fraction", "data"),
            xytext=(3, 3),
            textcoords="offset points",
            ha="left",
            va="center",
            fontsize=7,
            color=GREY,
        )
