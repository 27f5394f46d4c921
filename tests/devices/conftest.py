"""Every law with parameters for tests."""

import numpy as np
import pytest

from ohmgrad.devices.catalogue import LAWS
from ohmgrad.devices.laws.jump_table import jump_table

GRID = np.linspace(0.1e-6, 20e-6, 5)
UP = np.array([0.4e-6, 0.3e-6, 0.2e-6, 0.1e-6, 0.02e-6])
TABLE = np.array([GRID, UP, -UP[::-1]])
# one measured cell of three levels; at the upper end of the grid SET does nothing and RESET does most
JUMPS = jump_table(
    [[GRID, GRID]], [[[0.5 * UP - UP[-1] / 2, UP - UP[-1], 2 * (UP - UP[-1])], [-2 * UP[::-1], -UP[::-1], 0 * UP]]]
)


@pytest.fixture(params=LAWS)
def law(request):
    """Each built-in law in turn."""
    return LAWS[request.param]


@pytest.fixture
def table(law):
    """Five points of measured-looking steps; laws without a table ignore it."""
    return JUMPS if law.name == "jump-table" else TABLE
