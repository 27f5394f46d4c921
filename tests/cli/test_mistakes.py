"""A mistake of the user's is one clear line on standard error and exit status 2, and nothing is lost or half written."""

import gzip
import os
import shutil
import struct
import subprocess

import numpy as np
import pytest
from smallruns import OHMGRAD, command, contents, samples, small_project

from ohmgrad.data import load_mnist
from ohmgrad.data.mnist_sources import FILES


@pytest.fixture
def refused(ohmgrad, project):
    """Call the command line with a mistake; returns the line it says, after the checks that hold for every mistake."""

    def call(*args):
        before = contents(project)
        answer = ohmgrad(*args)
        assert answer.status == 2, answer
        assert answer.out == ""
        assert answer.err.startswith("error: ") and answer.err.count("\n") == 1 and answer.err.endswith("\n"), answer.err
        assert contents(project) == before
        return answer.err

    return call


@pytest.mark.parametrize(
    "args, said",
    [
        (["burr2041"], "unknown experiment 'burr2041'; did you mean 'burr2014'?"),
        (["my"], "did you mean 'my.toml'?"),
        (["mi.toml"], "there is no file mi.toml; did you mean 'my.toml'?"),
        (["small.csv"], "a file of yours ends in .toml"),
        (["burr2014", "--variant", "pcmm"], "no variant 'pcmm'; did you mean 'pcm'?"),
        (["my.toml", "--variant", "pcm"], "no variant 'pcm'"),
        (
            ["my.toml", "--set", "synapse.refresh_evry=1"],
            "unknown setting 'synapse.refresh_evry'; did you mean 'refresh_every'?",
        ),
        (["my.toml", "--set", "sinapse.refresh_every=1"], "unknown setting 'sinapse'; did you mean 'synapse'?"),
        (["my.toml", "--set", "device.parameters.step_sett=1"], "did you mean 'step_set'?"),
        (["my.toml", "--set", "device.variation.gmax.sigma=0.1"], "did you mean 'g_max'?"),
        (["my.toml", "--set", "device.law=soft-bound"], "unknown device law 'soft-bound'; did you mean 'soft-bounds'?"),
        (["my.toml", "--set", "device.law=mine.py"], "there is no file"),
        (["my.toml", "--set", "programming.scheme=overlapp"], "unknown write scheme 'overlapp'; did you mean 'overlap'?"),
        (["my.toml", "--set", "network"], "write it as section.name=value"),
        (["my.toml", "--set", "=3"], "write it as section.name=value"),
        (["my.toml", "--set", "epochs.x=3"], "'epochs' is a value, not a section"),
        (["my.toml", "--set", "network=3"], "network"),
        (["my.toml", "--set", "epochs=many"], "epochs"),
        (["my.toml", "--epochs", "0"], "epochs: input should be greater than or equal to 1 (given: 0)"),
        (["my.toml", "--epochs", "many"], "--epochs"),
        (["my.toml", "--seed", "-1"], "seed"),
        (["my.toml", "--seed", "4294967296"], "seed"),
        (["my.toml", "--replicas", "0"], "replicas"),
        (["my.toml", "--threads", "-1"], "--threads"),
        (["my.toml", "--set", "learning.rate=0"], "learning.rate"),
        (["my.toml", "--set", "learning.rate=[0.1, 0.1, 0.1]"], "learning.rate has 3 values for 2 layers"),
        (["my.toml", "--set", "learning.rate=nan"], "not finite"),
        (["my.toml", "--set", "synapse.w_max=10 V"], "voltage"),
        (["my.toml", "--set", "network.layers=[20]"], "network.layers"),
        (["my.toml", "--set", "network.layers=[20, 0, 3]"], "network.layers"),
        (["my.toml", "--set", "device.parameters.g_max=10 V"], "is a voltage, but a conductance is wanted, such as '20 uS'"),
        (["my.toml", "--set", "device.parameters.g_max=nan"], "device.parameters.g_max"),
        (["my.toml", "--set", "device.parameters.g_max=2"], "is out of range"),
        (["my.toml", "--set", "device.parameters.g_min=30 uS"], "g_min (30 uS) must be below g_max (20 uS)"),
        (["my.toml", "--set", "device.parameters.v_th_set=5 V"], "v_th_set"),
        (["my.toml", "--set", "device.t_set=10 V"], "voltage"),
        (["my.toml", "--set", "array.v_read=-1"], "array.v_read"),
        (["my.toml", "--set", "data.source=fils"], "'mnist', 'files'"),
        (["my.toml", "--set", "data.train_file=smal.csv"], "did you mean 'small.csv'?"),
        (["my.toml", "--set", "data.train_file=."], "is a folder"),
        (["my.toml", "--set", "data.test_file=small.cvs"], "did you mean 'small.csv'?"),
        (["my.toml", "--set", "data.label=f99"], "no column 'f99'"),
        (["my.toml", "--set", "data.label=99"], "no column 99"),
        (["my.toml", "--set", "network.layers=[21, 8, 3]"], "starts with 21 inputs, but the data have 20"),
        (["my.toml", "--set", "network.layers=[20, 8, 2]"], "ends with 2 outputs, but the data have 3 classes"),
        (["my.toml", "--bogus"], "No such option: --bogus"),
        ([], "'ohmgrad run --help'"),
        (["my.toml", "--out", "my.toml"], "my.toml exists and is not a run folder"),
        (["my.toml", "--out", "my.toml/run"], "Not a directory"),
        (["my.toml", "--out", "."], "exists and is not a run folder"),
    ],
)
def test_run_refuses(refused, args, said):
    assert said in refused("run", *args)


