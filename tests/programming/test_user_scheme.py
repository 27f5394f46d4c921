"""A write scheme and a learning rule from files of the user's: they train a network, to the bit as what they repeat, and mistakes are one line."""

import ast
import os
import re
import subprocess
import sys
import tempfile
import textwrap
from pathlib import Path

import numpy as np
import pytest
from small import samples, setup
from smallruns import small_project, spec_of

import ohmgrad.programming.overlap
import ohmgrad.programming.scheme
from ohmgrad.errors import CheckpointError, SpecError
from ohmgrad.experiments.run import start
from ohmgrad.learning.catalogue import find_rule
from ohmgrad.learning.rules import RULES, RuleNumbers
from ohmgrad.network.drivers import train_fused, train_stepwise
from ohmgrad.network.replica import Replica
from ohmgrad.programming.catalogue import find_scheme
from ohmgrad.programming.change import Rank1
from ohmgrad.programming.scheme import Pair, Scheme

HEADER = """\
import numpy as np
from ohmgrad.programming.change import Rank1
from ohmgrad.programming.scheme import Scheme, in_slots
from ohmgrad.programming.settings import Coding

"""
DELTA = """\
from ohmgrad.learning.rules import Rule

def same(v, p):
    return v

def down(v, p):
    return -p.rate * v

RULE = Rule("mine", "as delta", same, same, down, down)
OTHER = 3
"""


def template():
    """The example of the module's docstring, as it stands there."""
    text = ast.get_docstring(ast.parse(Path(ohmgrad.programming.scheme.__file__).read_text(encoding="utf-8")), clean=False)
    return HEADER + textwrap.dedent(text[text.index("    def row_level") :])


@pytest.fixture
def write(tmp_path):
    """Put a file into the test's folder; returns its name."""

    def put(name, text):
        (tmp_path / name).write_text(text, encoding="utf-8")
        return str(tmp_path / name)

    return put


def test_the_template_of_the_docstring_is_a_scheme_as_it_stands(write):
    scheme = find_scheme(write("mine.py", template()))
    assert isinstance(scheme, Scheme) and scheme.name == "sign-only"
    pair = Pair(True, 2, (0.1, 0.1), 2.0, 2.0, 1e-8, 1e-8)
    pulses = np.zeros((3, 2, 2), int)
    for step in scheme.program(Rank1(np.array([1.0, -0.5, 0.3]), np.array([0.2, -0.06])), pair):
        pulses += step.row[:, None, None] - step.column.T[None] == 2.0
    # x ≥ ½ and u ≥ ½ pulse, by the signs of x·u: G+ or G−
    assert pulses.tolist() == [[[1, 0], [0, 1]], [[0, 1], [1, 0]], [[0, 0], [0, 0]]]


def test_a_rule_of_the_users_own_is_found_by_file_and_by_name(write):
    name = write("rule.py", DELTA)
    numbers = RuleNumbers(0.3, 0.1, 0.0)
    for rule in (find_rule(name), find_rule(f"{name}:RULE")):
        for f in ("send", "row", "column", "change"):
            assert getattr(rule, f)(0.7, numbers) == getattr(RULES["delta"], f)(0.7, numbers)


def trained(driver, **changes):
    s = setup("linear", synapse__write="two-way", **changes)
    r, (x, y) = Replica(s, 0), samples(30)
    driver(r, x, y, r.order(0, 30), 0, 30, 0)
    return r


