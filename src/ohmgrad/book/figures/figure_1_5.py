"""Figure 1.5: online learning hops between the minima of single samples; where it ends depends on their order."""

from __future__ import annotations

from itertools import permutations

import numpy as np
from matplotlib.figure import Figure

from ohmgrad.book.drawing import letter
from ohmgrad.book.entry import Arrays, Claim, Data, Entry, Facts, Setting, Text
from ohmgrad.book.neuron import Samples, error, gradient
from ohmgrad.report.style import BLACK, BLUE, DOUBLE, GREEN, GREY, ORANGE, VERMILLION, drawing, linear_axis

# One weight; each sample alone would have it at MINIMA.
MINIMA = np.array([-0.6, 0.5, 1.6])
INPUTS = np.array([0.9, 1.1, 0.8])
SAMPLES = Samples(INPUTS[:, None], np.tanh(MINIMA * INPUTS))
START, RATE, INNER, ROUNDS = -1.8, 0.4, 100, 3
COLOURS = (BLUE, ORANGE, VERMILLION)
ORDERS = list(permutations(range(3)))


def facts(setting: Setting) -> Facts:
    """Nothing is random here."""
    return Facts(
        "none: nothing is random",
        "6 orders of 3 samples",
        {"η": f"{RATE:g}", "inner steps": f"{INNER} for a sample, or 1", "neuron": "tanh, 1 weight"},
    )


def online(order: tuple[int, ...], inner: int, rounds: int) -> tuple[np.ndarray, np.ndarray]:
    """Weight before each step and at the end, and the sample of each step: inner loop over steps, outer loop over samples."""
    path, shown, w = [START], [], np.array([START])
    for _ in range(rounds):
        for n in order:
            for _ in range(inner):
                w = w - RATE * gradient(w, SAMPLES, [n])
                path.append(float(w[0]))
                shown.append(n)
    return np.array(path), np.array(shown)


def compute(setting: Setting) -> Arrays:
    """Curves, a path that learns each sample fully, and the ends of all orders."""
    grid = np.linspace(-2.2, 2.6, 241)
    total = error(grid[:, None], SAMPLES)
    out: Arrays = {"curves.w": grid, "curves.total": total}
    for n in range(3):
        one = Samples(SAMPLES.x[[n]], SAMPLES.wanted[[n]])
        out[f"curves.sample_{n + 1}"] = error(grid[:, None], one)
    for name, order in (("path", (0, 2, 1)), ("other", (2, 1, 0))):
        path, shown = online(order, INNER, ROUNDS)
        out |= {f"{name}.step": np.arange(len(shown)), f"{name}.w": path[1:], f"{name}.sample": shown}
    ends = np.array([online(o, INNER, 1)[0][-1] for o in ORDERS])
    cycled = np.array([online(o, 1, 200)[0][-1] for o in ORDERS])
    out |= {"orders.order": np.array(["".join(str(n + 1) for n in o) for o in ORDERS])}
    for name, w in (("full", ends), ("cycled", cycled)):
        out |= {f"orders.w_{name}": w, f"orders.error_{name}": error(w[:, None], SAMPLES)}
    out["least"] = np.array(total.min())
    return out


