"""Codings and converters against closed forms. One combination of parts (sinh cells, read noise, coded) for all tests, each strength set to nothing where
it is not looked at."""

import numpy as np
import pytest
from passes import Passes
from small import setup

from ohmgrad.errors import SpecError
from ohmgrad.ledger import CONVERSIONS, ENCODINGS, FORWARD_CELLS, G_BACKWARD, G_FORWARD, make_bill

V_READ, V_0 = 0.1, 0.05


def coded(**changes):
    """12-7-5-3 with strongly bent cells and noise that comes to nothing."""
    base = {
        "synapse__write": "two-way", "device__noise": {"absolute": 1e-40}, "device__current": {"kind": "sinh", "v_0": V_0},
    }  # fmt: skip
    return setup("linear", **{**base, **changes})


def bend(v, hold=0.0):
    """I/(G·v_read) of a cell on a line at v·v_read."""
    return np.sign(v) * V_0 * np.sinh(np.maximum(abs(v) * V_READ - hold, 0.0) / V_0) / V_READ


def levels(x, n):
    return np.sign(x) * np.floor(np.minimum(abs(x), 1.0) * n + 0.5) / n


# name → changes, value on the line averaged over the read, energy in units of G·v_read²·t_read, times t_read of a read
CODINGS = {
    "amplitude, 5 levels": ({"coding__levels": 5}, lambda x: bend(levels(x, 5)), lambda x: levels(x, 5) * bend(levels(x, 5)), 1),
    "selector": (
        {"array__v_hold": "40 mV"}, lambda x: bend(x, 0.04), lambda x: x * bend(x, 0.04), 1,
    ),
    "8 pulses": (
        {"coding__input": "pulse-number", "coding__levels": 8},
        lambda x: levels(x, 8) * bend(1.0), lambda x: abs(levels(x, 8)) * 8 * bend(1.0), 8,
    ),
    "8 pulses through a selector": (
        {"coding__input": "pulse-number", "coding__levels": 8, "array__v_hold": "40 mV"},
        lambda x: levels(x, 8) * bend(1.0, 0.04), lambda x: abs(levels(x, 8)) * 8 * bend(1.0, 0.04), 8,
    ),
    "4 widths": (
        {"coding__input": "pulse-width", "coding__levels": 4},
        lambda x: levels(x, 4) * bend(1.0), lambda x: abs(levels(x, 4)) * 4 * bend(1.0), 4,
    ),
    "any width": (
        {"coding__input": "pulse-width"},
        lambda x: np.clip(x, -1, 1) * bend(1.0), lambda x: np.clip(abs(x), 0, 1) * bend(1.0), 1,
    ),
}  # fmt: skip
IMAGE = np.array([0.0, 0.04, 0.1, 0.3, 0.5, 0.5625, 0.7, 0.9, 1.0, 0.39, 0.41, -0.62])


@pytest.mark.parametrize("name", CODINGS)
def test_coding_and_its_bill(name):
    changes, on_line, energy, slots = CODINGS[name]
    p = Passes(coded(**changes), image=IMAGE)
    found = p.forward()
    rows = [p.conductances(k).sum(axis=(1, 2)) for k in range(3)]
    for k in range(3):
        x = p.row(found.x, k)
        np.testing.assert_allclose(p.row(found.raw, k, True), on_line(x) @ p.weights(k), rtol=1e-12, atol=1e-15)
        assert p.r.sums[k, G_FORWARD] == pytest.approx((energy(x) * rows[k]).sum(), rel=1e-12)
        driven = np.count_nonzero(on_line(x))
        assert p.r.counts[k, FORWARD_CELLS] == driven * 2 * p.geo.shape[k, 1]
        assert p.r.counts[k, CONVERSIONS] == p.geo.shape[k, 1]
        assert p.r.counts[k, ENCODINGS] == (np.count_nonzero(x) if name == "selector" else driven)
    np.testing.assert_array_equal(found.x[0, :12], IMAGE)  # updates use the value itself
    # backward, errors of either sign
    found.x[3, :3] = 0.5, -0.5, 0.1
    found.target[:] = -0.5, 0.3, 0.1
    found = p.backward()
    for k in (2, 1):
        d = p.row(found.delta, k, True)
        read = (p.weights(k) @ on_line(d))[:-1]
        x = found.x[k, : len(read)]
        np.testing.assert_allclose(p.row(found.delta, k - 1, True), read * (1 - x * x), rtol=1e-12, atol=1e-15)
        columns = p.conductances(k).sum(axis=(0, 2))
        assert p.r.sums[k, G_BACKWARD] == pytest.approx((energy(d) * columns).sum(), rel=1e-12)
        assert p.r.counts[k, CONVERSIONS] == p.geo.shape[k].sum() - 1
    lines = {r.event: r for r in make_bill(p.r.counts, p.r.sums, p.r.totals, p.case.costs, True).rows}
    t = 1e-7 * slots
    assert lines["forward reads"].time_s == pytest.approx(3 * t) and lines["backward reads"].time_s == pytest.approx(2 * t)
    assert lines["forward reads"].time_serial_s == pytest.approx(p.r.counts[:, FORWARD_CELLS].sum() * t)
    assert lines["forward reads"].energy_j == pytest.approx(V_READ**2 * 1e-7 * p.r.sums[:, G_FORWARD].sum())


