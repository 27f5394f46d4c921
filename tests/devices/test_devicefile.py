"""Device files: read, written and read again; taken into an experiment whole or with changes; mistakes named."""

import os

import numpy as np
import pytest
from small import tree

from ohmgrad.devices.devicefile import builtin_devices, device_text, load_device
from ohmgrad.devices.resolve import complete_device, resolve
from ohmgrad.devices.section import Device
from ohmgrad.errors import SpecError
from ohmgrad.experiments.build import complete
from ohmgrad.experiments.specfile import check, make_spec, to_toml

FULL = """\
schema = 1
title = "A cell of everything"
source = "nobody, doi:10.0/0"
where = "figure 0"
assumed = ["all of it"]
leaves_out = ["nothing"]
law = "soft-bounds"
t_set = "300 us"
t_reset = 2e-7
t_full = "1 ms"
without = ["asymmetry"]

[parameters]
g_min = "3.08 nS"
g_max = "38.5 nS"
step_set = "0.4 nS"
v_set = "3.2 V"
v_full = 4

[variation]
step_set = { sigma = 0.2 }
step_reset = { kind = "uniform", low = "10 nS", high = "90 nS" }
g_max = { sigma = 0.1, kind = "truncated", cut = 1.5 }

[[correlation]]
between = ["step_set", "g_max"]
rho = -0.25

[noise]
relative = 0.01
absolute = "1 nS"
telegraph = 0.1
telegraph_time = "5 us"

[faults]
dead = "2 %"
stuck = 0.01
stuck_at = "20 nS"

[retention]
kind = "activated"
barrier_low = 1.3
temperature = "358 K"
idle = "1 min"
test_after = ["1 h", 86400]

[endurance]
cycles = 1e7

[current]
kind = "cubic"
v_0 = "0.8 V"
"""


@pytest.fixture
def file(tmp_path):
    """file(text, name): its path as text."""

    def make(text=FULL, name="mine.toml", encoding="utf-8"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode(encoding))
        return str(path)

    return make


def test_a_file_says_what_it_says(file):
    d = load_device(file())
    assert (d.title, d.where, d.t_set, d.t_reset, d.t_full) == ("A cell of everything", "figure 0", 300e-6, 2e-7, 1e-3)
    assert (d.noise.absolute, d.noise.telegraph_time) == (1e-9, 5e-6)
    assert (d.faults.dead, d.faults.stuck_at) == (0.02, 20e-9)
    assert d.retention.test_after == [3600.0, 86400.0] and d.current.v_0 == 0.8
    r = resolve(complete_device(d))
    assert (r.params.g_max, r.params.v_set, r.params.v_full, r.params.asymmetric) == (38.5e-9, 3.2, 4.0, 0.0)
    assert (r.variation["step_reset"].low, r.variation["step_reset"].high) == (10e-9, 90e-9)
    assert r.correlated[0].rho == -0.25


def test_text_and_file_hold_the_same_device(file):
    d = load_device(file())
    assert load_device(file(device_text(d), "again.toml")) == d
    complete_ = complete_device(d)
    again = load_device(file(device_text(complete_), "complete.toml"))
    assert again == complete_ and complete_device(again) == complete_
    assert device_text(Device()) == "schema = 1\n"  # what stands at its default is left out


@pytest.mark.parametrize("name", builtin_devices())
def test_built_in_devices_survive_their_text(file, name):
    d = load_device(name)
    assert load_device(file(device_text(d))) == d
    assert complete_device(d).parameters["g_max"] > 0


def test_a_byte_order_mark_and_windows_line_ends_do_not_matter(file):
    assert load_device(file(FULL.replace("\n", "\r\n"), encoding="utf-8-sig")) == load_device(file(name="plain.toml"))