@pytest.mark.parametrize(
    "settings, said",
    [
        (
            "programming.scheme=half-select learning.batch=1000",
            "learning.batch = 1000 is larger than the 86 training samples of an epoch; 0 takes all",
        ),
        (
            "programming.scheme=half-select array.access=transistor",
            "no cell is half-selected, but array.access = 'transistor'; set scheme = 'blind'",
        ),
        ("programming.scheme=third-select array.access=transistor", "set scheme = 'blind', or access = 'selector'"),
        (
            "programming.scheme=verify array.access=passive",
            "but array.access = 'passive'; set scheme = 'half-select', or access = 'transistor'",
        ),
        (
            "programming.scheme=verify array.access=transistor programming.parallel=word-line",
            "cannot write along a word-line: the currents of its cells merge in one source line, and none can be verified by itself; set parallel = "
            "'bit-line', or scheme = 'blind'",
        ),
        (
            "programming.scheme=exact",
            "takes every change without bounds, and cells of law 'soft-bounds' have them; set device.law = 'linear', device.parameters = {bounded = 0}",
        ),
        ("programming.scheme=half_select", "did you mean 'half-select'?"),
        ("programming.scheme=mi.py", "there is no file"),
        ("learning.rule=manhatan", "learning.rule: unknown rule 'manhatan'; did you mean 'manhattan'?"),
        ("learning.rule=mi.py:RULE", "there is no file"),
        (
            "learning.batch=4",
            "learning.sums = 'digital': scheme 'overlap' writes sample by sample; set sums = 'pulses', or scheme = 'half-select'",
        ),
        ("learning.batch=-1", "learning.batch"),
        ("learning.momentum=0.5", "learning.momentum = 0.5"),
        ("learning.step=[1,1,1]", "learning.step has 3 values for 2 layers"),
        ("programming.scheme=one-step", "one-way pairs have no RESET; set synapse.write = 'two-way'"),
        ("programming.slots=32", "programming.slots"),
        (
            "stop.when=accuracy data.valid_fraction=0",
            "stop.part = 'valid', but no images are held out; set stop.part = 'train'",
        ),
        ("stop.when=accurate", "stop.when"),
    ],
)
def test_run_refuses_ways_of_writing_and_learning_that_cannot_be(refused, settings, said):
    args = [word for setting in settings.split(" ") for word in ("--set", setting)]
    assert said in refused("run", "my.toml", *args)


def test_a_dry_run_refuses_what_the_run_would(refused):
    for setting in ("network.layers=[21, 8, 3]", "data.train_file=smal.csv", "device.parameters.g_max=10 V"):
        assert "error" in refused("run", "my.toml", "--dry-run", "--set", setting)


@pytest.mark.parametrize("command", ["resume", "report"])
def test_resume_and_report_refuse_what_is_no_run_folder(refused, command):
    assert "nowhere" in refused(command, "nowhere")
    assert "my.toml" in refused(command, "my.toml")
    assert "spec.toml" in refused(command, ".")
    assert f"'ohmgrad {command} --help'" in refused(command)


def test_an_unknown_command_is_refused_with_the_nearest(refused):
    assert "Did you mean 'resume'?" in refused("resum", "x")


