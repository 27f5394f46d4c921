"""Run folders: what is accepted, what is refused in one line, and that nothing is lost or half written."""

import io
import json
import os
import re
import shutil
import subprocess
import sys
import zipfile

import numpy as np
import pytest
from smallruns import checkpoint, contents, differences, small_project, spec_of, trained, write_csv

from ohmgrad.errors import CheckpointError, DataError, OhmgradError, RunError, SpecError
from ohmgrad.experiments import folder as files
from ohmgrad.experiments.run import resume, start
from ohmgrad.experiments.specfile import spec_hash
from ohmgrad.network.checkpoint import load


@pytest.fixture
def run(whole, tmp_path):
    """A copy of a finished run folder, to be damaged."""
    return shutil.copytree(whole, tmp_path / "run")


def refused(action, error, *said):
    """The one line that `action` is refused with; it says all of `said`."""
    with pytest.raises(error) as e:
        action()
    text = str(e.value)
    assert "\n" not in text
    for part in said:
        assert str(part) in text, text
    return text


def rezipped(path, change):
    """Write the archive `path` again, its members (name: bytes) passed through `change`."""
    with zipfile.ZipFile(path) as z:
        members = {name: z.read(name) for name in z.namelist()}
    change(members)
    with zipfile.ZipFile(path, "w") as z:
        for name, data in members.items():
            z.writestr(name, data)


def npy(array):
    """Bytes of an .npy file."""
    f = io.BytesIO()
    np.save(f, array, allow_pickle=True)
    return f.getvalue()


# The checkpoint ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [0, 1, 100, 30_000, -200, -1])
def test_a_truncated_checkpoint_is_refused(run, size):
    path = run / "checkpoint.npz"
    path.write_bytes(path.read_bytes()[:size])
    before = contents(run)
    refused(lambda: resume(run), CheckpointError, path, "damaged")
    assert contents(run) == before


