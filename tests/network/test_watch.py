"""Training stops before a law that breaks its word spoils a run, and before half-selected cells are forgotten."""

import numpy as np
import pytest
from small import samples, setup

from ohmgrad.errors import LawError, SpecError
from ohmgrad.network.drivers import check_thresholds
from ohmgrad.network.replica import Replica
from ohmgrad.network.watch import Guard, probe

X, Y = samples(4)
ORDER = np.arange(4)


def spoil(field, value):
    """A driver that leaves one cell in a state that no law should."""

    def drive(r, images, labels, order, begin, end, epoch):
        r.cells.state[field, 5, 1] = value

    return drive


@pytest.mark.parametrize("value", [np.nan, np.inf, -1e-9, 20.001e-6])
def test_a_cell_that_goes_wrong_is_named(value):
    guard = Guard(Replica(setup("linear"), 3))
    with pytest.raises(LawError, match=r"law 'linear': 1 of .* after 10 samples of replica 3: synapse 5, G− has g = "):
        guard.run(spoil(0, value), X, Y, ORDER, 0, 2, 2)


def test_hidden_state_is_watched_too():
    guard = Guard(Replica(setup("pcm-nandakumar2018"), 0))
    with pytest.raises(LawError, match=r"synapse 5, G− has g = .*, memory = nan"):
        guard.run(spoil(1, np.nan), X, Y, ORDER, 0, 2, 0)


def test_a_cell_stuck_outside_the_window_is_no_mistake_but_a_healthy_one_there_is():
    case = setup("linear", device__faults={"stuck": 0.5, "stuck_at": "30 uS"})
    r = Replica(case, 0)
    guard = Guard(r)
    guard.run(lambda *a: None, X, Y, ORDER, 0, 4, 0)
    healthy = np.argwhere(r.cells.varied[-1] == 0.0)[0]

    def drive(r, *rest):
        r.cells.state[0, healthy[0], healthy[1]] = 30e-6

    with pytest.raises(LawError, match="1 of"):
        guard.run(drive, X, Y, ORDER, 0, 4, 0)


def test_a_built_in_law_is_not_probed_again(monkeypatch):
    monkeypatch.setattr("ohmgrad.network.watch.probe_law", lambda *a, **k: pytest.fail("probed"))
    probe(Replica(setup("linear"), 0))


def test_the_fused_driver_refuses_cells_that_half_the_voltage_moves():
    spread = {"v_th_set": {"sigma": 0.2}}  # 1.2 V ± 0.24 V: some below the 1 V of half-selection
    check_thresholds(Replica(setup("linear"), 0))
    case = setup("linear", device__variation=spread)
    r = Replica(case, 0)
    low = int((r.cells.varied[0] <= 1.0).sum())
    assert low > 0
    with pytest.raises(SpecError, match=rf"half-selected cells at 1 V would change \({low} of {r.cells.state[0].size}\)"):
        check_thresholds(r)
    for change in ({"array__access": "transistor"}, {"driver": "stepwise"}):
        check_thresholds(Replica(setup("linear", device__variation=spread, **change), 0))


def test_thresholds_beyond_the_amplitude_are_named_behind_transistors_too():
    """v_th_set = 1.2 V ± 40 %: above 2 V in 4.8 % of the cells, P(ξ > 0.8/0.48); half of 2 V concerns nobody here."""
    change = {"array__access": "transistor", "synapse__write": "two-way"}
    r = Replica(setup("linear", layers=(60, 40, 3), device__variation={"v_th_set": {"sigma": 0.4}}, **change), 0)
    (text,) = check_thresholds(r)
    assert text.startswith("SET pulses of 2 V: ") and text.endswith(
        " % of the cells have their threshold above that and are not written"
    )
    assert float(text.split()[5]) == pytest.approx(4.8, abs=1.0)  # of 5,126 cells: ± 0.3
    assert check_thresholds(Replica(setup("linear", **change), 0)) == []
