"""Question 5: what is stochastic in stochastic gradient descent: the choice of samples."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from ohmgrad.book.drawing import letter, log_x
from ohmgrad.book.entry import Arrays, Claim, Data, Entry, Facts, Setting, Text
from ohmgrad.book.figures.figure_1_6 import RATES, START, together
from ohmgrad.book.figures.figure_1_6 import samples as of_figure_1_6
from ohmgrad.book.neuron import gradient
from ohmgrad.book.training import train, weights
from ohmgrad.report.style import BLUE, DOUBLE, GREEN, GREY, VERMILLION, drawing, linear_axis, log_axis

N, SEED, STEPS = 64, 9, 128
SIZES = np.array([1, 2, 4, 8, 16, 32, 64])


def facts(setting: Setting) -> Facts:
    """Seed of what is drawn; of the letters."""
    return Facts(
        f"{SEED} (samples), 1 (cells)",
        f"{draws(setting)} draws of each size; 3 paths; 3 networks",
        {"neuron": "that of figure 1.6, 64 samples", "cells": "experiment letters, all 30 patterns a batch, 10 epochs"},
    )


def draws(setting: Setting) -> int:
    """So many draws of samples."""
    return 4000 if setting is Setting.full else 1000


def compute(setting: Setting) -> Arrays:
    """Slopes of drawn samples; paths from three seeds; two networks that differ in their cells' draws only."""
    s, rng = of_figure_1_6(), np.random.default_rng(SEED)
    whole = gradient(START, s) / N
    out: Arrays = {"whole": np.array(np.linalg.norm(whole)), "sizes.size": SIZES}
    single = np.array([gradient(START, s, [k]) for k in range(N)])
    spread, off = [], []
    for size in SIZES:
        drawn = single[rng.integers(N, size=(draws(setting), size))].mean(axis=1)
        spread.append(np.sqrt(((drawn - whole) ** 2).sum(axis=1).mean()))
        off.append(np.abs(drawn.mean(axis=0) - whole).max() / (drawn.std(axis=0).max() / np.sqrt(len(drawn))))
    out |= {"sizes.spread": np.array(spread), "sizes.off_in_standard_errors": np.array(off)}
    out |= {"samples.slope": single, "mean.slope": whole[None]}
    paths = {
        seed: together(s, RATES["stochastic"], np.random.default_rng(seed).integers(N, size=(STEPS, 1, 1)))[:, 0]
        for seed in (1, 2)
    }
    again = together(s, RATES["stochastic"], np.random.default_rng(1).integers(N, size=(STEPS, 1, 1)))[:, 0]
    cyclic = [together(s, RATES["stochastic"], (np.arange(STEPS) % N)[:, None, None])[:, 0] for _ in range(2)]
    out |= {
        "paths.step": np.arange(STEPS + 1),
        "paths.w_seed_1": paths[1],
        "paths.w_seed_2": paths[2],
        "paths.w_cyclic": cyclic[0],
    }
    out |= {
        "same_seed_apart": np.array(np.abs(again - paths[1]).max()),
        "cyclic_apart": np.array(np.abs(cyclic[0] - cyclic[1]).max()),
    }
    spread_of = {}
    for name, sigma in (("exact", 0.0), ("random", 0.3)):
        t = train(
            "letters",
            "stop.when=never",
            f"device.parameters.sigma={sigma}",
            "synapse.start_spread=0 uS",
            replicas=3,
            epochs=10,
            look=weights,
        )
        spread_of[name] = float(np.ptp(np.array(t.seen)[-1], axis=0).max())
    return out | {f"networks_apart_{k}": np.array(v) for k, v in spread_of.items()}


