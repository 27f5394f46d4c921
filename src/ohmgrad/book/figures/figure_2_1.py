"""Figure 2.1: one image forward through three arrays, and its error backward through the same cells."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.figure import Figure

from ohmgrad.book.drawing import heat, letter
from ohmgrad.book.entry import Arrays, Claim, Data, Entry, Facts, Setting, Text
from ohmgrad.book.pairs import PAPER, SMALL, Layer, Pass, layers, small, through
from ohmgrad.book.training import answers
from ohmgrad.report.style import BLUE, DOUBLE, VERMILLION, drawing

IMAGE = 3  # of the test images


def facts(setting: Setting) -> Facts:
    """Seed of the network."""
    return Facts(
        "1",
        f"1 network after 2 epochs of 2,000 images; test image {IMAGE}",
        {
            "network": "-".join(map(str, SMALL)) + ", tanh, bias 1",
            "cells": "pairs of burr2014 (0.1 to 20 µS)",
            "read": "0.1 V for a value of 1",
            "wires": "ideal",
        },
    )


def compute(setting: Setting) -> Arrays:
    """Signals by Kirchhoff's law in every array; outputs of the network's own loop; δ by finite differences."""
    t = small(look=lambda run: (layers(run), answers(run, run.data.test_x)[0, IMAGE]), chunk=2000)
    arrays, outputs = t.seen[-1]
    n, s = t.run.spec.network, t.run.setup
    image, label = t.run.data.test_x[IMAGE], int(t.run.data.test_y[IMAGE])
    p = through(arrays, image, label, n.bias, n.target_low, n.target_high, s.reading.v_read)
    slope = slopes(arrays, p)
    out: Arrays = {
        "image.pixel": image,
        "label": np.array(label),
        "outputs.network": outputs,
        "outputs.circuit": p.x[-1][:-1],
        "outputs.wanted": p.wanted,
    }
    for k, a in enumerate(arrays):
        out |= {
            f"rows{k + 1}.x": p.x[k],
            f"rows{k + 1}.weight": a.weights,
            f"columns{k + 1}.s": p.s[k],
            f"columns{k + 1}.delta": p.delta[k],
            f"columns{k + 1}.slope_of_e": slope[k],
        }
    rows = {row["event"]: row for row in t.summary["bill"]["rows"]}
    samples = 2 * len(t.run.data.train_x)
    for name in ("forward", "backward"):
        out[f"reads.{name}"] = np.array(rows[f"{name} reads"]["per_layer"]) / samples
    return out


def slopes(arrays: list[Layer], p: Pass, step: float = 1e-5) -> list[np.ndarray]:
    """∂E/∂s of every neuron by central differences: the rest of the network is run again for each."""

    def error(k: int, s: np.ndarray) -> float:
        for a in arrays[k + 1 :]:
            s = np.append(np.tanh(s), p.x[0][-1]) @ a.weights
        return float(((np.tanh(s) - p.wanted) ** 2).sum() / 2.0)

    return [
        np.array([(error(k, s + d) - error(k, s - d)) / (2 * step) for d in step * np.eye(len(s))]) for k, s in enumerate(p.s)
    ]


def draw(data: Data) -> Figure:
    """The arrays in a row: x at the left of each, s and δ below and above."""
    with drawing():
        fig = Figure(figsize=(DOUBLE, 3.5))
        parts: Any = fig.subfigures(1, 5, width_ratios=[0.55, 1.35, 0.95, 0.75, 0.6])
        picture = parts[0].subplots()
        picture.imshow(data["image.pixel"].reshape(8, 8), cmap="gray", vmin=0, vmax=1)
        picture.set(xticks=[], yticks=[])
        letter(picture, "a", f"digit {int(data['label'])}")
        for k in range(3):
            x, w, s, d = (
                data[f"rows{k + 1}.x"],
                data[f"rows{k + 1}.weight"],
                data[f"columns{k + 1}.s"],
                data[f"columns{k + 1}.delta"],
            )
            axes = parts[k + 1].subplots(3, 2, width_ratios=[0.09, 1.0], height_ratios=[0.07, 1.0, 0.07])
            for unused in (axes[0, 0], axes[2, 0]):
                unused.set_axis_off()
            for place, matrix, limit, cmap in (
                (axes[0, 1], d[None], None, "PuOr_r"),
                (axes[1, 0], x[:, None], 1.0, "RdBu_r"),
                (axes[1, 1], w, None, "RdBu_r"),
                (axes[2, 1], s[None], None, "RdBu_r"),
            ):
                heat(place, matrix, limit, cmap)
                place.set_aspect("auto")
            axes[1, 0].set_ylabel(f"$x_{k}$, {len(x) - 1} + bias", labelpad=2)
            axes[0, 1].set_title(f"$\\bf{{{'bcd'[k]}}}$  $\\delta_{k + 1}$ ↑", color="black")
            axes[2, 1].set_xlabel(f"$s_{k + 1}$ ↓  ({len(s)})")
            axes[1, 1].annotate(
                f"$W_{k + 1}$",
                (0.03, 0.97),
                xycoords="axes fraction",
                va="top",
                bbox={"facecolor": "white", "alpha": 0.8, "linewidth": 0, "pad": 1.0},
            )
        end = parts[4].subplots()
        y, wanted = data["outputs.circuit"], data["outputs.wanted"]
        places = np.arange(len(y))
        end.barh(places, y, color=BLUE, height=0.7)
        end.plot(wanted, places, "|", color=VERMILLION, markersize=7, markeredgewidth=1.5)
        end.axvline(0.0, color="black", linewidth=0.5)
        end.set(yticks=places, xlim=(-1.05, 1.05), xlabel="output $x_3$", ylim=(9.6, -0.6))
        letter(end, "e")
        return fig


def check(data: Data) -> list[Claim]:
    """Both passes are one read each."""
    apart = float(np.abs(data["outputs.network"] - data["outputs.circuit"]).max())
    errors = [
        np.abs(data[f"columns{k}.delta"] - data[f"columns{k}.slope_of_e"]).max() / np.abs(data[f"columns{k}.delta"]).max()
        for k in (1, 2, 3)
    ]
    reads = data["reads.forward"]
    back = data["reads.backward"]
    return [
        Claim(
            Text("forward: a product of vector and matrix in the array, then the activation (eq. 2.1)", "前向：阵列中的矢量矩阵相乘，再经激活函数（式2.1）"),
            Text("largest difference between outputs from the solved arrays and those of the network's own loop", "由电路求解得到的输出与网络输出的最大差"), apart, apart < 1e-9,
        ),
        Claim(
            Text("backward: δ is ∂E/∂s of every layer (eqs. 2.3, 2.5, 2.6)", "反向：δ即各层的∂E/∂s（式2.3、2.5、2.6）"),
            Text("largest difference between δ read from the arrays and finite differences of E, as a share of the largest δ", "阵列读出的δ与E的差分导数的最大相对差"), float(max(errors)), max(errors) < 1e-6,
        ),
        Claim(
            Text("each product is one step: one read of each array forward, and one backward but for the first", "每次乘积一步完成：各阵列前向读一次、反向读一次（首层除外）"),
            Text(f"reads a sample on the bill, forward + backward, three arrays (backward: {', '.join(f'{b:g}' for b in back)})", "每个样本的读次数（前向加反向，三个阵列）"),
            float(reads.sum() + back.sum()), bool((reads == 1).all() and back.tolist() == [0.0, 1.0, 1.0]),
        ),
    ]  # fmt: skip


ENTRY = Entry(
    name="2.1",
    title=Text("Forward and backward through arrays", "阵列中的前向与反向传播"),
    caption=Text(
        "A digit (a) goes through three arrays of pairs (b, c, d), trained in place: rows driven at x (left of each), weights W (blue below 0, red above), column currents s (below), tanh. The outputs (e, "
        "blue) miss what is wanted (vermillion); that error δ (above) is driven on the columns, read from the rows of the same cells, and so travels back. All currents by Kirchhoff's law.",
        "一个数字(a)经过三个在位训练的差分对阵列(b, c, d)：行由x驱动（左），权重W（红正蓝负），列电流s（下）经tanh；输出(e，蓝)与期望值（红）的误差δ（上）从列端驱动同一批器件、由行端读出，逐层反传。电流均由基尔霍夫定律求得。",
    ),
    equations=("2.1", "2.3", "2.5", "2.6"), facts=facts, compute=compute, draw=draw, check=check, source=PAPER,
)  # fmt: skip
