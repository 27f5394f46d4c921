"""Reports of runs whose synapses are no plain pairs."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from ohmgrad.errors import RunError
from ohmgrad.report import load_run, write_report
from ohmgrad.report.captions import pictures
from ohmgrad.report.files import svg_text
from ohmgrad.report.states import plot_conductances


def test_single_cells_have_conductances_and_no_diamond(make_run: Callable[..., Path], tmp_path: Path) -> None:
    folder = make_run(tmp_path / "run", kind="single")
    page = write_report(folder).read_text(encoding="utf-8")
    assert (folder / "figures" / "conductances.svg").exists() and not (folder / "figures" / "diamond.svg").exists()
    assert "share of the layer's cells in each bin" in page.replace("&#39;", "'") and "G⁺" not in page and "pairs" not in page
    assert "Dashed: the reference" in page and "beyond 95 % or below 5 % of their window" in page


@pytest.mark.parametrize("kind", ["pair", "fixed"])
def test_pairs_have_the_diamond(make_run: Callable[..., Path], tmp_path: Path, kind: str) -> None:
    run = load_run(make_run(tmp_path / "run", kind=kind))
    shown = {picture.name: picture.caption for picture in pictures(run)}
    assert "diamond" in shown and "conductances" not in shown
    assert ("rises with every SET pulse" in shown["diamond"]) == (kind == "pair")
    assert ("G⁻ is never written" in shown["diamond"]) == (kind == "fixed")
    assert ("G⁺ cells" in shown["saturation"]) == (kind == "fixed")


def test_the_picture_shows_window_reference_and_shares(make_run: Callable[..., Path], tmp_path: Path) -> None:
    run = load_run(make_run(tmp_path / "run", kind="single"))
    figure = plot_conductances(run.snapshots, run.summary)
    assert len(figure.axes) == 3
    for layer, axes in enumerate(figure.axes):
        at = sorted(float(np.asarray(line.get_xdata())[0]) for line in axes.lines)
        assert at == pytest.approx([0.0, 10.0, 20.0])
        assert axes.get_xlim()[0] < 0.0 and axes.get_xlim()[1] > 20.0
        for patch, epoch in zip(axes.patches, run.snapshots.shown, strict=True):
            counts = run.snapshots.conductances[epoch][layer]
            np.testing.assert_allclose(patch.get_data().values, 100 * counts / counts.sum())  # type: ignore[attr-defined]
    text = svg_text(figure)
    assert "conductance (µS)" in text and "cells per bin (%)" in text and "layer 3, 125 → 10" in text


def test_cells_without_a_largest_conductance(make_run: Callable[..., Path], tmp_path: Path) -> None:
    run = load_run(make_run(tmp_path / "run", kind="single", bounded=False, layers=(64, 20, 10), replicas=1))
    caption = next(p.caption for p in pictures(run) if p.name == "conductances")
    assert "there is no largest one" in caption
    assert all(len(axes.lines) == 2 for axes in plot_conductances(run.snapshots, run.summary).axes)


def test_an_unknown_kind_is_named(make_run: Callable[..., Path], tmp_path: Path) -> None:
    folder = make_run(tmp_path / "run", kind="single")
    path = folder / "summary.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "synapse": {"kind": "triple", "cells": 1}}))
    with pytest.raises(RunError, match=r"'kind' is .*triple.*, but pair or fixed or single is wanted"):
        load_run(folder)
