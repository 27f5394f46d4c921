"""Question 12 (§2.3.2): which property of a cell sets how many updates may pass between refreshes?"""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from ohmgrad.book.drawing import letter, log_x
from ohmgrad.book.entry import Arrays, Claim, Data, Entry, Facts, Setting, Text
from ohmgrad.book.pairs import SMALL, small
from ohmgrad.book.training import conductances
from ohmgrad.experiments.run import Run
from ohmgrad.report.style import BLUE, DOUBLE, GREY, LAYER_COLOURS, VERMILLION, drawing, linear_axis, log_axis

STEPS = (30, 60, 120, 240, 480)  # first steps that would fill the window: a cell is 95 % full after three times as many pulses
SHOWN = (60, 120, 480)
BASE = 120  # steps for which the learning rates were chosen
FULL, SHARE = 0.95, 0.05  # a pair is frozen if a cell is so full; the time until so many are
LOOK = 20  # images between two looks
PAPER_INTERVAL = 100


def facts(setting: Setting) -> Facts:
    """Seeds of the networks."""
    return Facts(
        "1",
        f"{_networks(setting)} networks for each point",
        {
            "network": "-".join(map(str, SMALL)),
            "data": f"{_images(setting)} images, {_epochs(setting)} epochs",
            "cells": "burr2014 with other steps",
            "η": "0.1, or in proportion to the step, so that an error asks for equally many pulses",
        },
    )


def _networks(setting: Setting) -> int:
    return 3 if setting is Setting.full else 2


def _images(setting: Setting) -> int:
    return 2000 if setting is Setting.full else 1000


def _epochs(setting: Setting) -> int:
    return 4


def intervals(setting: Setting) -> tuple[int, ...]:
    """Images between refreshes."""
    return (10, 20, 50, 100, 200, 500, 1000, 2000) if setting is Setting.full else (20, 2000)


def _cell(steps: int) -> tuple[str, ...]:
    step = (20e-6 - 0.1e-6) / steps
    return (f"device.parameters.step_set={step!r}", f"device.parameters.step_reset={step!r}")


def _rate(steps: int, pulses: bool) -> str:
    rate = 0.1 * (BASE / steps if pulses else 1.0)
    return f"learning.rate=[{rate}, {rate}, {rate}]"


def compute(setting: Setting) -> Arrays:
    """Time until pairs freeze, and pulses, for cells of different steps; accuracy over the interval."""
    n, networks, epochs = _images(setting), _networks(setting), _epochs(setting)

    def look(run: Run) -> np.ndarray:
        p = run.setup.params
        y = (np.concatenate([conductances(run, k).reshape(networks, -1, 2) for k in range(3)], axis=1) - p.g_min) / (
            p.g_max - p.g_min
        )
        return np.asarray((y.max(axis=2) > FULL).mean(axis=1))

    out: Arrays = {"cells.steps": np.array(STEPS)}
    for name, pulses in (("same_pulses", True), ("same_change", False)):
        times, given = [], []
        for steps in STEPS:
            t = small(
                "nonlinear",
                *_cell(steps),
                _rate(steps, pulses),
                images=n,
                test=100,
                epochs=epochs,
                networks=networks,
                look=look,
                chunk=LOOK,
            )
            frozen = np.array(t.seen)  # (moments, networks)
            first = [
                np.interp(SHARE, frozen[:, k], LOOK * np.arange(len(frozen))) if frozen[-1, k] >= SHARE else np.nan
                for k in range(networks)
            ]
            times.append(first)
            given.append(t.total("count", "SET pulses") / (n * epochs))
        out |= {f"cells.images_{name}": np.array(times), f"cells.pulses_{name}": np.array(given)}
    out["intervals.images"] = np.array(intervals(setting))
    for steps in SHOWN:
        rows = [
            small(
                "refreshed",
                *_cell(steps),
                _rate(steps, True),
                f"synapse.refresh_every={k}",
                images=n,
                epochs=epochs,
                networks=networks,
            ).by_epoch("test_accuracy")[-1]
            for k in intervals(setting)
        ]
        out[f"intervals.accuracy_{steps}"] = np.array(rows)
    return out


