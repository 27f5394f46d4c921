"""`check_law` catches laws that are not what they say, and says what is wrong."""

import math
import random
from dataclasses import replace

import numpy as np
import pytest

from ohmgrad.devices.catalogue import LAWS
from ohmgrad.devices.check import cell_bounds, check_law, check_states, probe_law
from ohmgrad.devices.law import Param
from ohmgrad.errors import LawError
from ohmgrad.kernels.compiled import inlined
from ohmgrad.kernels.draws import normal

LINEAR, SOFT, PCM = LAWS["linear"], LAWS["soft-bounds"], LAWS["pcm-nandakumar2018"]
P = LINEAR.defaults()


linear_pulse, linear_mean, linear_spread = inlined(LINEAR.pulse), inlined(LINEAR.mean_step), inlined(LINEAR.spread)
State = LINEAR.state
pcm_pulse, PcmState = inlined(PCM.pulse), PCM.state


def scaled(mean, spread):
    """A linear pulse whose mean and spread are off by these factors."""

    def pulse(s, v, t, p, tab, key):
        mu, sd = linear_mean(s, v, t, p, tab), linear_spread(s, v, t, p, tab)
        if v <= -p.v_full or mu == 0.0:
            return linear_pulse(s, v, t, p, tab, key)
        return State(min(max(s.g + mean * mu + spread * sd * normal(key, 0), p.g_min), p.g_max))

    return pulse


def moved(change):
    """A linear pulse whose result is changed afterwards by change(g before, g after, v, p)."""
    changed = inlined(change)

    def pulse(s, v, t, p, tab, key):
        return State(changed(s.g, linear_pulse(s, v, t, p, tab, key).g, v, p))

    return pulse


def uneven(s, v, t, p, tab, key):
    after = linear_pulse(s, v, t, p, tab, key)
    return State(min(after.g + 1e-12 * random.random(), p.g_max)) if after.g != s.g else s


def by_width(factor):
    """A linear law that answers to the pulse's width by factor(t)."""
    share = inlined(factor)

    def pulse(s, v, t, p, tab, key):
        after = linear_pulse(s, v, t, p, tab, key)
        return after if v <= -p.v_full else State(min(max(s.g + share(t) * (after.g - s.g), p.g_min), p.g_max))

    return {
        "pulse": pulse,
        "mean_step": lambda s, v, t, p, tab: share(t) * linear_mean(s, v, t, p, tab),
        "spread": lambda s, v, t, p, tab: share(t) * linear_spread(s, v, t, p, tab),
        "pulses_needed": lambda g0, g1, t, p, tab: LINEAR.pulses_needed(g0, g1, t, p, tab) / share(t),
        "nominal_step": lambda t_set, t_reset, p, tab: (share(t_set) * p.step_set, share(t_reset) * p.step_reset),
    }


def peaked(s, v, t, p, tab):
    return linear_mean(s, v, t, p, tab) * (1.0 if v <= 1.1 * p.v_set else 0.01)


def peaked_pulse(s, v, t, p, tab, key):
    return linear_pulse(s, v, t, p, tab, key) if v <= 1.1 * p.v_set else State(min(s.g + peaked(s, v, t, p, tab), p.g_max))


peaked = inlined(peaked)


def restless(rest):
    """A law that forgets: `rest`."""
    return {"pulse": LINEAR.pulse, "rest": rest}


