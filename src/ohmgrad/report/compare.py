"""Runs side by side: results, costs, differences with their intervals, and the settings that differ.

Two runs are compared replica by replica where they share seed and repeats: replica k then has the same initial
state, order of samples and draws in both, and what is left in the difference is what was changed. With
d_k = accuracy of replica k in one run minus that in the other, after the last epoch (n replicas):

    mean d  ±  t(0.975, n - 1) · s_d/√n        s_d: standard deviation of d_k, n - 1 in the denominator

the 95 % interval of Student's t. "Better" is said only where it excludes zero. Without shared seeds, the difference of the means
is shown with Welch's interval, and nothing is said. Where all d_k are equal but not zero there is no spread to make an interval
of: a few test samples decided, and nothing is said either. Intervals are not widened for several comparisons.
"""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from os import PathLike
from typing import Any

import numpy as np

from ohmgrad.errors import RunError
from ohmgrad.experiments.interval import interval95, student_t
from ohmgrad.report import words
from ohmgrad.report.bill import NONE, WIDTH, count, quantity
from ohmgrad.report.finished import Finished, load_finished
from ohmgrad.report.run import Floats

# What is said of a run, but changes nothing in it; experiment and variant are shown above the settings.
WORDS_ONLY = {"experiment", "variant", "title", "assumed", "published"} | {
    f"device.{name}" for name in ("title", "source", "where", "assumed", "leaves_out")
}
BESIDE = 4  # so many runs beside each other in a table
SAME = "no difference seen"


@dataclass(frozen=True)
class Difference:
    """Test accuracy of run `of` minus that of run `against`, after the last epoch; accuracies are shares (0 to 1).

    low, high: 95 % interval, None if there is none, and `why` then says why. n: replicas of each run.
    verdict: "A is better", "no difference seen", or "" where nothing can be said.
    """

    of: str
    against: str
    paired: bool
    mean: float | None
    low: float | None
    high: float | None
    n: tuple[int, int]
    verdict: str
    why: str


@dataclass(frozen=True)
class Comparison:
    """Runs with their letters, the difference of each to the first, and the settings that differ (None: not set)."""

    runs: tuple[Finished, ...]
    letters: tuple[str, ...]
    differences: tuple[Difference, ...]
    settings: dict[str, tuple[object, ...]]
    notes: tuple[str, ...]
    epochs: tuple[Difference, ...] = ()  # of the epochs to the criterion, where all runs have one


def compare(folders: Sequence[str | PathLike[str]]) -> Comparison:
    """Compare finished runs with the first of them.

    Raises `RunError` if there are fewer than two, one comes twice, or one cannot be read or is not finished.
    """
    if len(folders) < 2:
        raise RunError("two run folders or more are wanted to compare, such as: ohmgrad compare runs/a runs/b")
    runs = tuple(load_finished(folder) for folder in folders)
    places = [run.folder.resolve() for run in runs]
    for k, place in enumerate(places):
        if place in places[:k]:
            raise RunError(f"{runs[k].folder} is given twice; a run is compared with others")
    letters = tuple(letter(k) for k in range(len(runs)))
    return Comparison(
        runs=runs,
        letters=letters,
        differences=tuple(difference(runs[0], run, letters[0], name) for run, name in zip(runs[1:], letters[1:], strict=True)),
        settings=differing(runs),
        notes=tuple(_notes(runs)),
        epochs=tuple(epochs_difference(runs[0], run, letters[0], name) for run, name in zip(runs[1:], letters[1:], strict=True))
        if all(run.summary.stop.when != "never" for run in runs)
        else (),
    )


