"""Figure 1.15: letters learned: errors by epoch, weights before and after, outputs by epoch."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from ohmgrad.book.drawing import heat, letter, subfigures
from ohmgrad.book.entry import Arrays, Claim, Data, Entry, Facts, Setting, Text
from ohmgrad.book.training import mean95, train, weights
from ohmgrad.report.style import BLACK, BLUE, DOUBLE, GREY, VERMILLION, drawing, epoch_axis, linear_axis

EPOCHS = 60
COLOURS = dict(zip("zvn", (BLACK, VERMILLION, BLUE), strict=True))
LINES = dict(zip("zvn", ("-", "--", "-."), strict=True))


def facts(setting: Setting) -> Facts:
    """Seed of the experiment."""
    return Facts(
        "1",
        f"{networks(setting)} networks; weights of the first, outputs of their mean",
        {
            "experiment": "letters",
            "patterns": "30, learned and tested alike, as in the source",
            "epochs": f"{EPOCHS}",
            "recorded study": "docs/letters.md",
        },
    )


def networks(setting: Setting) -> int:
    """So many networks."""
    return 200 if setting is Setting.full else 40


def compute(setting: Setting) -> Arrays:
    """Wrong patterns, outputs and weights."""
    t = train("letters", "stop.when=never", replicas=networks(setting), epochs=EPOCHS, look=weights)
    wrong = np.rint(30.0 * (1.0 - t.by_epoch("train_accuracy")))  # (epochs, networks)
    first = np.where((wrong == 0.0).any(axis=0), (wrong == 0.0).argmax(axis=0) + 1, EPOCHS)
    return {
        "epochs.epoch": np.arange(1, EPOCHS + 1), "epochs.wrong_mean": wrong.mean(axis=1), "epochs.wrong_first": wrong[:, 0],
        "epochs.wrong_10": np.percentile(wrong, 10, axis=1), "epochs.wrong_90": np.percentile(wrong, 90, axis=1),
        "epochs.outputs": t.by_epoch("responses"), "networks.epochs_to_perfect": first,
        "cells.weight_before": t.seen[0][0], "cells.weight_after": t.seen[-1][0],
    }  # fmt: skip


def draw(data: Data) -> Figure:
    """Errors; weights; the three neurons' outputs."""
    with drawing():
        fig = Figure(figsize=(DOUBLE, 4.1))
        top, bottom = subfigures(fig, 2, 1)
        left, before, after, hist = top.subplots(1, 4, width_ratios=[1.6, 0.42, 0.42, 1.1])
        epochs = data["epochs.epoch"]
        left.fill_between(epochs, data["epochs.wrong_10"], data["epochs.wrong_90"], color=BLUE, alpha=0.2, linewidth=0)
        left.plot(epochs, data["epochs.wrong_mean"], color=BLUE, label="mean")
        left.plot(epochs, data["epochs.wrong_first"], color=GREY, linewidth=0.8, label="one network")
        epoch_axis(left, epochs.tolist())
        left.set(ylabel="patterns of 30 that are wrong", ylim=(0, None))
        left.legend(loc="upper right")
        linear_axis(left)
        letter(left, "a")
        limit = float(np.abs(data["cells.weight_after"]).max())
        for axes, name in ((before, "before"), (after, "after")):
            image = heat(axes, data[f"cells.weight_{name}"], limit)
            axes.set_xticks(range(3), "zvn")
            axes.set_xlabel(name)
        before.set_yticks(range(10), [*map(str, range(1, 10)), "bias"], fontsize=6.5)
        top.colorbar(image, ax=after, aspect=18, pad=0.1, shrink=0.9).set_label("weight")
        letter(before, "b", "weights")
        n = data["networks.epochs_to_perfect"]
        hist.hist(n, np.arange(0.5, n.max() + 2.5, 2), color=BLUE, weights=np.full(len(n), 100.0 / len(n)))
        hist.axvline(15, color="black", linewidth=0.8, linestyle="--")
        hist.set(xlabel="epochs until none is wrong", ylabel="networks (%)")
        linear_axis(hist)
        letter(hist, "c", "dashed: published")
        for j, axes in enumerate(bottom.subplots(1, 3, sharey=True)):
            for c, name in enumerate("zvn"):
                axes.plot(
                    epochs,
                    data["epochs.outputs"][:, c, j],
                    color=COLOURS[name],
                    linestyle=LINES[name],
                    linewidth=2.0 if c == j else 1.0,
                    label=name,
                )
            epoch_axis(axes, epochs.tolist())
            axes.set_ylim(-1, 1)
            linear_axis(axes)
            letter(axes, "def"[j], f"output neuron {'zvn'[j]}")
            if not j:
                axes.set_ylabel("mean output")
                axes.legend(title="shown", loc="center right", ncols=3, handlelength=1.4, title_fontsize=7.5)
        return fig


