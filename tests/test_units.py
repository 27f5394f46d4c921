"""Units: what is read, what is written, and what is refused with which words."""

from __future__ import annotations

import doctest
import math
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError

from ohmgrad import quantities, units
from ohmgrad.errors import UnitError
from ohmgrad.units import DIMENSIONS, parse, show

finite = st.floats(allow_nan=False, allow_infinity=False)


def refusal(value: object, dimension: str) -> str:
    with pytest.raises(UnitError) as caught:
        parse(value, dimension)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_examples_in_docstrings() -> None:
    assert doctest.testmod(units).failed == 0


@pytest.mark.parametrize(
    ("text", "dimension", "expected"),
    [
        ("20 uS", "conductance", 2e-5),
        ("20uS", "conductance", 2e-5),
        ("  +20e0\tµS ", "conductance", 2e-5),
        ("20 μS", "conductance", 2e-5),
        ("2 mS", "conductance", 2e-3),
        ("2 MS", "conductance", 2e6),
        ("50 kohm", "resistance", 5e4),
        ("50 kΩ", "resistance", 5e4),
        ("50 k\N{OHM SIGN}", "resistance", 5e4),
        ("1 GOhm", "resistance", 1e9),
        ("-0.3 V", "voltage", -0.3),
        (".5V", "voltage", 0.5),
        ("3 fA", "current", 3e-15),
        ("2 aA", "current", 2e-18),
        ("1 min", "time", 60.0),
        ("1.5 h", "time", 5400.0),
        ("3 ms", "time", 3e-3),
        ("7 pJ", "energy", 7e-12),
        ("300 K", "temperature", 300.0),
        ("1 TW", "power", 1e12),
        ("10 nC", "charge", 1e-8),
        ("5 %", "dimensionless", 0.05),
        ("5%", "dimensionless", 0.05),
        ("1e-3", "dimensionless", 1e-3),
        ("2e-5", "conductance", 2e-5),
        ("5.", "voltage", 5.0),
    ],
)
def test_text_is_read_in_si(text: str, dimension: str, expected: float) -> None:
    assert parse(text, dimension) == expected


@pytest.mark.parametrize("value", [3, 3.0, np.float64(3), np.float32(3), np.int64(3)])
def test_numbers_are_si(value: object) -> None:
    result = parse(value, "voltage")
    assert result == 3.0
    assert type(result) is float


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, "nan", "-inf", "1e999 V", "1e308 TV", 10**400])
def test_not_finite_is_refused(value: object) -> None:
    assert "is not finite; a voltage is wanted, such as '300 mV'" in refusal(value, "voltage")


@pytest.mark.parametrize("value", [True, np.True_, None, [1.0], b"1 V", 1j])
def test_no_quantity_is_refused(value: object) -> None:
    assert "is no quantity; a voltage is wanted, such as '300 mV'" in refusal(value, "voltage")


@pytest.mark.parametrize("text", ["", " ", "V", "1,5 V", "one V", "--3 V", "0x10 V", "٣ V"])
def test_text_without_number_is_refused(text: str) -> None:
    message = refusal(text, "voltage")
    assert repr(text) in message
    assert "'300 mV'" in message


def test_long_text_makes_a_short_message() -> None:
    assert len(refusal("x" * 10_000, "voltage")) < 200
    assert len(refusal("1 " + "x" * 10_000, "voltage")) < 250


