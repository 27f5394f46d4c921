"""Write with verify in training (figure 1.8 of the chapter, mirrored for RESET), for arrays with a transistor at every cell.

The controller reads a cell, adds the wanted change, and brings the cell there:

    target = clip(reading + ΔG, g_min, g_max)            g_min, g_max: the nominal window; the reading carries read noise

by read and pulse in turn (`ohmgrad.programming.verify_loop`: rules, amplitudes), at most `programming.most` pulses. The first read serves both to make the
target and to begin the loop, so a cell with n pulses has n + 1 reads. A cell whose |ΔG| is not above the tolerance (`programming.tolerance`, or
half a mean step) gets neither read nor pulse: it is there. A cell that spends its pulses counts as unreached.

    two-way pairs      ΔG/2 on G+, −ΔG/2 on G−; what the window cuts off one member is not made up for by the other
    one-way pairs      ΔG > 0: G+ is raised, ΔG < 0: G− is raised; SET pulses only, so the rule is always "passed"
    fixed, single      ΔG on the one cell; where the law has no gradual RESET, a decrease is a full RESET and the way up again

Time in parallel: by bit line, the cells of one row of the matrix at once, each with its own word and source line; in each round a read, a SET slot if a
cell needs one, a RESET slot likewise; rows one after another. Along a word line nothing is parallel, since the currents merge in one source line
(chapter, §1.2.3). Where the amplitude grows (`programming.increment`) the cells of a bit line differ in it, and all goes cell by cell.
On the bill the energy of every pulse is that of its own amplitude.
"""

from __future__ import annotations

from ohmgrad.devices.resolve import Resolved
from ohmgrad.programming.dense import DenseScheme, DenseWriting, Wanted, dense_writing
from ohmgrad.programming.scheme import CHAPTER
from ohmgrad.programming.verify import verifying


class Verify(DenseScheme):
    """Read, pulse, read; see the module."""

    name = "verify"
    text = "write with verify: read and pulse in turn until the target is met, bit line by bit line"
    source = CHAPTER
    way = "verified"
    lines = ("bit-line",)
    any_direction = True

    def settings(self, device: Resolved, wanted: Wanted) -> DenseWriting:
        """With tolerance (half a mean step by default: a quarter of SET and RESET together) and rule; raises SpecError."""
        d, o = device.section, wanted
        tolerance = o.tolerance
        if tolerance is None:
            up, down = device.law.nominal_step(d.t_set, d.t_reset, device.params, device.table)
            tolerance = 0.25 * (up + down)
        how = verifying(
            device, tolerance, most=o.most, stop="passed" if o.one_way else o.stop, increment=o.increment, v_read=o.v_read, t_read=o.t_read
        )  # fmt: skip
        return dense_writing(device, o)._replace(how=how)
