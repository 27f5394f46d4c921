"""Figure 1.4: the boundary of a small passive crossbar moving through two clouds of samples."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from ohmgrad.book.drawing import letter
from ohmgrad.book.entry import Arrays, Claim, Data, Entry, Facts, Setting, Text
from ohmgrad.book.training import train, weights
from ohmgrad.report.style import BLUE, DOUBLE, GREY, VERMILLION, drawing, epoch_axis, linear_axis

EPOCHS, SEED, SHOWN = 60, 4, (0, 10, 25, 60)
CENTRES, SPREAD = np.array([[-0.35, 0.3], [0.35, -0.25]]), 0.22
BIAS = 1.0


def facts(setting: Setting) -> Facts:
    """Seeds of clouds and cells."""
    return Facts(
        f"{SEED} (clouds and cells)", f"{networks(setting)} networks; drawn is the boundary of the one that begins worst",
        {"samples": "2 × 40 to learn, 2 × 200 new ones", "cells": "experiment letters: 3 × 4 passive crossbar, fixed pairs, scheme V/2, Manhattan rule", "step of a pulse": "0.5 µS"},
    )  # fmt: skip


def networks(setting: Setting) -> int:
    """So many networks, which differ in their cells."""
    return 20 if setting is Setting.full else 8


def clouds(n: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """n points of each class, within the square of ±1."""
    y = np.repeat([0, 1], n)
    return np.clip(CENTRES[y] + SPREAD * rng.standard_normal((2 * n, 2)), -1.0, 1.0), y


def compute(setting: Setting) -> Arrays:
    """Weights after every epoch, and accuracy on learned and new samples."""
    rng = np.random.default_rng(SEED)
    (x, y), (new_x, new_y) = clouds(40, rng), clouds(200, rng)
    with tempfile.TemporaryDirectory(prefix="ohmgrad-book-") as folder:
        file = Path(folder) / "clouds.npz"
        np.savez(file, x_train=x, y_train=y, x_test=new_x, y_test=new_y)
        t = train(
            "letters", "data.source=files", f"data.train_file={file}", "data.scale=none", "network.layers=[2, 2]", f"network.bias={BIAS}", "stop.when=never",
            "device.parameters.step_set=0.5 uS", "device.parameters.step_reset=0.5 uS", f"seed={SEED}", replicas=networks(setting), epochs=EPOCHS, look=weights,
        )  # fmt: skip
    w = np.array(t.seen)  # (epochs + 1, networks, inputs + 1, outputs)
    line = w[..., 0] - w[..., 1]
    at_start = np.stack([(classify(line[0], a) == b).mean(axis=-1) for a, b in ((x, y), (new_x, new_y))])
    return {
        "samples.x": x, "samples.class": y, "new.x": new_x, "new.class": new_y,
        "epochs.epoch": np.arange(EPOCHS + 1), "epochs.boundary": line[:, int(at_start[0].argmin())],
        "epochs.train_accuracy": np.vstack([at_start[0], t.by_epoch("train_accuracy")]), "epochs.new_accuracy": np.vstack([at_start[1], t.by_epoch("test_accuracy")]),
    }  # fmt: skip


def classify(line: np.ndarray, x: np.ndarray) -> np.ndarray:
    """Classes (networks, samples) by w·(x, bias) > 0; line (networks, 3)."""
    return np.asarray((line @ np.column_stack([x, np.full(len(x), BIAS)]).T < 0.0).astype(int))


def draw(data: Data) -> Figure:
    """Clouds with the boundary at some epochs; accuracy by epoch."""
    with drawing():
        fig = Figure(figsize=(DOUBLE, 2.9))
        left, right = fig.subplots(1, 2, width_ratios=[1.0, 1.3])
        for c, colour, mark in ((0, VERMILLION, "o"), (1, BLUE, "^")):
            for part, alpha, size in (("new", 0.25, 4), ("samples", 1.0, 14)):
                x = data[f"{part}.x"][data[f"{part}.class"] == c]
                left.scatter(
                    x[:, 0],
                    x[:, 1],
                    s=size,
                    color=colour,
                    alpha=alpha,
                    marker=mark,
                    linewidths=0,
                    label=("cats", "dogs")[c] if part == "samples" else None,
                )
        for k, line in zip(SHOWN, ((0, (1, 1)), (0, (3, 1.5)), (0, (6, 1.5)), "-"), strict=True):
            a, b, c = data["epochs.boundary"][k]
            along = np.linspace(-1.0, 1.0, 2)
            x = (along, -(a * along + BIAS * c) / b) if abs(b) > abs(a) else (-(b * along + BIAS * c) / a, along)
            left.plot(*x, linestyle=line, color="black", linewidth=1.6 if k == SHOWN[-1] else 0.9, label=f"epoch {k}")
        left.set(xlim=(-1, 1), ylim=(-1, 1), xlabel="feature $θ_1$", ylabel="feature $θ_2$", aspect="equal")
        left.legend(loc="center left", bbox_to_anchor=(1.0, 0.5), handletextpad=0.4)
        letter(left, "a", "the network that begins worst")
        epochs = data["epochs.epoch"]
        for name, colour, label, mark in (("train", GREY, "learned samples", "s"), ("new", BLUE, "new samples", "o")):
            values = 100.0 * data[f"epochs.{name}_accuracy"]
            right.plot(epochs, values.mean(axis=1), color=colour, label=label, marker=mark, markevery=5)
        right.fill_between(
            epochs, *np.percentile(100.0 * data["epochs.new_accuracy"], (10, 90), axis=1), color=BLUE, alpha=0.15, linewidth=0
        )
        right.legend(loc="lower right")
        epoch_axis(right, epochs.tolist())
        right.set(ylabel="accuracy (%)", ylim=(0, 103))
        linear_axis(right)
        letter(right, "b", f"{data['epochs.new_accuracy'].shape[1]} networks")
        return fig


def check(data: Data) -> list[Claim]:
    """Training moves the boundary between the clouds, and what lies between the samples is then right too."""
    learned, new = (data[f"epochs.{k}_accuracy"].mean(axis=1) for k in ("train", "new"))
    return [
        Claim(
            Text("the first boundary does not part the two clouds", "初始化后的分界线不能有效分割两类样本"),
            Text("accuracy before training", "训练前的准确率"), float(learned[0]), bool(learned[0] < 0.75),
        ),
        Claim(
            Text("training moves it until it does", "训练使分界线移动，最终分开两类样本"),
            Text("accuracy on the learned samples after training", "训练后对训练样本的准确率"), float(learned[-1]), bool(learned[-1] > 0.95),
        ),
        Claim(
            Text("it is then right between the samples too: generalisation", "对训练样本未覆盖的区域也有效：泛化"),
            Text("accuracy on new samples minus that on learned ones", "新样本准确率与训练样本准确率之差"), float(new[-1] - learned[-1]), bool(new[-1] - learned[-1] > -0.05),
        ),
    ]  # fmt: skip


ENTRY = Entry(
    name="1.4",
    title=Text("A boundary moving through two clouds", "分界线在两团样本云中的移动"),
    caption=Text(
        "Two features of each sample go to a passive crossbar of 3 × 4 cells, trained by signs alone. (a) Large marks: samples learned; small: new ones. Lines: where "
        "the two outputs are equal, before, during and after training. (b) Accuracy by epoch; band: 10 to 90 % of the networks.",
        "每个样本的两个特征输入3×4的无源交叉阵列，按曼哈顿法则训练。(a) 大点为训练样本，小点为新样本；线为两输出相等处在训练前、中、后的位置。(b) 准确率随训练轮数的变化，色带为10%至90%分位。",
    ),
    equations=("1.1", "1.2", "1.5", "1.8"), facts=facts, compute=compute, draw=draw, check=check,
)  # fmt: skip
