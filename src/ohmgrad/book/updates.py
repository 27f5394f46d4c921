"""The update that a single layer is due, from the package's own neurons and rules, and what its write scheme needs to know."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ohmgrad.book.training import with_bias
from ohmgrad.experiments.run import Run
from ohmgrad.learning.delta import output_error
from ohmgrad.programming.dense import DensePair

Floats = npt.NDArray[np.float64]


def sample_changes(run: Run, w: Floats) -> Floats:
    """Change that each training sample asks of a single layer with weights w, but for η (samples, inputs with the bias last, outputs): −x (y − y^d) f′(s), eq. 1.4."""
    s, o, d = run.setup, run.spec.network, run.data
    x = with_bias(d.train_x, o.bias)
    sums = x @ w
    y = np.vectorize(s.output.activate)(sums)
    slope = np.vectorize(s.output.slope)(y, sums, o.slope_width)
    delta = np.vectorize(output_error)(y, targets(run, d.train_y)) * slope
    return np.asarray(-x[:, :, None] * delta[:, None, :])


def targets(run: Run, labels: npt.NDArray[np.int64]) -> Floats:
    """Outputs wanted (samples, outputs)."""
    o = run.spec.network
    return np.where(np.eye(o.layers[-1])[labels] > 0.0, o.target_high, o.target_low)


def dense_pair(run: Run, most: int = 1) -> DensePair:
    """What a scheme for whole matrices must know of the layer's cells, one of which is written up and down; most: pulses a cell may have."""
    w, synapse = run.setup.writing, run.setup.synapse
    up, down = (float(q) for q in w.quantum[0])
    return DensePair(False, 1, (up, down), w.v_set, w.v_reset, w.t_set, w.t_reset, True, synapse.members, 0, (0, 0, 0, 0), most)
