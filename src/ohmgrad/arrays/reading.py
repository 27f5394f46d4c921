"""What reads need to know besides the conductances, as a tuple of plain numbers that compiles."""

from __future__ import annotations

from typing import NamedTuple

from ohmgrad.arrays.coding import PLAIN, LineCoding


class Reading(NamedTuple):
    """relative, absolute (siemens): σ = absolute + relative·G of the white read noise; v_read (V) of a full input; v_0 (V) of the I-V curve; t_read (s) of one read.

    lines: how values get onto the lines and off them.
    """

    relative: float
    absolute: float
    v_read: float
    v_0: float
    t_read: float
    lines: LineCoding = PLAIN
