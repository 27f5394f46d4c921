"""Question 2: local minima, and ways out: restarts, momentum, noise."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from ohmgrad.book.drawing import contours, letter
from ohmgrad.book.entry import Arrays, Claim, Data, Entry, Facts, Setting, Text
from ohmgrad.book.neuron import VALLEYS, descend, error, flat_point, gradient, grid
from ohmgrad.report.style import BLUE, DOUBLE, GREEN, GREY, ORANGE, PURPLE, VERMILLION, drawing, linear_axis

SEED, RATE, STEPS, RESTARTS = 5, 0.1, 3000, 5
LOW, HIGH = np.array([-5.0, -2.0]), np.array([2.0, 5.5])
MOMENTUM, NOISE = 0.97, 0.5
GLOBAL = np.array([0.2, -0.2])  # near the lowest valley
COLOURS = {"plain": GREY, "restarts": BLUE, "momentum": ORANGE, "noise": VERMILLION, "together": PURPLE}


def facts(setting: Setting) -> Facts:
    """Seed of starts and noise."""
    return Facts(
        f"{SEED}", f"{starts(setting)} starts", {"surface": "that of figure 1.2", "η": f"{RATE:g}", "steps": f"{STEPS}", "restarts": f"the best of {RESTARTS}", "momentum": f"{MOMENTUM:g}", "noise": f"normal, {NOISE:g} a step at first, down to 0 at half of the steps"},
    )  # fmt: skip


def starts(setting: Setting) -> int:
    """So many random starts."""
    return 500 if setting is Setting.full else 100


def noisy(w: np.ndarray, rng: np.random.Generator, steps: int) -> np.ndarray:
    """Ends of descent with noise that dies away, as that of cells whose steps shrink."""
    for k in range(steps):
        amount = NOISE * max(1.0 - 2.0 * k / steps, 0.0)
        w = np.clip(w - RATE * gradient(w, VALLEYS) + amount * rng.standard_normal(w.shape), LOW, HIGH)
    return w


def compute(setting: Setting) -> Arrays:
    """Ends of every way from the same starts."""
    rng = np.random.default_rng(SEED)
    n = starts(setting)
    w = rng.uniform(LOW, HIGH, (n * RESTARTS, 2))
    plain = descend(w, VALLEYS, RATE, STEPS)[-1]
    several = plain.reshape(n, RESTARTS, 2)
    best = several[np.arange(n), error(several, VALLEYS).argmin(axis=1)]
    first = w.reshape(n, RESTARTS, 2)[:, 0]
    ends = {
        "plain": several[:, 0], "restarts": best, "momentum": descend(first, VALLEYS, RATE * 0.5, STEPS, momentum=MOMENTUM)[-1], "noise": noisy(first, rng, STEPS),
    }  # fmt: skip
    lowest = flat_point(GLOBAL, VALLEYS)
    surface = grid(LOW.tolist(), HIGH.tolist(), 81 if setting is Setting.full else 41)
    out: Arrays = {
        "surface.w1": surface[..., 0].ravel(),
        "surface.w2": surface[..., 1].ravel(),
        "surface.error": error(surface, VALLEYS).ravel(),
        "starts.w": first,
    }
    for name, end in ends.items():
        out |= {
            f"starts.error_{name}": error(end, VALLEYS),
            f"starts.lowest_{name}": (np.linalg.norm(end - lowest, axis=1) < 0.3).astype(int),
        }
    out["least"] = np.array(float(error(lowest, VALLEYS)))
    return out


def draw(data: Data) -> Figure:
    """Starts by where they end; share that comes to the lowest valley."""
    with drawing():
        fig = Figure(figsize=(DOUBLE, 2.6))
        left, middle, right = fig.subplots(1, 3, width_ratios=[1, 1, 1.1])
        for axes, name, text in ((left, "plain", "plain descent"), (middle, "noise", "with noise that dies away")):
            contours(axes, data["surface.w1"], data["surface.w2"], data["surface.error"])
            good = data[f"starts.lowest_{name}"].astype(bool)
            for at, colour, label in ((good, GREEN, "to the lowest"), (~good, VERMILLION, "to another")):
                axes.plot(*data["starts.w"][at].T, ".", color=colour, markersize=3, label=label)
            axes.set(xlabel="weight $w_1$ at the start", xlim=(LOW[0], HIGH[0]), ylim=(LOW[1], HIGH[1]))
            letter(axes, "a" if axes is left else "b", text)
        left.set_ylabel("weight $w_2$ at the start")
        names = ["plain", "restarts", "momentum", "noise"]
        right.bar(range(4), [100 * data[f"starts.lowest_{n}"].mean() for n in names], 0.7, color=[COLOURS[n] for n in names])
        right.set_xticks(range(4), ["plain", f"best of {RESTARTS}", "momen-\ntum", "noise"])
        right.tick_params(axis="x", length=0)
        right.set(ylabel="starts that reach\nthe lowest valley (%)", ylim=(0, 100))
        linear_axis(right)
        letter(right, "c")
        return fig


def check(data: Data) -> list[Claim]:
    """Descent finds a local minimum; ways out help."""
    share = {k: float(data[f"starts.lowest_{k}"].mean()) for k in ("plain", "restarts", "momentum", "noise")}
    excess = float(data["starts.error_plain"].mean() / data["least"])
    return [
        Claim(
            Text("descent ends in a local minimum, not the global one", "梯度下降得到的是局域极小值而非全局最小值"),
            Text("share of random starts that miss the lowest valley", "随机起点未到达最低谷的比例"), 1.0 - share["plain"], share["plain"] < 0.7,
        ),
        Claim(Text("the network then stays worse than it could be", "网络误差因此高于可达的最小值"), Text("mean error at the end over the least there is", "终点平均误差与最小误差之比"), excess, excess > 1.1),
        Claim(
            Text("a way out: begin again elsewhere, and keep the best", "出路一：多次重新初始化取最优"),
            Text(f"share that reaches the lowest valley, best of {RESTARTS}", f"{RESTARTS}次取优时到达最低谷的比例"), share["restarts"], share["restarts"] > share["plain"] + 0.2,
        ),
        Claim(
            Text("a way out: momentum", "出路二：动量"),
            Text(f"the same share with momentum {MOMENTUM:g}: no more than without here, since these valleys are wide, and a heavy weight is carried into the far ones as easily as out of them", "加动量时的比例：此处并不更高，因各谷宽阔，动量同样会把权重带入远处的谷"), share["momentum"], share["momentum"] > share["plain"] + 0.03, expected=False,
        ),
        Claim(
            Text("a way out: noise that dies away", "出路三：逐渐减小的噪声"),
            Text("the same share with noise", "加噪声时的比例"), share["noise"], share["noise"] > share["plain"] + 0.1,
        ),
    ]  # fmt: skip


ENTRY = Entry(
    name="q2",
    title=Text("Local minima, and ways out of them", "局域极小值及其出路"),
    caption=Text(
        "Random starts on the surface of figure 1.2. (a) Plain descent: each start ends in the valley below it. (b) With noise that dies away (as cells' own randomness can be), most end in the lowest valley. (c) Share of "
        "starts that reach it.",
        "在图1.2曲面上随机选取起点。(a) 普通下降：各自落入所在的谷；(b) 加入逐渐减小的噪声（器件自身随机性亦可充当）后大多到达最低谷；(c) 到达最低谷的起点比例。",
    ),
    equations=("1.4",), facts=facts, compute=compute, draw=draw, check=check,
)  # fmt: skip
