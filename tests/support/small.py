"""Small networks for tests: a set-up on random sparse inputs."""

import numpy as np

from ohmgrad.experiments.build import build, complete
from ohmgrad.experiments.specfile import check


def tree(law="linear", layers=(12, 7, 5, 3), **changes):
    """Specification tree of a small network; changes by dotted name with __ for the dot, such as synapse__write="two-way"."""
    step = {} if law in ("pcm-nandakumar2018", "table", "one-shot") else {"step_set": 1e-6, "step_reset": 0.8e-6}
    t = {
        "experiment": "small",
        "seed": 7,
        "data": {"source": "files", "train_file": "unused.csv"},
        "network": {"layers": list(layers)},
        "device": {"law": law, "parameters": step},
        "synapse": {"write": "one-way", "w_max": [1.0], "start": 1.0},
        "learning": {"rate": [0.2]},
    }
    for name, value in changes.items():
        *sections, last = name.split("__")
        at = t
        for s in sections:
            at = at.setdefault(s, {})
        at[last] = value
    return t


def setup(law="linear", **changes):
    """A `Setup` for `tree(law, **changes)`."""
    return build(complete(check(tree(law, **changes))), nonnegative_inputs=True)


def samples(n=60, inputs=12, classes=3, seed=3):
    """Images (n, inputs) in 0 … 1, half of the pixels black, and labels (n,)."""
    r = np.random.default_rng(seed)
    x = r.random((n, inputs)) * (r.random((n, inputs)) < 0.5)
    return x, r.integers(0, classes, n)
