"""Training on wires: ideal ones change no bit, reads and slots are those of the circuit, energies add up, states resume; refusals.

The networks are trained without compilation, by a program of its own (`wired_cases.py`).
"""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from small import setup, tree
from wired_cases import BENT, ENERGY, HALF, IDEAL, PASSIVE, SWITCHES

from ohmgrad.errors import SpecError
from ohmgrad.experiments.build import complete
from ohmgrad.experiments.specfile import check
from ohmgrad.ledger import COUNTS, SUMS, WIRED_SLOTS


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    path = tmp_path_factory.mktemp("wired") / "results.npz"
    program = Path(__file__).parents[1] / "support" / "wired_cases.py"
    subprocess.run([sys.executable, program, path], check=True, env={**os.environ, "NUMBA_DISABLE_JIT": "1"})
    with np.load(path) as archive:
        return dict(archive)


def part(found, prefix):
    return {k.removeprefix(prefix): v for k, v in found.items() if k.startswith(prefix)}


@pytest.mark.parametrize("name", IDEAL)
def test_ideal_wires_change_no_bit(found, name):
    none, ideal = part(found, f"{name}.none."), part(found, f"{name}.ideal.")
    assert none["counts"].sum() > 0
    solved = ideal["counts"][:, WIRED_SLOTS].copy()
    assert (solved > 0).all()
    ideal["counts"][:, WIRED_SLOTS] = 0
    for k in ("state", "counts", "totals", "aim", "total"):
        np.testing.assert_array_equal(none[k], ideal[k], err_msg=k)
    # the same terms; blind pulses are added line by line in one, and over all lines in the other: tens of roundings of 1e-16
    np.testing.assert_allclose(none["sums"], ideal["sums"], rtol=1e-13, atol=0)
    np.testing.assert_array_equal(ideal["reached"][:, 1], ideal["reached"][:, 0])  # every cell got all of its voltage
    assert (ideal["reached"][:, 2] == 1.0).all()


@pytest.mark.parametrize("name", ENERGY)
def test_what_the_drivers_deliver_is_on_the_bill(found, name):
    got = part(found, f"energy.{name}.")
    writes = [k for k, what in enumerate(SUMS) if what in ("set", "reset", "half_set", "half_reset", "wires")]
    billed = (got["sums"] @ np.diag(got["joules_per_siemens"]))[:, writes].sum()
    assert got["t"][0] == got["t"][1]
    delivered = got["watts"].sum() * got["t"][0]
    assert got["counts"][:, COUNTS.index("wired_slots")].sum() == len(got["watts"]) > 4
    assert billed == pytest.approx(delivered, rel=1e-9)  # the circuit is solved to 1e-10
    assert (got["reached"][:, 2] < 1.0).all()


@pytest.mark.parametrize("name", BENT)
def test_bent_reads_are_those_of_the_circuit(found, name):
    got = part(found, f"bent.{name}.")
    for k in ("forward", "backward"):
        scale = np.abs(got[f"{k}_alone"]).max()
        assert scale > 0.0
        np.testing.assert_allclose(got[k], got[f"{k}_alone"], rtol=0, atol=1e-12 * scale)
    assert got["energy"][0] == pytest.approx(got["energy"][1], rel=1e-12)


def test_a_matrix_made_anew_for_every_update_is_exact(found):
    np.testing.assert_array_equal(found["exact"], found["each"])
    assert np.isfinite(found["each.error"]).all() and (found["each.error"] > 0.0).all()


def test_interruptions_change_no_bit_of_runs_with_a_matrix(found):
    whole, cut = part(found, "whole."), part(found, "cut.")
    assert "wired_share" in whole and (whole["wired_share"] != 1.0).all()
    for k, v in whole.items():
        np.testing.assert_array_equal(v, cut[k], err_msg=k)


def test_half_selected_cells_move_at_their_real_voltage(found):
    assert 0.1 < found["moved"] <= 1.0  # a threshold below V/2: most cells of the array are disturbed


REFUSED = {
    "a threshold is missing": ({"array__wire": 1.0}, "array.v_th"),
    "passive arrays have no selectors": ({**PASSIVE, "array__v_th": 0.5}, "access = 'selector'"),
    "no steps": (
        {"array__wire": 1.0, "array__access": "transistor", "programming__scheme": "verify", "learning__batch": 4},
        "scheme = 'blind'",
    ),
    "no matrix": ({**HALF, **SWITCHES, "array__reads": "effective"}, "reads = 'exact'"),
    "never on": ({**HALF, **SWITCHES, "array__v_th": 0.5}, "raise it above array.v_th"),
    "pulses do not add up": ({**HALF, **SWITCHES, "coding__input": "pulse-number", "coding__levels": 4}, "input = 'amplitude'"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_the_circuit_does_not_model_is_refused_with_a_way_out(name):
    changes, way = REFUSED[name]
    with pytest.raises(SpecError) as e:
        complete(check(tree(layers=(4, 3), **changes)))
    assert way in str(e.value) and "\n" not in str(e.value)


def test_thresholds_of_selectors_spread_and_stay():
    s = setup("linear", layers=(30, 20), **{**HALF, **SWITCHES, "array__v_th_spread": 0.1})
    from ohmgrad.network.replica import Replica

    first, again, other = (Replica(s, k).wired._thresholds[0] for k in (0, 0, 1))
    np.testing.assert_array_equal(first, again)
    assert first.shape == (31, 40) and (first != other).all()
    xi = first / 0.05 - 1.0
    n = xi.size
    assert abs(xi.mean()) < 4 * 0.1 / np.sqrt(n) and abs(xi.std() / 0.1 - 1.0) < 4 / np.sqrt(2 * n)
