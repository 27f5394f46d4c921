"""Figure 1.13: weights as differences of pairs, and a read, through the circuit with and without its wires."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from ohmgrad.book.drawing import heat, letter
from ohmgrad.book.entry import Arrays, Claim, Data, Entry, Facts, Setting, Text
from ohmgrad.book.training import answers, conductances, train, with_bias
from ohmgrad.report.style import BLUE, DOUBLE, GREEN, GREY, ORANGE, VERMILLION, drawing, linear_axis

BETA, EPOCHS = 2e5, 40  # 1/A
SEGMENT = 44.0  # ohms: 700 in all over a way of 16 segments at most


def facts(setting: Setting) -> Facts:
    """Seed of the experiment."""
    return Facts(
        "1",
        "1 network after training, 30 patterns",
        {
            "experiment": f"letters, {EPOCHS} epochs",
            "read": "±0.1 V on 10 rows, columns at virtual ground",
            "β": "2·10⁵ /A",
            "wires": f"none, or {SEGMENT:g} Ω a segment (600 to 800 Ω in all in the source)",
        },
    )


def compute(setting: Setting) -> Arrays:
    """Conductances, column currents with ideal and with real wires, and the outputs that the network itself gives."""
    from ohmgrad.arrays.circuit.crossbar import Crossbar

    t = train("letters", "stop.when=never", replicas=1, epochs=EPOCHS)
    g, x = conductances(t.run)[0], t.run.data.train_x
    columns = g.reshape(len(g), -1)  # G+ and G− of each output side by side
    v = 0.1 * with_bias(x, t.run.spec.network.bias)
    ideal, wired = Crossbar(columns), Crossbar(columns, wire=SEGMENT)
    i_ideal, i_wired = ideal.read(v), wired.read(v)
    solution = wired.solve(v[0])
    return {
        "cells.g_plus_s": g[..., 0], "cells.g_minus_s": g[..., 1],
        "patterns.letter": t.run.data.train_y, "patterns.volts": v, "patterns.current_a": i_ideal, "patterns.current_wired_a": i_wired,
        "patterns.output_network": answers(t.run, x)[0], "missing_current_share": np.array(solution.residual),
    }  # fmt: skip


def difference(i: np.ndarray) -> np.ndarray:
    """I+ − I− of each output (patterns, outputs)."""
    return np.asarray(i[:, ::2] - i[:, 1::2])


def draw(data: Data) -> Figure:
    """G+, G− and their difference; the read of a z: voltages, currents, outputs."""
    with drawing():
        fig = Figure(figsize=(DOUBLE, 2.8))
        a, b, c, volts, currents, outs = fig.subplots(1, 6, width_ratios=[0.62, 0.62, 0.62, 0.55, 1.2, 1.0])
        plus, minus = 1e6 * data["cells.g_plus_s"], 1e6 * data["cells.g_minus_s"]
        for axes, matrix, name in ((a, plus, "G$^+$"), (b, minus, "G$^-$")):
            image = heat(axes, matrix, 100.0, "Greys", 0.0)
            axes.set_xticks(range(3), "zvn")
            axes.set_xlabel(name)
        fig.colorbar(image, ax=[a, b], location="bottom", shrink=0.8, aspect=14, pad=0.03).set_label("µS", fontsize=7)
        image = heat(c, plus - minus, 60.0)
        c.set_xticks(range(3), "zvn")
        c.set_xlabel("G$^+$ − G$^-$")
        fig.colorbar(image, ax=c, location="bottom", shrink=0.95, aspect=8, pad=0.03, ticks=[-50, 0, 50]).set_label(
            "µS", fontsize=7
        )
        a.set_yticks(range(10), [*map(str, range(1, 10)), "bias"], fontsize=6.5)
        letter(a, "a", "conductances")
        v = data["patterns.volts"][0]
        volts.barh(range(10), v, color=np.where(v > 0, "black", "white"), edgecolor="black", linewidth=0.5, height=0.7)
        volts.set(ylim=(9.5, -0.5), yticks=[], xlabel="V", xlim=(-0.13, 0.13), xticks=[-0.1, 0.1])
        letter(volts, "b", "reading a z")
        i = 1e6 * data["patterns.current_a"][0]
        at = np.arange(3)
        currents.bar(at - 0.27, i[::2], 0.25, color=VERMILLION, label="I$^+$")
        currents.bar(at, i[1::2], 0.25, color=BLUE, label="I$^-$")
        currents.bar(at + 0.27, i[::2] - i[1::2], 0.25, color=GREEN, label="I$^+$ − I$^-$")
        currents.axhline(0.0, color="black", linewidth=0.4)
        currents.set_xticks(at, "zvn")
        currents.set(ylabel="current (µA)")
        linear_axis(currents)
        currents.set_ylim(top=1.5 * currents.get_ylim()[1])
        currents.legend(loc="upper right", fontsize=6.5, handlelength=1.0, borderaxespad=0.0)
        letter(currents, "c")
        for k, (name, colour) in enumerate((("current_a", GREY), ("current_wired_a", ORANGE))):
            y = np.tanh(BETA * difference(data[f"patterns.{name}"]))[0]
            outs.bar(at + 0.4 * (k - 0.5), y, 0.36, color=colour, label=("ideal", "on wires")[k])
        outs.axhline(0.0, color="black", linewidth=0.4)
        outs.set_xticks(at, "zvn")
        outs.set(ylabel="output", ylim=(-1.05, 1.05))
        linear_axis(outs)
        outs.set_ylim(-1.05, 1.5)
        outs.legend(loc="upper right", fontsize=6.5, handlelength=1.0, borderaxespad=0.0)
        letter(outs, "d", "tanh(βI)")
        return fig


def check(data: Data) -> list[Claim]:
    """Pairs give weights of both signs; the circuit gives eq. 1.1."""
    w = data["cells.g_plus_s"] - data["cells.g_minus_s"]
    y, letters = np.tanh(BETA * difference(data["patterns.current_a"])), data["patterns.letter"]
    apart = float(np.abs(y - data["patterns.output_network"]).max())
    wired = np.tanh(BETA * difference(data["patterns.current_wired_a"]))
    right = float((wired.argmax(axis=1) == letters).mean())
    negative = float((w < 0.0).mean())
    return [
        Claim(
            Text("two cells make one weight, which may be negative", "两个忆阻器组成一个突触，权重可为负"),
            Text("share of the weights that are negative after training", "训练后负权重的比例"), negative, 0.1 < negative < 0.9,
        ),
        Claim(
            Text("the difference of two column currents is the weighted sum (eqs. 1.1, 1.9, 1.10)", "两列电流之差即加权和"),
            Text("largest difference between tanh(β(I⁺ − I⁻)) by the circuit's solution and the network's own outputs", "电路求解与网络输出的最大差"), apart, apart < 1e-9,
        ),
        Claim(
            Text("at every node the currents sum to 0 (eq. 1.10)", "任意节点电流代数和为零"),
            Text("largest current missing at a node, of the largest cell current, on wires", "导线上节点电流残差与最大单元电流之比"), float(data["missing_current_share"]), float(data["missing_current_share"]) < 1e-6,
        ),
        Claim(
            Text("real wires take part of the voltage, and the letters are still read rightly", "实际导线分压后仍能正确识别"),
            Text("share of the 30 patterns that are read rightly through the wires, without training on them", "经实际导线读出时30个图样的正确率"), right, right > 0.9,
        ),
    ]  # fmt: skip


ENTRY = Entry(
    name="1.13",
    title=Text("Differential pairs, and a read", "差分对与读操作"),
    caption=Text(
        "A passive crossbar of 10 × 6 cells after training. (a) Conductances of G⁺ and G⁻ (rows: nine pixels and bias; columns: outputs), and their difference: the weights. (b) Voltages that read a clean "
        "z (black +0.1 V, white −0.1 V). (c) Column currents, and their differences. (d) Outputs, with ideal wires and with wires of 700 Ω in all.",
        "训练后的10×6无源交叉阵列。(a) G⁺与G⁻的电导（行：九像素与偏置；列：输出）及其差即权重；(b) 读取干净字母z的电压（黑+0.1 V，白−0.1 V）；(c) 各列电流及其差；(d) 理想导线与总计700 Ω导线下的输出。",
    ),
    equations=("1.1", "1.2", "1.9", "1.10"), facts=facts, compute=compute, draw=draw, check=check, source="M. Prezioso et al., Nature 521, 61 (2015), doi:10.1038/nature14441",
)  # fmt: skip
