"""A sweep of 64 points of burr2014, one epoch each: two workers against one, and what giving out the tasks costs. ``python benchmarks/sweep.py``

Each round trains 64 points on one worker and then on two, kernels warm, workers started before the clock. What the dispatch costs: the time of one worker
that is not the time of its runs, as a share. Where other programs take part of the cores, the ratio by the clock says little; the CPU seconds that the
workers took (Linux) then tell what two free cores would do: 2 × CPU seconds of one worker / CPU seconds of two.
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


def cpu_seconds(pids):
    """CPU seconds that these processes have taken so far; 0 where /proc does not tell."""
    ticks = 0
    for pid in pids:
        path = Path(f"/proc/{pid}/stat")
        if path.exists():
            ticks += sum(map(int, path.read_text(encoding="utf-8").rpartition(")")[2].split()[11:13]))
    return ticks / os.sysconf("SC_CLK_TCK")


def seconds_of(file, folder, workers):
    """(seconds of the sweep, of its runs, CPU seconds of the workers, samples) with so many workers, warm."""
    warm = file.with_name("warm.toml")
    warm.write_text(SWEEP.format(51, 1).replace("repeats = 1", f"repeats = {4 * workers}"), encoding="utf-8")
    with study.crew(workers) as crew:
        plan = study.plan_of(warm)
        with study.opened(plan, folder / "warm") as store:
            run(plan, store, crew.executor, crew.workers)
        plan = study.plan_of(file)
        with study.opened(plan, folder / "timed") as store:
            before, begun = cpu_seconds(crew.executor.pids), time.perf_counter()
            at = run(plan, store, crew.executor, crew.workers)
            passed, cpu = time.perf_counter() - begun, cpu_seconds(crew.executor.pids) - before
            assert (at.done, at.failed) == (POINTS, 0)
            (busy,) = store.db.execute("SELECT sum(seconds) FROM runs").fetchone()
            return passed, busy, cpu, POINTS * plan.base.data.train


def main():
    """Rounds of one worker and two, in turn."""
    ratios, shares = [], []
    print(f"{POINTS} points of burr2014, 1 epoch, load {os.getloadavg()[0]:.1f} at the start")
    with tempfile.TemporaryDirectory() as name:
        file = Path(name) / "points.toml"
        file.write_text(SWEEP.format(50 + POINTS - 1, POINTS), encoding="utf-8")
        for k in range(ROUNDS):
            one, busy, cpu_one, samples = seconds_of(file, Path(name) / f"one-{k}", 1)
            two, _, cpu_two, _ = seconds_of(file, Path(name) / f"two-{k}", 2)
            ratios.append(one / two)
            shares.append((one - busy) / one)
            by_cpu = f"; by CPU time {2 * cpu_one / cpu_two:.2f} ×" if cpu_two else ""
            speeds = f"one worker {samples / one:,.0f} samples/s, two {samples / two:,.0f} (tests included)"
            print(f"{speeds}: {one / two:.2f} ×{by_cpu}; dispatch {100 * shares[-1]:.2f} %", flush=True)
    print(
        f"median {statistics.median(ratios):.2f} × ({min(ratios):.2f} to {max(ratios):.2f}); dispatch {100 * statistics.median(shares):.2f} %"
    )


if __name__ == "__main__":
    main()
