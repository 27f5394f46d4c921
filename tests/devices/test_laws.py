"""Every law of the catalogue does what it declares, for its defaults and for parameters drawn within sensible ranges."""

import math

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from ohmgrad.devices.catalogue import LAWS
from ohmgrad.devices.check import check_law
from ohmgrad.kernels.draws import key_at
from ohmgrad.units import DIMENSIONS

T = 50e-9
WIDTHS = {"vteam": T, "stanford-pku": T, "flash": 20e-6}  # laws that answer to the width, not linearly to the volts
LONG = 1e-3
few = settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@st.composite
def parameters(draw, law):
    """Parameters within the ranges that devices have, voltages in their order."""
    low = draw(st.floats(0.0, 1e-6))
    window = draw(st.floats(1e-6, 1e-4))
    chosen = {"g_min": low, "g_max": low + window}
    for name, d in law.declared.items():
        if name == "sigma" and "t_hop" in law.declared:
            chosen[name] = draw(st.floats(0.0, 0.4))
        elif name in ("step_set", "step_reset", "mean_0", "mean_memory", "std_0", "std_memory"):
            largest = 0.02 if "A_up" in law.declared else 0.3  # the exponential makes steps larger, up to 14 times
            chosen[name] = window * draw(st.floats(1e-4, largest))
        elif name in ("sigma", "std_slope"):
            chosen[name] = draw(st.floats(0.0, 1.5))
        elif name == "t_nominal":
            chosen[name] = T
        elif name == "memory_decay":
            chosen[name] = draw(st.floats(0.1, 0.9))  # 1 would never forget
        elif name not in chosen:
            chosen[name] = d.default
    if "mean_slope" in law.declared:  # its nominal step is that at g = 0, memory spent: half of it at least is left at g_max
        chosen["mean_slope"] = -draw(st.floats(0.0, 0.5)) * min(chosen["mean_0"] / chosen["g_max"], 1.0)
    chosen["v_set"], chosen["v_reset"] = draw(st.floats(1.0, 4.0)), draw(st.floats(1.0, 4.0))
    chosen["v_th_set"] = chosen["v_set"] * draw(st.floats(0.5, 0.9, exclude_min=True))
    chosen["v_th_reset"] = chosen["v_reset"] * draw(st.floats(0.5, 0.9, exclude_min=True))
    chosen["v_full"] = chosen["v_reset"] * draw(st.floats(1.1, 2.0))
    if law.name == "vteam":
        chosen["g_min"], chosen["v_full"] = chosen["g_max"] * draw(st.floats(0.03, 0.3)), 4.5 * chosen["v_th_reset"]
    if law.name == "stanford-pku":  # one scale of volts and conductances is built into its constants
        chosen["g_min"], chosen["g_max"] = draw(st.floats(9e-6, 20e-6)), draw(st.floats(60e-6, 400e-6))
        chosen["v_set"], chosen["v_reset"] = draw(st.floats(1.285, 1.32)), draw(st.floats(1.285, 1.32))
        chosen["v_full"] = draw(st.floats(2.0, 2.5))
    return law.params(*(chosen[name] for name in law.declared))


def stretched(table, p):
    """The table's steps on the window of `p`."""
    if len(table) != 3:  # a jump table: a head, then grid and steps of SET and of RESET
        scale = (p.g_max - p.g_min) / (table[1, -1] - table[1, 0])
        out, grids = np.concatenate([table[:1], table[1:] * scale]), slice(1, None, 1 + int(table[0, 1]))
        out[grids] = p.g_min + (table[grids] - table[1, 0]) * scale
        return out
    scale = (p.g_max - p.g_min) / (table[0, -1] - table[0, 0])
    return np.array([p.g_min + (table[0] - table[0, 0]) * scale, table[1] * scale, table[2] * scale])


def quiet(law, **changes):
    """Defaults without spread."""
    spreads = [name for name in law.declared if name in ("sigma", "random") or name.startswith("std_")]
    width = {"t_nominal": T} if "t_nominal" in law.declared else {}
    return law.defaults()._replace(**dict.fromkeys(spreads, 0.0), **width, **changes)


def test_a_law_passes_its_own_check(law, table):
    assert check_law(law, table=table, cuda=False)


@few
@given(data=st.data())
def test_a_law_passes_its_own_check_whatever_the_parameters(law, table, data):
    p = data.draw(parameters(law))
    check_law(law, p, stretched(table, p), n=400, cuda=False)


def test_defaults_are_within_their_declared_ranges_and_agree(law):
    p = law.defaults()
    assert all(d.low <= getattr(p, name) <= d.high and d.dimension in DIMENSIONS for name, d in law.declared.items())
    assert p.g_min < p.g_max and law.checks(p) == []
    assert not law.has_threshold or (p.v_th_set > p.v_set / 2 and p.v_th_reset > p.v_reset / 2)  # half-selection does nothing