# 4000 pulses show 5·σ/√4000 = 8 % of the spread (σ = 0.3 steps: 2.4 % of the step) and 5/√8000 = 6 % of the spread
BROKEN = {
    "mean 4 % too large": ({"pulse": scaled(1.04, 1.0)}, "a pulse of .* V, 5e-08 s at .* S changes a cell by .* on average, declared"),
    "mean 4 % too small": ({"pulse": scaled(0.96, 1.0)}, "on average, declared"),
    "spread 12 % too large": ({"pulse": scaled(1.0, 1.12)}, "a pulse of .* V, 5e-08 s at .* S has the spread .* declared"),
    "spread 12 % too small": ({"pulse": scaled(1.0, 0.88)}, "has the spread .* declared"),
    "leaves the upper bound": ({"pulse": moved(lambda g, a, v, p: a + 1e-9 * (v > 0 and a == p.g_max))}, "a pulse of .* V, 5e-08 s at .* S leaves the bounds"),
    "leaves the lower bound": ({"pulse": moved(lambda g, a, v, p: a - 1e-9 * (v < 0 and a == p.g_min))}, "leaves the bounds"),
    "is not finite": ({"pulse": moved(lambda g, a, v, p: a if g < 1e-5 else math.nan)}, "a pulse of .* V, 5e-08 s at .* S gives a state that is not finite: g = nan"),
    "changes at 0 V": ({"pulse": moved(lambda g, a, v, p: min(a + 1e-12 * (v == 0), p.g_max))}, "0 V changes a cell: a pulse of 0 V"),
    "answers to half the amplitude": ({"pulse": moved(lambda g, a, v, p: min(a + 1e-12 * (0 < v < p.v_set), p.g_max))}, "has_threshold is True, but half the nominal amplitude changes a cell: a pulse of 1 V"),
    "answers to no width": (by_width(lambda t: 0.5 + 1e7 * t), "a pulse of 0 s changes a cell: a pulse of 2 V, 0 s"),
    "longer does less": (by_width(lambda t: 5e-8 * t / (2.5e-15 + t * t)), "a longer pulse does less: a pulse of 2 V, 1e-07 s"),
    "larger does less": ({"pulse": peaked_pulse, "mean_step": peaked, "spread": lambda s, v, t, p, tab: linear_spread(s, v, t, p, tab) if v <= 1.1 * p.v_set else 0.0}, "a larger pulse does less: a pulse of 2.5 V"),
    "is not deterministic": ({"pulse": uneven}, "same address gives two different states: a pulse of"),
    "full RESET does not clear": ({"pulse": moved(lambda g, a, v, p: g if v <= -p.v_full else a)}, r"a full RESET \(−3 V, 5e-08 s\) .* ends at"),
    "says that it cannot go down": ({"can_go_down": False}, "can_go_down is False"),
    "SET lowers": (
        {"pulse": moved(lambda g, a, v, p: max(g - 1e-7, p.g_min) if v > p.v_th_set else a),
         "mean_step": lambda s, v, t, p, tab: -1e-7 if v > p.v_th_set else linear_mean(s, v, t, p, tab),
         "spread": lambda s, v, t, p, tab: 0.0 if v > p.v_th_set else linear_spread(s, v, t, p, tab)},
        "SET lowers the mean conductance: a pulse of 2 V",
    ),
    "pulse gives a number": ({"pulse": lambda s, v, t, p, tab, key: s.g}, "gives .*, not a State"),
    "pulse raises": ({"pulse": lambda s, v, t, p, tab, key: no_such_name}, r"pulse raises NameError: .* \(test_check.py line \d+\), for a pulse of 2 V"),  # noqa: F821
    "does not compile": ({"pulse": lambda s, v, t, p, tab, key: random.choice([sorted({"a": s}.values())[0]])}, "pulse does not compile: "),
    "mean step is no number": ({"mean_step": lambda s, v, t, p, tab: math.nan}, "mean_step for a pulse of 2 V, 5e-08 s at .* S is nan"),
    "starts elsewhere": ({"start": lambda g, p: State(g + 1e-9)}, r"start\(1e-07 S\) gives"),
    "nominal step too large": ({"nominal_step": lambda t0, t1, p, tab: (2 * p.step_set, p.step_reset)}, "nominal_step for SET is 2e-07 S, but over the window"),
    "nominal step is none": ({"nominal_step": lambda t0, t1, p, tab: (p.step_set, 0.0)}, "nominal_step for RESET is 0 S, must be positive"),
    "pulses needed 2 % too many": ({"pulses_needed": lambda g0, g1, t, p, tab: 1.02 * LINEAR.pulses_needed(g0, g1, t, p, tab)}, "pulses_needed from 1e-07 S to .* S is .*, but the mean path takes"),
    "pulses needed downwards": ({"pulses_needed": lambda g0, g1, t, p, tab: abs(g1 - g0) / p.step_set if g1 <= p.g_max else math.inf}, "pulses_needed from .* down to .* must be 0"),
    "pulses needed beyond": ({"pulses_needed": lambda g0, g1, t, p, tab: max(g1 - g0, 0.0) / p.step_set}, "above the bounds, must be inf"),
    "a switch without a parameter": ({"switches": {"asymmetry": {"nowhere": 0.0}}}, "the switch 'asymmetry' sets 'nowhere', which is no parameter"),
    "a switch that leaves noise": ({"switches": {"cycle-to-cycle": {"sigma_g": 0.0}}}, r"the switch 'cycle-to-cycle' \(sigma_g = 0\) leaves a spread of 3e-08 S in SET"),
    "rests change at once": (restless(lambda s, dt, p, key: State(max(s.g - 1e-9, p.g_min))), "rest for 0 s changes a cell at"),
    "halves are not a whole": (restless(lambda s, dt, p, key: State(p.g_min + (s.g - p.g_min) / (1.0 + dt))), "two rests of half the time at"),
    "rests leave the bounds": (restless(lambda s, dt, p, key: State(s.g - 1e-9 * dt)), "rest for 1 s of a cell .* leaves the bounds"),
}  # fmt: skip