def draw(data: Data) -> Figure:
    """Curves of the samples with the hops; the weight by step for two orders; the error at the end of each order."""
    with drawing():
        fig = Figure(figsize=(DOUBLE, 2.7))
        left, middle, right = fig.subplots(1, 3, width_ratios=[1.15, 1.0, 0.9])
        for n, colour in enumerate(COLOURS):
            left.plot(data["curves.w"], data[f"curves.sample_{n + 1}"], color=colour, label=f"$E_{n + 1}$")
            left.plot(MINIMA[n], 0.0, "o", color=colour, clip_on=False, zorder=4)
        left.plot(data["curves.w"], data["curves.total"], color=BLACK, linewidth=0.9, linestyle="--", label="$E = ΣE_n$")
        w, shown = data["path.w"], data["path.sample"]
        ends = [START, *(w[k * INNER + INNER - 1] for k in range(4))]
        for k in range(4):
            n = int(shown[k * INNER])
            y = [float(error(np.array([v]), Samples(SAMPLES.x[[n]], SAMPLES.wanted[[n]]))) for v in ends[k : k + 2]]
            left.annotate(
                "",
                (ends[k + 1], y[1]),
                (ends[k], y[0]),
                arrowprops={"arrowstyle": "->", "color": COLOURS[n], "linewidth": 1.0, "connectionstyle": "arc3,rad=-0.2"},
            )
        left.set(xlabel="weight w", ylabel="error", ylim=(-0.03, 1.6), xlim=(-2.2, 2.6))
        left.legend(loc="upper right", ncols=2, columnspacing=0.8, handlelength=1.2)
        letter(left, "a", "order 1, 3, 2")
        for name, colour, label in (("path", BLACK, "order 1, 3, 2"), ("other", GREEN, "order 3, 2, 1")):
            middle.plot(data[f"{name}.step"], data[f"{name}.w"], color=colour, linewidth=1.0, label=label)
        for n in range(3):
            middle.axhline(MINIMA[n], color=COLOURS[n], linewidth=0.6, linestyle=":")
        middle.set(xlabel="step", ylabel="weight w", xlim=(0, None), ylim=(-2, 2.6))
        middle.legend(loc="upper right", handlelength=1.2)
        letter(middle, "b", f"{INNER} steps a sample")
        at = np.arange(len(ORDERS))
        for k, (name, colour, label) in enumerate(
            (("full", VERMILLION, f"1 round, {INNER} steps each"), ("cycled", BLUE, "200 rounds, 1 step each"))
        ):
            right.bar(at + 0.4 * (k - 0.5), data[f"orders.error_{name}"], 0.36, color=colour, label=label)
        right.axhline(float(data["least"]), color=GREY, linewidth=0.7, linestyle="--")
        right.set_xticks(at, [str(o) for o in data["orders.order"]], fontsize=7)
        right.tick_params(axis="x", length=0)
        right.set(xlabel="order", ylabel="error E at the end")
        right.set_ylim(0, 1.35 * max(float(data[f"orders.error_{k}"].max()) for k in ("full", "cycled")))
        right.legend(loc="upper right", fontsize=6.5)
        letter(right, "c")
        for axes in (left, middle, right):
            linear_axis(axes)
        return fig


def check(data: Data) -> list[Claim]:
    """What the chapter says of online learning."""
    spoiled = float(error(np.array([MINIMA[2]]), Samples(SAMPLES.x[[0]], SAMPLES.wanted[[0]])))
    miss = float(np.abs(data["path.w"][INNER - 1 :: INNER] - MINIMA[data["path.sample"][INNER - 1 :: INNER]]).max())
    full = data["orders.error_full"]
    cycled = float(data["orders.error_cycled"].max() / data["least"])
    return [
        Claim(
            Text("each sample draws the weight to its own minimum", "每个样本使权重收敛到各自的最低点"),
            Text("largest distance to the sample's minimum when the next sample comes", "换下一个样本时距该样本最低点的最大距离"), miss, miss < 0.1,
        ),
        Claim(
            Text("learning the next sample undoes what was learned before", "学习下一个样本会覆盖先前的优化"),
            Text("error of sample 1 when sample 3 has been learned (0 before)", "学完样本3后样本1的误差（此前为0）"), spoiled, spoiled > 0.1,
        ),
        Claim(
            Text("where it ends depends strongly on the order", "结果强烈依赖样本的输入顺序"),
            Text("largest over smallest error E after one round, over the six orders", "一轮后六种顺序的误差最大值与最小值之比"), float(full.max() / full.min()), bool(full.max() > 2.0 * full.min()),
        ),
        Claim(
            Text("so the samples must be gone through again and again until all errors are acceptable", "因此需将样本反复循环输入，直到误差都可接受"),
            Text("largest E over the least possible, after 200 rounds of one step each", "每样本一步、循环200轮后误差与最小值之比"), cycled, cycled < 1.15,
        ),
    ]  # fmt: skip


ENTRY = Entry(
    name="1.5",
    title=Text("Online learning hops between minima", "在线学习在各样本的极小值间跳动"),
    caption=Text(
        "One weight, three samples, each with an error curve and a minimum of its own. (a) Learning one sample after the other to the end leads from minimum to minimum "
        "(arrows in the sample's colour). (b) The weight by step, for two orders. (c) Error of all three together at the end, for the six orders; dashed: the least there is.",
        "一个权重、三个样本，每个样本有各自的误差曲线和最低点。(a) 逐个学到底时，权重从一个最低点跳到另一个（箭头颜色对应样本）。(b) 两种顺序下权重随步数的变化。(c) 六种顺序结束时的总误差，虚线为最小可能值。",
    ),
    equations=("1.3", "1.4"), facts=facts, compute=compute, draw=draw, check=check,
)  # fmt: skip
