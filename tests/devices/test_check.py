"""`check_law` catches laws that are not what they say, and says what is wrong."""

import random
from dataclasses import replace

import numpy as np
import pytest

from ohmgrad.devices.catalogue import LAWS
from ohmgrad.devices.check import check_law
from ohmgrad.devices.law import Param
from ohmgrad.errors import LawError
from ohmgrad.kernels.draws import normal

LINEAR, SOFT, PCM = LAWS["linear"], LAWS["soft-bounds"], LAWS["pcm-nandakumar2018"]
P = LINEAR.defaults()


def scaled(mean, spread):
    """A linear pulse whose mean and spread are off by these factors."""

    def pulse(s, v, t, p, tab, key):
        mu, sd = LINEAR.mean_step(s, v, t, p, tab), LINEAR.spread(s, v, t, p, tab)
        if v <= -p.v_full or mu == 0.0:
            return LINEAR.pulse(s, v, t, p, tab, key)
        return LINEAR.state(min(max(s.g + mean * mu + spread * sd * normal(key, 0), p.g_min), p.g_max))

    return pulse


def moved(change):
    """A linear pulse whose result is changed afterwards by change(s before, s after, v, p)."""

    def pulse(s, v, t, p, tab, key):
        return LINEAR.state(change(s, LINEAR.pulse(s, v, t, p, tab, key), v, p))

    return pulse


def uneven(s, v, t, p, tab, key):
    after = LINEAR.pulse(s, v, t, p, tab, key)
    return LINEAR.state(min(after.g + 1e-12 * random.random(), p.g_max)) if after != s else s


# 4000 pulses show 5·σ/√4000 = 8 % of the spread (σ = 0.3 steps: 2.4 % of the step) and 5/√8000 = 6 % of the spread
BROKEN = {
    "mean 4 % too large": (scaled(1.04, 1.0), {}, "on average, declared"),
    "mean 4 % too small": (scaled(0.96, 1.0), {}, "on average, declared"),
    "spread 12 % too large": (scaled(1.0, 1.12), {}, "has the spread .* declared"),
    "spread 12 % too small": (scaled(1.0, 0.88), {}, "has the spread .* declared"),
    "leaves the upper bound": (moved(lambda s, a, v, p: a.g + 1e-9 * (v > 0 and a.g == p.g_max)), {}, "leaves the bounds"),
    "leaves the lower bound": (moved(lambda s, a, v, p: a.g - 1e-9 * (v < 0 and a.g == p.g_min)), {}, "leaves the bounds"),
    "is not finite": (moved(lambda s, a, v, p: a.g if v != p.v_set else float("nan")), {}, "not finite"),
    "changes at 0 V": (moved(lambda s, a, v, p: a.g + 1e-12 * (v == 0)), {}, "0 V changes a cell"),
    "is not deterministic": (uneven, {}, "same address gives two different states"),
    "full RESET does not clear": (moved(lambda s, a, v, p: s.g if v <= -p.v_full else a.g), {}, "full RESET"),
    "says that it cannot go down": (LINEAR.pulse, {"can_go_down": False}, "can_go_down is False"),
    "SET lowers": (
        moved(lambda s, a, v, p: max(s.g - 1e-7, p.g_min) if v == p.v_set else a.g),
        {"mean_step": lambda s, v, t, p, tab: -1e-7, "spread": lambda s, v, t, p, tab: 0.0},
        "SET lowers",
    ),
}


@pytest.mark.parametrize("fault", BROKEN)
def test_a_broken_promise_is_named(fault):
    pulse, changes, words = BROKEN[fault]
    law = replace(LINEAR, name="broken", pulse=pulse, **changes)
    with pytest.raises(LawError, match=f"^law 'broken': .*({words})") as caught:
        check_law(law)
    assert "\n" not in str(caught.value)


def test_a_law_that_cannot_go_down_must_not_say_that_it_can():
    with pytest.raises(LawError, match="can_go_down is True"):
        check_law(replace(PCM, can_go_down=True))


def test_a_gradual_reset_declared_as_abrupt_is_caught():
    def mean_step(s, v, t, p, tab):
        return p.g_min - s.g if v < 0 else LINEAR.mean_step(s, v, t, p, tab)

    def spread(s, v, t, p, tab):
        return 0.0 if v < 0 else LINEAR.spread(s, v, t, p, tab)

    with pytest.raises(LawError, match="on average, declared"):
        check_law(replace(LINEAR, mean_step=mean_step, spread=spread, can_go_down=False))


def test_hidden_state_must_stay_finite():
    def pulse(s, v, t, p, tab, key):
        after = PCM.pulse(s, v, t, p, tab, key)
        return after if after == s else PCM.state(after.g, float("inf"))

    with pytest.raises(LawError, match="not finite"):
        check_law(replace(PCM, pulse=pulse))


def test_hidden_state_must_not_change_at_no_voltage():
    def pulse(s, v, t, p, tab, key):
        return PCM.state(s.g, 0.5 * s.memory) if v == 0 else PCM.pulse(s, v, t, p, tab, key)

    with pytest.raises(LawError, match="0 V changes a cell"):
        check_law(replace(PCM, pulse=pulse))


def test_parameters_out_of_range_are_named():
    with pytest.raises(LawError, match="'sigma' = -1 is outside its declared range 0 … 10"):
        check_law(LINEAR, P._replace(sigma=-1.0))


def test_an_unknown_dimension_is_named():
    declared = {**LINEAR.declared, "sigma": Param("flavour", 0.3, 0.0, 10.0, "")}
    with pytest.raises(LawError, match="'sigma' has the unknown dimension 'flavour'"):
        check_law(replace(LINEAR, declared=declared))


def test_declared_parameters_must_be_the_fields_in_order():
    turned = dict(reversed(LINEAR.declared.items()))
    with pytest.raises(LawError, match=r"declared parameters .* are not the fields"):
        replace(LINEAR, declared=turned)
    with pytest.raises(LawError, match="are not the fields"):
        replace(LINEAR, declared={k: v for k, v in LINEAR.declared.items() if k != "sigma"})


def test_the_window_comes_first():
    from collections import namedtuple

    names = ["step_set", *(n for n in LINEAR.declared if n != "step_set")]
    with pytest.raises(LawError, match="first two parameters must be 'g_min' and 'g_max'"):
        replace(LINEAR, params=namedtuple("Params", names), declared={n: LINEAR.declared[n] for n in names})


def test_the_conductance_comes_first():
    from collections import namedtuple

    for fields in (["memory", "g"], []):
        with pytest.raises(LawError, match="first field of the state must be 'g'"):
            replace(PCM, state=namedtuple("State", fields))


def test_a_law_without_pulse_amplitudes_is_refused():
    from collections import namedtuple

    names = [n for n in LINEAR.declared if n != "v_full"]
    law = replace(LINEAR, params=namedtuple("Params", names), declared={n: LINEAR.declared[n] for n in names})
    with pytest.raises(LawError, match="'v_full' is missing"):
        check_law(law)


def test_honest_changes_of_parameters_pass():
    for law in (LINEAR, SOFT):
        check_law(law, law.defaults()._replace(sigma=0.0), n=50)
        check_law(law, law.defaults()._replace(sigma=2.0), n=1000)
    check_law(LAWS["table"], table=np.array([[0, 2e-5], [1e-6, 0], [0, -1e-6]]), n=1000)
