"""Summary 2 (§3): levels against retention: more levels, held for less time."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from ohmgrad.book.drawing import letter, log_x
from ohmgrad.book.entry import Arrays, Claim, Data, Entry, Facts, Setting, Text
from ohmgrad.devices.resolve import Resolved
from ohmgrad.report.style import BLUE, DOUBLE, GREEN, GREY, LAYER_COLOURS, ORANGE, VERMILLION, drawing, linear_axis, log_axis

BARRIERS = (1.0, 1.5, 2.0, 2.6)  # eV
ATTEMPT = 1e-13  # s
TEN_YEARS = 3.156e8
NOISE = 0.005  # of reads, relative
LEVELS, AGES_DRAWN = 8, (1.0, 1e6)
CELLS = 60  # of each level


def facts(setting: Setting) -> Facts:
    """Seed of the cells in (b)."""
    return Facts(
        "1",
        f"{_cells(setting)} cells for each of {LEVELS} levels (b)",
        {
            "closed form": "τ = τ₀·exp(E₀/((N − 1) kT)), τ₀ = 0.1 ps, 300 K (a)",
            "cells": "1 to 20 µS; phase-change drift 0.04 ± 30 % from cell to cell; read noise 0.5 % (b, c)",
            "told apart": "± 3 standard deviations",
        },
    )


def _cells(setting: Setting) -> int:
    return CELLS if setting is Setting.full else 30


def _device(drift: float, spread: float) -> Resolved:
    from ohmgrad.devices.resolve import complete_device, resolve
    from ohmgrad.devices.section import Device, Noise, Retention, Spread

    section = Device(
        law="soft-bounds", parameters={"g_min": 1e-6, "g_max": 20e-6}, noise=Noise(relative=NOISE), retention=Retention(kind="power-law", nu=drift, t_0=1.0), variation={"retention_nu": Spread(sigma=spread)}
    )  # fmt: skip
    return resolve(complete_device(section))


def compute(setting: Setting) -> Arrays:
    """The closed form; levels of cells with drift over time; what becomes of eight levels."""
    from ohmgrad.devices.levels import levels_curve, levels_of_barrier, retained
    from ohmgrad.devices.response import draw_cells

    tau = np.geomspace(1e-6, 1e12, 73)
    out: Arrays = {"form.retention_s": tau}
    for e in BARRIERS:
        out[f"form.levels_{e:g}"] = np.array([levels_of_barrier(t / ATTEMPT, e) for t in tau])
    ages = np.geomspace(1.0, 1e9, 10)
    out["device.age_s"] = ages
    for name, drift in (("slow", 0.005), ("middle", 0.04), ("fast", 0.1)):
        out[f"device.levels_{name}"] = np.minimum(levels_curve(_device(drift, 0.3), ages.tolist()), 1e4)
    device = _device(0.04, 0.3)
    written = np.linspace(1e-6, 20e-6, LEVELS)
    rng = np.random.default_rng(1)
    n = _cells(setting)
    cells = draw_cells(device, n * LEVELS, 1)
    out |= {"cells.written_s": np.repeat(written, n)}
    for age in AGES_DRAWN:
        after = [retained(_with(device, p), np.array([g]), age)[0] for p, g in zip(cells, np.repeat(written, n), strict=True)]
        out[f"cells.after_{age:g}_s"] = np.array(after) * (1.0 + NOISE * rng.standard_normal(n * LEVELS))
    return out


def _with(device: Resolved, params: object) -> Resolved:
    import dataclasses

    return dataclasses.replace(device, params=params)


def draw(data: Data) -> Figure:
    """Closed form; cells of eight levels; levels over time."""
    with drawing():
        fig = Figure(figsize=(DOUBLE, 2.6))
        left, middle, right = fig.subplots(1, 3)
        for k, e in enumerate(BARRIERS):
            left.plot(data["form.levels_" + f"{e:g}"], data["form.retention_s"], color=LAYER_COLOURS[k], label=f"{e:g} eV")
        left.axhline(TEN_YEARS, color=GREY, linewidth=0.7, linestyle="--")
        left.annotate(
            "ten years",
            (0.98, TEN_YEARS),
            xycoords=("axes fraction", "data"),
            ha="right",
            va="bottom",
            fontsize=6.5,
            color=GREY,
        )
        log_axis(left)
        left.set(xlabel="levels", ylabel="retention (s)", xlim=(1, 8))
        left.legend(loc="upper right", bbox_to_anchor=(1.0, 0.72), fontsize=6.5)
        letter(left, "a", "one barrier, N − 1 steps")
        for age, colour in zip(AGES_DRAWN, (BLUE, VERMILLION), strict=True):
            middle.plot(
                1e6 * data["cells.written_s"],
                1e6 * data[f"cells.after_{age:g}_s"],
                ".",
                color=colour,
                markersize=2,
                label="1 s" if age == 1.0 else "12 days",
            )
        middle.axline((0, 0), slope=1, color=GREY, linewidth=0.6, linestyle="--")
        middle.set(xlabel="written (µS)", ylabel="found (µS)")
        middle.legend(loc="upper left")
        linear_axis(middle)
        letter(middle, "b", "drift of eight levels")
        for name, colour, label in (("slow", GREEN, "drift 0.005"), ("middle", BLUE, "0.04"), ("fast", ORANGE, "0.1")):
            right.plot(data["device.age_s"], data[f"device.levels_{name}"], "o-", color=colour, label=label)
        log_x(right)
        log_axis(right)
        right.set(xlabel="time after writing (s)", ylabel="levels told apart")
        right.legend(loc="upper right", fontsize=6.5)
        letter(right, "c")
        return fig


def check(data: Data) -> list[Claim]:
    """The conflict of the chapter's summary."""
    tau = data["form.retention_s"]
    n = data["form.levels_1.5"]
    ten = float(np.interp(np.log(TEN_YEARS), np.log(tau), n))
    day = float(np.interp(np.log(86400.0), np.log(tau), n))
    falls = all(bool((np.diff(data[f"form.levels_{e:g}"]) < 0.0).all()) for e in BARRIERS)
    slow, fast = data["device.levels_slow"], data["device.levels_fast"]
    middle = data["device.levels_middle"]
    found = data["cells.after_1e+06_s"].reshape(LEVELS, -1)
    overlap = int((found[:-1].max(axis=1) > found[1:].min(axis=1)).sum())
    fresh = data["cells.after_1_s"].reshape(LEVELS, -1)
    clean = int((fresh[:-1].max(axis=1) > fresh[1:].min(axis=1)).sum())
    return [
        Claim(Text("more states lie closer in energy and are left sooner", "中间态越多，彼此能量差越小，保持越差"), Text(f"levels that one barrier of 1.5 eV keeps for ten years; for a day {day:.2f}", "1.5 eV势垒能保持十年的电导态数"), ten, falls and ten < day),
        Claim(Text("the same for cells: the longer levels must last, the fewer there are", "器件同样如此：要求保持越久，可用态越少"), Text(f"levels told apart after 30 years, drift 0.04; after 1 s {middle[0]:.0f}", "漂移0.04的器件30年后可分辨的态数"), float(middle[-1]), bool(middle[-1] < 0.5 * middle[0])),
        Claim(Text("and the faster a cell loses what it holds, the fewer", "漂移越快，态数越少"), Text("levels after 30 years, drift 0.1 over drift 0.005", "漂移0.1与0.005的器件30年后态数之比"), float(fast[-1] / slow[-1]), bool(fast[-1] < slow[-1])),
        Claim(Text("eight levels that are told apart at first run into each other", "起初可分辨的八个态随时间混叠"), Text(f"neighbours of {LEVELS - 1} that overlap after 12 days; at first {clean}", "12天后混叠的相邻态数"), overlap, overlap > clean == 0),
    ]  # fmt: skip


ENTRY = Entry(
    name="s2",
    title=Text("Levels against retention", "电导态数目与保持时间的矛盾"),
    caption=Text(
        "(a) Retention over the number of levels if one barrier is climbed in N − 1 equal steps. (b) Eight levels of simulated cells a second and 12 days after writing (dashed: no loss): each drifts at a rate of its own. (c) "
        "Levels whose ± 3 σ bands do not overlap, over time, for three mean drift exponents.",
        "(a) 一个势垒分N−1级等步攀爬时，保持时间随态数的变化；(b) 仿真器件的八个态在写入1秒与12天后的分布（虚线为无损失），各器件漂移快慢不一；(c) 三种平均漂移指数下，±3σ不混叠的态数随时间的变化。",
    ),
    facts=facts, compute=compute, draw=draw, check=check, source="closed form and counting: ohmgrad.devices.levels; drift: S. R. Nandakumar et al., J. Appl. Phys. 124, 152135 (2018), doi:10.1063/1.5042408",
)  # fmt: skip
