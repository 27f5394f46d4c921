"""The bill: a case small enough for pencil and paper, and the sums that the loops keep against the states they are sums of."""

import json
from dataclasses import replace
from functools import partial

import numpy as np
import pytest
from small import samples, setup

from ohmgrad.arrays.cells import derive_sums, derive_weights, make_cells
from ohmgrad.devices.variation import Variation
from ohmgrad.ledger import (
    BACKWARD_CELLS,
    BACKWARD_READS,
    COUNTS,
    FORWARD_CELLS,
    FORWARD_READS,
    G_BACKWARD,
    G_FORWARD,
    G_HALF_RESET,
    G_HALF_SET,
    G_RESET,
    G_SET,
    HALF_SELECTED,
    PARALLEL_SLOTS,
    RESET,
    SET,
    SLOTS,
    SUMS,
    TOTALS,
    Costs,
    Serial,
    layer_costs,
    make_bill,
)  # fmt: skip
from ohmgrad.network.drivers import train_fused
from ohmgrad.network.replica import Replica

US = 1e-6
near = partial(pytest.approx, rel=1e-12, abs=0)  # approx alone would pass any two energies below 1e-12 J
# Two rows (one input and the bias) by two columns, (G+, G−) of each pair.
G = np.array([[[5.0, 3.0], [2.0, 8.0]], [[4.0, 6.0], [1.0, 7.0]]]) * US
COSTS = Costs(
    v_read=0.1, t_read=1e-7, v_set=2.0, t_set=5e-8, v_reset=1.8, t_reset=7e-8, v_full=3.0, t_full=9e-8, leakage=0.01,
    one_way=True,
)  # fmt: skip


def totals(slots, **more):
    """Slots in parallel by kind."""
    out = np.zeros(len(TOTALS), np.int64)
    out[PARALLEL_SLOTS] = slots
    for name, value in more.items():
        out[TOTALS.index(name)] = value
    return out


PARAMETERS = {"step_set": 1 * US, "step_reset": 0.5 * US, "sigma": 0.0, "g_min": 0.0, "g_max": 20 * US}


def write(one_way=True, access="selector", bounded=1, phases=1):
    """Counts and sums after writing x = (1, 1/2), u = (1, −4) pulses into `G`, and the conductances then."""
    case = setup(
        "linear", layers=(1, 2), device__parameters={**PARAMETERS, "bounded": bounded, "v_reset": 1.8},
        synapse__write="one-way" if one_way else "two-way", array__access=access,
    )  # fmt: skip
    writing = case.writing._replace(sign_phases=np.array([phases]), t_reset=7e-8)
    cells = make_cells(
        case.geometry, G.reshape(1, 4, 2).copy(), np.array(case.params, dtype=np.float64), np.empty((0, 4, 2)), case.table
    )
    counts, sums = np.zeros((1, len(COUNTS)), np.int64), np.zeros((1, len(SUMS)))
    u = np.array([1.0, -4.0]) * writing.quantum[0, 0]
    plan = case.loops.make_plan(3, case.coding.most)
    slots = case.loops.write_layer(
        cells, case.geometry, 0, np.array([1.0, 0.5]), u, case.coding, writing, 1, 0, 0, counts[0], sums[0], plan
    )
    return slots, counts, sums, cells.state[0].reshape(2, 2, 2)


