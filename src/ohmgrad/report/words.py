"""Numbers as a reader wants them: per cent, counts in groups of three, quantities with units."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ohmgrad.experiments.interval import interval95
from ohmgrad.report.run import Software, Stop, Summary
from ohmgrad.units import show, show_duration

NOT_MEANINGFUL = "n/a"
THIN = "\N{NARROW NO-BREAK SPACE}"
HOURS_FROM = 7200.0  # s; longer times are shown in hours


def percent(share: float | None, digits: int = 2) -> str:
    """Return a share as per cent.

    >>> percent(0.8231), percent(None)
    ('82.31 %', 'n/a')
    """
    return NOT_MEANINGFUL if share is None else f"{100 * share:.{digits}f} %"


def percent_within(mean: float | None, half_width: float | None) -> str:
    """Return a mean share and half its interval as per cent, without the interval if there is none.

    >>> percent_within(0.8231, 0.0042), percent_within(0.8231, None)
    ('82.31 ± 0.42 %', '82.31 %')
    """
    if mean is None or half_width is None:
        return percent(mean)
    return f"{100 * mean:.2f} ± {100 * half_width:.2f} %"


def count(number: float | None) -> str:
    """Return a count, in groups of three; one below 100 that is not whole keeps its first digits."""
    if number is None:
        return NOT_MEANINGFUL
    if abs(number) < 100 and number != int(number):
        return f"{number:.3g}"
    return f"{round(number):,}".replace(",", THIN)


def quantity(value: float | None, dimension: str) -> str:
    """Return a quantity in SI units with a unit and a prefix, or "n/a".

    >>> quantity(2.5e-6, "energy"), quantity(36000.0, "time"), quantity(None, "energy")
    ('2.5 µJ', '10 h', 'n/a')
    """
    if value is None:
        return NOT_MEANINGFUL
    if dimension == "time" and abs(value) >= HOURS_FROM:
        return f"{count(value / 3600)} h"
    # The prefix is typed as u, but printed as what it stands for.
    return re.sub(r" u(?=[A-Z])|(?<= )u(?=s$)", lambda match: match[0].replace("u", "µ"), show(value, dimension))


def result(summary: Summary) -> str:
    """Return the result of a run in one sentence or two."""
    so_far = not summary.finished
    if summary.epochs_done == 0 or summary.test_accuracy is None:
        accuracy = "no test has been made yet"
    else:
        accuracy = (
            f"the network recognises {percent_within(summary.test_accuracy, summary.test_accuracy_ci95)} of the test images"
        )
        if summary.test_accuracy_ci95 is not None:
            accuracy += f" (mean and 95 % interval over {summary.replicas} replicas)"
        elif summary.replicas > 1:
            accuracy += f" (mean over {summary.replicas} replicas)"
        else:
            accuracy += " (one replica)"
    done = f"After {summary.epochs_done} of {summary.epochs} epochs" if so_far else _epochs(summary)
    sentence = f"{done}, {accuracy}"
    sentence += _published(summary, accuracy=True) + "."
    if summary.stop.when != "never" and summary.epochs_done:
        sentence += (
            f" The criterion ({criterion(summary.stop)}) was met {_met(summary)}" + _published(summary, accuracy=False) + "."
        )
    sentence += " The run is not finished." if so_far else ""
    return sentence.replace(" %", "\N{NO-BREAK SPACE}%")


def _published(summary: Summary, accuracy: bool) -> str:
    """Published test accuracies, or published numbers of epochs."""
    entries = [e for e in summary.published if (e.is_accuracy and "test" in e.what.lower() if accuracy else e.is_epochs)]
    return "; published: " + " and ".join(f"{e.shown} ({e.what}; {e.source})" for e in entries) if entries else ""


def criterion(stop: Stop) -> str:
    """Return the criterion to end training, in words.

    >>> criterion(Stop("error", 0.01, "train")), criterion(Stop("accuracy", 0.95, "valid"))
    ('mean error of a training sample at most 0.01', 'validation accuracy at least 95 %')
    """
    part = {"train": "training", "valid": "validation"}.get(stop.part, stop.part)
    if stop.when == "error":
        return f"mean error of a {part} sample at most {stop.value:g}"
    return f"{part} accuracy at least {100 * stop.value:.4g} %"


def _mean_epochs(stopped: Sequence[int | None], note: str = "") -> str:
    """Mean ± half of the 95 % interval of the epochs that are known, to a tenth; "" if none is."""
    epochs = [float(epoch) for epoch in stopped if epoch is not None]
    if len(epochs) < 2:
        return "".join(f"{epoch:g}" for epoch in epochs)
    return f"{sum(epochs) / len(epochs):.1f} ± {interval95(epochs) or 0.0:.1f}{note}"


def reached(run: Summary | Software) -> str:
    """Return the epochs to the criterion: mean ± 95 % interval over the replicas that met it, and how many those are."""
    n = sum(epoch is not None for epoch in run.stopped)
    return f"{_mean_epochs(run.stopped) if n else 'not met'} ({n} of {run.replicas} reached it)"


def software(run: Software, stop: Stop) -> str:
    """Return what the same network in floating point came to."""
    spread = "" if run.test_accuracy_std is None or run.replicas == 1 else f" (s.d. {percent(run.test_accuracy_std)})"
    epochs = f"{run.epochs_done} epochs" if stop.when == "never" else f"epochs to the criterion: {reached(run)}"
    return f"{percent(run.test_accuracy)}{spread}, {'1 replica' if run.replicas == 1 else f'{run.replicas} replicas'}; {epochs}"


def _met(summary: Summary) -> str:
    n = sum(epoch is not None for epoch in summary.stopped)
    if not n:
        return "by no replica" if summary.replicas > 1 else "in no epoch"
    found = _mean_epochs(summary.stopped, " (95 % interval)")
    after = f"after {found} epoch{'' if found == '1' else 's'}"
    return after if summary.replicas == 1 else f"by {n} of {summary.replicas} replicas, {after}"


def _epochs(summary: Summary) -> str:
    return "After 1 epoch" if summary.epochs_done == 1 else f"After {summary.epochs_done} epochs"


def here(what: str, summary: Summary) -> str:
    """Return this run's number for what a published one is about, or "" if that is not known."""
    words = what.lower()
    if "epochs" in words and "accuracy" not in words:
        return reached(summary) if summary.stop.when != "never" else ""
    if "accuracy" not in words:
        return ""
    if "test" in words:
        return percent_within(summary.test_accuracy, summary.test_accuracy_ci95)
    return percent(summary.train_accuracy) if "train" in words else ""