def test_hidden_levels_are_for_values_that_go_forward():
    p = Passes(coded(coding__input="binary", coding__hidden_levels=1), image=abs(IMAGE))
    found = p.forward()
    np.testing.assert_array_equal(found.x[0, :12], abs(IMAGE) >= 0.5)
    for k in (1, 2):
        x = p.row(found.x, k)
        assert len(np.unique(x)) == len(x)  # neurons keep their own values …
        one_bit = np.sign(x) * (abs(x) >= 0.5)
        np.testing.assert_allclose(
            p.row(found.raw, k, True), bend(one_bit) @ p.weights(k), rtol=1e-12, atol=1e-15
        )  # … and send one bit
    found = p.backward()
    read = (p.weights(2) @ bend(p.row(found.delta, 2, True)))[:-1]  # errors are not rounded
    np.testing.assert_allclose(p.row(found.delta, 1, True), read * (1 - found.x[2, :5] ** 2), rtol=1e-12)


def test_converter_rounds_within_its_range():
    p = Passes(coded(coding__output_range=0.4, coding__output_levels=4))
    exact = Passes(coded(coding__output_range=1e9))
    raw = exact.row(exact.forward().raw, 0, True)
    found = p.row(p.forward().raw, 0, True)
    np.testing.assert_allclose(found, 0.4 * levels(raw / 0.4, 4), rtol=1e-15)
    assert abs(raw).max() > 0.4 == pytest.approx(abs(found).max())


def test_a_layer_has_a_converter_range_of_its_own_and_errors_may_do_without():
    p = Passes(coded(coding__output_range=[0.4, 0.2, 0.8], coding__output_levels=4, coding__backward_exact=True))
    found = p.forward()
    for k, limit in enumerate((0.4, 0.2, 0.8)):
        steps = p.row(found.raw, k, True) / (limit / 4)
        np.testing.assert_allclose(steps, np.rint(steps), atol=1e-12)
        assert abs(steps).max() <= 4.0 + 1e-12
    found = p.backward()
    d, x = p.row(found.delta, 2, True), found.x[2, :5]
    np.testing.assert_allclose(p.row(found.delta, 1, True), (p.weights(2) @ bend(d))[:-1] * (1 - x * x), rtol=1e-12)


def test_noise_of_the_converter():
    p = Passes(coded(coding__output_noise=0.07))
    quiet = Passes(coded(coding__output_range=1e9))
    mean = quiet.row(quiet.forward().raw, 0, True)
    n = 3000
    z = np.array([p.row(p.forward(step).raw, 0, True).copy() for step in range(n)]) - mean
    z /= 0.07
    # 7·n draws: standard error 1/√(7n) of the mean, 1/√(14n) of σ; 4.5 of them; lines independent within 4.5/√n
    assert abs(z.mean()) < 4.5 / np.sqrt(7 * n) and abs(z.std() - 1) < 4.5 / np.sqrt(14 * n)
    assert abs(np.corrcoef(z.T) - np.eye(7)).max() < 4.5 / np.sqrt(n)


