"""Coincidence counts against their theory, cells that one step leaves out, and the error of nested pulses, in plain Python with addressed draws."""

import math

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from small import setup

from ohmgrad.errors import SpecError
from ohmgrad.programming.change import Rank1
from ohmgrad.programming.one_step import OneStep
from ohmgrad.programming.pulse_number import MOST, PulseNumber
from ohmgrad.programming.scheme import Pair
from ohmgrad.programming.stochastic import Stochastic, fit, ones

QUANTUM = 0.01
X = np.array([1.0, 0.6, 0.25, -0.5, 0.0])
U = np.array([0.04, -0.02, 0.009, 0.0])
TRIALS = 600


def pair(step=0, one_way=True, **changes):
    fields = {"up_down": False, "members": 2, "base": 0, "address": (5, 2, step, 1)} | changes
    return Pair(one_way, 2, (QUANTUM, QUANTUM), 2.0, 2.0, 5e-8, 5e-8, **fields)


def counts(scheme, x, u, trials=TRIALS):
    """Coincidences (trials, rows, columns) of one update, each at an address of its own."""
    out = np.zeros((trials, len(x), len(u)), int)
    for t in range(trials):
        rows, cols = scheme.levels(Rank1(x, u), pair(t))
        out[t] = [[ones(abs(int(a)) & abs(int(b))) for b in cols[int(a < 0)]] for a in rows]
    return out


def probabilities(x, u, slots, managed):
    """(slots, p of the rows, q of the columns) from the equations of the module, u in weight units."""
    n = np.abs(u) / QUANTUM
    if managed:
        top = np.abs(x).max() * n.max()
        slots = min(max(math.ceil(top), 1), slots)
        r = math.sqrt(n.max() / np.abs(x).max())
        return slots, np.minimum(np.abs(x) * r / math.sqrt(slots), 1.0), np.minimum(n / r / math.sqrt(slots), 1.0)
    return slots, np.minimum(np.abs(x) / math.sqrt(slots), 1.0), np.minimum(n / math.sqrt(slots), 1.0)


@pytest.mark.parametrize("managed", [False, True])
def test_mean_and_variance_of_coincidences_are_those_of_a_binomial(managed):
    n = counts(Stochastic(31, managed), X, U)
    slots, p, q = probabilities(X, U, 31, managed)
    share = np.outer(p, q)
    mean, variance = slots * share, slots * share * (1.0 - share)
    # 20 cells: 4.5 standard errors of a mean are passed once in 10⁴ such tests
    assert (abs(n.mean(axis=0) - mean) <= 4.5 * np.sqrt(variance / TRIALS)).all()
    # variance of the sample variance: (μ4 − σ⁴)/n, with μ4 = σ²·(1 + 3σ²·(slots − 2)/slots) of a binomial
    fourth = variance * (1.0 + 3.0 * variance * (slots - 2) / slots) if slots > 1 else variance
    spread = np.sqrt(np.maximum(fourth - variance**2, 0.0) / TRIALS)
    assert (abs(n.var(axis=0) - variance) <= 4.5 * spread + variance / TRIALS + mean.max() / TRIALS).all()
    assert not n[:, X == 0.0].any() and not n[:, :, U == 0.0].any()


@pytest.mark.parametrize("managed", [False, True])
def test_the_mean_is_the_change_wanted_while_no_probability_is_clipped(managed):
    slots, p, q = probabilities(X, U, 31, managed)
    assert max(p.max(), q.max()) < 1.0 or managed  # managed, the largest pair may just reach 1
    np.testing.assert_allclose(slots * np.outer(p, q), np.abs(np.outer(X, U)) / QUANTUM, rtol=1e-12)


def test_beyond_one_a_probability_is_clipped_and_the_mean_falls_short():
    """|u|/Δw = 8 in 4 slots: q = 8/√4 = 4 counts as 1, so a cell gets 4·p·1 = 4·0.5 pulses at x = 1 instead of 8."""
    n = counts(Stochastic(4, False), np.array([1.0]), np.array([8 * QUANTUM]))
    assert abs(n.mean() - 2.0) <= 4.5 * math.sqrt(4 * 0.5 * 0.5 / TRIALS)
    assert n.max() <= 4


@given(x=st.floats(1e-6, 1.0), u=st.floats(1e-6, 1e4))
@example(x=1.0, u=1.0)
@example(x=0.5, u=4.0)
@example(x=1.0, u=1e9)
def test_managed_slots_are_as_many_as_the_largest_cell_wants(x, u):
    c = fit(Stochastic(31, True).coding(), x, u)
    assert c.slots == min(max(math.ceil(x * u), 1), 31)
    # the largest row and the largest column have equal probabilities, √(x u/BL)
    assert x * c.per_unit == pytest.approx(u * c.per_pulse, rel=1e-12)
    assert x * c.per_unit == pytest.approx(math.sqrt(x * u / c.slots), rel=1e-12)
    assert x * c.per_unit <= 1.0 + 1e-12 or x * u > 31


def test_without_anything_to_write_managed_pulses_take_no_slot():
    for x, u in ((0.0, 3.0), (3.0, 0.0), (0.0, 0.0)):
        assert fit(Stochastic(31, True).coding(), x, u).slots == 0
    assert not list(Stochastic().program(Rank1(np.ones(3), np.zeros(2)), pair()))