# Levels: rows (4, 2), columns (1, −4). Pulses: row 0 gets 1 on G+ of column 0 and 4 on G− of column 1; row 1 gets 1 and 2.
#
# G before:  row 0: (5, 3) (2, 8)     row 1: (4, 6) (1, 7)
# G after:   row 0: (6, 3) (2, 12)    row 1: (5, 6) (1, 9)                      SET adds 1 µS
# means over the pulses:  5.5 + (8.5 + 9.5 + 10.5 + 11.5) + 4.5 + (7.5 + 8.5) = 66 µS
#
# Half-selected, one phase: row 0 is driven in 4 slots, row 1 in 2; column 0 of G+ in 1, column 1 of G− in 4. A cell counts
# once for each slot of its row and of its column, less two for each slot of both (a pulse):
#   row 0:  G+0: 4 + 1 − 2 = 3   G−0: 4   G+1: 4   G−1: 4 + 4 − 8 = 0
#   row 1:  G+0: 2 + 1 − 2 = 1   G−0: 2   G+1: 2   G−1: 2 + 4 − 4 = 2
#   11 + 7 = 18 events;   3·5 + 4·3 + 4·2 + 0·8   +   1·4 + 2·6 + 2·1 + 2·7  =  35 + 32 = 67 µS with G as before
def test_a_one_way_write_is_billed_as_by_hand():
    slots, counts, sums, after = write()
    np.testing.assert_allclose(after / US, [[[6, 3], [2, 12]], [[5, 6], [1, 9]]], rtol=1e-14)
    assert slots == 4
    assert (counts[0, SET], counts[0, RESET], counts[0, HALF_SELECTED], counts[0, SLOTS]) == (8, 0, 18, 4)
    assert sums[0, G_SET] == near(66 * US)
    assert sums[0, G_HALF_SET] == near(67 * US)

    bill = make_bill(counts, sums, totals(slots), COSTS, bounded=True)
    lines = {r.event: r for r in bill.rows}
    assert lines["SET pulses"].energy_j == near(2.0**2 * 5e-8 * 66 * US)  # 13.2 pJ
    assert lines["half-selected cells"].energy_j == near(1.0**2 * 5e-8 * 67 * US * 0.01)
    assert lines["update slots"].time_s == near(4 * 5e-8)
    assert lines["SET pulses"].time_serial_s == near(8 * 5e-8)
    assert (bill.time_s, bill.time_serial_s) == (near(200e-9), near(400e-9))
    assert bill.energy_j == near(13.2e-12 + 0.0335e-12)


# RESET pulses of −0.5 µS go to the partners: G−0 and G+1 fall from 3 → 2.5, 2 → 0, 6 → 5.5, 1 → 0 µS.
# means: 2.75 + (1.75 + 1.25 + 0.75 + 0.25) + 5.75 + (0.75 + 0.25) = 13.5 µS
# Half-selected, polarity RESET: columns change members, so G−0 in 1 slot and G+1 in 4:
#   row 0: G+0: 4  G−0: 3  G+1: 0  G−1: 4        row 1: G+0: 2  G−0: 1  G+1: 2  G−1: 2
#   20 + 9 + 0 + 32  +  8 + 6 + 2 + 14 = 91 µS
def test_a_two_way_write_is_billed_as_by_hand():
    slots, counts, sums, after = write(one_way=False)
    np.testing.assert_allclose(after / US, [[[6, 2.5], [0, 12]], [[5, 5.5], [0, 9]]], rtol=1e-13, atol=1e-13)
    assert (counts[0, SET], counts[0, RESET], counts[0, HALF_SELECTED], counts[0, SLOTS]) == (8, 8, 36, 8)
    assert [sums[0, k] / US for k in (G_SET, G_RESET, G_HALF_SET, G_HALF_RESET)] == near([66, 13.5, 67, 91])
    bill = make_bill(counts, sums, totals(slots), replace(COSTS, one_way=False), bounded=True)
    lines = {r.event: r for r in bill.rows}
    assert lines["RESET pulses"].energy_j == near(1.8**2 * 7e-8 * 13.5 * US)
    half = 0.01 * (1.0**2 * 5e-8 * 67 + 0.9**2 * 7e-8 * 91) * US
    assert lines["half-selected cells"].energy_j == near(half)
    assert lines["update slots"].time_s == near(4 * (5e-8 + 7e-8))
    assert bill.time_serial_s == near(8 * 5e-8 + 8 * 7e-8)


# With two phases the columns are driven again for x < 0, on the other members, though no row is: G−0 in 1 slot, G+1 in 4,
# both rows:  2·(1 + 4) = 10 more events; 1·(3 + 6) + 4·(2 + 1) = 21 µS more
def test_the_phase_of_negative_inputs_drives_its_columns_too():
    slots, counts, sums, _ = write(phases=2)
    assert (slots, counts[0, SET], counts[0, HALF_SELECTED]) == (8, 8, 28)
    assert sums[0, G_HALF_SET] == near((67 + 21) * US)


def test_behind_transistors_nothing_is_half_selected():
    _, counts, sums, after = write(access="transistor")
    assert counts[0, HALF_SELECTED] == 0 and sums[0, G_HALF_SET] == 0.0
    assert counts[0, SET] == 8 and sums[0, G_SET] == near(66 * US)
    np.testing.assert_array_equal(after, write()[3])


def test_access_sets_the_leakage():
    for access, leakage in (("selector", 0.03), ("passive", 1.0), ("transistor", 0.0)):
        case = setup("linear", array__access=access, array__leakage=0.03)
        assert case.costs.leakage == leakage


