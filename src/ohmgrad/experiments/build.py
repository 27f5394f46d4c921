"""From a specification to the objects that train: data set, law with its parameters, scheme, numbers for the loops."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from ohmgrad.arrays.coding import LineCoding, line_coding
from ohmgrad.arrays.geometry import Geometry, geometry
from ohmgrad.arrays.reading import Reading
from ohmgrad.arrays.synapse import Synapse
from ohmgrad.data import Dataset, load_digits8x8, load_faces, load_files, load_letters, load_mnist
from ohmgrad.devices.catalogue import find_law
from ohmgrad.devices.current import CURRENTS
from ohmgrad.devices.resolve import Resolved, complete_device, resolve
from ohmgrad.devices.section import Device
from ohmgrad.errors import SpecError
from ohmgrad.experiments.spec import Data, Spec
from ohmgrad.experiments.spec import Synapse as SynapseSection
from ohmgrad.experiments.start_file import load_start
from ohmgrad.experiments.wired import check_wired, circuit_of, on_wires
from ohmgrad.learning.activations import ACTIVATIONS
from ohmgrad.learning.catalogue import find_rule
from ohmgrad.learning.delta import Learning
from ohmgrad.ledger import Bend, Costs, Serial
from ohmgrad.network.setup import SATURATED, Setup
from ohmgrad.programming.catalogue import SCHEMES, find_scheme
from ohmgrad.programming.change import Dense
from ohmgrad.programming.dense import DenseScheme, DenseWriting, Wanted
from ohmgrad.programming.fits import check_fit
from ohmgrad.programming.scheme import Scheme
from ohmgrad.programming.settings import Writing
from ohmgrad.units import show


def complete(spec: Spec) -> Spec:
    """The specification with every parameter of the device written out in SI.

    Raises SpecError for an unknown parameter, a value out of range, the wrong dimension, or parameters that contradict each other.
    """
    device = complete_device(spec.device)
    law, noise = find_law(device.law), device.noise
    check_fit(
        find_scheme(spec.programming.scheme),
        spec.array.access,
        spec.learning.sums,
        spec.learning.batch,
        spec.programming.parallel,
    )
    _check_digital(spec)
    if device.transistor.word_set is not None and spec.array.access != "transistor":
        raise SpecError(
            f"device.transistor.word_set: array.access = '{spec.array.access}' has no transistors; leave word_set out, or set access = 'transistor'"
        )
    scheme = SCHEMES.get(spec.programming.scheme)
    down = law.can_go_down or (scheme is not None and issubclass(scheme, DenseScheme) and scheme.any_direction)
    _check_synapse(spec.synapse, device, down)
    if spec.synapse.kind == "pair" and spec.synapse.write == "two-way" and not down:
        raise SpecError(
            f"synapse.write: law '{law.name}' has no gradual RESET, so its pairs can only be written one-way; set write = 'one-way'"
        )
    update: dict[str, Any] = {"device": device}
    if on_wires(spec):
        check_wired(spec, device)
        update["driver"] = "stepwise"
    elif noise.slow and spec.driver == "fused" and "read-noise" not in device.without:
        raise SpecError(
            "device.noise: flicker and telegraph noise remember, and driver 'fused' does not; set driver = 'stepwise', or give "
            "relative and absolute only"
        )
    return spec.model_copy(update=update)


def _check_digital(spec: Spec) -> None:
    """Raises SpecError for what only a sum in digital can do."""
    n, name = spec.learning, spec.programming.scheme
    if n.momentum and Dense not in find_scheme(name).accepts:
        raise SpecError(
            f"learning.momentum = {n.momentum:g} is added to a sum in digital, and scheme '{name}' writes sample by sample; set it to 0, or take a "
            "scheme that writes whole matrices, such as 'half-select'"
        )
    if n.transfer and Dense not in find_scheme(name).accepts:
        raise SpecError(
            f"learning.transfer gathers changes in digital, and scheme '{name}' writes sample by sample; set it to false, or take a scheme that writes "
            "whole matrices, such as 'half-select'"
        )
    if n.inner_steps > 1 and n.batch != 1 and n.sums == "pulses":
        raise SpecError(
            f"learning.inner_steps = {n.inner_steps} repeats one sample, or a batch summed in digital; set batch = 1, or inner_steps = 1"
        )


def load_data(spec: Spec, log: Callable[[str], None] | None = None) -> Dataset:
    """The data set that the specification names; raises DataError, or SpecError if it does not fit the network."""
    data = read_data(spec.data, spec.seed, log)
    check_data(spec, data)
    return data


def read_data(d: Data, seed: int, log: Callable[[str], None] | None = None) -> Dataset:
    """The data set of a data section; `seed` decides which samples of the user's files are held back. Raises DataError."""
    if d.source == "mnist":
        return load_mnist(d.train, d.valid, d.test, d.rows, d.columns, log=log)
    if d.source == "digits8x8":
        return load_digits8x8(d.train, d.valid, d.test, d.crop, log=log)
    if d.source == "letters":
        return load_letters()
    if d.source == "faces":
        return load_faces(d.people, d.train_per_person, d.valid_per_person)
    return load_files(
        d.train_file, test=d.test_file or None, label=d.label or None, test_label=d.test_label or None,
        test_fraction=d.test_fraction, valid_fraction=d.valid_fraction, seed=seed, scale=d.scale,
    )  # fmt: skip


