"""Sign backpropagation on MNIST (Zhang et al., Neural Networks 108, 217, 2018): what thresholds and stand-in slope do, and how far it is from floating point.

784-200-10, step neurons of 0 and 1 inside, logistic outputs; errors −1, 0, +1 in every layer; one pulse up or down for each input and error that are not 0, sample by
sample. Explored on held-out training images; the setting chosen there is then trained on 50,000 images and tested once. Some five minutes.
"""

import numpy as np
import pytest

import ohmgrad
from ohmgrad.experiments.build import complete
from ohmgrad.experiments.interval import interval95
from ohmgrad.experiments.specfile import check

pytestmark = pytest.mark.validate

HIDDEN, OUTPUT = (0.0, 0.05, 0.1, 0.2, 0.4), (0.05, 0.1, 0.2, 0.3, 0.5)  # thresholds of |∂E/∂s|
WIDTHS = (0.125, 0.25, 0.5, 1.0, 2.0, 4.0, 1e6)  # slope 1 where |s| is below
STATES = (100, 200, 500, 1000, 2000)  # steps in the window of ±1
CHOSEN = {"width": 1.0, "thresholds": (0.1, 0.2), "states": 500}


def network(*, width, thresholds, states, train=10_000, epochs=5, replicas=3, software=False):
    """Specification."""
    step = 100e-6 / states
    return complete(check({
        "seed": 1, "replicas": replicas, "epochs": epochs, "software": software,
        "data": {"source": "mnist", "train": train, "valid": 10_000, "test": 10_000, "rows": [0, 28], "columns": [0, 28]},
        "network": {"layers": [784, 200, 10], "activation": "step", "slope_width": width, "output": "logistic", "loss": "cross-entropy",
                    "target_high": 1.0, "target_low": 0.0},
        "device": {"law": "linear",
                   "parameters": {"g_min": 1e-6, "g_max": 101e-6, "step_set": step, "step_reset": step, "sigma": 0.3}},
        "synapse": {"kind": "single", "w_max": 2.0, "start": 1.0},
        "programming": {"scheme": "pulse-train"},
        "learning": {"rule": "sign", "rate": 1.0, "threshold": list(thresholds)},
        "array": {"access": "transistor"},
    }))  # fmt: skip


def held_out(folder, **changes):
    """Accuracy on the held-out images after the last epoch, % (replicas,), and pulses an image."""
    run = ohmgrad.start(network(**{**CHOSEN, **changes}), folder, threads=2)
    run.pause = 1e9
    summary = run.train()
    shown = summary["samples_per_epoch"] * summary["epochs_done"]
    return 100 * np.array(run.history[-1]["valid_accuracy"]), (summary["pulses_set"] + summary["pulses_reset"]) / shown


def line(values):
    """Mean ± half of the 95 % interval."""
    return f"{values.mean():.1f} ± {interval95(values):.1f}"


@pytest.fixture(scope="module")
def thresholds(tmp_path_factory):
    folder = tmp_path_factory.mktemp("thresholds")
    found = {(h, o): held_out(folder / f"{h}-{o}", thresholds=(h, o)) for h in HIDDEN for o in OUTPUT}
    print("\n\n| hidden \\ output | " + " | ".join(f"{o:g}" for o in OUTPUT) + " |\n|---|" + "---|" * len(OUTPUT))
    for h in HIDDEN:
        cells = (f"{line(found[h, o][0])} ({found[h, o][1]:,.0f})" for o in OUTPUT)
        print(f"| {h:g} | " + " | ".join(cells) + " |", flush=True)
    return found


@pytest.fixture(scope="module")
def widths(tmp_path_factory):
    folder = tmp_path_factory.mktemp("widths")
    found = {w: held_out(folder / f"{w}", width=w, epochs=5 if w < 100 else 2) for w in WIDTHS}
    print("\n\n| width | held-out, % | pulses an image |\n|---|---|---|")
    for w, (accuracy, pulses) in found.items():
        print(f"| {w:g} | {line(accuracy)} | {pulses:,.0f} |", flush=True)
    return found


def test_thresholds_save_pulses_and_too_large_ones_cost_accuracy(thresholds):
    chosen = thresholds[CHOSEN["thresholds"]]
    best = max(v[0].mean() for v in thresholds.values())
    assert chosen[0].mean() > best - 1.0
    assert chosen[1] < 0.8 * thresholds[0.0, 0.05][1]
    for h in HIDDEN:
        assert thresholds[h, 0.5][0].mean() < chosen[0].mean() - 1.0
    for row in ([thresholds[h, o][1] for o in OUTPUT] for h in HIDDEN):
        assert (np.diff(row) < 0).all()


def test_the_slope_must_end_somewhere(widths):
    """Slope 1 everywhere: neurons far from their threshold are pushed on and on."""
    assert widths[1e6][0].mean() < widths[1.0][0].mean() - 10.0
    assert all(abs(widths[w][0].mean() - widths[1.0][0].mean()) < 2.5 for w in (0.25, 0.5, 2.0, 4.0))


def test_fine_and_coarse_steps(tmp_path_factory):
    folder, found = tmp_path_factory.mktemp("states"), {}
    print("\n\n| states | held-out, % |\n|---|---|")
    for n in STATES:
        found[n] = held_out(folder / f"{n}", states=n)[0]
        print(f"| {n} | {line(found[n])} |", flush=True)
    assert min(v.mean() for v in found.values()) > 90.0


def test_it_is_comparable_to_an_ordinary_perceptron(tmp_path_factory):
    """Floating point: the same layers with logistic neurons and the delta rule, rate 0.05 for the sum of ten samples."""
    folder = tmp_path_factory.mktemp("whole")
    signs = ohmgrad.start(network(**CHOSEN, train=50_000, epochs=20), folder / "signs", threads=2)
    signs.pause = 1e9
    mine = signs.train()
    spec = network(**CHOSEN, train=50_000, epochs=20)
    spec = spec.model_copy(update={
        "network": spec.network.model_copy(update={"activation": "logistic"}),
        "programming": spec.programming.model_copy(update={"scheme": "exact"}),
        "learning": spec.learning.model_copy(update={"rule": "delta", "rate": [0.05], "batch": 10}),
        "device": spec.device.model_copy(update={"parameters": {**spec.device.parameters, "bounded": 0.0}}),
    })  # fmt: skip
    plain = ohmgrad.start(spec, folder / "plain", threads=2)
    plain.pause = 1e9
    other = plain.train()
    a, b = (100 * np.array(run.history[-1]["test_accuracy"]) for run in (signs, plain))
    print(f"\n\n| sign | floating point |\n|---|---|\n| {line(a)} | {line(b)} |", flush=True)
    assert mine["epochs_done"] == other["epochs_done"] == 20
    assert a.mean() > b.mean() - 2.0
