"""A write scheme's two faces say the same: the steps on the lines, and the counts that the compiled loops use.

Every scheme of the catalogue is held to it, and a new one defined here.
"""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ohmgrad.programming.catalogue import SCHEMES
from ohmgrad.programming.change import Dense, Rank1
from ohmgrad.programming.scheme import Pair, Scheme, Step
from ohmgrad.programming.settings import Coding


class SignOnly(Scheme):
    """One pulse where x and u are not small, row by row: what a user might add."""

    name = "sign-only"
    text = "one pulse in the direction of the gradient"
    accepts = (Rank1,)
    row_level = staticmethod(lambda x, c: int(x >= 0.5) - int(x <= -0.5))
    column_level = staticmethod(lambda u, c: int(u >= 0.5) - int(u <= -0.5))
    pulse_count = staticmethod(lambda a, b, c: a * b)
    row_slots = staticmethod(lambda a, largest: largest)
    column_slots = staticmethod(lambda b, pulses: pulses)
    update_slots = staticmethod(lambda sign_phases, row_sum, c: row_sum)

    def coding(self):
        return Coding(1, 1.0, 1.0, 1, 1, np.zeros((1, 1), np.int64))

    def program(self, change, pair):
        rows, cols = self.levels(change, pair)
        for volts, width, is_set in pair.polarities:
            for i in np.flatnonzero(rows if cols.any() else 0 * rows):
                row, column = np.zeros(len(rows)), np.zeros((2, len(cols)))
                row[i] = volts / 2
                column[0 if is_set else 1, cols * rows[i] > 0] = -volts / 2
                column[1 if is_set else 0, cols * rows[i] < 0] = -volts / 2
                yield Step(row, column, width)


ALL = {**{n: s for n, s in SCHEMES.items() if Rank1 in s.accepts}, SignOnly.name: SignOnly}
any_scheme = pytest.mark.parametrize("scheme", [s() for s in ALL.values()], ids=ALL)

value = st.one_of(st.floats(-1, 1), st.sampled_from([0.0, 0.25, -0.25, 0.5, 0.75, -0.75, 1.0, -1.0]))
wanted = st.one_of(st.floats(-6, 6), st.floats(-20, 20), st.sampled_from([0.0, 0.5, -0.5, 1.0, -1.0, 4.0, -4.0, 1e6, -1e6]))


@st.composite
def updates(draw):
    """(change, pair): x signed only where two sign phases are in use, u in pulses times the quantum."""
    phases = draw(st.sampled_from([1, 2]))
    x = np.array(draw(st.lists(value, min_size=1, max_size=6)))
    quantum = draw(st.sampled_from([0.01, 0.25, 3.0]))
    u = np.array(draw(st.lists(wanted, min_size=1, max_size=6))) * quantum
    v_set, v_reset = draw(st.sampled_from([(2.0, 2.0), (1.7, 2.3)]))
    pair = Pair(draw(st.booleans()), phases, quantum, v_set, v_reset, 50e-9, 70e-9)
    return Rank1(abs(x) if phases == 1 else x, u), pair


def observed(scheme, change, pair):
    """What the steps do: pulses (polarity, row, column, member), driven slots of rows and columns, half-selections, slots."""
    shape = (len(change.x), len(change.u))
    seen = {
        "pulses": np.zeros((2, *shape, 2), int),
        "rows": np.zeros((2, shape[0]), int), "columns": np.zeros((2, 2, shape[1]), int),
        "half": np.zeros(2, int), "slots": np.zeros(2, int),
    }  # fmt: skip
    for step in scheme.program(change, pair):
        assert step.row.shape == shape[:1] and step.column.shape == (2, shape[1])
        is_set = step.width == pair.t_set  # the tests give SET and RESET different widths
        volts, width = (pair.v_set, pair.t_set) if is_set else (-pair.v_reset, pair.t_reset)
        at = 0 if is_set else 1
        v = step.row[:, None, None] - step.column.T[None]
        on_row, on_column = step.row != 0, step.column != 0
        both = on_row[:, None, None] & on_column.T[None]
        one = on_row[:, None, None] ^ on_column.T[None]
        assert step.width == width
        assert (v[both] == volts).all()  # the full amplitude, to the bit
        assert (v[one] == volts / 2).all() and (v[~both & ~one] == 0).all()
        seen["pulses"][at] += both
        seen["rows"][at] += on_row
        seen["columns"][at] += on_column
        seen["half"][at] += one.sum()
        seen["slots"][at] += 1
    return seen


