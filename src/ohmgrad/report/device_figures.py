"""Pictures of one device: how it answers to pulses, what its steps spread, what time leaves of it.

plot_device(device)      all panels that the device has something to show in
plot_conflict()          number of levels against retention time, for one barrier shared by all levels
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import AutoMinorLocator, FixedLocator, FuncFormatter, LogLocator, MaxNLocator, NullFormatter

from ohmgrad.devices.levels import band, levels_curve, levels_of_barrier, retained
from ohmgrad.devices.resolve import Resolved
from ohmgrad.devices.response import answers_to_width, draw_cells, mean_steps, ramp, ramp_length
from ohmgrad.report.style import (
    BLACK,
    BLUE,
    DOUBLE,
    GREEN,
    GREY,
    LAYER_COLOURS,
    LAYER_LINES,
    LAYER_MARKERS,
    ORANGE,
    ROUND_STEPS,
    SINGLE,
    SKY,
    VERMILLION,
    drawing,
    linear_axis,
)

CELLS = 24  # simulated for mean and band
SHOWN = 3  # drawn as lines of their own
K = 3.0  # half a level's band, in standard deviations
SHORTEST, LONGEST = 1.0, 3.156e8  # s: a second to ten years
STRENGTHS = (0.5, 1.0, 2.0, 4.0)  # first steps, of the nominal one, by which amplitudes are chosen …
COARSE = (0.125, 0.25, 0.5, 1.0)  # … and those of a cell that is through its window in `FEW` pulses
FEW = 8
BARRIERS = (0.8, 1.2, 1.6)  # electronvolt
ATTEMPT = 1e-13  # s, between two attempts to climb a barrier
TIMES = {1e-6: "1 µs", 1e-3: "1 ms", 1.0: "1 s", 60.0: "1 min", 3600.0: "1 h", 86400.0: "1 d", 2.592e6: "30 d", 3.156e8: "10 y"}
PREFIXES = ((1.0, "S"), (1e-3, "mS"), (1e-6, "µS"), (1e-9, "nS"), (1e-12, "pS"))
PALE = 0.22  # of bands


def plot_device(device: Resolved, seed: int = 1) -> Figure:
    """Return the figure of a device: pulse response, steps, and, where it has them, amplitudes, retention and levels.

    seed: of the simulated cells (`CELLS` of them, with their spread from cell to cell; faulty cells are left out).
    """
    parts: list[Callable[[Axes, Resolved, int], None]] = [_response, _steps]
    if answers_to_width(device):
        parts.append(_amplitudes)
    if device.section.retention.kind != "none":
        parts += [_retention, _levels]
    columns = min(len(parts), 3) if len(parts) != 4 else 2
    rows = -(-len(parts) // columns)
    with drawing():
        fig = Figure(figsize=((SINGLE, 5.2, DOUBLE)[columns - 1], 2.15 * rows))
        for i, part in enumerate(parts):
            part(fig.add_subplot(rows, columns, i + 1), device, seed)
        return fig


def plot_conflict(temperature: float = 300.0) -> Figure:
    """Return levels against retention time for cells whose levels share one barrier (`BARRIERS`), attempts every `ATTEMPT` seconds."""
    times = np.geomspace(1e-6, 1e10, 161)
    with drawing():
        fig = Figure(figsize=(SINGLE, 2.5))
        axes = fig.add_subplot()
        for barrier, colour, line in zip(BARRIERS, LAYER_COLOURS, LAYER_LINES, strict=False):
            levels = [levels_of_barrier(t / ATTEMPT, barrier, temperature) for t in times]
            axes.plot(times, levels, line, color=colour, label=f"{barrier:g} eV")
        _time_axis(axes, times[0], times[-1], (1e-6, 1e-3, 1.0, 3600.0, 3.156e8))
        linear_axis(axes)
        axes.set_ylim(1.0, None)
        axes.set_xlabel("retention time")
        axes.set_ylabel("levels that share the barrier")
        axes.legend(loc="upper right", title="barrier", alignment="left")
        return fig


def siemens(largest: float) -> tuple[float, str]:
    """Return the unit (in siemens) in which `largest` is 1 or more, and its name.

    >>> siemens(2e-5), siemens(3e-8)
    ((1e-06, 'µS'), (1e-09, 'nS'))
    """
    return next((u for u in PREFIXES if largest >= u[0]), PREFIXES[-1])


def _response(axes: Axes, device: Resolved, seed: int) -> None:
    """Conductance against the number of the pulse, SET and then RESET."""
    d, p, n = device.section, device.params, ramp_length(device)
    down = [(-p.v_reset, d.t_reset)] * (n if device.law.can_go_down else max(2, n // 8))
    g = ramp(device, draw_cells(device, CELLS, seed), [(p.v_set, d.t_set)] * n + down, seed)
    unit, name = siemens(g.mean(axis=0).max())
    x = np.arange(g.shape[1])
    for part, colour, label in ((slice(0, n + 1), VERMILLION, "SET"), (slice(n, None), BLUE, "RESET")):
        mean, sd = g[:, part].mean(axis=0) / unit, g[:, part].std(axis=0, ddof=1) / unit
        axes.fill_between(x[part], mean - sd, mean + sd, color=colour, alpha=PALE, linewidth=0, zorder=1)
        axes.plot(x[part], mean, color=colour, label=label, zorder=3)
    for i in range(SHOWN):
        axes.plot(x, g[i] / unit, color=GREY, linewidth=0.5, zorder=2, label="cells" if i == 0 else None)
    _pulse_axis(axes, len(x) - 1)
    linear_axis(axes)
    axes.set_ylim(0.0, 1.28 * (g / unit).max())
    axes.set_ylabel(f"conductance ({name})")
    axes.set_title("pulse response")
    axes.legend(loc="upper center", ncols=3, handlelength=1.2, columnspacing=0.8, borderaxespad=0.1, handletextpad=0.4)


def _steps(axes: Axes, device: Resolved, seed: int) -> None:
    """Change by one pulse against conductance, ± its spread; a RESET that clears at once is left out."""
    low, high = device.params.g_min, device.params.g_max
    s = mean_steps(device, np.linspace(low, high, 61))
    parts = [(s.up, s.up_spread, VERMILLION, "SET")]
    if device.law.can_go_down:
        parts.append((s.down, s.down_spread, BLUE, "RESET"))
    unit, name = siemens(high)
    step_unit, step_name = siemens(max(float(np.abs(mean).max()) for mean, *_ in parts))
    for mean, spread, colour, label in parts:
        mean, spread = mean / step_unit, spread / step_unit
        axes.fill_between(s.g / unit, mean - spread, mean + spread, color=colour, alpha=PALE, linewidth=0)
        axes.plot(s.g / unit, mean, color=colour, label=label)
    axes.axhline(0.0, color=BLACK, linewidth=0.5, zorder=0)
    axes.set_xlim(low / unit, high / unit)
    axes.xaxis.set_major_locator(MaxNLocator(nbins=5, steps=list(ROUND_STEPS)))
    axes.xaxis.set_minor_locator(AutoMinorLocator(2))
    linear_axis(axes)
    axes.set_xlabel(f"conductance ({name})")
    axes.set_ylabel(f"step ({step_name})")
    axes.set_title("mean step ± spread")


def _amplitudes(axes: Axes, device: Resolved, seed: int) -> None:
    """Four cells, each with an amplitude of its own (see `_amplitude`): SET pulses, then RESET pulses of the same share of v_reset."""
    d, p = device.section, device.params
    n = min(max(2 * ramp_length(device), 12), 400)
    cells = draw_cells(device, len(STRENGTHS), seed)
    few = p.g_min + FEW * float(mean_steps(device, np.array([p.g_min])).up[0]) > p.g_max
    runs, names = [], []
    for i, strength in enumerate(COARSE if few else STRENGTHS):
        v = _amplitude(device, strength)
        w = v / p.v_set * p.v_reset
        runs.append(ramp(device, cells[i : i + 1], [(v, d.t_set)] * n + [(-w, d.t_reset)] * n, seed + i)[0])
        names.append(f"{v:.3g} / {w:.3g}")
    unit, name = siemens(max(float(g.max()) for g in runs))
    for i, (g, label) in enumerate(zip(runs, names, strict=True)):
        axes.plot(
            g / unit, color=(BLUE, GREEN, ORANGE, VERMILLION)[i], marker=LAYER_MARKERS[i], markersize=2.2, linewidth=0.8,
            markevery=(i * n // 40, max(1, n // 8)), label=label,
        )  # fmt: skip
    _pulse_axis(axes, 2 * n)
    linear_axis(axes)
    axes.set_ylim(0.0, 1.4 * max(float(g.max()) for g in runs) / unit)
    axes.set_ylabel(f"conductance ({name})")
    axes.set_title("amplitudes (SET / RESET, V)")
    axes.legend(
        loc="upper center", ncols=2, fontsize=6.5, handlelength=1.2, handletextpad=0.4, columnspacing=0.8, borderaxespad=0.1,
        labelspacing=0.2,
    )  # fmt: skip


def _amplitude(device: Resolved, strength: float) -> float:
    """Volts whose SET step, at the beginning of the window, is `strength` of the nominal one."""
    law, p, t = device.law, device.params, device.section.t_set
    s = law.start(p.g_min + 1e-3 * (p.g_max - p.g_min), p)
    low, high, goal = 0.0, 3.0 * p.v_set, strength * law.mean_step(s, p.v_set, t, p, device.table)
    for _ in range(40):
        middle = 0.5 * (low + high)
        low, high = (middle, high) if law.mean_step(s, middle, t, p, device.table) < goal else (low, middle)
    return high if strength != 1.0 else float(p.v_set)


def _retention(axes: Axes, device: Resolved, seed: int) -> None:
    """Conductance of five levels against time, ± the spread with which they are read."""
    low, high = device.params.g_min, device.params.g_max
    written = low + (high - low) * np.linspace(0.0, 1.0, 5)
    times = np.geomspace(SHORTEST, LONGEST, 81)
    pairs = [band(device, written, t) for t in times]
    mean, sd = (np.array([pair[i] for pair in pairs]) for i in (0, 1))
    unit, name = siemens(high)
    for i in range(len(written)):
        a, b = (mean[:, i] - sd[:, i]) / unit, (mean[:, i] + sd[:, i]) / unit
        axes.fill_between(times, a, b, color=LAYER_COLOURS[0], alpha=PALE, linewidth=0)
        axes.plot(times, mean[:, i] / unit, color=LAYER_COLOURS[0])
    _time_axis(axes, SHORTEST, LONGEST)
    linear_axis(axes)
    axes.set_ylim(min(0.0, float((mean - sd).min()) / unit), None)
    axes.set_ylabel(f"conductance ({name})")
    axes.set_title("levels as written, and later")


def _levels(axes: Axes, device: Resolved, seed: int) -> None:
    """Levels whose bands do not overlap against the time that they must last."""
    times = np.geomspace(SHORTEST, LONGEST, 61)
    levels = levels_curve(device, times.tolist(), K)
    if np.isfinite(levels).any():
        axes.step(times, np.where(np.isfinite(levels), levels, np.nan), where="post", color=GREEN)
        axes.set_ylim(0.0, 1.15 * float(levels[np.isfinite(levels)].max()))
    else:  # without spread all levels can be told apart, however near: what is left of the window is what can be shown
        window = np.array([device.params.g_min, device.params.g_max])
        left = [float(np.ptp(retained(device, window, t)) / np.ptp(window)) for t in times]
        axes.plot(times, 100 * np.array(left), color=SKY)
        axes.set_ylim(0.0, 108.0)
    _time_axis(axes, SHORTEST, LONGEST)
    linear_axis(axes)
    finite = bool(np.isfinite(levels).any())
    axes.set_ylabel("levels" if finite else "window left (%)")
    axes.set_title(f"levels, ± {K:g} s.d. each" if finite else "window (no noise is given)")
    axes.set_xlabel("retention time")


def _pulse_axis(axes: Axes, last: int) -> None:
    axes.set_xlim(0, last)
    axes.xaxis.set_major_locator(MaxNLocator(nbins=5, integer=True, steps=list(ROUND_STEPS)))
    axes.set_xlabel("pulse")


def _time_axis(axes: Axes, first: float, last: float, shown: Sequence[float] = tuple(TIMES)) -> None:
    axes.set_xscale("log")
    axes.set_xlim(first, last)
    axes.xaxis.set_major_locator(FixedLocator([t for t in shown if first <= t <= last]))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda t, _: TIMES.get(t, "")))
    axes.xaxis.set_minor_locator(LogLocator(numticks=20))
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.set_xlabel("time")


def words(device: Resolved) -> Sequence[str]:
    """Return what the bands of `plot_device` are, for a caption."""
    out = [f"Pulse response: mean of {CELLS} simulated cells ± 1 standard deviation between them, {SHOWN} of them as lines."]
    out.append("Steps: ± the spread of one pulse of one cell.")
    if device.section.retention.kind != "none":
        out.append(f"Retention: ± 1 standard deviation of a read; levels: bands of ± {K:g} that do not overlap.")
    return out
