"""The README's own examples run as they stand."""

import re
from pathlib import Path

import numpy as np
import pytest

import ohmgrad

README = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")


def block(language, containing):
    return next(b for b in re.findall(rf"```{language}\n(.*?)```", README, re.S) if containing in b)


def test_python_example(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    code = block("python", "ohmgrad.start").replace(
        "settings=[", 'settings=["data.train=200", "data.test=100", "data.valid=0", '
    )
    exec(compile(code, "README.md", "exec"), {})
    accuracy, seconds, joules = (float(v) for v in capsys.readouterr().out.splitlines()[0].split())
    assert 0 < accuracy < 1
    assert seconds > 0
    assert joules > 0
    assert (tmp_path / "runs/b/report.html").is_file()


def test_own_data_example(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    r = np.random.default_rng(0)
    centre = r.random((6, 95))
    with open("my.csv", "w") as f:
        f.write(",".join(f"f{k}" for k in range(95)) + ",class\n")
        for n in range(240):
            row = centre[n % 6] + 0.1 * r.standard_normal(95)
            f.write(",".join(f"{v:.4f}" for v in row) + f",{'abcdef'[n % 6]}\n")
    Path("my.toml").write_text(block("toml", "[data]"))
    summary = ohmgrad.start("my.toml", "run").train()
    assert summary["layers"] == [95, 16, 6]
    # six well separated clusters: chance is 1/6, and a least-squares fit makes no error
    assert summary["test_accuracy"] > 0.9


@pytest.mark.parametrize("name", re.findall(r"\]\(([\w./-]+)\)", README))
def test_links_lead_somewhere(name):
    assert (Path(__file__).parents[1] / name).exists()
