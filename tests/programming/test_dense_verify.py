"""Write with verify in training against plain Python, and its bill by hand."""

import numpy as np
import pytest
from dense_cases import Written, case, change, give, lines_hold, replica
from reference import draw

VERIFY, LAYER, STEP = 8, 1, 4
KINDS = {
    "one-way pairs": {},
    "two-way pairs": {"synapse__write": "two-way"},
    "two-way pairs, within": {"synapse__write": "two-way", "programming__stop": "within"},
    "fixed partner, growing": {"synapse__kind": "fixed", "synapse__write": "two-way", "programming__increment": 0.05},
}
NOISE = {"relative": 0.02}


def by_hand(r, dw):
    """(conductances, pulses (2, synapses, members), reads, unreached, joules of SET and RESET), cell by cell from the text."""
    s, how = r.setup, r.setup.dense.how
    part = slice(s.geometry.synapse[LAYER], s.geometry.synapse[LAYER + 1])
    g, w = r.cells.state[0, part].copy(), s.writing
    pulses, reads, unreached, joules = np.zeros((2, *g.shape), int), np.zeros(g.shape, int), 0, np.zeros(2)
    low, high = s.window
    for c, d in enumerate(dw / s.learning.gain[LAYER]):
        for m in range(2):
            own = (
                (d if m == 0 else 0.0)
                if w.up_down
                else (max(d, 0) if m == 0 else max(-d, 0))
                if w.one_way
                else (d / 2, -d / 2)[m]
            )
            if abs(own) <= how.tolerance:
                continue

            def seen(k, c=c, m=m):
                x = g[c, m]
                return x + 0.02 * x * draw(s.seed, r.label, 2 * c + m, STEP, k, VERIFY * 256 + LAYER)

            goal = min(max(seen(0) + own, low), high)
            if w.one_way:
                goal = max(goal, seen(0))
            before, row, met = 0, 0, False
            for k in range(how.most + 1):
                miss = seen(k) - goal
                reads[c, m] += 1
                met = miss * before >= 0 if how.passed and before else abs(miss) <= how.tolerance
                if met or k == how.most:
                    break
                now = 1 if miss < 0 else -1
                row = row + 1 if now == before else 1
                before = now
                v = (
                    min(w.v_set + (row - 1) * how.increment_set, how.limit_set)
                    if now > 0
                    else -min(w.v_reset + (row - 1) * how.increment_reset, how.limit_reset)
                )
                old = g[c, m]
                g[c, m] = give(r, LAYER, old, c, m, v, STEP, k + 1)
                pulses[0 if now > 0 else 1, c, m] += 1
                joules[0 if now > 0 else 1] += v * v * (w.t_set if now > 0 else w.t_reset) * 0.5 * (old + g[c, m])
            unreached += not met
    return g, pulses, reads, unreached, joules


@pytest.mark.parametrize("kind", KINDS)
def test_verify_equals_the_plain_reference(kind):
    r = replica(case("verify", programming__most=6, device__noise=NOISE, **KINDS[kind]))
    dw = change(r, LAYER)
    g, pulses, reads, unreached, joules = by_hand(r, dw)
    out = Written(r, LAYER, dw, STEP)
    np.testing.assert_array_equal(out.state[0], g)
    want = {"set": pulses[0].sum(), "reset": pulses[1].sum(), "write_reads": reads.sum(), "unreached": unreached}
    assert out.events == {k: int(v) for k, v in want.items() if v} and pulses[0].any()
    w = r.setup.writing
    np.testing.assert_allclose(
        [out.sums["set"] * w.v_set**2 * w.t_set, out.sums["reset"] * w.v_reset**2 * w.t_reset], joules, rtol=1e-12
    )
    rows = r.setup.geometry.shape[LAYER][0]
    if "growing" in kind:
        assert out.slots["read_slots"] == reads.sum() and out.slots["set_slots"] == pulses[0].sum()
    else:
        assert out.slots["read_slots"] == reads.reshape(rows, -1).max(axis=1).sum()
        assert pulses[0].reshape(rows, -1).max(axis=1).sum() <= out.slots["set_slots"] <= pulses[0].sum()
    assert not w.one_way or not pulses[1].any()
    lines_hold(r, LAYER)


def test_bill_of_two_cells_of_one_bit_line():
    """Steps of 1 µS without noise: up by 3 and by 1 on one row (rounds: both, first, first), down by 2 on the next."""
    r = replica(
        case(
            "verify",
            device__parameters__sigma=0.0,
            synapse__start=0.5,
            synapse__kind="fixed",
            synapse__write="two-way",
            device__parameters__step_reset=1e-6,
        )
    )
    rows, columns = r.setup.geometry.shape[LAYER]
    part = slice(r.setup.geometry.synapse[LAYER], r.setup.geometry.synapse[LAYER + 1])
    r.cells.state[0, part] = 10e-6
    dw = np.zeros(rows * columns)
    dw[[0, 1, columns]] = np.array([2.999e-6, 0.999e-6, -1.999e-6]) * r.setup.learning.gain[LAYER]
    out = Written(r, LAYER, dw)
    assert out.events == {"set": 4, "reset": 2, "write_reads": 4 + 2 + 3}
    assert out.used == {"set_slots": 3, "reset_slots": 2, "read_slots": 4 + 3}
    assert out.sums["set"] == pytest.approx(10.5e-6 + 11.5e-6 + 12.5e-6 + 10.5e-6, rel=1e-9)
    assert out.sums["write_read"] == pytest.approx((10 + 11 + 12 + 13 + 10 + 11 + 10 + 9 + 8) * 1e-6, rel=1e-9)


def test_stuck_cells_spend_their_pulses_and_count_as_unreached():
    r = replica(case("verify", programming__most=6, device__noise={}, device__faults={"stuck": 1.0, "stuck_at": 5e-6}))
    dw = change(r, LAYER)
    out = Written(r, LAYER, dw)
    wanted = np.abs(dw / r.setup.learning.gain[LAYER]) > r.setup.dense.how.tolerance
    assert out.counts["unreached"] == wanted.sum() and out.counts["set"] == 6 * wanted.sum()
    np.testing.assert_array_equal(out.state, out.before)


def test_small_changes_are_neither_read_nor_written():
    r = replica(case("verify"))
    tolerance = r.setup.dense.how.tolerance
    assert tolerance == pytest.approx(0.5 * 0.9e-6)
    out = Written(r, LAYER, np.full(len(change(r, LAYER)), 0.99 * tolerance * r.setup.learning.gain[LAYER]))
    assert not out.events and not out.used
