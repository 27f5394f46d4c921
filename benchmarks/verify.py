"""Speed of write with verify: pulse-and-read steps a second on one thread. ``python benchmarks/verify.py``.

512 × 512 single cells from g_min to targets spread evenly over 90 % of the window, to within 1 % of the window; a Gaussian a pulse, with and without a
Gaussian a read. Median and range over rounds, compilation left out; then yield and pulses per cell.
"""

import statistics
import time

import numpy as np

from ohmgrad.devices.resolve import complete_device, resolve
from ohmgrad.devices.section import Device
from ohmgrad.learning.activations import ACTIVATIONS
from ohmgrad.network.assemble import loops
from ohmgrad.programming.pulse_train import PulseTrain
from ohmgrad.programming.verify import verifying, write_verify

SIZE, ROUNDS, BAR = 512, 7, 1e7


def main():
    print("| law | read noise | steps/s, median | lowest to highest | bar 1e7 | yield | pulses: median, 95 %, most |")
    print("|---|---|---|---|---|---|---|")
    for law in ("linear", "soft-bounds"):
        for noise in (0.0, 0.003):
            parameters = {"step_set": 0.2e-6, "step_reset": 0.2e-6}
            d = resolve(complete_device(Device(schema=1, law=law, parameters=parameters, noise={"relative": noise})))
            kernels = loops(d.law, PulseTrain(), ACTIVATIONS["tanh"], (), "ohmic", noise > 0.0)
            low, window = d.params.g_min, d.params.g_max - d.params.g_min
            target = low + 0.9 * window * np.random.default_rng(1).random((SIZE, SIZE, 1))
            how, rates = verifying(d, 0.01 * window), []
            for k in range(ROUNDS + 1):  # one to warm up
                state = np.full((1, SIZE * SIZE, 1), low)
                begun = time.perf_counter()
                w = write_verify(kernels, d, state, np.empty((0, SIZE * SIZE, 1)), target, how, seed=1, step=k)
                rates.append(w.reads / (time.perf_counter() - begun))
            rates = sorted(rates[1:])
            n = np.sort(w.pulses.sum(axis=0).ravel())
            middle = statistics.median(rates)
            print(
                f"| {law} | {noise} | {middle:.2e} | {rates[0]:.2e} to {rates[-1]:.2e} | {'met' if middle >= BAR else 'missed'} | "
                f"{100 * w.reached / w.cells:.3f} % | {n[len(n) // 2]}, {n[int(0.95 * len(n))]}, {n[-1]} |",
                flush=True,
            )


if __name__ == "__main__":
    main()