@pytest.mark.parametrize(
    "text, said",
    [
        ("epochs = = 3", "is not valid TOML"),
        ("epochs = 3\nepochs = 4", "is not valid TOML"),
        ("[network]\nlayers = [20, 8, 3]\n", "is missing"),
        ("variants = 3\n", "variants"),
        ("[network\n", "line 1"),
        ("", "network is missing"),
        (
            "[data]\nsource = 'files'\n[network]\nlayers = [2, 2]\n[synapse]\nw_max = 1\n[learning]\nrate = 1\n",
            "data.train_file is missing",
        ),
    ],
)
def test_a_broken_toml_file_is_refused(refused, tmp_path, text, said):
    (tmp_path / "broken.toml").write_text(text, encoding="utf-8")
    assert said in refused("run", tmp_path / "broken.toml")


def test_a_toml_file_that_is_no_text_is_refused(refused, tmp_path):
    (tmp_path / "a.toml").write_bytes(b"\xff\xfe\0")
    (tmp_path / "b.toml").mkdir()
    for name in ("a.toml", "b.toml"):
        assert "cannot be read" in refused("run", tmp_path / name)


# Data files ---------------------------------------------------------------------------------------------------------------


def idx(array, type_=8):
    return bytes([0, 0, type_, array.ndim]) + struct.pack(f">{array.ndim}I", *array.shape) + array.astype(np.uint8).tobytes()


@pytest.fixture
def data(tmp_path):
    """The samples as small.csv, small.npz, and small.idx with labels.idx."""
    x, y = samples()
    shutil.copy(small_project(tmp_path / "p").parent / "small.csv", tmp_path)
    np.savez(tmp_path / "small.npz", x=x, y=y)
    (tmp_path / "small.idx").write_bytes(idx((255 * x).reshape(-1, 4, 5)))
    (tmp_path / "labels.idx").write_bytes(idx(y))
    return tmp_path


@pytest.mark.parametrize("name", ["small.csv", "small.npz", "small.idx"])
@pytest.mark.parametrize("keep", [0, 0.3, 0.97])
def test_a_truncated_data_file_is_refused(refused, data, name, keep):
    path = data / name
    path.write_bytes(path.read_bytes()[: int(keep * path.stat().st_size)])
    label = ["--set", f"data.label={data / 'labels.idx'}"] if name == "small.idx" else []
    out = data / "run"
    assert name in refused("run", "my.toml", "--set", f"data.train_file={path}", *label, "--out", out)
    assert not out.exists()


@pytest.mark.parametrize(
    "old, new, said", [("0.", "nan", "line 2"), ("0.", "x", "line 2"), ("0.", "inf", "line 2"), (",", "", "line 2")]
)
def test_a_csv_with_one_bad_cell_is_refused_with_its_place(refused, data, old, new, said):
    lines = (data / "small.csv").read_text(encoding="utf-8").splitlines()
    lines[1] = lines[1].replace(old, new, 1)
    (data / "small.csv").write_text("\n".join(lines), encoding="utf-8")
    assert said in refused("run", "my.toml", "--set", f"data.train_file={data / 'small.csv'}")


def test_an_npz_file_altered_inside_is_refused(refused, data):
    good = (data / "small.npz").read_bytes()
    middle = len(good) // 2
    (data / "small.npz").write_bytes(good[:middle] + bytes([good[middle] ^ 1]) + good[middle + 1 :])
    assert "small.npz" in refused("run", "my.toml", "--set", f"data.train_file={data / 'small.npz'}")


def test_an_npz_file_of_objects_is_refused(refused, data):
    np.savez(data / "small.npz", x=np.array([[print]], dtype=object), y=np.zeros(1))
    assert "small.npz" in refused("run", "my.toml", "--set", f"data.train_file={data / 'small.npz'}")


def test_images_without_labels_are_refused(refused, data):
    assert "labels" in refused("run", "my.toml", "--set", f"data.train_file={data / 'small.idx'}")


@pytest.mark.parametrize("fault", ["missing", "truncated", "altered", "empty", "gzip cut short"])
def test_a_bad_copy_of_mnist_is_refused(refused, tmp_path, monkeypatch, fault):
    """The files are of the right form but not MNIST, or not even that."""
    folder = tmp_path / "mnist"
    folder.mkdir()
    for name in FILES:
        images = "images" in name
        (folder / name).write_bytes(idx(np.zeros((10, 28, 28) if images else 10)))
    first = folder / next(iter(FILES))
    good = first.read_bytes()
    if fault == "missing":
        first.unlink()
    elif fault == "gzip cut short":
        first.write_bytes(gzip.compress(good)[:-10])
    else:
        first.write_bytes({"truncated": good[:500], "altered": good, "empty": b""}[fault])
    monkeypatch.setenv("OHMGRAD_DATA", str(folder))
    assert first.name in refused("run", "burr2014", "--out", tmp_path / "run")
    assert not (tmp_path / "run").exists()
    assert str(tmp_path / "nowhere") in _with_data(refused, monkeypatch, tmp_path / "nowhere")


