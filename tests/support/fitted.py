"""Cells with known parameters: simulate, fit, and count how often the intervals hold the truth."""

from collections import Counter, defaultdict
from dataclasses import dataclass, field

import numpy as np

from ohmgrad.devices.catalogue import LAWS
from ohmgrad.devices.fit import fit_pulses
from ohmgrad.devices.fit.candidates import READ
from ohmgrad.devices.fit.simulate import simulate_ramps

WINDOW = {"g_min": 1e-6, "g_max": 20e-6}
GRID = np.linspace(1e-6, 20e-6, 5)


@dataclass(frozen=True)
class Known:
    """A cell, how it is measured, and what the fit is told."""

    law: str
    values: dict
    pulses: int
    cycles: int
    read_noise: float
    directions: str = "both"
    table: object = None
    given: dict = field(default_factory=dict)

    @property
    def parameters(self):
        return LAWS[self.law].defaults()._replace(**self.values)

    def measure(self, seed, cells=1):
        p = [self.parameters] * cells if isinstance(cells, int) else cells
        return simulate_ramps(
            LAWS[self.law],
            p,
            pulses=self.pulses,
            cycles=self.cycles,
            table=self.table,
            read_noise=self.read_noise,
            directions=self.directions,
            seed=seed,
        )

    def fit(self, measurement, **options):
        p = self.parameters
        return fit_pulses(measurement, laws=[self.law], values={"g_min": p.g_min, "g_max": p.g_max}, **options)

    def truth(self, name):
        if name == READ:
            return self.read_noise
        if name[0] in "UD" and name[1:].isdigit():
            return abs(float(self.table[1 if name[0] == "U" else 2][int(name[1:])]))
        return getattr(self.parameters, name)


UP = np.array([4e-7, 3.2e-7, 2.6e-7, 1.8e-7, 1.2e-7])
CELLS = {
    "linear": Known("linear", WINDOW | {"step_set": 1e-7, "step_reset": 2e-7, "sigma": 0.4}, 90, 5, 3e-8),
    "soft-bounds": Known(
        "soft-bounds", WINDOW | {"step_set": 3e-7, "slope_set": 0.9, "step_reset": 4e-7, "slope_reset": 0.7, "sigma": 0.5}, 100, 5, 1e-7
    ),
    "power-step": Known(
        "power-step", WINDOW | {"step_set": 3e-7, "gamma_up": 1.5, "step_reset": 4e-7, "gamma_down": 0.7, "sigma": 0.0, "sigma_abs": 8e-8}, 80, 5, 1e-7
    ),
    "exponential-step": Known(
        "exponential-step",
        WINDOW | {"a": 0.5, "b": 0.0, "step_set": 3e-7, "A_up": 0.35, "gamma_up": 2.0, "step_reset": 3e-7, "A_down": 0.35, "gamma_down": 2.0, "sigma": 0.3},
        100, 25, 6e-8,
    ),
    "table": Known(
        "table", WINDOW | {"sigma": 0.0, "sigma_abs": 9e-8}, 80, 10, 1e-7, table=np.array([GRID, UP, -UP[::-1]])
    ),
    "pcm-nandakumar2018": Known("pcm-nandakumar2018", {}, 20, 100, 2e-7, directions="set"),
}  # fmt: skip


def coverage(known, trials, first_seed=1):
    """name → (times determined, share within 1 standard error, share within 2), and the sets of noise parameters that were chosen."""
    inside = defaultdict(list)
    chosen = Counter()
    for k in range(trials):
        fit = known.fit(known.measure(first_seed + k)).best
        chosen[fit.noise] += 1
        for e in next(iter(fit.cells.values())).estimates():
            if e.determined:
                truth = known.truth(e.name)
                inside[e.name].append([low <= truth <= high for low, high in (e.interval(1), e.interval(2))])
    return {name: (len(v), *np.mean(v, axis=0)) for name, v in inside.items()}, chosen
