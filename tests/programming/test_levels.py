"""The scalar face of the write schemes: patterns, levels, counts."""

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from ohmgrad.errors import SpecError
from ohmgrad.kernels.compiled import inline
from ohmgrad.programming import overlap, pulse_train
from ohmgrad.programming.catalogue import SCHEMES, find_scheme

MODULES = {"overlap": overlap, "pulse-train": pulse_train}
COMPILED = {name: (inline(m.row_level), inline(m.column_level)) for name, m in MODULES.items()}
number = st.one_of(
    st.floats(-5, 5), st.floats(allow_nan=False, allow_infinity=False), st.sampled_from([0.0, -0.0, 1e19, -1e19, 1e300])
)
any_scheme = pytest.mark.parametrize("name", MODULES)


def counts():
    return SCHEMES["overlap"]().coding().counts


def test_overlap_counts_are_the_products_in_quarters_to_within_a_half():
    for a in range(5):
        for b in range(5):
            assert abs(counts()[a, b] - a * b / 4) <= 0.5, (a, b)


def test_overlap_counts_follow_from_the_slot_patterns():
    assert [len(p) for p in overlap.ROW_PATTERNS] == [len(p) for p in overlap.COLUMN_PATTERNS] == [0, 1, 2, 3, 4]
    for a, row in enumerate(overlap.ROW_PATTERNS):
        for b, column in enumerate(overlap.COLUMN_PATTERNS):
            assert counts()[a, b] == sum(slot in row and slot in column for slot in range(4))


def test_overlap_gives_three_by_two_two_pulses():
    assert counts()[3, 2] == 2


def test_overlap_counts_are_symmetric_and_never_fall():
    np.testing.assert_array_equal(counts(), counts().T)
    assert (np.diff(counts(), axis=0) >= 0).all()


def test_overlap_is_a_product_and_no_minimum():
    least = np.minimum.outer(np.arange(5), np.arange(5))
    assert (counts() <= least).all() and (counts() != least).any()


@given(a=st.integers(0, 256), b=st.integers(0, 240))
def test_a_pulse_train_counts_the_rounded_product(a, b):
    exact = Fraction(a * b, 256 * 16)
    n = pulse_train.pulse_count(a, b, SCHEMES["pulse-train"]().coding())
    assert abs(n - exact) <= Fraction(1, 2) and 0 <= n <= 15
    assert n == math.floor(exact + Fraction(1, 2))


def test_the_largest_levels_give_the_largest_count():
    for name in MODULES:
        scheme = find_scheme(name)
        c = scheme.coding()
        assert scheme.pulse_count(scheme.row_level(1.0, c), scheme.column_level(1e9, c), c) == c.most


@any_scheme
@given(x=number)
def test_row_levels_round_the_input_and_clip(name, x):
    scheme = find_scheme(name)
    c = scheme.coding()
    n = scheme.row_level(x, c)
    top = scheme.row_level(1.0, c)
    assert abs(n) <= top and n * x >= 0
    if abs(x) <= 1:  # to the nearest, but for the rounding of |x|·levels + ½ itself
        assert abs(abs(n) - Fraction(abs(x)) * int(c.per_unit)) <= Fraction(1, 2) + Fraction(2) ** -44
    else:
        assert abs(n) == top


@any_scheme
@given(u=number)
def test_column_levels_round_the_pulses_wanted_and_clip(name, u):
    scheme = find_scheme(name)
    c = scheme.coding()
    n = scheme.column_level(u, c)
    assert abs(n) <= c.levels and n * u >= 0
    if abs(u) * c.per_pulse <= c.levels:
        assert abs(abs(n) - Fraction(abs(u)) * int(c.per_pulse)) <= Fraction(1, 2) + Fraction(2) ** -44
    else:
        assert abs(n) == c.levels


@any_scheme
def test_halves_round_away_from_zero(name):
    scheme = find_scheme(name)
    c = scheme.coding()
    for n in range(3):
        assert scheme.row_level((n + 0.5) / c.per_unit, c) == n + 1
        assert scheme.row_level(-(n + 0.5) / c.per_unit, c) == -n - 1
        assert scheme.column_level((n + 0.5) / c.per_pulse, c) == n + 1
        assert scheme.column_level(-(n + 0.5) / c.per_pulse, c) == -n - 1


@any_scheme
@settings(deadline=None)  # the first call compiles
@given(v=number)
def test_compiled_levels_equal_interpreted_ones_however_huge(name, v):
    c = find_scheme(name).coding()
    for compiled_level, level in zip(COMPILED[name], (MODULES[name].row_level, MODULES[name].column_level), strict=True):
        assert compiled_level(v, c) == level(v, c)


@any_scheme
@pytest.mark.parametrize("sign", [1, -1])
def test_infinite_values_are_clipped(name, sign):
    scheme = find_scheme(name)
    c = scheme.coding()
    assert scheme.column_level(sign * math.inf, c) == sign * c.levels
    assert scheme.row_level(sign * math.inf, c) == sign * scheme.row_level(1.0, c)


@any_scheme
@given(x=number, y=number)
def test_levels_never_fall(name, x, y):
    assume(x <= y)
    scheme = find_scheme(name)
    c = scheme.coding()
    assert scheme.row_level(x, c) <= scheme.row_level(y, c)
    assert scheme.column_level(x, c) <= scheme.column_level(y, c)


def test_an_unknown_scheme_is_answered_with_the_nearest():
    with pytest.raises(SpecError, match="unknown write scheme 'overlaps'; did you mean 'overlap'"):
        find_scheme("overlaps")
