"""Each picture on its own: what is drawn where, and that nothing is cut off."""

from __future__ import annotations

import dataclasses
import itertools
from pathlib import Path

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import QuadMesh
from matplotlib.figure import Figure
from matplotlib.text import Text

from ohmgrad.report import (
    Run,
    load_run,
    plot_accuracy,
    plot_diamond,
    plot_pulses,
    plot_saturation,
    plot_weights,
    write_png,
    write_svg,
)
from ohmgrad.report.figures import _apart
from ohmgrad.report.run import Published
from ohmgrad.report.style import band, drawing
from ohmgrad.report.words import count, here, percent_within, quantity


@pytest.fixture(scope="module")
def run(full_run: Path) -> Run:
    return load_run(full_run)


@pytest.fixture(scope="module")
def small(small_run: Path) -> Run:
    return load_run(small_run)


def figures(run: Run) -> dict[str, Figure]:
    return {
        "accuracy": plot_accuracy(run.history, run.summary),
        "diamond": plot_diamond(run.snapshots, run.summary),
        "weights": plot_weights(run.snapshots, run.summary),
        "pulses": plot_pulses(run.history, run.summary),
        "saturation": plot_saturation(run.history, run.summary),
    }


@pytest.mark.parametrize("which", ["full_run", "small_run"])
def test_nothing_is_cut_off(which: str, request: pytest.FixtureRequest) -> None:
    for name, fig in figures(load_run(request.getfixturevalue(which))).items():
        with drawing():
            FigureCanvasAgg(fig).draw()
            box = fig.get_tightbbox()
        width, height = fig.get_size_inches()
        assert width <= 7.2 + 1e-9, name
        assert box.x0 >= 0 and box.y0 >= 0 and box.x1 <= width and box.y1 <= height, (name, box)


def test_bar_of_few_pairs_is_whole_and_has_two_labels(run: Run) -> None:
    edges = run.snapshots.diamond_edges
    counts = np.histogram2d([1e-6, 1e-6, 9e-6], [1e-6, 1e-6, 9e-6], [edges, edges])[0].astype(np.int64)
    for few in (counts, np.minimum(counts, 1), 0 * counts):
        snapshots = dataclasses.replace(run.snapshots, epochs=(0,), diamonds={0: [few] * 3})
        fig = plot_diamond(snapshots, run.summary)
        with drawing():
            FigureCanvasAgg(fig).draw()
            box = fig.get_tightbbox()
        assert box.x1 <= fig.get_figwidth()
        assert len([label for label in fig.axes[-1].get_yticklabels(which="both") if label.get_text()]) >= 2


def test_weights_are_log_where_a_spike_would_hide_the_rest(run: Run) -> None:
    weights = {epoch: list(layers) for epoch, layers in run.snapshots.weights.items()}
    spike = np.zeros_like(weights[0][0])
    spike[40] = 100
    weights[0] = [spike] * 3
    plain = plot_weights(run.snapshots, run.summary)
    fig = plot_weights(dataclasses.replace(run.snapshots, weights=weights), run.summary)
    assert {axes.get_yscale() for axes in plain.axes} == {"linear"}
    assert {axes.get_yscale() for axes in fig.axes} == {"log"}


def test_accuracy_lines_are_means(run: Run) -> None:
    (axes,) = plot_accuracy(run.history, run.summary).axes
    lines = {line.get_label(): line for line in axes.lines}

    np.testing.assert_allclose(lines["test"].get_ydata(), 100 * run.history.test_accuracy.mean(axis=1), rtol=1e-12)
    assert lines["validation"].get_linestyle() == "--"
    assert [line.get_ydata()[0] for line in axes.lines if line.get_linewidth() < 1] == pytest.approx([82.9, 82.2, 97.0])
    assert len(axes.collections) == 3


def test_accuracy_of_one_replica_has_no_band(small: Run) -> None:
    (axes,) = plot_accuracy(small.history, small.summary).axes

    assert [line.get_label() for line in axes.lines] == ["training", "test"]
    assert len(axes.collections) == 0
    low, high = axes.get_ylim()
    assert high - low >= 10


def test_labels_of_close_values_are_moved_apart(run: Run) -> None:
    published = tuple(Published(f"test accuracy, {i}", 0.82 + i / 1e4, "") for i in range(5))
    fig = plot_accuracy(run.history, dataclasses.replace(run.summary, published=published))
    with drawing():
        FigureCanvasAgg(fig).draw()
        boxes = [Text.get_window_extent(label) for label in fig.axes[0].texts]  # without the lines to them
        boxes.sort(key=lambda box: box.y0)
    assert len(boxes) == 5
    assert all(a.y1 <= b.y0 + 1 for a, b in itertools.pairwise(boxes))
    np.testing.assert_array_equal(_apart(np.array([0.2, 0.8]), np.array([0.1, 0.1])), [0.2, 0.8])


