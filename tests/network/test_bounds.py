"""No loop reads or writes beside its arrays: a small training with every index checked."""

import os
import subprocess
import sys
from pathlib import Path

CODE = """
from small import samples, setup
from ohmgrad.network.drivers import train_fused
from ohmgrad.network.replica import Replica

case = setup("soft-bounds", synapse__refresh_every=10, synapse__refresh_above=0.3, device__variation={"step_set": {"sigma": 0.2}})
x, y = samples(150)
r = Replica(case, 0)
train_fused(r, x, y, r.order(0, 150), 0, 150, 0)
assert r.counts[:, 0].sum() > 1000 and r.counts[:, 2].sum() > 100
try:  # is anything checked at all?
    case.loops.read_array(r.cells.w, 10**6, 2, 2, x[0], x[0].copy(), r.order(0, 12))
except IndexError:
    print("checked")
"""


def test_every_index_is_within_its_array(tmp_path):
    environment = {
        **os.environ,
        "NUMBA_BOUNDSCHECK": "1",
        "OHMGRAD_CACHE": str(tmp_path),  # code compiled without checks must not be found
        "PYTHONPATH": str(Path(__file__).parents[1] / "support"),
    }
    done = subprocess.run([sys.executable, "-c", CODE], env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout == "checked\n"
