"""The store: nothing is computed again, nothing is lost, and what is no store is refused."""

import shutil
import sqlite3

import pytest
from inline import Inline, contents

from ohmgrad.errors import RunError, SpecError
from ohmgrad.sweep import runner, study
from ohmgrad.sweep.query import Results
from ohmgrad.sweep.store import Store


def sweep(project, folder, text, again=False, **options):
    """Do a sweep in this process; returns (progress, runs that were computed)."""
    (project / "this.toml").write_text(text, encoding="utf-8")
    executor, plan = Inline(), study.plan_of(project / "this.toml")
    with study.opened(plan, folder) as store:
        at = runner.run(plan, store, executor, 1, again=again, **options)
        return at, len(executor.jobs)


GRID = 'base = "my.toml"\nepochs = 1\nrepeats = {}\n[[axis]]\nfield = "faults.stuck_on"\nvalues = {}\n'


def test_resume_computes_nothing_and_new_points_and_repeats_only_themselves(project, tmp_path):
    assert sweep(project, tmp_path, GRID.format(2, [0.1, 0.2]))[1] == 4
    before = contents(tmp_path)
    assert sweep(project, tmp_path, GRID.format(2, [0.1, 0.2]))[1] == 0
    assert sweep(project, tmp_path, GRID.format(2, [0.3, 0.1, 0.2]))[1] == 2
    assert sweep(project, tmp_path, GRID.format(3, [0.1, 0.3]))[1] == 2
    after = contents(tmp_path)
    assert len(after) == 8 and before.items() <= after.items()
    # a point that is given twice, or written in another way, is one
    at, computed = sweep(project, tmp_path, GRID.format(2, [0.1, "10 %", 0.3]))
    assert (computed, at.total) == (0, 4)


def test_a_point_that_fails_is_recorded_and_the_others_go_on(project, tmp_path):
    text = 'base = "my.toml"\nepochs = 1\nrepeats = 2\n[[axis]]\nfield = "device.parameters.g_min"\nvalues = ["1 uS", "3 mS", "2 uS"]\n'
    at, computed = sweep(project, tmp_path, text)
    assert (at.done, at.failed, at.total, computed) == (4, 2, 6, 4)
    with study.open_store(tmp_path) as store:
        (failure,) = Results(store).failures()
        assert failure.point == 1 and failure.place == ("3 mS",) and "must be below g_max" in failure.error
    with pytest.raises(SpecError, match="must be below g_max"):  # not one that can be run: a mistake
        sweep(project, tmp_path, text.replace('"1 uS", ', "").replace(', "2 uS"', ""))


def test_a_run_that_fails_is_tried_again_only_if_wanted(project, tmp_path, monkeypatch):
    real = runner.work

    def broken(jobs):
        return [{"key": key, "repeat": repeat, "error": "bad luck"} for _, key, repeat, _ in jobs if repeat == 1] + real(
            [job for job in jobs if job[2] != 1]
        )

    monkeypatch.setattr(runner, "work", broken)
    at, _ = sweep(project, tmp_path, GRID.format(2, [0.1]))
    assert (at.done, at.failed) == (1, 1)
    monkeypatch.setattr(runner, "work", real)
    at, computed = sweep(project, tmp_path, GRID.format(2, [0.1]))
    assert (at.done, at.failed, computed) == (1, 1, 0)
    at, computed = sweep(project, tmp_path, GRID.format(2, [0.1]), again=True)
    assert (at.done, at.failed, computed) == (2, 0, 1)
    with study.open_store(tmp_path) as store:
        assert Results(store).failures() == []


def test_another_schema_another_program_or_no_database_is_refused(project, finished, tmp_path):
    path = tmp_path / "results.sqlite"
    Store(path).close()
    db = sqlite3.connect(path)
    db.execute("PRAGMA user_version = 7")
    db.close()
    with pytest.raises(RunError, match="schema 7, and this version of ohmgrad writes 2"):
        Store(path)
    other = tmp_path / "other.sqlite"
    db = sqlite3.connect(other)
    db.execute("CREATE TABLE cats(name)")
    db.close()
    with pytest.raises(RunError, match="another program"):
        Store(other)
    (tmp_path / "text.sqlite").write_text("cats " * 500, encoding="utf-8")
    with pytest.raises(RunError, match="not a store of a sweep"):
        Store(tmp_path / "text.sqlite")
    with pytest.raises(RunError, match="there is no store"):
        study.open_store(tmp_path / "nowhere")


