"""Summary 3 (§3): reads and updates of a whole array in one step, whatever its size."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from ohmgrad.book.drawing import letter
from ohmgrad.book.entry import Arrays, Claim, Data, Entry, Facts, Setting, Text
from ohmgrad.book.pairs import PAPER, small
from ohmgrad.report.style import BLUE, DOUBLE, GREEN, GREY, VERMILLION, drawing, log_axis

IMAGES = 200


def sizes(setting: Setting) -> tuple[int, ...]:
    """Neurons of both hidden layers."""
    return (16, 32, 64, 128, 256, 512) if setting is Setting.full else (16, 64, 256)


def facts(setting: Setting) -> Facts:
    """Seed of the networks."""
    return Facts(
        "1",
        "1 network for each size",
        {
            "network": "64-n-n-10",
            "data": f"{IMAGES} images, 1 epoch",
            "read, pulse": "100 ns, 50 ns",
            "counted": "forward and backward read, update; no refresh",
        },
    )


def compute(setting: Setting) -> Arrays:
    """Bills of networks of many sizes."""
    kinds = {"forward": "forward reads", "backward": "backward reads", "update": "update slots"}
    out: Arrays = {"sizes.neurons": np.array(sizes(setting))}
    parallel: dict[str, list[float]] = {k: [] for k in kinds}
    serial, cells, operations = [], [], []
    for n in sizes(setting):
        t = small("nonlinear", f"network.layers=[64, {n}, {n}, 10]", images=IMAGES, test=100, epochs=1)
        rows = {r["event"]: r for r in t.summary["bill"]["rows"]}
        for k, event in kinds.items():
            parallel[k].append(float(rows[event]["time_s"]) / IMAGES)
        serial.append(float(t.summary["bill"]["total"]["time_serial_s"]) / IMAGES)
        pairs = 65 * n + (n + 1) * n + (n + 1) * 10
        cells.append(2 * pairs)
        operations.append(3 * pairs - 65 * n)  # multiplications: forward, backward but for the first layer, outer products
    return (
        out
        | {f"sizes.{k}_s": np.array(v) for k, v in parallel.items()}
        | {"sizes.serial_s": np.array(serial), "sizes.cells": np.array(cells), "sizes.multiplications": np.array(operations)}
    )


def draw(data: Data) -> Figure:
    """Time over cells; multiplications a second."""
    with drawing():
        fig = Figure(figsize=(DOUBLE, 2.5))
        left, right = fig.subplots(1, 2)
        x = data["sizes.cells"]
        for name, colour, marker in (("forward", BLUE, "o"), ("backward", GREEN, "s"), ("update", VERMILLION, "^")):
            left.plot(x, 1e6 * data[f"sizes.{name}_s"], marker=marker, color=colour, label=name)
        left.plot(x, 1e6 * data["sizes.serial_s"], "D-", color=GREY, label="all, cell by cell")
        total = sum(data[f"sizes.{k}_s"] for k in ("forward", "backward", "update"))
        right.plot(x, 1e-9 * data["sizes.multiplications"] / total, "o-", color=BLUE, label="in parallel")
        right.plot(x, 1e-9 * data["sizes.multiplications"] / data["sizes.serial_s"], "D-", color=GREY, label="cell by cell")
        for axes, label, name in ((left, "time an image (µs)", "a"), (right, "multiplications (10⁹/s)", "b")):
            axes.set_xscale("log")
            log_axis(axes)
            axes.set(xlabel="cells", ylabel=label)
            letter(axes, name)
        left.legend(loc="upper left", fontsize=6.5)
        left.set_ylim(0.02, 1e7)
        right.legend(loc="center right", fontsize=6.5)
        return fig


def check(data: Data) -> list[Claim]:
    """Steps do not grow with the array."""

    def same(name: str) -> bool:
        v = data[f"sizes.{name}_s"]
        return bool(v.max() - v.min() < 1e-12)

    forward, backward = (float(data[f"sizes.{k}_s"][-1]) for k in ("forward", "backward"))
    update = data["sizes.update_s"]
    power = float(np.polyfit(np.log(data["sizes.cells"]), np.log(data["sizes.serial_s"]), 1)[0])
    return [
        Claim(Text("a forward pass is one read of each array, whatever its size", "前向传播：每个阵列一步读出，与规模无关"), Text("seconds an image, three arrays of 100 ns, at every size", "每张图片耗时（秒）"), forward, same("forward") and abs(forward - 3e-7) < 1e-12),
        Claim(Text("so is the error's way back", "误差反向传播亦然，只是输入输出端互换"), Text("seconds an image, two arrays", "每张图片耗时（秒）"), backward, same("backward") and abs(backward - 2e-7) < 1e-12),
        Claim(Text("and the update", "权重更新亦可一步完成"), Text("longest update (s) over all sizes: never more than the 8 slots of 50 ns of one layer, fewer where no error asks for a pulse", "各规模中最长的更新耗时（秒），不超过8个50 ns时隙"), float(update.max()), bool(update.max() <= 8 * 50e-9 + 1e-12)),
        Claim(Text("cell by cell the time grows with the number of cells", "逐单元操作的耗时则随单元数增长"), Text("power of the number of cells", "随单元数增长的幂次"), power, 0.7 < power < 1.3),
    ]  # fmt: skip


ENTRY = Entry(
    name="s3",
    title=Text("One step, whatever the size", "一步完成，与规模无关"),
    caption=Text(
        "(a) Time for one image, from the bills of networks of many sizes: forward and backward reads and updates of all cells at once, and all of it cell by cell. (b) Multiplications that the arrays do in this time.",
        "(a) 不同规模网络处理一张图片的耗时（取自账单）：前向读、反向读与更新均为整阵列同时进行，灰线为逐单元进行；(b) 相应的每秒乘法次数。",
    ),
    equations=("2.1", "2.4", "2.5"), facts=facts, compute=compute, draw=draw, check=check, source=PAPER,
)  # fmt: skip
