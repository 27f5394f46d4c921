"""The studies that come with ohmgrad: each is a valid sweep of fields that exist, and a small version of it runs."""

import pytest
from called import caller

from ohmgrad.errors import SpecError
from ohmgrad.experiments.build import complete
from ohmgrad.sweep import study
from ohmgrad.sweep.plan import Plan
from ohmgrad.sweep.sections import Axis, read_sweep, studies, study_file

NAMES = list(studies())
TINY = {"data.train": 40, "data.valid": 10, "data.test": 20}


@pytest.fixture
def ohmgrad(monkeypatch, capsys, tmp_path):
    """Call the command line in this process, in an empty folder."""
    return caller(tmp_path, monkeypatch, capsys)


@pytest.mark.parametrize("name", NAMES)
def test_every_study_is_a_valid_sweep_all_of_whose_points_can_be_set_up(name):
    sweep = read_sweep(study_file(name))
    assert sweep.title and len(sweep.title) < 130
    assert sweep.repeats >= 2  # or there is no interval
    plan = study.plan_of(name)
    points = list(plan.points())
    assert [p.error for p in points if p.error] == []
    assert len({p.key for p in points}) == len(points) == plan.count  # no two points are the same network


def test_numbers_in_names_are_in_their_order():
    assert NAMES.index("figure-2.9") < NAMES.index("figure-2.10") < NAMES.index("figure-2.12")


@pytest.mark.parametrize("name", ["figure-2.9", "tolerance-levels"])
def test_a_small_version_runs(name, tmp_path, monkeypatch):
    """First point, 40 images, one epoch; with the network and the cell as they are."""
    from inline import Inline

    from ohmgrad.sweep.query import Results
    from ohmgrad.sweep.runner import run

    monkeypatch.setattr("ohmgrad.sweep.trial.dataset", lambda spec: images())
    monkeypatch.setattr("ohmgrad.sweep.study.dataset", lambda spec: images())
    sweep = read_sweep(study_file(name))
    first = Axis(field=sweep.axis[0].field, values=sweep.axis[0].values[:1])
    small = sweep.model_copy(update={"axis": [first], "repeats": 1, "epochs": 1, "settings": TINY})
    with study.opened(Plan(small, tmp_path), tmp_path) as store:
        at = run(Plan(small, tmp_path), store, Inline(), 1)
        assert (at.done, at.failed) == (1, 0), at.records
        assert [len(h) for h in Results(store).by_epoch(0)] == [1]


def images():
    """A stand-in for MNIST: 528 pixels, ten classes."""
    import numpy as np

    from ohmgrad.data import Dataset

    r = np.random.default_rng(3)
    x, y = r.random((70, 528)) * (r.random((70, 528)) < 0.2), r.integers(0, 10, 70)
    return Dataset("noise", x[:40], y[:40], x[40:50], y[40:50], x[50:], y[50:], 10)


def test_the_command_lists_shows_and_finds_studies(ohmgrad):
    status, out, _ = ohmgrad("sweep", "--list")
    assert status == 0
    for name in NAMES:
        assert f"{name} " in out and read_sweep(study_file(name)).title in out
    status, out, _ = ohmgrad("sweep", "figure-2.12", "--show")
    assert status == 0 and out == study_file("figure-2.12").read_text(encoding="utf-8")
    status, out, _ = ohmgrad("sweep", "figure-2.12", "--dry-run")
    assert status == 0 and out.startswith("4 points, 32 runs")


def test_unknown_studies_are_refused(ohmgrad, tmp_path):
    assert ohmgrad("sweep", "figure-2.21") == (
        2,
        "",
        "error: there is no study 'figure-2.21'; did you mean 'figure-2.12'?; the name of a file of yours ends in .toml\n",
    )
    assert "name a sweep file or a study" in ohmgrad("sweep")[2]
    (tmp_path / "mine.toml").write_text("", encoding="utf-8")
    assert "did you mean 'mine.toml'?" in ohmgrad("sweep", "mine")[2]
    with pytest.raises(SpecError, match=r"did you mean 'figure-2\.9'"):
        study_file("figure2.9")


def test_countermeasures_start_from_the_cell_that_nothing_helps():
    from ohmgrad.experiments.specfile import make_spec
    from ohmgrad.sweep.keys import bare

    worst = complete(make_spec("countermeasures"))
    assert bare(worst) == bare(complete(make_spec("burr2014", variant="no-refresh")))
