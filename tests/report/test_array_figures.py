"""Pictures of solved arrays and of sneak currents: what is drawn, and that it can be read."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import LogNorm
from matplotlib.figure import Figure
from matplotlib.text import Text

from ohmgrad.arrays.circuit.against_ideal import AgainstIdeal, against_ideal
from ohmgrad.arrays.circuit.crossbar import Crossbar
from ohmgrad.arrays.circuit.select import select
from ohmgrad.arrays.circuit.sneak import Sneak, sneak_currents
from ohmgrad.report import write_svg
from ohmgrad.report.array_figures import ONE_SIGN, TWO_SIGNS, plot_array, prefixed
from ohmgrad.report.sneak_figures import plot_sneak
from ohmgrad.report.style import drawing

SHAPES = [(12, 12), (40, 6), (5, 30), (1, 1)]


def solved(shape: tuple[int, int], scheme: str = "", wire: float = 5.0) -> AgainstIdeal:
    bar = Crossbar(np.random.default_rng(2).uniform(5e-5, 1e-4, shape), wire=wire)
    drive = select(shape, 0, 0, 1.0, scheme) if scheme else (np.full(shape[0], 0.2), 0.0)
    return against_ideal(bar, *drive)


@pytest.fixture(scope="module")
def sneaks() -> list[Sneak]:
    return list(sneak_currents([4, 8, 16], 1e-4, 1e-6, 0.8, wire=2.0))


def legible(fig: Figure) -> None:
    with drawing():
        FigureCanvasAgg(fig).draw()
        box = fig.get_tightbbox()
        width, height = fig.get_size_inches()
        assert width <= 7.2 + 1e-9
        assert box.x0 >= 0 and box.y0 >= 0 and box.x1 <= width and box.y1 <= height
        for axes in fig.axes:
            for labels in (axes.get_xticklabels(), axes.get_yticklabels()):
                boxes = [label.get_window_extent() for label in labels if label.get_text() and label.get_visible()]
                assert not any(a.overlaps(b) for a, b in itertools.pairwise(boxes))
        assert all(text.get_fontsize() >= 6 for text in fig.findobj(Text) if text.get_text())


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("scheme", ["", "float", "V/3"])
def test_maps_of_any_shape_can_be_read(shape: tuple[int, int], scheme: str) -> None:
    fig = plot_array(solved(shape, scheme), (0, 0) if scheme else None)
    legible(fig)
    maps, bars = fig.axes[:3], fig.axes[3:]
    assert [axes.get_title(loc="left") for axes in maps] == ["row nodes", "cell voltage", "cell current"]
    assert all((axes.get_xlabel(), axes.get_ylabel()) == ("column", "row") for axes in maps)
    assert len(bars) == 3 and all(bar.get_xlabel().endswith(("V)", "%)", "A)")) for bar in bars)


def test_maps_hold_the_solution() -> None:
    found = solved((12, 12))
    volts, share, current = (np.asarray(axes.images[0].get_array()) for axes in plot_array(found).axes[:3])
    np.testing.assert_allclose(volts * 1e-3, found.solution.row_volts, rtol=1e-12)
    np.testing.assert_allclose(share, 100 * found.share, rtol=1e-12)
    np.testing.assert_allclose(current * 1e-6, found.solution.cell_current, rtol=1e-12)


def test_worst_and_selected_cells_are_marked_and_named() -> None:
    found = solved((12, 12), "V/2")
    fig = plot_array(found, (0, 0))
    row, column = found.worst
    for axes in fig.axes[:3]:
        at = {(line.get_marker(), line.get_xdata()[0], line.get_ydata()[0]) for line in axes.lines}
        assert at == {("o", column, row), ("s", 0, 0)}
    said = [text.get_text() for text in fig.legends[0].get_texts()]
    assert said[0].startswith(f"worst cell: row {row}, column {column} (")
    assert said[1] == "selected cell: row 0, column 0" and said[2].startswith("cells that see less than 10 %")


def test_ideal_wires_have_no_worst_cell() -> None:
    assert not plot_array(solved((4, 4), wire=0.0)).legends


def test_signs_have_two_colours_and_wide_currents_a_log_scale() -> None:
    both = plot_array(solved((12, 12), "V/3"), (0, 0)).axes[0].images[0]
    assert both.cmap.name == TWO_SIGNS and both.norm.vmin == -both.norm.vmax
    # grounded rows lie some microvolts below 0: that is no second sign
    assert plot_array(solved((12, 12), "V/2"), (0, 0)).axes[0].images[0].cmap.name == ONE_SIGN
    assert isinstance(plot_array(solved((12, 12), "float"), (0, 0)).axes[2].images[0].norm, LogNorm)


def test_the_same_array_gives_the_same_file(tmp_path) -> None:
    a, b = (write_svg(plot_array(solved((12, 12))), tmp_path / f"{k}.svg").read_bytes() for k in "ab")
    assert a == b


@pytest.mark.parametrize("largest, wanted", [(0.0, (1.0, "A")), (3e-5, (1e-6, "µA")), (2e-20, (1e-15, "fA"))])
def test_units(largest: float, wanted: tuple[float, str]) -> None:
    assert prefixed(largest, "A") == wanted


def test_sneak_lines_are_the_numbers(sneaks: list[Sneak]) -> None:
    fig = plot_sneak(sneaks)
    legible(fig)
    left, right = fig.axes
    assert (
        left.get_yscale() == "log"
        and left.get_ylabel() == "|sneak current| (A)"
        and right.get_ylabel() == "(on − off) / on (%)"
    )
    lines = {line.get_label(): line for line in left.lines}
    assert len(lines) == len(right.lines) == 6
    wanted = [abs(s.sneak) for s in sneaks if (s.scheme, s.access) == ("float", "passive")]
    np.testing.assert_allclose(lines["floating, passive"].get_ydata(), wanted)
    margins = {line.get_label(): line.get_ydata() for line in right.lines}
    assert margins["V/2, with selectors"].min() > 98 > margins["V/2, passive"].max()


def test_one_size_alone_can_be_drawn() -> None:
    legible(plot_sneak(list(sneak_currents([4], 1e-4, 1e-6, 0.8))))
