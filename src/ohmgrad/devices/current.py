"""Current of a cell against voltage, its conductance G being that at small voltage.

    ohmic   I = G·V
    sinh    I = G·V₀·sinh(V/V₀)
    cubic   I = G·V·(1 + (V/V₀)²)

All are G times a function of the voltage alone, so on ideal wires Kirchhoff's sum stays a product of a matrix with a vector: the voltages are
reshaped, I_j = Σ f(V_i)·G_ij. sinh: hopping and tunnelling over a barrier (J. G. Simmons, J. Appl. Phys. 34, 1793 (1963),
doi:10.1063/1.1702682, at low voltage); cubic: its first two terms with a constant of its own. Left out: V₀ that depends on the state.
"""

from __future__ import annotations

from collections.abc import Callable

from ohmgrad.kernels.elementary import exp, sinh


def _ohmic(v: float, v_0: float) -> float:
    return v


def _sinh(v: float, v_0: float) -> float:
    return v_0 * sinh(v / v_0)


def _cubic(v: float, v_0: float) -> float:
    z = v / v_0
    return v * (1.0 + z * z)


# (volts, v_0) -> I/G in volts
CURRENTS: dict[str, Callable[[float, float], float]] = {"ohmic": _ohmic, "sinh": _sinh, "cubic": _cubic}


def _ohmic_slope(v: float, v_0: float) -> float:
    return 1.0


def _sinh_slope(v: float, v_0: float) -> float:
    z = v / v_0
    return 0.5 * (exp(z) + exp(-z))  # type: ignore[no-any-return]


def _cubic_slope(v: float, v_0: float) -> float:
    z = v / v_0
    return 1.0 + 3.0 * z * z


# (volts, v_0) -> dI/dV / G
SLOPES: dict[str, Callable[[float, float], float]] = {"ohmic": _ohmic_slope, "sinh": _sinh_slope, "cubic": _cubic_slope}