@few
@given(data=st.data())
def test_states_stay_finite_and_within_bounds_under_random_pulses(law, table, data):
    p = data.draw(parameters(law))
    tab = stretched(table, p)
    low, high = law.bounds(p)
    r = np.random.default_rng(data.draw(st.integers(0, 2**31)))
    s = law.start(p.g_min + r.random() * (p.g_max - p.g_min), p)
    volts = r.choice([p.v_set, -p.v_reset, -p.v_full, p.v_set / 2, 1.3 * p.v_set], 1000, p=[0.55, 0.3, 0.01, 0.07, 0.07])
    for k, v in enumerate(volts.tolist()):
        s = law.pulse(s, v, T, p, tab, key_at(1, 0, 0, 0, k, 0))
        assert low <= s.g <= high and all(map(math.isfinite, s))


@few
@given(data=st.data())
def test_half_the_voltage_and_none_change_nothing(law, table, data):
    p = data.draw(parameters(law))
    half = (p.v_set / 2, -p.v_reset / 2) if law.has_threshold else ()
    s = law.start(p.g_min + data.draw(st.floats(0, 1)) * (p.g_max - p.g_min), p)
    for v in (0.0, -0.0, *half):
        assert law.pulse(s, v, T, p, stretched(table, p), key_at(1, 2, 3, 4, 5, 6)) == s
        assert law.mean_step(s, v, T, p, stretched(table, p)) == 0.0
        assert law.spread(s, v, T, p, stretched(table, p)) == 0.0


@few
@given(data=st.data())
def test_a_full_reset_returns_to_the_lowest_conductance_whatever_was_drawn(law, table, data):
    p = data.draw(parameters(law))
    s = law.start(p.g_min + data.draw(st.floats(0, 1)) * (p.g_max - p.g_min), p)
    cleared = law.pulse(s, -p.v_full, LONG, p, stretched(table, p), key_at(data.draw(st.integers(0, 99)), 0, 0, 0, 0, 0))
    assert cleared == law.start(p.g_min, p)


@few
@given(share=st.floats(0.05, 0.9))
def test_pulses_needed_counts_the_mean_path(law, table, share):
    width = WIDTHS.get(law.name, T)
    p = quiet(law, **({"mean_memory": 0.0} if "mean_memory" in law.declared else {}))  # the law's count has the memory spent
    if "mean_slope" in law.declared:
        goal = p.g_min + share * (-p.mean_0 / p.mean_slope - p.g_min)
    else:
        goal = p.g_min + share * (p.g_max - p.g_min)
    s, n = law.start(p.g_min, p), 0
    while s.g < goal:
        before, s, n = s.g, law.pulse(s, p.v_set, width, p, table, key_at(0, 0, 0, 0, n, 0)), n + 1
    needed = law.pulses_needed(p.g_min, goal, width, p, table)
    assert n - 1 - 1e-9 <= needed <= n + 1e-9  # the goal lies between pulse n − 1 and pulse n
    assert law.pulses_needed(p.g_min, s.g, width, p, table) == pytest.approx(n, abs=1e-8)
    assert law.pulses_needed(before, goal, width, p, table) <= 1 + 1e-9
    assert law.pulses_needed(goal, p.g_min, width, p, table) == 0.0


def test_what_no_pulse_reaches_needs_infinitely_many(law, table):
    p = law.defaults()
    assert law.pulses_needed(p.g_min, 1.01 * p.g_max, T, p, table) == math.inf


def test_the_nominal_step_is_that_of_a_pulse(law, table):
    p = quiet(law, **({"mean_memory": 0.0} if "mean_memory" in law.declared else {}))
    up, down = law.nominal_step(T, T, p, table)
    assert up > 0 and down > 0
    share = {"linear": 0.5, "soft-bounds": 0.0}.get(law.name)
    if share is not None:
        s = law.start(p.g_min + share * (p.g_max - p.g_min), p)
        assert law.pulse(s, p.v_set, T, p, table, key_at(0, 0, 0, 0, 0, 0)).g - s.g == pytest.approx(up, rel=1e-12, abs=0)
        s = law.start(p.g_max - share * (p.g_max - p.g_min), p)
        assert s.g - law.pulse(s, -p.v_reset, T, p, table, key_at(0, 0, 0, 0, 0, 0)).g == pytest.approx(down, rel=1e-12, abs=0)
    elif law.name == "table":
        assert (up, down) == (
            pytest.approx(table[1].mean(), rel=1e-12, abs=0),
            pytest.approx(-table[2].mean(), rel=1e-12, abs=0),
        )
    elif law.name == "pcm-nandakumar2018":
        assert up == p.mean_0
    else:  # the mean over the window
        grid = [law.start(g, p) for g in np.linspace(p.g_min, p.g_max, 5 if law.name == "jump-table" else 21)]
        for volts, nominal in ((p.v_set, up), (-p.v_reset, -down))[: 1 + law.can_go_down]:
            mean = np.mean([law.mean_step(s, volts, T, p, table) for s in grid])
            assert nominal == pytest.approx(mean, rel=1e-12, abs=0)


