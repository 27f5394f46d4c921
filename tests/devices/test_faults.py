"""Faults: how many cells, which, that nothing else moves with them, and maps."""

import math

import numpy as np
import pytest
from imperfect import parameter, uncompiled
from small import setup, tree

from ohmgrad.devices.faults import DEAD, HEALTHY, STUCK, STUCK_ON
from ohmgrad.errors import DataError, SpecError
from ohmgrad.experiments.specfile import check

LAYERS = (150, 80, 60)  # 2·(151·80 + 81·60) = 33 880 cells


def faulty(label=0, more=None, **faults):
    return uncompiled(label, layers=LAYERS, device__faults=faults, **(more or {}))


def code(replica):
    return parameter(replica, "fault")


def layer_parts(replica):
    return [slice(a, b) for a, b in zip(replica.setup.geometry.synapse[:-1], replica.setup.geometry.synapse[1:], strict=True)]


def near_share(got, p, n):
    """5 standard deviations of a binomial number."""
    return abs(got - p * n) < 5 * math.sqrt(n * p * (1 - p))


def test_shares_are_what_was_asked_for_in_every_layer():
    r = faulty(dead=0.1, stuck_on=0.05, stuck=0.3)
    for part in layer_parts(r):
        for m in (0, 1):
            c = code(r)[part, m]
            for fault, p in ((DEAD, 0.1), (STUCK_ON, 0.05), (STUCK, 0.3), (HEALTHY, 0.55)):
                assert near_share((c == fault).sum(), p, c.size), (fault, part, m)


def test_all_cells_can_fail():
    assert (code(faulty(dead=1.0)) == DEAD).all() and (code(faulty(stuck_on=1.0)) == STUCK_ON).all()
    assert (code(faulty(stuck=1.0)) == STUCK).all()
    assert HEALTHY not in code(faulty(dead=0.33, stuck_on=0.56, stuck=0.11))


@pytest.mark.parametrize("kind, fault", [("dead", DEAD), ("stuck_on", STUCK_ON), ("stuck", STUCK)])
def test_more_faults_of_one_kind_leave_the_other_cells_as_they_were(kind, fault):
    shares = {"dead": 0.1, "stuck_on": 0.1, "stuck": 0.1}
    few, many = code(faulty(**shares)), code(faulty(**{**shares, kind: 0.3}))
    assert (many[few == fault] == fault).all()
    changed = (few != many) & (few != HEALTHY)
    assert (many[changed] == fault).all()  # no cell is healed, none changes to a third fault
    if kind != "stuck_on":  # … and the stuck-on cells that remain are the former ones, with few new ones in place of those lost
        new = (many == STUCK_ON) & (few != STUCK_ON)
        # of the 0.6 that are not dead or stuck, the share 0.1/0.6 is stuck-on, of which 0.1/0.8 had been
        assert near_share(new.sum(), 0.6 * (0.1 / 0.6 - 0.1 / 0.8), new.size)


def test_faults_of_layers_members_and_replicas_are_independent():
    a, b = (code(faulty(label, dead=0.2)) == DEAD for label in (0, 1))
    first, second = layer_parts(faulty(dead=0.2))
    n = second.stop - second.start
    pairs = {
        "replicas": (a.ravel(), b.ravel()),
        "members": (a[:, 0], a[:, 1]),
        "layers": (a[first][:n].ravel(), a[second].ravel()),
        "neighbours": (a[:-1].ravel(), a[1:].ravel()),
        "rows": (a[: -LAYERS[1]].ravel(), a[LAYERS[1] :].ravel()),
    }
    for what, (one, other) in pairs.items():
        assert near_share((one & other).sum(), 0.04, one.size), what


def test_kinds_do_not_depend_on_the_layers_size():
    small, large = (
        uncompiled(layers=(12, 7), device__faults={"dead": 0.2}),
        uncompiled(layers=(30, 7), device__faults={"dead": 0.2}),
    )
    np.testing.assert_array_equal(code(small), code(large)[: len(code(small))])


