"""What every figure and question of the book must have, and what the command does with them."""

import csv
from dataclasses import replace

import numpy as np
import pytest
from typer.testing import CliRunner

from ohmgrad.book import cache, catalogue
from ohmgrad.book.build import build, write
from ohmgrad.book.entry import Claim, Entry, Facts, Setting, Text
from ohmgrad.book.pages import index, verdict
from ohmgrad.book.tables import tables
from ohmgrad.cli.main import app
from ohmgrad.errors import DataError, SpecError

word = Text("word", "字")
each = pytest.mark.parametrize("name", catalogue.names())


def toy(holds=True, expected=True):
    return Entry(
        name="1.0",
        title=word,
        caption=word,
        facts=lambda setting: Facts("1", "2", {"η": "0.1"}),
        compute=lambda setting: {"size": np.array(len(setting)), "t.a": np.arange(3), "t.b": np.eye(3)},
        draw=lambda data: None,
        check=lambda data: [Claim(word, word, 1.0, holds, expected)],
    )


def chinese(text):
    return any("\u4e00" <= c <= "\u9fff" for c in text)


@each
def test_every_entry_says_what_it_is_in_both_languages(name):
    e = catalogue.find(name)
    assert e.name == name
    for text in (e.title, e.caption):
        assert text.en.strip() and not chinese(text.en) and chinese(text.zh)
    for setting in Setting:
        facts = e.facts(setting)
        assert facts.seeds and facts.replicas and facts.parameters


def test_the_thirteen_questions_are_there_in_order():
    assert list(catalogue.QUESTIONS) == [f"q{k}" for k in range(1, 14)]


def test_an_unknown_name_is_refused_with_the_nearest():
    with pytest.raises(SpecError, match=r"did you mean '1\.2'"):
        catalogue.find("1.2a")


def test_a_claim_is_kept_if_it_is_found_as_recorded():
    assert [Claim(word, word, 0.0, holds, expected).kept for holds in (True, False) for expected in (True, False)] == [
        True,
        False,
        False,
        True,
    ]
    assert verdict(Claim(word, word, 0.0, False)).en == "**no longer holds**"


def test_the_cache_follows_sources_and_setting(tmp_path, monkeypatch):
    monkeypatch.setenv("OHMGRAD_CACHE", str(tmp_path))
    e = catalogue.find("1.2")
    first = build(e, Setting.check)
    assert first.seconds > 0.0 and build(e, Setting.check).seconds == 0.0
    assert len(list((tmp_path / "book").iterdir())) == 1
    assert cache.place(e, Setting.check) != cache.place(e, Setting.full)
    assert "neuron.py" in [p.name for p in cache.own_sources(e)]
    again = build(e, Setting.check, cached=False)
    assert all(np.array_equal(first.data[k], again.data[k]) for k in again.data)
    monkeypatch.setattr(cache, "physics", lambda: "another package")
    assert build(e, Setting.check).seconds > 0.0


def test_a_damaged_cache_is_computed_anew(tmp_path, monkeypatch):
    monkeypatch.setenv("OHMGRAD_CACHE", str(tmp_path))
    e = catalogue.find("1.2")
    build(e, Setting.check)
    cache.place(e, Setting.check).write_bytes(b"PK\x03\x04 no archive")
    assert build(e, Setting.check).seconds > 0.0


def test_files_of_a_figure(tmp_path, monkeypatch):
    monkeypatch.setenv("OHMGRAD_CACHE", str(tmp_path / "cache"))
    built = build(catalogue.find("1.2"), Setting.check)
    names = {p.name for p in write(built, tmp_path / "book")}
    assert {"1.2.svg", "1.2.png", "1.2.md", "1.2-paths.csv"} <= names
    rows = list(csv.reader((tmp_path / "book" / "1.2-paths.csv").open(encoding="utf-8")))
    assert [float(v) for v in rows[1][1:3]] == built.data["paths.w_small"][0].tolist()
    text = (tmp_path / "book" / "1.2.md").read_text(encoding="utf-8")
    assert "图 1.2" in text and "ohmgrad book 1.2" in text and "seeds" in text
    assert "[Figure 1.2." in index([built])


def test_data_must_be_tables():
    with pytest.raises(SpecError, match="no single number"):
        tables("1.0", {"a": np.zeros(2)})
    with pytest.raises(SpecError, match="lengths \\[2, 3\\]"):
        tables("1.0", {"t.a": np.zeros(2), "t.b": np.zeros(3)})
    out = tables("1.0", toy().compute(Setting.full))
    assert set(out) == {"1.0.csv", "1.0-t.csv"} and out["1.0-t.csv"].splitlines()[0] == "a,b[0],b[1],b[2]"


@pytest.mark.parametrize(
    ("holds", "expected", "status"), [(True, True, 0), (False, True, 1), (False, False, 0), (True, False, 1)]
)
def test_check_fails_where_a_claim_is_not_as_recorded(monkeypatch, tmp_path, holds, expected, status):
    monkeypatch.setenv("OHMGRAD_CACHE", str(tmp_path))
    monkeypatch.setattr(catalogue, "find", lambda name: toy(holds, expected))
    result = CliRunner().invoke(app, ["book", "1.0", "--check"])
    assert result.exit_code == status and ("FAILS" in result.output) == (status == 1)


def test_list_names_all(monkeypatch):
    out = CliRunner().invoke(app, ["book", "--list"]).output
    assert all(f"\nq{k} " in out for k in range(1, 14)) and out.startswith("1.2 ")


def test_a_mistake_is_one_line(tmp_path, monkeypatch, capsys):
    from ohmgrad.cli import main

    (tmp_path / "file").write_text("")
    for arguments, words in (
        (["book", "9.9"], "the book has no figure or question '9.9'"),
        (["book", "1.2", "--out", str(tmp_path / "file")], "is a file; name a folder"),
    ):
        monkeypatch.setattr("sys.argv", ["ohmgrad", *arguments])
        with pytest.raises(SystemExit) as left:
            main.main()
        error = capsys.readouterr().err
        assert left.value.code == 2 and words in error and error.count("\n") == 1


def test_figures_without_data_are_left_out_and_named(tmp_path, monkeypatch):
    monkeypatch.setenv("OHMGRAD_CACHE", str(tmp_path / "cache"))

    def missing(setting):
        raise DataError("the faces are missing")

    without = replace(toy(), compute=missing)
    monkeypatch.setattr(catalogue, "names", lambda: ["1.0", "1.2"])
    found = catalogue.find("1.2")
    monkeypatch.setattr(catalogue, "find", lambda name: without if name == "1.0" else found)
    result = CliRunner().invoke(app, ["book", "--out", str(tmp_path / "book")])
    assert isinstance(result.exception, DataError) and str(result.exception) == "left out: 1.0; the faces are missing"
    assert "1.0   left out: the faces are missing" in result.output
    assert (tmp_path / "book" / "1.2.md").is_file() and (tmp_path / "book" / "index.md").is_file()


def test_pages_go_where_the_site_looks_for_them(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for sources, folder in ((False, "book"), (True, "docs/book")):
        if sources:
            (tmp_path / "docs").mkdir()
            (tmp_path / "docs" / "book.md").touch()
            (tmp_path / "mkdocs.yml").touch()
        assert CliRunner().invoke(app, ["book", "1.2"]).exit_code == 0
        assert (tmp_path / folder / "1.2.md").is_file()
