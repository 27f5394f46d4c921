"""Question 3: what training does with a feature that all classes share."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from ohmgrad.book.drawing import letter
from ohmgrad.book.entry import Arrays, Claim, Data, Entry, Facts, Setting, Text
from ohmgrad.book.training import train, weights
from ohmgrad.report.style import BLUE, DOUBLE, GREEN, ORANGE, VERMILLION, drawing, epoch_axis, linear_axis

SEED, EPOCHS, EACH, SAMPLES = 2, 40, 8, 40
# Features: EACH that only cats have, EACH that only dogs have, EACH that both have.
GROUPS = ("cats only", "dogs only", "both")
COLOURS = (VERMILLION, BLUE, GREEN)


def facts(setting: Setting) -> Facts:
    """Seeds of samples and cells."""
    return Facts(
        f"{SEED}",
        f"{networks(setting)} networks",
        {
            "samples": f"2 × {SAMPLES}, {3 * EACH} features: 0.8 where the class has it, else 0.2, ± 0.1",
            "cells": "experiment faces, write with verify, 24 × 2 cells",
            "epochs": f"{EPOCHS}",
        },
    )


def networks(setting: Setting) -> int:
    """So many networks."""
    return 20 if setting is Setting.full else 6


def samples(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Inputs 0 to 1 and classes."""
    y = np.repeat([0, 1], SAMPLES)
    has = np.stack([y == 0, y == 1, np.ones(len(y), bool)], axis=1).repeat(EACH, axis=1)
    return np.clip(np.where(has, 0.8, 0.2) + 0.1 * rng.standard_normal(has.shape), 0.0, 1.0), y


def compute(setting: Setting) -> Arrays:
    """By epoch: what each group of features contributes to the two outputs, and to their difference."""
    x, y = samples(np.random.default_rng(SEED))
    with tempfile.TemporaryDirectory(prefix="ohmgrad-book-") as folder:
        file = Path(folder) / "features.npz"
        np.savez(file, x_train=x, y_train=y, x_test=x, y_test=y)
        t = train(
            "faces", "write=verify", "data.source=files", f"data.train_file={file}", "data.scale=none", f"network.layers=[{3 * EACH}, 2]", "stop.when=never", "stop.part=train",
            "synapse.w_max=1.0", "learning.rate=2e-3", f"seed={SEED}", replicas=networks(setting), epochs=EPOCHS, look=weights,
        )  # fmt: skip
    w = np.array(t.seen)[:, :, :-1]  # (epochs + 1, networks, features, outputs)
    mean = np.array([[x[y == c][:, EACH * k : EACH * (k + 1)].mean() for k in range(3)] for c in (0, 1)])  # (classes, groups)
    groups = w.reshape(*w.shape[:2], 3, EACH, 2)
    part = groups.sum(axis=3)  # (epochs, networks, groups, outputs)
    right = sum(mean[c][:, None] * part for c in (0, 1)) / 2.0  # mean contribution to each output
    gap = (mean[0][:, None] * part - mean[1][:, None] * part) / 2.0  # what tells the classes apart, of each output
    out: Arrays = {
        "epochs.epoch": np.arange(len(w)),
        "epochs.accuracy": np.concatenate([[np.nan], t.by_epoch("train_accuracy").mean(axis=1)]),
    }
    for k, name in enumerate(("cats", "dogs", "both")):
        out[f"epochs.to_cat_{name}"] = right[:, :, k, 0].mean(axis=1)
        out[f"epochs.apart_{name}"] = (gap[:, :, k, 0] - gap[:, :, k, 1]).mean(axis=1) / 2.0
        out[f"epochs.difference_{name}"] = np.abs(groups[:, :, k, :, 0] - groups[:, :, k, :, 1]).mean(axis=(1, 2))
        out[f"weights.cat_{name}"] = groups[-1, 0, k, :, 0]
        out[f"weights.dog_{name}"] = groups[-1, 0, k, :, 1]
    return out


