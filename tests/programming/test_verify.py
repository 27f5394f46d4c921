"""Write with verify against a plain reference, closed forms and a hand-worked bill. One compiled combination serves all tests."""

import math

import numpy as np
import pytest
from reference import draw, pulse

from ohmgrad.devices.resolve import complete_device, resolve
from ohmgrad.devices.section import Device
from ohmgrad.errors import SpecError
from ohmgrad.learning.activations import ACTIVATIONS
from ohmgrad.network.assemble import loops
from ohmgrad.programming.pulse_train import PulseTrain
from ohmgrad.programming.verify import verifying, write_verify
from ohmgrad.programming.verify_loop import OUT_OF_REACH, REACHED, STEPPED_OVER, UNMOVED

WRITE, VERIFY = 3, 8


def device(sigma=0.0, noise=0.0, step=1e-6):
    d = {"g_min": 1e-6, "g_max": 21e-6, "step_set": step, "step_reset": step, "sigma": sigma}
    return resolve(
        complete_device(Device(schema=1, law="linear", parameters=d, faults={"stuck": 0.5}, noise={"relative": noise}))
    )


@pytest.fixture(scope="module")
def kernels():
    return loops(device().law, PulseTrain(), ACTIVATIONS["tanh"], ["fault"], "ohmic", True)


def written(kernels, d, target, tolerance=0.1e-6, start=1e-6, fault=0.0, block=None, threads=1, **options):
    target = np.asarray(target, dtype=float)
    n, m = target.shape[0] * target.shape[1], target.shape[2]
    state = np.full((1, n, m), start)
    fault = np.broadcast_to(np.asarray(fault, dtype=float).reshape(1, -1, 1), (1, n, m)).copy()
    how = verifying(d, tolerance, **options)
    return write_verify(
        kernels, d, state, fault, target, how, seed=5, repeat=2, step=9, layer=1, threads=threads, **(block or {})
    )


def test_noise_free_linear_cells_need_distance_over_step_pulses(kernels):
    steps = np.array([[0.0, 1.0, 2.5, 7.25, 19.9]])[..., None]
    target = np.minimum(1e-6 + steps * 1e-6, 21e-6)
    w = written(kernels, device(), target, tolerance=1e-15, stop="passed", most=50)
    assert w.pulses[0].ravel().tolist() == [math.ceil(s) for s in steps.ravel()]
    assert not w.pulses[1:].any() and (w.ended == REACHED).all()
    down = written(kernels, device(), target, tolerance=1e-15, start=21e-6, stop="passed", most=50)
    assert down.pulses[1].ravel().tolist() == [math.ceil(20 - s - 1e-9) for s in steps.ravel()]


def reference(d, target, how, start):
    """Cell by cell, from the text."""
    columns = target.shape[1]
    g, counts = np.full(target.shape, start), np.zeros((3, *target.shape), int)
    noise = d.section.noise
    for i, j, m in np.ndindex(target.shape):
        cell, before, row = 2 * (i * columns + j) + m, 0, 0
        for k in range(how.most + 1):
            x = g[i, j, m]
            seen = x + (noise.absolute + noise.relative * x) * draw(5, 2, cell, 9, k, VERIFY * 256 + 1)
            miss = seen - target[i, j, m]
            if (miss * before >= 0 if how.passed and before else abs(miss) <= how.tolerance) or k == how.most:
                break
            now = 1 if miss < 0 else -1
            row = row + 1 if now == before else 1
            before = now
            first, limit = (how.v_set, how.limit_set) if now > 0 else (how.v_reset, how.limit_reset)
            v = now * min(first + (row - 1) * how.increment_set, limit)
            g[i, j, m], _ = pulse(
                "linear", x, 1.0, v, d.params, None, lambda c=cell, n=k: draw(5, 2, c, 9, n + 1, WRITE * 256 + 1)
            )
            counts[0 if now > 0 else 1, i, j, m] += 1
    return g, counts


@pytest.mark.parametrize("options", [{}, {"stop": "passed"}, {"increment": 0.02}])
def test_same_bits_as_a_plain_reference(kernels, options):
    d = device(sigma=0.5, noise=0.01)
    target = 1e-6 + 20e-6 * np.random.default_rng(1).random((6, 5, 2))
    w = written(kernels, d, target, start=9e-6, most=40, **options)
    g, counts = reference(d, target, verifying(d, 0.1e-6, most=40, **options), 9e-6)
    assert w.conductance.tobytes() == g.tobytes() and np.array_equal(w.pulses, counts)
    assert counts[0].any() and counts[1].any()


@pytest.mark.parametrize("more", [{"block": {"lanes": 1, "ahead": 1}}, {"block": {"lanes": 7, "ahead": 3}}, {"threads": 2}])
def test_block_size_and_threads_change_nothing(kernels, more):
    d = device(sigma=0.5, noise=0.01)
    target = 1e-6 + 20e-6 * np.random.default_rng(1).random((6, 5, 2))
    one, two = written(kernels, d, target, most=40), written(kernels, d, target, most=40, **more)
    assert one.conductance.tobytes() == two.conductance.tobytes() and np.array_equal(one.pulses, two.pulses)
    assert (one.energy_j, one.time_s, one.time_bit_line_s) == (two.energy_j, two.time_s, two.time_bit_line_s)


def test_failing_cells_are_told_by_what_they_did(kernels):
    target = np.array([[11e-6, 11e-6, 11.5e-6, 21e-6]])[..., None]
    w = written(kernels, device(), target, fault=[0, 3, 0, 0], most=15)
    assert w.ended.ravel().tolist() == [REACHED, UNMOVED, STEPPED_OVER, OUT_OF_REACH]
    assert w.reached == 1 and w.conductance[0, 1, 0] == 1e-6 and sum(w.failures.values()) == 3
    assert w.histogram().sum() == 4 and w.histogram()[15] == 3 and w.histogram()[10] == 1


def test_the_cost_is_that_of_a_hand_worked_bill(kernels):
    """Two cells of one bit line: 1 → 3 µS in two SETs (2 V, 50 ns), and one that stays; reads at 0.1 V, 100 ns."""
    w = written(kernels, device(), np.array([[[3e-6], [1e-6]]]))
    assert w.energy_j[0] == pytest.approx(4 * 50e-9 * (1.5e-6 + 2.5e-6), rel=1e-12)
    assert w.energy_j[3] == pytest.approx(0.01 * 100e-9 * (1e-6 + 2e-6 + 3e-6 + 1e-6), rel=1e-12)
    assert w.reads == 4 and w.time_s == pytest.approx(4 * 100e-9 + 2 * 50e-9, rel=1e-12)
    assert w.time_bit_line_s == pytest.approx(3 * 100e-9 + 2 * 50e-9, rel=1e-12)


def test_cells_without_a_target_are_left_alone(kernels):
    w = written(kernels, device(), np.array([[[np.nan], [2e-6]]]))
    assert w.cells == 1 and w.conductance[0, 0, 0] == 1e-6 and w.reads == 2


def test_a_target_outside_the_window_is_refused(kernels):
    with pytest.raises(SpecError, match=r"target\[0, 0, 0\] = 30 uS is outside the window, 1 uS to 21 uS"):
        written(kernels, device(), np.array([[[30e-6]]]))


@pytest.mark.parametrize(
    "wrong, words",
    [({"most": 0}, "1 to"), ({"stop": "x"}, "no rule"), ({"increment": 0.1, "limit_reset": 3.0}, "below v_full")],
)
def test_settings_that_cannot_be_are_refused(wrong, words):
    with pytest.raises(SpecError, match=words):
        verifying(device(), 1e-7, **wrong)
