"""What the diagnosis of `ohmgrad.network.diagnose` says of a run: records for the history and the summary, and one sentence in plain words."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from ohmgrad.network.diagnose import MEASURES, Looks

Layers = Sequence[float | None]


def taken(looks: Sequence[Looks], samples: int) -> dict[str, Any]:
    """One entry of the history: each measure as (replicas, layers), null where there was nothing to measure. Begins the next epoch's tallies."""
    found = [look.take(samples) for look in looks]
    return {name: [one[name] for one in found] for name in MEASURES}


def diagnosed(history: Sequence[Mapping[str, Any]]) -> dict[str, Any] | None:
    """For the summary: each measure per layer, mean over replicas, of the last epoch, and a sentence; None without a diagnosis."""
    if not history or history[-1].get("diagnosis") is None:
        return None
    last = history[-1]["diagnosis"]
    found = {name: _means(last[name], errors=name.endswith("_error")) for name in MEASURES}
    return {**found, "epoch": history[-1]["epoch"], "text": sentence(found)}


def together(found: Sequence[Mapping[str, Any]]) -> dict[str, Any] | None:
    """What `diagnosed` found in several runs as one: means over the runs, and their sentence; None for no run."""
    if not found:
        return None
    means = {name: _means([one[name] for one in found], errors=name.endswith("_error")) for name in MEASURES}
    return {**means, "epoch": found[-1]["epoch"], "text": sentence(means)}


def _means(values: Sequence[Layers], errors: bool) -> list[float | None]:
    """Mean over the replicas that have a number, per layer; of standard errors, that of the mean."""
    out: list[float | None] = []
    for layer in zip(*values, strict=True):
        known = [v for v in layer if v is not None]
        total = math.sqrt(sum(v * v for v in known)) if errors else sum(known)
        out.append(total / len(known) if known else None)
    return out


def sentence(found: Mapping[str, Layers]) -> str:
    """What looks wrong, the cause before the effect, by the layer in which it is worst; found: each measure per layer.

    >>> fine = {"frozen": [0.0], "cosine": [0.8], "gain": [1.0], "wasted": [0.1], "dead": [0.9], "drift": [0.01], "drift_error": [0.01]}
    >>> sentence(fine)
    'Nothing looks wrong: cells do what is wanted of them (gain 1, cosine 0.8).'
    >>> sentence({**fine, "frozen": [0.4], "gain": [0.5]})
    'In layer 1, 40 % of the pairs cannot be moved any more in the direction wanted: they are at the end of their window.'
    """
    if all(v is None for v in found["frozen"]):
        return "Nothing was asked of the cells."
    frozen, layer = _worst(found["frozen"])
    if frozen > FROZEN:
        return f"In layer {layer}, {_percent(frozen)} of the pairs cannot be moved any more in the direction wanted: they are at the end of their window."
    gain, at = _least(found["gain"])
    dead, _ = _worst([found["dead"][at - 1]])
    if gain < LOW_GAIN and dead > DEAD:
        return (
            f"In layer {at}, {_percent(dead)} of the changes wanted are below one pulse, so that nothing is written, and only {gain:.2g} of the "
            "change wanted arrives: the learning rate is too small for the steps of the cells."
        )
    drifts = zip(found["drift"], found["drift_error"], strict=True)
    drift, layer = _worst([abs(d) if d is not None and e is not None and abs(d) > 2.0 * e else None for d, e in drifts])
    if drift > DRIFT:
        way = "up" if (found["drift"][layer - 1] or 0.0) > 0.0 else "down"
        return (
            f"In layer {layer}, the weights are carried {way} together by {drift:.2g} of their spread in an epoch without being asked: the steps of the "
            "cells are not equal both ways."
        )
    wasted, layer = _worst(found["wasted"])
    if wasted > WASTED:
        return f"In layer {layer}, {_percent(wasted)} of the pulses are wasted: they hardly move their cell, or move it the wrong way."
    if gain < LOW_GAIN:
        return f"In layer {at}, only {gain:.2g} of the change wanted arrives."
    high, layer = _worst(found["gain"])
    if high > HIGH_GAIN:
        return f"In layer {layer}, {high:.2g} times the change wanted arrives: the steps of the cells are larger than the scheme counts with."
    cosine, layer = _least(found["cosine"])
    if cosine < COSINE:
        return f"In layer {layer}, what is written has little to do with what is wanted (cosine {cosine:.2g})."
    return f"Nothing looks wrong: cells do what is wanted of them (gain {gain:.2g}, cosine {cosine:.2g})."


FROZEN, DEAD, LOW_GAIN, HIGH_GAIN, DRIFT, WASTED, COSINE = 0.2, 0.5, 0.5, 2.0, 0.25, 0.25, 0.3  # beyond these it looks wrong


def _percent(share: float) -> str:
    return f"{100 * share:.2g} %" if share < 0.995 else "all"


def _worst(values: Layers) -> tuple[float, int]:
    """The largest, and its layer from 1."""
    return max(((v, k + 1) for k, v in enumerate(values) if v is not None), default=(0.0, 1), key=lambda found: found[0])


def _least(values: Layers) -> tuple[float, int]:
    """The smallest, and its layer from 1."""
    return min(((v, k + 1) for k, v in enumerate(values) if v is not None), default=(1.0, 1), key=lambda found: found[0])