def draw(data: Data) -> Figure:
    """Time until pairs freeze over the steps of a cell; accuracy over the interval."""
    with drawing():
        fig = Figure(figsize=(DOUBLE, 2.6))
        left, right = fig.subplots(1, 2, width_ratios=[1.0, 1.15])
        for name, colour, marker, label in (
            ("same_pulses", BLUE, "o", "as many pulses for an error"),
            ("same_change", VERMILLION, "s", "as large a change for an error"),
        ):
            t = data[f"cells.images_{name}"]
            left.plot(data["cells.steps"], t.mean(axis=1), marker=marker, color=colour, label=label)
            left.plot(np.repeat(data["cells.steps"], t.shape[1]), t.ravel(), ".", color=colour, markersize=2)
        left.set_xscale("log", base=2)
        log_axis(left)
        left.set_xticks(data["cells.steps"], [str(s) for s in data["cells.steps"]])
        left.set(xlabel="steps in the window", ylabel=f"images until {100 * SHARE:g} % of pairs are full")
        left.legend(loc="best", fontsize=6.5)
        letter(left, "a")
        for k, steps in enumerate(SHOWN):
            a = 100 * data[f"intervals.accuracy_{steps}"]
            right.plot(
                data["intervals.images"], a.mean(axis=1), marker="os^"[k], color=LAYER_COLOURS[k], label=f"{steps} steps"
            )
            right.fill_between(
                data["intervals.images"], a.min(axis=1), a.max(axis=1), color=LAYER_COLOURS[k], alpha=0.2, linewidth=0
            )
        right.axvline(PAPER_INTERVAL, color=GREY, linewidth=0.7, linestyle="--")
        log_x(right)
        right.set(xlabel="images between refreshes", ylabel="test accuracy (%)", ylim=(0, 100))
        linear_axis(right)
        right.legend(loc="lower left")
        letter(right, "b")
        return fig


def check(data: Data) -> list[Claim]:
    """What decides, and what does not."""
    steps = data["cells.steps"]
    pulses, change = (data[f"cells.images_{k}"].mean(axis=1) for k in ("same_pulses", "same_change"))
    use = np.isfinite(pulses)
    power = float(np.polyfit(np.log(steps[use]), np.log(pulses[use]), 1)[0])
    ok = np.isfinite(change)
    other = float(np.polyfit(np.log(steps[ok]), np.log(change[ok]), 1)[0])
    coarse, fine = (100 * data[f"intervals.accuracy_{s}"].mean(axis=1) for s in (SHOWN[0], SHOWN[-1]))
    drop = [float(a[0] - a[-1]) for a in (coarse, fine)]
    return [
        Claim(
            Text("the number of pulses that fill the cell: its steps in the window", "决定因素是填满器件所需的脉冲数，即窗口内的步数"),
            Text("power of the steps with which the images until pairs are full grow, an error asking for equally many pulses", "饱和前图片数随步数增长的幂次（误差对应的脉冲数相同）"), power, power > 0.7,
        ),
        Claim(
            Text("… if an error asks for the same number of pulses", "……前提是同样的误差对应同样的脉冲数"),
            Text("power where an error asks for the same change of weight instead: finer steps then need more pulses, and gain less", "若误差对应同样的权重变化，则步长更细需更多脉冲，幂次更小"), other, other < power - 0.3,
        ),
        Claim(
            Text("so cells with few steps must be refreshed often", "因此步数少的器件须频繁刷新"),
            Text(f"points lost between the shortest and the longest interval with {SHOWN[0]} steps; with {SHOWN[-1]}: {drop[1]:.1f}", "最短与最长间隔之间损失的百分点（步数最少的器件）"), drop[0], drop[0] > drop[1] + 5.0,
        ),
    ]  # fmt: skip


ENTRY = Entry(
    name="q12",
    title=Text("What sets the interval between refreshes", "刷新间隔由什么决定"),
    caption=Text(
        "(a) Images that a network without refresh can learn until 5 % of its pairs have a full cell, over the number of steps of a cell, if an error asks for as many pulses whatever the step (blue), or for the "
        "same change of weight (vermillion). (b) Accuracy over the interval between refreshes for coarse and fine cells (bands: smallest to largest network); dashed: where the chapter sees the fall.",
        "(a) 不刷新时网络在5%的差分对饱和之前能学习的图片数，随器件步数的变化：同样误差对应同样脉冲数（蓝），或对应同样权重变化（红）；(b) 步长粗细不同的器件，准确率随刷新间隔的变化（色带为最小至最大），虚线为书中准确率下降之处。",
    ),
    facts=facts, compute=compute, draw=draw, check=check,
)  # fmt: skip