def test_offsets_of_the_converters_stay_and_spread():
    p, quiet = Passes(coded(coding__output_offset=0.05)), Passes(coded(coding__output_range=1e9))
    mean = quiet.row(quiet.forward().raw, 0, True).copy()
    first, later = (p.row(p.forward(step).raw, 0, True) - mean for step in (0, 17))
    np.testing.assert_array_equal(first, later)
    assert len(set(first.tolist())) == 7 and (first != 0.0).all()
    # the first layer's raw value is offset + read; over many lines their standard deviation is that asked for
    wide = Passes(coded(layers=(12, 400, 3), coding__output_offset=0.05), image=np.zeros(12))
    plain = Passes(coded(layers=(12, 400, 3), coding__output_range=1e9), image=np.zeros(12))
    z = (wide.row(wide.forward().raw, 0, True) - plain.row(plain.forward().raw, 0, True)) / 0.05
    assert abs(z.mean()) < 4.5 / np.sqrt(400) and abs(z.std() - 1) < 4.5 / np.sqrt(800)


def test_read_noise_of_pulses_is_that_of_each_pulse():
    """Var = Σ n_i f(v_read)² σ² / levels² for n_i pulses on line i."""
    sigma, f = 2e-7, bend(1.0)
    p = Passes(coded(coding__input="pulse-number", coding__levels=8, device__noise={"absolute": sigma}), image=abs(IMAGE))
    number = levels(np.append(p.image, 1.0), 8) * 8
    sd = p.case.learning.gain[0] * sigma * f * np.sqrt(2 * number.sum()) / 8
    n = 3000
    raw = np.array([p.row(p.forward(step).raw, 0, True).copy() for step in range(n)])
    z = (raw - number / 8 * f @ p.weights(0)) / sd
    assert abs(z.mean()) < 4.5 / np.sqrt(7 * n) and abs(z.std() - 1) < 4.5 / np.sqrt(14 * n)


def test_scaled_reads_use_the_whole_range():
    p = Passes(coded(coding__scaled=True, coding__levels=16, network__bias=0.0), image=IMAGE / 1000)
    found = p.forward()
    expected = bend(levels(IMAGE, 16)) @ p.weights(0)[:-1] / 1000
    np.testing.assert_allclose(p.row(found.raw, 0, True), expected, rtol=1e-9)
    found = p.backward()
    d = p.row(found.delta, 2, True)
    top = abs(d).max()
    read = (p.weights(2) @ bend(levels(d / top, 16)))[:-1] * top
    np.testing.assert_allclose(p.row(found.delta, 1, True), read * (1 - found.x[2, :5] ** 2), rtol=1e-9)
    p.image = 0 * IMAGE
    assert not p.row(p.forward().raw, 0, True).any()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"coding__input": "pulse-number"}, "coding.levels = 0 with input = 'pulse-number'"),
        ({"coding__input": "pulse-number", "coding__levels": 8, "coding__hidden_levels": 0}, "coding.hidden_levels = 0"),
        ({"coding__output_levels": 8}, "needs coding.output_range"),
        ({"coding__output_range": [1.0, 2.0]}, "coding.output_range has 2 values for 3 layers"),
        ({"array__v_hold": "0.1 V"}, "raise v_read above v_hold, or set access = 'transistor'"),
    ],
)
def test_what_cannot_work_is_refused(changes, words):
    with pytest.raises(SpecError, match=words) as e:
        coded(**changes)
    assert "\n" not in str(e.value)


def test_bent_amplitudes_are_warned_of_with_what_is_left():
    """A selector that keeps half of the read voltage leaves nothing of half a value; a cubic curve with V0 = V leaves 5/16; pulses stay straight."""
    from ohmgrad.arrays.coding import amplitude_warnings, line_coding
    from ohmgrad.devices.current import CURRENTS

    def said(kind, coding="amplitude", hold=0.0, levels=0, layers=1):
        return amplitude_warnings(line_coding(layers, coding, levels=levels, v_hold=hold), 0.1, CURRENTS[kind], 0.1)

    (text,) = said("ohmic", hold=0.05)
    assert "half a full one gives 0 % of its current, and up to 50 % gives none (array.v_hold = 0.05 V)" in text
    (text,) = said("cubic")
    assert "gives 31.2 % of its current;" in text and "coding.input = 'pulse-number'" in text
    assert said("cubic", "binary", layers=2) and not said("cubic", "binary")
    assert not said("ohmic") and not said("cubic", "pulse-width") and not said("ohmic", "pulse-number", 0.05, 4)


def test_plain_amplitudes_need_no_coding():
    assert not setup("linear").reading.lines.used
    assert not setup("linear", array__access="transistor", array__v_hold="40 mV").reading.lines.used
    assert setup("linear", array__v_hold="40 mV").reading.lines.used
