"""The loops of one combination: law, write scheme, neuron, and which parameters differ from cell to cell."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType

from ohmgrad import ledger
from ohmgrad.arrays import coding_loop, noise_loop, read_loop, rest_loop
from ohmgrad.arrays.synapse import PAIR, Synapse, weigh_source
from ohmgrad.devices.catalogue import again
from ohmgrad.devices.law import Law
from ohmgrad.devices.record import Recording
from ohmgrad.devices.wrap import Wrapped
from ohmgrad.errors import LawError
from ohmgrad.kernels import draw_loop
from ohmgrad.kernels.specialise import specialise
from ohmgrad.learning import delta, output_loop
from ohmgrad.learning.activations import Activation
from ohmgrad.learning.catalogue import rule_source
from ohmgrad.learning.rules import RULES, Rule
from ohmgrad.network import batch_loop, diagnose_loop, gradient_loop, pass_loop, train_loop, wired_loop
from ohmgrad.programming import (
    dense_count_loop,
    dense_gate_loop,
    dense_lines_loop,
    dense_loop,
    dense_verify_loop,
    refresh_loop,
    step_loop,
    verify_loop,
    write_loop,
)
from ohmgrad.programming.catalogue import scheme_source
from ohmgrad.programming.dense import DenseScheme
from ohmgrad.programming.scheme import FACE, Scheme, arity

_LOOPS = (
    draw_loop, read_loop, noise_loop, coding_loop, rest_loop, write_loop, refresh_loop, step_loop, verify_loop,
    dense_lines_loop, dense_count_loop, dense_verify_loop, dense_gate_loop, dense_loop, output_loop, pass_loop, wired_loop, train_loop, gradient_loop,
    batch_loop, diagnose_loop,
)  # fmt: skip


def loops(
    law: Law,
    scheme: Scheme,
    activation: Activation,
    varied: Sequence[str] = (),
    current: str = "ohmic",
    noisy: bool = False,
    synapse: Synapse = PAIR,
    rule: Rule = RULES["delta"],
    output: Activation | None = None,
    cross_entropy: bool = False,
    coded: bool = False,
    binary_input: bool = False,
) -> ModuleType:
    """Module with `train_chunk`, `forward`, `backward`, `write_layer`, `refresh_layer`, `apply_step`, `verify_cells`, `evaluate`,
    `respond`, compiled for these parts.

    varied: names of the law's parameters that differ from cell to cell (rows of `Cells.varied`, in this order).
    current: I-V curve of reads (`ohmgrad.devices.current`); noisy: whether reads have white noise; synapse: which cells make a weight;
    rule: from errors to changes; output: neurons of the last layer, if different; cross_entropy: the loss, else squared.
    coded: whether reads need `ohmgrad.arrays.coding`; binary_input: whether inputs become 0 and 1.
    """
    parts = (law, scheme, activation, tuple(varied), current, noisy, synapse, rule, output or activation, cross_entropy)
    return _loops(inspect.getsourcefile(_innermost(law).pulse) or "", _header(*parts, coded, binary_input))


@functools.lru_cache(maxsize=32)
def _loops(file: str, header: str) -> ModuleType:
    package = Path(ledger.__file__).parent
    own = [p for room in ("arrays", "devices", "programming", "learning", "network") for p in (package / room).rglob("*.py")]
    return specialise(header, _LOOPS, {*own, package / "ledger.py", Path(file)})


def header_of(
    law: Law,
    scheme: Scheme,
    activation: Activation,
    varied: Sequence[str],
    current: str,
    noisy: bool,
    synapse: Synapse,
    rule: Rule,
    output: Activation,
    cross_entropy: bool,
    coded: bool,
    binary_input: bool,
) -> str:
    """What tells the loops of these parts from others: two set-ups with equal text run through the same compiled loops."""
    parts = (law, scheme, activation, tuple(varied), current, noisy, synapse, rule, output, cross_entropy, coded, binary_input)
    return f"{inspect.getsourcefile(_innermost(law).pulse)}\n{_header(*parts)}"


def _header(
    law: Law,
    scheme: Scheme,
    activation: Activation,
    varied: tuple[str, ...],
    current: str,
    noisy: bool,
    synapse: Synapse,
    rule: Rule,
    output: Activation,
    cross_entropy: bool,
    coded: bool,
    binary_input: bool,
) -> str:
    """Source that defines every name of `ohmgrad.kernels.parts`."""
    unknown = [v for v in varied if v not in law.declared]
    if unknown:
        raise LawError(f"law '{law.name}' has no parameter '{unknown[0]}' to vary from cell to cell")
    lines = [
        "from numpy import uintp",
        "from ohmgrad.kernels.compiled import inline as part, kept as compiled, kept_inline as inline",
        "from ohmgrad.learning.activations import ACTIVATIONS",
        "from ohmgrad.devices.catalogue import LAWS, find_law",
        *_face(scheme),
        f"dense_way = {scheme.way if isinstance(scheme, DenseScheme) else 'exact'!r}",
        f"from {delta.__name__} import output_error",
        "from ohmgrad.devices.current import CURRENTS",
        "from ohmgrad.devices.wrap import wrap",
        "from ohmgrad.devices.record import record",
        f"_law = {_expression(law)}",
        f"_neuron, _output = ACTIVATIONS[{activation.name!r}], ACTIVATIONS[{output.name!r}]",
        "State, Params = _law.state, _law.params",
        f"params_vary = {bool(varied)}",
        "law_pulse = part(_law.pulse)",
        "law_mean_step = part(_law.mean_step)",
        f"limited = {law.drawn is not None}",
        "law_drawn = part(_law.drawn if _law.drawn is not None else lambda g, v, p: g)",
        "law_rest = part(_law.rest if _law.rest is not None else lambda s, dt, p, key: s)",
        f"ohmic, noisy = {current == 'ohmic'}, {noisy}",
        f"coded, binary_input = {coded}, {binary_input}",
        f"read_shape = part(CURRENTS[{current!r}])",
        "activate, slope = part(_neuron.activate), part(_neuron.slope)",
        "activate_output, slope_output = part(_output.activate), part(_output.slope)",
        f"whole_output, cross_entropy = {output.whole}, {cross_entropy}",
        "output_error = part(output_error)",
        "from ohmgrad.learning.catalogue import find_rule",
        f"_rule = {rule_source(rule)}",
        "rule_send, rule_row = part(_rule.send), part(_rule.row)",
        "rule_column, rule_change = part(_rule.column), part(_rule.change)",
        f"members, paired = {synapse.members}, {synapse.paired}",
        "@part",
        "def weigh(S, reference, c):",
        "    c = uintp(c)",
        f"    return {weigh_source(synapse)}",
        "@part",
        "def get_state(S, m, c):",
        "    m, c = uintp(m), uintp(c)  # no negative index, no branch for it",
        f"    return State({', '.join(f'S[{k}, c, m]' for k in range(len(law.state._fields)))})",
        "@part",
        "def put_state(S, m, c, s):",
        "    m, c = uintp(m), uintp(c)",
        *(f"    S[{k}, c, m] = s.{name}" for k, name in enumerate(law.state._fields)),
        "@part",
        "def get_params(shared, cell, m, c):",
        f"    return Params({', '.join(_where(law, varied, name) for name in law.declared)})",
    ]
    return "\n".join(lines) + "\n"


def _face(scheme: Scheme) -> list[str]:
    """Source of the scalar face of a scheme; dense schemes have none, and nothing calls it. A function may leave out its last arguments."""
    names = {"fit": "fit_coding", **{f: f for f in FACE if f != "fit"}}
    if isinstance(scheme, DenseScheme):
        return [f"from ohmgrad.kernels.parts import mixed, {', '.join(names.values())}"]
    lines = [
        "from ohmgrad.programming.catalogue import find_scheme",
        f"_scheme = {scheme_source(scheme)}",
        f"mixed = {scheme.mixed}",
    ]
    for given, name in names.items():
        arguments = "abc"[: arity(getattr(scheme, given))]
        lines += [f"_{name} = part(_scheme.{given})", "@part", f"def {name}(a, b, c):"]
        lines += [f"    return _{name}({', '.join(arguments)})"]
    return lines


def _innermost(law: Law) -> Law:
    """The law without what `record` and `wrap` put around it."""
    law = law.inner if isinstance(law, Recording) else law
    return law.inner if isinstance(law, Wrapped) else law


def _expression(law: Law) -> str:
    """Source of an expression for this law, wrapped as it is."""
    if isinstance(law, Recording):
        inner, mark, comment = _expression(law.inner).partition("  #")
        return f"record({inner}){mark}{comment}"
    if not isinstance(law, Wrapped):
        return again(law)
    options = ", ".join(f"{k}={v!r}" for k, v in law.options.items())
    inner, mark, comment = again(law.inner).partition("  #")
    return f"wrap({inner}, {options}){mark}{comment}"


def _where(law: Law, varied: tuple[str, ...], name: str) -> str:
    if name in varied:
        return f"cell[{varied.index(name)}, c, m]"
    return f"shared[{list(law.declared).index(name)}]"
