"""ohmgrad: memristive crossbar arrays that learn.

    import ohmgrad

    run = ohmgrad.start("burr2014", "runs/a", epochs=2, settings=["synapse.refresh_every=100"])
    summary = run.train()
    print(summary["test_accuracy"], summary["array_energy_j"])
    ohmgrad.write_report("runs/a")

Names are loaded on first use, so that ``import ohmgrad`` stays fast.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ohmgrad.api import check_law, list_experiments, make_spec, resume, start
    from ohmgrad.arrays.circuit.access import Passive, Selector, Transistor
    from ohmgrad.arrays.circuit.crossbar import Crossbar
    from ohmgrad.data import Dataset, load_files, load_mnist
    from ohmgrad.devices.devicefile import load_device
    from ohmgrad.devices.fit import fit_pulses
    from ohmgrad.devices.law import Law, Param
    from ohmgrad.devices.steps import State, step_law
    from ohmgrad.errors import OhmgradError
    from ohmgrad.experiments.trace import pulses
    from ohmgrad.kernels.draws import normal, uniform
    from ohmgrad.report import write_report
    from ohmgrad.sweep.study import run_sweep, sweep_dataset

__version__ = "0.1.0"

_WHERE = {
    "start": "ohmgrad.api",
    "resume": "ohmgrad.api",
    "make_spec": "ohmgrad.api",
    "list_experiments": "ohmgrad.api",
    "check_law": "ohmgrad.api",
    "write_report": "ohmgrad.report",
    "Dataset": "ohmgrad.data",
    "load_mnist": "ohmgrad.data",
    "load_files": "ohmgrad.data",
    "load_device": "ohmgrad.devices.devicefile",
    "fit_pulses": "ohmgrad.devices.fit",
    "Law": "ohmgrad.devices.law",
    "Param": "ohmgrad.devices.law",
    "State": "ohmgrad.devices.steps",
    "step_law": "ohmgrad.devices.steps",
    "normal": "ohmgrad.kernels.draws",
    "uniform": "ohmgrad.kernels.draws",
    "OhmgradError": "ohmgrad.errors",
    "pulses": "ohmgrad.experiments.trace",
    "Crossbar": "ohmgrad.arrays.circuit.crossbar",
    "Passive": "ohmgrad.arrays.circuit.access",
    "Selector": "ohmgrad.arrays.circuit.access",
    "Transistor": "ohmgrad.arrays.circuit.access",
    "run_sweep": "ohmgrad.sweep.study",
    "sweep_dataset": "ohmgrad.sweep.study",
}

__all__ = [
    "Crossbar", "Dataset", "Law", "OhmgradError", "Param", "Passive", "Selector", "State", "Transistor", "check_law", "fit_pulses", "list_experiments",
    "load_device", "load_files", "load_mnist", "make_spec", "normal", "pulses", "resume", "run_sweep", "start", "step_law", "sweep_dataset", "uniform",
    "write_report",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    if name not in _WHERE:
        raise AttributeError(f"module 'ohmgrad' has no attribute '{name}'")
    return getattr(importlib.import_module(_WHERE[name]), name)


def __dir__() -> list[str]:
    return sorted([*__all__, "__version__"])
