"""Crossbars on wires: one input, the whole matrix, a hundred inputs; a training step; beside badcrossbar where `PEERS` names a Python that has it.

    python benchmarks/circuits.py [--sizes 64,128,256,512] [--rounds 5]

Cells log-uniform from 10 kΩ to 1 MΩ, 1 Ω a segment on both lines, rows driven from the left, columns grounded at the bottom. Peer and ohmgrad take turns in
one run on the same arrays, and their currents are compared.
"""

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from ohmgrad import Crossbar


def case(n, inputs=1):
    """Conductances and input voltages."""
    r = np.random.default_rng(7 + n)
    resistance = 10 ** (4 + 2 * r.random((n, n)))
    return 1.0 / resistance, r.random((inputs, n)) * 0.3


def timed(f):
    """Seconds, and what f gave."""
    begun = time.perf_counter()
    out = f()
    return time.perf_counter() - begun, out


class Peer:
    """badcrossbar in a process of its own."""

    def __init__(self, python):
        here = Path(__file__).with_name("circuit_peer.py")
        self.process = subprocess.Popen([python, here], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.file = Path(tempfile.mkdtemp()) / "case.npz"

    def solve(self, g, v):
        """Seconds, and the currents (inputs, columns)."""
        np.savez(self.file, g=g, v=v)
        print(self.file, file=self.process.stdin, flush=True)
        answer = json.loads(self.process.stdout.readline())
        return answer["seconds"], np.load(answer["file"])


def row(n, rounds, peer, most):
    """One line of the table."""
    g, v = case(n, 100)
    bar = Crossbar(g, wire=1.0)
    bar.solve(v[0])  # compiled before the clock starts
    one, whole, hundred, theirs, theirs_hundred = [], [], [], [], []
    for _ in range(rounds):
        one.append(timed(lambda: bar.solve(v[0]))[0])
        fresh = bar.replaced(g)
        seconds, w = timed(fresh.effective)
        whole.append(seconds)
        fresh = bar.replaced(g)
        hundred.append(timed(lambda fresh=fresh: fresh.read(v))[0])
        if peer and n <= most:
            seconds, currents = peer.solve(g, v[:1])
            theirs.append(seconds)
            ours = bar.solve(v[0]).column_currents
            assert np.allclose(currents[0], ours, rtol=1e-6), "badcrossbar and ohmgrad disagree"
            if n <= 256:
                theirs_hundred.append(peer.solve(g, v)[0])
    assert np.allclose(v @ w, bar.replaced(g).read(v), rtol=1e-8)
    found = bar.solve(v[0])
    ideal = np.abs(1.0 - (v[0] @ g) / found.column_currents).mean()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    med = statistics.median
    cells = [f"{n}²", f"{1e3 * med(one):.3g} ({1e3 * min(one):.3g})", f"{found.iterations}, {found.residual:.0e}"]
    cells += [
        f"{1e3 * med(whole):.3g} ({1e3 * min(whole):.3g})",
        f"{1e3 * med(hundred):.3g}",
        f"{100 * ideal:.0f} %",
        f"{peak:.0f}",
    ]
    cells += [f"{1e3 * med(theirs):.4g}, {med(theirs) / med(one):.0f} ×" if theirs else "–"]
    cells += [f"{1e3 * med(theirs_hundred):.4g}, {med(theirs_hundred) / med(hundred):.0f} ×" if theirs_hundred else "–"]
    print("| " + " | ".join(cells) + " |", flush=True)


def training():
    """Milliseconds of a training step of the letters crossbar on wires, and seconds of 100 whole trainings on one thread."""
    import ohmgrad

    settings = ["array.wire=65 ohm", "software=false"]
    with tempfile.TemporaryDirectory() as folder:
        run = ohmgrad.start("letters", Path(folder) / "run", replicas=100, settings=settings, threads=1)
        run.train()
        steps = run.samples / 30
        print(
            f"letters, 65 ohm a segment: {1e3 * run.seconds / steps:.2f} ms a step (30 patterns read, 6 slots written); 100 networks to the criterion, "
            f"{steps:.0f} steps: {run.seconds:.1f} s on one thread"
        )


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--sizes", default="64,128,256,512")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--peer-up-to", type=int, default=256)
    a = parser.parse_args()
    peer = Peer(os.environ["PEERS"]) if os.environ.get("PEERS") else None
    print(
        "| array | one input, ms: median (best) | iterations, residual | whole matrix, ms: median (best) | 100 inputs, ms | an ideal product is off by | "
        "peak memory, MB | badcrossbar, one input, ms | … 100 inputs, ms |"
    )
    print("|" + "---|" * 9)
    for n in map(int, a.sizes.split(",")):
        row(n, a.rounds, peer, a.peer_up_to)
    training()


if __name__ == "__main__":
    sys.exit(main())
