"""A run that goes on from arrays written before."""

import numpy as np
import pytest
from small import tree

from ohmgrad.errors import DataError, SpecError
from ohmgrad.experiments.build import build, complete
from ohmgrad.experiments.specfile import check
from ohmgrad.experiments.start_file import load_start

LOW, HIGH, W_MAX = 0.1e-6, 20e-6, 1.5


@pytest.fixture
def written(tmp_path):
    """File of one matrix 4 × 3, written with w_max = 1.5."""
    g = np.random.default_rng(1).uniform(LOW, HIGH, (4, 3, 2))
    w = W_MAX * (g[..., 0] - g[..., 1]) / (HIGH - LOW)
    np.savez(tmp_path / "written.npz", **{"W0": w, "W0.g_plus": g[..., 0], "W0.g_minus": g[..., 1]})
    return tmp_path / "written.npz", g


def test_cells_start_where_they_were_written(written):
    path, g = written
    out = load_start(str(path), [(4, 3)], [W_MAX], (LOW, HIGH))
    np.testing.assert_array_equal(out[0], g)


def test_a_missing_bias_row_starts_at_weight_zero(written):
    path, g = written
    out = load_start(str(path), [(5, 3)], [W_MAX], (LOW, HIGH))
    np.testing.assert_array_equal(out[0][:4], g)
    assert (out[0][4] == LOW).all()


@pytest.mark.parametrize(
    ("shapes", "w_max", "window", "message"),
    [
        ([(7, 3)], [W_MAX], (LOW, HIGH), r"'W0' .* has the shape \(4, 3\), but the layer has 6 inputs"),
        ([(4, 3), (4, 3)], [W_MAX] * 2, (LOW, HIGH), "holds 1 arrays, and the network has 2 layers"),
        ([(4, 3)], [1.0], (LOW, HIGH), r"w_max = 1, but 'W0' .* was written with w_max = 1.5; set that"),
        ([(4, 3)], [W_MAX], (LOW, HIGH / 2), "outside the device's window"),
    ],
)
def test_what_does_not_fit_is_refused(written, shapes, w_max, window, message):
    with pytest.raises(SpecError, match=message):
        load_start(str(written[0]), shapes, w_max, window)


def test_a_file_that_is_none_is_refused(tmp_path):
    with pytest.raises(DataError, match="there is no file"):
        load_start(str(tmp_path / "no.npz"), [(4, 3)], [1.0], (LOW, HIGH))
    (tmp_path / "text.npz").write_text("no")
    with pytest.raises(DataError, match=r"is no \.npz file"):
        load_start(str(tmp_path / "text.npz"), [(4, 3)], [1.0], (LOW, HIGH))
    np.savez(tmp_path / "plain.npz", W0=np.ones((4, 3)))
    with pytest.raises(DataError, match="holds no conductances"):
        load_start(str(tmp_path / "plain.npz"), [(4, 3)], [1.0], (LOW, HIGH))


def test_only_pairs_start_from_a_file(written):
    wanted = check(tree(layers=(3, 3), synapse__kind="single", synapse__start_file=str(written[0])))
    with pytest.raises(SpecError, match="are pairs; set kind = 'pair'"):
        complete(wanted)


def test_the_start_reaches_the_set_up(written):
    path, g = written
    changes = {"synapse__start_file": str(path), "synapse__w_max": W_MAX, "device__parameters": {"g_min": LOW, "g_max": HIGH}}
    setup = build(complete(check(tree(layers=(3, 3), **changes))), nonnegative_inputs=True)
    np.testing.assert_array_equal(setup.start_g[0], g)
