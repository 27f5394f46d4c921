"""Generalisation 2 (§1.1.2): can a crossbar learn labels that mean nothing? After Zhang et al."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from ohmgrad.book.drawing import letter
from ohmgrad.book.entry import Arrays, Claim, Data, Entry, Facts, Setting, Text
from ohmgrad.book.pairs import small
from ohmgrad.report.style import BLUE, DOUBLE, GREEN, GREY, ORANGE, VERMILLION, drawing, epoch_axis, line_with_band, linear_axis

IMAGES = 100
WAYS = {  # name: label, labels are random, settings, colour
    "true": ("true labels", False, ("device.parameters.sigma=0",), GREEN),
    "random": ("random labels", True, ("device.parameters.sigma=0",), BLUE),
    "noisy": ("… spread of 10 steps a pulse", True, ("device.parameters.sigma=10",), ORANGE),
    "narrow": ("… 4 hidden neurons", True, ("device.parameters.sigma=0", "network.layers=[64, 4, 10]"), VERMILLION),
}
CELL = (
    "device.parameters.step_set=0.05 uS",
    "device.parameters.step_reset=0.05 uS",
    "synapse.w_max=1.5",
    "learning.rate=0.1",
    "learning.decay=1",
)


def facts(setting: Setting) -> Facts:
    """Seeds of the networks and of the labels."""
    return Facts(
        "1; labels: 11",
        f"{_networks(setting)} networks each",
        {
            "network": "64-64-10, tanh, η = 0.1",
            "cells": "linear two-way pairs, 398 steps",
            "data": f"{IMAGES} images, {_epochs(setting)} epochs; labels drawn anew, equally likely",
        },
    )


def _networks(setting: Setting) -> int:
    return 4 if setting is Setting.full else 2


def _epochs(setting: Setting) -> int:
    return 150 if setting is Setting.full else 80


def compute(setting: Setting) -> Arrays:
    """Training and test accuracy by epoch."""
    labels = np.random.default_rng(11).integers(0, 10, IMAGES)

    def scramble(run: Any) -> None:
        labels.setflags(write=False)
        run.data = dataclasses.replace(run.data, train_y=labels)

    out: Arrays = {"epochs.epoch": np.arange(1, _epochs(setting) + 1)}
    for name, (_, random, settings, _) in WAYS.items():
        shape = () if any("layers" in s for s in settings) else ("network.layers=[64, 64, 10]",)
        t = small(
            "bounded",
            *CELL,
            *shape,
            *settings,
            images=IMAGES,
            epochs=_epochs(setting),
            networks=_networks(setting),
            prepare=scramble if random else None,
        )
        out |= {f"epochs.{name}_train": t.by_epoch("train_accuracy"), f"epochs.{name}_test": t.by_epoch("test_accuracy")}
    return out


def draw(data: Data) -> Figure:
    """Training and test accuracy by epoch."""
    with drawing():
        fig = Figure(figsize=(DOUBLE, 2.6))
        left, right = fig.subplots(1, 2, sharey=True)
        epochs = data["epochs.epoch"].tolist()
        for axes, part, name in ((left, "train", "a"), (right, "test", "b")):
            for way, (label, _, _, colour) in WAYS.items():
                line_with_band(axes, epochs, 100 * data[f"epochs.{way}_{part}"], label, colour, highest=100.0)
            axes.axhline(10.0, color=GREY, linewidth=0.7, linestyle="--")
            epoch_axis(axes, epochs)
            axes.set_ylim(0, 102)
            linear_axis(axes)
            letter(axes, name, "training images" if part == "train" else "test images")
        left.set_ylabel("accuracy (%)")
        right.legend(loc="center right", bbox_to_anchor=(1.0, 0.42), fontsize=6.5)
        return fig


def check(data: Data) -> list[Claim]:
    """What is memorised, and what it is worth."""

    def last(name: str) -> float:
        return 100 * float(data[f"epochs.{name}"][-10:].mean())

    learned, tested = last("random_train"), last("random_test")

    def half(name: str) -> int:
        course = data[f"epochs.{name}_train"].mean(axis=1)
        return int(np.argmax(course > 0.5)) + 1 if (course > 0.5).any() else len(course)

    slow = half("random") / half("true")
    return [
        Claim(Text("a network can learn random labels by heart", "网络能够死记随机标签"), Text(f"training accuracy, a crossbar of 4,810 pairs and {IMAGES} images (chance: 10 %)", "随机标签的训练准确率（随机为10%）"), learned, learned > 60.0),
        Claim(Text("and then knows nothing", "但毫无泛化能力"), Text("test accuracy", "测试准确率"), tested, tested < 20.0),
        Claim(Text("true labels are learned sooner", "真实标签学得更快"), Text("epochs to half of the training images, random over true labels", "达到50%训练准确率的轮数之比（随机/真实）"), slow, slow > 2.0),
        Claim(Text("noise of cells makes memorising hard", "器件噪声使死记变难"), Text("training accuracy on random labels with a spread of ten steps a pulse", "单脉冲离散十倍步长时的训练准确率"), last("noisy_train"), last("noisy_train") < learned - 15.0),
        Claim(Text("so do few neurons", "神经元少亦然"), Text("training accuracy on random labels with 4 hidden neurons in the first layer", "首层仅4个神经元时的训练准确率"), last("narrow_train"), last("narrow_train") < learned - 15.0),
    ]  # fmt: skip


ENTRY = Entry(
    name="g2",
    title=Text("Can a crossbar memorise random labels?", "交叉阵列能记住随机标签吗？"),
    caption=Text(
        "A hundred images with their labels, or with labels drawn at random. (a) The crossbar learns most of the random ones by heart, later than the true ones; not if pulses scatter widely or neurons are few. (b) "
        "What it has learned then is worth nothing on test images (dashed: chance).",
        "一百张图片配以真实标签或随机标签。(a) 交叉阵列能记住大部分随机标签，但比真实标签慢；脉冲离散大或神经元少时记不住；(b) 记住的随机标签对测试图片毫无用处（虚线为随机水平）。",
    ),
    facts=facts, compute=compute, draw=draw, check=check, source="C. Zhang et al., Commun. ACM 64, 107 (2021), doi:10.1145/3446776",
)  # fmt: skip