BAD = {
    "law = 'soft-bound'": "unknown device law 'soft-bound'; did you mean 'soft-bounds'",
    "lwa = 'soft-bounds'": "device '{file}': unknown setting 'lwa'; did you mean 'law'?",
    "[noise]\nrelativ = 0.1": "device '{file}': unknown setting 'noise.relativ'; did you mean 'relative'?",
    "[variation.step_set]\nsgima = 0.1": "device '{file}': unknown setting 'variation.step_set.sgima'; did you mean 'sigma'?",
    "[[correlation]]\nbetween = ['a', 'b']\nro = 0.1": "device '{file}': correlation.0.rho is missing; unknown setting 'correlation.0.ro'; did you mean 'rho'?",
    "[retention]\nbarier_low = 1": "device '{file}': unknown setting 'retention.barier_low'; did you mean 'barrier_low'?",
    "[faults]\nstuck_at = '5 V'": "device '{file}': faults.stuck_at: '5 V' is a voltage, but a conductance is wanted, such as '20 uS'",
    "[current]\nv_0 = '5 S'": "device '{file}': current.v_0: '5 S' is a conductance, but a voltage is wanted",
    "t_set = '5 MS'": "device '{file}': t_set: '5 MS' is a conductance, but a time is wanted; did you mean",
    "t_set = 0": "device '{file}': t_set: input should be greater than 0",
    "noise = 3": "device '{file}': noise: input should be a valid dictionary",
    "schema = 2": "device '{file}': schema: input should be 1 (given: 2)",
    "preset = 'burr2014'": "device '{file}': unknown setting 'preset'",
    "[parameters]\nstep_set = '1 V'": "device.parameters.step_set: '1 V' is a voltage, but a conductance is wanted",
    "[parameters]\nstep_st = '1 uS'": "device.parameters.step_st: law 'soft-bounds' has no such parameter; did you mean 'step_set'?",
    "law = ": "device file {file} is not valid TOML: ",
}  # fmt: skip


@pytest.mark.parametrize("text", BAD, ids=lambda t: t.replace("\n", " ").replace(" ", "")[:30])
def test_mistakes_are_named_in_one_line(file, text):
    path = file(text)
    with pytest.raises(SpecError) as e:
        complete_device(load_device(path))
    assert str(e.value).startswith(BAD[text].format(file=path)) and "\n" not in str(e.value)


def test_a_device_that_is_not_there_is_named(file, tmp_path, monkeypatch):
    file()
    with pytest.raises(SpecError, match=r"^there is no device file .*mien\.toml; did you mean 'mine\.toml'\?$"):
        load_device(str(tmp_path / "mien.toml"))
    with pytest.raises(SpecError, match=r"^there is no device file .*x\.toml$"):
        load_device(str(tmp_path / "nowhere" / "x.toml"))
    with pytest.raises(
        SpecError, match=r"^unknown device 'burr2041'; did you mean 'burr2014'\?; a file of yours ends in \.toml$"
    ):
        load_device("burr2041")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SpecError, match=r"^unknown device 'mine'; did you mean 'mine\.toml'\?$"):
        load_device("mine")
    with pytest.raises(SpecError, match=r"^device file .* cannot be read: "):
        load_device(file("title = 'ä'", "latin.toml", "latin-1"))
    os.mkdir(tmp_path / "folder.toml")
    with pytest.raises(SpecError, match=r"^device file folder\.toml cannot be read: "):
        load_device("folder.toml")


# files that a device names -----------------------------------------------------------------------------------------------

STEPS = [[0.0, 10e-6, 20e-6], [0.5e-6, 0.3e-6, 0.1e-6], [-0.1e-6, -0.3e-6, -0.5e-6]]


def test_a_table_may_stand_in_the_file(file):
    d = load_device(file(f'law = "table"\ntable = {STEPS}\n[parameters]\ng_min = "1 uS"\n'))
    np.testing.assert_array_equal(resolve(complete_device(d)).table, STEPS)
    assert load_device(file(device_text(d), "again.toml")) == d


def test_names_of_files_are_relative_to_the_device_file(file, tmp_path, monkeypatch):
    np.savetxt(tmp_path / "steps.csv", STEPS, delimiter=",", fmt="%.17g")
    inner = file('law = "table"\ntable = "../steps.csv"\n[faults]\nmap = "map.csv"\n', "cells/mine.toml")
    monkeypatch.chdir(tmp_path / "cells")
    for name in (inner, "mine.toml"):
        d = load_device(name)
        assert (d.table, d.faults.map) == (str(tmp_path / "steps.csv"), str(tmp_path / "cells" / "map.csv"))
        np.testing.assert_array_equal(resolve(complete_device(d)).table, STEPS)


