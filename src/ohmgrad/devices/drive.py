"""Voltage for laws that know none: threshold, nominal amplitude, full RESET.

Published step laws speak of "a pulse". Here a pulse is a voltage, so that half-selected cells answer for themselves:

    a(v) = (v − v_th⁺) / (v_set − v_th⁺)        for v ≥ v_th⁺          a = 1 at the nominal SET amplitude
    a(v) = 0                                    for −v_th⁻ < v < v_th⁺   (so V/2 does nothing if V/2 < v_th)
    a(v) = −(|v| − v_th⁻) / (v_reset − v_th⁻)   for v ≤ −v_th⁻          a = −1 at the nominal RESET amplitude
    full RESET                                  for v ≤ −v_full          the cell returns to its lowest conductance

The step is multiplied by |a|. All five voltages are magnitudes in volts. Left out: the pulse width (taken as nominal) and the
waveform. The linear interpolation between threshold and nominal amplitude is ours; only a = 0, 1, −1 occur in the schemes
here.
"""

from __future__ import annotations

from typing import Any

from ohmgrad.devices.law import Param
from ohmgrad.kernels.compiled import inline

VOLTS = {
    "v_set": Param("voltage", 2.0, 1e-3, 1e3, "nominal SET amplitude"),
    "v_reset": Param("voltage", 2.0, 1e-3, 1e3, "nominal (gradual) RESET amplitude"),
    "v_th_set": Param("voltage", 1.2, 0.0, 1e3, "below it a positive pulse changes nothing"),
    "v_th_reset": Param("voltage", 1.2, 0.0, 1e3, "below it a negative pulse changes nothing"),
    "v_full": Param("voltage", 3.0, 1e-3, 1e3, "full RESET amplitude"),
}


@inline
def drive(v: float, p: Any) -> float:
    """Signed amplitude a(v), dimensionless; see the module's equations.

    >>> from collections import namedtuple
    >>> P = namedtuple("P", VOLTS)
    >>> p = P(2.0, 2.0, 1.2, 1.2, 3.0)
    >>> drive(2.0, p), drive(1.0, p), drive(-2.0, p)
    (1.0, 0.0, -1.0)
    """
    if v >= p.v_th_set:
        return float((v - p.v_th_set) / (p.v_set - p.v_th_set))
    if v <= -p.v_th_reset:
        return float((v + p.v_th_reset) / (p.v_reset - p.v_th_reset))
    return 0.0


def check_volts(p: Any) -> list[str]:
    """Messages on voltages that contradict each other."""
    bad = []
    if not p.v_th_set < p.v_set:
        bad.append(f"v_th_set ({p.v_th_set} V) must be below v_set ({p.v_set} V)")
    if not p.v_th_reset < p.v_reset:
        bad.append(f"v_th_reset ({p.v_th_reset} V) must be below v_reset ({p.v_reset} V)")
    if not p.v_full > p.v_reset:
        bad.append(f"v_full ({p.v_full} V) must exceed v_reset ({p.v_reset} V)")
    return bad
