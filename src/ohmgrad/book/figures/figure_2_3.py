"""Figure 2.3: the change wanted over input and error, in contours, and what training really asks for."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from ohmgrad.book.drawing import letter
from ohmgrad.book.entry import Arrays, Claim, Data, Entry, Facts, Setting, Text
from ohmgrad.book.pairs import PAPER, SMALL, layers, small, through
from ohmgrad.report.style import BLACK, DOUBLE, GREY, VERMILLION, drawing, log_axis

IMAGES, MOST = 40, 4.0  # images whose x and δ are looked at; pulses for x = 1 at the edge of the plane
EDGES = (0.5, 1.5, 2.5, 3.5)  # pulses, between which the product is rounded to a whole number


def facts(setting: Setting) -> Facts:
    """Seed of the network."""
    return Facts(
        "1",
        f"1 network after 500 images; the next {IMAGES} of them in (b), (c)",
        {
            "network": "-".join(map(str, SMALL)) + ", first array: x ≥ 0",
            "η": "0.1",
            "unit": "mean step of one pulse at |x| = 1",
        },
    )


def compute(setting: Setting) -> Arrays:
    """The product on a grid; pairs (x, u) of a network in training, u in pulses."""
    grid = 161 if setting is Setting.full else 41
    x, u = (v.ravel() for v in np.meshgrid(np.linspace(0, 1, grid), np.linspace(-MOST, MOST, 2 * grid - 1)))
    t = small(images=500, epochs=1, look=layers, chunk=500)
    run, arrays = t.run, t.seen[-1]
    n = run.spec.network
    quantum = float(run.setup.writing.quantum[0, 0])
    asked = []
    for k in range(IMAGES):
        p = through(
            arrays, run.data.train_x[k], int(run.data.train_y[k]), n.bias, n.target_low, n.target_high, run.setup.reading.v_read
        )
        asked.append(
            np.stack(np.broadcast_arrays(p.x[0][:, None], -run.setup.learning.rate[0] * p.delta[0] / quantum), axis=-1).reshape(
                -1, 2
            )
        )
    pairs = np.concatenate(asked)
    return {"plane.x": x, "plane.u": u, "plane.product": x * u, "asked.x": pairs[:, 0], "asked.u": pairs[:, 1]}


def draw(data: Data) -> Figure:
    """Contours; the same plane with points of training; how many pulses they ask."""
    with drawing():
        fig = Figure(figsize=(DOUBLE, 3.0))
        left, middle, right = fig.subplots(1, 3, width_ratios=[1.15, 0.9, 0.9])
        shape = len(np.unique(data["plane.u"])), len(np.unique(data["plane.x"]))
        x, u, z = (data[f"plane.{k}"].reshape(shape) for k in ("x", "u", "product"))
        image = left.contourf(x, u, z, levels=np.linspace(-MOST, MOST, 33), cmap="RdBu_r")
        both = [-e for e in reversed(EDGES)] + list(EDGES)
        lines = left.contour(x, u, z, levels=both, colors=BLACK, linewidths=0.7, linestyles="solid")
        left.clabel(lines, fmt=lambda v: f"{v:g}".replace("-", "−"), fontsize=6.5)
        left.axhline(0.0, color=GREY, linewidth=0.6)
        left.set(xlabel="input x", ylabel="$-\\eta\\,\\delta$ (pulses)")
        fig.colorbar(image, ax=left, label="ΔW (pulses)", ticks=[-4, -2, 0, 2, 4])
        letter(left, "a")
        keep = slice(None, None, max(1, len(data["asked.x"]) // 8000))
        middle.plot(data["asked.x"][keep], data["asked.u"][keep], ".", color=VERMILLION, markersize=1.2, rasterized=True)
        middle.contour(x, u, z, levels=both, colors=BLACK, linewidths=0.6, linestyles="solid")
        middle.set(xlabel="input x", ylim=(-MOST, MOST), xticks=[0, 0.5, 1])
        letter(middle, "b", "in training")
        product = data["asked.x"] * data["asked.u"]
        count = np.sign(product) * np.minimum(np.floor(np.abs(product) + 0.5), 5)
        numbers = np.arange(-5, 6)
        right.bar(numbers, [100 * float((count == k).mean()) for k in numbers], color=VERMILLION, width=0.8)
        log_axis(right)
        right.set(xlabel="ΔW rounded (pulses)", ylabel="weights (%)", xticks=[-4, -2, 0, 2, 4])
        letter(right, "c")
        return fig


def check(data: Data) -> list[Claim]:
    """The two half planes, and what falls between the contours."""
    product = data["asked.x"] * data["asked.u"]
    shape = len(np.unique(data["plane.u"])), -1
    z = data["plane.product"].reshape(shape)
    mirrored = float(np.abs(z + z[::-1]).max())
    up = float((product > 0.0).sum() / (product != 0.0).sum())
    still = float((np.abs(product) < 0.5).mean())
    beyond = float((np.abs(data["asked.u"]) > MOST + 0.5).mean())
    return [
        Claim(
            Text("increases lie in one half plane, decreases in its mirror image", "增大与减小分处上下两个镜像的半平面"),
            Text("largest |f(x, u) + f(x, −u)| (pulses)", "f(x,u)+f(x,−u)的最大绝对值"), mirrored, mirrored < 1e-12,
        ),
        Claim(
            Text("both occur, so an update takes two steps", "两种符号都会出现，因此更新需两步"),
            Text("share of the changes asked that are increases", "要求增大的比例"), up, 0.2 < up < 0.8,
        ),
        Claim(
            Text("between contours the product may be taken as one number", "等高线之间的乘积可取为同一整数"),
            Text(f"share of weights that ask less than half a pulse of one image, and get none; beyond the plane: {100 * beyond:.2g} %", "单张图片中不足半个脉冲、因而不写的权重比例"), still, still > 0.5,
        ),
    ]  # fmt: skip


ENTRY = Entry(
    name="2.3",
    title=Text("The change wanted over input and error", "权重更新量随输入与误差的变化"),
    caption=Text(
        "(a) Change of a weight, x times −ηδ, in steps of one pulse; contours where the nearest whole number changes. Above: SET, below: RESET (or SET of the other cell of a pair). (b) What a network in "
        "training asks: all weights of the first array. (c) The same as whole pulses; bars at ±5: five or more.",
        "(a) 权重更新量（x乘以−ηδ），以单脉冲步长为单位；等高线为取整的分界。上半平面置态，下半平面重置（或对差分对的另一器件置态）。(b) 训练中网络实际要求的更新（第一个阵列的全部权重）；(c) 取整后的分布，±5为五个及以上。",
    ),
    equations=("2.4", "2.7", "2.8", "2.9"), facts=facts, compute=compute, draw=draw, check=check, source=PAPER,
)  # fmt: skip
