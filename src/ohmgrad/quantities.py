"""Field types for pydantic models: floats in SI units, read from numbers or from text with a unit.

A field ``g_max: Siemens`` takes ``2e-5`` and ``"20 uS"`` alike, and refuses ``"10 V"`` with the
message of `ohmgrad.units.parse`. They live apart from `ohmgrad.units`, which needs no pydantic.
"""

from __future__ import annotations

from functools import partial
from typing import Annotated

from pydantic import BeforeValidator

from ohmgrad.units import parse

Siemens = Annotated[float, BeforeValidator(partial(parse, dimension="conductance"))]
Ohms = Annotated[float, BeforeValidator(partial(parse, dimension="resistance"))]
Volts = Annotated[float, BeforeValidator(partial(parse, dimension="voltage"))]
Amperes = Annotated[float, BeforeValidator(partial(parse, dimension="current"))]
Seconds = Annotated[float, BeforeValidator(partial(parse, dimension="time"))]
Joules = Annotated[float, BeforeValidator(partial(parse, dimension="energy"))]
Kelvin = Annotated[float, BeforeValidator(partial(parse, dimension="temperature"))]
Number = Annotated[float, BeforeValidator(partial(parse, dimension="dimensionless"))]
