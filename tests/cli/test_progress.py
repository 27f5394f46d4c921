"""What is shown while a run trains, and that a run which stops early is whole."""

import json

import numpy as np
import pytest
from smallruns import spec_of, trained

from ohmgrad.cli.console import Lines
from ohmgrad.experiments.run import Progress
from ohmgrad.report.finished import load_finished


@pytest.mark.parametrize("early, says", [(True, ", at most 0:"), (False, ", 0:")])
def test_time_left_is_a_bound_where_training_may_end_early(capsys, early, says):
    show = Lines()
    show(Progress(0, 40, 1, None, None, early=early))
    show(Progress(20, 40, 2, 0.5, None, early=early))
    show(Progress(30, 30, 3, 0.5, None, early=early))
    first, last = capsys.readouterr().out.splitlines()
    assert first.startswith(f"epoch 1: test accuracy 50.00 %{says}") and first.endswith(" left")
    assert last == "epoch 2: test accuracy 50.00 %"


def test_a_run_that_stops_early_is_whole(project, tmp_path):
    stop = ("stop.when=accuracy", "stop.value=0.0", "stop.part=train", "software=false")
    folder = trained(spec_of(project / "my.toml", *stop), tmp_path / "run")
    run = load_finished(folder)
    assert (run.summary.epochs_done, run.summary.epochs, run.summary.stopped) == (1, 3, (1, 1))
    assert run.summary.updates == run.summary.samples_per_epoch and run.summary.scheme.startswith("overlapping")
    with np.load(folder / "snapshots.npz") as taken:
        assert taken["epochs"].tolist() == [0, 1] and "weights_1_0" in taken
    (epoch,) = json.loads((folder / "history.json").read_text(encoding="utf-8"))["epochs"]
    assert np.shape(epoch["responses"]) == (3, 3) and np.ptp(epoch["responses"]) > 0
    assert run.history.train_error.shape == (1, 2) and (run.history.train_error > 0).all()