# A third column of (1, 1) µS is added, which the backward read does not drive.
# Forward, x = (1/2, 1): rows hold 5 + 3 + 2 + 8 + 2 = 20 and 4 + 6 + 1 + 7 + 2 = 20 µS: Σ x² G = (1/4 + 1)·20 = 25 µS.
# Backward, δ = (−1/2, 2, 0): columns hold 5 + 3 + 4 + 6 = 18 and 2 + 8 + 1 + 7 = 18 µS: Σ δ² G = (1/4 + 4)·18 = 76.5 µS.
def test_reads_are_billed_as_by_hand():
    case = setup("linear", layers=(1, 1, 3), device__parameters=PARAMETERS, network__activation="logistic")
    geo = case.geometry
    second = np.concatenate([G, np.full((2, 1, 2), US)], axis=1)
    state = np.concatenate([np.array([[2.0, 2.0], [1.0, 3.0]]) * US, second.reshape(6, 2)])[None]
    cells = make_cells(geo, state, np.array(case.params, dtype=np.float64), np.empty((0, 8, 2)), case.table)
    counts, sums = np.zeros((2, len(COUNTS)), np.int64), np.zeros((2, len(SUMS)))
    signals, scratch, scale = case.loops.make_signals(geo), case.loops.make_scratch(4), np.ones(4)
    x, delta = signals.x, signals.delta
    learning = case.learning._replace(gain=np.zeros(2))  # f(0) = 1/2 in the middle, whatever came in
    x[0, :2] = 0.0, 1.0
    case.loops.forward(cells, geo, learning, case.reading, scale, signals, scratch, 1, 0, 0, counts, sums)
    assert x[1, :2].tolist() == [0.5, 1.0]
    assert counts[:, FORWARD_READS].tolist() == [1, 1]
    assert counts[:, FORWARD_CELLS].tolist() == [2, 12]  # layer 0: only the bias row is driven, one pair; layer 1: all
    assert sums[:, G_FORWARD] == near([4 * US, 25 * US])
    x[2, :3] = 0.5, 0.5, 0.5  # slope ¼: the errors −2, 8 and 0 become δ = −½, 2 and 0
    signals.target[:] = 2.5, -7.5, 0.5
    case.loops.backward(cells, geo, learning, case.reading, scale, signals, scratch, 1, 0, 0, counts, sums)
    assert delta[1, :3].tolist() == [-0.5, 2.0, 0.0]
    assert counts[:, BACKWARD_READS].tolist() == [0, 1] and counts[:, BACKWARD_CELLS].tolist() == [0, 8]
    assert sums[:, G_BACKWARD] == near([0.0, 76.5 * US])

    bill = make_bill(counts, sums, totals(0), COSTS, bounded=True)
    lines = {r.event: r for r in bill.rows}
    assert lines["forward reads"].energy_j == near(0.1**2 * 1e-7 * 29 * US)
    assert lines["backward reads"].energy_j == near(0.1**2 * 1e-7 * 76.5 * US)
    assert (lines["forward reads"].time_s, lines["forward reads"].time_serial_s) == (near(2e-7), near(14e-7))
    assert (lines["backward reads"].time_s, lines["backward reads"].time_serial_s) == (near(1e-7), near(8e-7))
    assert lines["forward reads"].per_layer == [1, 1] and lines["backward reads"].per_layer == [0, 1]


