"""Pairs, pairs with a fixed G−, single cells, k of each: weights, where they start, noise of their reads, rests, and what is refused."""

import math

import numpy as np
import pytest
from imperfect import uncompiled
from scipy.stats import kstest
from small import setup, tree

from ohmgrad.arrays.cells import derive_sums, derive_weights
from ohmgrad.arrays.synapse import Synapse, weigh_source
from ohmgrad.errors import DataError, SpecError
from ohmgrad.experiments.build import complete
from ohmgrad.experiments.history import layer_states
from ohmgrad.experiments.snapshots import DIAMOND_BINS, edges, take
from ohmgrad.experiments.specfile import check
from ohmgrad.network.replica import Replica

LOW, HIGH = 0.1e-6, 20e-6
WINDOW = HIGH - LOW
KINDS = [("pair", 1), ("pair", 3), ("fixed", 1), ("fixed", 2), ("single", 1), ("single", 2), ("single", 3)]
BOUNDS = {"g_min": LOW, "g_max": HIGH, "step_set": 1e-6, "step_reset": 0.8e-6}


def made(kind, cells, **changes):
    """A replica whose loops are never compiled."""
    changes = {
        "device__parameters": BOUNDS,
        "synapse__kind": kind,
        "synapse__cells": cells,
        "synapse__write": "two-way",
        **changes,
    }
    return uncompiled(law="linear", **changes)


def signs(kind, cells):
    return np.ones(cells) if kind == "single" else np.array([1.0, -1.0] * cells)


@pytest.mark.parametrize("kind, cells", KINDS)
def test_weights_are_the_sum_of_the_members_in_the_order_of_the_loops(kind, cells):
    r = made(kind, cells)
    s, n = Synapse(kind, cells), r.setup.geometry.synapses
    assert r.cells.state.shape == (1, n, s.members) and len(s.names) == s.members
    r.cells.state[0] = np.random.default_rng(1).uniform(LOW, HIGH, (n, s.members))
    derive_weights(r.setup.geometry, r.cells)
    derive_sums(r.setup.geometry, r.cells)
    loop = eval(f"lambda S, reference, c: {weigh_source(s)}")
    assert r.cells.w.tolist() == [loop(r.cells.state, r.cells.reference, c) for c in range(n)]
    reference = cells * (LOW + 0.5 * WINDOW) if kind == "single" else 0.0
    exact = [math.fsum([*(signs(kind, cells) * g), -reference]) for g in r.cells.state[0]]
    np.testing.assert_allclose(r.cells.w, exact, atol=2 * s.members * cells * HIGH * 2**-52, rtol=0)
    geo = r.setup.geometry
    for layer, (rows, columns) in enumerate(geo.shape):
        g = r.cells.state[0, geo.synapse[layer] : geo.synapse[layer + 1]].reshape(rows, columns, s.members)
        np.testing.assert_allclose(r.cells.row[geo.row[layer] : geo.row[layer + 1]], g.sum(axis=(1, 2)), rtol=1e-13)
        np.testing.assert_allclose(r.cells.col[:, geo.column[layer] : geo.column[layer + 1]], g.sum(axis=0).T, rtol=1e-13)


def test_single_cells_may_be_compared_with_nothing():
    """g_min = 0, reference = 0: two cells are still added, not taken for a pair."""
    r = made("single", 2, synapse__reference=0.0, device__parameters={**BOUNDS, "g_min": 0.0})
    assert r.cells.reference == 0.0
    np.testing.assert_array_equal(r.cells.w, r.cells.state[0].sum(axis=1))


@pytest.mark.parametrize("kind, cells", KINDS)
def test_w_max_does_not_depend_on_the_number_of_cells(kind, cells):
    r = made(kind, cells, synapse__w_max=[0.7], synapse__reference=0.0)
    r.cells.state[0] = np.where(signs(kind, cells) > 0, HIGH, LOW)
    derive_weights(r.setup.geometry, r.cells)
    np.testing.assert_allclose(r.setup.learning.gain[0] * r.cells.w, 0.7, rtol=1e-12)
    if kind != "pair":  # SET for an increase, RESET for a decrease, of one of the k cells
        np.testing.assert_allclose(r.setup.writing.quantum[0], 0.7 / (cells * WINDOW) * np.array([1e-6, 0.8e-6]), rtol=1e-12)


@pytest.mark.parametrize("kind, cells", KINDS)
def test_all_kinds_start_with_the_same_weights(kind, cells):
    """Uniform in ±√(6/(inputs + outputs)): here within half a window, so that fixed and single cells reach them too."""
    plain, r = (made(*k, network__layers=[40, 25, 10], synapse__w_max=[1.2]) for k in (("pair", 1), (kind, cells)))
    np.testing.assert_allclose(r.cells.w * r.setup.learning.gain[0], plain.cells.w * plain.setup.learning.gain[0], atol=1e-12)
    w, limit = r.cells.w[: 41 * 25] * r.setup.learning.gain[0], math.sqrt(6 / 65)
    assert kstest(w, "uniform", (-limit, 2 * limit)).pvalue > 1e-3
    g = r.cells.state[0]
    if kind == "fixed":
        np.testing.assert_allclose(g[:, 1::2], LOW + 0.5 * WINDOW, rtol=1e-14)
    if kind != "pair":
        assert g.min() > LOW and g.max() < HIGH


