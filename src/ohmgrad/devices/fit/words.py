"""A fit in words: the table that the command line prints."""

from __future__ import annotations

import math
from collections.abc import Sequence

from ohmgrad.devices.fit.across import Parameter
from ohmgrad.devices.fit.candidates import READ
from ohmgrad.devices.fit.devicetext import window_spread
from ohmgrad.devices.fit.estimate import LawFit
from ohmgrad.devices.fit.result import FitResult
from ohmgrad.units import show

MEANING = {
    "sigma": "cycle-to-cycle, relative to the step",
    "sigma_abs": "cycle-to-cycle, absolute",
    "sigma_g": "cycle-to-cycle, relative to the conductance",
    READ: "of each read",
}
GOOD = 0.02  # mean curve off by more than this share of the window: the law does not fit


def describe(result: FitResult, chosen: LawFit | None = None) -> str:
    """Data, ranking, parameters of the chosen law (the best by default), and what to beware of."""
    fit = chosen or result.best
    parts = [_data(result), _ranking(result), _parameters(result, fit), _cautions(result, fit)]
    return "\n\n".join(p for p in parts if p)


def _data(result: FitResult) -> str:
    ramps = result.measurement.ramps
    sets = sum(r.up for r in ramps)
    used = sum(d.increments for d in result.cells.values())
    low = min(w[0] for w in result.windows.values())
    high = max(w[1] for w in result.windows.values())
    n = len(result.cells)
    lines = [
        f"{sets} SET and {len(ramps) - sets} RESET ramps of {n} cell{'s' * (n > 1)}, {used:,} pulses, {show(low, 'conductance')} to {show(high, 'conductance')}"
    ]
    lines += [f"  {note}" for note in result.notes]
    if result.outliers:
        jumps = sum(o.kind == "jump" for o in result.outliers)
        lines.append(
            f"  taken out: {_count(jumps, 'jump')} and {_count(len(result.outliers) - jumps, 'bad read')} (--keep-outliers keeps them):"
        )
        for o in result.outliers[:4]:
            lines.append(f"    {o.where}, read {o.pulse + 1}: {show(o.change, 'conductance', 3)}")
        if len(result.outliers) > 4:
            lines.append(f"    and {len(result.outliers) - 4} more")
    return "\n".join(lines)


def _ranking(result: FitResult) -> str:
    cell = next(iter(result.cells))
    head = ("law", "params", "ΔAIC", "ΔBIC", "mean curve off by", "step spread, model (measured)")
    best_aic = min(f.aic for f in result.fits)
    rows = []
    for f in result.fits:
        miss = result.miss(f)
        off = ", ".join(f"{100 * miss[k]:.2f} % {k}" for k in ("SET", "RESET") if k in miss)
        spread = []
        for up in (True, False):
            s = result.step_spread(f, cell, up)
            if s is not None:
                spread.append(f"{show(s.model, 'conductance', 2)} ({show(s.measured, 'conductance', 2)})")
        rows.append((f.label, str(f.parameters), _big(f.aic - best_aic), _big(f.bic - result.best.bic), off, ", ".join(spread)))
    out = [_table([head, *rows], right={1, 2, 3})]
    out.append("  mean curve: root mean square of data less model over the pulses, in per cent of the window")
    if any(r[5] for r in rows):
        one = "" if len(result.cells) == 1 else f" of cell {cell}"
        out.append(
            f"  step spread{one}: of a measured step about the mean at the same pulse number (read noise is in it), SET, RESET"
        )
    if result.not_fitted:
        out.append("  not fitted:")
        out += [f"    {name}: {reason}" for name, reason in result.not_fitted.items()]
    return "\n".join(out)


