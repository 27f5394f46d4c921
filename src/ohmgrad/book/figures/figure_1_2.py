"""Figure 1.2: descent on an error surface with several valleys, with small, middling and large steps."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from ohmgrad.book.drawing import contours, letter
from ohmgrad.book.entry import Arrays, Claim, Data, Entry, Facts, Setting, Text
from ohmgrad.book.neuron import VALLEYS, descend, error, gradient, grid
from ohmgrad.report.style import BLUE, DOUBLE, GREEN, ORANGE, VERMILLION, drawing, linear_axis

LOW, HIGH = (-5.0, -2.0), (2.0, 5.5)
STARTS = np.array([[-1.2, 0.5], [-0.4, 0.5], [-0.4, 1.2], [-1.2, 1.2]])  # around the summit between the valleys
START = STARTS[1]
RATES = {"small": 0.004, "middle": 0.1, "large": 0.5}
COLOURS = {"small": ORANGE, "middle": BLUE, "large": VERMILLION}
STEPS, LONG = 60, 12000


def facts(setting: Setting) -> Facts:
    """Nothing is random here."""
    rates = ", ".join(f"{rate:g} ({name})" for name, rate in RATES.items())
    return Facts(
        "none: nothing is random",
        "4 starts, 3 step sizes",
        {"η": rates, "steps": f"{STEPS}", "neuron": "tanh, 2 weights, 7 samples"},
    )


def compute(setting: Setting) -> Data:
    """The surface on a grid, and paths of eq. 1.4."""
    points = 101 if setting is Setting.full else 41
    w = grid(LOW, HIGH, points)
    out: Arrays = {"surface.w1": w[..., 0].ravel(), "surface.w2": w[..., 1].ravel(), "surface.error": error(w, VALLEYS).ravel()}
    near = grid((-0.7, -0.9), (1.1, 0.9), points // 2)
    out |= {"near.w1": near[..., 0].ravel(), "near.w2": near[..., 1].ravel(), "near.error": error(near, VALLEYS).ravel()}
    from_all = descend(STARTS, VALLEYS, RATES["middle"], LONG)
    out |= {"valleys.w": from_all[-1], "valleys.error": error(from_all[-1], VALLEYS)}
    out["valleys.slope"] = np.linalg.norm(gradient(from_all[-1], VALLEYS), axis=-1)
    shown = np.unique(np.geomspace(1, LONG, 120).astype(int))
    out["starts.step"] = np.append(0, shown)
    for k in range(len(STARTS)):
        out[f"starts.w_{k + 1}"] = from_all[out["starts.step"], k]
    out["paths.step"] = np.arange(STEPS + 1)
    for name, rate in RATES.items():
        path = descend(START, VALLEYS, rate, STEPS)
        out |= {f"paths.w_{name}": path, f"paths.error_{name}": error(path, VALLEYS)}
    return out


def draw(data: Data) -> Figure:
    """Surface with the paths from four starts; the same start with three step sizes; error by step."""
    with drawing():
        fig = Figure(figsize=(DOUBLE, 2.75))
        left, middle, right = fig.subplots(1, 3, width_ratios=[1.0, 1.0, 1.05])
        for axes, part in ((left, "surface"), (middle, "near")):
            contours(axes, data[f"{part}.w1"], data[f"{part}.w2"], data[f"{part}.error"])
            axes.set(xlabel="weight $w_1$", xlim=(LOW[0], HIGH[0]), ylim=(LOW[1], HIGH[1]))
        middle.set(xlim=(-0.7, 1.1), ylim=(-0.9, 0.9))
        left.set_ylabel("weight $w_2$")
        for k in range(len(STARTS)):
            w = data[f"starts.w_{k + 1}"]
            left.plot(w[:, 0], w[:, 1], "-", color=BLUE)
            left.plot(*w[0], "o", color=BLUE, markersize=4)
        left.plot(data["valleys.w"][:, 0], data["valleys.w"][:, 1], "*", color=GREEN, markersize=8, zorder=5)
        for name, colour in COLOURS.items():
            w = data[f"paths.w_{name}"]
            middle.plot(w[:, 0], w[:, 1], "o-", color=colour, markersize=2.2, linewidth=0.8, label=f"η = {RATES[name]:g}")
            right.plot(data["paths.step"], data[f"paths.error_{name}"], color=colour, label=f"η = {RATES[name]:g}")
        middle.plot(*START, "o", color="black", markersize=4)
        right.set(xlabel="step", ylabel="error E", xlim=(0, STEPS), ylim=(2.0, None))
        right.legend(loc="upper right")
        linear_axis(right)
        for axes, text in zip(
            (left, middle, right), ("four starts, η = 0.1", "one start, three step sizes", "error by step"), strict=True
        ):
            letter(axes, "abc"[(left, middle, right).index(axes)], text)
        return fig


def check(data: Data) -> list[Claim]:
    """The chapter's words on descent."""
    n = len(np.unique(np.round(data["valleys.w"], 2), axis=0))
    small, middle, large = (data[f"paths.error_{name}"] for name in RATES)
    slope = float(data["valleys.slope"].max())
    rises = int((np.diff(large) > 0.0).sum())
    left = float((small[-1] - middle[-1]) / (small[0] - middle[-1]))
    return [
        Claim(
            Text("small steps against the slope always come to a point where it vanishes", "沿切线反方向小步下降，总能走到坡度为零的点"),
            Text("largest slope left after 12,000 steps, from 4 starts; E never rises on the way with η = 0.1", "四个起点各走12000步后剩余的最大梯度"),
            slope, slope < 1e-6 and bool((np.diff(middle) < 1e-12).all()),
        ),
        Claim(
            Text("other starts end in other valleys", "初始权重不同，最终到达的谷底不同"),
            Text("different minima reached from 4 starts", "四个起点到达的不同极小值点个数"), n, n == 4,
        ),
        Claim(
            Text("η is the length of the step: small ones are slow", "学习率决定步长：过小则慢"),
            Text(f"share of the way down that is left after {STEPS} steps with η = {RATES['small']:g}", f"η = {RATES['small']:g} 时走{STEPS}步后剩余的下降量占比"), left, left > 0.3,
        ),
        Claim(
            Text("steps that are too long overshoot", "步长过大会越过谷底"),
            Text(f"steps of {STEPS} in which E rises with η = {RATES['large']:g}", f"η = {RATES['large']:g} 时误差上升的步数"), rises, rises > 0,
        ),
    ]  # fmt: skip


ENTRY = Entry(
    name="1.2",
    title=Text("Descent on an error surface", "误差曲面上的梯度下降"),
    caption=Text(
        "Error E (eq. 1.3) of one tanh neuron over its two weights; contours dark where E is low. (a) Descent by eq. 1.4 from four starts ends in four "
        "valleys (stars). (b, c) One start with three step sizes: too small, it hardly moves; too large, it leaps to and fro across the valley.",
        "单个tanh神经元的误差E（式1.3）随两个权重的变化，颜色越深误差越小。(a) 从四个起点按式1.4下降，落入四个不同的谷底（星号）。(b, c) 同一起点、三种步长：过小几乎不动，过大则在谷底两侧来回跳动。",
    ),
    equations=("1.1", "1.2", "1.3", "1.4"), facts=facts, compute=compute, draw=draw, check=check,
)  # fmt: skip
