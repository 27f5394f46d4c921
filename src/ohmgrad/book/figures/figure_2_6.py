"""Figure 2.6: pairs with selectors at the crossings of two layers' lines: the array, and its voltages and currents while it is written."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LogNorm
from matplotlib.figure import Figure

from ohmgrad.book.drawing import letter
from ohmgrad.book.entry import Arrays, Claim, Data, Entry, Facts, Setting, Text
from ohmgrad.book.pairs import PAPER
from ohmgrad.report.style import BLUE, DOUBLE, GREY, VERMILLION, drawing

ROWS, COLUMNS, WIRE, SEED = 6, 4, 1.0, 4  # N, M, ohm of a segment
SLOT = 0  # of the update that is drawn
V_TH, V_HOLD, R_ON, R_OFF = 1.1, 0.1, 1e3, 1e9  # of the selectors: half a write voltage leaves them off


def facts(setting: Setting) -> Facts:
    """Seed of the conductances."""
    return Facts(
        f"{SEED}",
        f"1 array of {ROWS} rows and {COLUMNS} pairs of columns",
        {
            "cells": "0.5 to 20 µS at random",
            "selectors": f"on above {V_TH:g} V, hold {V_HOLD:g} V, {R_ON:g} Ω on, {R_OFF:g} Ω off (assumed)",
            "wires": f"{WIRE:g} Ω a segment",
            "writing": "overlap, V = 2 V: ±1 V on the lines",
            "drawn": f"slot {SLOT + 1} of 4",
        },
    )


def compute(setting: Setting) -> Arrays:
    """One slot of an update, with selectors and without: every crossing by Kirchhoff's law."""
    from ohmgrad.arrays.circuit.access import Selector
    from ohmgrad.arrays.circuit.crossbar import Crossbar
    from ohmgrad.programming.catalogue import find_scheme
    from ohmgrad.programming.change import Rank1
    from ohmgrad.programming.scheme import Pair

    rng = np.random.default_rng(SEED)
    g = np.exp(rng.uniform(np.log(0.5e-6), np.log(20e-6), (ROWS, 2 * COLUMNS)))
    x, u = np.array([1.0, 0.0, 0.5, 0.75, 0.0, 0.25]), np.array([3.0, -4.0, 0.0, -2.0])
    steps = list(find_scheme("overlap").program(Rank1(x, u), Pair(True, 1, (1.0, 1.0), 2.0, 2.0, 50e-9, 50e-9)))
    step = steps[SLOT]
    columns = step.column.T.ravel()  # G+, G− of each output side by side
    full = Crossbar(g, wire=WIRE, access=Selector(V_TH, V_HOLD, R_ON, R_OFF)).solve(step.row, columns, start="off")
    bare = Crossbar(g, wire=WIRE).solve(step.row, columns)
    i, j = np.meshgrid(np.arange(ROWS), np.arange(2 * COLUMNS), indexing="ij")
    driven = (step.row[:, None] != 0.0).astype(int) + (columns != 0.0)
    out = {
        "row": i,
        "column": j,
        "conductance_s": g,
        "volts": full.cell_volts,
        "current_a": full.cell_current,
        "on": full.selector,
        "bare_current_a": bare.cell_current,
        "lines_driven": driven,
    }
    return {
        **{f"cells.{k}": np.asarray(v).ravel() for k, v in out.items()},
        "rows.x": x,
        "rows.volts": step.row,
        "columns.u": np.repeat(u, 2),
        "columns.volts": columns,
    }


def draw(data: Data) -> Figure:
    """The array with its lines; voltages; currents with and without selectors."""
    with drawing():
        fig = Figure(figsize=(DOUBLE, 3.1))
        left, middle, right = fig.subplots(1, 3, width_ratios=[1.25, 1.1, 0.85])
        _layout(left, data)
        letter(left, "a", "pairs with selectors")
        shape = (ROWS, 2 * COLUMNS)
        image = middle.imshow(data["cells.volts"].reshape(shape), cmap="Reds", vmin=0, vmax=2, aspect="auto")
        for k, v in enumerate(data["cells.volts"]):
            middle.text(
                k % shape[1],
                k // shape[1],
                f"{abs(v):.1f}",
                ha="center",
                va="center",
                fontsize=6.5,
                color="white" if v > 1.3 else "black",
            )
        for k in range(1, COLUMNS):
            middle.axvline(2 * k - 0.5, color="black", linewidth=0.6)
        middle.set_xticks(range(2 * COLUMNS), ["+", "−"] * COLUMNS)
        middle.set(yticks=range(ROWS), yticklabels=[f"$N_{k + 1}$" for k in range(ROWS)])
        middle.tick_params(length=0)
        fig.colorbar(image, ax=middle, label="voltage over the crossing (V)")
        letter(middle, "b", "one slot of an update")
        driven = data["cells.lines_driven"]
        for name, colour, marker, label, shift in (
            ("bare_current_a", VERMILLION, "s", "cells alone", -0.12),
            ("current_a", BLUE, "o", "with selectors", 0.12),
        ):
            right.plot(
                driven + shift,
                np.maximum(np.abs(data[f"cells.{name}"]), 1e-15),
                marker,
                color=colour,
                markersize=3,
                label=label,
            )
        right.set_yscale("log")
        right.set(xticks=[0, 1, 2], xlabel="lines driven", ylabel="current (A)", xlim=(-0.4, 2.4), ylim=(3e-12, 3e-3))
        right.legend(loc="upper left", fontsize=6.5)
        letter(right, "c")
        return fig


