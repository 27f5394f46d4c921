"""The report as a whole: what the page says, and how its files are written."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ohmgrad.errors import RunError
from ohmgrad.report import files, html, write_report

SECTIONS = [
    "key-numbers", "accuracy", "error", "diamond", "weights", "pulses", "saturation",
    "bill", "assumed", "versions", "specification",
]  # fmt: skip
FIGURES = ["accuracy.svg", "diamond.svg", "error.svg", "pulses.svg", "saturation.svg", "weights.svg"]


class Page(HTMLParser):
    """The ids, tags and text of a page; tags must be closed in order."""

    VOID = ("meta", "br", "hr", "img", "link")

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.tags: Counter[str] = Counter()
        self.loaded: list[str] = []
        self.text = ""
        self.open: list[str] = []
        self.source = path.read_text(encoding="utf-8")
        self.feed(self.source)
        self.close()
        assert self.open == []
        self.text = re.sub(r"\s+", " ", self.text)  # narrow and no-break spaces as well

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag] += 1
        if tag not in self.VOID:
            self.open.append(tag)
        for name, value in attrs:
            if name == "id":
                self.ids.append(value or "")
            if name in ("src", "href", "xlink:href", "data", "srcset", "action"):
                self.loaded.append(value or "")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in self.VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag
        self.text += " " if tag in ("th", "td") else ""

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.fixture(scope="module")
def page(full_run: Path) -> Page:
    """Return the page of the full run."""
    return Page(write_report(full_run))


def copy_of(run: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(run, tmp_path / "copy"))


def summary_of(run: Path) -> dict[str, Any]:
    return json.loads((run / "summary.json").read_text(encoding="utf-8"))


def files_in(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def test_page_has_every_section_in_order(full_run: Path) -> None:
    path = write_report(full_run)
    page = Page(path)

    assert path == full_run / "report.html"
    assert [i for i in page.ids if i in SECTIONS] == SECTIONS
    assert sorted(p.name for p in (full_run / "figures").iterdir()) == FIGURES
    assert [f"Fig. {n}." in page.text for n in range(1, 8)] == [True] * 6 + [False]
    assert page.tags["details"] == 1
    assert 'law = "soft-bounds"' in page.text


def test_page_loads_nothing(page: Page) -> None:
    assert page.tags["script"] == page.tags["link"] == page.tags["iframe"] == 0
    assert all(url.startswith(("#", "data:image/png;base64,")) for url in page.loaded)
    assert not re.search(r"@import|url\((?!#)", page.source)
    assert len(page.source) < 3e6


def test_ids_differ_and_references_have_their_target(page: Page) -> None:
    assert [name for name, count in Counter(page.ids).items() if count > 1] == []
    targets = re.findall(r"url\(#([^)]+)\)", page.source) + [u[1:] for u in page.loaded if u[0] == "#"]
    assert targets
    assert set(targets) <= set(page.ids)


def test_numbers_are_those_of_the_summary(page: Page, full_run: Path) -> None:
    summary = summary_of(full_run)

    mean, half = summary["test_accuracy"], summary["test_accuracy_ci95"]
    assert (
        f"After 10 epochs, the network recognises {100 * mean:.2f} ± {100 * half:.2f} % of the test images "
        "(mean and 95 % interval over 4 replicas); published: 82.9 % (test accuracy, experiment; "
        "Burr et al., IEDM 2014, 29.5)"
    ) in page.text
    for words in (
        f"{100 * summary['train_accuracy']:.2f} %",
        f"{100 * summary['valid_accuracy']:.2f} %",
        f"{summary['synapses']:,} ({summary['cells']:,} cells)".replace(",", " "),
        "528 – 250 – 125 – 10",
        "layer 1: 25.0 %, layer 2: 20.0 %, layer 3: 10.0 %",
        "12.3 ms",
        "7.03 h",
        "1.5 µs",
        "97 %",
        "21.5",
        "ohmgrad 0.1.0, python 3.11.7, numpy 2.4.6",
        "The pulse width of RESET is 100 ns; the paper gives none.",
        *(f"{x:,}".replace(",", " ") for row in summary["bill"]["rows"] if row["count"] for x in row["per_layer"]),
    ):
        assert words in page.text


def test_text_of_the_run_is_no_markup(page: Page) -> None:
    assert "Phase-change <cells> & a network of three layers" in page.text
    assert "<Phase change> & friends" in page.text
    assert "<cells>" not in page.source and "<no>" not in page.source


def test_one_replica_of_unbounded_cells(small_run: Path) -> None:
    page, summary = Page(write_report(small_run)), summary_of(small_run)

    assert f"recognises {100 * summary['test_accuracy']:.2f} % of the test images (one replica)." in page.text
    assert "±" not in page.text
    assert "array energy n/a" in page.text
    assert "none can saturate" in page.text
    assert "no largest one" in page.text
    assert "published" not in page.ids and "validation" not in page.text
    assert not (small_run / "figures" / "saturation.svg").exists()


def test_unfinished_run(make_run: Callable[..., Path], tmp_path: Path) -> None:
    page = Page(write_report(make_run(tmp_path / "run", epochs=3, planned=50, replicas=2, snapshots=(0,))))

    assert page.text.count("After 3 of 50 epochs") == 1
    assert "The run is not finished." in page.text
    assert "mean of 2 replicas; bands: smallest to largest" in page.text
    assert [i for i in page.ids if i in SECTIONS] == SECTIONS


def test_run_without_an_epoch(make_run: Callable[..., Path], tmp_path: Path) -> None:
    run = make_run(tmp_path / "run", epochs=0, planned=10, snapshots=(0,))
    page = Page(write_report(run))

    assert "no test has been made yet" in page.text
    assert page.text.count("No epoch is finished yet.") == 4
    assert sorted(p.name for p in (run / "figures").iterdir()) == ["diamond.svg", "weights.svg"]
    assert "Fig. 1. Where the pairs of cells are" in page.text


def test_pictures_are_whole_xml(full_run: Path) -> None:
    write_report(full_run)
    for name in FIGURES:
        root = ET.parse(full_run / "figures" / name).getroot()
        assert root.tag == "{http://www.w3.org/2000/svg}svg"
        assert len(list(root.iter())) > 50


def test_same_run_gives_same_bytes(full_run: Path) -> None:
    write_report(full_run)
    first = files_in(full_run)
    write_report(full_run)
    assert files_in(full_run) == first


def test_other_program_gives_same_bytes_without_pyplot(small_run: Path) -> None:
    write_report(small_run)
    first = files_in(small_run)
    program = (
        "import sys, ohmgrad.report as r; "
        "assert not {'matplotlib', 'jinja2'} & set(sys.modules), 'imported too early'; "
        "import matplotlib as m; m.rcParams.update({'font.size': 30, 'svg.hashsalt': 'x'}); "
        "r.write_report(sys.argv[1]); "
        "assert m.rcParams['font.size'] == 30; assert 'matplotlib.pyplot' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", program, str(small_run)], check=True)
    assert files_in(small_run) == first


@pytest.mark.parametrize("name", ["spec.toml", "history.json", "snapshots.npz", "summary.json"])
@pytest.mark.parametrize("damage", ["missing", "short", "empty", "bytes", "other"])
def test_damaged_file_is_named(small_run: Path, tmp_path: Path, name: str, damage: str) -> None:
    run = copy_of(small_run, tmp_path)
    content = (run / name).read_bytes()
    shutil.rmtree(run / "figures", ignore_errors=True)
    (run / "report.html").unlink(missing_ok=True)
    if damage == "missing":
        (run / name).unlink()
    else:
        # An empty TOML file is a whole one.
        start = {"spec.toml": b"[a"}.get(name, b"")
        other = {"spec.toml": b"a = ", "snapshots.npz": b"\x93NUMPY"}.get(name, b"[1, 2]")
        short = content[: len(content) // 2] if name != "spec.toml" else content[:-3]
        (run / name).write_bytes({"short": short, "empty": start, "bytes": b"\xff\xfe" + content[2:], "other": other}[damage])

    with pytest.raises(RunError, match=re.escape(name)) as caught:
        write_report(run)

    assert "\n" not in str(caught.value)
    assert not (run / "report.html").exists() and not (run / "figures").exists()


def test_no_run_folder(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="nowhere is no run folder"):
        write_report(tmp_path / "nowhere")


@pytest.mark.parametrize(
    ("name", "keys", "value", "message"),
    [
        ("summary.json", ["test_accuracy"], "good", "'test_accuracy' is 'good', but a number is wanted"),
        ("summary.json", ["replicas"], 0, "'replicas' is 0"),
        ("summary.json", ["layers"], [5], "'layers'"),
        ("summary.json", ["saturated_fraction"], [0.5], "a list of 2 numbers"),
        ("summary.json", ["bill", "rows", 0, "per_layer"], [1], r"bill: rows\[0\]: 'per_layer'"),
        ("summary.json", ["versions", "numpy"], 2, "versions: 'numpy'"),
        ("history.json", ["schema"], 2, "'schema' is 2"),
        ("history.json", ["epochs", 0, "test_accuracy"], [0.5, 0.6], r"epochs\[0\]: 'test_accuracy' has"),
        ("history.json", ["epochs", 0, "pulses_set"], [[1], [2, 3]], "'pulses_set'"),
        ("history.json", ["epochs", 0, "pulses_set"], None, "'pulses_set'"),
        ("history.json", ["epochs"], 5, "'epochs' is 5, but a list is wanted"),
    ],
)  # fmt: skip
def test_wrong_field_is_named(small_run: Path, tmp_path: Path, name: str, keys: list[Any], value: object, message: str) -> None:
    run = copy_of(small_run, tmp_path)
    place = table = json.loads((run / name).read_text(encoding="utf-8"))
    for key in keys[:-1]:
        place = place[key]
    place[keys[-1]] = value
    (run / name).write_text(json.dumps(table), encoding="utf-8")

    with pytest.raises(RunError, match=f"{re.escape(name)}: .*{message}|{re.escape(name)}: {message}"):
        write_report(run)


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("diamond_1_0", None, "'diamond_1_0' is missing"),
        ("diamond_1_0", np.zeros((3, 3)), "'diamond_1_0' has shape"),
        ("weight_edges_1", np.array([2.0, 1.0]), "no rising list"),
        ("epochs", np.array([], dtype=int), "no snapshot"),
        ("g_max", np.array([{}]), "damaged"),
    ],
)
def test_wrong_snapshot_is_named(small_run: Path, tmp_path: Path, key: str, value: Any, message: str) -> None:
    run = copy_of(small_run, tmp_path)
    with np.load(run / "snapshots.npz") as archive:
        arrays: dict[str, Any] = dict(archive)
    arrays.pop(key)
    if value is not None:
        arrays[key] = value
    np.savez(run / "snapshots.npz", **arrays)

    with pytest.raises(RunError, match=f"snapshots.npz.*{message}"):
        write_report(run)


def test_failed_write_leaves_the_old_file(small_run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = copy_of(small_run, tmp_path)
    write_report(run)
    before = files_in(run)
    (run / "spec.toml").write_text("other = 1", encoding="utf-8")
    before["spec.toml"] = b"other = 1"

    def full(source: Any, target: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(RunError, match="cannot be written: No space left on device"):
        write_report(run)
    assert files_in(run) == before


def test_interrupted_drawing_writes_nothing(small_run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = copy_of(small_run, tmp_path)
    shutil.rmtree(run / "figures", ignore_errors=True)
    (run / "report.html").unlink(missing_ok=True)

    def stop(*_: Any) -> str:
        raise KeyboardInterrupt

    monkeypatch.setattr(html, "render", stop)
    with pytest.raises(KeyboardInterrupt):
        write_report(run)
    assert len(files_in(run)) == 4


def test_interrupted_write_leaves_no_part(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(*_: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "replace", stop)
    with pytest.raises(KeyboardInterrupt):
        files.write_whole(tmp_path / "new" / "a.svg", b"x")
    assert list((tmp_path / "new").iterdir()) == []
