"""A law of the user's own: a short file, found by its path, trained in the compiled loop like a built-in one."""

from dataclasses import replace

import numpy as np
import pytest
from small import samples, setup

from ohmgrad.devices.catalogue import LAWS, find_law
from ohmgrad.devices.check import check_law
from ohmgrad.errors import LawError
from ohmgrad.kernels.specialise import cache_root
from ohmgrad.learning.activations import ACTIVATIONS
from ohmgrad.network.assemble import loops
from ohmgrad.network.drivers import train_fused
from ohmgrad.network.replica import Replica
from ohmgrad.programming.catalogue import find_scheme

MINE = """\
from ohmgrad import Param, step_law

def up(g, p, tab):
    return 1.0 * p.step_set

def down(g, p, tab):
    return p.step_reset

STEP = Param("conductance", 1e-7, 0.0, 1.0, "mean step")
LAW = step_law(
    name="mine", text="equal steps", source="me", up=up, down=down, params={"step_set": STEP, "step_reset": STEP}
)
"""


def write(path, text=MINE):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def pulse_in_the_loops(law):
    """The pulse function that the specialised loops call."""
    return loops(law, find_scheme("overlap"), ACTIVATIONS["tanh"]).law_pulse.py_func


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("OHMGRAD_CACHE", str(tmp_path / "cache"))


def trained(case):
    r = Replica(case, 0)
    x, y = samples(40)
    train_fused(r, x, y, r.order(0, 40), 0, 40, 0)
    return r


def test_a_law_of_fifteen_lines_trains_as_the_same_law_built_in():
    assert len(MINE.splitlines()) <= 15
    file = (
        cache_root() / "tests" / "mylaw.py"
    )  # the path is part of what is compiled: one that stays, so that it is compiled once
    if not file.is_file() or file.read_text(encoding="utf-8") != MINE:
        write(file)
    law = find_law(str(file))
    assert check_law(law) and law.name == "mine"
    changes = {"synapse__write": "two-way"}
    ours, built_in = trained(setup(str(file), **changes)), trained(setup("linear", **changes))
    assert built_in.counts.sum() > 1000
    np.testing.assert_array_equal(ours.cells.state, built_in.cells.state)
    np.testing.assert_array_equal(ours.counts, built_in.counts)
    np.testing.assert_array_equal(ours.sums, built_in.sums)


def test_a_law_that_shares_the_name_of_a_built_in_one_is_not_taken_for_it(tmp_path, cache):
    law = find_law(str(write(tmp_path / "namesake.py", MINE.replace('"mine"', '"linear"'))))
    assert law is not LAWS["linear"]
    assert pulse_in_the_loops(law) is law.pulse
    assert pulse_in_the_loops(LAWS["linear"]) is LAWS["linear"].pulse


def test_the_law_named_behind_the_colon_is_the_one_trained(tmp_path, cache):
    text = (
        "from dataclasses import replace\n"
        + MINE
        + "\ndef still(s, v, t, p, tab, key):\n    return s\n\nSTILL = replace(LAW, name='still', pulse=still)\n"
    )
    file = write(tmp_path / "two.py", text)
    law = find_law(f"{file}:STILL")
    assert pulse_in_the_loops(law) is law.pulse
    assert pulse_in_the_loops(find_law(str(file))) is find_law(str(file)).pulse


def test_an_edited_file_is_trained_as_edited(tmp_path, cache):
    file = tmp_path / "edited.py"
    first = find_law(str(write(file, MINE.replace("1.0 * p", "3.0 * p"))))
    assert pulse_in_the_loops(first) is first.pulse
    second = find_law(str(write(file, MINE.replace("1.0 * p", "2.0 * p"))))
    assert second.pulse is not first.pulse
    assert pulse_in_the_loops(second) is second.pulse


def test_a_copy_of_the_file_works_when_the_first_is_gone(tmp_path, cache):
    text = MINE.replace('"mine"', '"copied"')
    first = write(tmp_path / "a" / "law.py", text)
    find_law(str(first))
    second = write(tmp_path / "b" / "law.py", text)
    first.unlink()
    law = find_law(str(second))
    assert pulse_in_the_loops(law) is law.pulse


def test_a_law_derived_from_a_built_in_one_trains_with_its_own_functions(tmp_path, cache):
    text = (
        "from dataclasses import replace\nfrom ohmgrad.devices.laws.linear import LAW as base\n\n"
        "def mean_step(s, v, t, p, tab):\n    return 2.0 * base.mean_step(s, v, t, p, tab)\n\n"
        "LAW = replace(base, name='eager', mean_step=mean_step)\n"
    )
    law = find_law(str(write(tmp_path / "derived.py", text)))
    module = loops(law, find_scheme("overlap"), ACTIVATIONS["tanh"])
    assert module.law_pulse.py_func is LAWS["linear"].pulse and module.law_mean_step.py_func is law.mean_step


def test_a_law_that_no_file_holds_is_refused(cache):
    with pytest.raises(LawError, match="law 'nowhere' is neither built in nor found"):
        pulse_in_the_loops(replace(LAWS["linear"], name="nowhere"))


def test_a_parameter_that_the_law_lacks_cannot_vary():
    with pytest.raises(LawError, match="law 'linear' has no parameter 'stickiness'"):
        loops(LAWS["linear"], find_scheme("overlap"), ACTIVATIONS["tanh"], ["stickiness"])
