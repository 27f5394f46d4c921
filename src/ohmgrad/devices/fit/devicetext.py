"""A fit as a device file: values that a run takes, errors and origin in comments."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np

from ohmgrad.devices.fit.candidates import READ
from ohmgrad.devices.fit.estimate import LawFit
from ohmgrad.devices.fit.result import FitResult
from ohmgrad.units import show

DIGITS = 6


def device_text(result: FitResult, fit: LawFit | None = None) -> str:
    """TOML of the device file for one of the fitted laws (the best by default); `ohmgrad.devices.devicefile` reads it."""
    fit = fit or result.best
    law = fit.law
    parameters = {p.estimate.name: p for p in result.parameters(fit)}
    first = next(iter(fit.cells.values()))
    values, tab = nominal(result, fit)
    files = ", ".join(Path(f).name for f in result.measurement.files) or "arrays"
    steps = sum(d.increments for d in result.cells.values())
    lines = [
        f"# Fitted by 'ohmgrad device fit' from {files}: {len(result.measurement.ramps)} ramps, {steps:,} pulses, {_cells(len(result.cells))}.",
        "# Behind each value: ± 1 standard error of the fit.",
        "schema = 1",
        f"title = {_quoted(f'fitted cell: {law.name}')}",
        f"source = {_quoted(f'own measurement: {files}')}",
        "assumed = [",
        *(f"    {_quoted(text)}," for text in assumptions(result, fit)),
        "]",
    ]
    if law.leaves_out:
        lines.append(f"leaves_out = [{_quoted(law.leaves_out)}]")
    lines += [
        f"law = {_quoted(law.name)}",
        f't_set = "{show(result.widths[0], "time", 6)}"',
        f't_reset = "{show(result.widths[1], "time", 6)}"',
    ]
    if first.candidate.grid is not None:
        lines += [
            "# Rows: conductance, mean SET step, mean RESET step (siemens). Standard errors: see the comment below each row.",
            "table = [",
        ]
        for row, letter in zip(tab, ("", "U", "D"), strict=True):
            lines.append(f"    [{', '.join(f'{v:.10g}' if not letter else f'{v:.6g}' for v in row)}],")
            errors = [parameters[f"{letter}{k}"].estimate.error for k in range(len(row)) if f"{letter}{k}" in parameters]
            if errors:
                lines.append(f"    # ± {', '.join(f'{e:.2g}' for e in errors)}")
        lines.append("]")
    lines += ["", "[parameters]"]
    for name, declared in law.declared.items():
        if declared.dimension == "voltage" and name not in result.given:
            continue  # the law's own defaults hold, and are listed as assumed
        value = getattr(values, name)
        if value == declared.default and name not in parameters and name not in ("g_min", "g_max") and name not in result.given:
            continue
        text = (
            f"{value:.{DIGITS}g}" if declared.dimension == "dimensionless" else f'"{show(value, declared.dimension, DIGITS)}"'
        )
        lines.append(f"{name} = {text}{_comment(result, parameters, name, declared.dimension)}")
    spreads = [
        (n, p.spread) for n, p in parameters.items() if p.spread is not None and p.spread.determined and n in law.declared
    ]
    for name, s in spreads:
        lines += [
            "",
            f"[variation.{name}]",
            f"sigma = {s.sigma:.4g}  # ± {s.error:.2g}, from cell to cell",
            f'kind = "{s.kind}"',
        ]
    for name, sigma in window_spread(result).items():
        lines += ["", f"[variation.{name}]", f"sigma = {sigma:.4g}  # of the lowest or highest conductance seen in each cell"]
    if READ in parameters:
        e = parameters[READ].estimate
        lines += [
            "",
            "[noise]",
            f'absolute = "{show(e.value, "conductance", DIGITS)}"  # ± {show(e.error, "conductance", 2)}, of each read',
        ]
    return "\n".join(lines) + "\n"


def nominal(result: FitResult, fit: LawFit) -> tuple[Any, Any]:
    """Parameters and table of the middle cell: the values over cells."""
    first = next(iter(fit.cells.values()))
    values = {p.estimate.name: p.estimate.value for p in result.parameters(fit)}
    p, tab = first.candidate.published(values)
    if len(fit.cells) > 1:
        windows = np.array(list(result.windows.values()))
        p = p._replace(g_min=float(windows[:, 0].mean()), g_max=float(windows[:, 1].mean()))
        if first.candidate.grid is not None:
            tab = tab.copy()
            tab[0] = np.linspace(p.g_min, p.g_max, tab.shape[1])
    return p, tab


def window_spread(result: FitResult) -> dict[str, float]:
    """Relative spread of the window's ends over cells, where the user has not given them."""
    if len(result.windows) < 3:
        return {}
    ends = np.array(list(result.windows.values()))
    out = {}
    for k, name in enumerate(("g_min", "g_max")):
        if name not in result.given and ends[:, k].mean() > 0:
            sigma = float(ends[:, k].std(ddof=1) / ends[:, k].mean())
            if sigma > 1e-4:
                out[name] = sigma
    return out


def assumptions(result: FitResult, fit: LawFit) -> list[str]:
    """What the data do not tell and the file says nevertheless."""
    out = []
    window = [n for n in ("g_min", "g_max") if n not in result.given]
    if window:
        out.append(f"{' and '.join(window)}: the lowest and highest conductance in the data; what lies beyond was not measured")
    volts = [n for n, d in fit.law.declared.items() if d.dimension == "voltage" and n not in result.given]
    if volts:
        out.append(f"{', '.join(volts)}: the law's defaults; ramps at one amplitude tell nothing of voltages")
    if result.derived:
        out.append(f"{', '.join(result.derived)}: in the ratio of the law's defaults to the voltages given")
    out.append("t_set, t_reset: as given or default; the law knows no width")
    out += fit.notes
    out += [f"{name}: not determined by the data" for name in undetermined(result, fit)]
    out += result.notes
    return out


def undetermined(result: FitResult, fit: LawFit) -> list[str]:
    """Names of parameters that the data leave open."""
    return [p.estimate.name for p in result.parameters(fit) if not p.estimate.determined]


def _comment(result: FitResult, parameters: dict[str, Any], name: str, dimension: str) -> str:
    if name in parameters:
        e = parameters[name].estimate
        error = f"{e.error:.2g}" if dimension == "dimensionless" else show(e.error, dimension, 2)
        if not math.isfinite(e.error):
            return "  # not determined"
        return f"  # ± {error}" + ("" if e.determined else f", not determined{': ' + e.bound if e.bound else ''}")
    return "  # given" if name in result.given else "  # seen" if name in ("g_min", "g_max") else ""


def _cells(n: int) -> str:
    return f"{n} cell{'s' * (n > 1)}"


def _quoted(text: str) -> str:
    """A TOML string."""
    plain = "".join(c if c.isprintable() else " " for c in text)
    return '"' + plain.replace("\\", "\\\\").replace('"', '\\"') + '"'
