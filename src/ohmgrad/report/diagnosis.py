"""The diagnosis of a run in words and numbers: what is wanted of the cells, and what they do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ohmgrad.report.run import Floats, History, Summary

# Measure: what it is called, and whether it is a share.
MEASURES = {
    "frozen": ("frozen pairs", True),
    "cosine": ("cosine of wanted and got", False),
    "gain": ("gain, got over wanted", False),
    "wasted": ("wasted pulses", True),
    "dead": ("dead errors", True),
    "drift": ("drift of the mean weight", False),
}
ERROR = "drift_error"  # standard error of the drift
EXPLAINED = (
    "What updates want of the cells of each layer, and what the cells do, in some updates of every epoch. Frozen: pairs that cannot be moved any more in the "
    "direction wanted. Cosine and gain: between the changes of weights wanted and got; both are 1 for cells that do what is wanted. Wasted: pulses that moved "
    "their cell by less than a tenth of a mean step, or the wrong way. Dead: changes wanted for which no pulse is given. Drift: what all weights of a layer move "
    "together in an epoch without being asked, in units of their spread; ±: standard error."
)
NOTHING = "–"


def table(history: History, summary: Summary) -> tuple[tuple[str, ...], ...]:
    """The measures of the last epoch, means over the replicas: head, then a row per layer. The history must hold a diagnosis."""
    head = ("last epoch", *(name for name, _ in MEASURES.values()))
    rows = []
    for k, name in enumerate(summary.layer_names):
        last = {measure: values[-1, :, k] for measure, values in history.diagnosis.items()}
        cells = [written(last[measure], share) for measure, (_, share) in MEASURES.items()]
        error = last[ERROR][~np.isnan(last[ERROR])]
        if error.size and cells[-1] != NOTHING:
            cells[-1] += f" ± {np.sqrt((error**2).sum()) / error.size:.2f}"
        rows.append((name, *cells))
    return head, *rows


def by_layer(found: Mapping[str, Any]) -> list[list[str]]:
    """A row per layer of what `ohmgrad.experiments.diagnosis` found: layer, then the measures."""
    rows = []
    for k in range(len(found["cosine"])):
        values = {name: np.array([np.nan if found[name][k] is None else found[name][k]]) for name in (*MEASURES, ERROR)}
        cells = [written(values[measure], share) for measure, (_, share) in MEASURES.items()]
        if not np.isnan(values[ERROR][0]) and cells[-1] != NOTHING:
            cells[-1] += f" ± {values[ERROR][0]:.2f}"
        rows.append([str(k + 1), *cells])
    return rows


def written(values: Floats, share: bool) -> str:
    """The mean of what was measured, as per cent or as a number.

    >>> written(np.array([0.25, np.nan]), True), written(np.array([-0.031]), False), written(np.array([np.nan]), False)
    ('25.0 %', '−0.03', '–')
    """
    known = values[~np.isnan(values)]
    if not known.size:
        return NOTHING
    mean = float(known.mean())
    return f"{100 * mean:.1f} %" if share else f"{mean:.2f}".replace("-0.00", "0.00").replace("-", "−")
