"""Question 13 (§2.3.3): why do some imperfections do so much more harm than others?"""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from ohmgrad.book.drawing import letter
from ohmgrad.book.entry import Arrays, Claim, Data, Entry, Facts, Setting, Text
from ohmgrad.book.pairs import SMALL, small
from ohmgrad.devices.section import Device
from ohmgrad.report.style import BLUE, DOUBLE, GREY, VERMILLION, drawing, linear_axis

P = "device.parameters."
STEP = 0.1e-6
BASE = (
    "synapse.refresh_every=0",
    "synapse.write=two-way",
    f"{P}slope_set=0",
    f"{P}slope_reset=0",
    f"{P}sigma=0",
    f"{P}step_set={STEP}",
    f"{P}step_reset={STEP}",
)
SPREAD = ("device.variation.step_set.sigma=0.3", "device.variation.step_reset.sigma=0.3")
# name: label, settings, whether pulses are wrong in one direction rather than at random
ARMS: dict[str, tuple[str, tuple[str, ...], bool]] = {
    "none": ("none", (), False),
    "cycle1": ("cycle to cycle 100 %", (f"{P}sigma=1",), False),
    "cycle3": ("cycle to cycle 300 %", (f"{P}sigma=3",), False),
    "device": (
        "device to device 30 %",
        (*SPREAD, 'device.correlation=[{between = ["step_set", "step_reset"], rho = 0.999}]'),
        False,
    ),
    "dead": ("10 % dead", ("device.faults.dead=0.1",), False),
    "stuck": ("10 % stuck on", ("device.faults.stuck_on=0.1",), False),
    "apart": ("device to device, up apart from down", SPREAD, True),
    "nonlinear": ("shrinking steps", (f"{P}slope_set=1", f"{P}slope_reset=1"), True),
    "asymmetric": ("RESET steps 0.3 of SET", (f"{P}step_reset={0.3 * STEP}",), True),
    "one_way": ("SET only", ("synapse.write=one-way",), True),
}
SHIFTS: dict[int, tuple[float, float]] = {
    0: (-9, 2),
    1: (4, 3),
    2: (-7, 3),
    3: (-9, -8),
    4: (0, -10),
    5: (4, 3),
}  # of labels whose points lie close (points)
PULSES = 400  # ups and downs asked of each of some pairs


def facts(setting: Setting) -> Facts:
    """Seeds: networks, and pairs that are pulsed."""
    return Facts(
        "1",
        f"{_networks(setting)} networks, {_pairs(setting)} pairs for each imperfection",
        {
            "network": "-".join(map(str, SMALL)) + ", two-way pairs",
            "data": f"2,000 images, {_epochs(setting)} epochs",
            "cells": "0.1 to 20 µS, 199 equal steps",
            "pairs": f"{PULSES} changes, up or down at random",
        },
    )


def _networks(setting: Setting) -> int:
    return 4 if setting is Setting.full else 2


def _epochs(setting: Setting) -> int:
    return 8 if setting is Setting.full else 5


def _pairs(setting: Setting) -> int:
    return 80 if setting is Setting.full else 30


def compute(setting: Setting) -> Arrays:
    """Accuracy with one imperfection each; what becomes of pairs that are asked up and down equally often."""
    accuracy, walk = [], []
    for _, settings, _ in ARMS.values():
        t = small("refreshed", *BASE, *settings, epochs=_epochs(setting), networks=_networks(setting))
        accuracy.append(t.by_epoch("test_accuracy")[-1])
        walk.append(_walk(t.run.spec.device, t.run.spec.synapse.write == "one-way", _pairs(setting)))
    a = np.array(accuracy)
    return {
        "arms.name": np.array(list(ARMS)),
        "arms.accuracy": a,
        "arms.lost": a[0] - a,
        "arms.common_drift": np.array([w[0] for w in walk]),
        "arms.weight_error": np.array([w[1] for w in walk]),
        "arms.answer": np.array([w[2] for w in walk]),
    }


def _walk(section: Device, one_way: bool, pairs: int) -> tuple[float, float, float]:
    """Drift of G+ + G− of pairs from 0.25 of the window, spread of w about what was asked (both in windows), and what is left of a step at the end."""
    from ohmgrad.devices.faults import DEAD, STUCK_ON
    from ohmgrad.devices.resolve import resolve
    from ohmgrad.devices.response import draw_cells
    from ohmgrad.kernels.draws import WRITE, key_at

    device = resolve(section)
    law, d = device.law, device.section
    cells = draw_cells(device, 2 * pairs, 1)
    if section.faults.any:  # every tenth
        code = DEAD if section.faults.dead else STUCK_ON
        cells = [q._replace(fault=code) if not i % 10 else q for i, q in enumerate(cells)]
    window = device.params.g_max - device.params.g_min
    signs = np.where(np.random.default_rng(3).random((pairs, PULSES)) < 0.5, 1, -1)
    y = np.empty((pairs, 2))
    steps = np.empty(pairs)
    for c in range(pairs):
        pair = [(q, law.start(q.g_min + 0.25 * window, q)) for q in cells[2 * c : 2 * c + 2]]
        for k, sign in enumerate(signs[c]):
            for m, (q, s) in enumerate(pair):
                up = (sign > 0) == (m == 0)
                if up or not one_way:
                    v, t = (q.v_set, d.t_set) if up else (-q.v_reset, d.t_reset)
                    pair[m] = q, law.pulse(s, v, t, q, device.table, key_at(1, 0, 2 * c + m, k, 0, WRITE * 256))
        y[c] = [(s.g - q.g_min) / window for q, s in pair]
        steps[c] = (
            min(law.mean_step(s, q.v_set, d.t_set, q, device.table) if q.g_max - s.g > STEP / 2 else 0.0 for q, s in pair)
            / STEP
        )
    asked = signs.sum(axis=1) * STEP / window * (1.0 if one_way else 2.0)
    return float(y.sum(axis=1).mean() - 0.5), float(np.sqrt(((y[:, 0] - y[:, 1] - asked) ** 2).mean())), float(steps.mean())


