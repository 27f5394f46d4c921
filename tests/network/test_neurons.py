"""Neurons and losses against NumPy and against differences of the loss."""

import numpy as np
import pytest
from passes import Passes
from small import samples, setup

from ohmgrad.errors import SpecError
from ohmgrad.learning.activations import ACTIVATIONS
from ohmgrad.ledger import BACKWARD_CELLS, FORWARD_CELLS


def sigmoid(s):
    return 1 / (1 + np.exp(-s))


def softmax(s):
    e = np.exp(s - s.max())
    return e / e.sum()


NEURONS = {
    "tanh": (np.tanh, lambda s: 1 - np.tanh(s) ** 2),
    "logistic": (sigmoid, lambda s: sigmoid(s) * (1 - sigmoid(s))),
    "relu": (lambda s: np.maximum(s, 0), lambda s: (s > 0) * 1.0),
    "step": (lambda s: (s > 0) * 1.0, lambda s: (abs(s) < 0.3) * 1.0),
}
S = np.array([-40.0, -3.0, -0.3, -0.29, -0.0, 0.0, 1e-9, 0.29, 0.3, 2.0, 40.0])


@pytest.mark.parametrize("name", NEURONS)
def test_neuron_and_slope(name):
    f, slope = NEURONS[name]
    a = ACTIVATIONS[name]
    y = np.array([a.activate(s) for s in S])
    np.testing.assert_allclose(y, f(S), rtol=1e-14, atol=1e-15)
    np.testing.assert_allclose([a.slope(v, s, 0.3) for v, s in zip(y, S, strict=True)], slope(S), rtol=0, atol=1e-14)
    assert ((y >= a.low) & (y <= a.high)).all()


# (neurons, loss) → hidden neuron of NumPy, output neuron, E(s, y, t), ∂E/∂s
def _softmax_squared(y, t):
    return y * ((y - t) - ((y - t) * y).sum())


CASES = {
    "relu, softmax, cross-entropy": (
        {"network__activation": "relu", "network__output": "softmax", "network__loss": "cross-entropy"},
        "relu", softmax, lambda y, t: -(t * np.log(y)).sum(), lambda y, t: y - t,
    ),
    "step, logistic, cross-entropy": (
        {"network__activation": "step", "network__output": "logistic", "network__loss": "cross-entropy", "network__slope_width": 0.3},
        "step", sigmoid, lambda y, t: -(t * np.log(y) + (1 - t) * np.log(1 - y)).sum(), lambda y, t: y - t,
    ),
    "tanh, softmax, squared": (
        {"network__output": "softmax"}, "tanh", softmax, lambda y, t: ((y - t) ** 2).sum() / 2, _softmax_squared,
    ),
}  # fmt: skip


@pytest.fixture(params=CASES, ids=lambda c: c.replace(", ", "-"))
def chosen(request):
    changes, *rest = CASES[request.param]
    return setup("linear", synapse__write="two-way", synapse__w_max=[3.0], **changes), *rest


def test_passes_are_those_of_numpy(chosen):
    case, hidden, output, loss, error = chosen
    f, slope = NEURONS[hidden]
    p = Passes(case)
    p.scale[:] = np.random.default_rng(1).uniform(0.5, 1.5, len(p.scale))
    found = p.forward()
    scales = np.split(p.scale, p.geo.column[1:-1])
    x, s, raw = [np.append(p.image, 1.0)], [], []
    for k in range(p.layers):
        raw.append(x[k] @ p.weights(k))
        s.append(scales[k] * raw[k])
        x.append(np.append(f(s[k]) if k < p.layers - 1 else output(s[k]), 1.0))
    t = np.array([0.0, 1.0, 0.0])
    np.testing.assert_array_equal(found.target, t)
    for k in range(p.layers):
        np.testing.assert_allclose(p.row(found.raw, k, True), raw[k], rtol=1e-12)
        np.testing.assert_allclose(p.row(found.s, k, True), s[k], rtol=1e-12)
    np.testing.assert_allclose(found.x[-1, :3], x[-1][:3], rtol=1e-12)
    assert p.loss() == pytest.approx(loss(x[-1][:3], t), rel=1e-12)
    delta = error(x[-1][:3], t)
    found = p.backward()
    for k in range(p.layers - 1, -1, -1):
        np.testing.assert_allclose(p.row(found.dscale, k, True), delta * raw[k], rtol=1e-10, atol=1e-14)
        np.testing.assert_allclose(p.row(found.delta, k, True), delta * scales[k], rtol=1e-10, atol=1e-14)
        if k:
            delta = (p.weights(k) @ (delta * scales[k]))[:-1] * slope(s[k - 1])


def test_gradients_are_differences_of_the_loss(chosen):
    case, hidden, *_ = chosen
    p = Passes(case)
    columns = len(p.scale)
    r = np.random.default_rng(1)
    p.scale = np.append(r.uniform(0.5, 1.5, columns), r.uniform(-0.5, 0.5, columns))  # scales, and the offsets behind them
    p.forward()
    found = p.backward()
    x, delta, dscale, error = found.x.copy(), found.delta.copy(), found.dscale.copy(), found.error.copy()
    gradient = np.zeros(2 * columns)
    p.k.add_scales(p.geo, found, gradient)
    layers = [p.layers - 1] if hidden == "step" else range(p.layers)  # a step has no derivative: its slope is a stand-in
    h = 1e-5
    for k in layers:
        rows, columns = p.geo.shape[k]
        for i, j in ((0, 0), (2, 1), (rows - 1, columns - 1)):
            e = []
            for sign in (1, -1):
                p.move(k, i, j, sign * h)
                e.append(p.loss())
                p.move(k, i, j, -sign * h)
            # central difference: error h² of a third derivative of order 1, rounding 1e-16/h
            assert x[k, i] * delta[k, j] == pytest.approx((e[0] - e[1]) / (2 * h), rel=1e-5, abs=1e-8)
        for j in range(columns):
            for c, found_here in ((p.geo.column[k] + j, dscale[k, j]), (p.geo.column[-1] + p.geo.column[k] + j, error[k, j])):
                e = []
                for sign in (1, -1):
                    p.scale[c] += sign * h
                    e.append(p.loss())
                    p.scale[c] -= sign * h
                assert found_here == gradient[c] == pytest.approx((e[0] - e[1]) / (2 * h), rel=1e-5, abs=1e-8)