def _parameters(result: FitResult, fit: LawFit) -> str:
    parameters = result.parameters(fit)
    several = len(fit.cells) > 1
    head = ("parameter", "value", "± error", *(("cell to cell", "± error") if several else ()), "")
    rows = [_row(p, several) for p in parameters if not _is_node(p, fit)]
    nodes = [p for p in parameters if _is_node(p, fit)]
    if nodes:
        errors = sorted(p.estimate.error / p.estimate.value for p in nodes)
        text = f"± {100 * errors[0]:.1f} to {100 * errors[-1]:.1f} %"
        rows.insert(0, (f"{len(nodes)} steps of the table", "in the file", text, *(("", "") if several else ()), ""))
    lines = [f"{fit.label} (± 1 standard error)", _table([head, *rows], right=set())]
    low, high = (sum(w[k] for w in result.windows.values()) / len(result.windows) for k in (0, 1))
    given = [n for n in ("g_min", "g_max") if n in result.given]
    lines.append(
        f"  window {show(low, 'conductance')} to {show(high, 'conductance')}: {'given' if len(given) == 2 else 'as seen in the data'}"
    )
    if several:
        spread = window_spread(result)
        if spread:
            lines.append("  " + ", ".join(f"{k} differs from cell to cell by {100 * v:.2g} %" for k, v in spread.items()))
    strong = [c for c in result.correlations(fit) if not (_node_name(c[0]) and _node_name(c[1]))]
    if strong:
        lines.append("  correlations: " + ", ".join(f"{a} with {b} {rho:+.3f}" for a, b, rho in strong))
    others = [(k, v) for k, v in fit.tried.items() if v > 0.0]
    if others:
        lines.append(
            "  noise taken: "
            + _noise(fit.noise)
            + "; less well: "
            + ", ".join(f"{_noise(k)} (+{v:.0f})" for k, v in others[:3])
        )
    return "\n".join(lines)


def _row(p: Parameter, several: bool) -> tuple[str, ...]:
    e = p.estimate
    plain = e.dimension == "dimensionless"
    value = f"{e.value:.4g}" if plain else show(e.value, e.dimension)
    error = (
        "–"
        if not math.isfinite(e.error) or (not e.determined and e.error > abs(e.value))
        else f"{e.error:.2g}"
        if plain
        else show(e.error, e.dimension, 2)
    )
    note = "" if e.determined else f"not determined ({e.bound})" if e.bound else "not determined"
    note = note or MEANING.get(e.name, "")
    if not several:
        return (e.name.replace("_", " ") if e.name == READ else e.name, value, error, note)
    s = p.spread
    if s is None or not math.isfinite(s.error):
        over: tuple[str, str] = ("too few cells", "")
    elif not s.determined:
        over = (f"< {100 * (s.sigma + 2 * s.error):.2g} %", "not determined")
    else:
        over = (f"{100 * s.sigma:.3g} % {s.kind}", f"{100 * s.error:.2g} %")
    return (e.name.replace("_", " ") if e.name == READ else e.name, value, error, *over, note)


def _cautions(result: FitResult, fit: LawFit) -> str:
    out = []
    miss = result.miss(fit).get("both", 0.0)
    if miss > GOOD:
        out.append(
            f"the mean curve is off by {100 * miss:.1f} % of the window: the law does not describe these data, and its errors mean little"
        )
    for p in result.parameters(fit):
        if not p.estimate.determined:
            out.append(
                f"{p.estimate.name} is not determined by these data"
                + (f"; it ended at its {p.estimate.bound}" if p.estimate.bound else "")
            )
    bad = [name for name, c in fit.cells.items() if not c.optimum.converged]
    if bad:
        out.append(
            "the search did not settle"
            + ("" if len(fit.cells) == 1 else f" for {_count(len(bad), 'cell')}")
            + ": values may be far from the best"
        )
    if len(result.cells) == 1 and READ not in fit.noise and fit.law.name != result.best.law.name and READ in result.best.noise:
        out.append("read noise is seen by the best law only: in this one it is hidden by the misfit")
    if len(result.cells) == 1:
        out.append("one cell: the data tell nothing of the spread from cell to cell")
    return "\n".join(f"note: {text}" for text in dict.fromkeys(out))


def _is_node(p: Parameter, fit: LawFit) -> bool:
    return fit.law.needs_table and _node_name(p.estimate.name)


def _node_name(name: str) -> bool:
    return name[0] in "UD" and name[1:].isdigit()


def _noise(names: Sequence[str]) -> str:
    return " + ".join(n.replace("_", " ") if n == READ else n for n in names) or "none"


def _big(x: float) -> str:
    return f"{x:,.0f}" if x >= 10 else f"{x:.1f}"


def _count(n: int, what: str) -> str:
    return f"{n} {what}{'s' * (n != 1)}"


def _table(rows: Sequence[Sequence[str]], right: set[int]) -> str:
    widths = [max(len(r[k]) for r in rows) for k in range(len(rows[0]))]
    return "\n".join(
        "  "
        + "  ".join(c.rjust(w) if k in right else c.ljust(w) for k, (c, w) in enumerate(zip(r, widths, strict=True))).rstrip()
        for r in rows
    )
