"""Runs that may stop early: what is said of them, and what is drawn."""

from __future__ import annotations

import dataclasses
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from scipy import stats

from ohmgrad.errors import RunError
from ohmgrad.experiments.interval import interval95, student_t
from ohmgrad.report import bill, compare, compare_figures, load_run, words, write_report
from ohmgrad.report.captions import pictures
from ohmgrad.report.figures import plot_accuracy
from ohmgrad.report.finished import load_finished
from ohmgrad.report.learning_figures import plot_error, plot_responses
from ohmgrad.report.run import Published, Stop
from ohmgrad.report.style import drawing

MakeRun = Callable[..., Path]
STOP = {"when": "error", "value": 0.01, "part": "train"}
SHORT = {"layers": (9, 3), "epochs": 6, "planned": 50, "snapshots": (0, 6)}


def changed(folder: Path, **fields: Any) -> Path:
    path = folder / "summary.json"
    path.write_text(json.dumps(json.loads(path.read_text(encoding="utf-8")) | fields), encoding="utf-8")
    return folder


@pytest.fixture
def stopped(make_run: MakeRun, tmp_path: Path) -> Path:
    """A run of at most 50 epochs, whose four replicas met the criterion within 6."""
    published = [{"what": "epochs to converge", "value": 22, "source": "a paper"}]
    run = make_run(tmp_path / "stopped", **SHORT, stop=STOP, stopped=[3, 5, 4, 6], responses=True)
    return changed(run, published=published)


def test_student_t_and_interval_are_scipys() -> None:
    for freedom in (1, 2.5, 30, 200):
        assert student_t(freedom) == pytest.approx(stats.t.ppf(0.975, freedom), rel=1e-9)
    values = [3.0, 5.0, 4.0, 6.0]
    limits = stats.t.interval(0.95, 3, np.mean(values), stats.sem(values))
    assert interval95(values) == pytest.approx((limits[1] - limits[0]) / 2)
    assert interval95([1.0]) is None


def test_a_run_that_stopped_is_finished(stopped: Path) -> None:
    run = load_finished(stopped)
    half = 3.182446 * np.std([3, 4, 5, 6], ddof=1) / 2
    sentence = words.result(run.summary)
    assert sentence.startswith("After 6 epochs, the network") and "not finished" not in sentence
    assert (
        "The criterion (mean error of a training sample at most 0.01) was met by 4 of 4 replicas, after "
        f"4.5 ± {half:.1f} (95\u00a0% interval) epochs; published: 22 epochs (epochs to converge; a paper)."
    ) in sentence
    rows = dict(words.key_numbers(run.summary))
    assert rows["epochs to the criterion: mean error of a training sample at most 0.01"] == (
        f"4.5 ± {half:.1f} (4 of 4 reached it)"
    )
    assert rows["epochs"] == "6 of at most 50"
    assert rows["the same network in floating point, test accuracy"].startswith("91.00 % (s.d. 1.00 %), 2 replicas; epochs to")
    assert words.here("epochs to converge", run.summary).startswith("4.5 ±")


def test_a_run_with_a_replica_that_goes_on_is_not_finished(stopped: Path) -> None:
    changed(stopped, stopped=[3, None, 4, 6])
    with pytest.raises(RunError, match=r"not finished \(6 of 50 epochs\)"):
        load_finished(stopped)
    sentence = words.result(load_run(stopped).summary)
    assert "After 6 of 50 epochs" in sentence and sentence.endswith("not finished.") and "by 3 of 4 replicas" in sentence


def test_a_criterion_that_nobody_met(stopped: Path) -> None:
    changed(stopped, stopped=[None] * 4, epochs=6)
    summary = load_finished(stopped).summary
    assert words.reached(summary) == "not met (0 of 4 reached it)" and "was met by no replica" in words.result(summary)


@pytest.mark.parametrize("wrong", [[1, 2, 3], [0, 1, 2, 3], ["a", 1, 2, 3], [True, 1, 2, 3]])
def test_wrong_epochs_are_named(stopped: Path, wrong: list[Any]) -> None:
    changed(stopped, stopped=wrong)
    with pytest.raises(RunError, match=r"'stopped' is .* but a list of 4 epochs or nulls is wanted"):
        load_run(stopped)


def test_published_numbers_have_their_unit() -> None:
    assert [Published(what, value, "").shown for what, value in (("accuracy", 0.829), ("epochs", 22), ("pulses", 1e4))] == [
        "82.9 %", "22 epochs", "10000"
    ]  # fmt: skip


# Pictures ---------------------------------------------------------------------------------------------------------------


def test_error_is_drawn_with_its_criterion_on_a_log_axis(stopped: Path) -> None:
    run = load_run(stopped)
    (axes,) = plot_error(run.history, run.summary).axes
    lines = {str(line.get_label()): np.asarray(line.get_ydata()) for line in axes.lines}
    assert sorted(lines) == ["criterion", "test", "training"] and axes.get_yscale() == "log"
    assert lines["training"] == pytest.approx(run.history.train_error.mean(axis=1)) and lines["criterion"][0] == 0.01
    assert axes.get_ylim()[0] < 0.01
    same = dataclasses.replace(run.history, test_error=run.history.train_error, test_accuracy=run.history.train_accuracy)
    for plot, others in ((plot_error, set()), (plot_accuracy, {"validation"})):
        labels = {str(line.get_label()) for line in plot(same, run.summary).axes[0].lines} - {"criterion", "published"}
        assert labels == {"training = test"} | others
    near = dataclasses.replace(run.summary, stop=Stop("error", 0.5, "train"))
    assert plot_error(run.history, near).axes[0].get_yscale() == "linear"