def test_tests_give_right_answers_and_loss(chosen):
    case, *_ = chosen
    p = Passes(case)
    x, y = samples(30)
    right, e = p.k.evaluate(p.r.cells, p.geo, case.learning, case.reading, p.scale, x, y, 1, 0, 2)
    expected, total = 0, 0.0
    for p.image, p.label in zip(x, y, strict=True):
        total += p.loss()
        expected += int(np.argmax(p.signals.s[-1, :3]) == p.label)
    assert right == expected and e == total


def test_mean_outputs_are_those_of_the_passes():
    case = setup("linear", synapse__write="two-way", synapse__w_max=[3.0], **next(iter(CASES.values()))[0])
    p = Passes(case)
    x, y = samples(30)
    y = np.where(y == 1, 0, y)  # no image of class 1
    counts, mean = p.r.counts.copy(), np.full((3, 3), np.nan)
    p.k.respond(p.r.cells, p.geo, case.learning, case.reading, p.scale, x, y, 1, 0, 2, mean)
    assert (p.r.counts == counts).all()  # nothing on the ledger
    found = []
    for p.image, p.label in zip(x, y, strict=True):
        p.forward()
        found.append(p.signals.x[-1, :3].copy())
    assert mean[[0, 2]] == pytest.approx(np.array([np.mean(np.array(found)[y == c], axis=0) for c in (0, 2)]), rel=1e-12)
    assert (mean[1] == 0.0).all()


def test_loss_is_finite_where_outputs_round(chosen):
    case, *_ = chosen
    p = Passes(case)
    p.forward()
    p.signals.s[-1, :3] = 800.0, -800.0, 0.0
    p.signals.x[-1, :3] = 1.0, 0.0, 0.0
    e = p.k.output_loss(p.signals, 3)
    assert np.isfinite(e)
    if case.cross_entropy:
        assert e == pytest.approx({"softmax": 1600.0, "logistic": 1600.0 + np.log(2)}[case.output.name])


def test_bias_off_drives_no_row():
    case = setup("linear", synapse__write="two-way", network__bias=0.0)
    p = Passes(case)
    p.forward()
    p.backward()
    driven = np.count_nonzero(p.image)
    assert p.r.counts[0, FORWARD_CELLS] == driven * 2 * 7 and p.r.counts[1, FORWARD_CELLS] == 7 * 2 * 5
    assert p.r.counts[2, BACKWARD_CELLS] == 3 * 2 * 6
    np.testing.assert_allclose(p.signals.raw[0, :7], p.image @ p.weights(0)[:-1], rtol=1e-12)
    negative = setup("linear", synapse__write="two-way", network__bias=-0.5, network__activation="relu")
    assert negative.writing.sign_phases.tolist() == [2, 2, 2]


def test_sent_errors_are_the_rules():
    case = setup("linear", synapse__write="two-way", learning__rule="sign", learning__threshold=0.01)
    p = Passes(case)
    p.scale[:] = 1.7
    p.forward()
    found = p.backward()
    delta = (found.x[-1, :3] - found.target) * (1 - found.x[-1, :3] ** 2) * 1.7
    for k in range(p.layers - 1, -1, -1):
        sent = np.where(delta > 0.01, 1.0, np.where(delta < -0.01, -1.0, 0.0))
        np.testing.assert_array_equal(p.row(found.delta, k, True), sent)
        if k:
            delta = (p.weights(k) @ sent)[:-1] * (1 - found.x[k, : p.geo.shape[k, 0] - 1] ** 2) * 1.7


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"loss": "cross-entropy"}, "needs outputs between 0 and 1, and output neurons here are 'tanh'"),
        ({"loss": "cross-entropy", "output": "softmax", "target_low": -0.9}, "set target_low = 0"),
        ({"activation": "relu", "target_low": -0.1}, "out of reach of relu outputs"),
        ({"output": "step", "target_low": -0.1}, "out of reach of step outputs"),
        ({"output": "softmax", "activation": "softmax"}, "activation"),
    ],
)
def test_what_does_not_fit_is_refused(changes, words):
    with pytest.raises(SpecError, match=words) as e:
        setup("linear", **{f"network__{k}": v for k, v in changes.items()})
    assert "\n" not in str(e.value)


def test_targets_where_nothing_is_said():
    def targets(**changes):
        learning = setup("linear", **{f"network__{k}": v for k, v in changes.items()}).learning
        return learning.target_low, learning.target_high

    assert targets() == targets(activation="logistic") == (-0.9, 0.9)
    assert targets(activation="relu") == targets(output="softmax", loss="cross-entropy") == (0.0, 1.0)
    assert targets(activation="logistic", loss="cross-entropy", target_low=0.1) == (0.1, 1.0)
    assert targets(activation="relu", output="tanh") == (-0.9, 0.9)
