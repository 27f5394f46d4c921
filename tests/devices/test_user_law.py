"""A law of the user's own: a short file, found by its path, trained in the compiled loop like a built-in one."""

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from small import samples, setup

import ohmgrad.programming.overlap
from ohmgrad.devices import catalogue
from ohmgrad.devices.catalogue import LAWS, find_law
from ohmgrad.devices.check import check_law
from ohmgrad.errors import LawError, SpecError
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

RULE = """\
from ohmgrad.learning.rules import Rule

def same(v, p):
    return v

def down(v, p):
    return -p.rate * v

RULE = Rule("mine", "as delta", same, same, down, down)
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


def kept(name, text):
    """A file whose path stays: the path is part of what is compiled, which is compiled once."""
    file = cache_root() / "tests" / name
    if not file.is_file() or file.read_text(encoding="utf-8") != text:
        write(file, text)
    return str(file)


def test_a_law_of_fifteen_lines_a_scheme_and_a_rule_of_ones_own_train_as_those_built_in():
    """All three from files, compiled into one loop."""
    assert len(MINE.splitlines()) <= 15
    file = kept("mylaw.py", MINE)
    law = find_law(file)
    assert check_law(law, cuda=False) and law.name == "mine"
    scheme = kept("myscheme.py", Path(ohmgrad.programming.overlap.__file__).read_text(encoding="utf-8")) + ":Overlap"
    mine = {"programming__scheme": scheme, "learning__rule": kept("myrule.py", RULE)}
    changes = {"synapse__write": "two-way"}
    ours, built_in = trained(setup(file, **changes, **mine)), trained(setup("linear", **changes))
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


HELPED = MINE.replace("from ohmgrad", "from shapes import size\nfrom ohmgrad", 1).replace("1.0 * p", "size() * p")
SHAPES = "import inner\n\ndef size():\n    return inner.SIZE\n"


def helped(folder, size):
    """A law whose file imports one beside it, which imports another."""
    write(
        folder / "shapes.py",
        SHAPES.replace("def", "from numba import njit\n\n@njit\ndef").replace("inner.SIZE", "inner.SIZE + 0.0"),
    )
    write(folder / "inner.py", f"SIZE = {size}\n")
    return find_law(str(write(folder / "helped.py", HELPED)))


def step_of(law):
    p = law.defaults()
    return law.mean_step(law.start(p.g_min, p), p.v_set, 5e-8, p, np.zeros((3, 2))) / p.step_set


def test_a_law_may_import_files_beside_it_and_nothing_leaks(tmp_path, cache):
    before, path = set(sys.modules), list(sys.path)
    law = helped(tmp_path / "a", 3.0)
    assert step_of(law) == 3.0 and check_law(law, n=200, cuda=False)
    assert sys.path == path and not {"shapes", "inner"} & set(sys.modules)
    assert {m for m in set(sys.modules) - before if "ohmgrad_user" in m} and pulse_in_the_loops(law) is law.pulse


def test_two_folders_each_have_their_own_helper(tmp_path, cache):
    first, second = helped(tmp_path / "a", 3.0), helped(tmp_path / "b", 4.0)
    assert (step_of(first), step_of(second)) == (3.0, 4.0)


def test_an_edited_helper_is_trained_as_edited(tmp_path, cache):
    first = helped(tmp_path / "a", 3.0)
    again = helped(tmp_path / "a", 3.0)
    assert again is first
    second = helped(tmp_path / "a", 5.0)
    assert step_of(second) == 5.0 and second is not first
    one, two = (loops(law, find_scheme("overlap"), ACTIVATIONS["tanh"]) for law in (first, second))
    assert one.__name__ != two.__name__ and two.law_pulse.py_func is second.pulse


def test_a_helper_that_raises_is_reported_and_leaves_nothing(tmp_path):
    write(tmp_path / "shapes.py", "1 / 0\n")
    path = list(sys.path)
    with pytest.raises(LawError, match="does not load: ZeroDivisionError"):
        find_law(str(write(tmp_path / "helped.py", HELPED)))
    assert sys.path == path and "shapes" not in sys.modules


@pytest.fixture
def package(tmp_path, monkeypatch):
    """An installed package that offers laws."""
    folder = tmp_path / "site"
    write(folder / "mypackage" / "__init__.py", "")
    write(folder / "mypackage" / "cells.py", MINE.replace('"mine"', '"packaged"') + "LINEAR = LAW\nTEXT = 'no law'\n")
    write(folder / "mypackage-1.dist-info" / "METADATA", "Metadata-Version: 2.1\nName: mypackage\nVersion: 1\n")
    write(folder / "mypackage-1.dist-info" / "entry_points.txt", (
        "[ohmgrad.laws]\npackaged = mypackage.cells:LAW\nlinear = mypackage.cells:LINEAR\nbroken = mypackage.nowhere:LAW\ntext = mypackage.cells:TEXT\n"
    ))  # fmt: skip
    monkeypatch.syspath_prepend(str(folder))
    monkeypatch.setattr(catalogue, "_INSTALLED", {})
    yield folder
    for name in [m for m in sys.modules if m.partition(".")[0] == "mypackage"]:
        del sys.modules[name]


def test_an_installed_package_offers_a_law(package, cache):
    law = find_law("packaged")
    assert law.name == "packaged" and find_law("packaged") is law
    assert catalogue.installed_laws()["packaged"] == "mypackage"
    assert pulse_in_the_loops(law) is law.pulse and check_law(law, n=200, cuda=False)


def test_the_loops_of_a_packaged_law_follow_its_sources(package, cache):
    header = catalogue.again(find_law("packaged"))
    assert header.startswith("find_law('packaged')  # mypackage.cells:LAW ")
    source = package / "mypackage" / "cells.py"
    source.write_text(source.read_text(encoding="utf-8") + "# changed\n", encoding="utf-8")
    assert catalogue.again(find_law("packaged")) != header


def test_a_built_in_name_wins_and_a_broken_package_hurts_only_who_asks(package):
    assert find_law("linear") is LAWS["linear"]
    with pytest.raises(
        LawError,
        match=r"device law 'broken': mypackage\.nowhere:LAW of the package mypackage does not load: ModuleNotFoundError",
    ):
        find_law("broken")
    with pytest.raises(LawError, match=r"device law 'text': mypackage\.cells:TEXT of the package mypackage is no Law"):
        find_law("text")
    with pytest.raises(SpecError, match="did you mean 'packaged'"):
        find_law("packagd")


PAGE = Path(__file__).parents[2] / "docs" / "laws.md"


@pytest.mark.parametrize("name", ["mylaw.py", "relaxing.py"])
def test_the_laws_of_the_page_pass_the_check(tmp_path, name):
    code = PAGE.read_text(encoding="utf-8").partition(f"`{name}`:\n\n```python\n")[2].partition("```")[0]
    law = find_law(str(write(tmp_path / name, code)))
    assert len(check_law(law, cuda=False)) == 12
    if name == "mylaw.py":
        assert len([line for line in code.splitlines() if line.strip()]) <= 15
