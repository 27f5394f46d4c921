"""Figure 1.12: letters with a bias input: does it bring the currents near 0, and does it save epochs?"""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.figure import Figure

from ohmgrad.book.drawing import letter, subfigures
from ohmgrad.book.entry import Arrays, Claim, Data, Entry, Facts, Setting, Text
from ohmgrad.book.training import conductances, mean95, train, with_bias
from ohmgrad.report.style import BLUE, DOUBLE, ORANGE, drawing, linear_axis

MOST = 60
CASES = {  # name: settings, label
    "small": ((), "1 µS,\n± 20 µS"),
    "large": (
        ("device.parameters.step_set=68 uS", "device.parameters.slope_set=1.0588235294117647", "device.parameters.step_reset=93.888888888888889 uS",
         "device.parameters.slope_reset=1.0650887573964498", "synapse.start_spread=10 uS"),
        "large,\n± 10 µS",
    ),
}  # fmt: skip
OFFSET = 20e-6  # siemens by which G+ begins lower than G− in the case where their means differ


def facts(setting: Setting) -> Facts:
    """Seed of the experiment."""
    return Facts(
        "1", f"{networks(setting)} networks, paired: the same cells and draws with and without bias",
        {"experiment": "letters", "cells": "steps of 1 µS from 35 ± 20 µS; or steps as read off the source by others, from 35 ± 10 µS", "longest": f"{MOST} epochs, which is what a network counts that needs more", "recorded study": "docs/letters.md (1,000 networks)"},
    )  # fmt: skip


def networks(setting: Setting) -> int:
    """So many networks."""
    return 200 if setting is Setting.full else 40


def compute(setting: Setting) -> Arrays:
    """Currents at the start, and epochs until all 30 patterns are right."""
    out: Arrays = {}
    for case, (settings, _) in CASES.items():
        for name, bias in (("bias", -1.0), ("none", 0.0)):
            t = train("letters", *settings, f"network.bias={bias}", replicas=networks(setting), epochs=MOST)
            out[f"epochs.{case}_{name}"] = t.epochs
    for kind, spread, shift in (("equal", 20, 0.0), ("lower", 5, OFFSET)):
        t = train("letters", f"synapse.start_spread={spread} uS", replicas=200, epochs=1, look=conductances)
        for name, bias in (("bias", -1.0), ("none", 0.0)):
            g, x = t.seen[0], with_bias(t.run.data.train_x, bias)
            current = t.run.setup.reading.v_read * np.einsum(
                "ni,rij->rnj", x[::10], g[..., 0] - shift - g[..., 1]
            )  # eqs. 1.1, 1.9: clean letters
            out[f"currents.{kind}_{name}_a"] = current.ravel()
    x = t.run.data.train_x[::10]
    out |= {
        "letters.name": np.array(t.run.data.class_names),
        "letters.pixels": x,
        "letters.sum_without": x.sum(axis=1),
        "letters.sum_with": x.sum(axis=1) - 1.0,
    }
    out["beta_per_a"] = np.array(2e5)
    return out


def draw(data: Data) -> Figure:
    """The letters with their bias pixel; currents at the start; epochs."""
    with drawing():
        fig = Figure(figsize=(DOUBLE, 2.5))
        left, right = subfigures(fig, 1, 2, width_ratios=[0.55, 1.6])
        cells = left.subplots(3, 1)
        for k, axes in enumerate(cells):
            image = np.full((3, 5), np.nan)
            image[:, :3] = -data["letters.pixels"][k].reshape(3, 3)
            image[1, 4] = 1.0
            axes.imshow(image, cmap="gray", vmin=-1, vmax=1.15)
            axes.set(xticks=[], yticks=[], ylabel=str(data["letters.name"][k]))
            axes.yaxis.label.set_rotation(0)
            for spine in axes.spines.values():
                spine.set_visible(False)
            for x, y in [(j, i) for i in range(3) for j in range(3)] + [(4, 1)]:
                axes.add_patch(_square(x, y))
        letter(cells[0], "a", "9 pixels and bias")
        middle, end = right.subplots(1, 2, width_ratios=[1.4, 1.0])
        for k, kind in enumerate(("equal", "lower")):
            for j, (name, colour) in enumerate((("bias", BLUE), ("none", ORANGE))):
                v = 1e6 * data[f"currents.{kind}_{name}_a"]
                at = k + 0.36 * (j - 0.5)
                box = middle.boxplot(
                    [v],
                    positions=[at],
                    widths=0.3,
                    showfliers=False,
                    patch_artist=True,
                    whis=(5, 95),
                    medianprops={"color": "black"},
                )
                box["boxes"][0].set(facecolor=colour, alpha=0.75, linewidth=0.6)
        middle.axhline(0.0, color="black", linewidth=0.4)
        middle.set_xticks([0, 1], ["equal means,\n± 20 µS", f"G$^+$ lower by {1e6 * OFFSET:g},\n± 5 µS"])
        middle.set(ylabel="current at the start (µA)", xlim=(-0.6, 1.6))
        linear_axis(middle)
        letter(middle, "b", "clean letters")
        for j, (name, colour, label) in enumerate((("bias", BLUE, "with bias"), ("none", ORANGE, "without"))):
            values = [mean95(data[f"epochs.{case}_{name}"]) for case in CASES]
            end.bar(
                np.arange(len(CASES)) + 0.38 * (j - 0.5),
                [m for m, _ in values],
                0.35,
                color=colour,
                label=label,
                yerr=[h for _, h in values],
                error_kw={"elinewidth": 0.7, "capsize": 1.5},
            )
        end.set_xticks(range(len(CASES)), [label for _, label in CASES.values()])
        end.tick_params(axis="x", length=0)
        end.set_ylabel("epochs until all are right")
        linear_axis(end)
        end.set_ylim(0, 1.35 * end.get_ylim()[1])
        end.legend(loc="upper left", ncols=1)
        letter(end, "c", "steps, start")
        return fig


