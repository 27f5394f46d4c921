"""The chapter's equations 2.1 to 2.11, each named by a test that holds the package against it, written out anew."""

import numpy as np
import pytest
from small import samples, setup

from ohmgrad.arrays.circuit.crossbar import Crossbar
from ohmgrad.devices.devicefile import load_device
from ohmgrad.devices.resolve import complete_device, resolve
from ohmgrad.experiments.build import build, complete
from ohmgrad.experiments.specfile import make_spec
from ohmgrad.network.replica import Replica
from ohmgrad.programming.catalogue import find_scheme
from ohmgrad.programming.change import Rank1
from ohmgrad.programming.scheme import Pair

BIAS = 1.0


@pytest.fixture(scope="module")
def net():
    """A network of three layers and one sample: weights (inputs with the bias last, outputs), x, target."""
    r = np.random.default_rng(5)
    w = [r.normal(0, 0.4, (n + 1, m)) for n, m in ((9, 7), (7, 5), (5, 4))]
    return w, r.random(9), np.array([0.9, -0.9, -0.9, -0.9])


def forward(w, x):
    """s and x of every layer (eq. 2.1)."""
    xs, ss = [x], []
    for one in w:
        ss.append(xs[-1] @ one[:-1] + BIAS * one[-1])
        xs.append(np.tanh(ss[-1]))
    return ss, xs


def error(w, x, wanted):
    return 0.5 * ((forward(w, x)[1][-1] - wanted) ** 2).sum()


def recursion(w, x, wanted):
    """δ of every layer by eqs. 2.6 and 2.5, and the multiplications that it takes."""
    _, xs = forward(w, x)
    delta, count = [(xs[-1] - wanted) * (1 - xs[-1] ** 2)], xs[-1].size
    for k in range(len(w) - 2, -1, -1):
        m = w[k + 1][:-1]
        delta.insert(0, (1 - xs[k + 1] ** 2) * (m @ delta[0]))
        count += m.size + m.shape[0]
    return delta, count


def written_out(w, x, wanted):
    """ΔW/−η of every layer by the last line of eq. 2.2, each by its own product of matrices, right to left from the output; and the multiplications."""
    _, xs = forward(w, x)
    out, count = [], 0
    for k in range(len(w)):
        row = (xs[-1] - wanted) * (1 - xs[-1] ** 2)
        count += row.size
        for i in range(len(w) - 1, k, -1):
            row = (row @ w[i][:-1].T) * (1 - xs[i] ** 2)
            count += w[i][:-1].size + w[i].shape[0] - 1
        out.append(np.outer(np.append(xs[k], BIAS), row))
    return out, count


def test_equation_2_1_forward(net):
    case = setup("linear")
    r = Replica(case, 0)
    images, _ = samples(6)
    geo, gain = case.geometry, case.learning.gain
    w = [gain[k] * r.cells.w[geo.synapse[k] : geo.synapse[k + 1]].reshape(geo.shape[k]) for k in range(len(gain))]
    for image in images:
        got = r.respond(image[None], np.zeros(1, np.int64), 1)[0]
        assert np.abs(got - forward(w, image)[1][-1]).max() < 1e-12


def test_equation_2_2_chain_rule(net):
    w, x, wanted = net
    changes, _ = written_out(w, x, wanted)
    for k, one in enumerate(w):
        for at in np.ndindex(one.shape):
            moved = [[*w[:k], one + d * _unit(one.shape, at), *w[k + 1 :]] for d in (1e-6, -1e-6)]
            slope = (error(moved[0], x, wanted) - error(moved[1], x, wanted)) / 2e-6
            assert abs(slope - changes[k][at]) < 1e-8


def _unit(shape, at):
    out = np.zeros(shape)
    out[at] = 1.0
    return out


def test_equations_2_2_and_2_5_agree_and_the_recursion_takes_fewer_operations(net):
    w, x, wanted = net
    changes, long = written_out(w, x, wanted)
    delta, short = recursion(w, x, wanted)
    _, xs = forward(w, x)
    for k in range(len(w)):
        assert np.abs(changes[k] - np.outer(np.append(xs[k], BIAS), delta[k])).max() < 1e-15
    assert (short, long) == (4 + 5 * 4 + 5 + 7 * 5 + 7, 3 * 4 + 2 * (5 * 4 + 5) + (7 * 5 + 7))


@pytest.mark.parametrize("depth", [4, 8, 16])
def test_equation_2_5_operations_grow_with_the_depth_those_of_2_2_with_its_square(depth):
    r, n = np.random.default_rng(1), 6
    w = [r.normal(0, 0.5, (n + 1, n)) for _ in range(depth)]
    x, wanted = r.random(n), r.random(n)
    (_, long), (_, short) = written_out(w, x, wanted), recursion(w, x, wanted)
    each = n * n + n
    assert short == n + (depth - 1) * each and long == depth * n + depth * (depth - 1) // 2 * each


def test_equation_2_3_delta_is_the_slope_of_the_error_over_s(net):
    w, x, wanted = net
    delta, _ = recursion(w, x, wanted)
    ss, _ = forward(w, x)
    for k in range(len(w)):
        for j in range(len(ss[k])):
            # s_j alone moves if the bias weight of neuron j does
            moved = [[*w[:k], w[k] + d * _unit(w[k].shape, (len(w[k]) - 1, j)), *w[k + 1 :]] for d in (1e-6, -1e-6)]
            assert abs((error(moved[0], x, wanted) - error(moved[1], x, wanted)) / 2e-6 - delta[k][j]) < 1e-8


