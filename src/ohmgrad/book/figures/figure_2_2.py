"""Figure 2.2: the change of a whole array is a column times a row: wanted, and what pulses make of it."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.figure import Figure

from ohmgrad.book.drawing import heat, letter
from ohmgrad.book.entry import Arrays, Claim, Data, Entry, Facts, Setting, Text
from ohmgrad.book.pairs import PAPER, SMALL, layers, small, through
from ohmgrad.experiments.run import Run
from ohmgrad.report.style import BLUE, DOUBLE, GREEN, drawing, linear_axis

IMAGE, AFTER = 7, 500  # the sample that is learned, after so many others


def facts(setting: Setting) -> Facts:
    """Seed of the network."""
    return Facts(
        "1",
        f"1 network after {AFTER} images; training image {IMAGE}, first array",
        {
            "network": "-".join(map(str, SMALL)),
            "cells": "pairs of burr2014, 30 % from pulse to pulse",
            "writing": "overlapping half pulses, SET only",
        },
    )


def compute(setting: Setting) -> Arrays:
    """One image more is learned by the network's own loop."""
    from ohmgrad.network.drivers import train_fused

    t = small(images=AFTER, epochs=1, look=lambda run: run, chunk=AFTER)
    run: Run = t.run
    n, r = run.spec.network, run.replicas[0]
    image, label = run.data.train_x[IMAGE], int(run.data.train_y[IMAGE])
    before = layers(run)
    p = through(before, image, label, n.bias, n.target_low, n.target_high, run.setup.reading.v_read)
    u = -run.setup.learning.rate[0] * p.delta[0]
    counts = r.counts.copy()
    train_fused(r, run.data.train_x, run.data.train_y, np.array([IMAGE]), 0, 1, 1)
    got = layers(run)[0].weights - before[0].weights
    event = dict(zip(("set", "slots"), (r.counts - counts)[0, [0, 10]].tolist(), strict=True))
    wanted = np.outer(p.x[0], u)
    return {
        "rows.x": p.x[0], "columns.u": u, "rows.wanted": wanted, "rows.got": got, "values.wanted": np.linalg.svd(wanted, compute_uv=False), "values.got": np.linalg.svd(got, compute_uv=False),
        "quantum": np.array(float(run.setup.writing.quantum[0, 0])), "pulses": np.array(event["set"]), "slots": np.array(event["slots"]),
    }  # fmt: skip


def draw(data: Data) -> Figure:
    """Column, row and product; what was written; what is behind both."""
    with drawing():
        fig = Figure(figsize=(DOUBLE, 2.9))
        parts: Any = fig.subfigures(1, 3, width_ratios=[1.05, 0.95, 1.0])
        one, two, three = parts
        limit = float(np.abs(data["rows.wanted"]).max())
        axes = one.subplots(2, 2, width_ratios=[0.08, 1.0], height_ratios=[0.06, 1.0])
        axes[0, 0].set_axis_off()
        heat(axes[0, 1], data["columns.u"][None], None, "PuOr_r")
        heat(axes[1, 0], data["rows.x"][:, None], 1.0, "Greys", 0.0)
        heat(axes[1, 1], data["rows.wanted"], limit)
        axes[1, 0].set_ylabel("x (64 + bias)")
        letter(axes[0, 1], "a", "$-\\eta\\,\\delta$ times x: wanted")
        only = two.subplots(2, 1, height_ratios=[0.06, 1.0])
        only[0].set_axis_off()
        image = heat(only[1], data["rows.got"], limit)
        two.colorbar(image, ax=only[1], label="change of weight", shrink=0.8)
        letter(only[0], "b", "got, in one go")
        for place in (*axes.ravel(), only[1]):
            place.set_aspect("auto")
        x, y = data["rows.wanted"].ravel() / float(data["quantum"]), data["rows.got"].ravel() / float(data["quantum"])
        last = three.subplots()
        last.axline((0, 0), slope=1, color="black", linewidth=0.6, linestyle="--")
        last.plot(x, y, ".", color=BLUE, markersize=2.5, label="a cell pair")
        last.plot(x, np.sign(x) * np.floor(np.abs(x) + 0.5), ".", color=GREEN, markersize=2, label="rounded")
        last.set(xlabel="wanted (mean pulses)", ylabel="got (mean pulses)")
        last.legend(loc="upper left")
        linear_axis(last)
        letter(last, "c")
        return fig


def check(data: Data) -> list[Claim]:
    """What the chapter says of eq. 2.4."""
    wanted, got = data["rows.wanted"], data["rows.got"]
    values = data["values.wanted"]
    same = float((wanted * got).sum() / np.sqrt((wanted**2).sum() * (got**2).sum()))
    share = float(data["values.got"][0] ** 2 / (data["values.got"] ** 2).sum())
    cells, slots = wanted.size, int(data["slots"])
    return [
        Claim(
            Text("the change of the matrix is a column times a row (eq. 2.4)", "权重更新矩阵是一个列矢量与一个行矢量的乘积（式2.4）"),
            Text("second singular value over the first", "第二与第一奇异值之比"), float(values[1] / values[0]), bool(values[1] < 1e-12 * values[0]),
        ),
        Claim(
            Text("so the whole array is written in one go, not cell by cell", "因此整个阵列一步更新，而非逐个单元"),
            Text(f"time slots for {cells} pairs ({int(data['pulses'])} pulses)", f"更新{cells}个差分对所用的时隙数"), slots, slots == 4,
        ),
        Claim(
            Text("pulses of real cells give that matrix", "真实器件的脉冲能实现该矩阵"),
            Text(f"cosine between wanted and got; rounding and random steps leave {100 * share:.0f} % of the change in one outer product", "期望与实际更新的余弦相似度（取整与随机性所致）"), same, same > 0.7,
        ),
    ]  # fmt: skip


ENTRY = Entry(
    name="2.2",
    title=Text("The update is an outer product", "权重更新是外积"),
    caption=Text(
        "One image learned by the first array (65 × 32 pairs). (a) Change wanted: the inputs x (left) times −ηδ (above), eq. 2.4. (b) Change of the weights after the pulses of one update, same colours. "
        "(c) The two against each other, in mean steps of a pulse; green: what rounding alone would give.",
        "第一个阵列（65×32个差分对）学习一张图片。(a) 期望的更新：输入x（左）乘以−ηδ（上），式2.4；(b) 一次更新脉冲之后权重的实际变化，同一色标；(c) 两者对照，以平均单脉冲步长为单位，绿色为仅取整的结果。",
    ),
    equations=("2.4",), facts=facts, compute=compute, draw=draw, check=check, source=PAPER,
)  # fmt: skip