@few
@given(n=st.integers(0, 300), step=st.floats(1e-8, 5e-6))
def test_soft_bounds_follow_their_closed_form(n, step):
    law = LAWS["soft-bounds"]
    p = quiet(law, step_set=step, step_reset=2 * step)
    window = p.g_max - p.g_min
    s = law.start(p.g_min, p)
    for k in range(n):
        s = law.pulse(s, p.v_set, T, p, None, key_at(0, 0, 0, 0, k, 0))
    left = (1 - step / window) ** n
    # n roundings of a number below g_max, 2^-53 each for the three operations that act on g itself
    assert p.g_max - s.g == pytest.approx(window * left, rel=0, abs=3 * (n + 1) * 2**-53 * p.g_max)
    s = law.start(p.g_max, p)
    for k in range(n):
        s = law.pulse(s, -p.v_reset, T, p, None, key_at(0, 0, 0, 0, k, 0))
    left = (1 - 2 * step / window) ** n
    assert s.g - p.g_min == pytest.approx(window * left, rel=0, abs=3 * (n + 1) * 2**-53 * p.g_max)


def test_linear_without_bounds_goes_on_beyond_the_window():
    law = LAWS["linear"]
    p = quiet(law, bounded=0.0, step_set=1e-6, step_reset=1e-6)
    assert law.bounds(p) == (-math.inf, math.inf)
    for volts, sign in ((p.v_set, 1), (-p.v_reset, -1)):
        s = law.start(p.g_min, p)
        for k in range(50):
            s = law.pulse(s, volts, T, p, None, key_at(0, 0, 0, 0, k, 0))
        assert s.g == pytest.approx(p.g_min + sign * 50e-6, rel=1e-13, abs=0)
    assert law.pulses_needed(p.g_min, p.g_min + 50e-6, T, p, None) == pytest.approx(50)
    check_law(law, p._replace(sigma=0.3), cuda=False)


def test_steps_scale_with_the_amplitude_above_threshold(law, table):
    p = quiet(law)
    s = law.start(0.5 * (p.g_min + p.g_max), p)

    def step(v):
        return law.pulse(s, v, T, p, table, key_at(0, 0, 0, 0, 0, 0)).g - s.g

    whole = step(p.v_set)
    if law.name in WIDTHS:
        s = law.start(p.g_min + 0.1 * (p.g_max - p.g_min), p)
        whole = step(p.v_set)
        assert 0 < step(0.99 * p.v_set) < whole < step(1.01 * p.v_set)
        assert law.pulse(s, p.v_set, 2 * T, p, table, key_at(0, 0, 0, 0, 0, 0)).g - s.g > whole
        return
    if law.name == "metal-oxide":  # exponential in the volts above threshold
        assert 0 < step(p.v_th_set + 0.1) < step(p.v_th_set + 0.2) / 2 < whole / 4
        return
    if law.name == "one-shot":  # the gate voltage says where a SET ends, not how far it goes
        assert step(p.v_th_set + 0.75 * (p.v_set - p.v_th_set)) == pytest.approx(0.25 * (p.g_max - p.g_min), rel=1e-9)
        return
    for share in (0.25, 0.5, 1.5):
        v = p.v_th_set + share * (p.v_set - p.v_th_set)
        assert step(v) == pytest.approx(share * whole, rel=1e-9, abs=0)  # g is 1e-5, its last bit 1e-21, the step 1e-7
        assert law.mean_step(s, v, T, p, table) == pytest.approx(share * whole, rel=1e-9, abs=0)


def test_voltages_that_contradict_each_other_are_named(law):
    p = law.defaults()
    if "v_th_set" not in law.declared:
        assert ["v_full" in m for m in law.checks(p._replace(v_full=p.v_reset))] == [True]
        return
    assert ["v_th_set" in m for m in law.checks(p._replace(v_th_set=p.v_set))] == [True]
    assert ["v_th_reset" in m for m in law.checks(p._replace(v_th_reset=2 * p.v_reset))] == [True]
    assert ["v_full" in m for m in law.checks(p._replace(v_full=p.v_reset))] == [True]


@few
@given(share=st.floats(-0.2, 1.2))
@pytest.mark.parametrize("law", ["table"], indirect=True)
def test_the_table_law_steps_along_straight_lines_between_its_rows(law, table, share):
    p = quiet(law)
    g = p.g_min + share * (p.g_max - p.g_min)
    assume(g >= 0)
    s = law.state(g)
    for volts, row in ((p.v_set, 1), (-p.v_reset, 2)):
        assert law.mean_step(s, volts, T, p, table) == pytest.approx(np.interp(g, table[0], table[row]), rel=1e-12, abs=1e-22)
