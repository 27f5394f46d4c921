"""Endurance: the closed form of the window, pulses that count in proportion, and a cell that is cycled through its window."""

import math

import numpy as np
import pytest
from small import tree

from ohmgrad.devices.catalogue import LAWS
from ohmgrad.devices.endurance import share_of_cycle, worn_g_max
from ohmgrad.devices.wrap import wrap
from ohmgrad.errors import SpecError
from ohmgrad.experiments.specfile import check
from ohmgrad.kernels.draws import key_at

LAW = wrap(LAWS["soft-bounds"], wear=True)
TABLE = np.zeros((3, 2))
KEY = key_at(1, 0, 0, 0, 0, 0)
P = LAW.defaults()._replace(g_min=1e-6, g_max=21e-6, sigma=0.0, slope_set=0.0, slope_reset=0.0, endurance_cycles=200.0)


@pytest.mark.parametrize("power", [0.5, 1.0, 3.0])
def test_the_window_closes_as_the_equation_says(power):
    p = P._replace(endurance_power=power)
    for n in (0.0, 1.0, 30.0, 200.0, 1e4, 1e20):
        assert worn_g_max(n, p) == pytest.approx(1e-6 + 20e-6 * max(1 / (1 + (n / 200.0) ** power), 1e-6), rel=1e-13)
    assert worn_g_max(0.0, p) == p.g_max
    assert worn_g_max(200.0, p) == pytest.approx(11e-6, rel=1e-15)  # half of it, however sharp its end


def test_pulses_wear_in_proportion_to_what_they_change():
    """Twenty pulses of a hundredth of the window, up and down, wear as one of a tenth does: 20·(1/100)/2 of a cycle."""
    p = P._replace(endurance_cycles=1e12, step_set=0.2e-6, step_reset=0.2e-6)
    s = LAW.start(10e-6, p)
    for k in range(20):
        s = LAW.pulse(s, p.v_set if k % 2 == 0 else -p.v_reset, 5e-8, p, TABLE, KEY)
    assert s.cycles == pytest.approx(0.1, rel=1e-9)
    big = p._replace(step_set=2e-6, step_reset=2e-6)
    t = LAW.start(10e-6, big)
    for v in (p.v_set, -p.v_reset):
        t = LAW.pulse(t, v, 5e-8, big, TABLE, KEY)
    assert t.cycles == pytest.approx(s.cycles, rel=1e-9)


def test_a_pulse_that_changes_nothing_wears_nothing():
    s = LAW.start(10e-6, P)
    assert LAW.pulse(s, 0.5 * P.v_set, 5e-8, P, TABLE, KEY).cycles == 0.0
    top = LAW.pulse(LAW.start(P.g_max, P), P.v_set, 5e-8, P, TABLE, KEY)
    assert (top.g, top.cycles) == (P.g_max, 0.0)


def test_a_cell_cycled_fully_so_many_times_has_half_its_window():
    """SET through the window that is left is half a cycle; RESET finds it a little smaller than the step back: with w ~ 1/(N + n), the cycle counts
    1 + ¼/(N + n), N cycles N + ¼ ln 2 of them."""
    cycles, p = 200, P._replace(step_set=1e-3)
    s = LAW.start(p.g_min, p)
    for _ in range(cycles):
        s = LAW.pulse(s, p.v_set, 5e-8, p, TABLE, KEY)
        assert s.g == pytest.approx(worn_g_max(s.cycles - 0.5, p), rel=1e-12)
        s = LAW.pulse(s, -p.v_full, 5e-8, p, TABLE, KEY)
        assert s.g == p.g_min
    assert cycles <= s.cycles == pytest.approx(cycles + 0.25 * math.log(2), abs=1 / cycles)
    assert (worn_g_max(s.cycles, p) - p.g_min) / 20e-6 == pytest.approx(0.5, abs=0.25 / cycles)


def test_a_worn_cell_keeps_to_its_window_and_its_law_to_the_shape_of_it():
    p = P._replace(slope_set=1.0, step_set=1e-6)
    s = LAW.start(5e-6, p)._replace(cycles=600.0)  # a quarter of the window is left: 1 … 6 uS
    assert LAW.mean_step(s, p.v_set, 5e-8, p, TABLE) == pytest.approx(1e-6 * (1 - 4 / 5), rel=1e-12)
    for _ in range(200):
        s = LAW.pulse(s, p.v_set, 5e-8, p, TABLE, KEY)
    assert s.g == pytest.approx(6e-6, rel=1e-2) and s.g <= 6e-6
    fresh = LAW.start(20e-6, p)._replace(cycles=600.0)  # written when the window was open: the next pulse finds it closed
    assert LAW.pulse(fresh, p.v_set, 5e-8, p, TABLE, KEY).g == pytest.approx(6e-6, rel=1e-12)


def test_the_share_is_that_of_the_window_that_is_left():
    assert share_of_cycle(-5e-6, 0.0, P) == pytest.approx(0.125, rel=1e-14)
    assert share_of_cycle(5e-6, 200.0, P) == pytest.approx(0.25, rel=1e-14)


def test_a_cell_worn_out_goes_on_to_be_a_number():
    p = P._replace(endurance_power=10.0, slope_set=1.0, slope_reset=1.0)
    for cycles in (1e4, 1e6, 1e40):
        s = LAW.start(p.g_min, p)._replace(cycles=cycles)
        for v in (p.v_set, -p.v_reset, p.v_set, -p.v_full):
            s = LAW.pulse(s, v, 5e-8, p, TABLE, KEY)
            assert p.g_min <= s.g <= p.g_min + 20.001e-12 and cycles <= s.cycles < math.inf
            assert math.isfinite(LAW.mean_step(s, v, 5e-8, p, TABLE))


def test_a_cell_that_hardly_wears_has_the_bits_of_one_that_does_not():
    bare, p = LAWS["soft-bounds"], P._replace(endurance_cycles=1e30, sigma=0.3)
    s, t = LAW.start(p.g_min, p), bare.start(p.g_min, p)
    for k in range(40):
        key = key_at(1, 0, k, 0, 0, 0)
        s, t = (
            LAW.pulse(s, p.v_set, 5e-8, p, TABLE, key),
            bare.pulse(t, p.v_set, 5e-8, bare.params(*p[: len(bare.declared)]), TABLE, key),
        )
        assert s.g == t.g
    assert 0 < s.cycles < 1


@pytest.mark.parametrize("endurance", [{"cycles": -1}, {"cycles": "1 s"}, {"power": 0}, {"cycle": 1e6}])
def test_bad_settings_are_named(endurance):
    with pytest.raises(SpecError, match=r"device\.endurance"):
        check(tree(device__endurance=endurance))