@pytest.mark.parametrize("fault", BROKEN)
def test_a_broken_promise_is_named(fault):
    changes, words = BROKEN[fault]
    law = replace(LINEAR, name="broken", **changes)
    with pytest.raises(LawError, match=f"^law 'broken': .*({words})") as caught:
        check_law(law)
    assert "\n" not in str(caught.value)


def test_a_law_that_cannot_go_down_must_not_say_that_it_can():
    with pytest.raises(LawError, match="can_go_down is True"):
        check_law(replace(PCM, can_go_down=True))


def test_a_gradual_reset_declared_as_abrupt_is_caught():
    def mean_step(s, v, t, p, tab):
        return p.g_min - s.g if v < 0 else linear_mean(s, v, t, p, tab)

    def spread(s, v, t, p, tab):
        return 0.0 if v < 0 else linear_spread(s, v, t, p, tab)

    with pytest.raises(LawError, match="on average, declared"):
        check_law(replace(LINEAR, mean_step=mean_step, spread=spread, can_go_down=False))


def test_hidden_state_must_stay_finite():
    def pulse(s, v, t, p, tab, key):
        after = pcm_pulse(s, v, t, p, tab, key)
        return after if after.g == s.g else PcmState(after.g, math.inf)

    with pytest.raises(LawError, match="not finite"):
        check_law(replace(PCM, pulse=pulse))


def test_hidden_state_must_not_change_at_no_voltage():
    def pulse(s, v, t, p, tab, key):
        return PcmState(s.g, 0.5 * s.memory) if v == 0 else pcm_pulse(s, v, t, p, tab, key)

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
        check_law(law, law.defaults()._replace(sigma=0.0), n=50, cuda=False)
        check_law(law, law.defaults()._replace(sigma=2.0), n=1000, cuda=False)
    check_law(LAWS["table"], table=np.array([[0, 2e-5], [1e-6, 0], [0, -1e-6]]), n=1000, cuda=False)


def test_a_cell_that_differs_is_probed_with_its_own_parameters():
    sigma = np.zeros(900)
    sigma[700:] = 0.3
    assert probe_law(LINEAR, P, varied={"sigma": sigma}) == 60_000

    def fragile(s, v, t, p, tab, key):
        return State(math.nan) if p.step_set > 2e-7 and v == p.v_set else linear_pulse(s, v, t, p, tab, key)

    law = replace(LINEAR, name="fragile", pulse=fragile)
    probe_law(law, P)
    with pytest.raises(
        LawError, match=r"a pulse of 2 V, 3e-07 s at .* \(with step_set = 3e-07\) gives a state that is not finite"
    ):
        probe_law(law, P, t_set=3e-7, varied={"step_set": np.linspace(0, 1, 900) // 1 * 2e-7 + 1e-7})


def test_states_are_watched_while_training():
    state = np.full((2, 30, 2), 5e-6)
    low, high = cell_bounds(PCM, PCM.defaults())
    check_states(PCM, state, low, high, PCM.defaults())
    for field, value, words in (
        (0, math.nan, "g = nan"),
        (0, 21e-6, "g = 2.1e-05"),
        (1, math.inf, "memory = inf"),
        (0, 0.0, "g = 0,"),
    ):
        bad = state.copy()
        bad[field, 17, 1] = value
        with pytest.raises(LawError, match=f"law 'pcm-nandakumar2018': 1 of 60 cells went wrong after 500 samples: synapse 17, G− has .*{words}.*bounds 1e-07 … 2e-05 S"):  # fmt: skip
            check_states(PCM, bad, low, high, PCM.defaults(), where="after 500 samples")


def test_each_cell_is_held_to_its_own_bounds():
    top = np.full((30, 2), 20e-6)
    top[4, 0] = 10e-6
    low, high = cell_bounds(LINEAR, P, {"g_max": top})
    assert low.shape == high.shape == (30, 2) and high[4, 0] == 10e-6 and high[5, 0] == 20e-6 and (low == P.g_min).all()
    state = np.full((1, 30, 2), 9e-6)
    check_states(LINEAR, state, low, high, P, {"g_max": top})
    state[0, 4, 0] = 11e-6
    with pytest.raises(LawError, match=r"synapse 4, G\+ has g = 1.1e-05; bounds 1e-07 … 1e-05 S \(with g_max = 1e-05\)"):
        check_states(LINEAR, state, low, high, P, {"g_max": top})
    assert cell_bounds(LINEAR, P, {"step_set": top}) == (P.g_min, P.g_max)