def test_a_reference_at_the_end_of_the_window_leaves_one_sign():
    r = made("single", 1, synapse__reference=0.0)
    assert (r.cells.w >= 0).all() and 0.3 < (r.cells.w > 0).mean() < 0.7


@pytest.mark.parametrize("kind, cells", KINDS)
def test_start_around_a_conductance(kind, cells):
    around = {"synapse__start_mean": "10 uS", "synapse__start_spread": "2 uS", "network__layers": [60, 40, 10]}
    r = made(kind, cells, **around)
    g = r.cells.state[0]
    first = g[: 61 * 40]
    for m in range(g.shape[1]):  # every member by draws of its own
        assert kstest(first[:, m], "uniform", (8e-6, 4e-6)).pvalue > 1e-3
        assert kstest(g[61 * 40 :, m], "uniform", (8e-6, 4e-6)).pvalue > 1e-3
    off = np.corrcoef(first.T) if g.shape[1] > 1 else np.zeros((1, 1))
    assert abs(off - np.diag(np.diag(off))).max() < 5 / math.sqrt(len(first))
    np.testing.assert_array_equal(g, made(kind, cells, **around).cells.state[0])
    np.testing.assert_array_equal(made(kind, cells, **{**around, "synapse__start_spread": 0.0}).cells.state[0], 10e-6)


@pytest.mark.parametrize("kind, cells", KINDS)
def test_no_cell_starts_outside_its_own_window(kind, cells):
    spread = {"device__variation": {"g_max": {"sigma": 0.3}, "g_min": {"sigma": 0.3}}}
    for start in ({}, {"synapse__start_mean": "15 uS", "synapse__start_spread": "4 uS"}):
        r = made(kind, cells, **spread, **start)
        low, high = (r.cells.varied[r.setup.varied.index(n)] for n in ("g_min", "g_max"))
        assert (r.cells.state[0] >= low).all() and (r.cells.state[0] <= high).all()
        assert not start or (r.cells.state[0] == high).any()


def test_fixed_cells_have_faults_and_variation_like_any_other():
    r = made(
        "fixed", 1, device__faults={"stuck": 0.3}, device__variation={"step_set": {"sigma": 0.2}}, network__layers=[60, 40]
    )
    stuck = r.cells.varied[-1] == 3.0
    assert abs(stuck.mean(axis=0) - 0.3).max() < 5 * math.sqrt(0.21 / len(stuck))
    assert len(np.unique(r.cells.varied[0])) == r.cells.varied[0].size
    assert len(np.unique(r.cells.state[0, :, 1][stuck[:, 1]])) == stuck[:, 1].sum()


@pytest.mark.parametrize(
    "kind, cells, member, wanted",
    [("single", 1, 1, "member 0"), ("pair", 2, 4, "members 0 to 3"), ("pair", 1, 2, "members 0 and 1")],
)
def test_a_fault_map_names_members(kind, cells, member, wanted, tmp_path):
    path = tmp_path / "map.csv"
    path.write_text(f"layer,input,output,member,fault,conductance\n0,1,2,{member - 1},stuck,5 uS\n", encoding="utf-8")
    r = made(kind, cells, device__faults={"map": str(path)})
    assert r.cells.state[0, 1 * 7 + 2, member - 1] == 5e-6
    path.write_text(f"layer,input,output,member,fault,conductance\n0,1,2,{member},stuck,5 uS\n", encoding="utf-8")
    with pytest.raises(DataError, match=wanted):
        made(kind, cells, device__faults={"map": str(path)})


# reads -------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind, cells", [("single", 1), ("pair", 3)])
def test_noise_of_reads_sums_over_all_members(kind, cells):
    """Var I = Σ V² Σ σ(G)² over all cells of a line; the reference of single cells adds none."""
    noise = {"relative": 0.1, "absolute": "0.2 uS"}
    case = setup("linear", synapse__kind=kind, synapse__cells=cells, synapse__write="two-way", device__noise=noise)
    r, k, geo = Replica(case, 0), case.loops, case.geometry
    g = r.cells.state[0, : geo.synapse[1]].reshape(13, 7, -1)
    x = np.random.default_rng(2).uniform(-1, 1, 13)
    variance = ((0.2e-6 + 0.1 * g) ** 2).sum(axis=2)
    draws, steps = k.make_draws(20), 4000
    for backward, lines, v, expected in ((False, 7, x, x**2 @ variance), (True, 13, x[:7], variance @ x[:7] ** 2)):
        z = np.zeros((steps, lines))
        for step in range(steps):
            k.add_noise(
                r.cells,
                0,
                7,
                v,
                np.arange(13),
                len(v),
                backward,
                lines,
                z[step],
                case.reading,
                1,
                0,
                step,
                int(backward),
                0,
                draws,
            )
        z /= np.sqrt(expected)
        assert abs(z.mean(axis=0)).max() < 5 / math.sqrt(steps)
        assert abs(z.var(axis=0) - 1).max() < 5 * math.sqrt(2 / steps)