def test_diamond_is_turned_so_that_the_weight_runs_up(run: Run) -> None:
    # One pair at G+ = 15.2 µS and G- = 5.2 µS: 20.4 µS to the right, 10 µS up.
    edges = run.snapshots.diamond_edges
    counts = np.histogram2d([15.2e-6], [5.2e-6], [edges, edges])[0].astype(np.int64)
    snapshots = dataclasses.replace(run.snapshots, epochs=(0,), diamonds={0: [counts] * 3})
    fig = plot_diamond(snapshots, run.summary)
    axes = fig.axes[0]
    (mesh,) = (c for c in axes.collections if isinstance(c, QuadMesh))
    row, column = np.argwhere(~np.ma.getmaskarray(mesh.get_array()))[0]
    corners = mesh.get_coordinates()[row : row + 2, column : column + 2].reshape(4, 2)

    np.testing.assert_allclose(corners.mean(axis=0), [20.4, 10.0], atol=0.35)
    assert np.ptp(axes.get_xlim()) == pytest.approx(np.ptp(axes.get_ylim()))
    outline = axes.lines[-1].get_xydata()
    np.testing.assert_allclose(outline, [[0, 0], [20, 20], [40, 0], [20, -20], [0, 0]], atol=1e-9)


def test_diamond_is_a_grid_of_layers_and_snapshots(run: Run, small: Run) -> None:
    fig = plot_diamond(run.snapshots, run.summary)
    assert [axes.get_title(loc="center") for axes in fig.axes[:3]] == ["start", "epoch 5", "epoch 10"]
    assert len(fig.axes) == 3 * 3 + 1

    fig = plot_diamond(small.snapshots, small.summary)
    assert len(fig.axes) == 2 * 2 + 1
    assert fig.axes[0].lines[-1].get_xydata()[1].tolist() == [0.0, 0.0]  # the tip of the wedge


def test_shown_snapshots_are_start_middle_end(run: Run) -> None:
    def shown(*epochs: int) -> tuple[int, ...]:
        return dataclasses.replace(run.snapshots, epochs=epochs).shown

    assert shown(0, 1, 2, 5, 10, 20) == (0, 10, 20)
    assert shown(0, 1, 20) == (0, 1, 20)
    assert shown(0, 3) == (0, 3)
    assert shown(0) == (0,)


def test_pulses_are_per_image_and_log_where_they_differ_much(run: Run, small: Run) -> None:
    fig = plot_pulses(run.history, run.summary)
    assert [axes.get_yscale() for axes in fig.axes] == ["log"] * 3
    lines = {line.get_label(): line for line in fig.axes[1].lines}
    assert sorted(lines) == ["SET", "refresh"]  # no RESET pulse in this run
    np.testing.assert_allclose(lines["SET"].get_ydata(), run.history.pulses_set[:, :, 1].mean(axis=1) / 5000, rtol=1e-12)
    assert [axes.get_yscale() for axes in plot_pulses(small.history, small.summary).axes] == ["linear"] * 2


def test_pulses_that_are_all_zero(run: Run) -> None:
    nothing = np.zeros_like(run.history.pulses_set)
    history = dataclasses.replace(run.history, pulses_set=nothing, refresh_set=nothing, refresh_reset=nothing)
    assert [len(axes.lines) for axes in plot_pulses(history, run.summary).axes] == [0, 0, 0]


def test_band() -> None:
    values = np.array([[1.0, 2.0, 6.0]])
    low, high = band(values)
    assert (low[0], high[0]) == (pytest.approx(3 - 7**0.5), pytest.approx(3 + 7**0.5))
    assert [end.tolist() for end in band(values[:, :2])] == [[1.0], [2.0]]
    assert band(np.array([[0.0, 0.0, 9.0]]))[0][0] == 0  # no count lies below zero


def test_files_of_a_picture(run: Run, tmp_path: Path) -> None:
    fig = plot_saturation(run.history, run.summary)
    png = write_png(fig, tmp_path / "new" / "a.png", dpi=100).read_bytes()
    assert png.startswith(b"\x89PNG")
    assert int.from_bytes(png[16:20], "big") == 350
    assert write_svg(fig, tmp_path / "a.svg").read_text(encoding="utf-8").rstrip().endswith("</svg>")
    assert sorted(p.name for p in tmp_path.rglob("*")) == ["a.png", "a.svg", "new"]


def test_words(run: Run) -> None:
    assert quantity(3e-6, "time") == "3 µs"
    assert quantity(3e-6, "conductance") == "3 µS"
    assert quantity(None, "energy") == "n/a"
    assert count(1234567.4).split() == ["1", "234", "567"]
    assert count(None) == "n/a"
    assert percent_within(None, None) == "n/a"
    assert here("pulses in all", run.summary) == "" == here("accuracy", run.summary)
