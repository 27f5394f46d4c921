"""From the section [array] of a specification to the circuit of its arrays; what cannot be solved as one is refused here."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ohmgrad.arrays.circuit.access import Selector
from ohmgrad.arrays.circuit.settings import Circuit
from ohmgrad.arrays.circuit.wires import Wires
from ohmgrad.devices.section import Device
from ohmgrad.errors import SpecError
from ohmgrad.experiments.spec import Spec
from ohmgrad.network.replica import Replica
from ohmgrad.programming.catalogue import find_scheme
from ohmgrad.programming.dense import DenseScheme
from ohmgrad.units import show


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
    transistor = None if t.word_set is None else (t.word_set, t.word_reset, t.v_th, t.gain)
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
    if isinstance(scheme, DenseScheme) and not (scheme.steps or scheme.steps_on_wires or scheme.by_gate or scheme.ideal):
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


def wires_summary(spec: Spec, replicas: Sequence[Replica]) -> dict[str, Any] | None:
    """What reads and writes through the circuit came to, worst of all replicas, with a sentence; None on ideal wires."""
    found = [r.wired.summary() for r in replicas if r.wired]
    if not found:
        return None
    a, layers = spec.array, range(len(spec.network.layers) - 1)

    def each(name: str, f: Any) -> list[float | None]:
        known = [[one[name][k] for one in found if one[name][k] is not None] for k in layers]
        return [f(values) if values else None for values in known]

    error, mean, least = each("read_error", max), each("reached_mean", lambda v: sum(v) / len(v)), each("reached_least", min)
    text = f"{show(a.wire, 'resistance')} a segment"
    text += "".join(f", {show(ohms, 'resistance')} {name}" for name, ohms in (("source", a.source), ("sense", a.sense)) if ohms)
    if a.v_th is not None:
        text += f", selectors of {show(a.v_th, 'voltage')}"
    text += "; reads exact" if a.reads == "exact" else f"; reads by a matrix made anew every {a.reads_every} updates"
    if any(e is not None for e in error):
        text += f", off by {', '.join('n/a' if e is None else f'{100 * e:.2g} %' for e in error)} before the last"
    if any(m is not None for m in mean):
        shares = ", ".join(
            "none" if m is None or low is None else f"{100 * m:.1f} % (at least {100 * low:.1f} %)"
            for m, low in zip(mean, least, strict=True)
        )
        text += f"; cells written got {shares} of their voltage"
    return {
        "text": text,
        "reads": a.reads,
        "every": found[0]["every"],
        "read_error": error,
        "reached_mean": mean,
        "reached_least": least,
    }