def expected(scheme, change, pair):
    """The same from the scalar face, put together as the compiled loops do."""
    c = scheme.coding()
    face = type(scheme)
    rows = [face.row_level(float(x), c) for x in change.x]
    cols = [face.column_level(float(u) / pair.quantum, c) for u in change.u]
    n = np.zeros((len(rows), len(cols), 2), int)  # member that is SET
    for i, a in enumerate(rows):
        for j, b in enumerate(cols):
            if a and b:
                n[i, j, 0 if (a > 0) == (b > 0) else 1] = face.pulse_count(abs(a), abs(b), c)
    if not any(cols):
        zero = np.zeros(2, int)
        return {"pulses": np.zeros((2, *n.shape), int), "rows": np.zeros((2, len(rows)), int),
                "columns": np.zeros((2, 2, len(cols)), int), "half": zero, "slots": zero}  # fmt: skip
    largest = n.max(axis=(1, 2))
    row = np.array([face.row_slots(abs(a), int(m)) if a else 0 for a, m in zip(rows, largest, strict=True)])
    column = np.zeros((2, len(cols)), int)
    for j, b in enumerate(cols):
        for m in range(2):
            in_use = pair.sign_phases == 2 or (b > 0) == (m == 0)
            column[m, j] = face.column_slots(abs(b) if in_use else 0, int(n[:, j, m].sum()))
    half = row.sum() * 2 * len(cols) + column.sum() * len(rows) - 2 * n.sum()
    slots = face.update_slots(pair.sign_phases, int(largest.sum()), c)
    on = np.array([1, 0 if pair.one_way else 1])
    return {
        "pulses": np.array([n, n[:, :, ::-1]]) * on[:, None, None, None], "rows": row * on[:, None],
        "columns": np.array([column, column[::-1]]) * on[:, None, None], "half": half * on, "slots": slots * on,
    }  # fmt: skip


@any_scheme
@settings(max_examples=150, deadline=None)
@given(update=updates())
def test_steps_and_counts_are_equal_pulse_for_pulse(scheme, update):
    change, pair = update
    seen, said = observed(scheme, change, pair), expected(scheme, change, pair)
    for what in said:
        np.testing.assert_array_equal(seen[what], said[what], err_msg=what)


@any_scheme
@given(update=updates())
def test_no_cell_receives_more_than_the_largest_count(scheme, update):
    assert observed(scheme, *update)["pulses"].max(initial=0) <= scheme.coding().most


@any_scheme
@given(update=updates())
def test_pulses_go_in_the_direction_of_the_change(scheme, update):
    change, pair = update
    pulses = observed(scheme, change, pair)["pulses"]
    net = (pulses[0, :, :, 0] - pulses[0, :, :, 1]) - (pulses[1, :, :, 0] - pulses[1, :, :, 1])
    assert (net * np.outer(change.x, change.u) >= 0).all()


@any_scheme
def test_what_a_scheme_cannot_write_is_refused_by_name(scheme):
    pair = Pair(True, 2, 0.1, 2.0, 2.0, 1e-8, 1e-8)
    assert Dense not in scheme.accepts
    with pytest.raises(TypeError, match=rf"scheme '{scheme.name}' writes \['Rank1'\], not Dense"):
        list(scheme.program(Dense(np.ones((2, 2))), pair))


@any_scheme
def test_nothing_wanted_gives_no_pulse(scheme):
    pair = Pair(False, 2, 0.1, 2.0, 2.0, 1e-8, 2e-8)
    assert not list(scheme.program(Rank1(np.ones(3), np.zeros(2)), pair))
    assert not observed(scheme, Rank1(np.zeros(3), np.ones(2)), pair)["pulses"].any()


def test_overlap_example_of_three_by_two():
    pair = Pair(True, 1, 0.5, 2.0, 2.0, 5e-8, 5e-8)
    steps = list(SCHEMES["overlap"]().program(Rank1(np.array([0.75]), np.array([1.0])), pair))
    assert [s.row[0] for s in steps] == [1.0, 1.0, 1.0, 0.0]
    assert [s.column.tolist() for s in steps] == [[[-1.0], [0.0]], [[0.0], [0.0]], [[-1.0], [0.0]], [[0.0], [0.0]]]
