"""Dense changes written exactly and by counted pulses, against plain Python and bills by hand."""

import numpy as np
import pytest
from dense_cases import Written, case, change, give, lines_hold, replica

from ohmgrad.programming.change import Dense
from ohmgrad.programming.dense import DensePair
from ohmgrad.programming.half_select import half_select_shares

LAYER = 1
KINDS = {
    "one-way pairs": {},
    "two-way pairs": {"synapse__write": "two-way"},
    "pairs with a fixed partner": {"synapse__kind": "fixed", "synapse__write": "two-way"},
}


@pytest.mark.parametrize("kind", KINDS)
def test_exact_changes_land_to_the_last_digit(kind):
    r = replica(case("exact", **KINDS[kind]))
    dw = change(r, LAYER)
    out = Written(r, LAYER, dw)
    gain = r.setup.learning.gain[LAYER]
    # w = (G+ + d/2) − (G− − d/2): three roundings of numbers below 20 µS
    np.testing.assert_allclose(out.w, out.w_before + dw / gain, rtol=0, atol=4 * np.spacing(20e-6))
    assert not out.events and not out.used and not any(out.sums.values())
    lines_hold(r, LAYER)


def counted(r, layer, dw, step, most):
    """States, pulses (2: SET, RESET; synapses, members) and Σ (G before + G after)/2, cell by cell from the text."""
    s = r.setup
    g = r.cells.state[0, s.geometry.synapse[layer] : s.geometry.synapse[layer + 1]].copy()
    n_given, total = np.zeros((2, *g.shape), int), np.zeros(2)
    w, turn = s.writing, step % s.writing.turns
    for c in range(len(dw)):
        up = dw[c] > 0
        q = w.quantum[layer, 0 if up else 1]
        n = min(int(np.floor(abs(dw[c]) / q + 0.5)), most)
        if w.up_down:
            one = 2 * turn if s.synapse.paired else turn
            todo = [(one, 0 if up else 1)]
        else:
            todo = [(2 * turn + (0 if up else 1), 0)] + ([] if w.one_way else [(2 * turn + (1 if up else 0), 1)])
        for m, kind in todo:
            for k in range(n):
                before = g[c, m]
                g[c, m] = give(r, layer, before, c, m, (w.v_set, -w.v_reset)[kind], step, k)
                n_given[kind, c, m] += 1
                total[kind] += 0.5 * (before + g[c, m])
    return g, n_given, total


@pytest.mark.parametrize("kind", KINDS)
def test_blind_writing_equals_the_plain_reference(kind):
    r = replica(case("blind", programming__most=4, **KINDS[kind]))
    dw = change(r, LAYER)
    g, n, total = counted(r, LAYER, dw, 4, 4)
    out = Written(r, LAYER, dw)
    np.testing.assert_array_equal(out.state[0], g)
    want = {"set": n[0].sum(), "reset": n[1].sum()}
    assert out.events == {k: v for k, v in want.items() if v} and n.max() == 4
    np.testing.assert_allclose([out.sums["set"], out.sums["reset"]], total, rtol=1e-12)
    rows, columns = r.setup.geometry.shape[LAYER]
    busiest = n.reshape(2, rows, columns, -1).max(axis=1).sum(axis=(1, 2))
    assert out.used == {k: v for k, v in zip(("set_slots", "reset_slots"), busiest, strict=True) if v}
    lines_hold(r, LAYER)
    r = replica(case("blind", programming__most=4, programming__parallel="bit-line", **KINDS[kind]))
    along = Written(r, LAYER, dw)
    np.testing.assert_array_equal(along.state[0], g)
    busiest = n.reshape(2, rows, -1).max(axis=2).sum(axis=1)
    assert along.used == {k: v for k, v in zip(("set_slots", "reset_slots"), busiest, strict=True) if v}


