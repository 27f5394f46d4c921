"""Figure 2.4: the product as a count of half pulses that meet: all pairs of numbers, the slots of every line, and what a cell does."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ohmgrad.book.drawing import letter, waveform
from ohmgrad.book.entry import Arrays, Claim, Data, Entry, Facts, Setting, Text
from ohmgrad.book.pairs import PAPER
from ohmgrad.report.style import BLACK, BLUE, DOUBLE, GREEN, GREY, VERMILLION, drawing

LEVELS = 5  # 0 … 4 pulses
SHOWN = (3, 2)  # pulses of x and of δ: the chapter's example
SEED, CELLS = 5, 400  # cells that get the pulses of each pair


def facts(setting: Setting) -> Facts:
    """Seed of the cells' steps."""
    return Facts(
        f"{SEED}",
        f"{CELLS} cells for each of the 25 pairs of numbers",
        {
            "scheme": "overlap (4 slots)",
            "pulses": "±1 V, 50 ns each; together 2 V",
            "cells": "burr2014, threshold 1.2 V, from 0.1 µS",
        },
    )


def compute(setting: Setting) -> Arrays:
    """Every x against every δ in one update, as the scheme drives the lines; the voltage of each cell in each slot; and real cells under it."""
    from ohmgrad.devices.devicefile import load_device
    from ohmgrad.devices.resolve import complete_device, resolve
    from ohmgrad.kernels.draws import WRITE, key_at
    from ohmgrad.programming.catalogue import find_scheme
    from ohmgrad.programming.change import Rank1
    from ohmgrad.programming.scheme import Pair

    device = resolve(complete_device(load_device("burr2014")))
    p, d = device.params, device.section
    u = np.arange(-(LEVELS - 1), LEVELS)  # pulses wanted at x = 1; below 0 they go to G−
    x = np.arange(LEVELS) / (LEVELS - 1)
    pair = Pair(True, 1, (1.0, 1.0), p.v_set, p.v_reset, d.t_set, d.t_reset)
    steps = list(find_scheme("overlap").program(Rank1(x, u.astype(float)), pair))
    row = np.array([s.row for s in steps])  # (slots, x)
    column = np.array([s.column for s in steps])  # (slots, members, δ)
    volts = row[:, :, None, None] - column.transpose(0, 2, 1)[:, None]  # (slots, x, δ, members)
    full = volts >= p.v_th_set
    count = full.sum(axis=0)
    up = LEVELS - 1
    half = volts[(volts > 0.0) & ~full]
    g = np.array(
        [
            [_cells(device, volts[:, a, up + b, 0], d.t_set, WRITE, key_at, 100 * a + b) for b in range(LEVELS)]
            for a in range(LEVELS)
        ]
    )
    moved = (g - p.g_min).mean(axis=-1)
    a, b = np.meshgrid(np.arange(LEVELS), u, indexing="ij")
    return {
        "pairs.x_pulses": a.ravel(), "pairs.delta_pulses": b.ravel(), "pairs.set_of_plus": count[..., 0].ravel(), "pairs.set_of_minus": count[..., 1].ravel(),
        "cells.x_pulses": np.repeat(np.arange(LEVELS), LEVELS), "cells.delta_pulses": np.tile(np.arange(LEVELS), LEVELS), "cells.mean_change_s": moved.ravel(), "cells.change_s": (g - p.g_min).reshape(LEVELS * LEVELS, -1)[:, :20],
        "slots.end_s": np.cumsum([s.width for s in steps]), "slots.row_v": row, "slots.column_v": column[:, 0, up:], "slots.cell_v": volts[:, SHOWN[0], up + SHOWN[1], 0],
        "v_th_v": np.array(p.v_th_set), "half_v": np.array(half.max()), "step_s": np.array(p.step_set),
    }  # fmt: skip


def _cells(device: Any, volts: np.ndarray, width: float, write: int, key_at: Any, pair: int) -> np.ndarray:
    """Conductances (CELLS,) after the voltages of all slots, half ones included."""
    law, p, out = device.law, device.params, np.empty(CELLS)
    for c in range(CELLS):
        s = law.start(p.g_min, p)
        for slot, v in enumerate(volts):
            s = law.pulse(s, float(v), width, p, device.table, key_at(SEED, pair, c, slot, 0, write * 256))
        out[c] = s.g
    return out


