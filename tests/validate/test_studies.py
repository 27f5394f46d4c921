"""The studies of docs/tolerance.md, each run whole into sweeps/ (or taken from there), and what that page says of them.

Then `python docs/images/studies.py sweeps docs/images` draws its pictures again.
"""

from pathlib import Path

import numpy as np
import pytest

from ohmgrad.experiments.interval import interval95
from ohmgrad.sweep import study
from ohmgrad.sweep.query import Results
from ohmgrad.sweep.sections import studies

pytestmark = pytest.mark.validate
SWEEPS = Path(__file__).parents[2] / "sweeps"


def accuracies(name):
    """{place: {repeat: test accuracy, %}} of a study, which is run as far as it is not stored."""
    at = study.run_sweep(name, SWEEPS / name)
    assert at.done == at.total and not at.failed
    with study.open_store(SWEEPS / name) as store:
        found = Results(store)
        out = {row.place: {r: 100 * a for r, a in found.accuracies(row.point).items()} for row in found.rows()}
    print()
    for place, of_repeats in out.items():
        values = list(of_repeats.values())
        print(f"{name} {', '.join(map(str, place))}: {np.mean(values):.2f} ± {interval95(values):.2f} (n = {len(values)})")
    return out


def gained(better, worse):
    """Mean and half interval of better − worse, repeat by repeat."""
    both = [better[r] - worse[r] for r in better.keys() & worse.keys()]
    return np.mean(both), interval95(both)


def test_figure_2_12():
    never, often = accuracies("figure-2.12"), accuracies("figure-2.12-refreshed")
    filling = accuracies("figure-2.12-filling")
    unbounded, bounded, one_way, nonlinear = (
        never[(v,)] for v in ("linear-unbounded", "linear", "one-way-linear", "no-refresh")
    )
    assert len(bounded) >= 8
    assert abs(gained(unbounded, bounded)[0]) < 1.0
    assert gained(bounded, one_way)[0] > 70.0
    lead, interval = gained(nonlinear, one_way)
    assert lead > interval
    # with as many pulses to fill the window the lead is smaller, and does not turn round
    equal, shrinking = filling[(0.166e-6, 0.0)], filling[(0.523e-6, 1.0)]
    assert 0.0 < gained(shrinking, equal)[0] < lead
    # refreshed, it does
    lost, interval = gained(often[("one-way-linear",)], often[("no-refresh",)])
    assert lost > interval and gained(often[("one-way-linear",)], bounded)[0] > -1.0


def test_figure_2_10():
    found = accuracies("figure-2.10")
    for step, falls in ((0.664e-6, True), (0.166e-6, True), (0.0415e-6, False)):
        lost, interval = gained(found[(step, 500.0)], found[(step, 5000.0)])
        assert (lost > 20.0 and lost > interval) if falls else abs(lost) < 2.0


def test_the_worst_cell_comes_within_two_points_of_floating_point():
    for name in ("countermeasures", "countermeasures-long"):
        found = accuracies(name)
        lost, interval = gained(found[("floating-point",)], found[("transfer-own-rates",)])
        assert lost + interval < 2.0, name


def test_tolerated_and_not():
    for name, tolerated, not_tolerated in (
        ("dead", 0.1, None), ("stuck-on", 0.3, None), ("stuck", 0.1, None), ("cycle-to-cycle", 1.0, 4.0), ("device-to-device", 0.5, 1.5),
        ("window-spread", 0.5, 1.0), ("read-noise", 0.03, 0.3),
    ):  # fmt: skip
        found = accuracies(f"tolerance-{name}")
        assert gained(found[(0.0,)], found[(tolerated,)])[0] < 2.0, name
        if not_tolerated is not None:
            lost, interval = gained(found[(0.0,)], found[(not_tolerated,)])
            assert lost > interval, name


SEEN = ("figure-2.12", "figure-2.12-refreshed", "figure-2.12-filling", "figure-2.10", "countermeasures", "countermeasures-long")


@pytest.mark.parametrize("name", [n for n in studies() if n not in SEEN])
def test_the_others_run_to_their_end(name):
    assert accuracies(name)