def test_half_a_pulse_is_rounded_up_and_less_is_nothing():
    r = replica(case("blind", device__parameters__sigma=0.0))
    q = r.setup.writing.quantum[LAYER, 0]
    rows, columns = r.setup.geometry.shape[LAYER]
    dw = np.zeros(rows * columns)
    dw[:6] = q * np.array([0.49, 0.51, -0.49, -0.51, 1.49, -2.51])
    out = Written(r, LAYER, dw)
    assert out.counts["set"] == 0 + 1 + 0 + 1 + 1 + 3


def test_many_pulses_in_several_blocks_are_the_same_bits():
    """More pulses than one block holds; each cell's pulses split between blocks."""
    r = replica(case("blind", device__parameters__sigma=0.3))
    dw = change(r, LAYER, size=120.0)
    g, n, _ = counted(r, LAYER, dw, 4, 100)
    assert n.sum() > 1500 and n.max() == 100
    np.testing.assert_array_equal(Written(r, LAYER, dw).state[0], g)


def test_stuck_cells_get_their_pulses_and_stay():
    r = replica(case("blind", device__faults={"stuck": 1.0}))
    out = Written(r, LAYER, change(r, LAYER))
    assert out.counts["set"] > 0
    np.testing.assert_array_equal(out.state, out.before)


def test_nothing_wanted_nothing_done():
    r = replica(case("blind"))
    out = Written(r, LAYER, 0.0 * change(r, LAYER))
    assert not out.events and not out.used
    np.testing.assert_array_equal(out.state, out.before)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("scheme", ["half-select", "third-select"])
def test_half_selection_steps_and_compiled_loop_agree(scheme, kind):
    """The steps at real voltages: the same cells get the same pulses, every other cell is at V/2 or 0, or at ±V/3; counts and sums are those billed."""
    r = replica(case(scheme, array__access="passive", programming__most=3, **KINDS[kind]))
    s, dw = r.setup, change(r, LAYER)
    w, (rows, columns) = s.writing, s.geometry.shape[LAYER]
    g, n, _ = counted(r, LAYER, dw, 4, 3)
    q = w.quantum[LAYER]
    pair = DensePair(
        bool(w.one_way),
        2,
        (float(q[0]), float(q[1])),
        w.v_set,
        w.v_reset,
        1e-8,
        2e-8,
        bool(w.up_down),
        s.synapse.members,
        most=3,
    )
    before = r.cells.state[0, s.geometry.synapse[LAYER] : s.geometry.synapse[LAYER + 1]].reshape(rows, columns, -1).copy()
    seen, half, g_half, slots = np.zeros((2, rows, columns, s.synapse.members), int), 0, np.zeros(2), [0, 0]
    for step in s.scheme.program(Dense(dw.reshape(rows, columns)), pair):
        k = 0 if step.width == 1e-8 else 1
        v = step.row[:, None, None] - step.column.T[None]
        row_on, column_on = step.on()
        chosen = row_on[:, None, None] & column_on.T[None]
        volts = (w.v_set, -w.v_reset)[k]
        assert (v[chosen] == volts).all()
        others = np.abs(v[~chosen])
        low = (others > 1e-9) if scheme == "half-select" else np.full(others.shape, True)
        np.testing.assert_allclose(others[low], abs(volts) * s.scheme.share, rtol=1e-12)
        seen[k] += chosen
        half += low.sum()
        g_half[k] += before[~chosen][low].sum()
        slots[k] += 1
    np.testing.assert_array_equal(seen.reshape(n.shape), n)
    out = Written(r, LAYER, dw)
    np.testing.assert_array_equal(out.state[0], g)
    assert out.counts["half_selected"] == half > 0
    assert [out.slots["set_slots"], out.slots["reset_slots"]] == slots
    np.testing.assert_allclose([out.sums["half_set"], out.sums["half_reset"]], g_half, rtol=1e-9)


def test_shares_of_cells_that_break_the_rule_of_half_selection():
    assert half_select_shares(2.0, [0.9, 1.2, 1.5, 2.1]) == (0.25, 0.25)
    assert half_select_shares(2.0, 1.2) == (0.0, 0.0) == half_select_shares(2.0, 0.8, 1 / 3)
