"""The small project (my.toml, small.csv) and runs of it that nobody disturbed."""

import pytest
from smallruns import HIDDEN_STATE, VARIED, small_project, spec_of, trained

PARTS = {"saturating": (), "hidden state": HIDDEN_STATE, "varied from cell to cell": VARIED}


@pytest.fixture(scope="session")
def toml(tmp_path_factory):
    """my.toml beside small.csv."""
    return small_project(tmp_path_factory.mktemp("project"))


@pytest.fixture(scope="session")
def whole(toml, tmp_path_factory):
    """The finished run of my.toml: replicas 0 and 1, one thread."""
    return trained(spec_of(toml), tmp_path_factory.mktemp("whole") / "run")


@pytest.fixture(params=[pytest.param(name, id=name.replace(" ", "-")) for name in PARTS])
def parts(request):
    """Settings for one combination of parts."""
    return PARTS[request.param]
