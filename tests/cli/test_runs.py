"""``ohmgrad bill`` and ``ohmgrad compare`` on real runs, and on folders that are none."""

import json
import shutil

import numpy as np
import pytest
from smallruns import spec_of, trained


@pytest.fixture(scope="module")
def two(finished, project, tmp_path_factory):
    """Two runs that differ in the learning rate."""
    folder = tmp_path_factory.mktemp("other") / "run"
    return finished[0], trained(spec_of(project / "my.toml", "learning.rate=0.01"), folder)


def answered(ohmgrad, *args):
    done = ohmgrad(*args)
    assert (done.status, done.err) == (0, "")
    return done.out


def test_bill_has_every_event_of_the_summary(ohmgrad, finished):
    summary = json.loads((finished[0] / "summary.json").read_text(encoding="utf-8"))
    out = answered(ohmgrad, "bill", finished[0])
    for row in summary["bill"]["rows"]:
        assert sum(line.startswith(f"{row['event']}  ") for line in out.splitlines()) == (2 if row["count"] else 0)
        assert not row["count"] or f"{row['count']:,}" in out
    assert max(map(len, out.splitlines())) <= 100
    assert out.count("Largest: ") == 1
    assert f"as the scheme does ({summary['scheme']['text']})" in " ".join(out.split())


def test_bill_as_json(ohmgrad, finished):
    summary = json.loads((finished[0] / "summary.json").read_text(encoding="utf-8"))
    data = json.loads(answered(ohmgrad, "bill", finished[0], "--json"))
    assert data["total"] == summary["bill"]["total"]
    assert [(r["event"], r["count"], r["per_layer"]) for r in data["rows"]] == [
        (r["event"], r["count"], r["per_layer"]) for r in summary["bill"]["rows"]
    ]
    for cost in ("time", "time_serial", "energy"):
        assert sum(r[f"{cost}_share"] or 0 for r in data["rows"]) == pytest.approx(1)


def test_epochs_and_layers_add_up_to_the_bill(ohmgrad, finished):
    data = json.loads(answered(ohmgrad, "bill", finished[0], "--json"))
    for cost in ("time_s", "time_serial_s", "energy_j"):
        # the bill counts whole events of the mean network
        assert sum(e[cost] for e in data["by_epoch"]) == pytest.approx(data["total"][cost], rel=1e-3)
    for row in data["rows"]:
        if row["event"] in data["by_epoch"][0]["events"]:
            assert sum(e["events"][row["event"]] for e in data["by_epoch"]) == pytest.approx(row["count"], abs=1.0)
    assert sum(part["energy_j"] for part in data["by_layer"]) == pytest.approx(data["total"]["energy_j"])
    out = answered(ohmgrad, "bill", finished[0], "--epochs")
    assert max(map(len, out.splitlines())) <= 100 and [line.split()[0] for line in out.splitlines()[2:5]] == ["1", "2", "3"]
    assert "by layer" in answered(ohmgrad, "bill", finished[0])


def test_a_history_without_costs_is_said(ohmgrad, finished, tmp_path):
    def older(text):
        return json.dumps(
            {"schema": 1, "epochs": [{k: v for k, v in e.items() if "array" not in k} for e in json.loads(text)["epochs"]]}
        )

    old = damaged(finished[0], tmp_path / "old", "history.json", older)
    assert "no costs of single epochs" in refused(ohmgrad, "bill", old, "--epochs")
    answered(ohmgrad, "bill", old)


def test_compare_pairs_replicas_and_names_the_setting(ohmgrad, two):
    data = json.loads(answered(ohmgrad, "compare", *two, "--json"))
    histories = [json.loads((f / "history.json").read_text(encoding="utf-8"))["epochs"] for f in two]
    one, other = (np.array(h[-1]["test_accuracy"]) for h in histories)
    (d,) = data["differences"]
    assert d["paired"] and d["n"] == [2, 2] and d["mean"] == pytest.approx((other - one).mean(), abs=1e-12)
    assert data["settings"] == {"learning.rate": [[0.05, 0.04], [0.01]]}
    assert [r["pulses"] for r in data["runs"]] == [
        s["pulses_set"] + s["pulses_reset"] for s in (json.loads((f / "summary.json").read_text(encoding="utf-8")) for f in two)
    ]
    out = answered(ohmgrad, "compare", *two)
    assert "learning.rate  [0.05, 0.04]  [0.01]" in out and "n = 2" in out