def draw(data: Data) -> Figure:
    """Points lost; drift and loss."""
    with drawing():
        fig = Figure(figsize=(DOUBLE, 2.9))
        left, right = fig.subplots(1, 2, width_ratios=[1.1, 1.0])
        lost = 100 * data["arms.lost"]
        places = np.arange(len(lost))
        colours = [VERMILLION if ARMS[str(n)][2] else BLUE for n in data["arms.name"]]
        left.barh(places, lost.mean(axis=1), 0.65, color=colours)
        for k in places:
            left.plot(lost[k], np.full(lost.shape[1], k), ".", color="black", markersize=2)
        left.set_yticks(places, [f"{ARMS[str(n)][0]}  {k + 1}" for k, n in enumerate(data["arms.name"])])
        left.invert_yaxis()
        left.axvline(0, color="black", linewidth=0.5)
        left.set_xlabel("points of test accuracy lost")
        letter(left, "a")
        drift = np.abs(data["arms.common_drift"])
        for k in places:
            right.plot(drift[k], lost[k].mean(), "o", color=colours[k])
            right.annotate(
                str(k + 1),
                (drift[k], lost[k].mean()),
                xytext=SHIFTS.get(int(k), (4.0, 3.0)),
                textcoords="offset points",
                fontsize=7,
            )
        right.axhline(0, color=GREY, linewidth=0.5)
        right.set(
            xlabel="drift of $G^+ + G^-$ of a pair asked\nup and down equally often (windows)",
            ylabel="points lost",
            ylim=(-7, None),
            xlim=(-0.12, max(1.0, 1.15 * float(drift.max()))),
        )
        linear_axis(right)
        letter(right, "b")
        return fig


def check(data: Data) -> list[Claim]:
    """Random errors cancel; those with a direction add up."""
    lost = dict(zip(data["arms.name"].tolist(), 100 * data["arms.lost"].mean(axis=1), strict=True))
    drift = dict(zip(data["arms.name"].tolist(), np.abs(data["arms.common_drift"]), strict=True))
    chance = [float(lost[n]) for n in ARMS if not ARMS[n][2] and n != "cycle3"]
    direction = [float(lost[n]) for n in ARMS if ARMS[n][2]]
    return [
        Claim(Text("errors that are as often up as down are tolerated: cycle to cycle, device to device, some dead cells", "随机、方向对称的误差可被网络容忍：多次操作离散、器件间离散、少量失效"), Text("most points lost by one of them (a step's spread up to its own size)", "其中最大的准确率损失（百分点）"), max(chance), max(chance) < 8.0),
        Claim(Text("errors with a direction are not", "有方向性的误差则不能"), Text("fewest points lost by steps that shrink, differ up and down (in all cells alike, or in each its own way), or go one way", "非线性、非对称（各器件一致或各异）、单向中最小的准确率损失"), min(direction), min(direction) > max(chance)),
        Claim(Text("of these one direction is the worst", "其中单向性危害最大"), Text("points lost by SET only", "仅可置态的准确率损失"), float(lost["one_way"]), lost["one_way"] == max(lost.values()) and lost["one_way"] > 25.0),
        Claim(
            Text("since they carry cells to one end even where no change is asked on the whole", "因为即使总的更新要求为零，它们也把器件推向一端"),
            Text("drift of a pair's sum with SET only, in windows, after 400 changes that cancel; cycle to cycle 100 %: " + f"{drift['cycle1']:.2g}", "400次相互抵消的更新后，单向差分对之和的漂移（窗口）"), float(drift["one_way"]), drift["one_way"] > 10.0 * drift["cycle1"],
        ),
        Claim(Text("even random errors harm in the end, when they are several steps large", "随机误差大到数个步长时也会有害"), Text("points lost with a spread of three steps a pulse", "单脉冲离散为三倍步长时的损失"), float(lost["cycle3"]), lost["cycle3"] > 3.0),
    ]  # fmt: skip


ENTRY = Entry(
    name="q13",
    title=Text("Why the imperfections differ in harm", "为什么各种非理想因子的危害不同"),
    caption=Text(
        "(a) Test accuracy lost by one imperfection each in a network of pairs that are written both ways; blue: errors as often up as down; vermillion: errors with a direction. Dots: networks, paired. (b) The same, by number, over what "
        "becomes of pairs alone that are asked up and down at random: their sum stays, or drifts to an end where steps are lost.",
        "(a) 可双向更新的差分对网络中，单独引入一种非理想因子所损失的测试准确率；蓝：误差方向对称，红：误差有方向性；圆点为各配对网络。(b) 同一编号，与单个差分对在随机升降要求下电导之和的漂移对照：对称误差使其不动，有方向的误差使其漂向一端。",
    ),
    facts=facts, compute=compute, draw=draw, check=check,
)  # fmt: skip
