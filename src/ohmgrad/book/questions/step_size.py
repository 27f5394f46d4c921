"""Question 1: a learning rate that is too small or too large, on a surface, in pulses, and on cells."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from ohmgrad.book.drawing import letter, log_x
from ohmgrad.book.entry import Arrays, Claim, Data, Entry, Facts, Setting, Text
from ohmgrad.book.neuron import VALLEYS, descend, error
from ohmgrad.book.training import train, weights
from ohmgrad.book.updates import dense_pair, sample_changes
from ohmgrad.report.style import BLUE, DOUBLE, GREEN, VERMILLION, drawing, linear_axis, log_axis

START, STEPS, MOST = np.array([-0.4, 0.5]), 60, 100
RATES = np.geomspace(1e-3, 3.0, 36)
LAST = 20  # steps over which the error is averaged


def facts(setting: Setting) -> Facts:
    """Seed of the experiment."""
    return Facts(
        "1",
        f"{networks(setting)} networks for each step of the cells",
        {
            "surface": f"that of figure 1.2, mean of the last {LAST} of {STEPS} steps",
            "cells": "experiment letters; SET and RESET steps alike, 30 % from pulse to pulse",
            "longest": f"{MOST} epochs",
        },
    )


def networks(setting: Setting) -> int:
    """So many networks."""
    return 40 if setting is Setting.full else 10


def steps(setting: Setting) -> np.ndarray:
    """Steps of the cells (siemens)."""
    return 1e-6 * np.array([0.1, 0.25, 0.5, 1, 2, 4, 8, 16, 32] if setting is Setting.full else [0.1, 1, 4, 32])


def compute(setting: Setting) -> Arrays:
    """Error left on the surface by η; pulses that wanted changes come to by η; epochs by step of the cells."""
    left = [float(error(descend(START, VALLEYS, rate, STEPS)[-LAST:], VALLEYS).mean()) for rate in RATES]
    t = train("letters", "stop.when=never", replicas=1, epochs=1, look=lambda run: weights(run)[0])
    s, total, pair = t.run.setup, sample_changes(t.run, t.seen[0]).sum(axis=0), dense_pair(t.run, 10_000)
    window = (s.params.g_max - s.params.g_min) * s.learning.gain[0] / pair.quantum[0]  # pulses from end to end
    rates = np.geomspace(1e-5, 1e1, 37)
    counts = np.array([pair.pulses(rate * total).sum(axis=0)[..., 0] for rate in rates])
    epochs = []
    for step in steps(setting):
        run = train(
            "letters",
            f"device.parameters.step_set={step}",
            f"device.parameters.step_reset={step}",
            replicas=networks(setting),
            epochs=MOST,
        )
        epochs.append(run.epochs)
    return {
        "surface.rate": RATES, "surface.error_left": np.array(left),
        "pulses.rate": rates, "pulses.share_of_none": (counts == 0).mean(axis=(1, 2)), "pulses.share_beyond_window": (counts > window).mean(axis=(1, 2)),
        "cells.step_s": steps(setting), "cells.epochs": np.array(epochs),
    }  # fmt: skip


def draw(data: Data) -> Figure:
    """Three U-shaped answers."""
    with drawing():
        fig = Figure(figsize=(DOUBLE, 2.4))
        left, middle, right = fig.subplots(1, 3)
        left.plot(data["surface.rate"], data["surface.error_left"], "o-", color=BLUE, markersize=2)
        left.set(xlabel="learning rate η", ylabel=f"error E after {STEPS} steps")
        letter(left, "a", "on an error surface")
        middle.plot(data["pulses.rate"], 100 * data["pulses.share_of_none"], color=BLUE, label="less than half a pulse: none")
        middle.plot(
            data["pulses.rate"],
            100 * data["pulses.share_beyond_window"],
            color=VERMILLION,
            linestyle="--",
            label="more than the window holds",
        )
        middle.set(xlabel="learning rate η", ylabel="cells (%)", ylim=(-3, 140))
        middle.legend(loc="upper center", fontsize=6.5)
        letter(middle, "b", "in pulses of 1 µS")
        epochs = data["cells.epochs"]
        right.fill_between(
            1e6 * data["cells.step_s"], *np.percentile(epochs, (10, 90), axis=1), color=GREEN, alpha=0.2, linewidth=0
        )
        right.plot(1e6 * data["cells.step_s"], epochs.mean(axis=1), "o-", color=GREEN)
        right.set(xlabel="step of a pulse (µS)", ylabel="epochs until all are right")
        letter(right, "c", "on cells, by sign")
        for axes in (left, middle, right):
            log_x(axes)
        linear_axis(left)
        linear_axis(middle)
        log_axis(right)
        return fig


def check(data: Data) -> list[Claim]:
    """Both ends are bad."""
    e, best = data["surface.error_left"], float(data["surface.error_left"].min())
    epochs = data["cells.epochs"].mean(axis=1)
    return [
        Claim(Text("too small: slow", "过小：收敛慢"), Text("epochs with steps of 0.1 µS over those with the best step", "步长0.1 µS与最佳步长所需轮数之比"), float(epochs[0] / epochs.min()), bool(epochs[0] > 5 * epochs.min())),
        Claim(
            Text("too small: below the least change that a cell can make nothing is written", "过小：小于最小可写改变量时什么也写不进"),
            Text("share of the cells without a pulse at η = 10⁻⁵", "η=10⁻⁵时没有脉冲的单元比例"), float(data["pulses.share_of_none"][0]), bool(data["pulses.share_of_none"][0] > 0.95),
        ),
        Claim(
            Text("too large: it leaps over the minimum", "过大：越过极小值点"),
            Text("error left with η = 3, minus that with the best η", "η=3时与最佳η时剩余误差之差"), float(e[-1] - best), bool(e[-1] > best + 0.1),
        ),
        Claim(
            Text("too large: changes beyond the window of the cells", "过大：超出器件电导窗口"),
            Text("share of the changes that the window cannot hold at η = 10", "η=10时超出窗口的改变量比例"), float(data["pulses.share_beyond_window"][-1]), bool(data["pulses.share_beyond_window"][-1] > 0.8),
        ),
        Claim(
            Text("too large: more epochs on cells too", "过大：器件上所需轮数也增多"),
            Text("epochs with steps of 32 µS, a third of the window, over those with the best step: these 30 patterns are so easy that the coarsest steps are the fastest", "步长32 µS（窗口的三分之一）与最佳步长所需轮数之比：30个图样过于简单，最粗的步长反而最快"), float(epochs[-1] / epochs.min()), bool(epochs[-1] > 1.5 * epochs.min()), expected=False,
        ),
    ]  # fmt: skip


ENTRY = Entry(
    name="q1",
    title=Text("A learning rate too small or too large", "学习率过小或过大"),
    caption=Text(
        "(a) Error left after 60 steps of eq. 1.4 on the surface of figure 1.2. (b) The first update of the letters, as whole pulses: changes that round to none, and changes of more pulses than the window "
        "of a cell has. (c) Epochs that cells need by sign alone, by the step of their pulses; band: 10 to 90 % of the networks.",
        "(a) 在图1.2曲面上按式1.4走60步后的剩余误差；(b) 字母任务第一次更新折算成整数脉冲：舍入为零的比例与超出电导窗口的比例；(c) 仅用符号更新时所需轮数随单脉冲步长的变化，色带为10%至90%分位。",
    ),
    equations=("1.4", "1.5", "1.8"), facts=facts, compute=compute, draw=draw, check=check,
)  # fmt: skip
