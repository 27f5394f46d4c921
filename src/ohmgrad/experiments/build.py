"""From a specification to the objects that train: data set, law with its parameters, scheme, numbers for the loops."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from ohmgrad.arrays.geometry import geometry
from ohmgrad.data import Dataset, load_files, load_mnist
from ohmgrad.devices.catalogue import find_law
from ohmgrad.devices.law import Law
from ohmgrad.devices.variation import Variation
from ohmgrad.errors import SpecError, UnitError, nearest
from ohmgrad.experiments.spec import Spec
from ohmgrad.learning.activations import ACTIVATIONS
from ohmgrad.learning.delta import Learning
from ohmgrad.ledger import Costs
from ohmgrad.network.setup import Setup
from ohmgrad.programming.catalogue import find_scheme
from ohmgrad.programming.settings import Writing
from ohmgrad.units import parse, show

SATURATED = 0.95  # share of the window from which a cell counts as saturated


def complete(spec: Spec) -> Spec:
    """The specification with every parameter of the device written out in SI.

    Raises SpecError for an unknown parameter, a value out of range, the wrong dimension, or parameters that contradict each other.
    """
    law = find_law(spec.device.law)
    for section in ("parameters", "variation"):
        for name in getattr(spec.device, section):
            if name not in law.declared:
                raise SpecError(f"device.{section}.{name}: law '{law.name}' has no such parameter{nearest(name, law.declared)}")
    values = {name: _parameter(spec, law, name) for name in law.declared}
    if not values["g_min"] < values["g_max"]:
        low, high = (show(values[n], "conductance") for n in ("g_min", "g_max"))
        raise SpecError(f"device.parameters: g_min ({low}) must be below g_max ({high})")
    for message in law.checks(law.params(**values)):
        raise SpecError(f"device.parameters: {message}")
    if law.needs_table and not spec.device.table:
        raise SpecError(f"device.table is missing: law '{law.name}' reads its steps from a CSV with three rows")
    if spec.synapse.write == "two-way" and not law.can_go_down:
        raise SpecError(
            f"synapse.write: law '{law.name}' has no gradual RESET, so its pairs can only be written one-way; set write = 'one-way'"
        )
    device = spec.device.model_copy(update={"parameters": values})
    return spec.model_copy(update={"device": device})


def _parameter(spec: Spec, law: Law, name: str) -> float:
    declared = law.declared[name]
    given = spec.device.parameters.get(name, declared.default)
    try:
        value = parse(given, declared.dimension)
    except UnitError as e:
        raise SpecError(f"device.parameters.{name}: {e}") from None
    if not declared.low <= value <= declared.high:
        low, high = (show(v, declared.dimension) for v in (declared.low, declared.high))
        raise SpecError(f"device.parameters.{name} = {given} is out of range: {low} to {high}")
    return value


def load_data(spec: Spec, log: Callable[[str], None] | None = None) -> Dataset:
    """The data set that the specification names; raises DataError, or SpecError if it does not fit the network."""
    d = spec.data
    if d.source == "mnist":
        data = load_mnist(d.train, d.valid, d.test, d.rows, d.columns, log=log)
    else:
        data = load_files(
            d.train_file, test=d.test_file or None, label=d.label or None, test_label=d.test_label or None,
            test_fraction=d.test_fraction, valid_fraction=d.valid_fraction, seed=spec.seed, scale=d.scale,
        )  # fmt: skip
    first, last = spec.network.layers[0], spec.network.layers[-1]
    if data.inputs != first:
        raise SpecError(f"network.layers starts with {first} inputs, but the data have {data.inputs}")
    if data.classes > last:
        raise SpecError(f"network.layers ends with {last} outputs, but the data have {data.classes} classes")
    return data


def build(spec: Spec, nonnegative_inputs: bool) -> Setup:
    """Objects for a specification that `complete` has filled in. nonnegative_inputs: no input of the data is below 0."""
    law, scheme = find_law(spec.device.law), find_scheme(spec.programming.scheme)
    activation = ACTIVATIONS[spec.network.activation]
    params = law.params(**spec.device.parameters)
    table = law.read_table(spec.device.table) if law.read_table else np.zeros((3, 2))
    geo = geometry(spec.network.layers)
    layers = len(geo.shape)
    low, high = params.g_min, params.g_max
    d, a, s = spec.device, spec.array, spec.synapse
    w_max = np.array(spec.per_layer(s.w_max))
    gain = w_max / (high - low)
    one_way = spec.synapse.write == "one-way"
    up, down = law.nominal_step(d.t_set, d.t_reset, params, table)
    phases = [1 if nonnegative_inputs else 2] + [1 if activation.low >= 0.0 else 2] * (layers - 1)
    leakage = {"selector": a.leakage, "passive": 1.0, "transistor": 0.0}[a.access]
    writing = Writing(
        int(one_way), int(a.access != "transistor"), np.array(phases), gain * (up if one_way else up + down),
        params.v_set, params.v_reset, params.v_full, d.t_set, d.t_reset, d.t_full,
        s.refresh_every, s.refresh_above, s.refresh_common, s.refresh_pulses,
    )  # fmt: skip
    costs = Costs(
        a.v_read, a.t_read, params.v_set, d.t_set, params.v_reset, d.t_reset, params.v_full, d.t_full, leakage, one_way
    )
    glorot = np.sqrt(6.0 / (geo.shape[:, 0] - 1 + geo.shape[:, 1]))
    return Setup(
        geometry=geo, law=law, params=params,
        variation={k: Variation(v.sigma, v.kind) for k, v in d.variation.items()},
        table=table, decay=spec.learning.decay, scheme=scheme, activation=activation,
        learning=Learning(np.array(spec.per_layer(spec.learning.rate)), gain, spec.network.target_low, spec.network.target_high),
        writing=writing, costs=costs, start=np.minimum(s.start * glorot / w_max, 1.0),
        shuffle=spec.data.order == "shuffled", driver=spec.driver, seed=spec.seed,
    )  # fmt: skip


def steps_to_saturation(setup: Setup) -> float | None:
    """Mean number of SET pulses from g_min to 95 % of the window; None if it is never reached."""
    low, high = setup.window
    n = setup.law.pulses_needed(low, low + SATURATED * (high - low), setup.writing.t_set, setup.params, setup.table)
    return n if math.isfinite(n) and setup.bounded else None
