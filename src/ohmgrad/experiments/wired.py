"""From the section [array] of a specification to the circuit of its arrays; what cannot be solved as one is refused here."""

from __future__ import annotations

from ohmgrad.arrays.circuit.access import Selector
from ohmgrad.arrays.circuit.settings import Circuit
from ohmgrad.arrays.circuit.wires import Wires
from ohmgrad.devices.section import Device
from ohmgrad.errors import SpecError
from ohmgrad.experiments.spec import Spec
from ohmgrad.programming.catalogue import find_scheme
from ohmgrad.programming.dense import DenseScheme


def on_wires(spec: Spec) -> bool:
    """Does anything keep a cell from the voltages of its lines' ends?"""
    a = spec.array
    return bool(a.wire or a.source or a.sense) or a.v_th is not None


def circuit_of(spec: Spec, device: Device) -> Circuit | None:
    """The circuit of the arrays, or None where every cell sees the voltages of its lines' ends."""
    a = spec.array
    if not on_wires(spec):
        return None
    t = device.transistor
    transistor = (
        None if t.word_set is None else (t.word_set, t.word_reset if t.word_reset is not None else t.word_set, t.v_th, t.gain)
    )
    selector = Selector(a.v_th, a.v_hold, a.r_on, a.r_off) if a.v_th is not None else None
    return Circuit(
        Wires(a.wire, a.wire, a.source, a.sense, a.row_ends, a.column_ends), selector, a.v_th_spread, a.access == "transistor", transistor,
        device.current.kind, device.current.v_0, a.reads, a.reads_every,
    )  # fmt: skip


def check_wired(spec: Spec, device: Device) -> None:
    """Raises SpecError for a combination that the circuit does not model, with the nearest one that it does."""
    a, scheme = spec.array, find_scheme(spec.programming.scheme)
    if a.access == "selector" and a.v_th is None:
        raise SpecError(
            "array.wire: on wires selectors are solved as switches, and their threshold is missing; set array.v_th, such as '0.5 V', or access = 'passive'"
        )
    circuit = circuit_of(spec, device)
    assert circuit is not None
    if isinstance(scheme, DenseScheme) and not (scheme.steps or scheme.steps_on_wires or scheme.ideal):
        raise SpecError(
            f"array.wire: writing by scheme '{scheme.name}' through resistances is not modelled; set programming.scheme = 'blind', or array.wire = 0"
        )
    if not circuit.linear:
        what = "selectors that switch" if circuit.selector else f"cells with '{device.current.kind}' current"
        if a.reads == "effective":
            raise SpecError(f"array.reads = 'effective': {what} have no matrix; set reads = 'exact'")
        if spec.coding.input.startswith("pulse"):
            raise SpecError(
                f"coding.input = '{spec.coding.input}': pulses on several lines overlap differently from slot to slot, and through {what} they do not add up; set "
                "input = 'amplitude'"
            )
        if circuit.selector and a.v_read <= (a.v_th or 0.0):
            raise SpecError(
                f"array.v_read = {a.v_read:g} V never turns a selector on; raise it above array.v_th = {a.v_th:g} V"
            )