@pytest.mark.parametrize("name, begin", [("c.png", b"\x89PNG"), ("c.svg", b"<?xml"), ("new/c.html", b"<!DOCTYPE html>")])
def test_compare_draws(ohmgrad, two, tmp_path, name, begin):
    out = answered(ohmgrad, "compare", *two, "--out", tmp_path / name)
    assert out.splitlines()[-1] == f"figure: {tmp_path / name}"
    assert (tmp_path / name).read_bytes().lstrip().startswith(begin)


def test_neither_changes_the_runs(ohmgrad, two, tmp_path):
    before = [{p.name: p.stat().st_mtime_ns for p in f.rglob("*")} for f in two]
    answered(ohmgrad, "bill", two[0])
    answered(ohmgrad, "compare", *two, "--out", tmp_path / "c.png")
    assert before == [{p.name: p.stat().st_mtime_ns for p in f.rglob("*")} for f in two]


# Mistakes -----------------------------------------------------------------------------------------------------------------


def refused(ohmgrad, *args):
    done = ohmgrad(*args)
    assert (done.status, done.out) == (2, "") and done.err.startswith("error: ") and done.err.count("\n") == 1
    return done.err


def damaged(run, folder, name, change):
    """A copy of a run with one file changed: `change` turns its text into another, or None to delete it."""
    shutil.copytree(run, folder)
    text = change((folder / name).read_text(encoding="utf-8"))
    (folder / name).unlink() if text is None else (folder / name).write_text(text, encoding="utf-8")
    return folder


def with_field(**fields):
    return lambda text: json.dumps(json.loads(text) | fields)


@pytest.mark.parametrize(
    "name, change, says",
    [
        ("summary.json", lambda text: text[:300], "summary.json is damaged"),
        ("summary.json", with_field(bill=3), "summary.json: bill"),
        ("summary.json", with_field(seed="x"), "'seed' is 'x'"),
        ("summary.json", lambda text: None, "the run is not finished, it has no summary.json; go on with: ohmgrad resume"),
        ("summary.json", with_field(epochs_done=2), "not finished (2 of 3 epochs); go on with: ohmgrad resume"),
        ("history.json", lambda text: None, "history.json is missing"),
        ("history.json", lambda text: text[:300], "history.json is damaged"),
        ("history.json", lambda text: json.dumps({"schema": 1, "epochs": []}), "history.json has 0 epochs, but"),
        ("spec.toml", lambda text: None, "has no spec.toml"),
        ("spec.toml", lambda text: "x = [", "spec.toml is damaged"),
        ("spec.toml", lambda text: "first_repeat = 'a'", "'first_repeat' is 'a'"),
    ],
)
def test_damaged_and_unfinished_runs_are_refused(ohmgrad, finished, tmp_path, name, change, says):
    bad = damaged(finished[0], tmp_path / "bad", name, change)
    for args in (["bill", bad], ["compare", finished[0], bad], ["compare", bad, finished[0]]):
        assert says in refused(ohmgrad, *args)


def test_wrong_folders_are_refused(ohmgrad, finished, tmp_path):
    run = finished[0]
    assert "there is no run folder nowhere" in refused(ohmgrad, "bill", "nowhere")
    assert "there is no run folder nowhere" in refused(ohmgrad, "compare", run, "nowhere")
    assert "is no run folder" in refused(ohmgrad, "compare", run, tmp_path)
    assert "two run folders or more" in refused(ohmgrad, "compare", run)
    assert "given twice" in refused(ohmgrad, "compare", run, f"{run}/../{run.name}")
    assert "ohmgrad compare --help" in refused(ohmgrad, "compare")


@pytest.mark.parametrize("name", ["c.gif", "c", "", "folder.png"])
def test_other_formats_are_refused_before_anything_is_read(ohmgrad, tmp_path, name):
    (tmp_path / "folder.png").mkdir()
    assert ".svg or .html" in refused(ohmgrad, "compare", "nowhere", "--out", tmp_path / name)


def test_a_figure_that_cannot_be_written_is_said(ohmgrad, two, tmp_path):
    (tmp_path / "file").write_text("")
    assert "cannot be written" in refused(ohmgrad, "compare", *two, "--out", tmp_path / "file" / "c.png")
