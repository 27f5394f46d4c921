"""`import ohmgrad`: fast, whole, and as its docstring says."""

import ast
import json
import subprocess
import sys

import pytest
from smallruns import differences, spec_of

import ohmgrad
from ohmgrad.errors import CheckpointError, OhmgradError, RunError, SpecError


def test_importing_ohmgrad_imports_nothing_heavy():
    code = "import sys, ohmgrad; print(*sorted({m.partition('.')[0] for m in sys.modules}))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {"numba", "matplotlib", "pydantic", "typer", "numpy", "rich", "jinja2"} & set(done.stdout.split())


def test_every_public_name_is_there():
    assert len(ohmgrad.__all__) == len(set(ohmgrad.__all__)) >= 14
    for name in ohmgrad.__all__:
        assert getattr(ohmgrad, name) is not None
    assert set(ohmgrad.__all__) <= set(dir(ohmgrad))
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        ohmgrad.nothing  # noqa: B018


def test_type_checkers_see_the_names_that_are_loaded_lazily():
    with open(ohmgrad.__file__, encoding="utf-8") as f:
        tree = ast.parse(f.read())
    block = next(n for n in tree.body if isinstance(n, ast.If))
    seen = {alias.name: statement.module for statement in block.body for alias in statement.names}
    assert seen == ohmgrad._WHERE and set(seen) == set(ohmgrad.__all__)


def test_start_train_and_write_report(project, finished, tmp_path):
    """As in the docstring."""
    run = ohmgrad.start(str(project / "my.toml"), tmp_path / "a", epochs=2, settings=["synapse.refresh_every=100"])
    summary = run.train()
    assert 0 <= summary["test_accuracy"] <= 1 and summary["array_energy_j"] > 0
    assert summary == json.loads((tmp_path / "a" / "summary.json").read_text(encoding="utf-8"))
    assert ohmgrad.write_report(str(tmp_path / "a")) == tmp_path / "a" / "report.html"


def test_start_takes_a_specification_and_resume_goes_on(project, finished, tmp_path):
    spec = ohmgrad.make_spec(str(project / "my.toml"))
    assert spec == spec_of(project / "my.toml")
    run = ohmgrad.start(spec, tmp_path / "a", threads=2)
    run.stop = lambda: run.epoch == 1
    assert run.train() is None
    assert ohmgrad.resume(str(tmp_path / "a")).train()["epochs_done"] == 3
    assert differences(finished[0], tmp_path / "a") == []


def test_start_again_goes_on_too(project, finished, tmp_path):
    run = ohmgrad.start(str(project / "my.toml"), tmp_path / "a")
    run.stop = lambda: run.epoch == 2
    assert run.train() is None
    again = ohmgrad.start(str(project / "my.toml"), tmp_path / "a")
    assert again.epoch == 2
    again.train()
    assert differences(finished[0], tmp_path / "a") == []


def test_mistakes_are_ohmgrad_errors(project, tmp_path):
    with pytest.raises(SpecError, match="did you mean 'burr2014'"):
        ohmgrad.make_spec("burr2015")
    with pytest.raises(SpecError, match="did you mean 'epochs'"):
        ohmgrad.make_spec("burr2014", epoch=3)
    with pytest.raises(RunError, match="no run folder"):
        ohmgrad.resume(tmp_path / "nowhere")
    assert issubclass(CheckpointError, OhmgradError) and ohmgrad.OhmgradError is OhmgradError


def test_variants_and_settings_of_make_spec():
    spec = ohmgrad.make_spec("burr2014", variant="pcm", settings=["synapse.refresh_every=50"], seed=3)
    assert (spec.device.law, spec.variant, spec.synapse.refresh_every, spec.seed) == ("pcm-nandakumar2018", "pcm", 50, 3)
