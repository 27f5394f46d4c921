"""Online, stochastic, mini-batch and batch learning of one layer on 8 x 8 digits until the same held-out error: updates, pulses and samples of each.

What must hold is the textbook chapter's (§1.1.3, §1.1.4): batch learning writes far less, and stochastic descent needs only a part of the samples where batch
learning goes through all of them tens of times. Linear cells, delta rule; rates chosen on repeats 0 to 2, reported on others.
"""

import numpy as np
import pytest

import ohmgrad
from ohmgrad.experiments.build import complete
from ohmgrad.experiments.specfile import check
from ohmgrad.ledger import RESET, SET, UPDATES

pytestmark = pytest.mark.validate

IMAGES, REPLICAS, ERROR = 5000, 5, 0.12
BATCH = {"order": "shuffled", "per_epoch": 0}
WAYS = {  # data, learning
    "online": ({}, {"rate": 1.0, "inner_steps": 20, "inner_error": 0.3}),
    "stochastic": ({}, {"rate": 1.0}),
    "mini-batch of 50": ({}, {"rate": 0.1, "batch": 50}),
    "batch": (BATCH, {"rate": 0.002, "batch": 0}),
}


def way(name):
    """Specification of 64-10 with fine cells: 20,000 equal steps in a window of ±10 weight units."""
    data, learning = WAYS[name]
    return {
        "seed": 1, "first_repeat": 10, "replicas": REPLICAS, "epochs": 500, "software": False,
        "data": {"source": "digits8x8", "train": IMAGES, "valid": 1000, "test": 1000, "order": "drawn", "per_epoch": 100} | data,
        "network": {"layers": [64, 10], "activation": "logistic", "target_high": 1.0, "target_low": 0.0},
        "device": {"law": "linear", "parameters": {"g_min": 1e-6, "g_max": 101e-6, "step_set": 5e-9, "step_reset": 5e-9, "sigma": 0}},
        "synapse": {"kind": "single", "w_max": 20.0},
        "programming": {"scheme": "blind", "most": 20000},
        "learning": learning,
        "stop": {"when": "error", "value": ERROR, "part": "valid"},
        "array": {"access": "transistor"},
    }  # fmt: skip


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    folder, out = tmp_path_factory.mktemp("ways"), {}
    print("\n\n| way | samples shown | of all images | updates | pulses | test accuracy, % |")
    print("|---|---|---|---|---|---|")
    for name in WAYS:
        run = ohmgrad.start(complete(check(way(name))), folder / name)
        s = run.train()
        assert None not in s["stopped"], f"{name} did not get there"
        counts = np.array(s["counts_per_replica"])[:, 0]
        out[name] = {
            "samples": np.array(s["stopped"]) * s["samples_per_epoch"],
            "updates": counts[:, UPDATES],
            "pulses": counts[:, SET] + counts[:, RESET],
        }
        found = {k: f"{v.mean():,.0f} ± {2.776 * v.std(ddof=1) / np.sqrt(REPLICAS):,.0f}" for k, v in out[name].items()}
        share = out[name]["samples"].mean() / IMAGES
        print(
            f"| {name} | {found['samples']} | {share:.2f} times | {found['updates']} | {found['pulses']} | {100 * s['test_accuracy']:.1f} |",
            flush=True,
        )
    return out


def test_batch_learning_writes_far_less(results):
    for what in ("updates", "pulses"):
        assert results["batch"][what].max() < 0.5 * min(results[k][what].min() for k in ("online", "stochastic"))


def test_stochastic_descent_needs_a_part_of_the_samples(results):
    assert results["stochastic"]["samples"].max() < IMAGES
    assert results["batch"]["samples"].min() > 10 * IMAGES


def test_mini_batches_lie_between(results):
    for what, first, last in (("samples", "stochastic", "batch"), ("pulses", "batch", "stochastic")):
        assert results[first][what].mean() < results["mini-batch of 50"][what].mean() < results[last][what].mean()
