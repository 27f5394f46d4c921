"""``ohmgrad program``: what it writes, prints and refuses."""

import json

import numpy as np
import pytest

DEVICE = 'schema = 1\nlaw = "linear"\n[parameters]\nsigma = 0.3\n[noise]\nrelative = 0.001\n[faults]\nstuck = 0.01\n'


@pytest.fixture
def files(tmp_path):
    (tmp_path / "d.toml").write_text(DEVICE, encoding="utf-8")
    np.savez(tmp_path / "w.npz", A=np.random.default_rng(1).normal(0, 1, (12, 5)), B=np.ones((2, 3)))
    return tmp_path


def test_weights_come_back_within_the_tolerance(ohmgrad, files):
    a = ohmgrad("program", files / "w.npz", "--device", files / "d.toml", "--out", files / "r.npz")
    assert a.status == 0 and "yield" in a.out and a.err == ""
    s = json.loads((files / "r.json").read_text(encoding="utf-8"))
    with np.load(files / "w.npz") as w, np.load(files / "r.npz") as r:
        ok = ~(r["A.failed"].any(axis=-1))
        assert ok.any() and np.abs(r["A"] - w["A"])[ok].max() < 0.03 * s["w_max"]["A"]
        failed = r["A.failed"].sum() + r["B.failed"].sum()
    assert s["cells"] == 132 and s["yield"] == pytest.approx(1 - failed / 132)
    assert (files / "r.png").is_file() and (files / "r.svg").is_file()


@pytest.mark.parametrize(
    "arrays, words",
    [
        ({"A": np.zeros((2, 2, 2))}, "wanted: a matrix"),
        ({"A": np.array([[1.0, np.nan]])}, "not a finite number"),
        ({"A": np.zeros((0, 3))}, "holds no weight"),
        ({}, "is empty"),
        ({"A": np.array([[None]])}, "Python objects"),
        ({"A": np.array([[1j]])}, "real numbers"),
        ({"A": np.array([[2.0]])}, "outside the window"),
    ],
)
def test_bad_weights_are_one_line(ohmgrad, files, arrays, words):
    np.savez(files / "bad.npz", **arrays)
    a = ohmgrad("program", files / "bad.npz", "--device", files / "d.toml", "--w-max", "1")
    assert a.status == 2 and words in a.err and a.err.count("\n") == 1


def test_a_missing_or_broken_file_is_one_line(ohmgrad, files):
    (files / "text.npz").write_text("no", encoding="utf-8")
    for name, words in (("none.npz", "there is no file"), ("text.npz", "is no .npz file")):
        a = ohmgrad("program", files / name, "--device", files / "d.toml")
        assert a.status == 2 and words in a.err and a.err.count("\n") == 1
