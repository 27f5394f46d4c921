"""Draw the pictures of docs/tolerance.md from the stores of the studies.

ohmgrad sweep figure-2.12        # and so on; each leaves a store in sweeps/
python docs/images/studies.py sweeps docs/images
"""

from __future__ import annotations

import itertools
import json
import math
import sys
from pathlib import Path

import numpy as np
from matplotlib.colors import LogNorm
from matplotlib.figure import Figure
from matplotlib.ticker import NullFormatter

from ohmgrad.experiments.interval import interval95
from ohmgrad.report.load import load_run
from ohmgrad.report.style import (
    BLACK,
    BLUE,
    DOUBLE,
    GREEN,
    GREY,
    LAYER_COLOURS,
    LAYER_MARKERS,
    ORANGE,
    PURPLE,
    SINGLE,
    VERMILLION,
    drawing,
    epoch_axis,
    legend_above,
    linear_axis,
)
from ohmgrad.sweep.query import Results
from ohmgrad.sweep.store import FILE, Store

CURVES = {
    "linear-unbounded": ("linear, unbounded", BLUE, "-", "o"),
    "linear": ("bounded", VERMILLION, "--", "s"),
    "one-way-linear": ("bounded, one-way", GREEN, "-.", "^"),
    "no-refresh": ("bounded, one-way, nonlinear", PURPLE, ":", "D"),
}
SPREAD = 0.25 / math.sqrt(
    math.sqrt(2 / 779) * math.sqrt(2 / 376)
)  # bound of the hidden layers over the spread of their start weights


def runs(store: Store) -> dict[int, list[dict]]:
    """The stored runs of each point, numbers and history."""
    out: dict[int, list[dict]] = {}
    columns = "p.point, r.repeat, r.test_accuracy, r.train_accuracy, r.pulses_set + r.pulses_reset, r.array_time_s, r.array_energy_j, t.history"
    sql = f"SELECT {columns} FROM points p JOIN runs r USING (key) JOIN texts t USING (run) ORDER BY 1, 2"
    names = ("point", "repeat", "test", "train", "pulses", "seconds", "joules")
    for row in store.db.execute(sql):
        out.setdefault(row[0], []).append({**dict(zip(names, row[:7], strict=True)), **json.loads(row[7])})
    return out


def mean(values) -> tuple[float, float]:
    """Mean and half its 95 % interval (Student's t; 0 for one value)."""
    v = np.asarray(values, float)
    return float(v.mean()), interval95(v) or 0.0


