"""The yardstick: the wanted change lands exactly, as in floating point.

    pairs              G+ ← G+ + ΔW/(2·gain),  G− ← G− − ΔW/(2·gain)
    fixed, single      G ← G + ΔW/gain

gain: weight per siemens. No pulses, no bounds, no variation, no faults; hidden states of the cells stay. Nothing is on the bill but the number of updates.
"""

from __future__ import annotations

from ohmgrad.programming.dense import DenseScheme


class Exact(DenseScheme):
    """Software; see the module."""

    name = "exact"
    text = "the wanted change to the last digit: the yardstick, no device"
    way = "exact"
    any_direction = True
    ideal = True
