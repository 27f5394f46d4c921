"""Measured ramps: what a file is read into, and what the fit takes of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from ohmgrad.devices.fit.likelihood import BREAK, GOES_ON, RAMP, Packed
from ohmgrad.errors import DataError
from ohmgrad.units import show

Floats = npt.NDArray[np.float64]

FAR_OFF = 6.0  # an increment so many standard deviations from its neighbours' median is no step of the same walk
TOO_MANY = 0.02  # more of them than this share: heavy tails, not outliers
MOST = 100_000  # increments that are used; more say nothing new and take minutes


@dataclass(frozen=True)
class Ramp:
    """Pulses of one direction, one after the other. g (reads,) siemens, one read after each pulse, NaN where none was made.

    The first read is before the first pulse. up: SET pulses. where: file and column or line, for messages.
    """

    cell: str
    up: bool
    g: Floats
    where: str = ""


@dataclass
class Measurement:
    """Ramps in the order in which they were measured, and what was taken for granted on the way."""

    ramps: list[Ramp]
    files: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def cells(self) -> list[str]:
        """Names of the cells, in order of appearance."""
        return list(dict.fromkeys(r.cell for r in self.ramps))

    def of(self, cell: str) -> list[Ramp]:
        """Ramps of one cell."""
        return [r for r in self.ramps if r.cell == cell]


class Outlier(NamedTuple):
    """A read that does not belong to the walk: a jump (the walk goes on from there) or a single bad read."""

    where: str
    pulse: int
    change: float  # siemens
    kind: str


def check_ramps(ramps: Sequence[Ramp]) -> None:
    """Raise DataError for data that no law could be fitted to."""
    if not ramps:
        raise DataError("there are no ramps in the data")
    where = ramps[0].where
    lengths = [int(np.isfinite(r.g).sum()) for r in ramps]
    if max(lengths) < 3:
        raise DataError(
            f"{where}: the longest ramp has {max(lengths)} read{'s' * (max(lengths) != 1)}; a fit needs ramps of at least 3 reads (2 pulses)"
        )
    values = np.concatenate([r.g[np.isfinite(r.g)] for r in ramps])
    if values.min() == values.max():
        raise DataError(f"{where}: all conductances are equal ({show(values[0], 'conductance')}); there is no step to fit")
    if (np.diff(np.sort(values)) > 0).sum() < 3:
        raise DataError(f"{where}: there are only {len(np.unique(values))} different conductances; a fit needs at least 4")
    middle = [float(np.median(r.g[np.isfinite(r.g)])) for r in ramps]
    if min(middle) > 0 and max(middle) > 1000.0 * min(middle):
        low, high = int(np.argmin(middle)), int(np.argmax(middle))
        raise DataError(
            f"{ramps[high].where} lies around {show(middle[high], 'conductance')}, {ramps[low].where} around {show(middle[low], 'conductance')}: "
            "are the units mixed? Name the unit in each header, such as 'conductance (uS)'"
        )


def thin(ramps: list[Ramp], most: int = MOST) -> tuple[list[Ramp], str]:
    """Whole ramps, evenly chosen over time, of at most `most` reads together; and a note where some were left out."""
    total = sum(len(r.g) for r in ramps)
    if total <= most:
        return ramps, ""
    share = most / total
    count: dict[tuple[str, bool], int] = {}
    kept = []
    for r in ramps:  # evenly within each cell and direction; one ramp of each at least
        k = count[r.cell, r.up] = count.get((r.cell, r.up), -1) + 1
        if k == 0 or int((k + 1) * share) > int(k * share):
            kept.append(r)
    kept = [Ramp(r.cell, r.up, r.g[:most], r.where) for r in kept]
    used = sum(len(r.g) for r in kept)
    return (
        kept,
        f"{used:,} of {total:,} reads were used ({len(kept)} of {len(ramps)} ramps, evenly over time): more would say nothing new",
    )


def find_outliers(ramps: Sequence[Ramp]) -> list[list[tuple[int, str, float]]]:
    """For each ramp of one cell: (read, "jump" or "bad read", change) of what does not belong to the walk.

    An increment is compared with the median and the median absolute deviation of those at neighbouring conductances in the same
    direction, whatever the law. An increment that the next one takes back is a single bad read.
    """
    found: list[list[tuple[int, str, float]]] = [[] for _ in ramps]
    for up in (True, False):
        chosen = [k for k, r in enumerate(ramps) if r.up == up and len(r.g) > 1]
        if not chosen:
            continue
        at = np.concatenate([ramps[k].g[:-1] for k in chosen])
        d = np.concatenate([np.diff(ramps[k].g) for k in chosen])
        ramp = np.concatenate([np.full(len(ramps[k].g) - 1, k) for k in chosen])
        read = np.concatenate([np.arange(1, len(ramps[k].g)) for k in chosen])
        good = np.flatnonzero(np.isfinite(d))
        if len(good) < 20:
            continue
        order = good[np.argsort(at[good], kind="stable")]
        z = np.zeros(len(d))
        scales = []
        parts = np.array_split(order, max(1, min(24, len(order) // 40)))
        for part in parts:
            scales.append(1.4826 * float(np.median(np.abs(d[part] - np.median(d[part])))))
        least = 0.3 * float(np.median(scales))
        if least <= 0.0:
            continue
        for part, scale in zip(parts, scales, strict=True):
            z[part] = (d[part] - np.median(d[part])) / max(scale, least)
        far = np.abs(z) > FAR_OFF
        if far.sum() > TOO_MANY * len(good):
            continue
        skip = -1
        for i in map(int, np.flatnonzero(far)):
            if i == skip:
                continue
            k, n = int(ramp[i]), int(read[i])
            nxt = i + 1
            back = nxt < len(d) and ramp[nxt] == k and z[nxt] * z[i] < 0 and abs(z[nxt]) > 0.5 * abs(z[i])
            if back:
                skip = nxt
            found[k].append((n, "bad read" if back else "jump", float(d[i])))
    return found


def pack(ramps: Sequence[Ramp], outliers: Sequence[Sequence[tuple[int, str, float]]] | None = None) -> Packed:
    """Ramps of one cell for the filter. Jumps break the walk, bad reads are taken out."""
    ys, ups, begins = [], [], []
    for k, r in enumerate(ramps):
        y = r.g.astype(np.float64, copy=True)
        begin = np.full(len(y), GOES_ON, dtype=np.uint8)
        for n, kind, _ in outliers[k] if outliers is not None else ():
            if kind == "jump":
                begin[n] = BREAK
            else:
                y[n] = np.nan
        seen = np.flatnonzero(np.isfinite(y))
        if len(seen) < 2:
            continue
        y, begin = y[seen[0] : seen[-1] + 1], begin[seen[0] : seen[-1] + 1]
        begin[0] = RAMP
        ys.append(y)
        begins.append(begin)
        ups.append(np.full(len(y), r.up))
    if not ys:
        return Packed(np.empty(0), np.empty(0, dtype=np.bool_), np.empty(0, dtype=np.uint8))
    return Packed(np.concatenate(ys), np.concatenate(ups), np.concatenate(begins))