def test_each_event_costs_its_own_voltage_and_width():
    """One event of each kind at 1 µS, with all voltages and widths different."""
    counts, sums = np.arange(1, 2 * len(COUNTS) + 1).reshape(2, -1), np.full((2, len(SUMS)), 0.5 * US)
    costs = replace(COSTS, one_way=False, encode_j=1e-15, convert_j=2e-15, encode_s=1e-9, convert_s=2e-9)
    bill = make_bill(counts, sums, totals(7, set_slots=2, reset_slots=3, full_slots=4, read_slots=5), costs, bounded=True)
    read, up, down, full = 1e-9, 4 * 5e-8, 1.8**2 * 7e-8, 9 * 9e-8  # V²·t
    n = dict(zip(COUNTS, counts.sum(axis=0).tolist(), strict=True))
    reads = n["forward_reads"] + n["backward_reads"]
    expected = {
        "forward reads": (n["forward_reads"], n["forward_reads"] * 1e-7, n["forward_cells"] * 1e-7, read),
        "backward reads": (n["backward_reads"], n["backward_reads"] * 1e-7, n["backward_cells"] * 1e-7, read),
        "update slots": (n["slots"], 7 * 12e-8, None, None),
        "SET pulses": (n["set"], 2 * 5e-8, n["set"] * 5e-8, up),
        "RESET pulses": (n["reset"], 3 * 7e-8, n["reset"] * 7e-8, down),
        "full RESET pulses": (n["full_reset"], 4 * 9e-8, n["full_reset"] * 9e-8, full),
        "verify reads": (n["write_reads"], 5 * 1e-7, n["write_reads"] * 1e-7, read),
        "half-selected cells": (n["half_selected"], None, None, 0.01 * (up + down) / 4),
        "wires and selectors while writing": (n["wired_slots"], None, None, 1.0),  # joules as they are
        "refresh: RESET pulses": (n["refresh_reset"], n["refresh_reset"] * 9e-8, n["refresh_reset"] * 9e-8, full),
        "refresh: SET pulses": (n["refresh_set"], n["refresh_set"] * 5e-8, n["refresh_set"] * 5e-8, up),
        "refresh: verify reads": (n["verify_reads"], n["verify_reads"] * 1e-7, n["verify_reads"] * 1e-7, read),
        "encodings": (n["encodings"], reads * 1e-9, n["encodings"] * 1e-9, n["encodings"] * 1e-15 / US),
        "conversions": (n["conversions"], reads * 2e-9, n["conversions"] * 2e-9, n["conversions"] * 2e-15 / US),
    }
    assert [r.event for r in bill.rows] == list(expected)
    for r in bill.rows:
        count, time, serial, joules = expected[r.event]
        assert r.count == count == sum(r.per_layer)
        assert r.time_s == (None if time is None else near(time))
        assert r.time_serial_s == (None if serial is None else near(serial))
        assert r.energy_j == (None if joules is None else near(joules * US))
    assert bill.energy_j == near(sum(r.energy_j or 0.0 for r in bill.rows))
    assert bill.time_s == near(sum(r.time_s or 0.0 for r in bill.rows))
    assert bill.time_serial_s == near(sum(r.time_serial_s or 0.0 for r in bill.rows))


def test_a_serial_circuit_does_one_thing_at_a_time_and_its_blocks_are_billed():
    counts, sums = np.arange(1, 2 * len(COUNTS) + 1).reshape(2, -1), np.full((2, len(SUMS)), 0.5 * US)
    parallel = make_bill(counts, sums, totals(7, set_slots=2), COSTS, bounded=True)
    serial = make_bill(
        counts, sums, totals(7, set_slots=2), replace(COSTS, serial=Serial(3e-9, 5e-15, 7e-15, 11e-15)), bounded=True
    )
    n = dict(zip(COUNTS, counts.sum(axis=0).tolist(), strict=True))
    reads = n["forward_cells"] + n["backward_cells"] + n["verify_reads"] + n["write_reads"]
    pulses = n["set"] + n["reset"] + n["full_reset"] + n["refresh_set"] + n["refresh_reset"]
    blocks = {r.event: r for r in serial.rows[len(parallel.rows) :]}
    assert blocks["serial circuit: selections"].count == reads + pulses
    assert blocks["serial circuit: reads of a cell"].count == reads and blocks["serial circuit: pulses"].count == pulses
    assert serial.time_s == serial.time_serial_s == near(parallel.time_serial_s + (reads + pulses) * 3e-9)
    assert serial.energy_j == near(parallel.energy_j + (reads + pulses) * 5e-15 + reads * 7e-15 + pulses * 11e-15)


def test_without_bounds_there_is_no_energy_but_there_is_time():
    slots, counts, sums, _ = write(one_way=False, bounded=0)
    assert not setup("linear", device__parameters__bounded=0, synapse__write="two-way").bounded
    bill = make_bill(counts, sums, totals(slots), replace(COSTS, one_way=False), bounded=False)
    assert bill.energy_j is None and all(r.energy_j is None for r in bill.rows)
    assert bill.time_s > 0 and bill.time_serial_s > 0


def test_a_bill_is_written_as_json_and_read_back():
    bill = make_bill(np.ones((1, len(COUNTS)), np.int64), np.ones((1, len(SUMS))), totals(3), COSTS, bounded=True)
    read = json.loads(json.dumps(bill.as_dict()))
    assert read["total"] == {"time_s": bill.time_s, "time_serial_s": bill.time_serial_s, "energy_j": bill.energy_j}
    assert [r["energy_j"] for r in read["rows"]] == [r.energy_j for r in bill.rows]


