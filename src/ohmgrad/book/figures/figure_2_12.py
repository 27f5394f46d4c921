"""Figure 2.12: what bounds, one direction and shrinking steps cost the large network, epoch by epoch, and where its pairs end."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.figure import Figure

from ohmgrad.book.drawing import letter
from ohmgrad.book.entry import Arrays, Claim, Data, Entry, Facts, Setting, Text
from ohmgrad.book.pairs import CURVES, PAPER, large, size
from ohmgrad.book.training import conductances, mean95
from ohmgrad.experiments.run import Run
from ohmgrad.report.style import (
    BLACK,
    BLUE,
    DOUBLE,
    GREEN,
    GREY,
    ORANGE,
    PURPLE,
    VERMILLION,
    drawing,
    epoch_axis,
    line_with_band,
    linear_axis,
)

NAMES = {
    "unbounded": "linear, unbounded",
    "bounded": "linear, bounded",
    "one_way": "… one-way",
    "nonlinear": "… and shrinking steps",
    "refreshed": "the same, refreshed",
}
COLOURS = {"unbounded": BLUE, "bounded": VERMILLION, "one_way": GREEN, "nonlinear": PURPLE, "refreshed": ORANGE}
CLOUD = 2500  # pairs in a diamond
LAYER = 1


def facts(setting: Setting) -> Facts:
    """Seeds of the networks; the same for all curves."""
    s = size(setting)
    return Facts(
        "1",
        f"{s.networks} networks for each curve, paired",
        {
            "network": "528-250-125-10, 164,885 pairs",
            "data": s.words(),
            "cells": "0.1 to 20 µS, first step 1/120 of that, spread 30 %",
            "recorded study": "5,000 images, 20 epochs, 8 networks: docs/tolerance.md",
        },
    )


def compute(setting: Setting) -> Arrays:
    """Accuracy by epoch; conductances of the second array at both ends; the responses."""
    s = size(setting)
    rng = np.random.default_rng(0)

    def look(run: Run) -> np.ndarray:
        p = run.setup.params
        return np.asarray((conductances(run, LAYER)[0].reshape(-1, 2) - p.g_min) / (p.g_max - p.g_min))

    out: Arrays = {"epochs.epoch": np.arange(1, s.epochs + 1)}
    some = rng.permutation(251 * 125)[:CLOUD]
    for name in CURVES:
        t = large(s, name, look=look, chunk=s.train)
        out |= {f"epochs.{name}_test": t.by_epoch("test_accuracy"), f"epochs.{name}_train": t.by_epoch("train_accuracy")}
        begin, end = t.seen[0][some], t.seen[-1][some]
        if name in ("nonlinear", "one_way"):
            out |= {f"pairs.{name}_begin": begin, f"pairs.{name}_end": end}
            out[f"{name}_frozen"] = np.array(float((t.seen[-1].max(axis=1) > 0.95).mean()))
    n = np.arange(0, 241)
    step = 1 / 120
    out |= {
        "response.pulses": n,
        "response.linear": n * step,
        "response.bounded": np.minimum(n * step, 1.0),
        "response.saturating": 1.0 - (1.0 - step) ** n,
    }
    return out


def draw(data: Data) -> Figure:
    """Curves; responses; diamonds."""
    with drawing():
        fig = Figure(figsize=(DOUBLE, 3.0))
        parts: Any = fig.subfigures(1, 2, width_ratios=[1.35, 1.0])
        left, rest = parts
        axes = left.subplots()
        epochs = data["epochs.epoch"].tolist()
        for name, label in NAMES.items():
            line_with_band(
                axes,
                epochs,
                100 * data[f"epochs.{name}_test"],
                label,
                COLOURS[name],
                "--" if name == "refreshed" else "-",
                highest=100.0,
            )
        epoch_axis(axes, epochs)
        axes.set(ylabel="test accuracy (%)", ylim=(0, 100))
        linear_axis(axes)
        axes.legend(loc="upper right", bbox_to_anchor=(1.0, 0.76), fontsize=6.5, ncols=2)
        letter(axes, "a")
        panels = rest.subplots(2, 2)
        top = panels[0, 0]
        for name, key in (("unbounded", "linear"), ("bounded", "bounded"), ("nonlinear", "saturating")):
            top.plot(data["response.pulses"], data[f"response.{key}"], color=COLOURS[name])
        top.set(xlabel="pulses", ylabel="G", xticks=[0, 120, 240], yticks=[0, 1], ylim=(0, 1.5))
        letter(top, "b", "response")
        for place, moment, name in ((panels[0, 1], "begin", "c"), (panels[1, 1], "end", "e"), (panels[1, 0], "one_way", "d")):
            g = data[f"pairs.{'one_way_end' if moment == 'one_way' else 'nonlinear_' + moment}"]
            place.plot([0, 1, 2, 1, 0], [0, 1, 0, -1, 0], color=BLACK, linewidth=0.6)
            place.plot(
                g.sum(axis=1),
                g[:, 0] - g[:, 1],
                ".",
                color=GREY if moment == "begin" else GREEN if moment == "one_way" else PURPLE,
                markersize=1.0,
                rasterized=True,
            )
            place.set(aspect="equal", xticks=[], yticks=[], xlim=(-0.05, 2.05), ylim=(-1.05, 1.05))
            place.set_axis_off()
            letter(place, name, {"begin": "start", "end": "end, shrinking", "one_way": "end, equal steps"}[moment])
        return fig


def check(data: Data) -> list[Claim]:
    """The chapter's gaps, with the pairs."""

    def last(name: str) -> np.ndarray:
        return np.asarray(data[f"epochs.{name}_test"][-1])

    def gap(better: str, worse: str) -> tuple[float, float]:
        return mean95(100.0 * (last(better) - last(worse)))

    bound, one, bent, saved = (
        gap("unbounded", "bounded"),
        gap("bounded", "one_way"),
        gap("nonlinear", "one_way"),
        gap("refreshed", "nonlinear"),
    )
    begin = data["pairs.nonlinear_begin"]
    arms = float((begin.min(axis=1) < 1e-9).mean())
    shift = float(data["pairs.one_way_end"].sum(axis=1).mean() - data["pairs.one_way_begin"].sum(axis=1).mean())
    frozen = float(data["one_way_frozen"])
    return [
        Claim(
            Text("bounds alone cost about 10 points", "仅引入电导上下限，性能下降约10%"),
            Text("points lost: few weights reach the bound at these weight scales", "下降百分点：该权重尺度下很少权重触及上下限"), bound[0], 5.0 < bound[0] < 15.0, expected=False,
        ),
        Claim(Text("one direction on top of it costs about 40", "引入单向性，下降约40%"), Text(f"points lost (± {one[1]:.1f}), no refresh", "下降百分点（不刷新）"), one[0], one[0] > 20.0),
        Claim(
            Text("shrinking steps on top of that cost about 20 more", "引入非线性，再下降约20%"),
            Text("points lost; below 0: with first steps of one size, shrinking ones fill the window later than equal ones do, and freeze later", "下降百分点；为负：首步相同时，递减步长更晚填满窗口，因而更晚饱和"), -bent[0], -bent[0] > 5.0, expected=False,
        ),
        Claim(Text("at the start pairs lie on the left arms of the diamond", "训练开始时差分对位于菱形左方两臂"), Text("share of pairs with one cell at its minimum", "其一处于最低电导的比例"), arms, arms > 0.999),
        Claim(Text("with training they move to the right arms", "随训练向右方两臂移动"), Text("mean rise of G⁺ + G⁻ (windows), equal steps", "G⁺+G⁻的平均增量（等步长）"), shift, shift > 0.3),
        Claim(Text("where weights no longer change as asked", "最终不再能按要求调制"), Text("share of pairs with a cell beyond 95 % of its window", "有器件超过窗口95%的差分对比例"), frozen, frozen > 0.2),
        Claim(Text("refreshed, one-way cells learn again", "刷新后单向器件又能学习"), Text(f"points gained by refreshing every 100 images (± {saved[1]:.1f})", "每100张刷新一次的提升百分点"), saved[0], saved[0] > 0.0),
    ]  # fmt: skip


ENTRY = Entry(
    name="2.12",
    title=Text("What imperfect cells cost the large network", "器件非理想效应对大规模网络的影响"),
    caption=Text(
        "(a) Test accuracy by epoch: equal steps without bounds; with them; SET only; SET only with steps that shrink; the same, refreshed every 100 images (dashed). Bands: smallest to largest of the networks. (b) Mean "
        "response. (c, d, e) Pairs of the second array in the diamond of figure 2.9 at the start and at the end.",
        "(a) 各轮测试准确率：等步长无上下限；有上下限；仅可置态；仅可置态且步长递减；后者每100张图片刷新（虚线）。色带为各网络的最小至最大值；(b) 平均响应；(c, d, e) 第二阵列差分对在菱形（见图2.9）中的起始与最终分布。",
    ),
    facts=facts, compute=compute, draw=draw, check=check, source=PAPER,
)  # fmt: skip
