"""A law that breaks its word must not spoil a run: a look before training, and one after every chunk."""

from __future__ import annotations

from typing import Any

import numpy as np

from ohmgrad.devices.catalogue import LAWS
from ohmgrad.devices.check import cell_bounds, check_states, probe_law
from ohmgrad.devices.faults import STUCK
from ohmgrad.devices.wrap import Wrapped
from ohmgrad.network.drivers import Driver
from ohmgrad.network.replica import Replica


def probe(r: Replica) -> None:
    """Give a law of the user's random pulses with the cells' own parameters; raises LawError with the inputs of what goes wrong."""
    s = r.setup
    law = s.law.inner if isinstance(s.law, Wrapped) else s.law
    if LAWS.get(law.name) is law:
        return
    w = s.writing
    varied = {name: values for name, values in _varied(r).items() if name in law.declared}
    params = law.params(*s.params[: len(law.declared)])
    probe_law(law, params, s.table, t_set=w.t_set, t_reset=w.t_reset, t_full=w.t_full, varied=varied)


class Guard:
    """One replica, trained by a driver and looked at afterwards."""

    def __init__(self, r: Replica) -> None:
        self.replica = r
        self.varied = _varied(r)
        self.low, self.high = cell_bounds(r.setup.law, r.setup.params, self.varied)
        if r.setup.faults.any:  # a stuck cell may be stuck outside the window
            stuck, g = self.varied["fault"] == STUCK, r.cells.state[0]
            self.low = np.where(stuck, np.minimum(self.low, g), self.low)
            self.high = np.where(stuck, np.maximum(self.high, g), self.high)

    def run(self, driver: Driver, images: Any, labels: Any, order: Any, begin: int, end: int, epoch: int) -> None:
        """Train on order[begin:end]; raises LawError that names the first cell whose state is not finite or out of bounds."""
        r = self.replica
        driver(r, images, labels, order, begin, end, epoch)
        where = f"after {epoch * len(order) + end:,} samples of replica {r.label}"
        check_states(r.setup.law, r.cells.state, self.low, self.high, r.setup.params, self.varied, where, r.setup.synapse.names)


def _varied(r: Replica) -> dict[str, Any]:
    """Parameters that differ from cell to cell: name → (synapses, members)."""
    return dict(zip(r.setup.varied, r.cells.varied, strict=True))