def key_numbers(summary: Summary) -> list[tuple[str, str]]:
    """Return the rows of the table of key numbers: what, and how much."""
    train = percent(summary.train_accuracy)
    if summary.train_accuracy_std is not None and summary.replicas > 1:
        train += f" (s.d. {percent(summary.train_accuracy_std)})"
    test = percent_within(summary.test_accuracy, summary.test_accuracy_ci95)
    if summary.test_accuracy_std is not None and summary.replicas > 1:
        test += f" (s.d. {percent(summary.test_accuracy_std)})"
    rows = [("test accuracy", test), ("training accuracy", train)]
    if summary.valid_accuracy is not None:
        rows.append(("validation accuracy", percent(summary.valid_accuracy)))
    rows += [
        (
            f"test accuracy after {show_duration(rest.seconds)} at rest",
            percent(sum(rest.test_accuracy) / len(rest.test_accuracy)),
        )
        for rest in summary.after_rest
    ]
    if summary.stop.when != "never":
        rows.append((f"epochs to the criterion: {criterion(summary.stop)}", reached(summary)))
    if summary.software is not None:
        rows.append(("the same network in floating point, test accuracy", software(summary.software, summary.stop)))
    if summary.device:
        rows.append(("device", summary.device))
    steps = summary.steps_to_saturation
    rows += [
        ("epochs", f"{summary.epochs_done} of {'at most ' if summary.stop.when != 'never' else ''}{summary.epochs}"),
        ("training images per epoch", count(summary.samples_per_epoch)),
        ("replicas", f"{summary.replicas}, from seed {summary.seed}"),
        ("network", " – ".join(str(size) for size in summary.layers)),
        ("synapses", f"{count(summary.synapses)} ({count(summary.cells)} cells)"),
        ("pulses per training image", count(summary.pulses_per_sample)),
        ("SET and RESET pulses", f"{count(summary.pulses_set)} and {count(summary.pulses_reset)}"),
        ("updates of the array", count(summary.updates)),
        *([("verify reads", count(summary.verify_reads))] if summary.verify_reads else []),
        (
            "saturated cells",
            ", ".join(f"layer {i + 1}: {percent(s, 1)}" for i, s in enumerate(summary.saturated_fraction)),
        ),
        ("pulses from least to largest conductance", count(steps)),
        ("array time, in parallel", quantity(summary.array_time_s, "time")),
        ("array time, cell by cell", quantity(summary.array_time_serial_s, "time")),
        ("array energy", quantity(summary.array_energy_j, "energy")),
        *([("wires", summary.wires)] if summary.wires else []),
    ]
    if summary.samples_per_second is not None:
        threads = "1 thread" if summary.threads == 1 else f"{summary.threads} threads"
        rows.append(("speed of the simulation", f"{count(summary.samples_per_second)} images per second, {threads}"))
    return rows