CASES = {
    "saturating, refreshed": ("soft-bounds", {"synapse__refresh_every": 10, "synapse__refresh_above": 0.3}),
    "linear, both ways": ("linear", {"synapse__write": "two-way"}),
    "phase change, refreshed": ("pcm-nandakumar2018", {"synapse__refresh_every": 7, "synapse__refresh_common": 0.05}),
}


@pytest.mark.parametrize("case", CASES)
def test_sums_kept_by_the_loop_are_those_of_the_states(case):
    law, changes = CASES[case]
    r = Replica(setup(law, **changes), 0)
    x, y = samples(400)
    train_fused(r, x, y, np.arange(400), 0, 400, 0)
    assert r.counts[:, SET].all()
    kept = r.cells._replace(**{name: getattr(r.cells, name).copy() for name in ("w", "wt", "row", "col")})
    derive_weights(r.setup.geometry, r.cells)
    derive_sums(r.setup.geometry, r.cells)
    np.testing.assert_array_equal(kept.w, r.cells.w)  # exactly G+ − G−
    np.testing.assert_array_equal(kept.wt, r.cells.wt)
    np.testing.assert_allclose(kept.row, r.cells.row, rtol=1e-12, atol=0)
    np.testing.assert_allclose(kept.col, r.cells.col, rtol=1e-12, atol=0)
    if r.setup.writing.refresh_every:
        total = dict(zip(COUNTS, r.counts.sum(axis=0), strict=True))
        assert total["refreshed_pairs"] > 0 and total["refresh_reset"] == 2 * total["refreshed_pairs"]
        assert total["verify_reads"] == total["refresh_set"] + total["refreshed_pairs"]


def test_sums_of_cells_that_vary_are_kept_as_well():
    case = replace(setup("soft-bounds"), variation={"step_set": Variation(0.3)})
    r = Replica(case, 0)
    row, col = r.cells.row.copy(), r.cells.col.copy()
    derive_sums(case.geometry, r.cells)
    np.testing.assert_array_equal(row, r.cells.row)
    np.testing.assert_array_equal(col, r.cells.col)


def test_reads_and_updates_take_as_long_whatever_the_number_of_cells():
    """One sample, all cells to be written the most: a crossbar of 192 pairs as long as one of 12, in parallel; cell by cell as often as there are pairs."""
    bills = []
    for size in (1, 4):
        s = setup("linear", layers=(4 * size - 1, 3 * size), synapse__write="two-way", array__access="transistor")
        learning = s.learning._replace(rate=np.array([50.0]), target_high=2.0, target_low=-2.0)
        r = Replica(replace(s, learning=learning), 0)
        train_fused(r, np.ones((1, 4 * size - 1)), np.zeros(1, np.int64), np.arange(1), 0, 1, 0)
        bills.append({b.event: b for b in make_bill(r.counts, r.sums, r.totals, s.costs, bounded=True).rows})
    small, large = bills
    assert small["SET pulses"].count > 0 and large["SET pulses"].count == 16 * small["SET pulses"].count
    for event in ("forward reads", "update slots"):
        assert small[event].time_s == large[event].time_s > 0
    for event in ("forward reads", "SET pulses", "RESET pulses"):
        assert large[event].time_serial_s == near(16 * small[event].time_serial_s)


@pytest.mark.parametrize("coding", [{}, {"coding__input": "pulse-number", "coding__levels": 7, "coding__hidden_levels": 3}])
def test_costs_of_the_layers_add_up_to_the_bill(coding):
    s = setup("soft-bounds", coding__encode_energy=1e-15, coding__convert_time=1e-9, **coding)
    r = Replica(s, 0)
    x, y = samples(40)
    train_fused(r, x, y, np.arange(40), 0, 40, 0)
    bill, layers = make_bill(r.counts, r.sums, r.totals, s.costs, True), layer_costs(r.counts, r.sums, s.costs, True)
    assert len(layers) == len(s.geometry.shape) > 1
    assert sum(part["energy_j"] for part in layers) == near(bill.energy_j)
    assert sum(part["time_serial_s"] for part in layers) == near(bill.time_serial_s)
    assert all(part["energy_j"] is None for part in layer_costs(r.counts, r.sums, s.costs, False))