def test_errors_of_zero_can_be_drawn(stopped: Path) -> None:
    run = load_run(stopped)
    history = dataclasses.replace(run.history, train_error=0 * run.history.train_error, test_error=0 * run.history.test_error)
    for value in (0.0, 0.01):
        plot_error(history, dataclasses.replace(run.summary, stop=Stop("error", value, "train")))


def test_outputs_are_drawn_by_neuron_and_class(stopped: Path) -> None:
    run = load_run(changed(stopped, classes=["z", "v", "n"]))
    fig = plot_responses(run.history, run.summary)
    assert [axes.get_title("left") for axes in fig.axes] == ["output neuron z", "output neuron v", "output neuron n"]
    assert [line.get_label() for line in fig.axes[0].lines] == ["class z", "class v", "class n"]
    own = [axes.lines[j] for j, axes in enumerate(fig.axes)]
    for j, line in enumerate(own):
        assert np.asarray(line.get_ydata()) == pytest.approx(run.history.responses[:, j, j])  # type: ignore[index]
        assert line.get_linewidth() > 2
    assert [p.name for p in pictures(run)][:3] == ["accuracy", "error", "responses"]


def test_nothing_is_cut_off(stopped: Path, make_run: MakeRun, tmp_path: Path) -> None:
    ten = load_run(make_run(tmp_path / "ten", layers=(64, 10), responses=True))
    run = load_run(stopped)
    c = compare.compare([stopped, Path(shutil.copytree(stopped, tmp_path / "other"))])
    for fig in (
        plot_error(run.history, run.summary), plot_responses(run.history, run.summary), plot_responses(ten.history, ten.summary),
        compare_figures.plot_comparison(c),
    ):  # fmt: skip
        with drawing():
            FigureCanvasAgg(fig).draw()
            box = fig.get_tightbbox()
        width, height = fig.get_size_inches()
        assert width <= 7.2 + 1e-9 and box.x0 >= 0 and box.y0 >= 0 and box.x1 <= width and box.y1 <= height, box


def test_the_page_says_it_all(stopped: Path) -> None:
    page = write_report(stopped).read_text(encoding="utf-8")
    for text in (
        "The criterion (mean error",
        "reached it)",
        "in floating point",
        'id="responses"',
        "Dash-dotted: the criterion",
    ):
        assert text in page
    assert "written as the scheme does (overlapping pulses, all cells at once)" in page


# Comparison and bill ----------------------------------------------------------------------------------------------------


def other(run: Path, folder: Path, **fields: Any) -> Path:
    return changed(Path(shutil.copytree(run, folder)), **fields)


def test_epochs_are_compared_replica_by_replica(stopped: Path, tmp_path: Path) -> None:
    more = [5, 8, 6, 9]
    c = compare.compare([stopped, other(stopped, tmp_path / "b", stopped=more)])
    (found,) = c.epochs
    wanted = stats.ttest_rel(more, [3, 5, 4, 6]).confidence_interval(0.95)
    assert found.paired and found.n == (4, 4) and (found.low, found.high) == pytest.approx((wanted.low, wanted.high))
    assert found.verdict == "A needs fewer epochs"
    text = compare.comparison_text(c)
    assert f"+2.50 epochs, 95 % interval {wanted.low:+.2f} to {wanted.high:+.2f}, n = 4: A needs fewer epochs" in text
    assert "epochs to the criterion" in compare.rows(c) and "  in floating point" in compare.rows(c)
    assert "needs fewer epochs" in compare_figures.comparison_page(c)
    assert compare.comparison_data(c)["epochs"][0]["mean"] == 2.5
    assert [axes.get_ylabel() for axes in compare_figures.plot_comparison(c).axes][:2] == [
        "test accuracy (%)", "error E of a training sample"
    ]  # fmt: skip


@pytest.mark.parametrize(
    "fields, says, n",
    [
        ({"stopped": [5, None, 6, 9], "epochs": 6}, "which are not all", (3, 3)),
        ({"stopped": [None] * 4, "epochs": 6}, "no replica met the criterion in both runs", (0, 0)),
        ({"stop": STOP | {"value": 0.1}}, "the criteria differ", (4, 4)),
        ({"seed": 8}, "not paired, seeds 7 and 8 differ", (4, 4)),
        ({"stopped": [4, 6, 5, 7]}, "no interval", (4, 4)),
        ({}, "no difference seen; the same number", (4, 4)),
    ],
)
def test_nothing_is_said_where_nothing_can_be(
    stopped: Path, tmp_path: Path, fields: dict[str, Any], says: str, n: tuple[int, int]
) -> None:
    (found,) = compare.compare([stopped, other(stopped, tmp_path / "b", **fields)]).epochs
    assert says in compare.epochs_text(found) and found.n == n and "fewer" not in found.verdict


def test_events_that_never_happened_are_left_out_of_the_text_only(full_run: Path) -> None:
    run = load_finished(full_run)
    text = bill.bill_text(run)
    assert "\nSET pulses" in text and "\nRESET pulses" not in text
    assert [row["event"] for row in bill.bill_data(run)["rows"]] == ["SET pulses", "RESET pulses", "reads"]
    assert "In parallel: a layer is read at once" in text
