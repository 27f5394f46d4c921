"""The examples of docs/circuits.md run as they stand, and say what their comments say."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/circuits.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```python\n(.*?)```", PAGE, re.S)


def outputs(block, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    exec(compile(block, "circuits.md", "exec"), {})
    return capsys.readouterr().out


@pytest.mark.parametrize(
    ("number", "says"),
    [
        (0, r"^\[2\.0998e-06 7\.9975e-06 2\.4994e-06\]"),
        (1, r"^1 6\.\d*e-05\n0\.2 0\n0\.6 64\n0\.2 64\n0\.05 0\n$"),
        (2, r"^$"),
    ],
)
def test_examples(number, says, capsys, tmp_path, monkeypatch):
    assert len(BLOCKS) == 3
    out = outputs(BLOCKS[number], capsys, tmp_path, monkeypatch)
    assert re.match(says, out), out
    if number == 2:
        assert (tmp_path / "crossbar.cir").read_text().endswith(".end\n")
