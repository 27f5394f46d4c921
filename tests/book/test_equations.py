"""Equations 1.1 to 1.11 of the chapter, one test each: the package does what the equation says.

Y. He, "Supervised learning of artificial neural networks" (textbook chapter, 2022).
"""

import math

import numpy as np
import pytest

from ohmgrad.arrays.circuit.crossbar import Crossbar
from ohmgrad.arrays.circuit.select import select
from ohmgrad.book.neuron import VALLEYS, descend, error, gradient
from ohmgrad.book.training import answers, train, weights, with_bias
from ohmgrad.book.updates import sample_changes
from ohmgrad.learning.activations import ACTIVATIONS
from ohmgrad.learning.delta import output_error
from ohmgrad.learning.rules import RULES, RuleNumbers
from ohmgrad.programming.half_select import half_select_shares

G = np.array([[10e-6, 35e-6, 60e-6], [22e-6, 41e-6, 17e-6]])
V = np.array([0.1, -0.05])


@pytest.fixture(scope="module")
def letters():
    """A network on a passive crossbar before and after one batch: weights, inputs, labels, outputs, the run."""
    t = train(
        "letters",
        "stop.when=never",
        "device.parameters.sigma=0",
        replicas=1,
        epochs=1,
        look=lambda run: (weights(run)[0], answers(run, run.data.train_x)[0]),
    )
    return t.seen[0], t.seen[1], with_bias(t.run.data.train_x, t.run.spec.network.bias), t.run.data.train_y, t.run


def deltas(letters):
    """∂E/∂s of every sample (samples, outputs), by the package's own neuron."""
    (_, y), _, _, labels, run = letters
    o = run.spec.network
    wanted = np.where(np.eye(3)[labels] > 0.0, o.target_high, o.target_low)
    slope = np.vectorize(lambda v: ACTIVATIONS["tanh"].slope(v, 0.0, 0.5))
    return np.vectorize(output_error)(y, wanted) * slope(y)


def test_the_books_own_changes_are_those(letters):
    (w, _), _, x, _, run = letters
    np.testing.assert_allclose(sample_changes(run, w), -x[:, :, None] * deltas(letters)[:, None, :], atol=1e-13)


def test_equation_1_1_currents_are_the_weighted_sums_of_voltages():
    expected = [sum(V[i] * G[i, j] for i in range(2)) for j in range(3)]
    np.testing.assert_allclose(Crossbar(G).read(V), expected, rtol=1e-13)


def test_equation_1_2_outputs_are_the_activation_of_the_currents(letters):
    (w, y), _, x, _, _ = letters
    np.testing.assert_allclose(y, np.tanh(x @ w), atol=1e-14)


def test_equation_1_3_the_error_is_half_the_squared_distance(letters):
    _, (_, y), _, labels, run = letters
    o = run.spec.network
    wanted = np.where(np.eye(3)[labels] > 0.0, o.target_high, o.target_low)
    e = np.linalg.norm(y - wanted, axis=1) ** 2 / 2.0
    assert run.history[-1]["train_error"][0] == pytest.approx(e.mean(), rel=1e-12)


def test_equation_1_4_the_change_of_a_weight_is_input_times_error_times_slope(letters):
    (w, _), _, x, labels, run = letters
    o, eta, d = run.spec.network, 0.01, deltas(letters)
    wanted = np.where(np.eye(3)[labels] > 0.0, o.target_high, o.target_low)

    def e(w, n):
        return 0.5 * ((np.tanh(x[n] @ w) - wanted[n]) ** 2).sum()

    p = RuleNumbers(eta, 0.0, 0.0)
    for n, i, j in ((0, 0, 0), (7, 4, 2), (23, 9, 1)):
        step = np.zeros_like(w)
        step[i, j] = 1e-6
        slope = (e(w + step, n) - e(w - step, n)) / 2e-6
        change = RULES["delta"].row(x[n, i], p) * RULES["delta"].column(d[n, j], p)
        assert change == pytest.approx(-eta * slope, rel=1e-6)


