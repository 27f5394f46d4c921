"""Speed of training beside its limits and its peers, as ratios within one run. ``make bench``; PEERS=/path/to/python with torch.

Every figure of ohmgrad is for one thread unless it says two, over whole runs of the named experiment (10 epochs), with the
accuracy that this very run reached.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

import ohmgrad
from ohmgrad.experiments.build import build, load_data
from ohmgrad.ledger import BACKWARD_CELLS, FORWARD_CELLS, REFRESH_RESET, REFRESH_SET, RESET, SET, VERIFY_READS
from ohmgrad.network.drivers import train_fused
from ohmgrad.network.replica import Replica

sys.path.insert(0, str(Path(__file__).parent))
import limits

ARMS = ("linear-unbounded", "linear", "", "no-refresh")
EPOCHS = int(os.environ.get("BENCH_EPOCHS", "10"))


def trainer(variant):
    """(function that trains a fresh replica for one epoch more, the replica's data)."""
    spec = ohmgrad.make_spec("burr2014", variant=variant)
    data = load_data(spec)
    setup = build(spec, nonnegative_inputs=True)

    def fresh(label=0):
        r = Replica(setup, label)
        train_fused(r, data.train_x, data.train_y, r.order(0, len(data.train_x)), 0, 0, 0)
        return r

    def epoch(r, e):
        train_fused(r, data.train_x, data.train_y, r.order(e, len(data.train_x)), 0, len(data.train_x), e)

    return fresh, epoch, data


def whole_runs():
    """Each arm over its whole run on one thread, printed; returns seconds, weights read and pulses, each per sample."""
    print(
        f"{'arm (one thread, ' + str(EPOCHS) + ' epochs)':<36}{'samples/s':>11}{'pulses/sample':>15}{'pulses/s':>11}{'test':>9}"
    )
    rates = {}
    for arm in ARMS:
        fresh, epoch, data = trainer(arm)
        r, seconds = fresh(), 0.0
        for e in range(EPOCHS):
            begun = time.perf_counter()
            epoch(r, e)
            seconds += time.perf_counter() - begun
        n = EPOCHS * len(data.train_x)
        c = r.counts.sum(axis=0)
        pulses, reads = int(c[[SET, RESET, REFRESH_SET, REFRESH_RESET]].sum()), int(c[VERIFY_READS])
        extra = f"  (and {reads / n:,.0f} verify reads a sample)" if reads else ""
        accuracy = r.test(data.test_x, data.test_y)[0]
        rates[arm] = (seconds / n, c[[FORWARD_CELLS, BACKWARD_CELLS]].sum() / 2 / n, pulses / n)
        print(
            f"{arm or 'refresh every 100':<36}{n / seconds:>11,.0f}{pulses / n:>15,.0f}{pulses / seconds:>11.2e}{100 * accuracy:>8.2f}%{extra}"
        )
    return rates


def threads():
    """Two threads on two replicas against one thread on the same two, in turn; median of the ratios."""
    fresh, epoch, _ = trainer("linear")
    ratios = []
    with ThreadPoolExecutor(2) as pool:
        for k in range(5):
            pair = [fresh(k), fresh(k + 10)]
            begun = time.perf_counter()
            for r in pair:
                epoch(r, 0)
            one = time.perf_counter() - begun
            pair = [fresh(k), fresh(k + 10)]
            begun = time.perf_counter()
            list(pool.map(lambda r: epoch(r, 0), pair))
            ratios.append(one / (time.perf_counter() - begun))
    print(
        f"\ntwo threads on two replicas: {statistics.median(ratios):.2f} × one thread ({min(ratios):.2f} to {max(ratios):.2f}, 5 rounds)"
    )


def peers(python):
    """ohmgrad and peers in turn on the same network; medians of the ratios."""
    fresh, epoch, data = trainer("")
    linear, linear_epoch, _ = trainer("linear")
    ours = {"refresh every 100": (fresh(), epoch), "linear": (linear(), linear_epoch)}
    with tempfile.TemporaryDirectory() as folder:
        np.savez(Path(folder) / "data.npz", x=data.train_x, y=data.train_y)
        child = subprocess.Popen(
            [python, str(Path(__file__).parent / "peers.py"), str(Path(folder) / "data.npz")],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, stderr=subprocess.DEVNULL,
        )  # fmt: skip

        def ask(line):
            child.stdin.write(line + "\n")
            child.stdin.flush()
            return json.loads(child.stdout.readline())

        rates = {name: [] for name in ("torch", "aihwkit", "aihwkit-one-tile", *ours)}
        for name, n in (("torch", 200), ("aihwkit", 20), ("aihwkit-one-tile", 20)):
            answer = ask(f"{name} {n}")
            if "error" in answer:
                print(f"{name}: not measured: {answer['error']}")
                del rates[name]
        for e in range(EPOCHS):
            for name, n in (("torch", 3000), ("aihwkit", 300), ("aihwkit-one-tile", 300)):
                if name in rates:
                    rates[name].append(ask(f"{name} {n}")["samples_per_s"])
            for name, (r, train) in ours.items():
                begun = time.perf_counter()
                train(r, e)
                rates[name].append(len(data.train_x) / (time.perf_counter() - begun))
        child.stdin.close()
        child.wait()
    print("\nsamples/s, one thread, in turn, one round per epoch: median (lowest to highest)")
    for name, values in rates.items():
        print(f"{name:<22}{statistics.median(values):>9,.0f}  ({min(values):,.0f} to {max(values):,.0f})")
    for mine in ours:
        for peer in ("torch", "aihwkit", "aihwkit-one-tile"):
            if peer in rates:
                ratio = [a / b for a, b in zip(rates[mine], rates[peer], strict=True)]
                whole = statistics.harmonic_mean(rates[mine]) / statistics.median(rates[peer])
                print(f"{mine} / {peer}: {whole:.1f} × over the whole run ({min(ratio):.1f} to {max(ratio):.1f} by epoch)")


def bound(runs):
    """What a sample would take if each weight were read once, at full speed, and each pulse cost one draw and nothing else."""
    m = limits.measure()
    read, draw = m["read_bytes_per_s"], m["normals_per_s"]
    print(f"\nthis machine, one thread: weights read at {read / 1e9:.1f} GB/s, {draw:.2e} Gaussian draws a second")
    for arm, (seconds, weights, pulses) in runs.items():
        print(
            f"{arm or 'refresh every 100':<22}{weights:>9,.0f} weights {1e6 * 8 * weights / read:>6.1f} µs, {pulses:>6,.0f} draws {1e6 * pulses / draw:>6.1f} µs; "
            f"measured {1e6 * seconds:>6.1f} µs a sample"
        )


if __name__ == "__main__":
    arms = whole_runs()
    threads()
    bound(arms)
    peer = os.environ.get("PEERS", ".venv-peers/bin/python")
    if Path(peer).exists():
        peers(peer)
    else:
        print(f"\npeers: not measured: no Python at {peer}; see benchmarks/README.md for how to install them")
