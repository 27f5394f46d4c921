"""Generalisation 1 (§1.1.2): over- and underfitting of networks trained on a crossbar, and what the noise of cells does to them."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from ohmgrad.book.drawing import letter, log_x
from ohmgrad.book.entry import Arrays, Claim, Data, Entry, Facts, Setting, Text
from ohmgrad.book.pairs import small
from ohmgrad.book.training import mean95
from ohmgrad.report.style import BLUE, DOUBLE, VERMILLION, drawing, linear_axis

CELL = ("device.parameters.step_set=0.05 uS", "device.parameters.step_reset=0.05 uS")
UPDATES = 16_000  # samples learned by each network, however few images there are
SIGMAS = (0.0, 1.0, 3.0, 8.0)  # cycle to cycle, in steps
NEURONS = (2, 4, 8, 16, 32, 64)


def facts(setting: Setting) -> Facts:
    """Seeds of the networks."""
    return Facts(
        "1",
        f"{_networks(setting)} networks for each point, paired",
        {
            "network": "64-n-16-10, tanh, n = 32 in (a) and (c)",
            "cells": "linear two-way pairs, 398 steps",
            "learned": f"{_updates(setting):,} samples, however few images",
            "test": "1,000 images",
        },
    )


def _networks(setting: Setting) -> int:
    return 4 if setting is Setting.full else 2


def _updates(setting: Setting) -> int:
    return UPDATES if setting is Setting.full else UPDATES // 2


def images(setting: Setting) -> tuple[int, ...]:
    """Training images."""
    return (50, 100, 200, 500, 1000, 2000, 4000) if setting is Setting.full else (50, 200, 2000)


def _run(setting: Setting, n: int, sigma: float, neurons: int = 32) -> tuple[np.ndarray, np.ndarray]:
    """Training and test accuracy (networks,) at the end."""
    t = small(
        "bounded",
        *CELL,
        f"device.parameters.sigma={sigma}",
        f"network.layers=[64, {neurons}, 16, 10]",
        images=n,
        epochs=max(1, _updates(setting) // n),
        networks=_networks(setting),
    )
    return t.by_epoch("train_accuracy")[-1], t.by_epoch("test_accuracy")[-1]


def compute(setting: Setting) -> Arrays:
    """Accuracy over images, over neurons, over the noise of cells."""
    few, neurons, sigmas = (
        images(setting)[1],
        (NEURONS if setting is Setting.full else (2, 32)),
        (SIGMAS if setting is Setting.full else (0.0, 3.0, 8.0)),
    )
    out: Arrays = {}
    for table, values, run in (
        ("images", images(setting), lambda n: _run(setting, n, 0.3)),
        ("neurons", neurons, lambda n: _run(setting, 1000, 0.3, n)),
        ("noise", sigmas, lambda s: _run(setting, few, s)),
    ):
        found = [run(v) for v in values]  # type: ignore[no-untyped-call]
        out |= {
            f"{table}.value": np.array(values),
            f"{table}.train": np.array([f[0] for f in found]),
            f"{table}.test": np.array([f[1] for f in found]),
        }
    out["few"] = np.array(few)
    return out


def draw(data: Data) -> Figure:
    """Training and test accuracy in three panels."""
    with drawing():
        fig = Figure(figsize=(DOUBLE, 2.5))
        panels = fig.subplots(1, 3, sharey=True)
        for axes, table, name, label in zip(
            panels,
            ("images", "neurons", "noise"),
            "abc",
            ("training images", "hidden neurons", "spread of a step (steps)"),
            strict=True,
        ):
            for part, colour, marker in (("train", VERMILLION, "s"), ("test", BLUE, "o")):
                a = np.array([mean95(v) for v in 100 * data[f"{table}.{part}"]])
                x = data[f"{table}.value"]
                axes.plot(x, a[:, 0], marker=marker, color=colour, label=part)
                axes.fill_between(
                    x,
                    (100 * data[f"{table}.{part}"]).min(axis=1),
                    (100 * data[f"{table}.{part}"]).max(axis=1),
                    color=colour,
                    alpha=0.2,
                    linewidth=0,
                )
            axes.set(xlabel=label, ylim=(0, 102))
            linear_axis(axes)
            letter(axes, name, {"images": "", "neurons": "1,000 images", "noise": f"{int(data['few'])} images"}[table])
        log_x(panels[0])
        panels[1].set_xscale("log", base=2)
        panels[1].set_xticks(data["neurons.value"], [str(n) for n in data["neurons.value"]])
        panels[0].set_ylabel("accuracy (%)")
        panels[0].legend(loc="lower right")
        return fig


def check(data: Data) -> list[Claim]:
    """Over, under, and noise."""

    def at(table: str, k: int) -> tuple[float, float]:
        return 100 * float(data[f"{table}.train"][k].mean()), 100 * float(data[f"{table}.test"][k].mean())

    few, many, narrow, wide = at("images", 0), at("images", -1), at("neurons", 0), at("neurons", -1)
    quiet, loud = at("noise", 0), at("noise", -1)
    gap_quiet, gap_loud = quiet[0] - quiet[1], loud[0] - loud[1]
    best = max(range(len(data["noise.value"])), key=lambda k: float(data["noise.test"][k].mean()))
    gain = 100 * (data["noise.test"][best] - data["noise.test"][0])
    return [
        Claim(Text("overfitting: trained well, tested badly", "过拟合：训练通过而测试很差"), Text(f"points between training ({few[0]:.0f} %) and test with {int(data['images.value'][0])} images", "训练与测试准确率之差（图片最少时）"), few[0] - few[1], few[0] - few[1] > 25.0),
        Claim(Text("more images close the gap", "样本越多，差距越小"), Text(f"the same with {int(data['images.value'][-1]):,} images", "图片最多时的差距"), many[0] - many[1], many[0] - many[1] < 0.4 * (few[0] - few[1])),
        Claim(Text("underfitting: a network too small learns neither", "欠拟合：网络过小时训练与测试都差"), Text(f"training accuracy with {int(data['neurons.value'][0])} neurons; {wide[0]:.0f} % with {int(data['neurons.value'][-1])}", "神经元最少时的训练准确率"), narrow[0], narrow[0] < wide[0] - 15.0),
        Claim(
            Text("noise of cells keeps a network from fitting every image", "器件噪声使网络无法拟合每一个样本"),
            Text(f"points between training and test with the largest spread; {gap_quiet:.0f} without", "离散最大时训练与测试之差"), gap_loud, gap_loud < gap_quiet and loud[0] < quiet[0],
        ),
        Claim(
            Text("does it help with images not seen, as noise added on purpose does?", "它能否像人为加入的噪声那样改善泛化？"),
            Text(f"points of test accuracy gained by the best spread ({data['noise.value'][best]:g} steps): no gain beyond chance", "最佳离散带来的测试准确率提升：不显著"), float(gain.mean()), float(gain.mean()) > 2.0 + mean95(gain)[1], expected=False,
        ),
    ]  # fmt: skip


ENTRY = Entry(
    name="g1",
    title=Text("Over- and underfitting on a crossbar", "交叉阵列上的过拟合与欠拟合"),
    caption=Text(
        "Accuracy on training and test images of networks of linear pairs, trained in place. (a) Few images are learned by heart; (b) few neurons learn nothing by heart, and little else; (c) cells whose pulses "
        "scatter: the gap closes from above. Bands: smallest to largest network.",
        "在位训练的线性差分对网络的训练与测试准确率。(a) 图片少时被死记硬背；(b) 神经元少时既记不住也学不会；(c) 脉冲步长离散的器件：差距因训练准确率下降而缩小。色带为最小至最大网络。",
    ),
    facts=facts, compute=compute, draw=draw, check=check, source="C. Zhang et al., Commun. ACM 64, 107 (2021), doi:10.1145/3446776",
)  # fmt: skip
