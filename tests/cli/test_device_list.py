"""``ohmgrad device list`` and ``show`` as a newcomer would use them."""

import pytest

from ohmgrad.devices.catalogue import LAWS
from ohmgrad.devices.devicefile import builtin_devices, load_device

CELL = """\
schema = 1
title = "My cell"
source = "my notebook"
assumed = ["everything"]
law = "soft-bounds"
t_set = "2 us"

[parameters]
g_min = "1 uS"
g_max = "21 uS"
step_set = "2 uS"
step_reset = "2 uS"
sigma = 0

[variation.step_set]
sigma = 0.25

[noise]
absolute = "0.5 uS"

[faults]
dead = 0.02
stuck = 0.01
stuck_at = "5 uS"

[retention]
kind = "stretched"
tau = "1 h"
beta = 0.5

[endurance]
cycles = 1e6

[current]
kind = "sinh"
v_0 = "0.4 V"
"""


@pytest.fixture
def here(tmp_path, monkeypatch, ohmgrad):
    """A folder with cell.toml."""
    (tmp_path / "cell.toml").write_text(CELL, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_list_has_every_law_and_device_with_its_source(ohmgrad):
    answer = ohmgrad("device", "list")
    assert answer.status == 0 and not answer.err
    assert max(map(len, answer.out.splitlines())) <= 100
    flat = " ".join(answer.out.split())
    for name, law in LAWS.items():
        assert f"\n  {name} " in answer.out and " ".join(law.source.split()) in flat
    for name in builtin_devices():
        device = load_device(name)
        assert f"\n  {name} " in answer.out and device.title in flat and device.source in flat


@pytest.mark.parametrize("name", [*LAWS, "gokmen2016", "li2018", "pcm-nandakumar2018"])
def test_show_has_equation_parameters_and_what_is_left_out(ohmgrad, name):
    answer = ohmgrad("device", "show", name)
    assert answer.status == 0 and not answer.err, answer.err
    flat = " ".join(answer.out.split())
    law = LAWS[name] if name in LAWS else LAWS[load_device(name).law]
    assert " ".join(law.equation.split()) in flat and law.leaves_out in flat
    for parameter, declared in law.declared.items():
        assert f"\n  {parameter} " in answer.out and declared.text in flat
    assert ("SET step" in answer.out) == (name not in ("table", "jump-table"))
    assert max(map(len, answer.out.splitlines())) <= 110


def test_show_of_a_file_tells_all_its_imperfections(ohmgrad, here):
    out = ohmgrad("device", "show", "cell.toml").out
    for said in (
        "cell.toml: My cell", "my notebook", "step_set: 25 % (normal)", "500 nS", "2 % dead, 1 % stuck at 5 uS",
        "stretched exponential, τ = 3600 s, β = 0.5", "1e+06 full cycles", "sinh, V₀ = 400 mV", "- everything", "SET 2 us, RESET 50 ns",
    ):  # fmt: skip
        assert said in out, said


def test_show_computes_steps_pulses_and_levels(ohmgrad, here):
    """Soft bounds of 2 µS in 20: steps 2, 1, 0; ln 0.05/ln 0.9 = 28.43 pulses; loss e^(−√(t/τ)) leaves one level after ten years."""
    rows = {line[:24].strip(): line[24:].split() for line in ohmgrad("device", "show", "cell.toml").out.splitlines()}
    assert rows["conductance"] == ["1", "uS", "11", "uS", "21", "uS"]
    assert rows["SET step"] == ["2", "uS", "1", "uS", "0", "S"]
    assert rows["RESET step"] == ["0", "S", "-1", "uS", "-2", "uS"]
    assert rows["pulses"][0] == "28.43"
    assert rows["after 10 years"][0] == "1"


@pytest.mark.parametrize(("suffix", "magic"), [(".png", b"\x89PNG"), (".svg", b"<?xml"), (".pdf", b"%PDF")])
def test_out_writes_a_figure_of_that_kind(ohmgrad, here, suffix, magic):
    answer = ohmgrad("device", "show", "cell.toml", "--out", f"sub/figure{suffix}")
    assert answer.status == 0 and f"sub/figure{suffix}" in answer.out
    assert (here / "sub" / f"figure{suffix}").read_bytes().startswith(magic)


def test_plot_writes_name_png_here(ohmgrad, here):
    assert ohmgrad("device", "show", "cell.toml", "--plot").status == 0
    assert (here / "cell.png").stat().st_size > 10_000


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["soft-bound"], "there is no law or device 'soft-bound'; did you mean 'soft-bounds'?"),
        (["gokmen2017"], "did you mean 'gokmen2016'?"),
        (["cell"], "did you mean 'cell.toml'?"),
        (["missing.toml"], "there is no device file missing.toml"),
        (["missing.py"], "there is no file missing.py"),
        (["linear", "--out", "figure.gif"], "--out figure.gif: a figure's name ends in .png, .svg or .pdf"),
        (["table", "--plot"], "law 'table' reads its steps from a table"),
    ],
)
def test_mistakes_are_one_line(ohmgrad, here, args, message):
    answer = ohmgrad("device", "show", *args)
    assert answer.status == 2 and not answer.out
    assert message in answer.err and answer.err.count("\n") == 1


def test_a_wrong_value_in_a_file_is_named(ohmgrad, here):
    (here / "cell.toml").write_text(CELL.replace('"2 uS"', '"2 V"', 1), encoding="utf-8")
    answer = ohmgrad("device", "show", "cell.toml")
    assert answer.status == 2 and "device.parameters.step_set" in answer.err


def test_the_transistor_of_a_cell_is_shown_with_its_compliance(ohmgrad, tmp_path):
    file = tmp_path / "mine.toml"
    file.write_text('schema = 1\nlaw = "linear"\n[transistor]\nword_set = "1.1 V"\ngain = "400 uS"\n', encoding="utf-8")
    done = ohmgrad("device", "show", file)
    assert done.status == 0
    said = " ".join(done.out.split())
    assert "transistor word line 1.1 V in SET (at most 72 uA), 5 V in RESET; threshold 500 mV" in said  # 400 µS/V · 0.6²/2 V²
