"""The experiments neurosim and digits8x8: every variant is complete, and one short run of each works."""

import pytest

import ohmgrad
from ohmgrad.experiments.build import build

EXPERIMENTS = ("neurosim", "digits8x8")


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_every_variant_can_be_built(name):
    for variant in ("", *(v for v in ohmgrad.list_experiments()[name] if v != "title")):
        setup = build(ohmgrad.make_spec(name, variant=variant), nonnegative_inputs=True)
        assert setup.learning.bias == 0.0


def test_pulses_are_counted_for_equal_steps():
    setup = build(ohmgrad.make_spec("neurosim"), nonnegative_inputs=True)
    assert setup.writing.quantum == pytest.approx(2.0 / 97)  # weights from −1 to 1 in 97 steps
    assert setup.reading.lines.limit.tolist() == [400.0, 100.0] and setup.reading.lines.forward.tolist() == [1, 1]


def test_stuck_cells_are_never_written():
    setup = build(ohmgrad.make_spec("digits8x8", variant="half-stuck-low"), nonnegative_inputs=True)
    assert setup.faults.stuck == 0.5 and setup.faults.stuck_at == pytest.approx(setup.window[0])


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_a_short_run(name, tmp_path):
    settings = ["data.train=2000", "data.valid=0", "data.test=500", "data.per_epoch=1500", "software=false", "diagnosis=false"]
    s = ohmgrad.start(name, tmp_path / "run", settings=settings, epochs=4, replicas=1).train()
    assert s["test_accuracy"] > 0.3
    assert s["samples_per_epoch"] == 1500 and s["pulses_set"] > 0
