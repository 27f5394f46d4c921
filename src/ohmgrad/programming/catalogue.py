"""Write schemes by name."""

from __future__ import annotations

from ohmgrad.errors import SpecError, nearest
from ohmgrad.programming.blind import Blind
from ohmgrad.programming.exact import Exact
from ohmgrad.programming.gate_set import GateSet
from ohmgrad.programming.overlap import Overlap
from ohmgrad.programming.pulse_train import PulseTrain
from ohmgrad.programming.scheme import Scheme
from ohmgrad.programming.verify_train import Verify

SCHEMES: dict[str, type[Scheme]] = {s.name: s for s in (Overlap, PulseTrain, Exact, Blind, Verify, GateSet)}


def find_scheme(name: str) -> Scheme:
    """The scheme called `name`; raises SpecError with the nearest name."""
    if name not in SCHEMES:
        raise SpecError(f"unknown write scheme '{name}'{nearest(name, SCHEMES)}")
    return SCHEMES[name]()