def check_data(spec: Spec, data: Dataset) -> None:
    """Raises SpecError if the data do not fit the network, its batches or its criterion to stop."""
    first, last = spec.network.layers[0], spec.network.layers[-1]
    if data.inputs != first:
        raise SpecError(f"network.layers starts with {first} inputs, but the data have {data.inputs}")
    if data.classes > last:
        raise SpecError(f"network.layers ends with {last} outputs, but the data have {data.classes} classes")
    shown = spec.data.per_epoch or len(data.train_x)
    if spec.learning.batch > shown:
        raise SpecError(
            f"learning.batch = {spec.learning.batch} is larger than the {shown} training samples of an epoch; 0 takes all of them at once"
        )
    if spec.stop.when != "never" and spec.stop.part == "valid" and not len(data.valid_x):
        raise SpecError(
            "stop.part = 'valid', but no images are held out; set stop.part = 'train', or hold some back (data.valid_fraction)"
        )


def build(spec: Spec, nonnegative_inputs: bool) -> Setup:
    """Objects for a specification that `complete` has filled in. nonnegative_inputs: no input of the data is below 0."""
    device, scheme = resolve(spec.device), find_scheme(spec.programming.scheme, spec.programming.model_dump())
    law, params, d = device.law, device.params, device.section
    activation, output = ACTIVATIONS[spec.network.activation], ACTIVATIONS[spec.network.neurons_out]
    geo = geometry(spec.network.layers)
    layers = len(geo.shape)
    a, s = spec.array, spec.synapse
    w_max, gain = np.array(spec.per_layer(s.w_max)), weight_gain(spec, params)
    synapse = Synapse(s.kind, s.cells)
    one_way, up_down = s.kind == "pair" and s.write == "one-way", s.kind != "pair"
    up, down = law.nominal_step(d.t_set, d.t_reset, params, device.table)
    if spec.programming.window_pulses:
        up = down = (params.g_max - params.g_min) / spec.programming.window_pulses
    nonnegative = [nonnegative_inputs] + [activation.low >= 0.0] * (layers - 1)
    phases = [1 if n and spec.network.bias >= 0.0 else 2 for n in nonnegative]
    quantum = gain[:, None] * ([up, down] if up_down else [up if one_way else up + down] * 2)
    writing = Writing(
        int(one_way), int(up_down), s.cells, int(a.access != "transistor"), np.array(phases), quantum,
        params.v_set, params.v_reset, params.v_full, d.t_set, d.t_reset, d.t_full,
        s.refresh_every, s.refresh_above, s.refresh_common, s.refresh_pulses,
    )  # fmt: skip
    scheme.check(writing)
    glorot = np.sqrt(6.0 / (geo.shape[:, 0] - 1 + geo.shape[:, 1]))
    return Setup(
        geometry=geo, law=law, params=params, synapse=synapse, rule=find_rule(spec.learning.rule),
        reference=_reference(s, params), variation=device.variation, correlated=device.correlated, faults=d.faults,
        table=device.table, decay=spec.learning.decay, decay_every=spec.learning.decay_every,
        restart_every=spec.learning.restart_every, batch=spec.learning.batch, scheme=scheme, activation=activation, output=output, cross_entropy=spec.network.loss == "cross-entropy", binary_input=spec.coding.input == "binary",
        learning=_learning(spec, gain, quantum),
        writing=writing, dense=_dense(spec, device, scheme, one_way), reading=Reading(d.noise.relative, d.noise.absolute, a.v_read, d.current.v_0, a.t_read, _lines(spec)), current=d.current.kind,
        noise=d.noise, retention=d.retention, costs=_costs(spec, d, params), start=np.minimum(s.start * glorot / w_max, 1.0),
        order=spec.data.order, per_epoch=spec.data.per_epoch, driver=spec.driver, seed=spec.seed, start_mean=s.start_mean,
        start_spread=s.start_spread, digital_bias=spec.network.digital_bias, start_g=_start_g(spec, geo, params), circuit=circuit_of(spec, d),
    )  # fmt: skip


