"""The pulses of one cell as text, CSV and plain data."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from typing import Any

from ohmgrad.experiments.trace import Pulses
from ohmgrad.units import show

ENDS = 10  # pulses shown at either end of a long list

# Column of a CSV or of JSON → field of `Pulses`
COLUMNS = {
    "pulse": "pulse",
    "epoch": "epoch",
    "sample": "sample",
    "kind": "kind",
    "volts_v": "volts",
    "width_s": "seconds",
    "before_siemens": "before",
    "after_siemens": "after",
    "rested_siemens": "rested",
    "charge_c": "charge",
    "energy_j": "energy",
}


def cell_name(p: Pulses) -> str:
    """Where the cell is, such as ``layer 0, row 3, column 7, G+``."""
    sign = (
        (("G+", "G−")[p.member % 2] + (f" of pair {p.member // 2}" if p.member > 1 else "")) if p.paired else f"cell {p.member}"
    )
    return f"layer {p.layer}, row {p.row}, column {p.column}, {sign}"


def pulses_data(shown: Pulses, whole: Pulses) -> dict[str, Any]:
    """Plain data of the pulses `shown`, out of those of the whole run; SI units, names with their unit."""
    unbounded = () if whole.bounded else ("charge_c", "energy_j")
    return {
        "run": str(whole.folder),
        "replica": whole.replica,
        "cell": {"layer": whole.layer, "row": whole.row, "column": whole.column, "member": whole.member},
        "scheme": whole.scheme,
        "epochs_done": whole.epochs,
        "samples_done": whole.samples,
        "pulses": len(whole),
        "shown": len(shown),
        "counts": shown.counts,
        "charge_c": float(shown.charge.sum()) if whole.bounded else None,
        "energy_j": float(shown.energy.sum()) if whole.bounded else None,
        "half_selections": whole.half_selections,
        "half_selections_mean": whole.half_selections_mean,
        "start_siemens": whole.start,
        "end_siemens": whole.end,
        "reproduced": True,  # or there would be no `Pulses`
        "columns": {name: None if name in unbounded else getattr(shown, field).tolist() for name, field in COLUMNS.items()},
    }


def pulses_csv(shown: Pulses) -> str:
    """One line a pulse, after a line of names with their units (`COLUMNS`); numbers in SI, exact."""
    out = io.StringIO()
    write = csv.writer(out, lineterminator="\n")
    write.writerow(COLUMNS)
    write.writerows(zip(*(getattr(shown, field).tolist() for field in COLUMNS.values()), strict=True))
    return out.getvalue()


def pulses_text(shown: Pulses, whole: Pulses) -> str:
    """A table of the first and last pulses `shown`, and what they come to."""
    n = len(shown)
    left_out = n - 2 * ENDS if n > 2 * ENDS + 4 else 0
    rows = [*range(ENDS), *range(n - ENDS, n)] if left_out else range(n)
    lines = _table(shown, rows)
    if left_out:
        lines.insert(1 + ENDS, f"… {left_out:,} more; all of them with --csv FILE")
    done = f"{whole.epochs} epochs" + (f" and {whole.samples:,} samples" if whole.samples else "")
    counted = ", ".join(f"{count:,} {kind}" for kind, count in shown.counts.items())
    all_ = "" if n == len(whole) else f" of {len(whole):,}"
    facts = [
        ("cell", f"{cell_name(whole)} (replica {whole.replica})"),
        ("run", f"{whole.folder}: {done}, scheme {whole.scheme}"),
        ("pulses", f"{n:,}{all_}" + (f": {counted}" if counted else "")),
        ("conductance", f"{show(whole.start, 'conductance')} at the start, {show(whole.end, 'conductance')} at the end"),
        *_rest(shown),
        ("charge, energy", f"{_si(float(shown.charge.sum()), 'C')}, {show(float(shown.energy.sum()), 'energy')}" if whole.bounded else "n/a (unbounded cells)"),
        ("half-selections", _half(whole)),
        ("replay", "every cell of the replica ends as in the checkpoint, to the last bit"),
    ]  # fmt: skip
    return "\n".join([*lines, "" if lines else "no pulses", *(f"{name:<17}{value}" for name, value in facts)])


def _table(p: Pulses, rows: Sequence[int]) -> list[str]:
    """Header and one line for each of `rows`; no column of rests where there are none."""
    if not len(p):
        return []
    rested = bool((p.rested != 0).any())
    head = ["pulse", "epoch", "sample", "kind", "volts", "width", "before", "after", *(["rested"] if rested else [])]
    cells = [
        [
            f"{p.pulse[k]:,}",
            f"{p.epoch[k]}",
            f"{p.sample[k]:,}",
            str(p.kind[k]),
            show(p.volts[k], "voltage"),
            show(p.seconds[k], "time"),
            show(p.before[k], "conductance"),
            show(p.after[k], "conductance"),
            *([show(p.rested[k], "conductance")] if rested else []),
        ]
        for k in rows
    ]
    widths = [max(len(line[c]) for line in [head, *cells]) for c in range(len(head))]
    return [
        "  ".join(
            text.ljust(w) if name == "kind" else text.rjust(w) for text, w, name in zip(line, widths, head, strict=True)
        ).rstrip()
        for line in [head, *cells]
    ]


def _rest(p: Pulses) -> list[tuple[str, str]]:
    total = float(p.rested.sum())
    return [("by resting", f"{show(total, 'conductance')} in all, between these pulses")] if (p.rested != 0).any() else []


def _half(p: Pulses) -> str:
    if p.half_selections == 0 and not p.half_selections_mean:
        return "none of any cell of the layer in the whole run"
    if p.half_selections is not None:
        return f"{p.half_selections:,} in the whole run, each of them simulated"
    mean = p.half_selections_mean
    return f"not simulated one by one (they change nothing); {mean:,.1f} a cell on average over the layer"


def _si(value: float, unit: str) -> str:
    """A value whose unit `ohmgrad.units` does not know, with its prefix."""
    return show(value, "voltage").removesuffix("V") + unit


__all__ = ["COLUMNS", "cell_name", "pulses_csv", "pulses_data", "pulses_text"]
