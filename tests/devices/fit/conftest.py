"""Cells whose parameters are known, and how often the intervals of a fit hold them."""

import pytest
from fitted import CELLS


@pytest.fixture(params=CELLS)
def known(request):
    """Each cell in turn."""
    return CELLS[request.param]