def test_a_law_of_ones_own_is_relative_to_the_device_file(file, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for law in ("mylaw.py", "mylaw.py:CELL"):
        d = load_device(file(f'law = "{law}"\n', "cells/mine.toml"))
        assert d.law == str(tmp_path / "cells" / law)


# in an experiment --------------------------------------------------------------------------------------------------------


@pytest.fixture
def experiment(file):
    """experiment(text): an experiment file with this text as its device."""

    def make(device, name="my.toml"):
        return file(
            "[data]\nsource = 'files'\ntrain_file = 'x.csv'\n[network]\nlayers = [4, 3]\n[synapse]\nw_max = 1\n"
            f"[learning]\nrate = 0.1\n{device}",
            name,
        )

    return make


def test_an_experiment_may_take_a_device_and_change_it(experiment):
    spec = make_spec(
        experiment(
            "[device]\npreset = 'burr2014'\nt_set = '70 ns'\n[device.parameters]\nsigma = 0.1\n[device.noise]\nrelative = 0.02\n"
        )
    )
    base = load_device("burr2014")
    changed = base.model_copy(
        update={
            "t_set": 7e-8,
            "parameters": {**base.parameters, "sigma": 0.1},
            "noise": base.noise.model_copy(update={"relative": 0.02}),
        }
    )
    assert spec.device == changed
    assert "preset" not in to_toml(spec)  # a run keeps the values, not the name


def test_a_device_file_is_named_relative_to_the_experiment(file, experiment, tmp_path, monkeypatch):
    np.savetxt(tmp_path / "steps.csv", STEPS, delimiter=",", fmt="%.17g")
    file('law = "table"\ntable = "../steps.csv"\n', "cells/mine.toml")
    path = experiment("[device]\npreset = 'cells/mine.toml'\n")
    monkeypatch.chdir("/")
    assert make_spec(path).device.table == str(tmp_path / "steps.csv")
    path = experiment("[device]\npreset = 'cells/mien.toml'\n")
    with pytest.raises(SpecError, match=r"^there is no device file .*cells/mien\.toml; did you mean 'mine\.toml'\?$"):
        make_spec(path)


def test_a_device_given_beside_takes_the_place_of_the_experiments_own(file, experiment, tmp_path, monkeypatch):
    path = experiment("[device]\npreset = 'nobody'\n[device.noise]\nrelative = 0.02\n")
    mine = file()
    assert make_spec(path, device=mine).device == load_device(mine)
    assert make_spec(path, device="burr2014").device == load_device("burr2014")
    spec = make_spec(
        path, device=mine, settings=["device.parameters.sigma=0.5", "device.faults.dead=0.5", "device.without=faults"]
    )
    assert spec.device.parameters["sigma"] == 0.5 and spec.device.faults.stuck == 0.01 and spec.device.without == ["faults"]
    monkeypatch.chdir(tmp_path)
    assert make_spec(path, device="mine.toml").device == load_device(mine)  # named by hand: from where one stands
    with pytest.raises(SpecError, match=r"^unknown device 'nobody'"):
        make_spec(path)


def test_a_variant_may_change_the_device(experiment):
    text = "[device]\npreset = 'burr2014'\n[variants.noisy]\ntext = 'with noise'\n'device.noise.relative' = 0.1\n[variants.other]\n'device.preset' = 'yao2017'\n"
    assert make_spec(experiment(text), "noisy").device.noise.relative == 0.1
    assert make_spec(experiment(text), "other").device == load_device("yao2017")


def test_mistakes_in_an_experiments_device_are_named_with_their_section(experiment):
    for text, message in (
        (
            "[device]\npreset = 'burr2014'\n[device.noise]\nrelativ = 1\n",
            "unknown setting 'device.noise.relativ'; did you mean 'relative'?",
        ),
        ("[device]\npreset = 3\n", "unknown device '3'"),
        (
            "[device.variation.step_set]\nsgima = 1\n",
            "unknown setting 'device.variation.step_set.sgima'; did you mean 'sigma'?",
        ),
    ):
        with pytest.raises(SpecError) as e:
            make_spec(experiment(text))
        assert str(e.value).startswith(message)


def test_a_complete_experiment_is_its_own_fixed_point(file):
    spec = complete(check(tree("soft-bounds", driver="stepwise", device=load_device(file()).model_dump(by_alias=True))))
    assert complete(spec) == spec