def _layout(axes: Axes, data: Data) -> None:
    """Rows N, pairs of columns M, cells coloured by conductance with their selector drawn beside, lines that are driven thick."""
    on, g = data["cells.on"].reshape(ROWS, -1), data["cells.conductance_s"].reshape(ROWS, -1)
    at = np.array([1.35 * (k // 2) + 0.55 * (k % 2) for k in range(2 * COLUMNS)])
    for i, v in enumerate(data["rows.volts"]):
        axes.plot([-0.5, at[-1] + 0.45], [-i, -i], color=BLUE if v else GREY, linewidth=1.6 if v else 0.6, zorder=1)
        axes.text(
            -0.62,
            -i,
            f"$N_{i + 1}$" + ("  +1 V" if v else ""),
            ha="right",
            va="center",
            fontsize=7,
            color=BLUE if v else "black",
        )
    for j, v in enumerate(data["columns.volts"]):
        axes.plot([at[j]] * 2, [0.45, -ROWS + 0.35], color=VERMILLION if v else GREY, linewidth=1.6 if v else 0.6, zorder=1)
        axes.text(at[j], 0.55, "+−"[j % 2], ha="center", va="bottom", fontsize=8, color=VERMILLION if v else "black")
        if v:
            axes.text(at[j], -ROWS + 0.2, "−1 V", ha="center", va="top", fontsize=6.5, color=VERMILLION)
    for j in range(COLUMNS):
        axes.text(at[2 * j : 2 * j + 2].mean(), 1.0, f"$M_{j + 1}$", ha="center", va="bottom")
    x, y = np.meshgrid(at, -np.arange(ROWS))
    axes.scatter(x + 0.1, y - 0.22, c=g, cmap="viridis", norm=LogNorm(0.5e-6, 20e-6), s=34, zorder=3, marker="s")
    axes.scatter(
        x[on == 0] + 0.1, y[on == 0] - 0.5, marker="v", s=12, facecolor="white", edgecolor="black", linewidth=0.5, zorder=3
    )
    axes.scatter(x[on != 0] + 0.1, y[on != 0] - 0.5, marker="v", s=14, color="black", zorder=3)
    axes.set(xlim=(-1.9, at[-1] + 0.6), ylim=(-ROWS - 0.1, 1.5))
    axes.set_axis_off()


def check(data: Data) -> list[Claim]:
    """What pairs and selectors are for."""
    driven, on, volts = data["cells.lines_driven"], data["cells.on"] != 0, data["cells.volts"]
    both = driven == 2
    half, bare = np.abs(data["cells.current_a"][driven == 1]), np.abs(data["cells.bare_current_a"][driven == 1])
    side = (data["columns.volts"] != 0.0).reshape(COLUMNS, 2)
    sign = data["columns.u"][::2]
    wrong = int(side[sign > 0, 1].sum() + side[sign < 0, 0].sum())
    lost = float(1.0 - volts[both].min() / 2.0)
    return [
        Claim(
            Text("only cells whose lines are both driven are written", "只有行列均被驱动的单元被写入"),
            Text(f"selectors on; {int(both.sum())} cells have both lines driven", "导通的选通管数"), float(on.sum()), bool((on == both).all()),
        ),
        Claim(
            Text("one output neuron has two columns, and the sign of the change picks one", "一个输出神经元对应两列，由更新的符号选择其一"),
            Text("pairs of columns with the wrong one driven", "驱动了错误一列的差分列对数"), float(wrong), wrong == 0,
        ),
        Claim(
            Text("selectors keep currents of all other cells small", "选通管抑制其余单元的电流"),
            Text("largest current of a half-selected cell with selectors over that without", "半选单元有、无选通管时最大电流之比"), float(half.max() / bare.max()), bool(half.max() < 1e-3 * bare.max()),
        ),
        Claim(
            Text("the written cell gets nearly the whole voltage", "写电压基本降在目标单元上"),
            Text("largest share of 2 V lost on the wires", "导线上损失的电压比例"), lost, lost < 0.01,
        ),
    ]  # fmt: skip


ENTRY = Entry(
    name="2.6",
    title=Text("Pairs of cells with selectors", "带选通管的差分对阵列"),
    caption=Text(
        "(a) Lines of layer N cross two columns, G⁺ and G⁻, of each neuron of layer M; at every crossing a cell (square, brighter: more conductance) and its selector (triangle, black: on). Thick lines are driven "
        "in this slot. (b) Voltage over each crossing. (c) Currents, by how many lines of the cell are driven, without selectors and with them. Solved by Kirchhoff's law, wires included.",
        "(a) N层各行与M层每个神经元的两列（G⁺、G⁻）相交，交叉点处为器件（方块，越亮电导越大）与选通管（三角，黑色为导通），粗线为该时隙被驱动的线；(b) 各交叉点的电压；(c) 有、无选通管时的电流，按被驱动的线数分组。均由含导线电阻的基尔霍夫方程求解。",
    ),
    facts=facts, compute=compute, draw=draw, check=check, source=PAPER,
)  # fmt: skip
