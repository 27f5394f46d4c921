"""Figure 2.9: pairs that can only be SET wander to the right corner of the diamond and stay there."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ohmgrad.book.drawing import letter
from ohmgrad.book.entry import Arrays, Claim, Data, Entry, Facts, Setting, Text
from ohmgrad.book.pairs import PAPER, large, size
from ohmgrad.book.training import conductances
from ohmgrad.report.style import BLACK, BLUE, DOUBLE, GREY, LAYER_COLOURS, ORANGE, VERMILLION, drawing

LAYER, TRACKS, CLOUD = 1, 7, 3000  # array that is looked at, pairs whose way is drawn, pairs in the clouds


def facts(setting: Setting) -> Facts:
    """Seed of the network."""
    s = size(setting)._replace(networks=1)
    return Facts(
        "1",
        f"1 network; {TRACKS} and {CLOUD:,} of the 31,375 pairs of the second array",
        {"network": "528-250-125-10", "data": s.words(), "cells": "burr2014, SET only, never refreshed"},
    )


def compute(setting: Setting) -> Arrays:
    """Conductances of the second array after every 100 images; the response of one cell."""
    from ohmgrad.devices.devicefile import load_device
    from ohmgrad.devices.resolve import complete_device, resolve
    from ohmgrad.devices.response import ramp

    t = large(
        size(setting)._replace(networks=1, test=100),
        "nonlinear",
        look=lambda run: conductances(run, LAYER)[0].reshape(-1, 2),
        chunk=100,
    )
    g = np.array(t.seen)  # (moments, pairs, 2)
    device = resolve(complete_device(load_device("burr2014")))
    p = device.params
    window = p.g_max - p.g_min
    y = (g - p.g_min) / window
    some = np.random.default_rng(0).permutation(y.shape[1])[:CLOUD]
    travelled = (y[-1] - y[0]).sum(axis=1)
    chosen = np.argsort(travelled)[np.linspace(0.5 * len(travelled), 0.999 * len(travelled), TRACKS).astype(int)]
    pulses = ramp(device, [p] * 3, [(p.v_set, device.section.t_set)] * 500, 1)
    falls = np.diff(y.sum(axis=2), axis=0)
    return {
        "tracks.images": 100 * np.arange(len(g)), "tracks.plus": y[:, chosen, 0], "tracks.minus": y[:, chosen, 1],
        "clouds.plus": y[[0, len(y) // 10, -1]][:, some, 0].T, "clouds.minus": y[[0, len(y) // 10, -1]][:, some, 1].T,
        "course.images": 100 * np.arange(len(g)), "course.mean_sum": y.sum(axis=2).mean(axis=1), "course.frozen": (y.max(axis=2) > 0.95).mean(axis=1), "course.step": np.append(0.0, np.abs(np.diff(y[..., 0] - y[..., 1], axis=0)).mean(axis=1)),
        "course.biggest_fall": np.append(0.0, -falls.min(axis=1)), "response.pulses": np.arange(501), "response.share": ((pulses - p.g_min) / window).T,
    }  # fmt: skip


def diamond(axes: Axes) -> None:
    """The frame of all pairs: G+ + G− to the right, G+ − G− upwards."""
    axes.plot([0, 1, 2, 1, 0], [0, 1, 0, -1, 0], color=BLACK, linewidth=0.7)
    axes.set(
        xlim=(-0.05, 2.05),
        ylim=(-1.08, 1.08),
        aspect="equal",
        xticks=[0, 1, 2],
        yticks=[-1, 0, 1],
        xlabel="$(G^+ + G^-)/\\Delta G$",
    )


def draw(data: Data) -> Figure:
    """The cell; ways of some pairs; all pairs at the start, early on and at the end."""
    with drawing():
        fig = Figure(figsize=(DOUBLE, 2.5))
        left, middle, right = fig.subplots(1, 3, width_ratios=[0.85, 1.0, 1.0])
        left.plot(data["response.pulses"], data["response.share"], color=BLUE, linewidth=0.7)
        left.plot([0, 120], [0, 1], color=GREY, linestyle="--", linewidth=0.8)
        left.set(xlabel="SET pulses", ylabel="share of window", ylim=(0, 1.04), xlim=(0, 500))
        letter(left, "a", "one cell")
        diamond(middle)
        for k in range(TRACKS):
            x, y = (
                data["tracks.plus"][:, k] + data["tracks.minus"][:, k],
                data["tracks.plus"][:, k] - data["tracks.minus"][:, k],
            )
            middle.plot(x, y, color=LAYER_COLOURS[k % len(LAYER_COLOURS)], linewidth=0.9)
            middle.plot(x[0], y[0], "o", color=LAYER_COLOURS[k % len(LAYER_COLOURS)], markersize=2.5)
            middle.plot(x[-1], y[-1], ">", color=LAYER_COLOURS[k % len(LAYER_COLOURS)], markersize=4)
        middle.set_ylabel("$(G^+ - G^-)/\\Delta G$")
        letter(middle, "b", "ways of pairs")
        diamond(right)
        for k, (colour, name) in enumerate(((GREY, "start"), (ORANGE, "after a tenth"), (VERMILLION, "end"))):
            x, y = (
                data["clouds.plus"][:, k] + data["clouds.minus"][:, k],
                data["clouds.plus"][:, k] - data["clouds.minus"][:, k],
            )
            right.plot(x, y, ".", color=colour, markersize=1.2, label=name, rasterized=True)
        right.legend(loc="upper right", markerscale=6, fontsize=6.5, borderaxespad=0.0, handletextpad=0.1)
        letter(right, "c", "all of them")
        return fig


def check(data: Data) -> list[Claim]:
    """What the chapter says of the drift."""
    start = np.minimum(data["clouds.plus"][:, 0], data["clouds.minus"][:, 0])
    on_arms = float((start < 1e-9).mean())
    fall = float(data["course.biggest_fall"].max())
    total = data["course.mean_sum"]
    end = data["clouds.plus"][:, 2] + data["clouds.minus"][:, 2]
    frozen = float(data["course.frozen"][-1])
    steps = data["course.step"]
    slower = float(steps[-5:].mean() / steps[1:6].mean())
    return [
        Claim(Text("at the start pairs lie on the two left arms", "初始时差分对位于菱形左方两臂"), Text("share of pairs with one cell at its minimum", "其一处于最低电导的差分对比例"), on_arms, on_arms > 0.999),
        Claim(
            Text("cells only go forward", "器件电导只能前进不能后退"),
            Text("largest fall of G⁺ + G⁻ of any pair within 100 images (of the window): single pulses of these cells scatter by 30 %, none goes back", "任一差分对100张图片内G⁺+G⁻的最大下降"), fall, fall < 0.01,
        ),
        Claim(Text("wherever pairs begin, they move to the right", "无论初始情况如何，都向菱形右方汇集"), Text(f"mean G⁺ + G⁻ (in windows) at the end; {total[0]:.2f} at the start", "结束时G⁺+G⁻的平均值（以窗口计）"), float(total[-1]), bool(total[-1] > 3.0 * total[0]) and bool((np.diff(total) > 0.0).all())),
        Claim(Text("above all to the right corner", "尤其向右顶点汇集"), Text("share of pairs right of the middle at the end", "结束时位于菱形右半边的比例"), float((end > 1.0).mean()), bool((end > 1.0).mean() > 0.3)),
        Claim(
            Text("where they no longer move as asked", "最终不再能按要求调制"),
            Text(f"mean movement of a weight within 100 images at the end over the beginning; {100 * frozen:.0f} % of pairs have a cell beyond 95 % of its window", "末期与初期每100张图片权重平均移动之比"), slower, slower < 1.0 or frozen > 0.1,
        ),
    ]  # fmt: skip


ENTRY = Entry(
    name="2.9",
    title=Text("Pairs drift to the right corner", "差分对向右顶点漂移"),
    caption=Text(
        "(a) Three cells under SET pulses (dashed: equal steps): no way back. (b) Ways of pairs of the second array in training without refresh, from dot to triangle: up by a SET of G⁺, down by one of G⁻, always "
        "to the right. (c) Pairs at the start, after a tenth of the training and at the end. The diamond holds all that a pair can be; ΔG is the window.",
        "(a) 三个器件在置态脉冲下的电导（虚线为等步长），有去无回；(b) 不刷新训练中第二阵列若干差分对的轨迹（圆点至三角）：置态G⁺则上升，置态G⁻则下降，但总是向右；(c) 起始、训练十分之一与结束时的差分对分布。菱形为差分对的全部可能状态，ΔG为窗口。",
    ),
    facts=facts, compute=compute, draw=draw, check=check, source=PAPER,
)  # fmt: skip