def test_a_store_without_the_diagnosis_is_taken_up(project, finished, tmp_path):
    """Schema 1 had no column for it: such a store is read on, and nothing in it is computed again."""
    shutil.copytree(finished, tmp_path / "old")
    db = sqlite3.connect(tmp_path / "old" / "results.sqlite")
    db.executescript("ALTER TABLE texts DROP COLUMN diagnosis; PRAGMA user_version = 1;")
    db.close()
    executor, plan = Inline(), study.plan_of(project / "grid.toml")
    with study.opened(plan, tmp_path / "old") as store:
        assert runner.run(plan, store, executor, 1).done == 12 and not executor.jobs
        assert Results(store).diagnosis(0) is None
    with study.open_store(finished) as store:
        found = Results(store).diagnosis(0)
    assert found is not None and found["epoch"] == 1 and len(found["cosine"]) == 2


def test_a_full_disk_is_one_line_and_loses_nothing(project, tmp_path, monkeypatch):
    plan = study.plan_of(project / "grid.toml")
    executor = Inline()
    real = Store.save

    def full_after_three(self, records, tries=1):
        if len(contents(tmp_path)) >= 3:
            pages = self.db.execute("PRAGMA page_count").fetchone()[0]
            self.db.execute(f"PRAGMA max_page_count = {pages}")
            records = [{**r, "history": "x" * 100_000} for r in records]
        real(self, records, tries)

    monkeypatch.setattr(Store, "save", full_after_three)
    monkeypatch.setattr(runner, "TASK_JOBS", 1)
    with pytest.raises(RunError, match=r"full; what was stored before is whole"), study.opened(plan, tmp_path) as store:
        runner.run(plan, store, executor, 1)
    assert len(contents(tmp_path)) == 3
    monkeypatch.setattr(Store, "save", real)
    executor = Inline()
    with study.opened(plan, tmp_path) as store:
        runner.run(plan, store, executor, 1)
    assert len(executor.jobs) == 9 and len(contents(tmp_path)) == 12


def test_two_sweeps_in_one_folder_are_refused(project, finished):
    plan = study.plan_of(project / "grid.toml")
    with study.opened(plan, finished), pytest.raises(RunError, match="in use by another process"), study.opened(plan, finished):
        pass


def test_exports(finished, tmp_path):
    import csv

    from ohmgrad.sweep.export import to_xarray, write_export

    with study.open_store(finished) as store:
        assert write_export(store, tmp_path / "a.csv") == 12
        with open(tmp_path / "a.csv", encoding="utf-8", newline="") as f:
            rows = list(csv.DictReader(f))
        found = contents(finished)
        assert sorted(float(r["test_accuracy"]) for r in rows) == sorted(v[1] for v in found.values())
        assert {(r["device.faults.stuck_on"], r["synapse.refresh_every"]) for r in rows} == {
            (a, b) for a in ("0.01", "0.1", "0.3") for b in ("20.0", "60.0")
        }
        with pytest.raises(RunError, match="ends in"):
            write_export(store, tmp_path / "a.xls")
        parquet = pytest.importorskip("pyarrow.parquet")
        assert write_export(store, tmp_path / "a.parquet") == 12
        table = parquet.read_table(tmp_path / "a.parquet").to_pylist()
        assert [r["test_accuracy"] for r in table] == [float(r["test_accuracy"]) for r in rows]
        xarray = pytest.importorskip("xarray")
        data = to_xarray(store)
        assert dict(data.sizes) == {"device.faults.stuck_on": 3, "synapse.refresh_every": 2, "repeat": 2}
        assert data["test_accuracy"].values.ravel().tolist() == [float(r["test_accuracy"]) for r in rows]
        assert data["array_energy_j"].attrs["units"] == "J"
        assert write_export(store, tmp_path / "a.nc") == 12
        with xarray.open_dataset(tmp_path / "a.nc", engine="scipy") as again:
            assert (again["test_accuracy"].values == data["test_accuracy"].values).all()


def test_the_report_says_what_is_stored(finished, tmp_path):
    from ohmgrad.report.sweep import write_sweep_report

    with study.open_store(finished) as store:
        page = write_sweep_report(store, tmp_path).read_text(encoding="utf-8")
        again = write_sweep_report(store, tmp_path / "again").read_text(encoding="utf-8")
    assert page == again
    assert page.count("<svg") == 2 and "Highest test accuracy" in page
    assert page.count("</tr>") == 14  # twice a head and six points: what they reach, and what looks wrong
    assert "http://" not in page.replace("http://www.w3.org", "")
