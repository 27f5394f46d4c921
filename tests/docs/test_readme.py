"""The README's own examples run as they stand, the long ones with small settings."""

import shutil
from pathlib import Path

import numpy as np
import pytest
from pages import ROOT, call, commands, fenced, indented, run_block, steady_folder

import ohmgrad

BLIND = ["--set", "diagnosis=false"]  # whose loops take half as long again to compile; tests/experiments looks
SMALL = ["--epochs", "1", "--replicas", "1", "--set", "software=false"]
TINY = ["--set", "data.train=40", "--set", "data.valid=0", "--set", "data.test=20", *BLIND]
SHORT = {
    "burr2014": [*SMALL, *TINY],
    "letters": ["--replicas", "2", *BLIND],
    "faces": [*SMALL, "--epochs", "3", *BLIND],
}
STUDY = ["--repeats", "2", "--epochs", "1", *TINY, "--yes"]
GRID = """\
base = "letters"
epochs = 1
repeats = 2
settings = { diagnosis = false }

[[axis]]
field = "faults.dead"
values = [0, 0.1]
"""


def short(words):
    """A command with settings that are quick; the last of two equal options counts."""
    match words[1:3]:
        case ["run", name]:
            return [*words, *SHORT.get(name, [])]
        case ["tolerance", _]:
            return [*words, *STUDY, "--points", "3"]
        case ["explain", _]:
            return [*words, *STUDY]
        case ["sweep", "figure-2.12"]:
            return [*words, "--dry-run"]  # its figure is tested with the book
        case ["book", "1.10"]:
            return [*words[:2], "1.2"]  # faces train for minutes
    return words


def block(language, containing):
    return next(code for lang, code in fenced("README.md") if lang == language and containing in code)


@pytest.fixture(scope="module")
def folder():
    """A folder with what the README supposes: a table, ramps, weights."""
    here = steady_folder("readme")
    r = np.random.default_rng(0)
    centre = r.random((6, 95))
    with open(here / "my.csv", "w") as f:
        f.write(",".join(f"f{k}" for k in range(95)) + ",class\n")
        for n in range(240):
            row = centre[n % 6] + 0.1 * r.standard_normal(95)
            f.write(",".join(f"{v:.4f}" for v in row) + f",{'abcdef'[n % 6]}\n")
    for name, start, sign in (("set", 2.0, 1), ("reset", 18.0, -1)):
        steps = sign * 0.3 * (1 + 0.3 * r.standard_normal((50, 2)))
        reads = start + np.vstack([np.zeros(2), steps]).cumsum(axis=0)
        lines = [f"{name} 1 (uS),{name} 2 (uS)", *(f"{a:.3f},{b:.3f}" for a, b in reads)]
        (here / f"{name}.csv").write_text("\n".join(lines) + "\n")
    np.save(here / "weights.npy", r.uniform(1e-6, 1e-4, (64, 64)))
    np.savez(here / "weights.npz", W0=r.uniform(-1, 1, (4, 3)))
    (here / "grid.toml").write_text(GRID, encoding="utf-8")
    (here / "my.toml").write_text(block("toml", "[data]"))
    return here


def test_python_example(folder, monkeypatch, capsys):
    monkeypatch.chdir(folder)
    code = block("python", "ohmgrad.start").replace(
        "settings=[", 'settings=["data.train=200", "data.test=100", "data.valid=0", '
    )
    exec(compile(code, "README.md", "exec"), {})
    accuracy, seconds, joules = (float(v) for v in capsys.readouterr().out.splitlines()[0].split())
    assert 0 < accuracy < 1
    assert seconds > 0
    assert joules > 0
    assert (folder / "runs/b/report.html").is_file()


def test_own_data_example(folder, monkeypatch):
    monkeypatch.chdir(folder)
    summary = ohmgrad.start("my.toml", "run", settings=["diagnosis=false"]).train()
    assert summary["layers"] == [95, 16, 6]
    # six well separated clusters: chance is 1/6, and a least-squares fit makes no error
    assert summary["test_accuracy"] > 0.9


def test_own_law_example(folder, monkeypatch):
    monkeypatch.chdir(folder)
    run_block("python", "# short.py\n" + block("python", "step_law"), "README.md", monkeypatch, None)
    spec = ohmgrad.make_spec("my.toml", settings=["device.law=short.py", "device.parameters={}", "device.variation={}"])
    assert spec.device.parameters["step"] == 0.2e-6


def test_every_command(folder, monkeypatch, capsys):
    monkeypatch.chdir(folder)
    if not (folder / "runs/b").is_dir():  # that of the Python example
        ohmgrad.start("burr2014", "runs/b", replicas=1, epochs=1, settings=[w for w in SHORT["burr2014"] if "=" in w]).train()
    lines = [words for language, code in indented("README.md") if language == "sh" for words in commands(code)]
    assert len(lines) > 20
    for words in lines:
        call(short(words), monkeypatch, capsys)
    for name in ("runs/a/report.html", "mine.toml", "mylaw.py", "array.cir"):
        assert Path(name).is_file(), name
    shutil.rmtree("runs")


@pytest.mark.parametrize("page", ("README.md", "README.zh.md"))
def test_links_lead_somewhere(page):
    import re

    links = re.findall(r"\]\(([\w./-]+)(?:#[\w-]+)?\)", (ROOT / page).read_text(encoding="utf-8"))
    assert len(links) > 15
    assert [name for name in links if not (ROOT / name).exists()] == []


def test_the_chinese_readme_has_the_same_code():
    assert [b for b in indented("README.zh.md")] == [b for b in indented("README.md")]
