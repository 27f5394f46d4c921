"""Peers on the same job: 528-250-125-10, the first 5,000 MNIST images, one sample at a time, one thread.

Runs in a Python of its own that has torch (and aihwkit); prints one JSON line per call on standard input: ``torch 500``,
``aihwkit 100`` (as its users run it) or ``aihwkit-one-tile 100`` trains so many samples and answers with samples/s.
"""

import json
import os
import sys
import time
from itertools import pairwise

os.environ.update(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1", MKL_NUM_THREADS="1")
import numpy as np
import torch

LAYERS = (528, 250, 125, 10)


def network(kind):
    """Three layers and the optimiser of the kind."""
    if kind == "torch":
        layers = [torch.nn.Linear(a, b) for a, b in pairwise(LAYERS)]
        optimiser = torch.optim.SGD
    else:
        from aihwkit.nn import AnalogLinear, AnalogSequential
        from aihwkit.optim import AnalogSGD
        from aihwkit.simulator.configs import MappingParameter, OneSidedUnitCell, SoftBoundsDevice, UnitCellRPUConfig

        cell = SoftBoundsDevice(w_max_dtod=0.3, w_max=1.0, w_min=0.0, dw_min=0.001)
        config = UnitCellRPUConfig(
            device=OneSidedUnitCell(unit_cell_devices=[cell], refresh_every=100),
            mapping=MappingParameter(max_input_size=0, max_output_size=0) if kind == "aihwkit-one-tile" else MappingParameter(),
        )
        layers = [AnalogLinear(a, b, bias=True, rpu_config=config) for a, b in pairwise(LAYERS)]
        optimiser = AnalogSGD
    modules = [m for layer in layers for m in (layer, torch.nn.Sigmoid())]
    modules[-1] = torch.nn.LogSoftmax(dim=1)  # network, loss and rate of aihwkit's own MNIST example
    model = torch.nn.Sequential(*modules) if kind == "torch" else AnalogSequential(*modules)
    step = optimiser(model.parameters(), lr=0.05)
    if hasattr(step, "regroup_param_groups"):
        step.regroup_param_groups(model)
    return model, step


def main():
    torch.set_num_threads(1)
    torch.manual_seed(1)
    data = np.load(sys.argv[1])
    x, y = torch.from_numpy(data["x"].astype(np.float32)), data["y"]
    label = torch.from_numpy(y)
    models = {}
    for line in sys.stdin:
        kind, n = line.split()
        if kind not in models:
            try:
                models[kind] = network(kind)
            except ImportError as e:
                print(json.dumps({"error": str(e)}), flush=True)
                continue
        model, optimiser = models[kind]
        begun = time.perf_counter()
        for i in range(int(n)):
            optimiser.zero_grad()
            torch.nn.functional.nll_loss(model(x[i : i + 1]), label[i : i + 1]).backward()
            optimiser.step()
        print(json.dumps({"samples_per_s": int(n) / (time.perf_counter() - begun)}), flush=True)


main()
