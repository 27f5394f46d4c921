"""From a device section to what the loops need: the law with its imperfections, parameters in SI, spreads, table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ohmgrad.devices.catalogue import find_law
from ohmgrad.devices.current import CURRENTS
from ohmgrad.devices.law import Law
from ohmgrad.devices.section import Current, Device, Endurance, Faults, Noise, Retention, Transistor
from ohmgrad.devices.transistor import check_transistor
from ohmgrad.devices.variation import Correlated, Variation, cholesky, varied_names
from ohmgrad.devices.wrap import wrap
from ohmgrad.errors import SpecError, UnitError, nearest
from ohmgrad.units import parse, show

Floats = npt.NDArray[np.float64]
MOST = 1e100  # current of a cell at its highest pulse, in currents of an ohmic one: more soon cannot be computed


@dataclass(frozen=True)
class Resolved:
    """A device ready for use.

    law: with faults, retention and endurance around it; params: of that law (SI); table (rows, points), or (3, 2) zeros where the law needs none;
    section: the device as switched (see `switched`).
    """

    law: Law
    params: Any
    variation: dict[str, Variation]
    correlated: list[Correlated]
    table: Floats
    section: Device


def complete_device(device: Device) -> Device:
    """The device with every parameter of its law written out in SI.

    Raises SpecError for an unknown parameter, a value out of range, the wrong dimension, or parameters that contradict each other.
    """
    law = find_law(device.law)
    for name in device.parameters:
        if name not in law.declared:
            raise SpecError(f"device.parameters.{name}: law '{law.name}' has no such parameter{nearest(name, law.declared)}")
    values = {name: _parameter(device, law, name) for name in law.declared}
    if not values["g_min"] < values["g_max"]:
        low, high = (show(values[n], "conductance") for n in ("g_min", "g_max"))
        raise SpecError(f"device.parameters: g_min ({low}) must be below g_max ({high})")
    for message in law.checks(law.params(**values)):
        raise SpecError(f"device.parameters: {message}")
    if law.read_table is not None and not device.table:
        raise SpecError(f"device.table is missing: law '{law.name}' reads its steps from a table, a file or rows of numbers")
    complete = device.model_copy(update={"parameters": values})
    _check_current(complete, max(values[v] for v in ("v_set", "v_reset", "v_full")))
    _check_transistor(complete)
    r = device.retention
    if r.kind in ("stretched", "activated") and r.g_rest > values["g_max"]:
        high = show(values["g_max"], "conductance")
        raise SpecError(f"device.retention.g_rest ({show(r.g_rest, 'conductance')}) must not be above g_max ({high})")
    resolve(complete, read_table=False)
    return complete


def resolve(device: Device, read_table: bool = True) -> Resolved:
    """What a complete device comes to, what it says `without` left out; raises SpecError, DataError."""
    base = find_law(device.law)
    d = switched(device, base)
    law = wrap(base, with_faults=d.faults.any, loss=d.retention.kind, wear=d.endurance.cycles > 0.0, slices=_slices(d))
    extra = {
        **{f"retention_{k}": float(v) for k, v in d.retention if f"retention_{k}" in law.declared},
        **{f"transistor_{k}": float(v) for k, v in d.transistor if f"transistor_{k}" in law.declared},
        **{f"endurance_{k}": float(v) for k, v in d.endurance if f"endurance_{k}" in law.declared},
    }
    values = {name: extra.get(name, d.parameters.get(name, declared.default)) for name, declared in law.declared.items()}
    for name in d.variation:
        if name not in law.declared or name == "fault":
            raise SpecError(f"device.variation.{name}: law '{law.name}' has no such parameter{nearest(name, law.declared)}")
    variation = {
        k: Variation(v.sigma, v.kind, v.cut, _limit(law, k, "low", v.low), _limit(law, k, "high", v.high))
        for k, v in d.variation.items()
    }
    for k, v in variation.items():
        if v.kind == "uniform" and not (v.low or 0.0) < (v.high or 0.0):
            raise SpecError(f"device.variation.{k}: low ({d.variation[k].low}) must be below high ({d.variation[k].high})")
    correlated: list[Correlated] = []
    names = varied_names(variation)
    for c in d.correlation:
        for name in c.between:
            if name not in names:
                raise SpecError(f"device.correlation: '{name}' does not vary from cell to cell{nearest(name, names)}")
        if c.between[0] == c.between[1]:
            raise SpecError(f"device.correlation: '{c.between[0]}' is correlated with itself; name two parameters")
        if any({*c.between} == {one.first, one.second} for one in correlated):
            raise SpecError(f"device.correlation: '{c.between[0]}' and '{c.between[1]}' are given twice")
        correlated.append(Correlated(*c.between, c.rho))
    cholesky(names, correlated)
    table = base.read_table(d.table) if base.read_table is not None and read_table else np.zeros((3, 2))
    return Resolved(law, law.params(**values), variation, correlated, table, d)


def switched(device: Device, law: Law) -> Device:
    """The device with every imperfection that it names in `without` switched off; raises SpecError where a law has no such switch."""
    changes: dict[str, Any] = {"without": []}
    parameters = dict(device.parameters)
    nothing = {
        "faults": Faults(),
        "retention": Retention(),
        "endurance": Endurance(),
        "current": Current(),
        "transistor": Transistor(),
    }
    for name in device.without:
        if name in nothing:
            changes[name] = nothing[name]
        elif name == "read-noise":
            changes["noise"] = Noise()
        elif name == "device-to-device":
            changes |= {"variation": {}, "correlation": []}
        elif name in law.switches:
            parameters |= law.switches[name]
        else:
            raise SpecError(f"device.without: law '{law.name}' has no switch for {name}{nearest(name, law.switches)}")
    d = device.model_copy(update={**changes, "parameters": parameters})
    off = [f"{name}_" for name in ("retention", "endurance", "transistor") if name in device.without]
    gone = {name for name in d.variation if any(name.startswith(prefix) for prefix in off)}
    return d.model_copy(
        update={
            "variation": {name: spread for name, spread in d.variation.items() if name not in gone},
            "correlation": [c for c in d.correlation if not gone & {*c.between}],
        }
    )


def _limit(law: Law, name: str, which: str, given: float | str | None) -> float | None:
    """Limit of a uniform distribution, in SI."""
    try:
        return None if given is None else parse(given, law.declared[name].dimension)
    except UnitError as e:
        raise SpecError(f"device.variation.{name}.{which}: {e}") from None


def _slices(device: Device) -> int:
    """Slices of a pulse behind the transistor, 0 for an ideal one."""
    return device.transistor.slices if device.transistor.word_set is not None else 0


def _check_transistor(device: Device) -> None:
    if not _slices(device):
        return
    bare = find_law(device.law)
    if "v_drain" in bare.declared:
        raise SpecError(f"device.transistor.word_set: law '{bare.name}' has its transistor within; leave word_set out")
    if device.current.kind != "ohmic":
        raise SpecError(
            f"device.transistor.word_set: a transistor in series is solved for ohmic cells, but device.current.kind = '{device.current.kind}'; "
            "leave word_set out, or set kind = 'ohmic'"
        )
    if device.table or not bare.needs_table:
        plain = device.model_copy(
            update={"faults": Faults(), "retention": Retention(), "endurance": Endurance(), "variation": {}, "correlation": []}
        )
        r = resolve(plain.model_copy(update={"without": []}))
        for message in check_transistor(bare, device.transistor.slices, device.t_set, r.params, r.table):
            raise SpecError(f"device.transistor: {message}")


def _check_current(device: Device, highest: float) -> None:
    c = device.current
    if c.kind != "ohmic" and not CURRENTS[c.kind](highest, c.v_0) < MOST * highest:
        raise SpecError(
            f"device.current.v_0 = {show(c.v_0, 'voltage')} is too small: at {show(highest, 'voltage')}, the highest pulse, the current "
            f"would be more than {MOST:g} times that of an ohmic cell"
        )


def _parameter(device: Device, law: Law, name: str) -> float:
    declared = law.declared[name]
    given = device.parameters.get(name, declared.default)
    try:
        value = parse(given, declared.dimension)
    except UnitError as e:
        raise SpecError(f"device.parameters.{name}: {e}") from None
    if not declared.low <= value <= declared.high:
        low, high = (show(v, declared.dimension) for v in (declared.low, declared.high))
        raise SpecError(f"device.parameters.{name} = {given} is out of range: {low} to {high}")
    return value