def draw(data: Data) -> Figure:
    """The two planes as numbers; waveforms; the example; steps of real cells."""
    with drawing():
        fig = Figure(figsize=(DOUBLE, 3.9))
        parts: Any = fig.subfigures(1, 2, width_ratios=[0.95, 1.6])
        left, rest = parts
        _plane(left.subplots(), data)
        top, bottom = rest.subplots(2, 2, height_ratios=[1.35, 1.0])
        edges = np.concatenate([[0.0], 1e9 * data["slots.end_s"]])
        for axes, name, symbol, colour, text in (
            (top[0], "row_v", "x", BLUE, "rows, +V/2"),
            (top[1], "column_v", "δ", VERMILLION, "columns, −V/2"),
        ):
            for k in range(LEVELS):
                waveform(axes, edges, data[f"slots.{name}"][:, k], k, 0.55, colour, f"{symbol} = {k}")
            _time(axes, edges, (-0.75, LEVELS - 0.2))
            letter(axes, "bc"[symbol == "δ"], text)
        a, b = SHOWN
        waveform(bottom[0], edges, data["slots.row_v"][:, a], 3.0, 0.6, BLUE, f"x = {a}")
        waveform(bottom[0], edges, data["slots.column_v"][:, b], 2.4, 0.6, VERMILLION, f"δ = {b}")
        waveform(bottom[0], edges, data["slots.cell_v"], 0.0, 1.3, BLACK, "cell")
        bottom[0].axhline(1.3 * float(data["v_th_v"] / data["slots.cell_v"].max()), color=GREEN, linewidth=0.8, linestyle="--")
        bottom[0].annotate(
            "$V_{th}$",
            (1.0, 1.3 * float(data["v_th_v"] / data["slots.cell_v"].max())),
            xycoords=("axes fraction", "data"),
            xytext=(2, -2),
            textcoords="offset points",
            color=GREEN,
            fontsize=7,
        )
        _time(bottom[0], edges, (-0.15, 3.9))
        bottom[0].set_xlabel("time (ns)")
        letter(bottom[0], "d")
        wanted = data["cells.x_pulses"] * data["cells.delta_pulses"] / (LEVELS - 1)
        bottom[1].plot(np.repeat(wanted, 20), 1e6 * data["cells.change_s"].ravel(), ".", color=GREY, markersize=1.5)
        bottom[1].plot(wanted, 1e6 * data["cells.mean_change_s"], "o", color=GREEN)
        bottom[1].axline((0, 0), slope=1e6 * float(data["step_s"]), color=BLACK, linewidth=0.6, linestyle="--")
        bottom[1].set(xlabel="x·δ wanted (pulses)", ylabel="ΔG (µS)")
        letter(bottom[1], "e")
        return fig


def _plane(axes: Axes, data: Data) -> None:
    """Counts of both cells of a pair as coloured squares with the contours of the product over them."""
    u = np.unique(data["pairs.delta_pulses"])
    count = (data["pairs.set_of_plus"] - data["pairs.set_of_minus"]).reshape(LEVELS, len(u))
    axes.imshow(
        count.T,
        origin="lower",
        cmap="RdBu_r",
        vmin=-LEVELS,
        vmax=LEVELS,
        aspect="auto",
        extent=(-0.5, LEVELS - 0.5, u[0] - 0.5, u[-1] + 0.5),
    )
    for a in range(LEVELS):
        for k, b in enumerate(u):
            axes.text(
                a,
                b,
                f"{count[a, k]:+d}".replace("+0", "0").replace("-", "−"),
                ha="center",
                va="center",
                zorder=2,
                fontsize=7.5,
                fontweight="bold" if (a, b) == SHOWN else "normal",
            )
    x, y = np.meshgrid(np.linspace(0, LEVELS - 0.5, 90), np.linspace(u[0] - 0.5, u[-1] + 0.5, 180))
    edges = np.arange(0.5, LEVELS)
    axes.contour(
        x, y, x * y / (LEVELS - 1), levels=[*(-edges[::-1]), *edges], colors=GREY, linewidths=0.7, linestyles="solid", zorder=1
    )
    axes.set(xlabel="x (half pulses)", ylabel="−δ (half pulses)", xticks=range(LEVELS), yticks=u)
    letter(axes, "a", "SET pulses of G⁺ (+), G⁻ (−)")