def _dense(spec: Spec, device: Resolved, scheme: Scheme, one_way: bool) -> DenseWriting | None:
    o, a = spec.programming, spec.array
    if not isinstance(scheme, DenseScheme):
        return None
    return scheme.settings(device, Wanted(o.most, o.tolerance, o.stop, o.increment, a.v_read, a.t_read, one_way, o.parallel))


def weight_gain(spec: Spec, params: Any) -> Any:
    """Weight per siemens of each layer, w = gain·(Σ G+ − Σ G−) or gain·Σ (G − reference), so that w_max does not depend on the number k of cells:

    gain = w_max/(k (g_max − g_min)),   w_max: weight of a pair at the corner of the window, or of a single cell a whole window above its reference.
    """
    return np.array(spec.per_layer(spec.synapse.w_max)) / (spec.synapse.cells * (params.g_max - params.g_min))


def _reference(s: SynapseSection, params: Any) -> float:
    """What the single cells of a synapse together are compared with (siemens); nan for pairs."""
    return math.nan if s.kind != "single" else s.cells * (params.g_min + s.reference * (params.g_max - params.g_min))


def _start_g(spec: Spec, geo: Geometry, params: Any) -> list[Any] | None:
    """Conductances of the file that `synapse.start_file` names."""
    if not spec.synapse.start_file:
        return None
    shapes = [(int(rows), int(columns)) for rows, columns in geo.shape]
    return load_start(spec.synapse.start_file, shapes, spec.per_layer(spec.synapse.w_max), (params.g_min, params.g_max))


def _check_synapse(s: SynapseSection, device: Device, can_go_down: bool) -> None:
    """Raises SpecError for a synapse that cannot be written, refreshed or started as wanted."""
    if s.kind != "pair" and not can_go_down:
        raise SpecError(
            f"synapse.kind = '{s.kind}' needs RESET step by step, and law '{device.law}' has none; set kind = 'pair', write = 'one-way'"
        )
    if s.refresh_every and (s.kind != "pair" or s.cells > 1):
        raise SpecError(
            f"synapse.refresh_every = {s.refresh_every}: only synapses of one pair (kind = 'pair', cells = 1) are refreshed; set it to 0"
        )
    if s.start_file and (s.kind != "pair" or s.cells > 1):
        raise SpecError("synapse.start_file: arrays that were written before are pairs; set kind = 'pair', cells = 1")
    if s.start_mean is None:
        if s.start_spread:
            raise SpecError("synapse.start_spread: the conductance around which is missing; set synapse.start_mean too")
        return
    p = resolve(device, read_table=False).params
    low, high = s.start_mean - s.start_spread, s.start_mean + s.start_spread
    tiny = 1e-12 * (p.g_max - p.g_min)
    if not (p.g_min - tiny <= low and high <= p.g_max + tiny):
        raise SpecError(
            f"synapse.start_mean ± synapse.start_spread: {show(low, 'conductance')} to {show(high, 'conductance')} is not within the "
            f"window of the cells, {show(p.g_min, 'conductance')} to {show(p.g_max, 'conductance')}"
        )


