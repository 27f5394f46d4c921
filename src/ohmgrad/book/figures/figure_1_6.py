"""Figure 1.6: paths of batch, stochastic and mini-batch descent over the contours of the error of all samples."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from ohmgrad.book.drawing import contours, letter, log_x
from ohmgrad.book.entry import Arrays, Claim, Data, Entry, Facts, Setting, Text
from ohmgrad.book.neuron import Samples, descend, error, gradient, grid
from ohmgrad.report.style import BLUE, DOUBLE, GREEN, VERMILLION, drawing, log_axis

N, SEED = 64, 3
LOW, HIGH, START = (-1.4, -0.8), (2.0, 2.6), np.array([-1.1, 1.4])
WAYS = {"batch": N, "stochastic": 1, "mini-batch": 8}
RATES = {"batch": 2.0 / N, "stochastic": 0.25, "mini-batch": 0.6 / 8}
COLOURS = {"batch": BLUE, "stochastic": VERMILLION, "mini-batch": GREEN}
SHOWN_SAMPLES = 200 * N
DRAWN = 1000  # steps of a path that are drawn


def facts(setting: Setting) -> Facts:
    """Seed of samples and of what is drawn."""
    rates = ", ".join(f"{RATES[k]:.3g} ({k})" for k in WAYS)
    return Facts(
        f"{SEED}",
        f"{paths(setting)} paths of each kind",
        {"samples": f"{N}", "mini-batch": f"{WAYS['mini-batch']}", "η": rates, "neuron": "tanh, 2 weights"},
    )


def paths(setting: Setting) -> int:
    """So many paths, which differ in the samples drawn."""
    return 100 if setting is Setting.full else 30


def samples() -> Samples:
    """Outputs of a neuron with weights (1, 0.5), disturbed: no weights fit all."""
    rng = np.random.default_rng(SEED)
    x = rng.standard_normal((N, 2)) @ np.array([[1.2, 0.3], [0.3, 0.5]])
    return Samples(x, np.clip(np.tanh(x @ np.array([1.0, 0.5])) + 0.35 * rng.standard_normal(N), -0.95, 0.95))


def compute(setting: Setting) -> Arrays:
    """Paths; mean error by samples shown; how well single steps point along the slope of all."""
    s, rng, n = samples(), np.random.default_rng(SEED + 1), paths(setting)
    w = grid(LOW, HIGH, 61 if setting is Setting.full else 41)
    out: Arrays = {"surface.w1": w[..., 0].ravel(), "surface.w2": w[..., 1].ravel(), "surface.error": error(w, s).ravel() / N}
    best = descend(START, s, RATES["batch"], 3000)[-1]
    out |= {"least": np.array(error(best, s) / N)}
    for way, size in WAYS.items():
        steps = SHOWN_SAMPLES // size
        drawn = rng.integers(N, size=(steps, n, size)) if size < N else np.tile(np.arange(N), (steps, 1, 1))
        runs = together(s, RATES[way], drawn)
        out |= {
            f"{way}.samples": np.arange(steps + 1) * size,
            f"{way}.w": runs[:, 0],
            f"{way}.error": error(runs, s).mean(axis=1) / N,
        }
        out[f"cosines.{way}"] = np.array([cosine(s, drawn)])
    return out


def together(s: Samples, rate: float, drawn: np.ndarray) -> np.ndarray:
    """Paths (steps + 1, paths, 2) side by side; drawn (steps, paths, size): samples of each step. Eqs. 1.5 to 1.7, by how many are drawn."""
    path = np.empty((len(drawn) + 1, drawn.shape[1], 2))
    path[0] = START
    for k, d in enumerate(drawn):
        x, wanted = s.x[d], s.wanted[d]
        y = np.tanh((x @ path[k][..., None])[..., 0])
        path[k + 1] = path[k] - rate * (((y - wanted) * (1.0 - y * y))[..., None] * x).sum(axis=1)
    return path


def cosine(s: Samples, drawn: np.ndarray) -> float:
    """Mean cosine of the angle between a step's direction and the slope of all samples, at the start."""
    whole = gradient(START, s)
    picked = [gradient(START, s, d) for d in drawn[:20].reshape(-1, drawn.shape[2])]
    return float(np.mean([g @ whole / np.linalg.norm(g) / np.linalg.norm(whole) for g in picked]))