def _time(axes: Axes, edges: np.ndarray, limits: tuple[float, float]) -> None:
    axes.set(xlim=(0, edges[-1]), xticks=edges, yticks=[], ylim=limits)
    axes.spines["left"].set_visible(False)


def check(data: Data) -> list[Claim]:
    """The design of figure 2.4, pulse by pulse."""
    a, b = data["pairs.x_pulses"], data["pairs.delta_pulses"]
    plus, minus = data["pairs.set_of_plus"], data["pairs.set_of_minus"]
    off = np.abs(plus - minus - a * b / (LEVELS - 1))
    shown = int(plus[(a == SHOWN[0]) & (b == SHOWN[1])][0])
    wrong = int(((plus > 0) & (b < 0)).sum() + ((minus > 0) & (b > 0)).sum())
    pulses = plus[b >= 0]
    expected = [float(data["cells.mean_change_s"][pulses == n].mean()) for n in range(LEVELS)]
    ratio = expected[4] / expected[1]
    still = float(np.abs(data["cells.change_s"][pulses == 0]).max())
    return [
        Claim(
            Text("x = 3 and δ = 2 make two full pulses", "x为3个、δ为2个脉冲时产生2个完整置态脉冲"),
            Text("slots in which the cell sees the full voltage", "单元承受完整写电压的时隙数"), shown, shown == 2,
        ),
        Claim(
            Text("every region of the plane gets its number, 0 to 4", "平面各区域要求的阶数（0至4）均可实现"),
            Text(f"largest distance between pulses and x·δ/4 over {len(np.unique(np.abs(b))) * LEVELS} pairs of numbers, either sign", "各组合的脉冲数与x·δ/4的最大偏差"), float(off.max()), bool(off.max() <= 0.5),
        ),
        Claim(
            Text("half a pulse alone does nothing", "单独的半幅脉冲不产生写效果"),
            Text(f"largest change (S) of cells that see half pulses only, at most {float(data['half_v']):g} V below a threshold of {float(data['v_th_v']):g} V", "仅受半幅脉冲单元的最大电导变化"), still, still == 0.0 and float(data["half_v"]) < float(data["v_th_v"]),
        ),
        Claim(
            Text("pulses of either sign of δ go to their own cell of the pair", "δ的正负分别作用于差分对的两个器件"),
            Text("pairs of numbers that reach the wrong cell", "写错器件的组合数"), wrong, wrong == 0,
        ),
        Claim(
            Text("so the conductance changes by the product", "电导变化量即为乘积"),
            Text("mean change of cells with 4 pulses over that of cells with 1: a little below 4, since the steps of these cells shrink", "4个与1个脉冲的平均电导变化之比（器件步长递减，略小于4）"), ratio, 3.6 < ratio < 4.1,
        ),
    ]  # fmt: skip


ENTRY = Entry(
    name="2.4",
    title=Text("The product as overlapping half pulses", "以半幅脉冲的重叠实现乘积"),
    caption=Text(
        "(a) Full pulses that a pair gets for each number of half pulses on row and column, counted from the lines' voltages; contours of the product where the whole number changes. (b, c) Slots of rows and columns for "
        "0 to 4 pulses (the layout is ours). (d) x = 3 and δ = 2: the cell passes its threshold in two slots. (e) What 400 simulated cells do (20 drawn; green: mean; dashed: equal steps).",
        "(a) 由线上电压数得的差分对完整脉冲数，曲线为乘积等高线；(b, c) 行、列0至4个半幅脉冲的时隙分布（布局为我们自定）；(d) x=3、δ=2时单元在两个时隙超过阈值；(e) 400个仿真器件的电导变化（灰点20个，绿点均值，虚线为等步长）。",
    ),
    equations=("2.4", "2.7", "2.8", "2.9"), facts=facts, compute=compute, draw=draw, check=check, source=PAPER,
)  # fmt: skip