def test_healthy_cells_start_and_vary_as_they_did_without_faults():
    more = {"device__variation": {"step_set": {"sigma": 0.2}, "g_min": {"sigma": 0.3}}}
    without, r = uncompiled(layers=LAYERS, **more), faulty(more=more, dead=0.1, stuck_on=0.1, stuck=0.1)
    for name in ("step_set", "g_min"):
        np.testing.assert_array_equal(parameter(without, name), parameter(r, name))
    moves = np.isin(code(r), (HEALTHY, STUCK_ON))
    np.testing.assert_array_equal(without.cells.state[0][moves], r.cells.state[0][moves])
    dead = code(r) == DEAD
    np.testing.assert_array_equal(r.cells.state[0][dead], parameter(r, "g_min")[dead])


def test_stuck_cells_are_anywhere_in_their_window_or_where_they_are_said_to_be():
    from scipy.stats import kstest

    r = faulty(stuck=0.5)
    low, high = r.setup.window
    share = (r.cells.state[0][code(r) == STUCK] - low) / (high - low)
    assert kstest(share, "uniform").pvalue > 1e-4
    g = r.cells.state[0].reshape(-1)[: 2 * 151 * 80].reshape(-1, 2)  # with both members stuck, they know nothing of each other
    both = (code(r)[: len(g)] == STUCK).all(axis=1)
    assert abs(np.corrcoef(g[both].T)[0, 1]) < 5 / math.sqrt(both.sum())
    at = faulty(stuck=0.5, stuck_at="5 uS")
    assert set(at.cells.state[0][code(at) == STUCK]) == {5e-6}


def test_what_is_kept_for_reads_is_that_of_the_faulty_cells():
    r = faulty(dead=0.2, stuck=0.2)
    np.testing.assert_array_equal(r.cells.w, r.cells.state[0, :, 0] - r.cells.state[0, :, 1])


@pytest.mark.parametrize("shares", [{"dead": 0.7, "stuck": 0.4}, {"dead": 0.5, "stuck_on": 0.3, "stuck": 0.21}])
def test_more_than_all_cells_are_refused(shares):
    with pytest.raises(SpecError, match=r"^device\.faults: dead, stuck_on and stuck add up to more than 1$"):
        check(tree(device__faults=shares))


@pytest.mark.parametrize("value", [1.5, -0.1, "20 %0", "1 uS"])
def test_a_share_is_a_share(value):
    with pytest.raises(SpecError, match=r"^device\.faults\.dead"):
        check(tree(device__faults={"dead": value}))


# maps ---------------------------------------------------------------------------------------------------------------------

HEADER = "layer,input,output,member,fault,conductance\n"


@pytest.fixture
def mapped(tmp_path):
    """mapped(text): the replica of 12-7-5-3 cells with the map of this text."""

    def make(text, encoding="utf-8", **more):
        path = tmp_path / "map.csv"
        path.write_bytes(text.encode(encoding))
        return uncompiled(device__faults={"map": str(path), **more})

    return make


def test_a_map_names_its_cells(mapped):
    r = mapped(HEADER + "0,12,6,1,stuck,5 uS\n1,0,0,0,dead,\n2,5,2,0,stuck-on,\n2, 0 ,1, 0, stuck , 0.000004\n")
    geo, c = r.setup.geometry, code(r)
    at = {  # the bias is the last row
        (12 * 7 + 6, 1): (STUCK, 5e-6),
        (geo.synapse[1], 0): (DEAD, r.setup.params.g_min),
        (geo.synapse[2] + 5 * 3 + 2, 0): (STUCK_ON, None),
        (geo.synapse[2] + 1, 0): (STUCK, 4e-6),
    }
    for cell, (fault, g) in at.items():
        assert c[cell] == fault
        assert g is None or r.cells.state[0][cell] == g
    assert (c != HEALTHY).sum() == 4
    others = c == HEALTHY
    np.testing.assert_array_equal(r.cells.state[0][others], uncompiled().cells.state[0][others])


def test_a_map_without_conductance_has_stuck_cells_somewhere_in_their_window(mapped):
    r = mapped("fault,member,output,input,layer\nstuck,0,0,0,0\nstuck,1,0,0,0\n")
    low, high = r.setup.window
    g = r.cells.state[0, 0]
    assert (low < g).all() and (g < high).all() and g[0] != g[1]
    assert set(mapped(HEADER + "0,0,0,0,stuck,\n0,0,0,1,stuck,\n", stuck_at="3 uS").cells.state[0, 0]) == {3e-6}