def apart(data: Data) -> np.ndarray:
    """By epoch: mean output of the right neuron minus that of the others."""
    y = data["epochs.outputs"]
    right = np.trace(y, axis1=1, axis2=2) / 3.0
    return np.asarray(right - (y.sum(axis=(1, 2)) - 3.0 * right) / 6.0)


def check(data: Data) -> list[Claim]:
    """What the chapter says of the result."""
    mean, half = mean95(data["networks.epochs_to_perfect"])
    gap = apart(data)
    early, late = float(gap[14] - gap[0]), float(gap[-1] - gap[14])
    share = float(gap[14] / gap[-1])
    return [
        Claim(
            Text("the error rate falls with training to 0", "识别错误率随训练次数增加而减小至零"),
            Text(f"share of the networks that get all 30 patterns right within {EPOCHS} epochs", f"{EPOCHS}轮内全部识别正确的网络比例"),
            float((data["networks.epochs_to_perfect"] < EPOCHS).mean()), bool((data["networks.epochs_to_perfect"] < EPOCHS).mean() > 0.95),
        ),
        Claim(
            Text("about 15 epochs are needed", "约15轮达到收敛"),
            Text(f"mean epochs until none is wrong (± {half:.1f}); no prediction: the step of 1 µS and the start were chosen for it", "平均所需轮数；步长1 µS与初始分布即据此选取，不是预测"), mean, 10.0 < mean < 20.0,
        ),
        Claim(
            Text("the outputs for z, v, n come more and more apart", "三个输出神经元对三种字母的响应区分度越来越大"),
            Text("right minus other outputs after the last epoch, minus after the first", "末轮与首轮区分度之差"), float(gap[-1] - gap[0]), float(gap[-1] - gap[0]) > 0.3,
        ),
        Claim(
            Text("after about 15 epochs they no longer change", "约15轮后达到饱和"),
            Text(
                f"share of the final distance reached at epoch 15: with these small steps it goes on growing (by {early:.2f} until then, by {late:.2f} later)",
                "第15轮时区分度占最终值的比例：在此小步长下仍继续增大",
            ),
            share, share > 0.9, expected=False,
        ),
    ]  # fmt: skip


ENTRY = Entry(
    name="1.15",
    title=Text("Three letters, learned", "三字母识别的训练结果"),
    caption=Text(
        "Letters on a passive crossbar by the Manhattan rule. (a) Wrong patterns by epoch; band: 10 to 90 % of the networks. (b) Weights of one network before and after. (c) Epochs until no pattern is wrong. (d to f) "
        "Mean output of each neuron for patterns of each letter; thick: its own.",
        "无源交叉阵列上按曼哈顿法则学习字母。(a) 各轮错误图样数，色带为10%至90%分位；(b) 一个网络训练前后的权重；(c) 全部识别正确所需轮数；(d–f) 各输出神经元对三种字母图样的平均输出，粗线为其对应字母。",
    ),
    equations=("1.2", "1.8"), facts=facts, compute=compute, draw=draw, check=check, source="M. Prezioso et al., Nature 521, 61 (2015), doi:10.1038/nature14441: about 15 epochs on average",
)  # fmt: skip
