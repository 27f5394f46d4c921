"""The diagnosis in the report: its section, its table and its picture; none where nobody looked."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg

from ohmgrad.errors import RunError
from ohmgrad.report import load_run, write_report
from ohmgrad.report.captions import pictures
from ohmgrad.report.diagnosis import ERROR, MEASURES, table
from ohmgrad.report.diagnosis_figures import plot_diagnosis
from ohmgrad.report.style import drawing

TEXT = "In layer 3, 71 % of the pairs cannot be moved any more."


def diagnosed(folder: Path, gone: tuple[int, ...] = ()) -> Path:
    """Put a diagnosis into a run folder; nothing is measured of the replicas `gone` in its last epoch."""
    history = json.loads((folder / "history.json").read_text(encoding="utf-8"))
    summary = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
    layers = len(summary["layers"]) - 1
    for e in history["epochs"]:
        share = 1 - 0.9 ** e["epoch"]
        found: dict[str, Any] = {}
        for n, name in enumerate((*MEASURES, ERROR)):
            found[name] = [[share / (1 + k + 0.1 * r + n) for k in range(layers)] for r in range(summary["replicas"])]
        found["cosine"][0][0] = None
        for r in gone if e is history["epochs"][-1] else ():
            found |= {name: [[None] * layers if k == r else v for k, v in enumerate(values)] for name, values in found.items()}
        e["diagnosis"] = found
    summary["diagnosis"] = {"text": TEXT}
    (folder / "history.json").write_text(json.dumps(history), encoding="utf-8")
    (folder / "summary.json").write_text(json.dumps(summary), encoding="utf-8")
    return folder


@pytest.mark.parametrize("shape", [{}, {"replicas": 1, "epochs": 1, "layers": (64, 10), "snapshots": (0, 1)}])
def test_the_page_has_sentence_table_and_picture(make_run: Callable[..., Path], tmp_path: Path, shape: dict[str, Any]) -> None:
    folder = diagnosed(make_run(tmp_path / "run", **shape))
    page = write_report(folder).read_text(encoding="utf-8")
    section = re.search(r'<section id="diagnosis">.*?</section>', page, re.DOTALL)
    assert section is not None
    assert TEXT in section[0]
    for name, _ in MEASURES.values():
        assert f'<th scope="col" class="number">{name}</th>' in section[0]
    assert section[0].count('<th scope="row">') == len(load_run(folder).summary.layer_names)
    assert (folder / "figures" / "diagnosis.svg").is_file()


def test_the_picture_has_every_measure_and_layer(make_run: Callable[..., Path], tmp_path: Path) -> None:
    run = load_run(diagnosed(make_run(tmp_path / "run"), gone=(1,)))
    fig = plot_diagnosis(run.history, run.summary)
    assert [axes.get_title(loc="left") for axes in fig.axes] == [name for name, _ in MEASURES.values()]
    for axes, measure in zip(fig.axes, MEASURES, strict=True):
        lines = [line for line in axes.lines if str(line.get_label()).startswith("layer")]
        assert len(lines) == 3
        values = np.nanmean(run.history.diagnosis[measure], axis=1) * (100 if MEASURES[measure][1] else 1)
        for k, line in enumerate(lines):
            np.testing.assert_allclose(np.asarray(line.get_ydata(), dtype=float), values[:, k], rtol=1e-12)
    with drawing():
        FigureCanvasAgg(fig).draw()
        box = fig.get_tightbbox()
    width, height = fig.get_size_inches()
    assert width <= 7.2 + 1e-9 and box.x0 >= -0.01 and box.y0 >= -0.01 and box.x1 <= width + 0.01 and box.y1 <= height + 0.01


def test_what_was_not_measured_is_a_dash(make_run: Callable[..., Path], tmp_path: Path) -> None:
    run = load_run(diagnosed(make_run(tmp_path / "run", replicas=1), gone=(0,)))
    assert all(cell == "–" for row in table(run.history, run.summary)[1:] for cell in row[1:])
    plot_diagnosis(run.history, run.summary)


def test_where_nobody_looked_there_is_no_section(full_run: Path) -> None:
    assert "diagnosis" not in [picture.name for picture in pictures(load_run(full_run))]


def test_a_damaged_diagnosis_is_named(make_run: Callable[..., Path], tmp_path: Path) -> None:
    folder = diagnosed(make_run(tmp_path / "run"))
    history = json.loads((folder / "history.json").read_text(encoding="utf-8"))
    history["epochs"][2]["diagnosis"]["gain"] = [[1.0]]
    (folder / "history.json").write_text(json.dumps(history), encoding="utf-8")
    with pytest.raises(RunError) as e:
        load_run(folder)
    assert "'gain' has shape" in str(e.value) and "\n" not in str(e.value)
