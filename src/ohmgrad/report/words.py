"""Numbers as a reader wants them: per cent, counts in groups of three, quantities with units."""

from __future__ import annotations

import re

from ohmgrad.report.run import Summary
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
    so_far = summary.epochs_done < summary.epochs
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
    published = [
        f"{100 * entry.value:.4g} % ({entry.what}; {entry.source})"
        for entry in summary.published
        if entry.is_accuracy and "test" in entry.what.lower()
    ]
    if published:
        sentence += f"; published: {' and '.join(published)}"
    sentence += "." + (" The run is not finished." if so_far else "")
    return sentence.replace(" %", "\N{NO-BREAK SPACE}%")


def _epochs(summary: Summary) -> str:
    return "After 1 epoch" if summary.epochs_done == 1 else f"After {summary.epochs_done} epochs"


def here(what: str, summary: Summary) -> str:
    """Return this run's number for what a published one is about, or "" if that is not known."""
    words = what.lower()
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
    if summary.device:
        rows.append(("device", summary.device))
    steps = summary.steps_to_saturation
    rows += [
        ("epochs", f"{summary.epochs_done} of {summary.epochs}"),
        ("training images per epoch", count(summary.samples_per_epoch)),
        ("replicas", f"{summary.replicas}, from seed {summary.seed}"),
        ("network", " – ".join(str(size) for size in summary.layers)),
        ("synapses", f"{count(summary.synapses)} ({count(summary.cells)} cells)"),
        ("pulses per training image", count(summary.pulses_per_sample)),
        ("SET and RESET pulses", f"{count(summary.pulses_set)} and {count(summary.pulses_reset)}"),
        (
            "saturated cells",
            ", ".join(f"layer {i + 1}: {percent(s, 1)}" for i, s in enumerate(summary.saturated_fraction)),
        ),
        ("pulses from least to largest conductance", count(steps)),
        ("array time, in parallel", quantity(summary.array_time_s, "time")),
        ("array time, cell by cell", quantity(summary.array_time_serial_s, "time")),
        ("array energy", quantity(summary.array_energy_j, "energy")),
    ]
    if summary.samples_per_second is not None:
        threads = "1 thread" if summary.threads == 1 else f"{summary.threads} threads"
        rows.append(("speed of the simulation", f"{count(summary.samples_per_second)} images per second, {threads}"))
    return rows
