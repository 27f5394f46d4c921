"""Parts of the bill of a run: what each layer and each epoch costs."""

from __future__ import annotations

import math
from typing import Any

from ohmgrad.errors import RunError
from ohmgrad.report.finished import Finished
from ohmgrad.report.run import Bill

# Costs of an epoch: key, heading, dimension.
COSTS = (("time_s", "in parallel", "time"), ("time_serial_s", "cell by cell", "time"), ("energy_j", "energy", "energy"))


def layers_data(bill: Bill) -> list[dict[str, float | None]]:
    """Seconds cell by cell and joules of each layer; empty where they were not recorded."""
    return [{"time_serial_s": time, "energy_j": energy} for time, energy in bill.layers]


def epochs_data(run: Finished) -> list[dict[str, Any]]:
    """Events, seconds and joules of each epoch, of one network (means over replicas); None where a cost has no meaning.

    Raises `RunError` for a run whose history has none.
    """
    h = run.history
    if h.costs is None:
        raise RunError(
            f"{run.folder}: its history has no costs of single epochs; it was written by another version, train it anew"
        )
    return [
        {
            "epoch": int(epoch),
            "events": {name: float(values[k]) for name, values in h.events.items()},
            **{key: None if math.isnan(v) else float(v) for (key, _, _), v in zip(COSTS, h.costs[k], strict=True)},
        }
        for k, epoch in enumerate(h.epochs)
    ]
