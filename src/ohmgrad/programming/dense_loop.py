"""Writing of the change of a whole layer, compiled: which loop serves the scheme at hand.

    write_dense(cells, geo, layer, dw, live, gain, coding, writing, dense, reading, aim, seed, repeat, step, counts, sums, slots, scratch)

    dw (synapses of the layer,)      change wanted, weight units
    live (rows of the layer,)        0 where no change is wanted on the whole row
    gain                             weight per siemens of this layer
    dense                            `ohmgrad.programming.dense.DenseWriting`
    aim (synapses of the net, members)   conductances last asked for (siemens, nan: never), for schemes that remember them
    step                             address of the update
    counts, sums                     this layer's lines of the ledger
    slots                            filled with this layer's time slots in parallel, in the order of `ohmgrad.ledger.TOTALS`

Leaves state, w, wt, row and col of the layer up to date.
"""

from __future__ import annotations

from typing import Any

from ohmgrad.kernels.compiled import compiled
from ohmgrad.kernels.parts import dense_way
from ohmgrad.programming.dense_count_loop import Shots, make_shots, write_counted, write_exact
from ohmgrad.programming.dense_gate_loop import write_gates
from ohmgrad.programming.dense_verify_loop import write_verified


@compiled
def make_dense_scratch(geo: Any, fields: int, dense: Any) -> Shots:
    """Scratch of `write_dense`. geo, fields (of a cell's state), dense: not needed by the loops so far."""
    return make_shots()


WAYS = {"exact": write_exact, "counted": write_counted, "verified": write_verified, "gates": write_gates}
write_dense = WAYS[dense_way]
