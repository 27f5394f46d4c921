"""A sweep of 64 points of burr2014, one epoch each: two workers against one, and what giving out the tasks costs. ``python benchmarks/sweep.py``

Each round trains 64 points on one worker and then on two, kernels warm, workers started before the clock. What the dispatch costs: the time of one worker
that is not the time of its runs, as a share.
"""

import os
import statistics
import tempfile
import time
from pathlib import Path

from ohmgrad.sweep import study
from ohmgrad.sweep.runner import run

POINTS = int(os.environ.get("BENCH_POINTS", "64"))
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "3"))
SWEEP = (
    'base = "burr2014"\nepochs = 1\nrepeats = 1\n[[axis]]\nfield = "synapse.refresh_every"\nfrom = 50\nto = {}\npoints = {}\n'
)


def seconds_of(file, folder, workers):
    """(seconds of the sweep, seconds of its runs, samples) with so many workers, warm."""
    warm = file.with_name("warm.toml")
    warm.write_text(SWEEP.format(51, 1).replace("repeats = 1", f"repeats = {4 * workers}"), encoding="utf-8")
    with study.crew(workers) as crew:
        plan = study.plan_of(warm)
        with study.opened(plan, folder / "warm") as store:
            run(plan, store, crew.executor, crew.workers)
        plan = study.plan_of(file)
        with study.opened(plan, folder / "timed") as store:
            begun = time.perf_counter()
            at = run(plan, store, crew.executor, crew.workers)
            passed = time.perf_counter() - begun
            assert (at.done, at.failed) == (POINTS, 0)
            (busy,) = store.db.execute("SELECT sum(seconds) FROM runs").fetchone()
            return passed, busy, POINTS * plan.base.data.train


def main():
    """Rounds of one worker and two, in turn."""
    ratios, shares = [], []
    print(f"{POINTS} points of burr2014, 1 epoch, load {os.getloadavg()[0]:.1f} at the start")
    with tempfile.TemporaryDirectory() as name:
        file = Path(name) / "points.toml"
        file.write_text(SWEEP.format(50 + POINTS - 1, POINTS), encoding="utf-8")
        for k in range(ROUNDS):
            one, busy, samples = seconds_of(file, Path(name) / f"one-{k}", 1)
            two, _, _ = seconds_of(file, Path(name) / f"two-{k}", 2)
            ratios.append(one / two)
            shares.append((one - busy) / one)
            print(
                f"one worker {samples / one:,.0f} samples/s, two {samples / two:,.0f} (tests included): {one / two:.2f} ×; dispatch {100 * shares[-1]:.2f} %"
            )
    print(
        f"median {statistics.median(ratios):.2f} × ({min(ratios):.2f} to {max(ratios):.2f}); dispatch {100 * statistics.median(shares):.2f} %"
    )


if __name__ == "__main__":
    main()
