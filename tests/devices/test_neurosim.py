"""NeuroSim's labels and curves: published values, both ways for every sign, the same curve pulse by pulse in soft bounds."""

import math

import numpy as np
import pytest

from ohmgrad.devices.catalogue import LAWS
from ohmgrad.devices.neurosim import (
    NeuroSimCell,
    a_of_label,
    conductance_down,
    conductance_up,
    curvature_of_label,
    from_soft_bounds,
    label_of_a,
    label_of_curvature,
    pulses_of,
    share_after,
    to_soft_bounds,
)
from ohmgrad.errors import SpecError
from ohmgrad.kernels.draws import key_at

SOFT = LAWS["soft-bounds"]
LABELS = np.round(np.arange(-900, 901) / 100, 2).tolist()
# rows of the manual's table: states, labels up and down, R_on, on/off
TABLE = {
    "Ag:a-Si": NeuroSimCell(97, 2.4, -4.88, 26e6, 12.5, 0.035),
    "TaOx/HfOx": NeuroSimCell(128, 0.04, -0.63, 100e3, 10, 0.037),
    "PCMO": NeuroSimCell(50, 3.68, -6.76, 23e6, 6.84, 0.01),
}


def law_parameters(cell):
    return SOFT.defaults()._replace(**to_soft_bounds(cell))


@pytest.mark.parametrize(("nl", "a"), [(2.40, "0.4992"), (4.88, "0.2003"), (0.5, "2.520"), (1.75, "0.702")])
def test_published_values_of_a_to_their_digits(nl, a):
    digits = len(a.split(".")[1])
    assert f"{a_of_label(nl):.{digits}f}" == a
    assert f"{a_of_label(-nl):.{digits}f}" == "-" + a
    # the printed a is known to half a unit of its last digit
    half = 0.5 * 10**-digits
    assert label_of_a(float(a) + half) <= nl <= label_of_a(float(a) - half)


def test_the_label_is_the_largest_distance_from_the_diagonal():
    """Against the maximum over a fine grid of x: off by the bend k²/(1 − e^(−k)), times half a grid step squared, halved."""
    x = np.linspace(0, 1, 200_001)
    for k in (1e-3, 0.1, 0.4999, 0.5, 0.5001, 2.0, 11.0, 44.0):
        allowed = k * k / -math.expm1(-k) * 2.5e-6**2 / 2 + 4 * 2**-53
        distance = np.expm1(-k * x) / np.expm1(-k) - x
        assert label_of_curvature(k) / 10.10153 == pytest.approx(distance.max(), rel=0, abs=allowed)
        mirrored = np.expm1(k * x) / np.expm1(k) - x
        assert label_of_curvature(-k) / 10.10153 == pytest.approx(mirrored.min(), rel=0, abs=allowed)


def test_the_series_and_the_closed_form_meet():
    below, above = math.nextafter(0.5, 0), 0.5
    # the closed form loses 4/0.0625 roundings at k = 0.5
    assert label_of_curvature(below) == pytest.approx(label_of_curvature(above), rel=64 * 2**-53, abs=0)


def test_every_label_goes_there_and_back():
    back = np.array([label_of_curvature(curvature_of_label(nl)) for nl in LABELS])
    np.testing.assert_allclose(back, LABELS, rtol=1e-13, atol=1e-15)
    ks = np.array([curvature_of_label(nl) for nl in LABELS])
    assert (np.diff(ks) > 0).all()
    np.testing.assert_array_equal(ks, -ks[::-1])
    forth = np.array([curvature_of_label(label_of_curvature(k)) for k in ks if abs(k) < 43])
    np.testing.assert_allclose(forth, ks[np.abs(ks) < 43], rtol=1e-12, atol=1e-15)


def test_near_zero_the_cell_is_linear():
    assert curvature_of_label(0.0) == 0.0 and a_of_label(0.0) == math.inf and label_of_a(math.inf) == 0.0
    for nl in (1e-9, 1e-4, -1e-4):
        assert a_of_label(nl) * nl == pytest.approx(10.10153 / 8, rel=1e-8)  # 1.263/NL; the next term is k²/72 of it
    assert share_after(30, 120, 0.0) == 0.25 == pytest.approx(share_after(30, 120, 1e-9), abs=1e-9)


@pytest.mark.parametrize("nl", [9.001, -9.5, math.inf, math.nan])
def test_labels_beyond_nine_are_refused(nl):
    with pytest.raises(SpecError, match="out of range: NeuroSim's labels lie between −9 and 9"):
        curvature_of_label(nl)


@pytest.mark.parametrize("name", TABLE)
def test_curves_run_from_end_to_end(name):
    cell = TABLE[name]
    g_max, g_min = 1 / cell.r_on, 1 / cell.r_on / cell.on_off
    for curve in (conductance_up, conductance_down):
        assert curve(0, cell) == pytest.approx(g_min, rel=1e-14)
        assert curve(cell.p_max, cell) == pytest.approx(g_max, rel=1e-14)
    # both labels are those of saturating curves: above the diagonal on the way up, below it on the way down
    half = 0.5 * (g_min + g_max)
    assert conductance_up(cell.p_max / 2, cell) > half > conductance_down(cell.p_max / 2, cell)


def test_the_curves_are_the_manuals_formulas():
    cell = TABLE["Ag:a-Si"]
    g_max, g_min, n = 1 / cell.r_on, 1 / cell.r_on / cell.on_off, cell.p_max
    for p in range(98):
        for curve, a, formula in (
            (conductance_up, 0.4991814490821397, lambda p, A, B: B * (1 - math.exp(-p / A)) + g_min),
            (conductance_down, 0.2003035734764461, lambda p, A, B: -B * (1 - math.exp((p - n) / A)) + g_max),
        ):
            A, B = a * n, (g_max - g_min) / (1 - math.exp(-1 / a))
            assert curve(p, cell) == pytest.approx(formula(p, A, B), rel=1e-12, abs=0)