def test_lines_draw_by_themselves_and_each_update_anew():
    """Rows of equal x are uncorrelated, in one update and from one update to the next; the same address gives the same train."""
    scheme, trials = Stochastic(31, False), 400
    x, u = np.array([1.0, 1.0, 1.0]), np.array([3 * QUANTUM, 3 * QUANTUM])
    bits = np.zeros((trials, 5, 31))
    for t in range(trials):
        rows, cols = scheme.levels(Rank1(x, u), pair(t))
        bits[t] = (np.abs(np.r_[rows, cols[0]])[:, None] >> np.arange(31)) & 1
    again = scheme.levels(Rank1(x, u), pair(0))[0]
    np.testing.assert_array_equal((np.abs(again)[:, None] >> np.arange(31)) & 1, bits[0, :3])
    lines = bits.transpose(1, 0, 2).reshape(5, -1)
    off = np.corrcoef(lines)[np.triu_indices(5, 1)]
    assert (abs(off) < 4.5 / math.sqrt(lines.shape[1])).all()
    neighbours = [np.corrcoef(bits[:-1, k].ravel(), bits[1:, k].ravel())[0, 1] for k in range(5)]
    assert (np.abs(neighbours) < 4.5 / math.sqrt((trials - 1) * 31)).all()


# SET and RESET in one step ------------------------------------------------------------------------------------------------


def pulses(scheme, x, u, p):
    """(SET, RESET) pulses (2, rows, columns, members) that the steps give: a cell at the full amplitude."""
    out = np.zeros((2, len(x), len(u), p.members), int)
    for s in scheme.program(Rank1(x, u), p):
        v = s.row[:, None, None] - s.column.T[None]
        out[0] += v == p.v_set
        out[1] += v == -p.v_reset
    return out


def test_one_step_leaves_half_of_the_single_cells_out_and_it_names_them():
    """Rows 0, 2 carry SET and can only raise; rows 1, 3 carry RESET and can only lower."""
    x, u = np.array([0.5, 0.5, 1.0, 1.0]), np.array([2.0, -2.0, 2.0]) * QUANTUM
    p = pair(one_way=False, up_down=True, members=1)
    one, both = (pulses(s, x, u, p)[..., 0] for s in (OneStep(), PulseNumber()))
    set_row = (np.arange(4) % 2 == 0)[:, None]
    raises = np.outer(x, u) > 0
    nothing = raises != set_row
    assert [tuple(map(int, at)) for at in np.argwhere(nothing)] == [(0, 1), (1, 0), (1, 2), (2, 1), (3, 0), (3, 2)]
    assert not one[:, nothing].any() and (both.sum(axis=0) > 0).all()
    np.testing.assert_array_equal(one[:, ~nothing], both[:, ~nothing])


def test_one_step_moves_each_two_way_pair_by_one_cell_instead_of_two():
    x, u = np.array([0.5, 0.5, 1.0, 1.0]), np.array([2.0, -2.0]) * QUANTUM
    p = pair(one_way=False)
    one, both = (pulses(s, x, u, p) for s in (OneStep(), PulseNumber()))
    change = [n[0, ..., 0] - n[0, ..., 1] - n[1, ..., 0] + n[1, ..., 1] for n in (one, both)]
    np.testing.assert_array_equal(2 * change[0], change[1])
    assert (change[0] * np.outer(x, u) > 0).all()
    assert (one.sum(axis=(0, 3)) * 2 == both.sum(axis=(0, 3))).all()
    assert not one[1, 0::2].any() and not one[0, 1::2].any()  # rows of SET polarity give SET alone


def test_one_step_refuses_cells_without_reset_and_unequal_widths():
    with pytest.raises(SpecError, match=r"one-way pairs have no RESET; set synapse.write = 'two-way'"):
        setup(programming__scheme="one-step")
    with pytest.raises(SpecError, match=r"device.t_set \(5e-08 s\) and device.t_reset \(7e-08 s\) must be equal"):
        setup(programming__scheme="one-step", synapse__write="two-way", device__t_set="50 ns", device__t_reset="70 ns")
    setup(programming__scheme="one-step", synapse__write="two-way", device__t_set="50 ns", device__t_reset="50 ns")


# Nested pulses ------------------------------------------------------------------------------------------------------------


@given(st.lists(st.floats(-1, 1), min_size=1, max_size=5), st.lists(st.floats(-60, 60), min_size=1, max_size=5))
@example([1.0, 0.07], [49.0, 0.5])
@example([0.5], [0.4])
def test_error_of_nested_pulses_is_within_its_bound(x, u):
    x, u = np.array(x), np.array(u)
    scheme, change = PulseNumber(), Rank1(x, u * QUANTUM)
    c, (rows, cols) = scheme.fitted(change, pair()), scheme.levels(change, pair())
    n = np.abs(np.outer(rows, cols[0]))
    a, b = np.abs(x) * c.per_unit, np.abs(u) * c.per_pulse
    largest = np.abs(x).max() * np.abs(u).max()
    assert c.levels == min(math.floor(math.sqrt(largest) + 0.5), MOST)
    free = (a <= c.levels + 0.5)[:, None] & (b <= c.levels + 0.5)[None]  # not clipped
    bound = (a[:, None] + b[None]) / 2 + 0.25
    error = np.abs(n - np.abs(np.outer(x, u)))
    assert (error <= bound + 1e-9)[free].all()
    assert (error <= c.levels + 0.75 + 1e-9)[free].all()
    assert n.max(initial=0) <= MOST**2
    if largest < 0.25 * (1 - 1e-9):
        assert not n.any()