@pytest.mark.parametrize("kind, cells", [("single", 1), ("pair", 3)])
def test_every_member_rests(kind, cells):
    rest = {"kind": "power-law", "nu": 0.1, "t_0": "1 us"}
    spread = {"retention_nu": {"sigma": 0.3}}
    noise = {"relative": 0.1, "absolute": "0.2 uS"}
    case = setup(
        "linear", synapse__kind=kind, synapse__cells=cells, synapse__write="two-way", device__retention=rest, device__variation=spread, device__noise=noise
    )  # fmt: skip
    r = Replica(case, 0)
    before = r.cells.state[0].copy()
    r.rest_for(1.0, 1)
    nu = r.cells.varied[case.varied.index("retention_nu")]
    np.testing.assert_allclose(r.cells.state[0], before * 1e6**-nu, rtol=1e-12)


def test_slow_noise_is_of_every_member():
    noise = {"flicker": 0.05}
    for kind, cells in (("single", 1), ("pair", 2)):
        r = made(kind, cells, device__noise=noise, driver="stepwise")
        seen, g = r.as_read(), r.cells.state[0]
        factor = seen.state[0] / g
        assert len(np.unique(factor)) == factor.size
        base = 0.0 if kind == "pair" else r.cells.reference
        np.testing.assert_allclose(seen.w, seen.state[0] @ signs(kind, cells) - base, atol=1e-19)


# what is counted and shown -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind, cells", KINDS)
def test_snapshots_hold_every_cell(kind, cells):
    r = made(kind, cells)
    geo, shot, grid = r.setup.geometry, take(r.setup, [r, r], 0), edges(r.setup)
    for layer in range(3):
        n = int(geo.synapse[layer + 1] - geo.synapse[layer])
        name = f"{'conductance' if kind == 'single' else 'diamond'}_0_{layer}"
        assert shot[name].shape == (DIAMOND_BINS,) * (1 if kind == "single" else 2)
        assert shot[name].sum() == 2 * cells * n and shot[f"weights_0_{layer}"].sum() == 2 * n
        w = r.setup.learning.gain[layer] * r.cells.w[geo.synapse[layer] : geo.synapse[layer + 1]]
        assert grid[f"weight_edges_{layer}"][0] <= w.min() and w.max() <= grid[f"weight_edges_{layer}"][-1]
        assert grid[f"weight_edges_{layer}"][-1] == pytest.approx(0.5 if kind == "single" else 1.0)
    assert ("reference" in grid) == (kind == "single")
    if kind == "single":
        assert grid["reference"] == pytest.approx(LOW + 0.5 * WINDOW)


def test_saturated_cells_are_those_that_are_written():
    """Pairs: one cell beyond 95 %. Cells written both ways: at either end, and a fixed G− does not count."""
    at = {"below": LOW + 0.04 * WINDOW, "inside": LOW + 0.5 * WINDOW, "beyond": LOW + 0.96 * WINDOW}
    for kind, cells, g, share in (
        ("pair", 1, ["below", "inside"], 0.0), ("pair", 1, ["beyond", "inside"], 1.0), ("pair", 2, ["beyond", "inside", "below", "below"], 0.5),
        ("fixed", 1, ["inside", "beyond"], 0.0), ("fixed", 1, ["below", "inside"], 1.0), ("fixed", 1, ["beyond", "inside"], 1.0),
        ("single", 1, ["inside"], 0.0), ("single", 1, ["below"], 1.0), ("single", 2, ["beyond", "inside"], 0.5),
    ):  # fmt: skip
        r = made(kind, cells)
        r.cells.state[0] = [at[name] for name in g]
        assert layer_states(r.setup, r)[0] == [share] * 3, (kind, g)


# what is refused ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "law, changes, message",
    [
        ("linear", {"synapse__kind": "single", "synapse__refresh_every": 10}, r"synapse.refresh_every = 10: only synapses of one pair"),
        ("linear", {"synapse__kind": "fixed", "synapse__refresh_every": 10}, r"synapse.refresh_every = 10: only"),
        ("linear", {"synapse__cells": 2, "synapse__refresh_every": 10}, r"synapse.refresh_every = 10: only"),
        ("pcm-nandakumar2018", {"synapse__kind": "single"}, r"synapse.kind = 'single' needs RESET step by step.*'pcm-nandakumar2018'"),
        ("linear", {"synapse__start_spread": "1 uS"}, r"set synapse.start_mean too"),
        ("linear", {"synapse__start_mean": "19 uS", "synapse__start_spread": "2 uS"}, r"17 uS to 21 uS is not within .* 20 uS"),
        ("linear", {"synapse__start_mean": "30 uS"}, r"synapse.start_mean ± synapse.start_spread: 30 uS"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_in_one_line(law, changes, message):
    with pytest.raises(SpecError, match=message) as e:
        complete(check(tree(law, **changes)))
    assert "\n" not in str(e.value)
