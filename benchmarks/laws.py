"""Speed of the write loop through each law of the catalogue: pulses a second on one thread. ``python benchmarks/laws.py``.

One layer of 256 × 256 synapses, every row and column driven at the highest level, so every synapse gets four SET pulses on one of
its two cells, each with a Gaussian draw of its own: 262,144 pulses a call of `write_layer`, planning and book-keeping included. Cells start
uniformly over the window. Median and range over rounds. Names as arguments restrict the table.
"""

import statistics
import sys
import time

import numpy as np

from ohmgrad.arrays.cells import make_cells
from ohmgrad.arrays.geometry import geometry
from ohmgrad.devices.catalogue import LAWS
from ohmgrad.learning.activations import ACTIVATIONS
from ohmgrad.ledger import COUNTS, SET, SUMS
from ohmgrad.network.assemble import loops
from ohmgrad.programming.overlap import Overlap
from ohmgrad.programming.settings import Writing

SIZE, ROUNDS = 256, 15
CHEAP = ("linear", "soft-bounds", "pcm-nandakumar2018")
ODE = ("vteam", "stanford-pku")
WIDTH = {"flash": 20e-6}  # seconds; the others take 50 ns
OTHER = {"vteam": {"Biolek window": {"window": 1.0}}}  # a further line in the table
BARS = {"cheap": 3e7, "powers, tables": 1e7, "equation": None}


def measured_table(name, p):
    """A table on the law's window, for laws that read one."""
    grid = np.linspace(p.g_min, p.g_max, 51)
    up = 0.02 * (p.g_max - p.g_min) * (1.05 - np.linspace(0, 1, 51))
    if name == "jump-table":
        from ohmgrad.devices.laws.jump_table import jump_table

        quantiles = np.linspace(0.0, 2.0, 51)[:, None]
        return jump_table([[grid, grid]], [[quantiles * up, -quantiles * up[::-1]]])
    return np.array([grid, up, -up[::-1]])


def seconds(law, p, table):
    """Seconds of `write_layer` in each round, and pulses a round."""
    scheme = Overlap()
    kernels = loops(law, scheme, ACTIVATIONS["tanh"])
    geo, coding = geometry([SIZE - 1, SIZE]), scheme.coding()
    width = WIDTH.get(law.name, 50e-9)
    writing = Writing(
        1, 0, np.array([2]), np.array([1.0]), p.v_set, p.v_reset, p.v_full, width, width, width, 0, 1.0, 1.0, 0,
    )  # fmt: skip
    plan = kernels.make_plan(SIZE + 1, len(law.state._fields))
    r = np.random.default_rng(1)
    x, u = np.ones(SIZE), np.where(r.random(SIZE) < 0.5, 4.0, -4.0)
    rest = [np.full((SIZE * SIZE, 2), value) for value in law.start(0.0, p)][1:]
    taken = []
    for k in range(ROUNDS + 2):  # two to warm up
        g = p.g_min + (p.g_max - p.g_min) * r.random((SIZE * SIZE, 2))
        cells = make_cells(geo, np.array([g, *rest]), np.array(p, dtype=np.float64), np.empty((0, SIZE * SIZE, 2)), table)
        counts, sums = np.zeros(len(COUNTS), np.int64), np.zeros(len(SUMS))
        begun = time.perf_counter()
        kernels.write_layer(cells, geo, 0, x, u, coding, writing, 1, 0, k, counts, sums, plan)
        taken.append(time.perf_counter() - begun)
    return taken[2:], int(counts[SET])


def main(names):
    print("| law | kind | pulses/s, median | lowest to highest | bar |\n|---|---|---|---|---|")
    for name, law in LAWS.items():
        if names and name not in names:
            continue
        kind = "cheap" if name in CHEAP else "equation" if name in ODE else "powers, tables"
        for label, changes in {"": {}, **OTHER.get(name, {})}.items():
            p = law.defaults()._replace(**changes)
            table = measured_table(name, p) if law.needs_table else np.zeros((3, 2))
            taken, pulses = seconds(law, p, table)
            rates = sorted(pulses / t for t in taken)
            middle, bar = statistics.median(rates), BARS[kind]
            verdict = "none" if bar is None else f"{bar:.0e}: {'met' if middle >= bar else 'missed'}"
            title = f"{name}, {label}" if label else name
            print(f"| {title} | {kind} | {middle:.2e} | {rates[0]:.2e} to {rates[-1]:.2e} | {verdict} |", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