def letter(k: int) -> str:
    """Return the letter of run k = 0, 1, …

    >>> letter(0), letter(25), letter(26)
    ('A', 'Z', 'AA')
    """
    return (letter(k // 26 - 1) if k >= 26 else "") + chr(ord("A") + k % 26)


def interval(values: Floats) -> tuple[float, float] | None:
    """Return the 95 % interval of the mean of `values` (Student's t); None for one value, or without spread.

    >>> import numpy as np
    >>> low, high = interval(np.array([1.0, 2.0, 3.0]))  # t(0.975, 2) = 4.303
    >>> round((high - low) / 2 * 3**0.5, 3)
    4.303
    """
    n = len(values)
    if n < 2 or np.ptp(values) < 1e-12:  # accuracies are multiples of 1/samples; what is less is rounding
        return None
    half, mean = interval95(values.tolist()) or 0.0, float(np.mean(values))
    return mean - half, mean + half


def welch(one: Floats, other: Floats) -> tuple[float, float] | None:
    """Return the 95 % interval of mean(other) - mean(one), the two independent (Welch 1947); None without spread.

    Degrees of freedom: (a + b)²/(a²/(n - 1) + b²/(m - 1)), with a and b the variances of the two means.
    Source: doi:10.1093/biomet/34.1-2.28.
    """
    n, m = len(one), len(other)
    if n < 2 or m < 2:
        return None
    a, b = float(np.var(one, ddof=1)) / n, float(np.var(other, ddof=1)) / m
    if a + b < 1e-24:
        return None
    half = student_t((a + b) ** 2 / (a**2 / (n - 1) + b**2 / (m - 1))) * (a + b) ** 0.5
    mean = float(np.mean(other) - np.mean(one))
    return mean - half, mean + half


def difference(base: Finished, run: Finished, base_name: str = "A", name: str = "B") -> Difference:
    """Return how the test accuracy of `run` differs from that of `base`: paired if they share seed and repeats."""
    one, other = base.history.test_accuracy[-1], run.history.test_accuracy[-1]
    n = (len(one), len(other))
    if np.isnan(one).any() or np.isnan(other).any():
        return Difference(name, base_name, False, None, None, None, n, "", "not every replica was tested after the last epoch")
    mean = float(np.mean(other) - np.mean(one))
    unlike = _unlike(base, run)
    if unlike:
        limits = welch(one, other)
        low, high = limits or (None, None)
        return Difference(name, base_name, False, mean, low, high, n, "", unlike)
    steps = other - one
    limits = interval(steps)
    if limits is None:
        if not np.abs(steps).max() >= 1e-12:
            return Difference(name, base_name, True, mean, None, None, n, SAME, "all replicas are as accurate as before")
        why = "one replica has no spread" if n[0] == 1 else "the same difference in every replica, so no spread"
        return Difference(name, base_name, True, mean, None, None, n, "", f"no interval: {why}")
    low, high = limits
    verdict = f"{name} is better" if low > 0 else f"{base_name} is better" if high < 0 else SAME
    return Difference(name, base_name, True, mean, low, high, n, verdict, "")


def epochs_difference(base: Finished, run: Finished, base_name: str = "A", name: str = "B") -> Difference:
    """Return how many epochs more than `base` the run takes to the criterion, of replicas that met it: paired if they share seed and repeats.

    Which one needs fewer is said only where every replica of both met the same criterion.
    """
    stops = base.summary.stopped, run.summary.stopped
    if base.summary.stop != run.summary.stop:
        why = f"the criteria differ: {words.criterion(base.summary.stop)}; {words.criterion(run.summary.stop)}"
        return Difference(name, base_name, False, None, None, None, (len(stops[0]), len(stops[1])), "", why)
    unlike = _unlike(base, run)
    if unlike:
        one, other = (np.array([e for e in found if e is not None], dtype=np.float64) for found in stops)
    else:
        both = [(a, b) for a, b in zip(*stops, strict=True) if a is not None and b is not None]
        one, other = np.array(both, dtype=np.float64).reshape(-1, 2).T
    n = (len(one), len(other))
    if not all(n):
        what = "in both runs" if not unlike else "in one of the runs"
        return Difference(name, base_name, not unlike, None, None, None, n, "", f"no replica met the criterion {what}")
    limits = welch(one, other) if unlike else interval(other - one)
    low, high = limits or (None, None)
    mean = float(np.mean(other) - np.mean(one))
    missing = sum(epoch is None for found in stops for epoch in found)
    if unlike or missing:
        verdict = ""
        why = unlike or "of the replicas that met the criterion in both runs, which are not all"
    elif limits is None:
        same = not (other - one).any()
        verdict, why = (
            (SAME if same else ""),
            "the same number of epochs in every replica" if same else "no interval: no spread",
        )
    else:
        verdict = (
            f"{name} needs fewer epochs" if limits[1] < 0 else f"{base_name} needs fewer epochs" if limits[0] > 0 else SAME
        )
        why = ""
    return Difference(name, base_name, not unlike, mean, low, high, n, verdict, why)


def _unlike(one: Finished, other: Finished) -> str:
    """Why replicas cannot be paired; "" if they can."""
    if one.summary.seed != other.summary.seed:
        return f"seeds {one.summary.seed} and {other.summary.seed}"
    if one.repeats != other.repeats:
        return f"repeats {_repeats(one)} and {_repeats(other)}"
    return ""


def _repeats(run: Finished) -> str:
    first, last = run.repeats[0], run.repeats[-1]
    return f"{first}" if first == last else f"{first} to {last}"


def differing(runs: Sequence[Finished]) -> dict[str, tuple[object, ...]]:
    """Return the settings that are not the same in all runs: dotted name → value in each, None where it is not set."""
    names = dict.fromkeys(name for run in runs for name in run.settings if name not in WORDS_ONLY)
    values = {name: tuple(run.settings.get(name) for run in runs) for name in names}
    return {name: row for name, row in values.items() if any(a != b for a, b in pairwise(row))}


def _notes(runs: Sequence[Finished]) -> list[str]:
    """What a reader must know before trusting the comparison."""
    notes = []
    if len({run.data for run in runs}) > 1:
        notes.append("The data are not the same in all runs, so accuracies are of other samples.")
    if len({dict(run.summary.versions).get("ohmgrad") for run in runs}) > 1:
        notes.append("The runs were made by different versions of ohmgrad.")
    if any(run.summary.bill.energy_j is None for run in runs):
        notes.append("n/a: the energy of cells without a largest conductance means nothing.")
    for scheme in {run.summary.scheme: run for run in runs} if len({run.summary.scheme for run in runs}) > 1 else ():
        notes.append(
            f"Time in parallel: {', '.join(letter(k) for k, run in enumerate(runs) if run.summary.scheme == scheme)}: {scheme}."
        )
    if len(runs) > 2:
        notes.append("Each interval stands for itself: of twenty such comparisons of equal runs, about one excludes zero.")
    return notes


# As data and as text ----------------------------------------------------------------------------------------------------


def pulses(run: Finished) -> float | None:
    """Return all pulses of one network, SET and RESET, refresh included."""
    s = run.summary
    return None if s.pulses_set is None or s.pulses_reset is None else s.pulses_set + s.pulses_reset


def comparison_data(c: Comparison) -> dict[str, Any]:
    """Return the comparison as a plain dictionary, for JSON; accuracies are shares, times s, energies J."""
    return {
        "runs": [
            {
                "letter": name,
                "folder": str(run.folder),
                "experiment": run.summary.experiment,
                "variant": run.variant,
                "device": run.device,
                "seed": run.summary.seed,
                "repeats": list(run.repeats),
                "epochs": run.summary.epochs_done,
                "test_accuracy": run.summary.test_accuracy,
                "test_accuracy_ci95": run.summary.test_accuracy_ci95,
                "epochs_to_criterion": list(run.summary.stopped),
                "software": None if run.summary.software is None else asdict(run.summary.software),
                "updates": run.summary.updates,
                "verify_reads": run.summary.verify_reads,
                "test_accuracy_per_replica": [None if np.isnan(x) else float(x) for x in run.history.test_accuracy[-1]],
                "pulses": pulses(run),
                "pulses_set": run.summary.pulses_set,
                "pulses_reset": run.summary.pulses_reset,
                "array_time_s": run.summary.array_time_s,
                "array_time_serial_s": run.summary.array_time_serial_s,
                "array_energy_j": run.summary.array_energy_j,
            }
            for name, run in zip(c.letters, c.runs, strict=True)
        ],
        "differences": [asdict(d) for d in c.differences],
        "epochs": [asdict(d) for d in c.epochs],
        "settings": {name: list(values) for name, values in c.settings.items()},
        "notes": list(c.notes),
    }


def rows(c: Comparison) -> dict[str, list[str]]:
    """Return the side-by-side table: what → one text for each run."""

    def costs(values: list[float | None], dimension: str = "") -> list[str]:
        """Each value, and how many times that of the first run it is."""
        shown = [quantity(v, dimension) if dimension else count(v) for v in values]
        first = values[0]
        for k, v in enumerate(values):
            if k and first and v is not None:
                shown[k] += f" (×{v / first:.3g})"
        return shown

    all_s = [run.summary for run in c.runs]
    stops = any(s.stop.when != "never" for s in all_s)
    yardsticks = [s.software for s in all_s]
    return {
        "device": [run.device or NONE for run in c.runs],
        "test accuracy": [words.percent_within(s.test_accuracy, s.test_accuracy_ci95) for s in all_s],
        **(
            {
                "  in floating point": [
                    NONE if y is None else words.software(y, s.stop) for s, y in zip(all_s, yardsticks, strict=True)
                ]
            }
            if any(yardsticks)
            else {}
        ),
        **({"epochs to the criterion": [NONE if s.stop.when == "never" else words.reached(s) for s in all_s]} if stops else {}),
        "seed, repeats": [f"{run.summary.seed}, {_repeats(run)}" for run in c.runs],
        "epochs": [str(s.epochs_done) for s in all_s],
        "updates": costs([s.updates for s in all_s]),
        "verify reads": costs([s.verify_reads for s in all_s]),
        "pulses": costs([pulses(run) for run in c.runs]),
        "  SET": costs([s.pulses_set for s in all_s]),
        "  RESET": costs([s.pulses_reset for s in all_s]),
        "time in parallel": costs([s.array_time_s for s in all_s], "time"),
        "time cell by cell": costs([s.array_time_serial_s for s in all_s], "time"),
        "energy": costs([s.array_energy_j for s in all_s], "energy"),
    }


def difference_text(d: Difference, unit: str = "points", scale: float = 100.0) -> str:
    """Return a difference in words, times `scale`: accuracies in points (hundredths), epochs as they are."""
    if d.mean is None:
        return d.why
    n = f"n = {d.n[0]}" if d.paired else f"n = {d.n[1]} and {d.n[0]}"
    limits = "" if d.low is None or d.high is None else f", 95 % interval {scale * d.low:+.2f} to {scale * d.high:+.2f}"
    end = "; ".join(filter(None, (d.verdict, d.why if d.paired else "")))
    kind = "" if d.paired else f"not paired, {d.why} differ: "
    return f"{kind}{scale * d.mean:+.2f} {unit}{limits}, {n}" + (f": {end}" if end else "")


def epochs_text(d: Difference) -> str:
    """Return a difference of epochs to the criterion in words."""
    return difference_text(d, "epochs", 1.0)


def setting_text(value: object) -> str:
    """Return a value of a specification as text.

    >>> setting_text("selector"), setting_text([0.1, 0.2]), setting_text(1e-6), setting_text(None)
    ('selector', '[0.1, 0.2]', '1e-06', '–')
    """
    if value is None:
        return NONE
    if isinstance(value, list) and value and isinstance(value[0], list):
        return f"a table of {len(value)} × {len(value[0])} numbers"
    return str(value)


def comparison_text(c: Comparison) -> str:
    """Return the comparison as text of at most `WIDTH` columns."""
    lines: list[str] = []
    for name, run in zip(c.letters, c.runs, strict=True):
        lines += _hanging(f"{name}  ", f"{run.folder}: {run.name}")
    lines += ["", *_side_by_side(c.letters, rows(c)), "", "difference of test accuracy after the last epoch"]
    for d in c.differences:
        lines += _hanging(f"  {d.of} - {d.against}  ", difference_text(d))
    if c.epochs:
        lines += ["", "difference of epochs to the criterion"]
        for d in c.epochs:
            lines += _hanging(f"  {d.of} - {d.against}  ", epochs_text(d))
    if c.notes:
        lines.append("")
    for note in c.notes:
        lines += _hanging("  ", note)
    lines.append("")
    if not c.settings:
        lines.append("no setting differs")
    else:
        lines += ["settings that differ (SI units)"]
        shown = {f"  {name}": [setting_text(v) for v in values] for name, values in c.settings.items()}
        lines += _side_by_side(c.letters, shown)
    return "\n".join(line.rstrip() for line in lines)


def _hanging(start: str, text: str) -> list[str]:
    return textwrap.wrap(text, WIDTH, initial_indent=start, subsequent_indent=" " * len(start), break_on_hyphens=False)


def _side_by_side(letters: Sequence[str], shown: dict[str, list[str]]) -> list[str]:
    """Tables of up to `BESIDE` runs, cells wrapped."""
    first = min(max(len(name) for name in shown), WIDTH // 3)
    lines: list[str] = []
    for start in range(0, len(letters), BESIDE):
        some = letters[start : start + BESIDE]
        width = (WIDTH - first) // len(some) - 2
        body = [
            [
                textwrap.wrap(name, first, drop_whitespace=False, subsequent_indent="    "),
                *(textwrap.wrap(text, width, break_on_hyphens=False) for text in texts[start : start + BESIDE]),
            ]
            for name, texts in shown.items()
        ]
        head: list[list[str]] = [[""], *([name] for name in some)]
        widths = [max(len(line) for row in [head, *body] for line in row[k]) for k in range(1, len(some) + 1)]
        if lines:
            lines.append("")
        for row in [head, *body]:
            for i in range(max(map(len, row))):
                parts = [cell[i] if i < len(cell) else "" for cell in row]
                line = f"{parts[0]:<{first}}"
                line += "".join(f"  {part:<{w}}" for part, w in zip(parts[1:], widths, strict=True))
                lines.append(line.rstrip())
    return lines