def by_epoch(found: list[dict], name: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Epochs from 1, mean and half interval of a list of the history."""
    v = np.array([f[name] for f in found], float)
    v = v.reshape(*v.shape[:2], -1).mean(axis=2)
    both = np.array([mean(v[:, k]) for k in range(v.shape[1])])
    return np.arange(1, v.shape[1] + 1), both[:, 0], both[:, 1]


def log_axis(axes) -> None:
    """Make x a log axis that is labelled at powers of ten, or at a few values where there are none."""
    axes.set_xscale("log")
    axes.xaxis.set_minor_formatter(NullFormatter())
    low, high = axes.get_xlim()
    if math.ceil(math.log10(low)) >= math.floor(math.log10(high)):
        ticks = [m * 10.0**e for e in range(-12, 12) for m in (1, 2, 5) if low <= m * 10.0**e <= high]
        axes.set_xticks(ticks, [f"{t:g}" for t in ticks])


def banded(axes, x, y, half, label, colour, line="-", marker="o"):
    axes.fill_between(x, y - half, np.minimum(y + half, 100), color=colour, alpha=0.2, linewidth=0)
    axes.plot(x, y, line, color=colour, marker=marker, label=label)


def figure_212(folder: Path) -> Figure:
    """Test accuracy by epoch of the four cells: one-way pairs never refreshed, and refreshed every 100 images."""
    fig = Figure(figsize=(DOUBLE, 3.2))
    curves = {}
    for name in ("figure-2.12", "figure-2.12-refreshed"):
        with Store(folder / name / FILE, read_only=True) as store:
            results = Results(store)
            curves[name] = {results.place(point)[0]: found for point, found in runs(store).items()}
    never, often = curves.values()
    for k, (title, shown) in enumerate(
        (("never refreshed", never), ("one-way pairs refreshed every 100 images", {**never, **often}))
    ):
        axes = fig.add_subplot(1, 2, k + 1)
        for variant, found in shown.items():
            text, colour, line, marker = CURVES[variant]
            x, y, half = by_epoch(found, "test_accuracy")
            banded(axes, x, 100 * y, 100 * half, f"{text} (n = {len(found)})", colour, line, marker)
        epoch_axis(axes, list(x))
        linear_axis(axes)
        axes.set(ylim=(0, 100), ylabel="" if k else "test accuracy (%)")
        axes.set_title(title)
        if k:
            axes.legend(loc="lower right")
    return fig


def figure_diamonds(folders: dict[str, Path]) -> Figure:
    """Pairs over (G+, G-) of all layers together: a row for each cell, a column for each of three epochs. Colour is the share of all pairs."""
    fig = Figure(figsize=(4.6, 1.5 * len(folders) + 0.4))
    for row, (variant, folder) in enumerate(folders.items()):
        snapshots = load_run(folder).snapshots
        edges = 1e6 * snapshots.diamond_edges
        x, y = edges[:, None] + edges[None, :], edges[:, None] - edges[None, :]
        low, high = 2e6 * snapshots.g_min, 2e6 * snapshots.g_max
        for column, epoch in enumerate(snapshots.shown):
            axes = fig.add_subplot(len(folders), 3, 3 * row + column + 1)
            counts = sum(np.asarray(c) for c in snapshots.diamonds[epoch])
            share = np.ma.masked_equal(counts / counts.sum(), 0)
            axes.pcolormesh(x, y, share, norm=LogNorm(1e-6, 1), cmap="magma_r", rasterized=True)
            middle, reach = (low + high) / 2, (high - low) / 2
            axes.plot([low, middle, high, middle, low], [0, reach, 0, -reach, 0], color=BLACK, linewidth=0.6)
            axes.set(xlim=(low - 1, high + 1), ylim=(-reach - 1, reach + 1))
            axes.tick_params(labelbottom=row == len(folders) - 1, labelleft=column == 0, labelsize=6)
            if row == 0:
                axes.set_title("start" if epoch == 0 else f"epoch {epoch}", fontsize=7, loc="center")
            if column == 0:
                axes.set_ylabel(CURVES[variant][0].replace(", ", ",\n") + "\nG⁺ − G⁻ (µS)", fontsize=6)
            if row == len(folders) - 1:
                axes.set_xlabel("G⁺ + G⁻ (µS)", fontsize=6.5)
    return fig


def layers_by_epoch(found: list[dict]) -> np.ndarray:
    """Mean conductance (epochs, layers), µS, over runs."""
    return 1e6 * np.array([f["mean_conductance"] for f in found], float).mean(axis=0)


def figure_29(store: Store) -> Figure:
    """Mean conductance of all cells of a layer by epoch, never refreshed and refreshed every 100 images."""
    fig = Figure(figsize=(SINGLE + 0.8, 2.8))
    axes = fig.add_subplot()
    results = Results(store)
    for point, found in runs(store).items():
        every = int(results.place(point)[0])
        if every not in (0, 100):
            continue
        g = layers_by_epoch(found)
        for k in range(g.shape[1]):
            label = f"layer {k + 1}, {'every 100 images' if every else 'never refreshed'}"
            axes.plot(
                range(1, len(g) + 1),
                g[:, k],
                ":" if every else "-",
                color=LAYER_COLOURS[k],
                marker=LAYER_MARKERS[k],
                label=label,
            )
    axes.axhline(20, color=GREY, linewidth=0.7, linestyle="--")
    axes.text(1, 20.3, "right corner of the diamond", fontsize=6.5, va="bottom")
    epoch_axis(axes, list(range(1, len(g) + 1)))
    axes.set(ylim=(0, 22.5), ylabel="mean of (G⁺ + G⁻)/2 (µS)")
    legend_above(fig, axes, columns=2)
    return fig


def knee(every: np.ndarray, accuracy: np.ndarray, loss: float = 5.0) -> float:
    """Images between refreshes at which the accuracy has fallen `loss` points below the best, evenly in the logarithm; nan if it never does."""
    best = int(np.argmax(accuracy))
    for k in range(best, len(every) - 1):
        a, b, level = accuracy[k], accuracy[k + 1], accuracy[best] - loss
        if b <= level < a:
            return float(np.exp(np.log(every[k]) + (a - level) / (a - b) * np.log(every[k + 1] / every[k])))
    return math.nan


def refresh_curves(store: Store) -> dict[float | str, list]:
    """{value of the first axis: [(images between refreshes, runs), …]}."""
    results = Results(store)
    curves: dict[float | str, list] = {}
    for point, found in runs(store).items():
        value, every = results.place(point)
        curves.setdefault(value, []).append((every, found))
    for points in curves.values():
        points.sort(key=lambda p: p[0])
    return curves


def figure_210(stores: list[Store]) -> Figure:
    """Accuracy against images between refreshes: for steps in the window, and for weight scales."""
    fig = Figure(figsize=(DOUBLE, 2.9))
    for k, store in enumerate(stores):
        axes = fig.add_subplot(1, len(stores), k + 1)
        for c, (value, points) in enumerate(refresh_curves(store).items()):
            label = f"w_max {json.loads(value)[0]:g}" if isinstance(value, str) else f"{round(19.9e-6 / value)} steps"
            x = np.array([every for every, _ in points])
            for name, line in (("test", "-"), ("train", ":")):
                both = 100 * np.array([mean([f[name] for f in found]) for _, found in points])
                marker = LAYER_MARKERS[c] if name == "test" else ""
                banded(axes, x, both[:, 0], both[:, 1], label if name == "test" else None, LAYER_COLOURS[c], line, marker)
            at = knee(x, 100 * np.array([np.mean([f["test"] for f in found]) for _, found in points]))
            print(f"figure 2.10, {label}: 5 points below the best at {at:.0f} images (n = {len(points[0][1])})")
        axes.axvline(100, color=GREY, linewidth=0.8, linestyle="--")
        axes.set_xscale("log")
        axes.set(xlabel="images between refreshes", ylim=(0, 100), ylabel="accuracy (%)" if k == 0 else "")
        axes.legend(title="solid: test, dotted: training", title_fontsize=6.5, fontsize=6.5, loc="lower left")
    return fig


def gaps(store: Store, epoch: int = -1) -> dict[str, dict[tuple[float, int], tuple[float, float]]]:
    """Points of accuracy lost from curve to curve, paired by repeat: {curve: {(bound over spread, steps): (mean, half)}}."""
    results = Results(store)
    accuracy: dict = {}
    for point, found in runs(store).items():
        w, g_max, variant = results.place(point)
        at = (round(json.loads(w)[0] / 0.25 * SPREAD, 2), round((g_max - 1e-7) / 0.166e-6))
        accuracy.setdefault(variant, {})[at] = {f["repeat"]: 100 * f["test_accuracy"][epoch] for f in found}
    order = list(CURVES)
    if not accuracy:
        return {}
    out: dict = {"accuracy": {v: {at: mean(list(a.values())) for at, a in points.items()} for v, points in accuracy.items()}}
    for before, after in itertools.pairwise(order):
        out[after] = {
            at: mean([a[r] - accuracy[after][at][r] for r in a if r in accuracy[after][at]])
            for at, a in accuracy.get(before, {}).items()
            if at in accuracy.get(after, {})
        }
    return out


def figure_gaps(store: Store) -> Figure:
    """What each imperfection costs over bound and steps; the cells nearest to the chapter's numbers framed."""
    found = gaps(store)
    fig = Figure(figsize=(DOUBLE, 2.5))
    names = (("linear", "bounds", 10), ("one-way-linear", "one-way writing", 40), ("no-refresh", "nonlinear steps", 20))
    for k, (curve, text, chapter) in enumerate(names):
        axes = fig.add_subplot(1, 3, k + 1)
        points = found[curve]
        xs, ys = sorted({a for a, _ in points}), sorted({b for _, b in points})
        grid = np.array([[points.get((a, b), (np.nan, 0))[0] for a in xs] for b in ys])
        axes.imshow(grid, origin="lower", aspect="auto", cmap="RdBu_r", vmin=-80, vmax=80)
        for (i, j), value in np.ndenumerate(grid):
            if np.isfinite(value):
                near = abs(value - chapter) <= max(5.0, chapter / 4)
                axes.text(
                    j, i, f"{-value:+.0f}".replace("-", "−") if round(value) else "0", ha="center", va="center", fontsize=7,
                    fontweight="bold" if near else "normal", color="white" if abs(value) > 45 else "black",
                    bbox={"boxstyle": "square,pad=0.35", "fill": False, "edgecolor": BLACK} if near else None,
                )  # fmt: skip
        axes.set_xticks(range(len(xs)), [f"{x:.2g}" for x in xs])
        axes.set_yticks(range(len(ys)), [str(y) for y in ys])
        axes.set_title(f"{text}, chapter: −{chapter}")
        axes.set_xlabel("bound / spread of start weights")
        if k == 0:
            axes.set_ylabel("steps in the window")
    return fig


PANELS = (  # study, label, factor
    ("dead", "cells that cannot be SET (%)", 100),
    ("stuck-on", "cells that cannot be RESET (%)", 100),
    ("stuck", "cells stuck anywhere (%)", 100),
    ("cycle-to-cycle", "spread of a pulse / step", 1),
    ("device-to-device", "spread of step, cell to cell (ln)", 1),
    ("window-spread", "spread of g_max, cell to cell (ln)", 1),
    ("asymmetry", "RESET step / SET step", 1 / 0.166e-6),
    ("nonlinearity", "nonlinearity (slope of the step)", 1),
    ("levels", "steps in the window", None),
    ("window", "g_max, step as it is (µS)", 1e6),
    ("read-noise", "noise of a read / conductance", 1),
)


def figure_tolerance(folder: Path) -> Figure:
    """A small panel for each imperfection, the same accuracy axis."""
    there = [p for p in PANELS if (folder / f"tolerance-{p[0]}" / FILE).is_file()]
    rows = -(-len(there) // 4)
    fig = Figure(figsize=(DOUBLE, 1.75 * rows))
    for k, (name, label, factor) in enumerate(there):
        axes = fig.add_subplot(rows, 4, k + 1)
        with Store(folder / f"tolerance-{name}" / FILE, read_only=True) as store:
            results = Results(store)
            curves: dict = {}
            for point, found in runs(store).items():
                *kind, value = results.place(point)
                x = 19.9e-6 / value if factor is None else value * factor
                axes.plot([x] * len(found), [100 * f["test"] for f in found], ".", color=GREY, markersize=2.5, zorder=1)
                curves.setdefault(kind[0] if kind else "", []).append((x, *mean([100 * f["test"] for f in found]), len(found)))
        for c, (kind, points) in enumerate(curves.items()):
            x, y, half, _ = np.array(sorted(points)).T
            banded(axes, x, y, half, {"pair": "pairs"}.get(kind, kind), (BLUE, VERMILLION)[c], ("-", "--")[c], ("o", "s")[c])
            print(
                f"tolerance {name} {kind}: " + ", ".join(f"{a:.3g}: {b:.1f} ± {h:.1f} (n={n})" for a, b, h, n in sorted(points))
            )
        if name in ("levels", "window", "asymmetry"):
            log_axis(axes)
        elif x[0] == 0:
            axes.set_xscale("symlog", linthresh=x[1], linscale=0.5)
            axes.set_xticks(x, [f"{v:g}" for v in x])
            axes.minorticks_off()
        if len(curves) > 1:
            axes.legend(loc="lower center", fontsize=6)
        axes.set_ylim(0, 100)
        axes.set_xlabel(label, fontsize=7)
        axes.tick_params(labelsize=6.5, labelleft=k % 4 == 0)
        if k % 4 == 0:
            axes.set_ylabel("test accuracy (%)", fontsize=7)
    return fig


def figure_countermeasures(store: Store) -> Figure:
    """Accuracy of each countermeasure beside its bill."""
    results = Results(store)
    found = {results.place(p)[0] or "(none)": f for p, f in runs(store).items()}
    order = sorted(found, key=lambda v: np.mean([f["test"] for f in found[v]]))
    fig = Figure(figsize=(DOUBLE, 0.6 + 0.2 * len(order)))
    columns = (
        ("test", "test accuracy (%)", 100),
        ("pulses", "pulses", 1),
        ("seconds", "array time (s)", 1),
        ("joules", "array energy (J)", 1),
    )
    for k, (name, label, factor) in enumerate(columns):
        axes = fig.add_subplot(1, 4, k + 1)
        for i, variant in enumerate(order):
            values = [f[name] for f in found[variant] if f[name]]
            if not values or (k > 0 and "floating" in variant):
                continue
            m, half = mean(values)
            colour = BLACK if "floating" in variant else VERMILLION if variant == "(none)" else BLUE
            axes.errorbar(factor * m, i, xerr=factor * half, fmt="o", color=colour, elinewidth=0.8, capsize=2)
        if k == 0 and "floating-point" in found:
            top = 100 * np.mean([f["test"] for f in found["floating-point"]])
            axes.axvspan(top - 2, top, color=ORANGE, alpha=0.25, linewidth=0)
        if k:
            log_axis(axes)
        else:
            axes.set_xlim(0, 100)
        axes.set_yticks(range(len(order)), order if k == 0 else [""] * len(order))
        axes.set_ylim(-0.6, len(order) - 0.4)
        axes.grid(axis="y", linewidth=0.3, color=GREY, alpha=0.5)
        axes.set_xlabel(label)
    return fig


def main(folder: Path, out: Path) -> None:
    with drawing():
        there = {v: folder / f"diamond-{v}" for v in CURVES if (folder / f"diamond-{v}" / "snapshots.npz").is_file()}
        if there:
            figure_diamonds(there).savefig(out / "figure-2.12-diamonds.png", dpi=200)
        for name, draw in {
            "figure-2.9": figure_29, "figure-2.12-gaps": figure_gaps,
            "countermeasures": figure_countermeasures,
        }.items():  # fmt: skip
            if (folder / name / FILE).is_file():
                with Store(folder / name / FILE, read_only=True) as store:
                    draw(store).savefig(out / f"{name}.png", dpi=200)
        if all((folder / name / FILE).is_file() for name in ("figure-2.12", "figure-2.12-refreshed")):
            figure_212(folder).savefig(out / "figure-2.12.png", dpi=200)
        two = [folder / name / FILE for name in ("figure-2.10", "figure-2.10-scale") if (folder / name / FILE).is_file()]
        if two:
            figure_210([Store(path, read_only=True) for path in two]).savefig(out / "figure-2.10.png", dpi=200)
        figure_tolerance(folder).savefig(out / "tolerance.png", dpi=200)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