def draw(data: Data) -> Figure:
    """Three panels of paths, and the error by samples shown."""
    with drawing():
        fig = Figure(figsize=(DOUBLE, 2.2))
        axes = fig.subplots(1, 4, width_ratios=[1, 1, 1, 1.3])
        low, high = float(data["least"]), float(data["surface.error"].max())
        levels = low + np.geomspace(0.004, 1.0, 14) * (high - low)
        for k, (way, size) in enumerate(WAYS.items()):
            contours(axes[k], data["surface.w1"], data["surface.w2"], data["surface.error"], levels)
            w = data[f"{way}.w"][:DRAWN]
            axes[k].plot(w[:, 0], w[:, 1], "o-", color=COLOURS[way], markersize=1.6, linewidth=0.7)
            axes[k].plot(*START, "o", color="black", markersize=3.5)
            axes[k].set(xlabel="weight $w_1$", xlim=(LOW[0], HIGH[0]), ylim=(LOW[1], HIGH[1]))
            letter(axes[k], "abc"[k], way + (f" of {size}" if 1 < size < N else ""))
            error_by = data[f"{way}.error"] - float(data["least"])
            axes[3].plot(np.maximum(data[f"{way}.samples"], 1), np.maximum(error_by, 1e-4), color=COLOURS[way], label=way)
        axes[0].set_ylabel("weight $w_2$")
        log_x(axes[3])
        log_axis(axes[3])
        axes[3].set(xlabel="samples shown", ylabel="mean error above the least", xlim=(1, SHOWN_SAMPLES), ylim=(3e-4, 1))
        axes[3].legend(loc="lower left", handlelength=1.2)
        letter(axes[3], "d")
        return fig


def needed(data: Data, way: str) -> float:
    """Samples shown until nine tenths of the way down are done (mean of the paths)."""
    e = data[f"{way}.error"]
    goal = float(data["least"]) + 0.1 * (e[0] - float(data["least"]))
    return float(data[f"{way}.samples"][int(np.argmax(e <= goal))])


def check(data: Data) -> list[Claim]:
    """What the chapter says of the three ways."""
    cos = {way: float(data[f"cosines.{way}"][0]) for way in WAYS}
    rest = {way: float(data[f"{way}.error"][-max(len(data[f"{way}.error"]) // 5, 1) :].mean() - data["least"]) for way in WAYS}
    ratio = needed(data, "batch") / needed(data, "stochastic")
    return [
        Claim(
            Text("every step of batch descent goes along the slope of all samples; a stochastic one need not", "批量下降每步沿整体梯度方向，随机下降则不一定"),
            Text(f"mean cosine between a stochastic step and that slope (mini-batch {cos['mini-batch']:.2f}, batch {cos['batch']:.2f})", "随机下降单步与整体梯度夹角余弦的均值"),
            cos["stochastic"], cos["stochastic"] < cos["mini-batch"] < cos["batch"] and abs(cos["batch"] - 1.0) < 1e-12,
        ),
        Claim(
            Text("stochastic descent converges sooner: it needs fewer samples", "随机梯度下降收敛更快：所需样本更少"),
            Text("samples shown by batch over stochastic descent until nine tenths of the way down", "下降九成所需样本数之比（批量/随机）"), ratio, ratio > 2.0,
        ),
        Claim(
            Text("but it does not come to rest at the minimum", "但不能精确到达最优解"),
            Text(f"mean error above the least at the end (mini-batch {rest['mini-batch']:.2g}, batch {rest['batch']:.2g})", "结束时高于最小误差的量"),
            rest["stochastic"], rest["stochastic"] > rest["mini-batch"] > rest["batch"],
        ),
        Claim(
            Text("mini-batches lie between", "小批量是两者的折中"),
            Text("samples shown by batch over mini-batch descent until nine tenths of the way down", "下降九成所需样本数之比（批量/小批量）"),
            needed(data, "batch") / needed(data, "mini-batch"), needed(data, "stochastic") <= needed(data, "mini-batch") < needed(data, "batch"),
        ),
    ]  # fmt: skip


ENTRY = Entry(
    name="1.6",
    title=Text("Batch, stochastic and mini-batch descent", "批量、随机与小批量梯度下降"),
    caption=Text(
        "Error of one neuron over its two weights (contours; mean of 64 samples), with a path of (a) batch descent (eq. 1.5), (b) stochastic descent (eq. 1.6) and (c) mini-batches "
        "(eq. 1.7), each with a learning rate that suits it. (d) Mean error above the least there is, by samples shown.",
        "单个神经元的误差随两个权重的等高线（64个样本的平均），以及(a)批量（式1.5）、(b)随机（式1.6）、(c)小批量（式1.7）下降的路径，学习率各取合适值。(d) 高于最小误差的平均值随已输入样本数的变化。",
    ),
    equations=("1.5", "1.6", "1.7"), facts=facts, compute=compute, draw=draw, check=check,
)  # fmt: skip
