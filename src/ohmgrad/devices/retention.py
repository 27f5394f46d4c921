"""Retention: what is left of a written conductance after some time without a pulse.

    power-law    g = g_w·(age/t_0)^(−ν)                            for age > t_0, else g_w
    stretched    g = g_r + (g_w − g_r)·exp(−(age/τ)^β)
    activated    g = g_r + (g_w − g_r)·exp(−age·r(g_w)),   r = rate·exp(−E(g_w)/kT),   E = E_low + (E_high − E_low)·(g_w − g_min)/(g_max − g_min)

g_w: conductance when it was last changed by a pulse (siemens); age: seconds since; g_r: conductance that is left at the end. Each level of
an activated cell has the barrier of its own; k = 8.617333·10⁻⁵ eV/K. A cell keeps g_w and its age as hidden state, so that resting twice is
resting once for the sum of the times. Left out: that a pulse without effect renews a cell; random loss (give ν, τ or the barriers a spread
from cell to cell).

Sources: power law: S. R. Nandakumar et al., J. Appl. Phys. 124, 152135 (2018), doi:10.1063/1.5042408; stretched exponential: R. Kohlrausch, Ann. Phys.
167, 179 (1854), doi:10.1002/andp.18541670203; activated loss: Arrhenius.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from ohmgrad.devices.law import Param
from ohmgrad.kernels.elementary import exp, power

BOLTZMANN = 8.617333262e-5  # eV/K


class Kind(NamedTuple):
    """A way of forgetting: parameters (their names begin with ``retention_``) and retained(g_w, age, p) -> g."""

    params: Mapping[str, Param]
    retained: Callable[..., float]


def _power_law(written: float, age: float, p: Any) -> float:
    if age <= p.retention_t_0:
        return written
    return written * power(age / p.retention_t_0, -p.retention_nu)


def _stretched(written: float, age: float, p: Any) -> float:
    return p.retention_g_rest + (written - p.retention_g_rest) * exp(-power(age / p.retention_tau, p.retention_beta))


def _activated(written: float, age: float, p: Any) -> float:
    share = (written - p.g_min) / (p.g_max - p.g_min)
    barrier = p.retention_barrier_low + (p.retention_barrier_high - p.retention_barrier_low) * share
    rate = p.retention_rate * exp(-barrier / (BOLTZMANN * p.retention_temperature))
    return p.retention_g_rest + (written - p.retention_g_rest) * exp(-age * rate)


_REST = Param("conductance", 0.0, 0.0, 1.0, "conductance that is left at the end")
KINDS = {
    "power-law": Kind(
        {
            "retention_nu": Param("dimensionless", 0.0, -10.0, 10.0, "exponent of the drift"),
            "retention_t_0": Param("time", 1.0, 1e-15, 1e12, "drift begins so long after writing"),
        },
        _power_law,
    ),
    "stretched": Kind(
        {
            "retention_tau": Param("time", 1e8, 1e-15, 1e30, "time constant of the loss"),
            "retention_beta": Param("dimensionless", 1.0, 1e-3, 10.0, "exponent of time"),
            "retention_g_rest": _REST,
        },
        _stretched,
    ),
    "activated": Kind(
        {
            "retention_rate": Param("dimensionless", 1e13, 1e-30, 1e30, "attempts per second"),
            "retention_barrier_low": Param("dimensionless", 1.2, 0.0, 100.0, "barrier of a level at g_min, electronvolt"),
            "retention_barrier_high": Param("dimensionless", 1.2, 0.0, 100.0, "barrier of a level at g_max, electronvolt"),
            "retention_temperature": Param("temperature", 300.0, 1e-3, 2000.0, "temperature"),
            "retention_g_rest": _REST,
        },
        _activated,
    ),
}