def test_a_map_stands_over_the_shares(mapped):
    r = mapped(HEADER + "0,3,2,0,healthy,\n", dead=1.0)
    assert code(r)[3 * 7 + 2, 0] == HEALTHY and (code(r) == DEAD).sum() == code(r).size - 1


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_a_map_may_begin_with_a_byte_order_mark_and_end_its_lines_as_windows_does(mapped, encoding):
    assert code(mapped((HEADER + "0,0,0,0,dead,\n\n").replace("\n", "\r\n"), encoding))[0, 0] == DEAD


@pytest.mark.parametrize("text", ["", HEADER])
def test_an_empty_map_is_no_table_but_one_of_no_cell_is(mapped, text):
    if text:
        assert (code(mapped(text)) == HEALTHY).all()
    else:
        with pytest.raises(DataError, match="line 1: column 'layer' is missing"):
            mapped(text)


BAD = {
    "layer,input,output,fault\n": "line 1: column 'member' is missing; wanted: layer, input, output, member, fault",
    "layer;input;output;member;fault\n": "line 1: column 'layer' is missing",
    HEADER + "0,0,0,0,dead,\n3,0,0,0,dead,\n": "line 3: layer 3 does not exist; there are 3, the first is 0",
    HEADER + "-1,0,0,0,dead,\n": "line 2: layer -1 does not exist",
    HEADER + "0,13,0,0,dead,\n": r"line 2: no cell \(13, 0, 0\) in layer 0: 13 inputs with bias, 7 outputs, members 0 and 1",
    HEADER + "0,0,7,0,dead,\n": r"line 2: no cell \(0, 7, 0\)",
    HEADER + "0,0,0,2,dead,\n": r"line 2: no cell \(0, 0, 2\)",
    HEADER + "0,0,x,0,dead,\n": "line 2: layer, input, output and member must be whole numbers",
    HEADER + "0,0,1.5,0,dead,\n": "line 2: layer, input, output and member must be whole numbers",
    HEADER + "0,0,0\n": "line 2: layer, input, output and member must be whole numbers",
    HEADER + "0,0,0,0,ded,\n": "line 2: unknown fault 'ded'; did you mean 'dead'",
    HEADER + "0,0,0,0\n": "line 2: unknown fault ''",
    HEADER + "0,0,0,0,stuck,5 V\n": "line 2: '5 V' is a voltage, but a conductance is wanted",
    HEADER + "0,0,0,0,stuck,five\n": "line 2: 'five' is no number with a unit",
    HEADER + "0,0,0,0,stuck,-5 uS\n": "line 2: conductance -5 uS is out of range: 0 S to 1 S",
    HEADER + "0,0,0,0,stuck,20\n": "line 2: conductance 20 is out of range",
    HEADER + "0,0,0,0,dead,5 uS\n": "line 2: only stuck cells have a conductance of their own, and this one is dead",
    HEADER + "0,1,2,0,dead,\n0,1,2,1,dead,\n0,1,2,0,stuck,\n": r"line 4: cell \(1, 2, 0\) of layer 0 stands in line 2 already",
}


@pytest.mark.parametrize("text", BAD, ids=[m.replace("\\", "")[:40] for m in BAD.values()])
def test_a_bad_map_is_refused_with_its_line(mapped, tmp_path, text):
    with pytest.raises(DataError, match=rf"^device\.faults\.map: .*map\.csv, {BAD[text]}") as e:
        mapped(text)
    assert "\n" not in str(e.value)


def test_a_map_that_cannot_be_read_is_named(mapped, tmp_path):
    with pytest.raises(DataError, match=r"^device\.faults\.map: .*nowhere\.csv cannot be read"):
        uncompiled(device__faults={"map": str(tmp_path / "nowhere.csv")})
    with pytest.raises(DataError, match="cannot be read"):
        mapped(HEADER + "ä", "latin-1")


def test_without_faults_the_law_is_the_bare_one():
    assert setup("soft-bounds").law is setup("soft-bounds", device__faults={}).law
    assert "fault" not in setup("soft-bounds").varied
