"""A small sweep (20-8-3 on 120 rows, one epoch) and its finished store."""

import pytest
from smallruns import small_project

SWEEP = """\
base = "my.toml"
epochs = 1
repeats = 2
settings = { diagnosis = true }

[[axis]]
field = "faults.stuck_on"
values = [0.01, 0.1, 0.3]

[[axis]]
field = "synapse.refresh_every"
values = [20, 60]
"""


@pytest.fixture(scope="session")
def project(tmp_path_factory):
    """Folder with my.toml, small.csv and grid.toml."""
    folder = small_project(tmp_path_factory.mktemp("sweeps")).parent
    (folder / "grid.toml").write_text(SWEEP, encoding="utf-8")
    return folder


@pytest.fixture(scope="session")
def finished(project, tmp_path_factory):
    """Folder of the finished sweep: every run done in this process, in order."""
    from inline import Inline

    from ohmgrad.sweep import study
    from ohmgrad.sweep.runner import run

    folder = tmp_path_factory.mktemp("finished")
    plan = study.plan_of(project / "grid.toml")
    with study.opened(plan, folder) as store:
        at = run(plan, store, Inline(), 1)
        assert (at.done, at.failed, at.total) == (12, 0, 12)
    return folder
