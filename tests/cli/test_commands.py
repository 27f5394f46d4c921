"""Every command as a newcomer would use it."""

import json
import os
import re
import select
import shutil
import signal
import struct
import subprocess
import sys

import numpy as np
import pytest
from smallruns import (
    OHMGRAD,
    checkpoint,
    command,
    contents,
    differences,
    samples,
    small_project,
    spec_of,
    start_command,
    trained,
    write_csv,
)

import ohmgrad
from ohmgrad.data import load_mnist

KINDS = ["ash", "bay", "elm", "fir", "oak", "yew"]

OWN = """\
epochs = 5
[data]
source = "files"
train_file = "{file}"
{more}
[network]
layers = [95, 16, 6]
[device.parameters]
step_set = "1 uS"
[synapse]
w_max = 1.0
[learning]
rate = 0.1
"""


def own_project(folder, file="trees.csv", more=""):
    """A network of one's own, 95-16-6, in a TOML file with a relative file name."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "trees.toml").write_text(OWN.format(file=file, more=more), encoding="utf-8")
    return folder / "trees.toml"


def own_samples():
    return samples(300, 95, 6)


# run ----------------------------------------------------------------------------------------------------------------------


def test_a_run_fills_its_folder_and_says_what_came_out(finished):
    folder, done = finished
    assert {p.name for p in folder.iterdir()} >= {
        "spec.toml", "checkpoint.npz", "history.json", "snapshots.npz", "summary.json", "report.html", "figures"
    }  # fmt: skip
    lines = done.stdout.splitlines()
    assert [line.split(":")[0] for line in lines if line.startswith("epoch")] == ["epoch 1", "epoch 2", "epoch 3"]
    summary = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
    assert f"{100 * summary['test_accuracy']:.2f}" in next(line for line in lines if line.startswith("test accuracy"))
    assert str(folder / "report.html") in lines[-1]
    assert done.stderr == ""


def test_output_into_a_pipe_has_plain_lines_only(finished):
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f]", finished[1].stdout)


def test_the_summary_has_what_it_must(finished):
    summary = json.loads((finished[0] / "summary.json").read_text(encoding="utf-8"))
    assert (summary["experiment"], summary["seed"], summary["replicas"], summary["epochs"]) == ("my", 5, 2, 3)
    assert summary["synapses"] == 21 * 8 + 9 * 3 and summary["cells"] == 2 * summary["synapses"]
    history = json.loads((finished[0] / "history.json").read_text(encoding="utf-8"))["epochs"]
    for part in ("train", "test"):
        assert summary[f"{part}_accuracy"] == pytest.approx(np.mean(history[-1][f"{part}_accuracy"]))
    assert summary["test_accuracy_std"] == pytest.approx(np.std(history[-1]["test_accuracy"], ddof=1))
    pulses = sum(np.sum(h[k]) for h in history for k in ("pulses_set", "pulses_reset", "refresh_set", "refresh_reset")) / 2
    assert summary["pulses_per_sample"] == pytest.approx(pulses / (3 * summary["samples_per_epoch"]))
    assert summary["pulses_set"] + summary["pulses_reset"] == pytest.approx(pulses, abs=20)
    assert summary["samples_per_second"] > 0
    assert 0 < summary["array_time_s"] < summary["array_time_serial_s"]
    assert summary["array_energy_j"] > 0
    assert len(summary["saturated_fraction"]) == 2 and all(0 <= f <= 1 for f in summary["saturated_fraction"])


def test_quiet_prints_nothing(project, tmp_path):
    done = command("run", "my.toml", "--quiet", "--epochs", "1", "--out", tmp_path / "run", cwd=project)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert (tmp_path / "run" / "report.html").is_file()


def test_without_out_each_run_gets_the_next_free_folder(ohmgrad, tmp_path, monkeypatch):
    toml = small_project(tmp_path)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("ohmgrad.write_report", lambda folder: folder / "report.html", raising=False)
    for _ in range(2):
        assert ohmgrad("run", toml.name, "--epochs", 1).status == 0
    assert sorted(p.name for p in (tmp_path / "runs").iterdir()) == ["my-1", "my-2"]


def test_options_reach_the_specification(ohmgrad, project, tmp_path):
    answer = ohmgrad(
        "run", "--seed", 7, "my.toml", "--epochs", 4, "--replicas", 3, "--dry-run",
        "--set", "learning.rate=0.01", "--set", "synapse.w_max=50 %", "--set", "network.layers=[20, 5, 4, 3]",
        "--set", "device.law=linear", "--set", "device.parameters={g_max = '30 uS'}", "--set", "data.label=kind",
    )  # fmt: skip
    assert answer.status == 0, answer.err
    (tmp_path / "printed.toml").write_text(answer.out, encoding="utf-8")
    spec = spec_of(tmp_path / "printed.toml")
    assert (spec.seed, spec.epochs, spec.replicas, spec.experiment) == (7, 4, 3, "my")
    assert spec.learning.rate == [0.01] and spec.synapse.w_max == [0.5] and spec.network.layers == [20, 5, 4, 3]
    assert spec.device.law == "linear" and spec.device.parameters["g_max"] == 3e-5 and spec.data.label == "kind"


def test_a_dry_run_tells_what_is_needed_and_writes_nothing(ohmgrad, project):
    before = contents(project)
    answer = ohmgrad("run", "my.toml", "--dry-run")
    assert answer.status == 0 and answer.err == ""
    assert "# synapses          195 (390 cells) in each of 2 replica(s)" in answer.out
    assert re.search(r"^# memory +about [\d,]+ MB$", answer.out, re.M)
    assert re.search(r"^# training time +about [\d,]+ s on ", answer.out, re.M)
    assert contents(project) == before


def test_the_printed_specification_gives_the_same_run(ohmgrad, finished, tmp_path):
    """Saved in another folder and run from there."""
    (tmp_path / "printed.toml").write_text(ohmgrad("run", "my.toml", "--dry-run").out, encoding="utf-8")
    spec = spec_of(tmp_path / "printed.toml")
    assert differences(finished[0], trained(spec, tmp_path / "run")) == []
    assert (tmp_path / "run" / "spec.toml").read_bytes() == (finished[0] / "spec.toml").read_bytes()


def test_list_shows_every_experiment_and_variant(ohmgrad):
    out = ohmgrad("list").out
    for name, variants in ohmgrad_experiments().items():
        assert re.search(rf"^{name} ", out, re.M)
        for variant in variants.keys() - {"title"}:
            assert re.search(rf"^  --variant {variant} ", out, re.M)


def ohmgrad_experiments():
    found = ohmgrad.list_experiments()
    assert "pcm" in found["burr2014"] and found["burr2014"]["title"]
    return found


def test_every_variant_is_complete(ohmgrad):
    for name, variants in ohmgrad_experiments().items():
        for variant in variants.keys() - {"title"}:
            answer = ohmgrad("run", name, "--variant", variant, "--dry-run")
            assert answer.status == 0 and f'variant = "{variant}"' in answer.out


@pytest.mark.parametrize(
    "args", [["--help"], ["-h"], ["run", "--help"], ["resume", "-h"], ["report", "-h"], ["list", "-h"], []]
)
def test_help_is_help(ohmgrad, args):
    answer = ohmgrad(*args)
    assert answer.status == 0 and "Usage: ohmgrad" in answer.out and answer.err == ""


def test_version(ohmgrad):
    assert ohmgrad("--version").out.split() == ["ohmgrad", "0.1.0"]


# Data of one's own --------------------------------------------------------------------------------------------------------


def test_a_network_of_ones_own_learns_from_a_csv_beside_its_toml_file(tmp_path):
    """95 features, 6 classes with names; run from another folder, resumed from yet another."""
    x, y = own_samples()
    write_csv(own_project(tmp_path / "mine").parent / "trees.csv", x, [KINDS[k] for k in y])
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    done = command("run", "../mine/trees.toml", "--out", "run", cwd=elsewhere)
    assert done.returncode == 0, done.stderr
    summary = json.loads((elsewhere / "run" / "summary.json").read_text(encoding="utf-8"))
    assert summary["synapses"] == 96 * 16 + 17 * 6 and summary["experiment"] == "trees"
    assert summary["test_accuracy"] > 0.4  # one in six by chance
    before = contents(elsewhere)
    done = command("resume", elsewhere / "run", "--quiet", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert contents(elsewhere) == before


def test_npz_and_idx_files_give_the_run_that_the_csv_gives(tmp_path):
    x, y = own_samples()
    x = np.rint(255 * x)
    csv, npz, idx = (tmp_path / kind for kind in ("csv", "npz", "idx"))
    write_csv(own_project(csv).parent / "trees.csv", x, y)
    own_project(npz, "trees.npz")
    np.savez(npz / "trees.npz", x=x, y=y)
    own_project(idx, "trees.idx", 'label = "kinds.idx"')
    (idx / "trees.idx").write_bytes(b"\0\0\x08\3" + struct.pack(">3I", 300, 5, 19) + x.astype(np.uint8).tobytes())
    (idx / "kinds.idx").write_bytes(b"\0\0\x08\1" + struct.pack(">I", 300) + y.astype(np.uint8).tobytes())
    runs = [trained(spec_of(folder / "trees.toml"), folder / "run") for folder in (csv, npz, idx)]
    states = [checkpoint(run)[0]["state"].tobytes() for run in runs]
    assert states[0] == states[1] == states[2]


def test_file_names_are_taken_from_where_they_are_written(tmp_path, monkeypatch):
    """In a TOML file: from its folder. In --set: from the current one. A column is no file."""
    mine, here = tmp_path / "mine", tmp_path / "here"
    toml = own_project(mine, "trees.idx", 'label = "kinds.idx"\ntest_file = "sub/../more.idx"\ntest_label = "/abs.idx"')
    here.mkdir()
    for folder in (mine, here):
        (folder / "kinds.idx").touch()
        (folder / "kind").touch()
    monkeypatch.chdir(here)
    spec = spec_of(toml, "device.law=linear")
    assert spec.data.train_file == str(mine / "trees.idx") and spec.data.label == str(mine / "kinds.idx")
    assert spec.data.test_file == str(mine / "more.idx") and spec.data.test_label == "/abs.idx"
    spec = spec_of(toml, "data.train_file=a.idx", "data.label=kinds.idx", "device.table=b.csv")
    assert spec.data.train_file == str(here / "a.idx") and spec.data.label == str(here / "kinds.idx")
    assert spec.device.table == str(here / "b.csv")
    assert spec_of(toml, "data.train_file=a.csv", "data.label=kind").data.label == "kind"
    assert spec_of(toml, "data.train_file=a.csv", "data.label=3").data.label == "3"
    (tmp_path / "law.py").write_text("from ohmgrad.devices.laws.linear import LAW\n", encoding="utf-8")
    assert spec_of(toml, "device.law=../law.py").device.law == str(tmp_path / "law.py")
    assert spec_of(toml, "device.law=../law.py:LAW").device.law == f"{tmp_path / 'law.py'}:LAW"
    text = toml.read_text(encoding="utf-8").replace(
        "[device.parameters]\nstep_set", '[device]\nlaw = "../law.py"\nparameters.step_set'
    )
    toml.write_text(text, encoding="utf-8")
    assert spec_of(toml).device.law == str(tmp_path / "law.py")


def test_one_number_stands_for_a_list(project):
    spec = spec_of(project / "my.toml", "learning.rate=0.01", "synapse.w_max=2")
    assert spec.learning.rate == [0.01] and spec.synapse.w_max == [2.0]
    assert spec.per_layer(spec.learning.rate) == [0.01, 0.01]


# resume and report --------------------------------------------------------------------------------------------------------


def test_report_writes_the_same_bytes_again(finished):
    folder = finished[0]
    before = contents(folder)
    assert "report.html" in before and any(name.startswith("figures") for name in before)
    for name in before:
        if name == "report.html" or name.startswith("figures"):
            (folder / name).write_text("gone", encoding="utf-8")
    done = command("report", folder)
    assert (done.returncode, done.stdout, done.stderr) == (0, f"{folder / 'report.html'}\n", "")
    assert contents(folder) == before


def test_a_finished_run_resumed_changes_nothing_and_prints_the_result_again(finished):
    folder, first = finished
    before = contents(folder)
    done = command("resume", folder)
    assert done.returncode == 0
    assert contents(folder) == before
    assert done.stdout.splitlines()[-9:] == first.stdout.splitlines()[-9:]


@pytest.fixture(scope="module")
def long(tmp_path_factory):
    """A run of some seconds: 8,000 rows, and its folder when nobody stops it."""
    toml = small_project(tmp_path_factory.mktemp("long"))
    write_csv(toml.parent / "small.csv", *samples(8000))
    return toml, trained(spec_of(toml, epochs=20), toml.parent / "whole", threads=2, chunk=499)


def wait_for_first_epoch(process):
    """Read lines up to that on epoch 1; before it there may be one on compiling."""
    assert any(line.startswith("epoch 1: ") for line in process.stdout)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_saves_and_says_how_to_go_on(long, tmp_path, number):
    toml, whole = long
    to = tmp_path / "my run"
    process = start_command("run", toml, "--epochs", 20, "--out", to)
    wait_for_first_epoch(process)
    process.send_signal(number)
    _, err = process.communicate(timeout=120)
    assert process.returncode == 130
    assert err == f"stopped; saved. Go on with: ohmgrad resume '{to}'\n"
    assert checkpoint(to)[1]["epoch"] < 20
    assert not (to / "report.html").exists()
    told = err.partition("Go on with: ohmgrad ")[2]
    done = subprocess.run(f"{OHMGRAD} {told.strip()} --quiet", shell=True, capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert differences(whole, to) == []


def test_ctrl_c_before_training_saves_too(project, finished, tmp_path):
    process = start_command("run", "my.toml", "--out", tmp_path / "run", cwd=project)
    while not (tmp_path / "run" / "spec.toml").exists() and process.poll() is None:
        select.select([], [], [], 0.001)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=120)
    assert process.returncode in (0, 130), err  # 0: it was done before the signal came
    assert "Traceback" not in err
    assert command("resume", tmp_path / "run", "--quiet").returncode == 0
    assert differences(finished[0], tmp_path / "run") == []


@pytest.mark.skipif(sys.platform == "win32", reason="needs a terminal")
def test_a_terminal_gets_a_bar(project, tmp_path):
    import pty

    main, side = pty.openpty()
    env = {**os.environ, "TERM": "xterm", "COLUMNS": "100"}
    process = subprocess.Popen([OHMGRAD, "run", "my.toml", "--out", tmp_path / "run"], cwd=project, stdout=side, env=env)
    os.close(side)
    seen = b""
    try:
        while block := os.read(main, 4096):
            seen += block
    except OSError:  # how a terminal ends on Linux
        pass
    os.close(main)
    assert process.wait(timeout=60) == 0
    assert b"\x1b[" in seen and b"100 %" in seen and b"test accuracy" in seen


def test_two_commands_in_one_folder(long, tmp_path):
    toml, _ = long
    to = tmp_path / "run"
    first = start_command("run", toml, "--epochs", 10_000, "--out", to)
    try:
        wait_for_first_epoch(first)
        second = command("resume", to)
        assert (second.returncode, second.stdout, second.stderr) == (2, "", f"error: {to} is in use by another process\n")
    finally:
        first.kill()
        first.communicate()


# burr2014 -----------------------------------------------------------------------------------------------------------------


def test_burr2014_has_its_164885_synapses(ohmgrad):
    answer = ohmgrad("run", "burr2014", "--dry-run")
    assert (
        answer.status == 0
        and "164,885" in answer.out
        and "[528,250,125,10]" in re.sub(r"\s", "", answer.out).replace(",]", "]")
    )


def test_burr2014_runs_in_short_and_ends_with_a_report(tmp_path):
    load_mnist(1, 0, 1)  # into the cache; without MNIST this test fails, and says what was tried
    done = command(
        "run", "burr2014", "--epochs", 1, "--replicas", 1, "--out", tmp_path / "run",
        "--set", "data.train=300", "--set", "data.test=200", "--set", "data.valid=100",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "published" in done.stdout and (tmp_path / "run" / "report.html").stat().st_size > 10_000
    summary = json.loads((tmp_path / "run" / "summary.json").read_text(encoding="utf-8"))
    assert summary["synapses"] == 164885 and summary["samples_per_epoch"] == 300
    assert summary["test_accuracy"] > 0.2  # one in ten by chance
    shutil.rmtree(tmp_path / "run")
