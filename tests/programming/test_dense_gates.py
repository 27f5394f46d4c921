"""One-shot writing by gate voltage: law, plain Python, bill."""

import numpy as np
import pytest
from dense_cases import Written, case, change, lines_hold, replica
from reference import draw

from ohmgrad.devices.catalogue import LAWS
from ohmgrad.errors import SpecError
from ohmgrad.kernels.draws import key_at

LAW, LAYER, WRITE, VERIFY = LAWS["one-shot"], 1, 3, 8
CASE = {"device__parameters": {"sigma": 0.05, "v_drain": 2.0}, "device__noise": {"relative": 0.02}}


def one(g, v, **changes):
    p = LAW.defaults()._replace(**{"sigma": 0.0, **changes})
    return LAW.pulse(LAW.start(g, p), v, 1e-7, p, None, key_at(1, 0, 0, 0, 0, 0)).g


def test_a_set_leads_to_what_the_gate_allows_and_never_down():
    assert one(10e-6, 1.6) == pytest.approx(108e-6)  # 98 µS per volt above 0.6 V
    assert one(50e-6, 1.6) == one(10e-6, 1.6)  # whatever the state before
    assert one(150e-6, 1.6) == 150e-6 and one(50e-6, 9.0) == 206e-6
    assert one(150e-6, -2.0) == 10e-6


def by_hand(r, dw, step, aim):
    """(conductances, aims, reads, full RESETs, SETs) of all cells, from the text."""
    s = r.setup
    p, geo = s.params, s.geometry
    part = slice(geo.synapse[LAYER], geo.synapse[LAYER + 1])
    g, events = r.cells.state[0, part].copy(), np.zeros((3, *r.cells.state[0, part].shape), int)
    aim = aim[part].copy()
    for c, d in enumerate(dw / s.learning.gain[LAYER]):
        for m, own in ((0, 0.5 * d), (1, -0.5 * d)):
            if d == 0.0:
                continue
            address = 2 * c + m
            before = aim[c, m]
            if np.isnan(before):
                events[0, c, m] += 1
                before = g[c, m] + 0.02 * g[c, m] * draw(s.seed, r.label, address, step, 0, VERIFY * 256 + LAYER)
            goal = min(max(before + own, p.g_min), p.g_max)
            aim[c, m] = goal
            if goal == before:
                continue
            events[1, c, m] += 1
            g[c, m] = p.g_min
            if goal > p.g_min:
                events[2, c, m] += 1
                v = p.v_th_set + (goal - p.g_min) / p.gate_slope
                allowed = min(max(p.g_min + p.gate_slope * (v - p.v_th_set), p.g_min), p.g_max)
                z = draw(s.seed, r.label, address, step, 1, WRITE * 256 + LAYER)
                if allowed > p.g_min:
                    g[c, m] = min(max(allowed + p.sigma * (allowed - p.g_min) * z, p.g_min), p.g_max)
    return g, aim, events


def test_gate_set_equals_the_plain_reference_and_remembers():
    r = replica(case("gate-set", "one-shot", **CASE))
    s, geo = r.setup, r.setup.geometry
    part = slice(geo.synapse[LAYER], geo.synapse[LAYER + 1])
    rows = geo.shape[LAYER, 0]
    for step in (4, 5):
        dw = change(r, LAYER, size=0.7, seed=step)
        g, aim, n = by_hand(r, dw, step, r.aim)
        out = Written(r, LAYER, dw, step)
        np.testing.assert_array_equal(out.state[0], g)
        np.testing.assert_array_equal(r.aim[part], aim)
        want = dict(zip(("write_reads", "full_reset", "set"), n.sum(axis=(1, 2)).tolist(), strict=True))
        assert out.events == {k: v for k, v in want.items() if v} and want["set"] > 20
        lines = (n.reshape(3, rows, -1).sum(axis=2) > 0).sum(axis=1).tolist()
        want = dict(zip(("read_slots", "full_slots", "set_slots"), lines, strict=True))
        assert out.used == {k: v for k, v in want.items() if v}
        lines_hold(r, LAYER)
    assert n[0].sum() < (dw != 0).sum() * 2  # most were read the first time
    assert s.dense.drain == pytest.approx((2.0 / s.params.v_set) ** 2)


def test_a_law_without_a_gate_is_refused():
    with pytest.raises(SpecError, match="needs a law with a gate voltage, and 'linear' has none"):
        case("gate-set")


def test_stuck_cells_stay_while_their_aim_moves():
    r = replica(case("gate-set", "one-shot", **CASE, device__faults={"stuck": 1.0}))
    out = Written(r, LAYER, change(r, LAYER, size=0.7))
    np.testing.assert_array_equal(out.state, out.before)
    assert out.counts["full_reset"] > 20
