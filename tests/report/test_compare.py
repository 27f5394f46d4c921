"""Bills and comparisons: the numbers against closed forms, what may be said of them, and the pictures."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import stats

from ohmgrad.errors import RunError
from ohmgrad.report import bill, compare, compare_figures
from ohmgrad.report.finished import load_finished
from ohmgrad.report.load import load_summary

MakeRun = Callable[..., Path]


def changed(folder: Path, name: str, change: Callable[[dict[str, Any]], object]) -> None:
    path = folder / name
    content = json.loads(path.read_text(encoding="utf-8"))
    change(content)
    path.write_text(json.dumps(content), encoding="utf-8")


def with_accuracy(run: Path, folder: Path, accuracy: list[float], **summary: Any) -> Path:
    """A copy of a run with other test accuracies after the last epoch, and other fields of the summary."""
    shutil.copytree(run, folder)
    changed(folder, "history.json", lambda h: h["epochs"][-1].update(test_accuracy=accuracy))
    changed(folder, "summary.json", lambda s: s.update(test_accuracy=float(np.mean(accuracy)), **summary))
    return folder


@pytest.fixture
def arms(full_run: Path, tmp_path: Path) -> Callable[..., compare.Comparison]:
    """Return the function that compares runs of given accuracies."""

    def build(*accuracies: list[float], **summary: Any) -> compare.Comparison:
        folders = [with_accuracy(full_run, tmp_path / f"run{k}", a) for k, a in enumerate(accuracies)]
        changed(folders[-1], "summary.json", lambda s: s.update(**summary))
        return compare.compare(folders)

    return build


# The paired difference --------------------------------------------------------------------------------------------------

BASE = [0.80, 0.70, 0.85, 0.75]  # far apart: unpaired, a difference of one point cannot be seen among them


def plus(*points: float) -> list[float]:
    return [a + p / 100 for a, p in zip(BASE, points, strict=True)]


def test_the_interval_is_that_of_the_paired_t_test(arms: Callable[..., compare.Comparison]) -> None:
    other = plus(1.0, 1.2, 0.7, 1.3)
    found = arms(BASE, other).differences[0]
    wanted = stats.ttest_rel(other, BASE).confidence_interval(0.95)
    assert (found.low, found.high) == pytest.approx((wanted.low, wanted.high))
    assert found.mean == pytest.approx(0.0105)
    assert found.paired and found.n == (4, 4)


@pytest.mark.parametrize(
    "points, verdict",
    [
        ((1.0, 1.2, 0.7, 1.3), "B is better"),
        ((-1.0, -1.2, -0.7, -1.3), "A is better"),
        # Mean 1.05 with s = 0.70 and 0.60: half the interval is 3.182·s/2 = 1.12 and 0.96.
        ((0.35, 0.55, 1.55, 1.75), "no difference seen"),
        ((0.45, 0.61, 1.49, 1.65), "B is better"),
    ],
)
def test_better_is_said_only_where_the_interval_excludes_zero(
    arms: Callable[..., compare.Comparison], points: tuple[float, ...], verdict: str
) -> None:
    c = arms(BASE, plus(*points))
    assert c.differences[0].verdict == verdict
    text = compare.difference_text(c.differences[0])
    assert text.endswith(f"n = 4: {verdict}") and ("better" in text) == ("better" in verdict)
    assert "n = 4: " + verdict in compare.comparison_text(c)


def test_equal_runs_are_called_better_in_five_of_a_hundred_comparisons() -> None:
    """Coverage of the interval: 4,000 comparisons of 4 replicas; 5 % ± 4·√(0.05·0.95/4000)."""
    rng = np.random.default_rng(5)
    limits = [compare.interval(rng.normal(0, 1, 4)) for _ in range(4000)]
    wrong = np.mean([x is not None and (x[0] > 0 or x[1] < 0) for x in limits])
    assert abs(wrong - 0.05) < 4 * (0.05 * 0.95 / 4000) ** 0.5


def test_welchs_interval_is_that_of_scipy() -> None:
    rng = np.random.default_rng(1)
    one, other = rng.normal(0.8, 0.01, 4), rng.normal(0.82, 0.05, 7)
    wanted = stats.ttest_ind(other, one, equal_var=False).confidence_interval(0.95)
    assert compare.welch(one, other) == pytest.approx((wanted.low, wanted.high))


def test_the_same_step_in_every_replica_has_no_interval(arms: Callable[..., compare.Comparison]) -> None:
    c = arms(BASE, plus(1, 1, 1, 1))
    assert c.differences[0].verdict == "" and c.differences[0].low is None
    assert "no interval: the same difference in every replica" in compare.comparison_text(c)


def test_equal_accuracies_are_no_difference(arms: Callable[..., compare.Comparison]) -> None:
    c = arms(BASE, BASE)
    assert c.differences[0].verdict == "no difference seen"
    assert "no setting differs" in compare.comparison_text(c)


def test_other_seeds_are_not_paired_and_nothing_is_said(arms: Callable[..., compare.Comparison]) -> None:
    """Even where the difference is plain."""
    c = arms(BASE, plus(-60, -60, -61, -60), seed=8)
    found = c.differences[0]
    assert not found.paired and found.verdict == "" and found.high is not None and found.high < 0
    text = compare.comparison_text(c)
    assert "not paired, seeds 7 and 8 differ" in text and "better" not in text


def test_other_repeats_are_not_paired(full_run: Path, make_run: MakeRun, tmp_path: Path) -> None:
    fewer = make_run(tmp_path / "fewer", replicas=3)
    shifted = Path(shutil.copytree(full_run, tmp_path / "shifted"))
    spec = shifted / "spec.toml"
    spec.write_text("first_repeat = 4\n" + spec.read_text(encoding="utf-8"), encoding="utf-8")
    c = compare.compare([full_run, fewer, shifted])
    assert [d.why for d in c.differences] == ["repeats 0 to 3 and 0 to 2", "repeats 0 to 3 and 4 to 7"]
    assert not any(d.paired for d in c.differences)
    assert c.differences[0].n == (4, 3) and "n = 3 and 4" in compare.difference_text(c.differences[0])


def test_one_replica_has_no_interval(small_run: Path, tmp_path: Path) -> None:
    c = compare.compare([small_run, with_accuracy(small_run, tmp_path / "other", [0.2])])
    assert c.differences[0].paired and c.differences[0].low is None and c.differences[0].verdict == ""
    assert "one replica has no spread" in compare.comparison_text(c)


def test_runs_that_were_not_tested_have_no_difference(full_run: Path, tmp_path: Path) -> None:
    other = Path(shutil.copytree(full_run, tmp_path / "other"))
    changed(other, "history.json", lambda h: h["epochs"][-1].update(test_accuracy=None))
    changed(other, "summary.json", lambda s: s.update(test_accuracy=None, test_accuracy_ci95=None))
    c = compare.compare([full_run, other])
    assert c.differences[0].mean is None and "not every replica was tested" in compare.comparison_text(c)
    assert json.loads(json.dumps(compare.comparison_data(c), allow_nan=False))["runs"][1]["test_accuracy"] is None
    compare_figures.comparison_page(c)


# Settings ---------------------------------------------------------------------------------------------------------------


def test_only_settings_that_differ_are_listed_without_mere_words(full_run: Path, tmp_path: Path) -> None:
    other = Path(shutil.copytree(full_run, tmp_path / "other"))
    (other / "spec.toml").write_text(
        'title = "x"\nassumed = ["y"]\n[data]\nsource = "files"\n'
        '[device]\ntitle = "z"\nsource = "a paper"\nlaw = "linear"\ng_min = "0 S"\ng_max = "20 uS"\n',
        encoding="utf-8",
    )
    found = compare.compare([full_run, other]).settings
    found = {name: values for name, values in found.items() if not name.startswith("experiment.")}
    assert found == {"data.source": (None, "files"), "device.law": ("soft-bounds", "linear")}


def test_other_data_and_versions_are_named(arms: Callable[..., compare.Comparison]) -> None:
    notes = " ".join(arms(BASE, BASE, data_sha256="abc", versions={"ohmgrad": "0.2.0"}).notes)
    assert "data are not the same" in notes and "different versions" in notes


# Text, data, pictures ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", [2, 3, 5, 9])
def test_text_fits_a_hundred_columns(full_run: Path, tmp_path: Path, number: int) -> None:
    folders = [
        Path(shutil.copytree(full_run, tmp_path / f"a-folder-with-a-rather-long-name-{'x' * 90}-{k}")) for k in range(number)
    ]
    for k, folder in enumerate(folders):
        (folder / "spec.toml").write_text(f'[data]\ntrain_file = "/{"a" * 130}/{k}.csv"\n', encoding="utf-8")
    text = compare.comparison_text(compare.compare(folders))
    assert max(map(len, text.splitlines())) <= 100
    assert text.count("test accuracy  ") == -(-number // 4)


def test_costs_are_shown_as_multiples_of_the_first(full_run: Path, tmp_path: Path) -> None:
    other = Path(shutil.copytree(full_run, tmp_path / "other"))
    changed(other, "summary.json", lambda s: s.update(array_time_s=3 * s["array_time_s"], array_energy_j=None))
    shown = compare.rows(compare.compare([full_run, other]))
    assert shown["time in parallel"] == ["12.3 ms", "36.9 ms (×3)"]
    assert shown["energy"][1] == "n/a"
    assert shown["time cell by cell"][1].endswith("(×1)")


def test_a_run_comes_once(full_run: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(full_run)
    with pytest.raises(RunError, match="given twice"):
        compare.compare([full_run, tmp_path / "link"])
    with pytest.raises(RunError, match="two run folders or more"):
        compare.compare([full_run])


def test_figure_shows_what_was_measured(full_run: Path, small_run: Path) -> None:
    c = compare.compare([full_run, small_run])
    fig = compare_figures.plot_comparison(c)
    accuracy, *bars = fig.axes
    line = accuracy.lines[0]
    assert np.asarray(line.get_ydata()) == pytest.approx(100 * c.runs[0].history.test_accuracy.mean(axis=1))
    assert [axes.get_title("left") for axes in bars] == [
        "pulses", "time in parallel (s)", "time cell by cell (s)", "energy (J)"
    ]  # fmt: skip
    ends = [[patch.get_x() + patch.get_width() for patch in axes.patches] for axes in bars]
    assert ends[0] == pytest.approx([compare.pulses(run) for run in c.runs])
    assert ends[3] == pytest.approx([c.runs[0].summary.array_energy_j])  # the other run's means nothing
    assert [text.get_text() for text in bars[3].texts][1] == "n/a"
    assert all(axes.get_xlim()[0] < end <= axes.get_xlim()[1] for axes, row in zip(bars, ends, strict=True) for end in row)


def test_the_page_needs_nothing_else_and_is_the_same_twice(full_run: Path, small_run: Path) -> None:
    c = compare.compare([full_run, small_run])
    page = compare_figures.comparison_page(c)
    assert page == compare_figures.comparison_page(c)
    assert "<svg" in page and "<script" not in page and "url(http" not in page and 'src="' not in page
    assert "not paired, repeats 0 to 3 and 0 differ" in page


def test_names_are_escaped(full_run: Path, tmp_path: Path) -> None:
    other = Path(shutil.copytree(full_run, tmp_path / "<b>&"))
    changed(other, "summary.json", lambda s: s.update(experiment="<i>$x"))
    page = compare_figures.comparison_page(compare.compare([full_run, other]))
    assert "<b>&" not in page and "<i>" not in page


# The bill ---------------------------------------------------------------------------------------------------------------


def test_shares_add_up(full_run: Path) -> None:
    """To one where the rows are the total, as in this run."""
    changed_run = load_finished(full_run)
    data = bill.bill_data(changed_run)
    for cost, (key, _, _) in bill.COSTS.items():
        parts = [row[key] for row in data["rows"] if row[key] is not None]
        assert sum(parts) == pytest.approx(1.0), cost
    assert data["dominant"]["energy_j"] == {"event": "SET pulses", "share": pytest.approx(1.0)}
    assert data["rows"][2]["time_serial_share"] is None


@pytest.mark.parametrize("layers", [2, 4, 7])
def test_bill_fits_a_hundred_columns(make_run: MakeRun, tmp_path: Path, layers: int) -> None:
    folder = make_run(tmp_path / "run", layers=(100,) * layers)
    text = bill.bill_text(load_finished(folder))
    assert max(map(len, text.splitlines())) <= 100
    assert [f"layer {k + 1}" in text for k in range(layers)] == [True] * (layers - 1) + [False]
    assert " ".join(text.split("\n\n")[-1].split()).startswith(
        "Largest: SET pulses, 100.0 % of the time in parallel; SET pulses"
    )


def test_unbounded_cells_have_no_energy(small_run: Path) -> None:
    text = bill.bill_text(load_finished(small_run))
    assert "n/a" in text and "No energy" in text and "of the energy" not in text
    assert bill.bill_data(load_finished(small_run))["dominant"]["energy_j"] is None


def test_each_cost_has_its_own_largest_event(full_run: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(full_run, tmp_path / "run"))

    def swap(s: dict[str, Any]) -> None:
        s["bill"]["rows"][1].update(time_s=3.0, time_serial_s=1.0, energy_j=1.0)
        s["bill"]["rows"][0].update(time_s=1.0, time_serial_s=4.0, energy_j=0.0)
        s["bill"]["rows"][2].update(time_s=0.0)
        s["bill"]["total"] = {"time_s": 4.0, "time_serial_s": 5.0, "energy_j": 1.0}

    changed(folder, "summary.json", swap)
    assert bill.summary_line(load_summary(folder / "summary.json").bill) == (
        "Largest: RESET pulses, 75.0 % of the time in parallel; SET pulses, 80.0 % of the time cell by cell; "
        "RESET pulses, 100.0 % of the energy."
    )
