"""The ladder of imperfections: which there are, shares that add up, the command."""

from itertools import combinations

import numpy as np
import pytest
from called import caller
from inline import Inline
from smallruns import spec_of, trained

from ohmgrad.errors import SpecError
from ohmgrad.experiments.diagnosis import diagnosed
from ohmgrad.sweep import ladder, runner, study
from ohmgrad.sweep.query import Results


def test_imperfections_are_those_that_change_the_cell(project):
    toml = project / "my.toml"
    law = ["nonlinearity", "asymmetry", "cycle-to-cycle"]
    assert (
        ladder.imperfections(spec_of(toml).device) == [n for n in law if n != "cycle-to-cycle"]
        or ladder.imperfections(spec_of(toml).device) == law
    )
    more = spec_of(toml, "device.faults.stuck_on=0.1", "device.parameters.sigma=0.3", "device.noise.relative=0.1")
    assert ladder.imperfections(more.device) == [*law, "faults", "read-noise"]
    fewer = spec_of(toml, "device.faults.stuck_on=0.1", "device.parameters.sigma=0.3", "device.without=['faults', 'asymmetry']")
    assert ladder.imperfections(fewer.device) == ["nonlinearity", "cycle-to-cycle"]


def test_shares_add_up_whatever_the_accuracies():
    names = list("abcde")
    random = np.random.default_rng(1)
    found = {frozenset(s): {r: random.random() for r in range(3)} for k in range(6) for s in combinations(names, k)}
    shares = [ladder.shares(names, found, i) for i in names]
    for r in range(3):
        assert sum(s[r] for s in shares) == pytest.approx(found[frozenset()][r] - found[frozenset(names)][r], abs=1e-12)


def test_shares_are_the_mean_over_all_orders():
    from itertools import permutations

    names = list("abc")
    random = np.random.default_rng(2)
    found = {frozenset(s): {0: random.random()} for k in range(4) for s in combinations(names, k)}
    steps = []
    for order in permutations(names):
        before = frozenset(order[: order.index("b")])
        steps.append(found[before][0] - found[before | {"b"}][0])
    assert ladder.shares(names, found, "b")[0] == pytest.approx(np.mean(steps), abs=1e-12)


def test_beyond_five_there_are_no_shares_and_few_runs():
    assert len(ladder.ends(list("abcde"))) + len(ladder.inner(list("abcde"))) == 32
    assert len(ladder.ends(list("abcdef"))) == 14 and not ladder.inner(list("abcdef"))


def test_what_changes_no_bit_is_left_out_of_the_sets_between(project, tmp_path):
    """Pairs written one-way and not refreshed are never stepped down, so asymmetry is idle: 2³ sets of three in place of 2⁴, and the two with it at the ends."""
    top = {
        "base": str(project / "my.toml"), "epochs": 1, "repeats": 2,
        "settings": ["device.faults.dead=0.3", "device.parameters.sigma=0.3", "synapse.write=one-way", "synapse.refresh_every=0"],
    }  # fmt: skip
    plan = ladder.ladder_plan(top)
    assert ladder.most_points(plan) == 17
    with study.opened(plan, tmp_path / "ladder", kind="explain") as store:
        at = ladder.climb(plan, store, lambda: runner.run(plan, store, Inline(), 1))
        found = ladder.explain(plan, Results(store))
        assert ladder.acting(plan, Results(store)) == ["nonlinearity", "cycle-to-cycle", "faults"]
        again = ladder.climb(plan, store, lambda: runner.run(plan, store, Inline(), 1))
    assert at.done == at.total == again.done == 2 * (1 + 10)  # floating point; ten ends, of which eight sets of three are made
    idle = [r for r in found.rungs if r.idle]
    assert [r.name for r in idle] == ["asymmetry"]
    assert [idle[0].alone.value, idle[0].last.value, idle[0].share.value] == [0.0] * 3
    assert sum(r.share.value for r in found.rungs) == pytest.approx(found.to_real.value, abs=1e-12)


def test_the_rungs_are_runs_with_imperfections_switched_off(project, tmp_path):
    top = {
        "base": str(project / "my.toml"),
        "epochs": 1,
        "repeats": 2,
        "settings": ["device.faults.stuck_on=0.3", "device.without=['nonlinearity','cycle-to-cycle']", "diagnosis=true"],
    }
    plan = ladder.ladder_plan(top)
    with study.opened(plan, tmp_path / "ladder", kind="explain") as store:
        at = ladder.climb(plan, store, lambda: runner.run(plan, store, Inline(), 1))
        assert (at.done, at.total) == (10, 10)  # four subsets of two, and floating point; two repeats
        found = ladder.explain(plan, Results(store))
    assert [r.name for r in found.rungs] in (["faults", "asymmetry"], ["asymmetry", "faults"])
    total = sum(r.share.value for r in found.rungs)
    assert total == pytest.approx(found.to_real.value, abs=1e-12) == found.ideal.value - found.real.value
    # the real one is the run itself
    from ohmgrad.experiments.run import resume

    real = spec_of(project / "my.toml", *top["settings"], epochs=1)
    accuracy = resume(trained(real, tmp_path / "run")).history[-1]["test_accuracy"]
    assert found.real.value == pytest.approx(np.mean(accuracy), abs=1e-12)
    # and what looks wrong is looked for in the ideal and in the real cell, where the run itself finds it
    looked = diagnosed(resume(tmp_path / "run").history)
    assert found.diagnoses[0] is not None and found.diagnoses[1] == {**looked, "cosine": pytest.approx(looked["cosine"])}


def test_from_a_run_at_the_command_line(project, tmp_path, monkeypatch, capsys):
    ohmgrad = caller(project, monkeypatch, capsys)
    run = trained(
        spec_of(
            project / "my.toml",
            "device.without=['nonlinearity','cycle-to-cycle']",
            "device.faults.stuck_on=0.3",
            "diagnosis=true",
            epochs=1,
        ),
        tmp_path / "run",
    )
    said = ohmgrad("explain", run, "--out", tmp_path / "ladder", "--workers", 1)
    assert said.status == 0, said.err
    assert "The ideal cell reaches" in said.out and "asymmetry" in said.out
    page = (tmp_path / "ladder" / "report.html").read_text(encoding="utf-8")
    assert page.count("<svg") == 2 and "Shapley" in page and "what is wanted of the cells" in page
    assert (tmp_path / "ladder" / "figures" / "waterfall.svg").is_file()


def test_a_cell_without_imperfections_is_refused(project):
    off = "device.without=['nonlinearity','asymmetry','cycle-to-cycle']"
    with pytest.raises(SpecError, match="nothing here that could be switched off"):
        ladder.ladder_plan({"base": str(project / "my.toml"), "settings": [off]})
