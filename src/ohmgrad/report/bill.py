"""The bill of a run as text and as plain data: what each kind of event costs, and which one costs most."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import Any

from ohmgrad.report import words
from ohmgrad.report.bill_parts import COSTS as PARTS
from ohmgrad.report.bill_parts import epochs_data, layers_data
from ohmgrad.report.finished import Finished
from ohmgrad.report.run import Bill, Summary

WIDTH = 100  # columns
NONE = "–"  # an event that has no cost of this kind
# Attribute of a row and of the bill: key of its share, heading, dimension.
COSTS = {
    "time_s": ("time_share", "in parallel", "time"),
    "time_serial_s": ("time_serial_share", "cell by cell", "time"),
    "energy_j": ("energy_share", "energy", "energy"),
}
OF = {"time_s": "of the time in parallel", "time_serial_s": "of the time cell by cell", "energy_j": "of the energy"}


def bill_data(run: Finished) -> dict[str, Any]:
    """Return the bill as a plain dictionary, for JSON: rows, total, and the dominant event of each cost.

    Counts, times (s) and energies (J) are those of one network, means over replicas. A share is that of the
    total (0 to 1). None stands where an event has no such cost, or where the total is 0 or meaningless.
    """
    s, bill = run.summary, run.summary.bill
    return {
        "run": str(run.folder),
        "experiment": s.experiment,
        "variant": run.variant,
        "seed": s.seed,
        "replicas": s.replicas,
        "epochs": s.epochs_done,
        "layers": list(s.layers),
        "rows": [
            {
                "event": row.event,
                "count": row.count,
                "per_layer": list(row.per_layer),
                **{cost: getattr(row, cost) for cost in COSTS},
                **{key: share(getattr(row, cost), getattr(bill, cost)) for cost, (key, _, _) in COSTS.items()},
            }
            for row in bill.rows
        ],
        "total": {cost: getattr(bill, cost) for cost in COSTS},
        "dominant": {cost: dominant(bill, cost) for cost in COSTS},
        "by_layer": layers_data(bill),
        "by_epoch": epochs_data(run) if run.history.costs is not None else [],
    }


def share(part: float | None, total: float | None) -> float | None:
    """Return part/total, or None if either is missing or the total is 0.

    >>> share(1.0, 4.0), share(None, 4.0), share(0.0, 0.0)
    (0.25, None, None)
    """
    return None if part is None or not total else part / total


def dominant(bill: Bill, cost: str) -> dict[str, Any] | None:
    """Return the event with the largest part of a cost, and its share; None if nothing costs anything.

    cost: ``time_s``, ``time_serial_s`` or ``energy_j``.
    """
    shares = [(share(getattr(row, cost), getattr(bill, cost)), row.event) for row in bill.rows]
    found = [(part, event) for part, event in shares if part is not None]
    if not found:
        return None
    part, event = max(found, key=lambda item: item[0])
    return {"event": event, "share": part}


def bill_text(run: Finished) -> str:
    """Return the bill as text of at most `WIDTH` columns: counts by layer, costs with shares, and what dominates."""
    s = run.summary
    bill = s.bill
    who = "1 replica" if s.replicas == 1 else f"mean of {s.replicas} replicas"
    epochs = "1 epoch" if s.epochs_done == 1 else f"{s.epochs_done} epochs"
    lines = textwrap.wrap(f"{run.folder}: {run.name}; one network ({who}), {epochs}", WIDTH)
    lines += ["", *_counts(bill), "", *_costs(bill), *_layers(bill), "", *textwrap.wrap(parallel_line(s), WIDTH)]
    lines += ["", *textwrap.wrap(summary_line(bill), WIDTH)]
    return "\n".join(lines)


def parallel_line(s: Summary) -> str:
    """Return what "in parallel" means for the write scheme of the run."""
    scheme = f" ({s.scheme})" if s.scheme else ""
    return f"In parallel: a layer is read at once and written as the scheme does{scheme}; layers are written side by side."


def summary_line(bill: Bill) -> str:
    """Return one sentence: which event takes the largest part of each cost."""
    parts = []
    for cost, of in OF.items():
        top = dominant(bill, cost)
        if top is not None:
            parts.append(f"{top['event']}, {percent(top['share'])} {of}")
    sentence = f"Largest: {'; '.join(parts)}." if parts else "Nothing here costs time or energy."
    if bill.energy_j is None:
        sentence += " No energy: that of cells without a largest conductance means nothing."
    return sentence


def percent(part: float | None) -> str:
    """Return a share as per cent with one digit; what is there, but too small to show, is not shown as 0.

    >>> percent(0.8231), percent(0.0), percent(1e-6), percent(None)
    ('82.3 %', '0 %', '<0.1 %', '')
    """
    if part is None:
        return ""
    if part == 0:
        return "0 %"
    return "<0.1 %" if part < 0.0005 else f"{100 * part:.1f} %"


def count(number: float | None) -> str:
    """Return a count with commas, as the command line writes numbers."""
    return words.count(number).replace(words.THIN, ",")


def quantity(value: float | None, dimension: str) -> str:
    """Return a quantity with unit and prefix, as the command line writes numbers."""
    return words.quantity(value, dimension).replace(words.THIN, ",")


def _counts(bill: Bill) -> list[str]:
    """Events and counts; layers that do not fit beside each other follow below."""
    layers = len(bill.happened[0].per_layer) if bill.happened else 0
    columns = [["all layers", *(count(row.count) for row in bill.happened)]]
    columns += [[f"layer {k + 1}", *(count(row.per_layer[k]) for row in bill.happened)] for k in range(layers)]
    return _beside(["events", *(row.event for row in bill.happened)], columns)


def _beside(first: Sequence[str], columns: Sequence[Sequence[str]]) -> list[str]:
    """Tables of at most `WIDTH` columns, one below the other, each with as many of the columns as fit."""
    lines: list[str] = []
    while columns:
        room, taken = WIDTH - max(map(len, first)), 0
        while taken < len(columns) and (taken == 0 or _width(columns[taken]) <= room):
            room -= _width(columns[taken])
            taken += 1
        lines += [*([""] if lines else []), *table(first, columns[:taken])]
        columns = columns[taken:]
    return lines


def _costs(bill: Bill) -> list[str]:
    """Times and energy of each event, each with its share of the total."""
    columns: list[list[str]] = []
    for cost, (_, heading, dimension) in COSTS.items():
        values = [getattr(row, cost) for row in bill.happened]
        total = getattr(bill, cost)
        shown = [NONE if value is None else quantity(value, dimension) for value in values]
        columns.append([heading, *shown, quantity(total, dimension)])
        columns.append(["share", *(percent(share(value, total)) for value in values), percent(share(total, total))])
    return table(["costs", *(row.event for row in bill.happened), "total"], columns)


def _layers(bill: Bill) -> list[str]:
    """What each of several layers costs; their times in parallel overlap and have no parts."""
    parts = layers_data(bill)
    if len(parts) < 2:
        return []
    names = ["by layer", *(f"layer {k + 1}" for k in range(len(parts)))]
    columns = [
        [heading, *(NONE if p[key] is None else quantity(p[key], dimension) for p in parts)]
        for key, heading, dimension in PARTS[1:]
    ]
    return ["", *table(names, columns)]


def epochs_text(run: Finished) -> str:
    """Return what each epoch cost, a line an epoch: the events that happened, seconds, joules; means over replicas.

    Events that do not fit beside the costs follow below. Raises `RunError` for a run whose history has no costs.
    """
    found = epochs_data(run)
    first = ["epoch", *(str(e["epoch"]) for e in found)]
    costs = [
        [heading, *(NONE if e[key] is None else quantity(e[key], dimension) for e in found)]
        for key, heading, dimension in PARTS
    ]
    events = [
        [name, *(count(e["events"][name]) for e in found)]
        for name in run.history.events
        if any(e["events"][name] for e in found)
    ]
    return "\n".join(_beside(first, [*costs, *events]))


def _width(column: Sequence[str]) -> int:
    return 2 + max(map(len, column))


def table(first: Sequence[str], columns: Sequence[Sequence[str]]) -> list[str]:
    """Return the lines of a table: first column to the left, the others to the right, a rule under the headings."""
    width = max(map(len, first))
    widths = [_width(column) for column in columns]
    lines = [
        f"{name:<{width}}" + "".join(f"{column[i]:>{w}}" for column, w in zip(columns, widths, strict=True))
        for i, name in enumerate(first)
    ]
    lines = [line.rstrip() for line in lines]
    return [lines[0], "-" * (width + sum(widths)), *lines[1:]]