def draw(data: Data) -> Figure:
    """Weights of one network; contributions by epoch."""
    with drawing():
        fig = Figure(figsize=(DOUBLE, 2.4))
        left, middle, right = fig.subplots(1, 3, width_ratios=[1.2, 1, 1])
        for k, name in enumerate(("cats", "dogs", "both")):
            at = np.arange(EACH) + k * (EACH + 1)
            left.bar(at - 0.2, data[f"weights.cat_{name}"], 0.38, color=ORANGE, label="to output cat" if not k else None)
            left.bar(
                at + 0.2, data[f"weights.dog_{name}"], 0.38, color=BLUE, alpha=0.6, label="to output dog" if not k else None
            )
            middle.plot(data["epochs.epoch"], data[f"epochs.difference_{name}"], color=COLOURS[k], label=GROUPS[k])
            right.plot(data["epochs.epoch"], data[f"epochs.apart_{name}"], color=COLOURS[k], label=GROUPS[k])
        left.axhline(0.0, color="black", linewidth=0.4)
        left.set_xticks([3.5 + k * (EACH + 1) for k in range(3)], GROUPS)
        left.tick_params(axis="x", length=0)
        left.set_ylabel("weight after training")
        left.legend(loc="upper center", ncols=2, fontsize=6.5, handlelength=1.0)
        left.set_ylim(top=1.45 * left.get_ylim()[1])
        letter(left, "a", "one network, features that")
        middle.set(ylabel="mean |difference of its\ntwo weights|", ylim=(0, None))
        right.set_ylabel("what tells the classes apart")
        right.legend(loc="center right", fontsize=6.5)
        for axes, name in ((middle, "b"), (right, "c")):
            epoch_axis(axes, data["epochs.epoch"].tolist())
            linear_axis(axes)
            letter(axes, name)
        linear_axis(left)
        return fig


def check(data: Data) -> list[Claim]:
    """The classifier gives a shared feature no part in the decision."""
    apart = {k: data[f"epochs.apart_{k}"] for k in ("cats", "dogs", "both")}
    share = float(abs(apart["both"][-1]) / (abs(apart["cats"][-1]) + abs(apart["dogs"][-1])))
    grown = {k: float(data[f"epochs.difference_{k}"][-1] / data[f"epochs.difference_{k}"][0]) for k in apart}
    return [
        Claim(
            Text("a feature that all classes share does not help to tell them apart", "共有特征对区分类别没有贡献"),
            Text("its part in what tells the classes apart after training, over that of the others", "训练后共有特征对类别区分的贡献与其他特征之比"), share, share < 0.05,
        ),
        Claim(
            Text("features of one class get weights that differ between the outputs", "单类特征获得在两个输出间差异大的权重"),
            Text("difference of their two weights after training over before", "其两权重之差训练后与训练前之比"), min(grown["cats"], grown["dogs"]), min(grown["cats"], grown["dogs"]) > 1.3,
        ),
        Claim(
            Text("the classifying layer lowers the weights of a shared feature", "分类层会降低共有特征的权重贡献"),
            Text(
                "difference of its two weights after training over before: hardly lowered in one layer, since samples of both classes pull it to and fro alike; it stays what it was by chance",
                "共有特征两权重之差训练后与训练前之比：单层中几乎不降低，因两类样本对它的推动相互抵消，保留初始的偶然值",
            ),
            grown["both"], grown["both"] < 0.7, expected=False,
        ),
    ]  # fmt: skip


ENTRY = Entry(
    name="q3",
    title=Text("Features that the classes share", "各类共有的特征"),
    caption=Text(
        "One layer of single cells, written with verify, learns cats and dogs from features that only cats have, only dogs have, or both have. (a) Weights after training. (b) How far the two weights of a feature lie apart, "
        "by epoch: grown for features of one class only. (c) What each group adds to the difference by which the classes are told apart: nothing comes of what they share.",
        "单层单器件突触以写验证学习“猫”“狗”，特征分为仅猫有、仅狗有、两者共有。(a) 训练后的权重；(b) 各特征两权重之差随轮数的变化：仅单类特征增大；(c) 各组特征对区分类别的贡献：共有特征贡献为零。",
    ),
    equations=("1.1", "1.4", "1.5"), facts=facts, compute=compute, draw=draw, check=check,
)  # fmt: skip
