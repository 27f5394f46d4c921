"""The same source gives the same bits interpreted as compiled: no contraction, no reordering, no library functions."""

import os
import runpy
import subprocess
import sys

import numpy as np

KERNELS = '''
"""Outputs of the kernels on many inputs, as arrays."""
import sys
import numpy as np
from ohmgrad.kernels.draw_loop import fill_normal, fill_uniform
from ohmgrad.kernels.draws import first_normals, key_at, normal, uniform
from ohmgrad.kernels.elementary import exp, inverse_normal, inverse_normal_centre, log, tanh
from ohmgrad.kernels.philox import philox4x32

def outputs():
    r = np.random.default_rng(1)
    ends = [0.0, -0.0, 1e-300, -1e-17, 700.0, -707.9, 709.0, 709.5, -708.5, np.inf, -np.inf, np.nan]
    x = [float(v) for v in [*r.normal(0, 3, 3000), *r.uniform(-708, 709, 2000), *ends]]
    positive = [float(v) for v in 10.0 ** r.uniform(-307, 308, 3000)]
    share = [float(v) for v in [*r.random(3000), *10.0 ** -r.uniform(1, 300, 500), 0.075, 0.925]]
    words = [[int(w) for w in row] for row in r.integers(0, 2**32, (500, 6))]
    cell, pulse = r.integers(0, 2**32, 700), r.integers(0, 2**20, 700)
    z, a, b = np.zeros(700), np.zeros(700), np.zeros(700)
    with np.errstate(over="ignore"):  # interpreted, products of NumPy integers wrap with a warning
        first_normals(700, 3, 1, cell, 9, pulse, 770, z, np.zeros((2, 700)), np.zeros(700, np.int64))
        fill_uniform(a, 4, 2, 1, 512, 1)
        fill_normal(b, 4, 2, 1, 512, 1)
    return {
        "exp": [exp(v) for v in x], "tanh": [tanh(v) for v in x], "log": [log(v) for v in positive],
        "quantile": [inverse_normal(v) for v in share], "centre": [inverse_normal_centre(v - 0.5) for v in share],
        "philox": [philox4x32(*w) for w in words],
        "uniform": [uniform(key_at(*w[:4], w[4] % 2**24, w[5]), w[4] % 511) for w in words],
        "normal": [normal(key_at(*w[:4], w[4] % 2**24, w[5]), w[4] % 511) for w in words],
        "first": z, "fill uniform": a, "fill normal": b,
    }

if __name__ == "__main__":
    np.savez(sys.argv[1], **outputs())
'''

TRAINING = '''
"""A small network trained through the fused loop: state and ledger, as arrays."""
import sys
import warnings
import numpy as np
from small import samples, setup
from ohmgrad.network.drivers import train_fused
from ohmgrad.network.replica import Replica

def outputs():
    case = setup("soft-bounds", synapse__refresh_every=10, synapse__refresh_above=0.3)
    r = Replica(case, 2)
    x, y = samples(40)
    with np.errstate(over="ignore"):
        train_fused(r, x, y, r.order(0, 40), 0, 40, 0)
    return {"counts": r.counts, "sums": r.sums, "totals": r.totals, **r.cells._asdict()}

if __name__ == "__main__":
    np.savez(sys.argv[1], **outputs())
'''


def compiled_and_interpreted(text, folder):
    """What `text` computes in this process, and in another one with Numba switched off."""
    script = folder / "outputs.py"
    script.write_text(text, encoding="utf-8")
    environment = {**os.environ, "NUMBA_DISABLE_JIT": "1", "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)}
    subprocess.run([sys.executable, script, folder / "out.npz"], env=environment, check=True, timeout=120)
    here = {name: np.asarray(value) for name, value in runpy.run_path(str(script))["outputs"]().items()}
    with np.load(folder / "out.npz") as there:
        return here, {name: there[name] for name in there.files}


def test_kernels_give_the_same_bits_interpreted(tmp_path):
    here, there = compiled_and_interpreted(KERNELS, tmp_path)
    assert here.keys() == there.keys()
    for name in here:
        assert here[name].dtype == there[name].dtype and here[name].tobytes() == there[name].tobytes(), name


def test_training_gives_the_same_bits_interpreted(tmp_path):
    here, there = compiled_and_interpreted(TRAINING, tmp_path)
    assert here["counts"].sum(axis=0)[[0, 2, 3]].all()  # it did write and refresh
    for name in here:
        assert here[name].dtype == there[name].dtype and here[name].tobytes() == there[name].tobytes(), name
