"""Endurance: the window closes with use.

    g_max(n) = g_min + (g_max − g_min)/(1 + (n/N)^b)          (a millionth of the window is left whatever n)

n: full cycles so far, each a swing through the window that is left and back; a pulse that changes the cell by ΔG counts
|ΔG|/(2 (g_max(n) − g_min)) of one, so that small analogue steps wear a cell in proportion. N: cycles after which half of the window is left; b: how sharp the end is.
The form is ours, chosen for its two readable numbers; papers report N at which the window fails. Left out: cells that fail at once, and a
g_min that rises.
"""

from __future__ import annotations

from typing import Any

from ohmgrad.devices.law import Param
from ohmgrad.kernels.compiled import inline
from ohmgrad.kernels.elementary import power

PARAMS = {
    "endurance_cycles": Param("dimensionless", 1e6, 1e-3, 1e30, "cycles after which half of the window is left"),
    "endurance_power": Param("dimensionless", 1.0, 0.01, 10.0, "how sharp the end of the window is"),
}


LEAST = 1e-6


@inline
def share_left(cycles: float, p: Any) -> float:
    """Share of the window that is left after `cycles` full cycles; never below a millionth, since laws divide by their window."""
    return max(1.0 / (1.0 + power(cycles / p.endurance_cycles, p.endurance_power)), LEAST)


def worn_g_max(cycles: float, p: Any) -> float:
    """Highest conductance (siemens) after `cycles` full cycles."""
    return p.g_max - (p.g_max - p.g_min) * (1.0 - share_left(cycles, p))


def share_of_cycle(dg: float, cycles: float, p: Any) -> float:
    """Full cycles that a change by `dg` siemens counts, `cycles` after the first."""
    return abs(dg) / (2.0 * (p.g_max - p.g_min) * share_left(cycles, p))