def _with_data(refused, monkeypatch, folder):
    monkeypatch.setenv("OHMGRAD_DATA", str(folder))
    return refused("run", "burr2014")


def test_one_altered_byte_of_the_real_mnist_is_refused(refused, tmp_path, monkeypatch):
    from contextlib import ExitStack

    from ohmgrad.data import mnist_sources

    load_mnist(1, 0, 1)  # into the cache; without MNIST this test fails, and says what was tried
    with ExitStack() as stack:
        for name, path in mnist_sources.locate(stack, lambda _: None).items():
            shutil.copy(path, tmp_path / name)
    labels = tmp_path / "t10k-labels-idx1-ubyte"
    good = bytearray(labels.read_bytes())
    good[5000] ^= 1
    labels.write_bytes(good)
    assert labels.name in _with_data(refused, monkeypatch, tmp_path)


# Run folders --------------------------------------------------------------------------------------------------------------


@pytest.fixture
def run(finished, tmp_path):
    return shutil.copytree(finished[0], tmp_path / "run")


def test_a_damaged_checkpoint_is_refused(refused, run):
    path = run / "checkpoint.npz"
    path.write_bytes(path.read_bytes()[:-5000])
    assert "damaged checkpoint" in refused("resume", run)


def test_a_lost_checkpoint_is_refused(refused, run):
    (run / "checkpoint.npz").unlink()
    assert "there is no checkpoint" in refused("resume", run)


def test_a_specification_broken_by_hand_is_refused(refused, run):
    path = run / "spec.toml"
    path.write_text(path.read_text(encoding="utf-8").replace("[network]", "[network"), encoding="utf-8")
    assert "spec.toml" in refused("resume", run)
    assert "spec.toml" in refused("report", run)


def test_a_folder_with_another_run_is_refused_and_left_alone(refused, run):
    before = contents(run)
    assert "another specification; choose another folder with --out" in refused("run", "my.toml", "--seed", "9", "--out", run)
    assert contents(run) == before


@pytest.mark.parametrize("name", ["history.json", "summary.json", "snapshots.npz"])
def test_a_report_on_damaged_files_is_refused(refused, run, name):
    before = contents(run)
    (run / name).write_bytes((run / name).read_bytes()[:-40])
    assert name in refused("report", run)
    assert (run / "report.html").read_bytes() == before["report.html"]


# In a process of its own --------------------------------------------------------------------------------------------------


def test_a_mistake_shows_no_traceback_on_the_real_command_line(project):
    done = command("run", "my.toml", "--set", "device.parameters.g_max=10 V", cwd=project)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "error: device.parameters.g_max: '10 V' is a voltage, but a conductance is wanted, such as '20 uS'\n"


@pytest.mark.parametrize("args", [["list"], ["--help"], ["run", "my.toml", "--dry-run"], ["run", "my.toml", "--out"]])
def test_a_reader_that_goes_away_ends_the_command_in_silence(project, tmp_path, args):
    read, write = os.pipe()
    os.close(read)
    try:
        out = [tmp_path / "run"] if args[-1] == "--out" else []
        done = subprocess.run([OHMGRAD, *args, *out], stdout=write, stderr=subprocess.PIPE, cwd=project, timeout=120)
    finally:
        os.close(write)
    assert (done.returncode, done.stderr) == (1, b"")


def test_a_full_disk_is_one_line(project, tmp_path):
    import resource
    import signal

    def limit():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))

    out = tmp_path / "run"
    done = command("run", "my.toml", "--quiet", "--out", out, cwd=project, preexec_fn=limit)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"error: {out} cannot be written: File too large") and done.stderr.count("\n") == 1
    assert command("resume", out, "--quiet").returncode == 0


def test_output_that_is_closed_harms_nothing():
    done = subprocess.run(f"exec {OHMGRAD} list >&-", shell=True, stderr=subprocess.PIPE, text=True)
    assert (done.returncode, done.stderr) == (0, "")
