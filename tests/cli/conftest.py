"""The small project, a finished run of it, and the command line in this process."""

import pytest
from called import caller
from smallruns import command, small_project


@pytest.fixture(scope="session")
def project(tmp_path_factory):
    """Folder with my.toml and small.csv."""
    return small_project(tmp_path_factory.mktemp("project")).parent


@pytest.fixture(scope="session")
def finished(project, tmp_path_factory):
    """A run folder that the real command line has filled, and its answer."""
    folder = tmp_path_factory.mktemp("finished") / "run"
    done = command("run", "my.toml", "--out", folder, cwd=project)
    assert done.returncode == 0, done.stderr
    return folder, done


@pytest.fixture
def ohmgrad(project, monkeypatch, capsys):
    """Call the command line in this process, in the folder of my.toml."""
    return caller(project, monkeypatch, capsys)
