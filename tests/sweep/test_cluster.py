"""The same sweep on a real Dask scheduler with two workers."""

import pytest
from inline import contents
from smallruns import OHMGRAD, command

from ohmgrad.errors import RunError
from ohmgrad.sweep import cluster, runner, study

distributed = pytest.importorskip("distributed", reason="Dask is not installed: pip install 'ohmgrad[cluster]'")
pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.fixture(scope="module")
def address():
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, host="127.0.0.1", dashboard_address=None, silence_logs=50
    ) as running:
        yield running.scheduler_address


def test_a_cluster_gives_the_bits_of_one_process(project, finished, address, tmp_path):
    plan = study.plan_of(project / "grid.toml")
    with study.opened(plan, tmp_path) as store, study.crew(0, address) as crew:
        assert crew.workers == 2
        at = runner.run(plan, store, crew.executor, crew.workers, ahead=crew.ahead)
    assert (at.done, at.failed) == (12, 0)
    assert contents(tmp_path) == contents(finished)


def test_from_the_command_line(project, finished, address, tmp_path):
    assert OHMGRAD
    done = command("sweep", "grid.toml", "--out", tmp_path, "--cluster", address, cwd=project)
    assert done.returncode == 0, done.stderr
    assert done.stderr == "" and "12 of 12 runs stored" in done.stdout
    assert contents(tmp_path) == contents(finished)


def test_no_cluster_is_one_line(monkeypatch):
    monkeypatch.setattr(cluster, "WAIT", "1s")
    with pytest.raises(RunError, match=r"no cluster answers at tcp://127.0.0.1:9") as e, cluster.connected("tcp://127.0.0.1:9"):
        pass
    assert "\n" not in str(e.value)
    with pytest.raises(RunError, match="no cluster answers at nonsense"), cluster.connected("nonsense"):
        pass
