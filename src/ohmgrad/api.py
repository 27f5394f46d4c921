"""What a script needs: start a run, resume one, look at the experiments."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ohmgrad.devices.check import check_law
from ohmgrad.experiments import run as _run
from ohmgrad.experiments.build import complete
from ohmgrad.experiments.run import Run
from ohmgrad.experiments.spec import Spec
from ohmgrad.experiments.specfile import builtin
from ohmgrad.experiments.specfile import make_spec as _make_spec

__all__ = ["check_law", "list_experiments", "make_spec", "resume", "start"]


def make_spec(experiment: str, *, variant: str = "", settings: Sequence[str] = (), device: str = "", **top: Any) -> Spec:
    """Complete specification of a named experiment or of a TOML file.

    device: name of a published device or a device file, in place of the experiment's. settings: texts such as ``"synapse.refresh_every=100"``; top: `seed`, `replicas`, `epochs`, `driver`. Raises SpecError.
    """
    return complete(_make_spec(experiment, variant, settings, device, **top))


def start(
    experiment: str | Spec, folder: str | Path, *, threads: int = 1, variant: str = "", settings: Sequence[str] = (), **top: Any
) -> Run:
    """A run in `folder`, new or taken up where it stopped; ``.train()`` trains it and returns the summary (a dictionary).

    Raises SpecError, DataError, RunError, CheckpointError.
    """
    spec = experiment if isinstance(experiment, Spec) else make_spec(experiment, variant=variant, settings=settings, **top)
    return _run.start(spec, Path(folder), threads=threads)


def resume(folder: str | Path, *, threads: int = 1) -> Run:
    """The run in `folder`, to go on with ``.train()``. Raises RunError, CheckpointError."""
    return _run.resume(Path(folder), threads=threads)


def list_experiments() -> dict[str, dict[str, str]]:
    """Named experiments: name → {"title": …, variant: text, …}."""
    return {
        name: {"title": tree.get("title", ""), **{v: t.get("text", "") for v, t in tree.get("variants", {}).items()}}
        for name, tree in builtin().items()
    }