def test_equation_2_4_the_change_is_an_outer_product():
    x, u = np.array([0.0, 0.5, 1.0]), -0.1 * np.array([2.0, -4.0])
    pair = Pair(False, 1, (0.01, 0.01), 2.0, 2.0, 50e-9, 50e-9)
    got = pulses(find_scheme("pulse-number").program(Rank1(x, u), pair), 3, 2)
    assert np.linalg.matrix_rank(np.outer(x, u)) == 1 and np.linalg.matrix_rank(got[0] - got[1]) == 1
    assert np.sign(got[0] - got[1]).tolist() == np.sign(np.outer(x, u)).tolist()


def test_equation_2_5_is_a_backward_read_of_the_same_cells(net):
    w, x, wanted = net
    delta, _ = recursion(w, x, wanted)
    _, xs = forward(w, x)
    for k in range(len(w) - 1):
        plus, minus = np.maximum(w[k + 1], 0) * 1e-6, np.maximum(-w[k + 1], 0) * 1e-6
        bar = Crossbar(np.stack([plus, minus], axis=-1).reshape(len(plus), -1))
        rows = bar.read(np.stack([delta[k + 1], -delta[k + 1]], axis=-1).ravel(), backward=True) / 1e-6
        assert np.abs((1 - xs[k + 1] ** 2) * rows[:-1] - delta[k]).max() < 1e-15


def test_equation_2_6_the_error_of_the_outputs(net):
    w, x, wanted = net
    y = forward(w, x)[1][-1]
    assert np.array_equal(recursion(w, x, wanted)[0][-1], (y - wanted) * (1 - y**2))


def pulses(steps, rows, columns, v=2.0, members=2):
    """Full SET and RESET pulses (members, rows, columns): SET less RESET, from the lines' voltages."""
    out = np.zeros((members, rows, columns))
    for s in steps:
        volts = s.row[None, :, None] - s.column[:, None]
        out += (volts >= 0.99 * v).astype(int) - (volts <= -0.99 * v)
    return out


def test_equation_2_7_errors_become_numbers_of_pulses_of_their_sign():
    scheme, (up, down) = find_scheme("pulse-number"), (0.01, 0.02)
    u = np.array([0.05, -0.05, 0.02, -0.012, 0.0])
    pair = Pair(False, 1, (up, down), 2.0, 2.0, 50e-9, 50e-9, up_down=True, members=1)
    _, cols = scheme.levels(Rank1(np.ones(1), u), pair)
    c = scheme.fitted(Rank1(np.ones(1), u), pair)
    wanted = [np.sign(v) * min(int(abs(v) / (up if v > 0 else down) * c.per_pulse + 0.5), c.levels) for v in u]
    assert cols[0].tolist() == wanted


def test_equation_2_8_set_and_reset_are_two_steps():
    u = np.array([3.0, -2.0, 1.0, -4.0])
    pair = Pair(False, 1, (1.0, 1.0), 2.0, 1.6, 50e-9, 50e-9, up_down=True, members=1)
    steps = list(find_scheme("overlap").program(Rank1(np.ones(2), u), pair))
    for is_set in (True, False):
        part = [s for s in steps if (s.row.max() > 0) == is_set and s.row.any()]
        driven = np.any([s.column[0] != 0 for s in part], axis=0)
        assert driven.tolist() == ((u > 0) == is_set).tolist()
    volts = {float(v) for s in steps for v in s.row if v}
    assert volts == {1.0, -0.8}  # half of either amplitude


def test_equation_2_9_inputs_become_the_same_numbers_for_both_steps():
    x = np.array([0.25, 0.5, 1.0])
    pair = Pair(False, 1, (1.0, 1.0), 2.0, 2.0, 50e-9, 50e-9, up_down=True, members=1)
    steps = list(find_scheme("overlap").program(Rank1(x, np.array([4.0, -4.0])), pair))
    for sign in (1, -1):
        assert sum((np.sign(s.row) == sign).astype(int) for s in steps).tolist() == [1, 2, 4]


def test_equation_2_10_one_step_loses_half():
    x, u = np.ones(4), np.array([1.0, -1.0])
    pair = Pair(False, 1, (1.0, 1.0), 2.0, 2.0, 50e-9, 50e-9, up_down=True, members=1)
    got = pulses(find_scheme("one-step").program(Rank1(x, u), pair), 4, 2, members=1)[0]
    assert got.tolist() == [[1, 0], [0, -1], [1, 0], [0, -1]]  # rows take turns: SET polarity can only raise, RESET only lower


def test_equation_2_11_the_read_of_pairs():
    device = resolve(complete_device(load_device("burr2014")))
    r = np.random.default_rng(2)
    g = r.uniform(device.params.g_min, device.params.g_max, (30, 2 * 8))
    x = r.uniform(-0.1, 0.1, 30)
    current = Crossbar(g).solve(x, 0.0).column_currents
    assert np.abs(current[0::2] - current[1::2] - x @ (g[:, 0::2] - g[:, 1::2])).max() < 1e-15 * 30
    spec = complete(make_spec("burr2014"))
    built = build(spec, nonnegative_inputs=True)
    p = built.params
    assert built.learning.gain.tolist() == pytest.approx([w / (p.g_max - p.g_min) for w in spec.synapse.w_max])