def test_a_scheme_and_a_rule_of_the_users_own_train_to_the_bit_as_the_built_in():
    """Copies of the files of `overlap` and `delta` against the originals, both drivers, in a program of its own (this file) that compiles nothing."""
    environment = {**os.environ, "NUMBA_DISABLE_JIT": "1", "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)}
    done = subprocess.run([sys.executable, __file__], env=environment, capture_output=True, text=True, timeout=300)
    assert (done.returncode, done.stdout) == (0, "2 drivers\n"), done.stderr


def drivers_train_copies(folder):
    files = {"mine.py": Path(ohmgrad.programming.overlap.__file__).read_text(encoding="utf-8"), "rule.py": DELTA}
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    mine = {"programming__scheme": f"{folder / 'mine.py'}:Overlap", "learning__rule": str(folder / "rule.py")}
    theirs = trained(train_fused)
    assert theirs.counts.sum() > 0
    drivers = (train_fused, train_stepwise)
    for driver in drivers:
        r = trained(driver, **mine)
        np.testing.assert_array_equal(r.cells.state, theirs.cells.state)
        np.testing.assert_array_equal(r.counts, theirs.counts)
        np.testing.assert_array_equal(r.totals, theirs.totals)
    return len(drivers)


SCHEME_MISTAKES = {
    "": "there is no file",
    "x = (": "does not load: SyntaxError",
    "import nowhere": "does not load: ModuleNotFoundError: No module named 'nowhere'",
    "raise ValueError('two\\nlines')": "does not load: ValueError: two lines",
    "x = 1": "defines no Scheme called SCHEME",
    "SCHEME = 3": "defines no Scheme called SCHEME",
    "class SCHEME: pass": "defines no Scheme called SCHEME",
    HEADER + "class SCHEME(Scheme):\n    name, text, accepts = 'a', 'b', (Rank1,)": "SCHEME of {file} lacks coding, program",
    HEADER
    + "class SCHEME(Scheme):\n    name, text, accepts = 'a', 'b', (Rank1,)\n    coding = program = None": "lacks row_level, column_level",
    HEADER + "class SCHEME(Scheme):\n    coding = program = None": "lacks name, accepts",
}


@pytest.mark.parametrize("text", SCHEME_MISTAKES)
def test_mistakes_in_a_scheme_file_are_one_line(write, tmp_path, text):
    name = write("mine.py", text) if text else str(tmp_path / "mine.py")
    with pytest.raises(SpecError) as e:
        find_scheme(name)
    assert "\n" not in str(e.value) and str(e.value).startswith(f"programming.scheme '{name}'")
    assert SCHEME_MISTAKES[text].format(file=name) in str(e.value)


@pytest.mark.parametrize(
    "text, attribute, said",
    [
        ("", "", "there is no file"),
        ("x = (", "", "does not load: SyntaxError"),
        ("x = 1", "", "defines no Rule called RULE"),
        (DELTA, ":OTHER", "defines no Rule called OTHER"),
        (DELTA, ":OTER", "defines no Rule called OTER"),
    ],
)
def test_mistakes_in_a_rule_file_are_one_line(write, tmp_path, text, attribute, said):
    name = (write("rule.py", text) if text else str(tmp_path / "rule.py")) + attribute
    with pytest.raises(SpecError) as e:
        find_rule(name)
    assert "\n" not in str(e.value) and str(e.value).startswith(f"learning.rule '{name}'") and said in str(e.value)


def test_unknown_names_are_answered_with_the_nearest():
    with pytest.raises(SpecError, match=r"unknown write scheme 'overlp'; did you mean 'overlap'\?.* or a file of yours"):
        find_scheme("overlp")
    with pytest.raises(
        SpecError, match=r"learning.rule: unknown rule 'manhatan'; did you mean 'manhattan'\?.* or a file of yours"
    ):
        find_rule("manhatan")


def test_files_beside_a_specification_are_found_from_anywhere(tmp_path, monkeypatch):
    toml = small_project(tmp_path / "project")
    (toml.parent / "mine.py").write_text(template(), encoding="utf-8")
    (toml.parent / "rule.py").write_text(DELTA, encoding="utf-8")
    text = re.sub(
        r"\[learning\]",
        '[programming]\nscheme = "mine.py:SCHEME"\n\n[learning]\nrule = "rule.py"',
        toml.read_text(encoding="utf-8"),
    )
    toml.write_text(text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    spec = spec_of(toml)
    assert spec.programming.scheme == f"{toml.parent / 'mine.py'}:SCHEME" and spec.learning.rule == str(toml.parent / "rule.py")


def test_a_run_is_not_resumed_with_another_scheme_or_rule(tmp_path):
    toml = small_project(tmp_path / "project")
    mine, rule = toml.parent / "mine.py", toml.parent / "rule.py"
    mine.write_text(template(), encoding="utf-8")
    rule.write_text(DELTA, encoding="utf-8")
    settings = (f"programming.scheme={mine}", f"learning.rule={rule}", "software=false")
    run = start(spec_of(toml, *settings, replicas=1), tmp_path / "run")
    run.save()
    run.restore()
    for what, path in (("scheme", mine), ("rule", rule)):
        before = path.read_text(encoding="utf-8")
        path.write_text(before + "# changed\n", encoding="utf-8")
        with pytest.raises(CheckpointError, match=f"trained with another {what} than is found now"):
            run.restore()
        path.write_text(before, encoding="utf-8")
    run.restore()


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as scratch:
        print(drivers_train_copies(Path(scratch)), "drivers")