def _square(x: int, y: int) -> Any:
    from matplotlib.patches import Rectangle

    return Rectangle((x - 0.5, y - 0.5), 1, 1, fill=False, edgecolor="black", linewidth=0.4, clip_on=False)


def check(data: Data) -> list[Claim]:
    """What the chapter says of the bias, with what is measured."""
    size = {k: float(np.abs(data[f"currents.{k}_a"]).mean()) for k in ("equal_bias", "equal_none", "lower_bias", "lower_none")}
    saved = {case: mean95(data[f"epochs.{case}_none"] - data[f"epochs.{case}_bias"]) for case in CASES}
    small = saved["small"][0] / float(data["epochs.small_none"].mean())
    return [
        Claim(
            Text("the bias balances black and white pixels", "偏置项平衡黑白像素数目"),
            Text("largest |sum of inputs| of a clean letter with bias −1 (without: 1)", "加偏置后干净字母输入之和的最大绝对值（不加为1）"), float(np.abs(data["letters.sum_with"]).max()), bool((data["letters.sum_with"] == 0.0).all()),
        ),
        Claim(
            Text("with random weights the currents at the start are then nearer to 0, where tanh is steepest", "初始权重随机时，电流因此更接近0，tanh斜率最大"),
            Text(
                "mean |current| with over without bias: not smaller, since both cells of a pair have the same mean already, and the bias brings one more random cell",
                "加与不加偏置时初始电流绝对值之比：并不更小，因差分对两单元均值相同，而偏置多引入一对随机单元",
            ),
            size["equal_bias"] / size["equal_none"], size["equal_bias"] < 0.97 * size["equal_none"], expected=False,
        ),
        Claim(
            Text("… where the mean of G+ differs from that of G−, it is so", "……若G+与G−的均值不同，则成立"),
            Text(f"mean |current| with over without bias, G+ lower by {1e6 * OFFSET:g} µS, both ± 5 µS", f"G+偏低{1e6 * OFFSET:g} µS、各自±5 µS时加与不加偏置的初始电流之比"), size["lower_bias"] / size["lower_none"], size["lower_bias"] < 0.95 * size["lower_none"],
        ),
        Claim(
            Text("it speeds up training", "偏置项加快训练收敛"),
            Text("share of the epochs that it saves with steps of 1 µS: too small to matter (recorded study: 2 %)", "步长1 µS时节省的轮数比例：很小（记录的研究为2%）"), small, small > 0.1, expected=False,
        ),
        Claim(
            Text("… with steps so large that the network swings, it does", "……步长大到网络来回摆动时，则成立"),
            Text("epochs saved with large steps, mean of the networks", "大步长时平均节省的轮数"), saved["large"][0], saved["large"][0] > 1.0,
        ),
    ]  # fmt: skip


ENTRY = Entry(
    name="1.12",
    title=Text("Letters with a bias input", "带偏置项的字母输入编码"),
    caption=Text(
        "(a) The clean letters z, v, n as inputs (black +1, white −1) and the bias input of −1, with which they sum to 0. (b) Currents of the three outputs for clean letters before training, with bias "
        "(blue) and without (orange); boxes: quartiles, whiskers: 5 to 95 %. (c) Epochs until all 30 patterns are right, mean with 95 % interval.",
        "(a) 干净字母z、v、n的输入（黑+1、白−1）与偏置输入−1，总和为0。(b) 训练前三个输出对干净字母的电流，有偏置（蓝）与无偏置（橙），箱为四分位、须为5%至95%。(c) 全部30个图样识别正确所需轮数，均值及95%置信区间。",
    ),
    equations=("1.1", "1.4"), facts=facts, compute=compute, draw=draw, check=check, source="M. Prezioso et al., Nature 521, 61 (2015), doi:10.1038/nature14441",
)  # fmt: skip
