"""Figure 1.9: write without verify: one batch of nine images, the sign of the sum, one pulse; lines and conductances."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from ohmgrad.book.drawing import letter, waveform
from ohmgrad.book.entry import Arrays, Claim, Data, Entry, Facts, Setting, Text
from ohmgrad.book.training import conductances, train, weights
from ohmgrad.book.updates import dense_pair, sample_changes
from ohmgrad.report.style import BLUE, DOUBLE, GREY, LAYER_COLOURS, VERMILLION, drawing, epoch_axis, linear_axis

EPOCHS, SHOWN = 30, 6
AT = 8  # the update that is looked at: after so many epochs


def facts(setting: Setting) -> Facts:
    """Seed of the experiment."""
    return Facts(
        "1",
        f"1 network; {SHOWN} of its 960 cells are drawn",
        {
            "experiment": "faces, write without verify (Manhattan rule)",
            "pulses": "1.6 V, 50 ns, one a cell and epoch",
            "epochs": f"{EPOCHS}",
        },
    )


def compute(setting: Setting) -> Arrays:
    """Conductances after each epoch; the steps on the lines that write the change of epoch AT."""
    from ohmgrad.programming.catalogue import find_scheme
    from ohmgrad.programming.change import Dense

    t = train(
        "faces",
        "write=blind",
        "stop.when=never",
        replicas=1,
        epochs=EPOCHS,
        look=lambda run: (conductances(run)[0, :-1, :, 0], weights(run)[0]),
    )
    g = np.array([s[0] for s in t.seen])
    run, s, images = t.run, t.run.setup, len(t.run.data.train_x)
    each = sample_changes(run, t.seen[AT][1])[:, :-1]  # eq. 1.4, but for η; the bias line is at 0 V
    total = each.sum(axis=0)  # eq. 1.5
    dw = s.learning.step[0] * np.sign(total)  # eq. 1.8
    steps = list(find_scheme("blind").program(Dense(dw), dense_pair(run)))
    chosen = _cells(total, g)
    moved = g[AT + 1] - g[AT]
    pulses = t.by_epoch("pulses_set").sum(axis=(1, 2)) + t.by_epoch("pulses_reset").sum(axis=(1, 2))
    return {
        "images.delta": np.array([each[:, i, j] for i, j in chosen]).T, "images.image": np.arange(1, images + 1),
        "cells.row": chosen[:, 0], "cells.column": chosen[:, 1], "cells.sum": np.array([total[i, j] for i, j in chosen]),
        "epochs.epoch": np.arange(EPOCHS + 1), "epochs.conductance_s": np.array([g[:, i, j] for i, j in chosen]).T,
        "spent.epoch": np.arange(1, EPOCHS + 1), "spent.pulses": pulses, "spent.held_out_error": t.by_epoch("valid_error")[:, 0],
        "steps.width_s": np.array([st.width for st in steps]), "steps.bit_line_v": np.array([st.row[chosen[:, 0]] * st.on()[0][chosen[:, 0]] for st in steps]), "steps.word_line": np.array([int(np.flatnonzero(st.on()[1][0])[0]) for st in steps]),
        "steps.cells": np.array([int(st.on()[0].sum()) for st in steps]),
        "agree": np.array(float((np.sign(moved) == np.sign(total))[total != 0.0].mean())), "written": np.array(int(pulses[AT])), "signs": np.array(int((total != 0.0).sum())),
    }  # fmt: skip


def _cells(total: np.ndarray, g: np.ndarray) -> np.ndarray:
    """Cells to draw, of the first word line: spread over small and large sums, of both signs."""
    order = np.argsort(total[:, 0])
    at = order[np.linspace(0, len(order) - 1, SHOWN).astype(int)]
    return np.array([(int(i), 0) for i in at])


def draw(data: Data) -> Figure:
    """Changes of nine images and the sign of their sum; the lines; conductances by epoch."""
    with drawing():
        fig = Figure(figsize=(DOUBLE, 2.8))
        left, middle, right = fig.subplots(1, 3, width_ratios=[0.95, 1.15, 1.0])
        images = data["images.image"]
        for k in range(SHOWN):
            values = data["images.delta"][:, k]
            scale = 0.42 / np.abs(data["images.delta"]).max()
            left.bar(images, scale * values, 0.7, bottom=SHOWN - k, color=LAYER_COLOURS[k])
            left.axhline(SHOWN - k, color=GREY, linewidth=0.3)
            up = data["cells.sum"][k] > 0
            left.annotate(
                "SET" if up else "RESET",
                (10.2, SHOWN - k),
                va="center",
                fontsize=7,
                color=BLUE if up else VERMILLION,
                annotation_clip=False,
            )
        left.set(
            xlabel="image",
            yticks=range(1, SHOWN + 1),
            yticklabels=[str(i) for i in data["cells.row"][::-1]],
            ylabel="bit line",
            xticks=range(1, 10),
            xlim=(0.4, 9.6),
        )
        letter(left, "a", "change by each image; sign of the sum")
        edges = np.concatenate([[0.0], np.cumsum(1e9 * data["steps.width_s"])])
        for j in range(3):
            waveform(middle, edges, (data["steps.word_line"] == j) * 1.0, SHOWN + 3 - j, 0.55, "black", f"word line {j + 1}")
        for k in range(SHOWN):
            volts = data["steps.bit_line_v"][:, k]
            waveform(middle, edges, volts, SHOWN - k - 0.1, 0.4, LAYER_COLOURS[k], f"bit line {data['cells.row'][k]}")
        middle.set(xlabel="time (ns)", xlim=(0, edges[-1]), yticks=[], ylim=(0.2, SHOWN + 3.8))
        middle.spines["left"].set_visible(False)
        letter(middle, "b", "all pulses of an update, ±1.6 V")
        for k in range(SHOWN):
            right.plot(data["epochs.epoch"], 1e6 * data["epochs.conductance_s"][:, k], color=LAYER_COLOURS[k], linewidth=0.9)
        epoch_axis(right, data["epochs.epoch"].tolist())
        right.set_ylabel("conductance (µS)")
        linear_axis(right)
        letter(right, "c", "one pulse an epoch")
        return fig


def check(data: Data) -> list[Claim]:
    """What the chapter says of writing without verify."""
    cells = int(data["signs"])
    per = float(data["spent.pulses"].max() / 960.0)
    slots, error = len(data["steps.width_s"]), data["spent.held_out_error"]
    return [
        Claim(
            Text("whatever the size of the change, a cell gets one pulse by its sign", "无论更新量大小，只按符号给一个脉冲"),
            Text("most pulses of an epoch, a cell", "单轮中每单元的最多脉冲数"), per, per <= 1.0 and int(data["written"]) == cells,
        ),
        Claim(
            Text("all cells of a word line are written at once, SET and RESET in two phases", "同一字线的单元可同时写，置态与重置分两步"),
            Text(f"slots for the {cells} pulses of the update after {AT} epochs (3 word lines × 2)", "一次更新所用时隙数（3根字线×2）"), slots, slots == 6,
        ),
        Claim(
            Text("single pulses are far from exact", "单个脉冲的改变远不准确"),
            Text("share of the cells that moved in the wanted direction at that pulse", "该次脉冲后按所需方向变化的单元比例"), float(data["agree"]), 0.5 < float(data["agree"]) < 0.9,
        ),
        Claim(
            Text("and yet the error falls", "但误差仍然下降"),
            Text("error of held-out images after the last epoch over that after the first", "末轮与首轮留出图片误差之比"), float(error[-1] / error[0]), bool(error[-1] < 0.8 * error[0]),
        ),
    ]  # fmt: skip


ENTRY = Entry(
    name="1.9",
    title=Text("Write without verify", "写不验证"),
    caption=Text(
        "Batch learning of nine faces by signs alone. (a) Change that each image asks in the ninth epoch of six cells on one word line (eq. 1.4), and the pulse that the sign of the sum (eqs. 1.5, 1.8) gives. (b) "
        "All of that update: word lines one after another, SET (up) and then RESET (down) on all bit lines at once; the bit lines of the six cells. (c) Their conductances "
        "by epoch, one pulse each: in the right direction on average only.",
        "九张人脸的批量学习，只用符号。(a) 第九轮中一根字线上六个单元由每张图片要求的改变（式1.4），及总和符号（式1.5、1.8）决定的脉冲；(b) 该次更新的全部波形：字线依次选通，所有位线同时置态（上）、再重置（下）；(c) 各轮一个脉冲后的电导，只在平均意义上方向正确。",
    ),
    equations=("1.4", "1.5", "1.8"), facts=facts, compute=compute, draw=draw, check=check, source="P. Yao et al., Nat. Commun. 8, 15199 (2017), doi:10.1038/ncomms15199",
)  # fmt: skip
