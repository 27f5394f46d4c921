"""badcrossbar on arrays named on standard input: an .npz with g (siemens) and v (inputs, rows); answers with seconds and a file of the currents."""

import json
import os
import sys
import time

answers = os.fdopen(os.dup(1), "w")  # what badcrossbar itself prints goes nowhere
os.dup2(os.open(os.devnull, os.O_WRONLY), 1)

import badcrossbar  # noqa: E402
import numpy as np  # noqa: E402

for line in sys.stdin:
    path = line.strip()
    with np.load(path) as f:
        g, v = f["g"], f["v"]
    begun = time.perf_counter()
    solution = badcrossbar.compute(v.T, 1.0 / g, r_i=1.0, node_voltages=False, all_currents=False)
    seconds = time.perf_counter() - begun
    np.save(path + ".npy", np.atleast_2d(solution.currents.output))
    print(json.dumps({"seconds": seconds, "file": path + ".npy"}), file=answers, flush=True)
