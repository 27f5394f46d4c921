"""Figure 1.14: writing by halves of a voltage: signs wanted, line voltages, and what every cell sees."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from ohmgrad.book.drawing import heat, letter
from ohmgrad.book.entry import Arrays, Claim, Data, Entry, Facts, Setting, Text
from ohmgrad.book.training import conductances, train, weights
from ohmgrad.book.updates import dense_pair, sample_changes
from ohmgrad.report.style import DOUBLE, drawing

SEGMENT = 44.0  # ohms, as in figure 1.13
COLUMN = 0  # the output that is written


def facts(setting: Setting) -> Facts:
    """Seed of the experiment."""
    return Facts(
        "1",
        "1 network, its first update",
        {
            "experiment": "letters, scheme V/2",
            "amplitude": "±1.3 V, thresholds 0.9 V",
            "wires": f"none, or {SEGMENT:g} Ω a segment",
        },
    )


def compute(setting: Setting) -> Arrays:
    """The signs of the first update, the steps that write it, and the circuit's voltages in the two steps of one column."""
    from ohmgrad.arrays.circuit.crossbar import Crossbar
    from ohmgrad.kernels.draws import WRITE, key_at
    from ohmgrad.programming.catalogue import find_scheme
    from ohmgrad.programming.change import Dense

    t = train("letters", "stop.when=never", replicas=1, epochs=1, look=lambda run: (conductances(run)[0], weights(run)[0]))
    (g, w), s = t.seen[0], t.run.setup
    total, k = sample_changes(t.run, w).sum(axis=0), s.writing  # eq. 1.5, but for η
    steps = list(find_scheme("half-select").program(Dense(s.learning.step[0] * np.sign(total)), dense_pair(t.run)))
    columns = g.reshape(len(g), -1)
    chosen = [
        next(st for st in steps if st.on()[1][0, COLUMN] and st.row.any() and (st.row.max() > 0) == up) for up in (True, False)
    ]
    result: Arrays = {
        "cells.sign": np.sign(total), "cells.column_sign": np.sign(total)[:, COLUMN], "steps_of_update": np.array(len(steps)),
        "v_write": np.array(k.v_set), "v_threshold": np.array(s.params.v_th_set), "columns_written": np.array(total.shape[1]),
    }  # fmt: skip
    moved: list[bool] = []
    stayed: list[bool] = []
    for name, st in zip(("set", "reset"), chosen, strict=True):
        drive = st.column.T.ravel()  # (columns, members), as the columns lie
        result |= {f"cells.row_volts_{name}": st.row, f"lines.column_volts_{name}": drive}
        for kind, wire in (("ideal", 0.0), ("wired", SEGMENT)):
            result[f"cells.volts_{name}_{kind}"] = Crossbar(columns, wire=wire).solve(st.row, drive).cell_volts
        on = np.outer(st.on()[0], st.on()[1].T.ravel())
        result[f"cells.selected_{name}"] = on.astype(int)
        v = result[f"cells.volts_{name}_ideal"]
        for i, j in np.ndindex(v.shape):
            key = key_at(s.seed, 0, i * 6 + j, 0, 0, WRITE * 256)
            after = s.law.pulse(s.law.start(columns[i, j], s.params), float(v[i, j]), st.width, s.params, s.table, key).g
            (moved if on[i, j] else stayed).append(after != columns[i, j])
    return result | {"selected_that_move": np.array(np.mean(moved)), "others_that_move": np.array(np.mean(stayed))}