def _learning(spec: Spec, gain: Any, quantum: Any) -> Learning:
    n, o = spec.learning, spec.network
    step = quantum.mean(axis=1) if n.step is None else np.array(spec.per_layer(n.step))
    return Learning(
        np.array(spec.per_layer(n.rate)), gain, o.target_low, o.target_high, step, np.array(spec.per_layer(n.threshold)), n.momentum, o.bias, n.inner_steps,
        n.inner_error, n.scale_rate, o.slope_width, n.bias_rate, int(n.scale_shared), int(n.transfer),
    )  # fmt: skip


def _lines(spec: Spec) -> LineCoding:
    c, a = spec.coding, spec.array
    return line_coding(
        len(spec.network.layers) - 1, c.input, c.levels, c.hidden_levels, c.scaled, a.v_hold if a.access == "selector" and a.v_th is None else 0.0,
        c.output_noise, spec.per_layer(c.output_range), c.output_levels, c.backward_exact, c.output_offset,
    )  # fmt: skip


def _costs(spec: Spec, d: Device, params: Any) -> Costs:
    a, share = spec.array, find_scheme(spec.programming.scheme).share
    leakage = {"selector": a.leakage if a.v_th is None else 1.0, "passive": 1.0, "transistor": 0.0}[a.access]
    shape = CURRENTS[d.current.kind]
    v_set, v_reset, v_full = params.v_set, params.v_reset, params.v_full
    bend = tuple(shape(v, d.current.v_0) / v for v in (v_set, v_reset, v_full, v_set * share, v_reset * share))
    return Costs(
        a.v_read, a.t_read, v_set, d.t_set, v_reset, d.t_reset, v_full, d.t_full, leakage, spec.synapse.kind == "pair" and spec.synapse.write == "one-way", Bend(*bend), share=share, encode_j=spec.coding.encode_energy,
        convert_j=spec.coding.convert_energy, encode_s=spec.coding.encode_time, convert_s=spec.coding.convert_time,
        forward_slots=_lines(spec).slots(False), backward_slots=_lines(spec).slots(True),
        serial=Serial(a.select_time, a.select_energy, a.sense_energy, a.drive_energy) if a.readout == "serial" else None,
    )  # fmt: skip


def check_ideal(spec: Spec) -> None:
    """Raise SpecError for a scheme that takes every change without bounds, and cells that have them."""
    scheme, device = find_scheme(spec.programming.scheme), resolve(spec.device)
    if isinstance(scheme, DenseScheme) and scheme.ideal and math.isfinite(sum(device.law.bounds(device.params))):
        raise SpecError(
            f"programming.scheme = '{scheme.name}' takes every change without bounds, and cells of law '{device.law.name}' have them; set device.law = 'linear', "
            "device.parameters = {bounded = 0}, or leave software = true, which trains in floating point beside every run"
        )


def steps_to_saturation(setup: Setup) -> float | None:
    """Mean number of SET pulses from g_min to 95 % of the window; None if it is never reached."""
    low, high = setup.window
    n = setup.law.pulses_needed(low, low + SATURATED * (high - low), setup.writing.t_set, setup.params, setup.table)
    return n if math.isfinite(n) and setup.bounded else None
