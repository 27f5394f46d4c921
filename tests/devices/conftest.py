"""Every law with parameters for tests."""

import numpy as np
import pytest

from ohmgrad.devices.catalogue import LAWS

GRID = np.linspace(0.1e-6, 20e-6, 5)
UP = np.array([0.4e-6, 0.3e-6, 0.2e-6, 0.1e-6, 0.02e-6])
TABLE = np.array([GRID, UP, -UP[::-1]])


@pytest.fixture(params=LAWS)
def law(request):
    """Each built-in law in turn."""
    return LAWS[request.param]


@pytest.fixture(scope="session")
def table():
    """Five rows of measured-looking steps; laws without a table ignore it."""
    return TABLE
