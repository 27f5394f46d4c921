"""A write scheme's two faces say the same: the steps on the lines, and the counts that the compiled loops use.

Every scheme of the catalogue is held to it, and a new one defined here.
"""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ohmgrad.programming.catalogue import SCHEMES
from ohmgrad.programming.change import Dense, Rank1
from ohmgrad.programming.scheme import Pair, Scheme, in_slots
from ohmgrad.programming.settings import Coding


class SignOnly(Scheme):
    """One pulse where x and u are not small, all at once: what a user might add."""

    name = "sign-only"
    text = "one pulse in the direction of the gradient"
    accepts = (Rank1,)
    row_level = staticmethod(lambda x, c: int(x >= 0.5) - int(x <= -0.5))
    column_level = staticmethod(lambda u, c: int(u >= 0.5) - int(u <= -0.5))
    pulse_count = staticmethod(lambda a, b, c: a * b)
    row_slots = staticmethod(lambda a: a)
    column_slots = staticmethod(lambda b: b)
    update_slots = staticmethod(lambda sign_phases: sign_phases)

    def coding(self):
        return Coding(1, 1.0, 1.0, 1, 1, np.zeros((1, 1), np.int64))

    def program(self, change, pair):
        rows, cols = self.levels(change, pair)
        yield from in_slots(pair, rows, cols, abs(rows)[:, None] > 0, lambda b: b[:, None] > 0)


ALL = {**{n: s for n, s in SCHEMES.items() if Rank1 in s.accepts}, SignOnly.name: SignOnly}
any_scheme = pytest.mark.parametrize("scheme", [s() for s in ALL.values()], ids=ALL)

value = st.one_of(st.floats(-1, 1), st.sampled_from([0.0, 0.25, -0.25, 0.5, 0.75, -0.75, 1.0, -1.0]))
wanted = st.one_of(st.floats(-6, 6), st.floats(-20, 20), st.sampled_from([0.0, 0.5, -0.5, 1.0, -1.0, 4.0, -4.0, 1e6, -1e6]))


@st.composite
def updates(draw):
    """(change, pair): x signed only where two sign phases are in use, u in pulses times the quantum; pairs written one way and two ways,
    single cells, the G+ of a pair, and cells that take turns."""
    phases = draw(st.sampled_from([1, 2]))
    x = np.array(draw(st.lists(value, min_size=1, max_size=6)))
    quantum = draw(st.sampled_from([0.01, 0.25, 3.0]))
    u = np.array(draw(st.lists(wanted, min_size=1, max_size=6))) * quantum
    v_set, v_reset = draw(st.sampled_from([(2.0, 2.0), (1.7, 2.3), (2.5, 1.9)]))
    one_way, up_down, members, base = draw(st.sampled_from(KINDS))
    quanta = (quantum, quantum * draw(st.sampled_from([1.0, 0.4, 3.0])) if up_down else quantum)
    address = (3, 1, draw(st.integers(0, 1000)), 2)
    pair = Pair(one_way, phases, quanta, v_set, v_reset, 50e-9, 70e-9, up_down, members, base, address)
    return Rank1(abs(x) if phases == 1 else x, u), pair


# (one way, up and down, members, first member): pairs, two pairs of which the second has its turn, fixed pairs, single cells, three of them
KINDS = [
    (True, False, 2, 0), (False, False, 2, 0), (False, False, 4, 2), (False, True, 2, 0), (False, True, 1, 0), (False, True, 3, 1),
]  # fmt: skip


def observed(scheme, change, pair):
    """What the steps do: pulses (polarity, row, column, member), half-selections of each cell, of cells between opposed lines, slots."""
    shape = (len(change.x), len(change.u), pair.members)
    seen = {
        "pulses": np.zeros((2, *shape), int),
        "half": np.zeros((2, *shape), int),
        "opposed": np.zeros(shape, int),
        "slots": 0,
    }
    for step in scheme.program(change, pair):
        assert step.row.shape == shape[:1] and step.column.shape == (pair.members, shape[1])
        assert (
            scheme.mixed
            or step.width == (pair.t_set if step.row.max() > 0 or step.column.min() < 0 else pair.t_reset)
            or (not step.row.any() and not step.column.any())
        )
        v = step.row[:, None, None] - step.column.T[None]
        on_row, on_column = (step.row != 0)[:, None, None], (step.column != 0).T[None]
        against = step.row[:, None, None] * step.column.T[None] > 0
        both = on_row & on_column & ~against
        one = on_row ^ on_column
        for at, volts in enumerate((pair.v_set, -pair.v_reset)):
            assert ((v == volts) == (both & (v * volts > 0))).all()  # the full amplitude, to the bit
            assert (v[one & (v * volts > 0)] == volts / 2).all()
            seen["pulses"][at] += both & (v * volts > 0)
            seen["half"][at] += one & (v * volts > 0)
        assert (v[against] == pair.v_set / 2 - pair.v_reset / 2).all() and (scheme.mixed or not against.any())
        assert (v[~both & ~one & ~against] == 0).all()
        seen["opposed"] += against
        seen["slots"] += 1
    return seen


