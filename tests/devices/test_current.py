"""I-V curves: their closed forms, what pulses cost with them, and settings that cannot be meant."""

import numpy as np
import pytest
from small import setup

from ohmgrad.devices.current import CURRENTS
from ohmgrad.errors import SpecError
from ohmgrad.ledger import SUMS, Bend

V = np.array([-2.0, -0.5, -0.1, -1e-3, 0.0, 1e-3, 0.1, 0.5, 2.0])
FORMS = {
    "ohmic": lambda v, v_0: v,
    "sinh": lambda v, v_0: v_0 * np.sinh(v / v_0),
    "cubic": lambda v, v_0: v * (1 + (v / v_0) ** 2),
}


@pytest.mark.parametrize("kind", CURRENTS)
def test_curves_are_those_of_the_equations(kind):
    got = [CURRENTS[kind](v, 0.3) for v in V]
    np.testing.assert_allclose(got, FORMS[kind](V, 0.3), rtol=3e-15, atol=0)
    assert CURRENTS[kind](1e-4, 0.3) == pytest.approx(1e-4, rel=2e-7)  # G is the conductance at small voltage
    np.testing.assert_array_equal([CURRENTS[kind](-v, 0.3) for v in V], -np.array(got))


def test_cubic_is_the_beginning_of_sinh():
    v = 0.05
    assert CURRENTS["sinh"](v, 0.5) == pytest.approx(CURRENTS["cubic"](v, 0.5 * 6**0.5), rel=(v / 0.5) ** 4 / 120 * 1.01)


@pytest.mark.parametrize("kind", CURRENTS)
def test_a_pulse_costs_volts_times_amperes_times_seconds(kind):
    case = setup(
        "soft-bounds", device__current={"kind": kind, "v_0": 0.7}, device__t_set="50 ns", device__t_reset="70 ns", device__t_full="90 ns",
        device__parameters={"v_set": 2.0, "v_reset": 1.8, "v_full": 2.5}, array__v_read=0.2, array__leakage=0.02,
    )  # fmt: skip
    joules = dict(zip(SUMS, case.costs.energy(), strict=True))
    pulses = {
        "set": (2.0, 50e-9), "refresh_set": (2.0, 50e-9), "reset": (1.8, 70e-9), "refresh_reset": (2.5, 90e-9)
    }  # fmt: skip
    for name, (v, t) in pulses.items():
        assert joules[name] == pytest.approx(v * FORMS[kind](v, 0.7) * t, rel=1e-14)
    for name, v, t in (("half_set", 1.0, 50e-9), ("half_reset", 0.9, 70e-9)):
        assert joules[name] == pytest.approx(v * FORMS[kind](v, 0.7) * t * 0.02, rel=1e-14)
    assert joules["forward"] == pytest.approx(0.2**2 * 1e-7, rel=1e-14)  # the loop sums V·I/v_read², whatever the curve
    if kind == "ohmic":
        assert case.costs.bend == Bend()


def test_an_ohmic_cell_has_the_loops_it_had():
    plain = setup("soft-bounds")
    assert setup("soft-bounds", device__current={"kind": "ohmic", "v_0": 0.1}).loops is plain.loops
    assert setup("soft-bounds", device__noise={"relative": 0.0}).loops is plain.loops
    assert plain.loops.ohmic and not plain.loops.noisy


def test_a_current_beyond_all_reason_is_refused():
    with pytest.raises(SpecError, match=r"^device\.current\.v_0 = 10 mV is too small: at 3 V, the highest pulse, the current"):
        setup("soft-bounds", device__current={"kind": "sinh", "v_0": "10 mV"})
    setup("soft-bounds", device__current={"kind": "ohmic", "v_0": "1 mV"})
    setup("soft-bounds", device__current={"kind": "sinh", "v_0": "0.1 V"})
    setup("soft-bounds", device__current={"kind": "cubic", "v_0": "1 mV"})