def draw(data: Data) -> Figure:
    """Signs wanted; voltages over all cells in the SET and in the RESET step of a column."""
    with drawing():
        fig = Figure(figsize=(DOUBLE, 3.1))
        left, first, second, third = fig.subplots(1, 4, width_ratios=[0.55, 1.0, 1.0, 1.0])
        heat(left, data["cells.sign"] * 0.6, 1.0)
        for i, j in np.ndindex(data["cells.sign"].shape):
            left.annotate("+" if data["cells.sign"][i, j] > 0 else "−", (j, i), ha="center", va="center", fontsize=7.5)
        left.set_xticks(range(3), "zvn")
        left.set_yticks(range(10), [*map(str, range(1, 10)), "bias"], fontsize=6.5)
        left.tick_params(length=0)
        letter(left, "a", "sgn ΔW")
        shown = (
            (first, "set", "ideal", "SET, ideal wires"),
            (second, "reset", "ideal", "RESET, ideal wires"),
            (third, "set", "wired", "SET, real wires"),
        )
        for k, (axes, name, kind, text) in enumerate(shown):
            volts = data[f"cells.volts_{name}_{kind}"]
            image = heat(axes, volts, 1.3)
            for i, j in np.ndindex(volts.shape):
                axes.annotate(
                    f"{volts[i, j]:.2f}".replace("-", "−").replace("−0.00", "0.00"),
                    (j, i),
                    ha="center",
                    va="center",
                    fontsize=5.2,
                    color="white" if abs(volts[i, j]) > 0.9 else "black",
                )
            axes.set_xticks(range(6), [f"{n}$^{s}$" for n in "zvn" for s in "+-"])
            axes.tick_params(length=0)
            for i, v in enumerate(data[f"cells.row_volts_{name}"]):
                axes.annotate(
                    f"{v:+.2f}".replace("-", "−") if v else "0",
                    (-0.6, i),
                    ha="right",
                    va="center",
                    fontsize=5.5,
                    annotation_clip=False,
                )
            for j, v in enumerate(data[f"lines.column_volts_{name}"]):
                axes.annotate(
                    f"{v:+.2f}".replace("-", "−") if v else "0",
                    (j, -0.65),
                    ha="center",
                    va="bottom",
                    fontsize=5.5,
                    annotation_clip=False,
                )
            axes.set_title(f"$\\bf{{{'bcd'[k]}}}$  {text}", pad=13)
        fig.colorbar(image, ax=[first, second, third], shrink=0.7, aspect=22, pad=0.02).set_label("volts over the cell")
        return fig


def check(data: Data) -> list[Claim]:
    """Eq. 1.11 on every cell."""
    v_w, v_th = float(data["v_write"]), float(data["v_threshold"])
    on, volts = data["cells.selected_set"].astype(bool), data["cells.volts_set_ideal"]
    others = float(np.abs(volts[~on]).max())
    wired = data["cells.volts_set_wired"]
    return [
        Claim(
            Text("V_W > V_th > V_W/2 (eq. 1.11)", "V_W > V_th > V_W/2（式1.11）"),
            Text("threshold over write voltage, for SET and RESET", "阈值与写电压之比"), v_th / v_w, v_w > v_th > v_w / 2.0,
        ),
        Claim(
            Text("cells that should change see V_W", "需更新的单元承受V_W"),
            Text("lowest voltage over a selected cell, ideal wires (V)", "被选单元的最低电压（V）"), float(volts[on].min()), bool(abs(volts[on].min() - v_w) < 1e-9),
        ),
        Claim(
            Text("all others see at most V_W/2, below the threshold", "其余单元最多承受V_W/2，低于阈值"),
            Text("highest |voltage| over any other cell, ideal wires (V)", "其他单元的最高电压（V）"), others, bool(others <= v_w / 2.0 + 1e-9 < v_th),
        ),
        Claim(
            Text("so the selected cells change and no other does", "因此只有被选单元改变"),
            Text("share of the selected cells that move minus share of the others, by the cell's law at these voltages", "按单元模型在上述电压下被选与未选单元发生变化的比例之差"),
            float(data["selected_that_move"] - data["others_that_move"]), float(data["selected_that_move"]) == 1.0 and float(data["others_that_move"]) == 0.0,
        ),
        Claim(
            Text("two steps write a whole column", "两步即可更新一整列"),
            Text("steps for the first update of all three columns", "三列全部更新所用步数"), float(data["steps_of_update"]), int(data["steps_of_update"]) == 2 * int(data["columns_written"]),
        ),
        Claim(
            Text("it works on real wires too", "实际导线上同样可行"),
            Text("lowest voltage over a selected cell on wires (V), still above the threshold; no other above it", "实际导线上被选单元的最低电压（V），仍高于阈值"),
            float(wired[on].min()), bool(wired[on].min() > v_th > np.abs(wired[~on]).max()),
        ),
    ]  # fmt: skip


ENTRY = Entry(
    name="1.14",
    title=Text("Writing by halves of a voltage", "半电压写操作"),
    caption=Text(
        "First update of the letters' crossbar. (a) Signs wanted of every weight (Manhattan rule, eq. 1.8). (b) Step 1 of the first output: its + cells in column z⁺ are SET; numbers: volts over every cell by "
        "the circuit's solution, volts on rows (left) and columns (top). (c) Step 2: its − cells are RESET. (d) Step 1 on wires of 44 Ω a segment.",
        "字母阵列的第一次更新。(a) 各权重所需符号（曼哈顿法则，式1.8）；(b) 第一个输出的第一步：z⁺列中需增大的单元置态，数字为电路求解得到的各单元电压，左与上为行、列电压；(c) 第二步：需减小的单元重置；(d) 每段44 Ω导线上的第一步。",
    ),
    equations=("1.5", "1.8", "1.11"), facts=facts, compute=compute, draw=draw, check=check, source="M. Prezioso et al., Nature 521, 61 (2015), doi:10.1038/nature14441",
)  # fmt: skip
