"""Every built-in law under the CUDA simulator, to the bit, and through NVVM to PTX; and what is said where one of them fails."""

from dataclasses import replace

import numpy as np
import pytest

from ohmgrad.devices.catalogue import LAWS, find_law
from ohmgrad.devices.check import check_law, check_laws, same_bits
from ohmgrad.devices.laws.jump_table import jump_table
from ohmgrad.errors import LawError

GRID = np.linspace(0.1e-6, 20e-6, 5)
UP = np.array([0.4e-6, 0.3e-6, 0.2e-6, 0.1e-6, 0.02e-6])
TABLES = {
    "table": np.array([GRID, UP, -UP[::-1]]),
    "jump-table": jump_table([[GRID, GRID]], [[[0.5 * UP, UP, 1.5 * UP], [-1.5 * UP[::-1], -UP[::-1], -0.5 * UP[::-1]]]]),
}
MINE = """\
from ohmgrad import Param, step_law
{helper}

def up(g, p, tab):
    return {step}

LAW = step_law(name="mine", text="", source="", up=up, down=lambda g, p, tab: 1e-7, params={{}})
"""


@pytest.fixture(scope="module")
def answers():
    """Lines on the simulator and on PTX for every law, from one start of each."""
    lines = check_laws([(law, None, TABLES.get(name)) for name, law in LAWS.items()])
    return {name: done[-2:] for name, done in zip(LAWS, lines, strict=True)}


@pytest.mark.parametrize("name", LAWS)
def test_a_law_runs_the_same_under_the_cuda_simulator(answers, name):
    assert answers[name][0] == "CUDA simulator: the same bits in 64 cells"


@pytest.mark.parametrize("name", LAWS)
def test_a_law_compiles_to_ptx(answers, name):
    if "not checked (pip install" in answers[name][1]:
        pytest.skip(answers[name][1])
    assert answers[name][1] == "PTX: compiles for compute capability 9.0"


def law_of(folder, step, helper=""):
    file = folder / "mine.py"
    file.write_text(MINE.format(step=step, helper=helper), encoding="utf-8")
    return find_law(str(file))


def test_a_law_of_the_users_file_goes_both_ways(tmp_path):
    simulator, ptx = check_law(law_of(tmp_path, "max(1e-7 * (2.0 - g / p.g_max), 0.0)"), n=200)[-2:]
    assert simulator.endswith("the same bits in 64 cells")
    assert "compiles for" in ptx or "not checked (pip install" in ptx


def test_other_bits_under_the_simulator_are_named(tmp_path):
    # a library's function: other bits in the vector library than in Python would be luck, so a helper that knows who calls
    helper = "import os\nSTEP = 1e-7 if os.environ.get('NUMBA_ENABLE_CUDASIM') != '1' else 2e-7"
    with pytest.raises(
        LawError, match=r"law 'mine': pulse gives .* S compiled but .* S under the CUDA simulator, for a pulse of"
    ):
        check_law(law_of(tmp_path, "STEP", helper), n=200)


def test_a_law_that_no_file_holds_says_so():
    assert "the law is in no file" in check_law(replace(LAWS["linear"], name="nowhere"), n=200)[-1]


def test_without_nvvm_the_line_says_how_to_get_it():
    assert same_bits._ptx(None, {"skip": "pip install 'ohmgrad[cuda]'; no library"}).startswith("PTX: not checked (pip install")
    with pytest.raises(LawError, match="law 'linear': does not compile to PTX: why"):
        same_bits._ptx(same_bits.Case(LAWS["linear"], None, np.zeros((3, 2)), 1, 1, 1, 1, 1), {"error": "why"})