def test_no_flipped_byte_is_taken_for_a_good_checkpoint(run, toml):
    """Bytes all over the file, and all of the zip structures at its end: refused, or of no consequence for what is read."""
    path, digest = run / "checkpoint.npz", spec_hash(spec_of(toml))
    good, (arrays, meta) = path.read_bytes(), load(path, spec_hash(spec_of(toml)))
    with zipfile.ZipFile(path) as z:
        at = [m.header_offset + k for m in z.infolist() for k in range(0, 200, 7)]
        meta_at = z.getinfo("meta.npy").header_offset
    at += [*range(meta_at, meta_at + 3000, 99), *range(0, len(good), len(good) // 80), *range(len(good) - 1200, len(good), 5)]
    refusals = 0
    for k in sorted({k for k in at if k < len(good)}):
        path.write_bytes(good[:k] + bytes([good[k] ^ 0x21]) + good[k + 1 :])
        try:
            found, found_meta = load(path, digest)
        except CheckpointError as e:
            assert "\n" not in str(e)
            refusals += 1
        else:
            assert found_meta == meta and set(found) == set(arrays)
            assert all(found[name].tobytes() == a.tobytes() for name, a in arrays.items())
    assert refusals > 250


@pytest.mark.parametrize("name", ["state.npy", "counts.npy", "before.npy", "meta.npy", "picture_diamond_0_0.npy"])
def test_a_checkpoint_without_one_member_is_refused(run, name):
    rezipped(run / "checkpoint.npz", lambda members: members.pop(name))
    refused(lambda: resume(run), CheckpointError, run / "checkpoint.npz", "damaged")


@pytest.mark.parametrize(
    "name, array",
    [
        ("state.npy", np.array([{"a": 1}], dtype=object)),
        ("meta.npy", np.array(["text"], dtype=object)),
        ("extra.npy", np.array([print], dtype=object)),
        ("extra.npy", np.zeros(3)),
        ("state.npy", np.zeros((2, 1, 195, 2))),
        ("state.npy", np.zeros((2, 1, 195, 2), np.float32)),
        ("meta.npy", np.frombuffer(b"{}", np.uint8)),
        ("meta.npy", np.frombuffer(b"[1, 2", np.uint8)),
    ],
)
def test_a_checkpoint_with_a_foreign_array_is_refused_and_never_unpickled(run, name, array):
    rezipped(run / "checkpoint.npz", lambda members: members.__setitem__(name, npy(array)))
    refused(lambda: resume(run), CheckpointError, run / "checkpoint.npz", "damaged")


def test_another_file_in_place_of_the_checkpoint_is_refused(run):
    (run / "checkpoint.npz").write_text("not an archive", encoding="utf-8")
    refused(lambda: resume(run), CheckpointError, "damaged")
    (run / "checkpoint.npz").write_bytes(npy(np.zeros(4)))
    refused(lambda: resume(run), CheckpointError, "damaged")
    (run / "checkpoint.npz").unlink()
    (run / "checkpoint.npz").mkdir()
    refused(lambda: resume(run), CheckpointError, "checkpoint.npz")


def test_a_checkpoint_of_another_specification_is_refused(run, toml, tmp_path):
    other = trained(spec_of(toml, seed=9, epochs=1), tmp_path / "other")
    shutil.copy(other / "checkpoint.npz", run)
    refused(lambda: resume(run), CheckpointError, "another specification")


def test_a_checkpoint_of_another_format_is_refused(run):
    def change(members):
        meta = json.loads(np.load(io.BytesIO(members["meta.npy"])).tobytes())
        members["meta.npy"] = npy(np.frombuffer(json.dumps({**meta, "format": 99}).encode(), np.uint8))

    rezipped(run / "checkpoint.npz", change)
    refused(lambda: resume(run), CheckpointError, "format 99")


def test_a_begun_run_without_its_checkpoint_is_not_begun_again_in_silence(run):
    (run / "checkpoint.npz").unlink()
    before = contents(run)
    refused(lambda: resume(run), CheckpointError, "there is no checkpoint")
    assert contents(run) == before


def test_a_run_killed_before_its_first_checkpoint_begins_anew(toml, whole, tmp_path):
    files.open_run(tmp_path / "run", spec_of(toml))
    resume(tmp_path / "run").train()
    assert differences(whole, tmp_path / "run") == []


# Specification and data ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "old, new, said",
    [
        ("seed = 5", "seed = ", "Invalid"),
        ("seed = 5", "seed = 'five'", "seed"),
        ("seed = 5", "seeed = 5", "did you mean 'seed'?"),
        ("seed = 5\n", "", "another specification"),
        ("seed = 5", "seed = 6", "another specification"),
        ("g_max = 2e-05", 'g_max = "10 V"', "voltage"),
        ("g_max = 2e-05", "g_max = nan", "g_max"),
        ("g_max = 2e-05", "g_mux = 2e-05", "did you mean 'g_max'?"),
        ("sigma = 0.3", "sigma = -1.0", "out of range"),
        ('law = "soft-bounds"', 'law = "soft-bonds"', "soft-bounds"),
        ("[network]", "[netwerk]", "netwerk"),
        ("schema = 1\nexperiment", "schema = 2\nexperiment", "schema"),
    ],
)
def test_a_specification_broken_by_hand_is_refused(run, old, new, said):
    path = run / "spec.toml"
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1
    path.write_text(text.replace(old, new), encoding="utf-8")
    before = contents(run)
    refused(lambda: resume(run).train(), RunError, run, said)
    assert contents(run) == before


def test_units_written_into_the_specification_by_hand_are_the_same_values(run, whole):
    path = run / "spec.toml"
    path.write_text(path.read_text(encoding="utf-8").replace("g_max = 2e-05", 'g_max = "20 uS"'), encoding="utf-8")
    assert resume(run).train() is not None
    assert differences(whole, run) == []


@pytest.mark.parametrize("content", [b"", b"\xff\xfe\x00"])
def test_a_specification_that_is_no_toml_is_refused(run, content):
    (run / "spec.toml").write_bytes(content)
    refused(lambda: resume(run), RunError, run / "spec.toml")


def test_a_folder_without_specification_is_no_run_folder(tmp_path):
    refused(lambda: resume(tmp_path), RunError, "is not a run folder")
    refused(lambda: resume(tmp_path / "nowhere"), RunError, "there is no run folder")
    (tmp_path / "file").touch()
    refused(lambda: resume(tmp_path / "file"), RunError, "there is no run folder")


def test_data_altered_since_are_refused_at_resuming(toml, tmp_path):
    mine = small_project(tmp_path / "mine")
    run = trained(spec_of(mine, epochs=1), tmp_path / "run")
    data = mine.parent / "small.csv"
    good = data.read_text(encoding="utf-8")
    data.write_text(good.replace(",1\n", ",2\n", 1), encoding="utf-8")
    refused(lambda: resume(run), CheckpointError, "another data", "restore the files")
    data.unlink()
    refused(lambda: resume(run), DataError, "small.csv", "does not exist")
    data.write_text(good, encoding="utf-8")
    assert resume(run).train() is not None


LAW = """\
from dataclasses import replace
from ohmgrad.devices.laws import linear

LAW = replace(linear.LAW, name="mine")
"""


def test_a_law_of_ones_own_altered_since_is_refused_at_resuming(toml, tmp_path):
    law = tmp_path / "mine.py"
    law.write_text(LAW, encoding="utf-8")
    start(spec_of(toml, f"device.law={law}"), tmp_path / "run").save()
    assert resume(tmp_path / "run").epoch == 0
    law.write_text(LAW + "# altered\n", encoding="utf-8")
    refused(lambda: resume(tmp_path / "run"), CheckpointError, "another law")


def test_a_table_altered_since_is_refused_at_resuming(toml, tmp_path):
    table = tmp_path / "steps.csv"
    table.write_text("1e-7, 1e-5, 1.99e-5\n1e-6, 1e-6, 0\n0, -1e-6, -1e-6\n", encoding="utf-8")
    start(spec_of(toml, "device.law=table", "device.parameters={}", f"device.table={table}"), tmp_path / "run").save()
    assert resume(tmp_path / "run").epoch == 0
    table.write_text("1e-7, 1e-5, 1.99e-5\n2e-6, 1e-6, 0\n0, -1e-6, -1e-6\n", encoding="utf-8")
    refused(lambda: resume(tmp_path / "run"), CheckpointError, "another table")
    table.write_text("1e-7, 1e-5\n", encoding="utf-8")
    refused(lambda: resume(tmp_path / "run"), DataError, "steps.csv", "three rows")


# The folder itself --------------------------------------------------------------------------------------------------------


def test_a_finished_run_resumed_changes_nothing(run):
    before = contents(run)
    assert resume(run, threads=2).train() is not None
    assert contents(run) == before


def test_the_same_specification_is_taken_up_where_it_stopped(run, toml):
    before = contents(run)
    assert start(spec_of(toml), run).train() is not None
    assert contents(run) == before


def test_a_folder_with_another_run_is_left_alone(run, toml):
    before = contents(run)
    refused(lambda: start(spec_of(toml, seed=6), run), RunError, "another specification", "--out")
    assert contents(run) == before


def test_a_folder_with_something_else_is_left_alone(toml, tmp_path):
    (tmp_path / "thesis.tex").write_text("years of work", encoding="utf-8")
    refused(lambda: start(spec_of(toml), tmp_path), RunError, "is not a run folder", "--out")
    assert contents(tmp_path) == {"thesis.tex": b"years of work"}


def test_a_file_is_no_folder_for_a_run(toml, tmp_path):
    (tmp_path / "file").write_text("mine", encoding="utf-8")
    refused(lambda: start(spec_of(toml), tmp_path / "file"), RunError, "is not a run folder")
    refused(lambda: start(spec_of(toml), tmp_path / "file" / "run"), RunError, "Not a directory")
    assert contents(tmp_path) == {"file": b"mine"}


@pytest.mark.skipif(not os.path.isdir("/proc/self"), reason="needs /proc")
def test_a_place_that_takes_no_folder_is_refused(toml):
    refused(lambda: start(spec_of(toml), files.Path("/proc/run")), RunError, "cannot be written")


def test_an_empty_folder_and_what_a_killed_start_leaves_are_taken(toml, tmp_path):
    (tmp_path / ".lock").touch()
    (tmp_path / ".spec.toml.abcd.tmp").write_text("seed", encoding="utf-8")
    start(spec_of(toml, epochs=1), tmp_path).train()
    assert not list(tmp_path.glob(".*.tmp"))


@pytest.mark.parametrize(
    "setting, error",
    [
        ("network.layers=[21, 8, 3]", SpecError),
        ("network.layers=[20, 8, 2]", SpecError),
        ("data.train_file=nowhere.csv", DataError),
        ("data.test_fraction=1.0", SpecError),
        ("data.label=nothing", DataError),
    ],
)
def test_a_mistake_in_data_or_layers_leaves_no_folder_behind(toml, tmp_path, setting, error):
    refused(lambda: start(spec_of(toml, setting), tmp_path / "run"), error)
    assert not (tmp_path / "run").exists()


def test_a_second_process_in_the_folder_is_turned_away(toml, whole, tmp_path):
    run = start(spec_of(toml), tmp_path / "run")
    told = []

    def stop():
        if not told:
            code = "import sys, ohmgrad; ohmgrad.resume(sys.argv[1]).train()"
            told.append(subprocess.run([sys.executable, "-c", code, str(tmp_path / "run")], capture_output=True, text=True))
        return False

    run.stop = stop
    assert run.train() is not None
    assert told[0].returncode == 1
    assert f"RunError: {tmp_path / 'run'} is in use by another process" in told[0].stderr
    assert differences(whole, tmp_path / "run") == []


# A disk that takes no more ------------------------------------------------------------------------------------------------

LIMITED = """\
import resource, signal, sys, ohmgrad
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
run = ohmgrad.resume(sys.argv[1])
run.pause = 0.0
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]),) * 2)
run.train()
"""


@pytest.mark.skipif(sys.platform != "linux", reason="needs a limit on the size of files")
@pytest.mark.parametrize("share", [0.0, 0.02, 0.3, 0.6, 0.9])
def test_a_full_disk_stops_the_run_and_loses_nothing(toml, whole, tmp_path, share):
    """The files grow with every snapshot: the limit strikes at the start, at the middle or at the end."""
    run = tmp_path / "run"
    files.open_run(run, spec_of(toml))
    limit = int(share * (whole / "checkpoint.npz").stat().st_size)
    done = subprocess.run([sys.executable, "-c", LIMITED, str(run), str(limit)], capture_output=True, text=True, timeout=120)
    last = done.stderr.strip().splitlines()[-1]
    assert re.match(r"ohmgrad\.errors\.RunError: .*run cannot be written: .*what was saved before is whole", last), done.stderr
    assert "Exception ignored" not in done.stderr
    assert not list(run.glob(".*.tmp"))
    if share > 0.3:
        assert checkpoint(run)[1]["epoch"] >= 1
    assert resume(run).train() is not None
    assert differences(whole, run) == []


def test_a_full_file_system_stops_the_run_and_loses_nothing(toml, whole, tmp_path):
    place = tmp_path / "small disk"
    place.mkdir()
    mount = shutil.which("mount")
    if not mount or subprocess.run([mount, "-t", "tmpfs", "-o", "size=300k", "tmpfs", place], capture_output=True).returncode:
        pytest.skip("no file system can be mounted here")
    try:
        (place / "ballast").write_bytes(bytes(60_000))
        text = refused(lambda: start(spec_of(toml), place / "run").train(), RunError, "No space left on device")
        assert "free the disk" in text
        assert not list((place / "run").glob(".*.tmp"))
        saved = shutil.copytree(place / "run", tmp_path / "run")
    finally:
        subprocess.run(["umount", place], check=True)
    assert resume(saved).train() is not None
    assert differences(whole, saved) == []


# Every error is one the command line prints in one line.


def test_every_refusal_is_an_ohmgrad_error():
    assert all(issubclass(e, OhmgradError) for e in (CheckpointError, DataError, RunError, SpecError))


def test_a_long_csv_cut_short_is_refused(toml, tmp_path):
    mine = small_project(tmp_path / "mine")
    data = mine.parent / "small.csv"
    write_csv(data, np.full((40, 20), 0.5), [0, 1] * 20)
    data.write_text(data.read_text(encoding="utf-8")[:-60], encoding="utf-8")
    refused(lambda: start(spec_of(mine), tmp_path / "run"), DataError, "small.csv, line 41")
    assert not (tmp_path / "run").exists()
