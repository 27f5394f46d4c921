"""Names that a specialised loop fills in.

The compiled loops (`*_loop.py`) are written once and specialised per (law, scheme, activation): `ohmgrad.kernels.specialise` puts
their sources together into one module and replaces the imports from here by the user's choice. These stand-ins only give
the names to readers, linters and type checkers.
"""

from __future__ import annotations

from typing import Any


def _unfilled(*args: Any) -> Any:
    raise RuntimeError("a loop was run without being specialised")


law_pulse = _unfilled  # (s, v, t, p, tab, key) -> s                    a device law
law_mean_step = _unfilled  # (s, v, t, p, tab) -> siemens
limited = False  # whether something in series with the cell limits its pulses
law_drawn = _unfilled  # (g, v, p) -> siemens that the source of a pulse sees; g itself unless limited
members = 2  # cells of a synapse: 2k of k pairs (G+ even, G− odd), k of k single cells
paired = True  # whether half of them count negative
weigh = _unfilled  # (S, reference, c) -> weight of synapse c in siemens: Σ G+ − Σ G−, or Σ G − reference
get_state = _unfilled  # (S, m, c) -> s                                 one cell's state out of the state array
put_state = _unfilled  # (S, m, c, s)
params_vary = False  # whether any parameter differs from cell to cell
get_params = _unfilled  # (shared, cell, m, c) -> p                      one cell's parameters
fit_coding = _unfilled  # (coding, largest |x|, largest |u|) -> coding of one update   a write scheme's scalar face
row_level = _unfilled  # (x, coding, key of the line) -> signed level
column_level = _unfilled  # (u, coding, key of the line) -> signed level
pulse_count = _unfilled  # (|row level|, |column level|, coding) -> pulses
row_slots = _unfilled  # (|row level|, largest count in the row, coding) -> slots in which the row is driven, one phase
column_slots = _unfilled  # (|column level|, sum of counts, coding) -> slots in which the column is driven, one polarity
update_slots = _unfilled  # (sign phases, sum over rows of largest counts, coding) -> slots of one polarity
mixed = False  # whether SET and RESET go on in the same slots: even rows SET, odd rows RESET
dense_way = "exact"  # which loop writes dense changes
law_rest = _unfilled  # (s, dt, p, key) -> s
read_shape = _unfilled  # (volts, v_0) -> I/G in volts                  I-V curve of a read
ohmic = True  # whether that is the voltage itself
coded = False  # whether values are encoded before a read or converted after it, or selectors hold back voltage
binary_input = False  # whether inputs become 0 and 1 for good
noisy = False  # whether reads have white noise
activate = _unfilled  # s -> f(s)                                       a neuron
slope = _unfilled  # (f(s), s, width) -> f'(s)
activate_output = _unfilled  # the same for the last layer
slope_output = _unfilled
whole_output = False  # whether its neurons take all s at once (softmax)
cross_entropy = False  # the loss, else squared
rule_send = _unfilled  # (δ, numbers) -> δ                              a learning rule
rule_row = _unfilled  # (x, numbers) -> x
rule_column = _unfilled  # (δ, numbers) -> u
rule_change = _unfilled  # (Σ x δ, numbers) -> ΔW
output_error = _unfilled  # (y, target) -> δ of an output before f′
cell_current = _unfilled  # (v, g, on, column, numbers) -> ampere              what stands at a crossing of wires
cell_slope = _unfilled  # (v, g, on, column, numbers) -> siemens
linear_cells = False  # whether that slope does not depend on v