def expected(scheme, change, pair):
    """The same from the scalar face, cell by cell."""
    shape = (len(change.x), len(change.u), pair.members)
    c = scheme.fitted(change, pair)
    rows, cols = scheme.levels(change, pair)
    said = {
        "pulses": np.zeros((2, *shape), int),
        "half": np.zeros((2, *shape), int),
        "opposed": np.zeros(shape, int),
        "slots": 0,
    }
    if not cols.any():
        return said
    n = np.array([[scheme.call("pulse_count", abs(int(a)), abs(int(b)), c) for b in cols[int(a < 0)]] for a in rows])
    n = n * (rows != 0)[:, None]
    largest = n.max(axis=1)
    up = np.sign(rows)[:, None] * np.sign(cols)[(rows < 0).astype(int)] > 0
    row_slots = [scheme.call("row_slots", abs(int(a)), int(m), c) if a else 0 for a, m in zip(rows, largest, strict=True)]
    for at in range(2 - pair.one_way):
        for j in range(shape[1]):
            for i in range(shape[0]):
                if not scheme.mixed or i % 2 == at:
                    said["half"][at, i, j] += row_slots[i]
            for raises in (True, False):
                if pair.up_down and raises != (at == 0):
                    continue
                m = pair.base + (0 if pair.up_down else int(raises == (at == 1)))
                given_ = n[:, j] * (up[:, j] == raises)
                phase = 0 if (np.sign(cols[:, j]).sum() > 0) == raises else 1
                level = abs(int(cols[phase, j])) if phase < pair.sign_phases else 0
                said["half"][at, :, j, m] += scheme.call("column_slots", level, int(given_.sum()), c)
                for i in range(shape[0]):
                    if not scheme.mixed or i % 2 == at:
                        said["pulses"][at, i, j, m] += given_[i]
                        said["half"][at, i, j, m] -= 2 * given_[i]
                    else:
                        said["opposed"][i, j, m] += given_[i]
                        said["half"][:, i, j, m] -= given_[i]
    slots = scheme.call("update_slots", pair.sign_phases, int(largest.sum()), c)
    said["slots"] = slots * (1 if scheme.mixed else len(pair.polarities))
    return said


@any_scheme
@settings(max_examples=150, deadline=None)
@given(update=updates())
def test_steps_and_counts_are_equal_pulse_for_pulse(scheme, update):
    change, pair = update
    if scheme.mixed and pair.one_way:
        return  # refused where it is chosen
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
    plus, minus = pulses[:, :, :, pair.base], 0 if pair.up_down else pulses[:, :, :, min(pair.base + 1, pair.members - 1)]
    net = (plus - minus)[0] - (plus - minus)[1]
    assert (net * np.outer(change.x, change.u) >= 0).all()
    untouched = [m for m in range(pair.members) if m not in (pair.base, pair.base + (not pair.up_down))]
    assert not pulses[..., untouched].any()


@any_scheme
def test_what_a_scheme_cannot_write_is_refused_by_name(scheme):
    pair = Pair(True, 2, (0.1, 0.1), 2.0, 2.0, 1e-8, 1e-8)
    assert Dense not in scheme.accepts
    with pytest.raises(TypeError, match=rf"scheme '{scheme.name}' writes \['Rank1'\], not Dense"):
        list(scheme.program(Dense(np.ones((2, 2))), pair))


@any_scheme
def test_nothing_wanted_gives_no_pulse(scheme):
    pair = Pair(False, 2, (0.1, 0.1), 2.0, 2.0, 1e-8, 2e-8)
    assert not list(scheme.program(Rank1(np.ones(3), np.zeros(2)), pair))
    assert not observed(scheme, Rank1(np.zeros(3), np.ones(2)), pair)["pulses"].any()


def test_overlap_example_of_three_by_two():
    pair = Pair(True, 1, (0.5, 0.5), 2.0, 2.0, 5e-8, 5e-8)
    steps = list(SCHEMES["overlap"]().program(Rank1(np.array([0.75]), np.array([1.0])), pair))
    assert [s.row[0] for s in steps] == [1.0, 1.0, 1.0, 0.0]
    assert [s.column.tolist() for s in steps] == [[[-1.0], [0.0]], [[0.0], [0.0]], [[-1.0], [0.0]], [[0.0], [0.0]]]