@pytest.mark.parametrize(
    ("text", "dimension", "message"),
    [
        ("10 V", "conductance", "'10 V' is a voltage, but a conductance is wanted, such as '20 uS'"),
        ("5 pJ", "time", "'5 pJ' is an energy, but a time is wanted, such as '100 ns'"),
        ("5 %", "voltage", "'5 %' is a percentage, but a voltage is wanted, such as '300 mV'"),
        ("10 V", "dimensionless", "'10 V' is a voltage, but a plain number is wanted, such as '0.5'"),
        ("50 kohm", "conductance", "'50 kohm' is a resistance, but a conductance is wanted; "
         "did you mean '20 uS' (1/R)?"),
        ("20 uS", "resistance", "'20 uS' is a conductance, but a resistance is wanted; "
         "did you mean '50 kohm' (1/G)?"),
        ("0 ohm", "conductance", "'0 ohm' is a resistance, but a conductance is wanted, such as '20 uS'"),
        ("20 us", "conductance", "'20 us' is a time, but a conductance is wanted; "
         "did you mean '20 uS'? (case matters)"),
        ("3 ms", "conductance", "'3 ms' is a time, but a conductance is wanted; "
         "did you mean '3 mS'? (case matters)"),
        ("20 uSS", "conductance", "'20 uSS' has the unknown unit 'uSS'; did you mean 'uS'?"),
        ("3 Q", "voltage", "'3 Q' has the unknown unit 'Q'; a voltage is written like '300 mV'"),
        ("3 m", "time", "'3 m' has the unknown unit 'm'; did you mean 'ms'?"),
    ],
)  # fmt: skip
def test_wrong_units_are_explained(text: str, dimension: str, message: str) -> None:
    assert refusal(text, dimension) == message


def test_unknown_dimension_offers_the_nearest() -> None:
    assert "did you mean 'conductance'?" in refusal("1 S", "conductence")
    with pytest.raises(UnitError, match="unknown dimension"):
        show(1.0, "length")


@pytest.mark.parametrize(
    ("value", "dimension", "text"),
    [
        (2e-5, "conductance", "20 uS"),
        (999.99e-6, "conductance", "1 mS"),
        (5e4, "resistance", "50 kohm"),
        (0.0, "voltage", "0 V"),
        (-0.0, "voltage", "0 V"),
        (-0.3, "voltage", "-300 mV"),
        (math.nan, "voltage", "nan V"),
        (-math.inf, "voltage", "-inf V"),
        (1.23456e-15, "energy", "1.235 fJ"),
        (1e-25, "energy", "1e-25 J"),
        (3600.0, "time", "3600 s"),
        (1e-7, "time", "100 ns"),
        (300.0, "temperature", "300 K"),
        (0.5, "dimensionless", "0.5"),
        (0.0, "dimensionless", "0"),
        (1e6, "dimensionless", "1e+06"),
    ],
)
def test_show(value: float, dimension: str, text: str) -> None:
    assert show(value, dimension) == text


def test_show_refuses_odd_digits() -> None:
    with pytest.raises(UnitError, match="use 1 to 17"):
        show(1.0, "voltage", digits=0)


@given(finite, st.sampled_from(sorted(DIMENSIONS)))
def test_round_trip_is_exact_with_17_digits(value: float, dimension: str) -> None:
    assert parse(show(value, dimension, digits=17), dimension) == value


@given(st.floats(min_value=1e-17, max_value=1e14), st.sampled_from(sorted(DIMENSIONS)), st.integers(3, 8))
def test_round_trip_keeps_the_digits_shown(value: float, dimension: str, digits: int) -> None:
    assert parse(show(value, dimension, digits), dimension) == pytest.approx(value, rel=0.51 * 10.0 ** (1 - digits))


@given(st.text(max_size=20), st.sampled_from(sorted(DIMENSIONS)))
def test_any_text_is_read_or_refused(text: str, dimension: str) -> None:
    try:
        assert math.isfinite(parse(text, dimension))
    except UnitError as error:
        assert len(str(error).splitlines()) == 1


def test_units_import_only_the_standard_library() -> None:
    code = "import sys, ohmgrad.units; print(*{'numpy', 'pydantic'} & set(sys.modules))"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == ""


def test_pydantic_fields_take_text_and_say_the_same() -> None:
    class Cell(BaseModel):
        g_max: quantities.Siemens
        pulse: quantities.Seconds = 1e-7
        share: quantities.Number = 0.0

    assert Cell(g_max="20 uS", share="5 %").model_dump() == {"g_max": 2e-5, "pulse": 1e-7, "share": 0.05}  # type: ignore[arg-type]
    with pytest.raises(ValidationError, match="'10 V' is a voltage, but a conductance is wanted, such as '20 uS'"):
        Cell(g_max="10 V")  # type: ignore[arg-type]
