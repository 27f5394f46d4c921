"""One shot: RESET a cell fully, then SET it once to the conductance that its transistor's gate voltage allows, whatever the state before.

    aim ← clip(aim + ΔG, g_min, g_max)          aim: conductance last asked for; at first what a read (with read noise) shows
    v_gate = v_th_set + (aim − g_min)/gate_slope

All with nominal values: a cell of another slope ends elsewhere. Each cell with a change gets one full RESET and one SET, for an increase as for a decrease
(aim at g_min: the RESET only). Since the aim is remembered in digital, small changes add up, and what a shot misses is drawn anew with the next and does
not add up. Needs a law with a gate voltage: `one-shot`.

    pairs              ΔG/2 on G+ and −ΔG/2 on G−, whatever synapse.write says
    fixed, single      ΔG on the one cell

Time in parallel: by bit line. The gate voltages are those of the word lines, so the cells of a word line share theirs, those of one row of the matrix (each with
its own word and source line) do not: a full RESET slot and a SET slot for a row with changes, a read slot for a row that is read. Energy of a SET: v_drain²·t·(G before + G
after)/2, on the ledger as a conductance at v_set.

The drain's voltage may fall on the way through wires: the gate sets the conductance (word lines carry no current), so on wires this scheme writes as on ideal ones.

Source: C. Li et al., Nat. Commun. 9, 2385 (2018), doi:10.1038/s41467-018-04484-2. Row by row and the even split over the pair are ours.
"""

from __future__ import annotations

from ohmgrad.devices.current import CURRENTS
from ohmgrad.devices.resolve import Resolved
from ohmgrad.errors import SpecError
from ohmgrad.programming.dense import DenseScheme, DenseWriting, Wanted, dense_writing


class GateSet(DenseScheme):
    """RESET and one SET by gate voltage; see the module."""

    name = "gate-set"
    text = "one shot: full RESET, then SET to what the gate voltage allows, bit line by bit line"
    way = "gates"
    lines = ("bit-line",)
    any_direction = True
    remembers = True
    by_gate = True

    def settings(self, device: Resolved, wanted: Wanted) -> DenseWriting:
        """With slope and first gate voltage of the law; raises SpecError for a law without a gate."""
        p, law = device.params, device.law
        if "gate_slope" not in law.declared:
            raise SpecError(
                f"programming.scheme = 'gate-set' needs a law with a gate voltage, and '{law.name}' has none; set device.law = 'one-shot', or "
                "programming.scheme = 'verify'"
            )
        shape, v_0 = CURRENTS[device.section.current.kind], device.section.current.v_0
        drain = p.v_drain * shape(p.v_drain, v_0) / (p.v_set * shape(p.v_set, v_0))
        return dense_writing(device, wanted)._replace(gate_first=p.v_th_set, gate_slope=p.gate_slope, drain=drain)