def deviation(cell):
    """Largest distance between soft bounds, pulse by pulse, and the closed form, in windows: (SET, RESET)."""
    p = law_parameters(cell)._replace(sigma=0.0, sigma_abs=0.0)
    up, down = SOFT.start(p.g_min, p), SOFT.start(p.g_max, p)
    off = [0.0, 0.0]
    n = int(cell.p_max)
    for k in range(1, n + 1):
        up = SOFT.pulse(up, p.v_set, 1e-7, p, None, key_at(0, 0, 0, 0, k, 0))
        down = SOFT.pulse(down, -p.v_reset, 1e-7, p, None, key_at(0, 0, 0, 0, k, 0))
        off = [
            max(off[0], abs(up.g - conductance_up(k, cell))),
            max(off[1], abs(down.g - conductance_down(n - k, cell))),
        ]
    return np.array(off) / (p.g_max - p.g_min)


@pytest.mark.parametrize("nl", [0.0, 0.01, 0.5, 1.75, 2.4, 4.88, 7.0, 9.0, -0.01, -0.5, -1.75, -2.4])
@pytest.mark.parametrize("p_max", [1, 32, 97])
def test_soft_bounds_pulse_by_pulse_is_the_closed_form(nl, p_max):
    """To 1e-12 of the window at every P, for steps that shrink and for steps that grow moderately."""
    assert (deviation(NeuroSimCell(p_max, nl, -nl, 1e5, 10)) < 1e-12).all()


@pytest.mark.parametrize("name", TABLE)
def test_the_manuals_devices_pulse_by_pulse(name):
    assert (deviation(TABLE[name]) < 1e-12).all()


@pytest.mark.parametrize("nl", [-4.0, -5.5, -6.5, -7.0])
def test_steps_that_grow_a_lot_multiply_the_rounding_of_the_first(nl):
    """Each of n pulses rounds g (2⁻⁵³ of g_max, three operations); growth multiplies it by up to e^|k| until the end."""
    n, k = 97, abs(curvature_of_label(nl))
    allowed = 3 * n * 2**-53 * math.exp(k) / 0.9
    assert allowed < 1e-7
    assert (deviation(NeuroSimCell(n, nl, -nl, 1e5, 10)) < allowed).all()


def test_every_label_gives_parameters_that_the_law_declares_and_comes_back():
    for nl in LABELS:
        cell = NeuroSimCell(97, nl, -nl, 26e6, 12.5, 0.035)
        p = to_soft_bounds(cell)
        for name, value in p.items():
            d = SOFT.declared[name]
            assert d.low <= value <= d.high, (nl, name, value)
        back = from_soft_bounds(p, 97)
        assert back.nl_up == pytest.approx(nl, rel=1e-11, abs=1e-12)
        assert back.nl_down == pytest.approx(-nl, rel=1e-11, abs=1e-12)
        assert (back.r_on, back.on_off) == (pytest.approx(26e6), pytest.approx(12.5))
        assert back.cycle_to_cycle == pytest.approx(0.035)


def test_set_and_reset_do_not_mix():
    p = to_soft_bounds(NeuroSimCell(50, 3.68, 1.0, 23e6, 6.84))
    assert p["slope_set"] > 0 > p["slope_reset"]  # a positive label down: RESET steps that grow
    back = from_soft_bounds(p, 50)
    assert (back.nl_up, back.nl_down) == (pytest.approx(3.68), pytest.approx(1.0))
    both = to_soft_bounds(NeuroSimCell(50, 3.68, -3.68, 23e6, 6.84))
    assert both["step_set"] == both["step_reset"] and both["slope_set"] == both["slope_reset"]


@pytest.mark.parametrize("nl", [-6.0, -1.0, 0.0, 0.04, 2.4, 4.88])
def test_the_number_of_pulses_comes_back_from_step_and_slope(nl):
    p = to_soft_bounds(NeuroSimCell(97, nl, 0.0, 1e5, 10))
    # 1 − slope = e^(−k) keeps 16 digits less k/2.3; 1/5 of the digits at NL = 4.88
    assert pulses_of(p["step_set"] / (p["g_max"] - p["g_min"]), p["slope_set"]) == pytest.approx(97, rel=1e-10)
    assert pulses_of(0.01, 1.0) == math.inf


@pytest.mark.parametrize(
    ("change", "p_max", "words"),
    [
        ({"slope_set": 1.2}, 97, "step_set .* has no NeuroSim label"),
        ({"step_reset": 0.0}, 97, "step_reset .* has no NeuroSim label"),
        ({"step_set": 1.0}, 97, "product below 1"),
        ({}, 50, "step_set and slope_set bring it to 0.744.* of the window in 50 pulses"),
        ({}, 0.5, "P_max must be at least 1, is 0.5"),
        ({"g_min": 0.0}, 97, "0 < g_min < g_max"),
    ],
)
def test_cells_without_a_label_are_refused(change, p_max, words):
    p = to_soft_bounds(TABLE["Ag:a-Si"]) | change
    with pytest.raises(SpecError, match=words) as caught:
        from_soft_bounds(p, p_max)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("cell", [(97, 2.4, -4.88, 0, 12.5), (97, 2.4, -4.88, 1e6, 1.0), (0, 2.4, -4.88, 1e6, 10)])
def test_numbers_that_give_no_window_are_refused(cell):
    with pytest.raises(SpecError, match="R_on must be above 0 ohm, on/off above 1 and P_max at least 1"):
        to_soft_bounds(NeuroSimCell(*cell))
