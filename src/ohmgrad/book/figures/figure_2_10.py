"""Figure 2.10: accuracy over the number of images between refreshes, and what refreshing costs."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from ohmgrad.book.drawing import letter, log_x
from ohmgrad.book.entry import Arrays, Claim, Data, Entry, Facts, Setting, Text
from ohmgrad.book.pairs import PAPER, large, size
from ohmgrad.book.training import conductances, mean95
from ohmgrad.experiments.run import Run
from ohmgrad.report.style import BLACK, BLUE, DOUBLE, GREEN, GREY, ORANGE, VERMILLION, drawing, linear_axis, log_axis

DRAWN = 100  # images between refreshes of the pair whose way is drawn


def intervals(setting: Setting) -> tuple[int, ...]:
    """Images between refreshes."""
    return (20, 50, 100, 200, 500, 1000, 2000, 5000) if setting is Setting.full else (20, 100, 1000, 4000)


def facts(setting: Setting) -> Facts:
    """Seeds of the networks."""
    s = size(setting)
    return Facts(
        "1",
        f"{s.networks} networks for each of {len(intervals(setting))} intervals and without refresh",
        {
            "network": "528-250-125-10",
            "data": s.words(),
            "cells": "burr2014, SET only",
            "refreshed": "pairs with a cell beyond 0.7 and the other beyond 0.1 of the window",
        },
    )


def compute(setting: Setting) -> Arrays:
    """Accuracy and costs for every interval; the way of one pair that is refreshed."""
    s = size(setting)
    rows = []
    for every in (*intervals(setting), 0):
        t = large(s, "refreshed", f"synapse.refresh_every={every}")
        bill = {r["event"]: r for r in t.summary["bill"]["rows"]}
        time = sum(float(bill[e]["time_s"] or 0.0) for e in bill if e.startswith(("refresh", "verify")))
        rows.append(
            [
                t.by_epoch("test_accuracy")[-1],
                t.by_epoch("train_accuracy")[-1],
                np.full(s.networks, time),
                np.full(s.networks, float(t.summary["bill"]["total"]["time_s"])),
            ]
        )
    a = np.array(rows)  # (intervals, figures, networks)
    way = _way(setting)
    return {
        "intervals.images": np.array([*intervals(setting), 0]), "intervals.test_accuracy": a[:, 0], "intervals.train_accuracy": a[:, 1], "intervals.refresh_time_s": a[:, 2, 0], "intervals.time_s": a[:, 3, 0],
        "images": np.array(s.train * s.epochs), "way.images": np.arange(len(way)) * 20, "way.plus": way[..., 0], "way.minus": way[..., 1],
    }  # fmt: skip


def _way(setting: Setting) -> np.ndarray:
    """(moments, pairs, 2) shares of the window of the pairs of the output layer that were refreshed most."""

    def look(run: Run) -> np.ndarray:
        return np.asarray(conductances(run, 2)[0].reshape(-1, 2))

    t = large(
        size(setting)._replace(networks=1, test=100, train=600, epochs=1),
        "refreshed",
        f"synapse.refresh_every={DRAWN}",
        look=look,
        chunk=20,
    )
    p = t.run.setup.params
    y = (np.array(t.seen) - p.g_min) / (p.g_max - p.g_min)
    falls = (np.diff(y.sum(axis=2), axis=0) < -0.05).sum(axis=0)
    return np.asarray(y[:, np.argsort(-falls)[:2]])


def draw(data: Data) -> Figure:
    """Accuracy over the interval; time; a pair on its way."""
    with drawing():
        fig = Figure(figsize=(DOUBLE, 2.6))
        left, middle, right = fig.subplots(1, 3, width_ratios=[1.25, 0.9, 1.0])
        images = data["intervals.images"][:-1]
        for name, colour, marker in (("train", VERMILLION, "s"), ("test", BLUE, "o")):
            a = np.array([mean95(v) for v in 100 * data[f"intervals.{name}_accuracy"]])
            left.errorbar(
                images,
                a[:-1, 0],
                np.minimum(a[:-1, 1], 99),
                color=colour,
                marker=marker,
                label=name,
                capsize=1.5,
                elinewidth=0.7,
            )
            left.axhline(a[-1, 0], color=colour, linewidth=0.7, linestyle=":")
        left.annotate(
            "never",
            (0.02, 100 * float(data["intervals.test_accuracy"][-1].mean()) + 1.0),
            xycoords=("axes fraction", "data"),
            fontsize=7,
        )
        log_x(left)
        left.set(xlabel="images between refreshes", ylabel="accuracy (%)", ylim=(0, 100))
        left.legend(loc="lower left", bbox_to_anchor=(0.0, 0.12))
        linear_axis(left)
        letter(left, "a")
        middle.plot(
            images, 1e6 * data["intervals.refresh_time_s"][:-1] / float(data["images"]), "o-", color=GREEN, label="refresh"
        )
        rest = data["intervals.time_s"] - data["intervals.refresh_time_s"]
        middle.plot(images, 1e6 * rest[:-1] / float(data["images"]), "s-", color=GREY, label="all else, parallel")
        log_x(middle)
        log_axis(middle)
        middle.set(xlabel="images between refreshes", ylabel="time an image (µs)")
        middle.legend(loc="best", fontsize=6.5)
        letter(middle, "b")
        right.plot([0, 1, 2, 1, 0], [0, 1, 0, -1, 0], color=BLACK, linewidth=0.7)
        for k, colour in enumerate((BLUE, ORANGE)):
            x, y = data["way.plus"][:, k] + data["way.minus"][:, k], data["way.plus"][:, k] - data["way.minus"][:, k]
            fell = np.append(np.diff(x) < -0.05, False)
            right.plot(x, y, color=colour, linewidth=0.8)
            for i in np.flatnonzero(fell):
                right.annotate(
                    "",
                    (x[i + 1], y[i + 1]),
                    (x[i], y[i]),
                    arrowprops={"arrowstyle": "->", "color": GREY, "linewidth": 0.7, "linestyle": "--"},
                )
        right.set(
            aspect="equal",
            xlim=(-0.05, 2.05),
            ylim=(-1.08, 1.08),
            xticks=[0, 1, 2],
            yticks=[-1, 0, 1],
            xlabel="$(G^+ + G^-)/\\Delta G$",
            ylabel="$(G^+ - G^-)/\\Delta G$",
        )
        letter(right, "c", "two pairs, refreshed")
        return fig


def check(data: Data) -> list[Claim]:
    """Where accuracy falls, and the price."""
    n, a = data["intervals.images"], data["intervals.test_accuracy"].mean(axis=1)
    at = {int(k): float(v) for k, v in zip(n, a, strict=True)}
    good = max(int(k) for k in n if k and at[int(k)] > a.max() - 0.05)
    longest = int(n.max())
    early = at[20] - at[100]
    time, rest = data["intervals.refresh_time_s"], data["intervals.time_s"] - data["intervals.refresh_time_s"]
    share = float(time[list(n).index(100)] / rest[list(n).index(100)])
    kept = _kept(data)
    return [
        Claim(Text("without refresh pairs freeze and learning ends", "不刷新则器件饱和，训练无法继续"), Text("test accuracy with 100 images between refreshes minus that without any", "每100张刷新与不刷新的测试准确率之差"), at[100] - at[0], at[100] - at[0] > 0.05),
        Claim(Text("intervals that are too long cost accuracy", "刷新间隔过长，准确率大幅下降"), Text("test accuracy at 100 images minus that at the longest interval", "间隔100张与最长间隔的测试准确率之差"), at[100] - at[longest], at[100] - at[longest] > 0.02),
        Claim(
            Text("and already beyond about 100 images", "且超过约100张图片即下降"),
            Text("longest interval within 5 points of the best: more than 100, since these cells take 358 pulses to fill; coarser ones freeze sooner (question 12)", "准确率与最佳相差5%以内的最长间隔：大于100，因该器件需358个脉冲才饱和，步长更粗的器件更早饱和（见思考题12）"),
            float(good), 50 <= good <= 200, expected=False,
        ),
        Claim(Text("short intervals are all alike", "间隔较短时影响不大"), Text("test accuracy at 20 minus that at 100", "间隔20与100的准确率之差"), early, abs(early) < 0.08),
        Claim(
            Text("refreshing is write with verify: slow, and hardly parallel", "刷新即写验证：时间代价高且很难并行"),
            Text("time of refreshing every 100 images over all other time, reads and writes in parallel", "每100张刷新一次的耗时与其余并行操作耗时之比"), share, share > 3.0,
        ),
        Claim(Text("the refresh keeps the weight", "刷新保持权重不变"), Text("largest change of (G⁺ − G⁻)/ΔG across a refresh of the drawn pairs, with 20 images of learning in between", "所绘差分对刷新前后权重的最大变化"), kept, kept < 0.3),
    ]  # fmt: skip


def _kept(data: Data) -> float:
    x, y = data["way.plus"] + data["way.minus"], data["way.plus"] - data["way.minus"]
    fell = np.diff(x, axis=0) < -0.05
    return float(np.abs(np.diff(y, axis=0))[fell].max(initial=0.0))


ENTRY = Entry(
    name="2.10",
    title=Text("How often pairs must be refreshed", "刷新间隔对训练的影响"),
    caption=Text(
        "(a) Accuracy after training over the number of images between refreshes (bars: 95 % of the networks' mean; dotted: never refreshed). (b) Time of refreshing, cell by cell with verify, and of all else, for one image. (c) Two "
        "pairs of the output layer, refreshed every 100 images: learning carries them to the right, a refresh (dashed) back to a left arm at the same height.",
        "(a) 训练后准确率随刷新间隔（图片数）的变化（误差棒为95%区间，点线为不刷新）；(b) 每张图片的刷新耗时（逐单元写验证）与其余操作耗时；(c) 每100张图片刷新的两个输出层差分对：学习使其右移，刷新（虚线）使其在同一高度回到左臂。",
    ),
    facts=facts, compute=compute, draw=draw, check=check, source=PAPER,
)  # fmt: skip
