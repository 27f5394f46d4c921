"""For all tests: examples that are drawn are drawn the same way every time; tests that compile the same loops run in the same worker."""

from pathlib import Path

import pytest
from hypothesis import settings

settings.register_profile("same every time", derandomize=True, deadline=None)
settings.load_profile("same every time")

ROOT = Path(__file__).parent
SMALL_PROJECT = {"cli", "experiments", "sweep"}  # folders whose tests train the same small network


@pytest.hookimpl(tryfirst=True)  # xdist reads the groups in the same hook, and would come first
def pytest_collection_modifyitems(items):
    """Two workers that meet the same loop uncompiled would both compile it: tests without a group of their own go by file."""
    for item in items:
        if item.get_closest_marker("xdist_group") is None:
            folder = item.path.parent.name if item.path.is_relative_to(ROOT) else ""
            item.add_marker(pytest.mark.xdist_group("small project" if folder in SMALL_PROJECT else str(item.path)))