def test_equation_1_5_a_batch_is_the_sum_over_its_samples(letters):
    _, _, x, _, _ = letters
    d = deltas(letters)
    p = RuleNumbers(0.01, 0.0, 0.0)
    each = np.array([[[RULES["delta"].row(a, p) * RULES["delta"].column(b, p) for b in d[n]] for a in x[n]] for n in range(30)])
    total = x.T @ d
    batch = np.array([[RULES["delta"].change(v, p) for v in row] for row in total])
    np.testing.assert_allclose(each.sum(axis=0), batch, atol=1e-14)


def test_equation_1_6_a_stochastic_step_follows_one_sample():
    w = np.array([-0.4, 0.5])
    path = descend(w, VALLEYS, 0.1, 1, lambda k: np.array([3]))
    np.testing.assert_allclose(path[1] - w, -0.1 * gradient(w, VALLEYS, [3]))
    assert not np.allclose(path[1] - w, -0.1 * gradient(w, VALLEYS))


def test_equation_1_7_a_mini_batch_follows_the_sum_over_some():
    w = np.array([-0.4, 0.5])
    path = descend(w, VALLEYS, 0.1, 1, lambda k: np.array([0, 3, 5]))
    np.testing.assert_allclose(path[1] - w, -0.1 * sum(gradient(w, VALLEYS, [n]) for n in (0, 3, 5)))
    step = np.array([1e-6, 0.0])
    assert gradient(w, VALLEYS)[0] == pytest.approx((error(w + step, VALLEYS) - error(w - step, VALLEYS)) / 2e-6, rel=1e-6)


def test_equation_1_8_manhattan_is_one_step_by_the_sign_of_the_sum(letters):
    (before, _), (after, _), x, _, run = letters
    total = x.T @ deltas(letters)
    step = run.setup.learning.step[0]
    p = RuleNumbers(1.0, step, 0.0)
    assert [RULES["manhattan"].change(v, p) for v in (3.0, -0.001, 0.0)] == [-step, step, 0.0]
    np.testing.assert_allclose(after - before, -step * np.sign(total), rtol=1e-9)


def test_equation_1_9_ohm():
    cell = Crossbar([[40e-6]])
    assert cell.read([0.1])[0] == pytest.approx(0.1 / 25e3)
    s = Crossbar(G, wire=10.0).solve(V)
    np.testing.assert_allclose(s.cell_current, G * s.cell_volts, rtol=1e-9)


def test_equation_1_10_currents_into_a_node_sum_to_nothing():
    g = np.random.default_rng(1).uniform(10e-6, 100e-6, (5, 4))
    r = 20.0
    s = Crossbar(g, wire=r).solve(np.linspace(-0.1, 0.1, 5))
    rows = np.column_stack([s.row_drive, s.row_volts])  # each row from its driver to its last node
    along = -np.diff(rows, axis=1) / r  # current into each node from its left neighbour
    out = np.column_stack([along[:, 1:], np.zeros(5)])
    np.testing.assert_allclose(along - out - s.cell_current, 0.0, atol=1e-9 * np.abs(s.cell_current).max())
    assert s.residual < 1e-9
    assert math.isclose(s.row_currents.sum(), s.column_currents.sum(), abs_tol=1e-15)


def test_equation_1_11_a_write_moves_the_selected_cell_and_half_of_it_moves_none(letters):
    p = letters[4].setup.params
    for v_w, v_th in ((p.v_set, p.v_th_set), (p.v_reset, p.v_th_reset)):
        assert v_w > v_th > v_w / 2.0
        assert half_select_shares(v_w, v_th) == (0.0, 0.0)
    rows, columns = select((3, 4), 1, 2, p.v_set, "V/2")
    volts = np.abs(rows[:, None] - columns)
    assert volts[1, 2] == pytest.approx(p.v_set)
    volts[1, 2] = 0.0
    assert volts.max() <= p.v_set / 2.0 < p.v_th_set
