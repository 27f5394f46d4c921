"""Phase-change cell after Nandakumar et al.: stochastic accumulation with a memory of the last RESET, abrupt RESET.

    SET    P ← P·e^(−1/2.6)   (before the draw),   g ← clip(g + N(μ, σ²), g_min, g_max)
           μ = −0.084 g + 0.880 µS + 1.40 µS·P
           σ =  0.091 g + 0.260 µS + 2.15 µS·P          (g, μ, σ in µS here; siemens in the code)
    RESET  P ← 1,  g ← g_min                            (any negative pulse above threshold)

The hidden state P lets the first pulses after a RESET do more. The mean step is a·μ and its spread a·σ at amplitude a
(`ohmgrad.devices.drive`; only a = 1 is published). Source: S. R. Nandakumar et al., J. Appl. Phys. 124, 152135 (2018),
doi:10.1063/1.5042408. Valid for 0.1 … 20 µS. Left out here: drift, read noise, spread of the RESET conductance.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

from ohmgrad.devices.drive import VOLTS, check_volts, drive
from ohmgrad.devices.law import Law, Param
from ohmgrad.kernels.draws import normal


class State(NamedTuple):
    g: float
    memory: float


class Params(NamedTuple):
    g_min: float
    g_max: float
    mean_slope: float
    mean_0: float
    mean_memory: float
    std_slope: float
    std_0: float
    std_memory: float
    memory_decay: float
    v_set: float
    v_reset: float
    v_th_set: float
    v_th_reset: float
    v_full: float


def pulse(s: Any, v: float, t: float, p: Any, tab: Any, key: Any) -> Any:
    a = drive(v, p)
    if a == 0.0:
        return s
    if a < 0.0:
        return State(p.g_min, 1.0)
    m = s.memory * p.memory_decay
    mu = p.mean_slope * s.g + p.mean_0 + p.mean_memory * m
    sd = p.std_slope * s.g + p.std_0 + p.std_memory * m
    g = s.g + a * (mu + sd * normal(key, 0))
    return State(min(max(g, p.g_min), p.g_max), m)


def mean_step(s: Any, v: float, t: float, p: Any, tab: Any) -> float:
    a = drive(v, p)
    if a <= 0.0:
        return float(p.g_min - s.g) if a < 0.0 else 0.0
    return float(a * (p.mean_slope * s.g + p.mean_0 + p.mean_memory * s.memory * p.memory_decay))


def spread(s: Any, v: float, t: float, p: Any, tab: Any) -> float:
    a = drive(v, p)
    if a <= 0.0:
        return 0.0
    return float(a * (p.std_slope * s.g + p.std_0 + p.std_memory * s.memory * p.memory_decay))


def pulses_needed(g0: float, g1: float, t: float, p: Any, tab: Any) -> float:
    """Mean path with the memory spent: dg/dn = μ₀ + slope·g."""
    if g1 <= g0:
        return 0.0
    top = -p.mean_0 / p.mean_slope if p.mean_slope < 0.0 else math.inf
    if g1 >= min(top, p.g_max):
        return math.inf
    if p.mean_slope == 0.0:
        return float((g1 - g0) / p.mean_0)
    return math.log1p(p.mean_slope * (g1 - g0) / (p.mean_0 + p.mean_slope * g0)) / math.log1p(p.mean_slope)


LAW = Law(
    name="pcm-nandakumar2018",
    text="phase change: stochastic accumulation, memory of the last RESET, abrupt RESET",
    source="Nandakumar et al., J. Appl. Phys. 124, 152135 (2018), doi:10.1063/1.5042408",
    state=State,
    params=Params,
    declared={
        "g_min": Param("conductance", 0.1e-6, 0.0, 1.0, "conductance after RESET"),
        "g_max": Param("conductance", 20e-6, 1e-15, 1.0, "highest conductance"),
        "mean_slope": Param("dimensionless", -0.084, -1.0, 0.0, "slope of the mean step with conductance"),
        "mean_0": Param("conductance", 0.880e-6, 1e-15, 1.0, "mean step at g = 0, memory spent"),
        "mean_memory": Param("conductance", 1.40e-6, 0.0, 1.0, "share of the mean step that the memory adds"),
        "std_slope": Param("dimensionless", 0.091, 0.0, 10.0, "slope of the spread with conductance"),
        "std_0": Param("conductance", 0.260e-6, 0.0, 1.0, "spread at g = 0, memory spent"),
        "std_memory": Param("conductance", 2.15e-6, 0.0, 1.0, "share of the spread that the memory adds"),
        "memory_decay": Param("dimensionless", 0.6807123983233854, 0.0, 1.0, "factor on the memory per pulse, exp(-1/2.6)"),
        **VOLTS,
    },
    pulse=pulse,
    mean_step=mean_step,
    spread=spread,
    bounds=lambda p: (p.g_min, p.g_max),
    start=lambda g, p: State(g, 1.0),
    nominal_step=lambda t_set, t_reset, p, tab: (p.mean_0, p.mean_0),
    pulses_needed=pulses_needed,
    can_go_down=False,
    equation="SET: P ← P·memory_decay, then g += N(mean_slope·g + mean_0 + mean_memory·P, (std_slope·g + std_0 + std_memory·P)²); RESET: g ← g_min, P ← 1",
    leaves_out="drift and read noise (give them beside the law), spread of the RESET conductance, pulse width",
    switches={
        "nonlinearity": {"mean_slope": 0.0, "mean_memory": 0.0},
        "cycle-to-cycle": {"std_slope": 0.0, "std_0": 0.0, "std_memory": 0.0},
    },
    checks=check_volts,
)