def draw(data: Data) -> Figure:
    """Slopes of single samples; spread by size; paths."""
    with drawing():
        fig = Figure(figsize=(DOUBLE, 2.5))
        left, middle, right = fig.subplots(1, 3)
        slope, mean = data["samples.slope"], data["mean.slope"][0]
        for g in slope:
            left.plot([0, g[0]], [0, g[1]], color=VERMILLION, linewidth=0.6, alpha=0.6)
        left.annotate("", mean, (0, 0), arrowprops={"arrowstyle": "->", "color": "black", "linewidth": 1.6})
        left.plot([], [], color=VERMILLION, linewidth=0.8, label="one sample")
        left.plot([], [], color="black", linewidth=1.6, label="mean of all")
        left.set(xlabel="slope along $w_1$", ylabel="slope along $w_2$")
        left.legend(loc="lower left")
        linear_axis(left)
        letter(left, "a")
        size = data["sizes.size"]
        middle.plot(size, data["sizes.spread"], "o", color=BLUE, label="found")
        middle.plot(size, data["sizes.spread"][0] / np.sqrt(size), color=GREY, linewidth=0.8, label="1/√size")
        log_x(middle)
        log_axis(middle)
        middle.set_xticks(size[::2], [str(n) for n in size[::2]])
        middle.set(xlabel="samples in a step", ylabel="spread of a step's slope")
        middle.legend(loc="lower left")
        letter(middle, "b")
        for name, colour, label in (
            ("seed_1", BLUE, "drawn, seed 1"),
            ("seed_2", VERMILLION, "drawn, seed 2"),
            ("cyclic", GREEN, "in turn: no chance"),
        ):
            w = data[f"paths.w_{name}"]
            right.plot(w[:, 0], w[:, 1], color=colour, linewidth=0.8, label=label)
        right.plot(*data["paths.w_seed_1"][0], "o", color="black", markersize=4)
        right.set(xlabel="weight $w_1$", ylabel="weight $w_2$")
        right.legend(loc="lower left", fontsize=6.5)
        linear_axis(right)
        letter(right, "c")
        return fig


def check(data: Data) -> list[Claim]:
    """Chance picks the samples; on average nothing is lost; cells bring a chance of their own."""
    fit = float(np.polyfit(np.log(data["sizes.size"]), np.log(data["sizes.spread"]), 1)[0])
    paths = float(np.linalg.norm(data["paths.w_seed_1"] - data["paths.w_seed_2"], axis=1).max())
    return [
        Claim(
            Text("the sample is drawn at random; on average the step goes along the slope of all", "样本是随机抽取的；平均而言沿整体梯度方向"),
            Text("distance of the mean of drawn slopes from that of all, in standard errors, worst size", "抽取梯度的均值与整体梯度之差（标准误，最差情形）"), float(data["sizes.off_in_standard_errors"].max()), float(data["sizes.off_in_standard_errors"].max()) < 4.0,
        ),
        Claim(Text("more samples in a step, less chance", "每步样本越多，随机性越小"), Text("exponent of the spread over the number of samples (−1/2 expected)", "离散度随样本数的幂指数（期望−1/2）"), fit, abs(fit + 0.5) < 0.05),
        Claim(
            Text("another draw, another path", "抽取不同，路径不同"),
            Text("largest distance between the paths of two seeds (with the same seed, or samples in turn: 0)", "两个种子的路径最大距离（同种子或依次取样时为0）"),
            paths, paths > 0.1 and float(data["same_seed_apart"]) == 0.0 and float(data["cyclic_apart"]) == 0.0,
        ),
        Claim(
            Text("it is not the chance in the cells, which batch learning has too", "它不是器件的随机性，后者在批量学习中同样存在"),
            Text("largest difference of a weight between networks trained in batches on random cells (on exact cells: 0)", "批量学习中随机器件间权重最大差（无随机性时为0）"),
            float(data["networks_apart_random"]), float(data["networks_apart_random"]) > 0.0 and float(data["networks_apart_exact"]) == 0.0,
        ),
    ]  # fmt: skip


ENTRY = Entry(
    name="q5",
    title=Text("What is stochastic in stochastic descent", "“随机梯度下降”里的“随机”"),
    caption=Text(
        "(a) Slopes of the error of each of 64 samples at the start of figure 1.6, and their mean. (b) Spread of the slope of a step by the number of samples drawn for it. (c) Paths of stochastic descent: two seeds, and the samples in "
        "turn, which is no chance at all.",
        "(a) 图1.6起点处64个样本各自的误差梯度及其均值；(b) 每步梯度的离散度随抽取样本数的变化；(c) 随机下降的路径：两个种子，以及依次取样（完全没有随机性）。",
    ),
    equations=("1.6", "1.7"), facts=facts, compute=compute, draw=draw, check=check,
)  # fmt: skip
