"""``ohmgrad pulses`` on a real run, and mistakes."""

import csv
import json
import shutil

import numpy as np
import pytest
from smallruns import contents

import ohmgrad as package


def answered(ohmgrad, *args):
    done = ohmgrad(*args)
    assert (done.status, done.err) == (0, "")
    return done.out


def test_table_csv_json_figure_agree(ohmgrad, finished, tmp_path):
    run = finished[0]
    before = contents(run)
    p = package.pulses(run, 1, 8, 2, 1)
    out = answered(
        ohmgrad, "pulses", run, "--cell", "1,8,2", "--member", "-", "--csv", tmp_path / "c.csv", "--figure", tmp_path / "c.png"
    )
    assert "layer 1, row 8, column 2, G− (replica 0)" in out and f"{len(p)}: " in out and "to the last bit" in out
    assert max(map(len, out.splitlines()[:30])) <= 128
    with open(tmp_path / "c.csv", encoding="utf-8", newline="") as f:
        rows = list(csv.DictReader(f))
    assert [float(r["after_siemens"]) for r in rows] == p.after.tolist() and [r["kind"] for r in rows] == p.kind.tolist()
    assert (tmp_path / "c.png").read_bytes().startswith(b"\x89PNG")
    data = json.loads(
        answered(ohmgrad, "pulses", run, "--cell", "1,8,2", "--member", "1", "--json", "--epochs", "2:3", "--last", "4")
    )
    assert data["columns"]["after_siemens"] == p.after[p.epoch >= 2][-4:].tolist() and data["pulses"] == len(p)
    assert contents(run) == before


def test_an_epoch_without_pulses(ohmgrad, finished, tmp_path):
    run = finished[0]
    quiet = next((i, j) for i in range(21) for j in range(8) if not (package.pulses(run, 0, i, j).epoch == 3).any())
    out = answered(
        ohmgrad, "pulses", run, "--cell", f"0,{quiet[0]},{quiet[1]}", "--epochs", "3", "--figure", tmp_path / "c.svg"
    )
    assert out.startswith("no pulses\n") and (tmp_path / "c.svg").is_file()


@pytest.mark.parametrize(
    "args, says",
    [
        (["--cell", "0,1"], "--cell 0,1: write it as layer,row,column"),
        (["--cell", "0,1,-2"], "three whole numbers from 0"),
        (["--cell", "2,0,0"], "there is no layer 2; the layers of synapses are 0 … 1"),
        (["--cell", "0,21,0"], "there is no row 21; the rows of layer 0, the bias neuron's the last, are 0 … 20"),
        (["--cell", "0,0,8"], "there is no column 8; the columns of layer 0 are 0 … 7"),
        (["--cell", "0,0,0", "--member", "2"], "there is no member 2; the members of a synapse are 0 … 1"),
        (["--cell", "0,0,0", "--member", "G"], "--member G: write + or -"),
        (["--cell", "0,0,0", "--replica", "2"], "has no replica 2; its replicas are 0 … 1"),
        (["--cell", "0,0,0", "--epochs", "4:2"], "--epochs 4:2: epochs are counted from 1"),
        (["--cell", "0,0,0", "--epochs", "4"], "the run has no epoch 4; it stands in epoch 3"),
        (["--cell", "0,0,0", "--epochs", "x"], "--epochs x: write one epoch"),
        (["--cell", "0,0,0", "--figure", "c.gif"], ".png or .svg"),
        (["--cell", "0,0,0", "--csv", "c.txt"], "ends in .csv"),
        ([], "pulses --help"),
    ],
)
def test_mistakes(ohmgrad, finished, args, says):
    done = ohmgrad("pulses", finished[0], *args)
    assert (done.status, done.out) == (2, "") and done.err.startswith("error: ") and done.err.count("\n") == 1
    assert says in done.err


def with_text(run, folder, change):
    shutil.copytree(run, folder)
    path = folder / "spec.toml"
    path.write_text(change(path.read_text(encoding="utf-8")), encoding="utf-8")
    return folder


def without_checkpoint(run, folder):
    shutil.copytree(run, folder)
    (folder / "checkpoint.npz").unlink()
    return folder


def old_checkpoint(run, folder):
    shutil.copytree(run, folder)
    with np.load(folder / "checkpoint.npz") as archive:
        arrays = {name: archive[name] for name in archive.files}
    meta = json.loads(arrays.pop("meta").tobytes()) | {"format": 0}
    np.savez(folder / "checkpoint.npz", meta=np.frombuffer(json.dumps(meta).encode(), dtype=np.uint8), **arrays)
    return folder


@pytest.mark.parametrize(
    "make, says",
    [
        (lambda run, folder: folder, "there is no run folder"),
        (lambda run, folder: folder.mkdir() or folder, "is not a run folder: it has no spec.toml"),
        (lambda run, folder: with_text(run, folder, lambda t: t + "\n[rooms]\nx = 1\n"), "spec.toml is damaged"),
        (lambda run, folder: with_text(run, folder, lambda t: t.replace("seed = 5", "seed = 6")), "another specification"),
        (without_checkpoint, "has no checkpoint.npz: nothing was trained there yet"),
        (old_checkpoint, "checkpoint format 0, this version reads"),
    ],
)
def test_folders_that_hold_no_run_of_this_version(ohmgrad, finished, tmp_path, make, says):
    done = ohmgrad("pulses", make(finished[0], tmp_path / "bad"), "--cell", "0,0,0")
    assert (done.status, done.out) == (2, "") and done.err.count("\n") == 1 and says in done.err
