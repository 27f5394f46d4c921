"""Question 10 (§2.2): why not SET and RESET in one step, as eq. 2.10 proposes?"""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from ohmgrad.book.drawing import heat, letter
from ohmgrad.book.entry import Arrays, Claim, Data, Entry, Facts, Setting, Text
from ohmgrad.book.pairs import SMALL, small
from ohmgrad.report.style import BLUE, DOUBLE, VERMILLION, drawing, epoch_axis, line_with_band, linear_axis

WAYS = {"pulse-number": "two steps (eqs. 2.7 to 2.9)", "one-step": "one step (eq. 2.10)"}
SET_V, RESET_V = 2.0, 1.6  # V, different on purpose
SEED = 2


def facts(setting: Setting) -> Facts:
    """Seeds of the example and of the networks."""
    return Facts(
        f"{SEED} (a, b), 1 (c)",
        f"1 update (a, b); {_networks(setting)} networks each (c)",
        {
            "voltages": f"SET {SET_V:g} V, RESET {RESET_V:g} V (a, b); 2 V both (c)",
            "network": "-".join(map(str, SMALL)) + ", one linear cell a synapse",
            "data": f"2,000 images, {_epochs(setting)} epochs",
        },
    )


def _epochs(setting: Setting) -> int:
    return 6 if setting is Setting.full else 3


def _networks(setting: Setting) -> int:
    return 4 if setting is Setting.full else 2


def compute(setting: Setting) -> Arrays:
    """Pulses that the cells of one update get with both codings; training with both."""
    from ohmgrad.programming.catalogue import find_scheme
    from ohmgrad.programming.change import Rank1
    from ohmgrad.programming.scheme import Pair

    rng = np.random.default_rng(SEED)
    x, u = rng.uniform(0.2, 1.0, 8), rng.uniform(-9, 9, 8)
    i, j = np.meshgrid(np.arange(8), np.arange(8), indexing="ij")
    out: Arrays = {"cells.row": i.ravel(), "cells.column": j.ravel(), "cells.wanted": np.outer(x, u).ravel()}
    pair = Pair(False, 1, (1.0, 1.0), SET_V, RESET_V, 50e-9, 50e-9, up_down=True, members=1)
    for name in WAYS:
        got = np.zeros((8, 8))
        steps = list(find_scheme(name).program(Rank1(x, u), pair))
        for step in steps:
            v = step.row[:, None] - step.column[0]
            got += (v >= 0.99 * SET_V).astype(float) - (v <= -0.99 * RESET_V)
        out |= {f"cells.{name}": got.ravel(), f"slots_{name}": np.array(len(steps))}
    s = [
        "synapse.kind=single",
        "synapse.write=two-way",
        "device.parameters.step_set=0.05 uS",
        "device.parameters.step_reset=0.05 uS",
        "network.activation=logistic",
        "network.target_low=0.1",
        "network.target_high=0.9",
        "learning.rate=[0.3, 0.3, 0.3]",
    ]
    for name in WAYS:
        t = small("bounded", *s, f"programming.scheme={name}", epochs=_epochs(setting), networks=_networks(setting))
        out |= {f"epochs.{name}": t.by_epoch("test_accuracy")}
    out["epochs.epoch"] = np.arange(1, _epochs(setting) + 1)
    return out


def draw(data: Data) -> Figure:
    """Pulses of both codings over what is wanted; accuracy."""
    with drawing():
        fig = Figure(figsize=(DOUBLE, 2.4))
        left, middle, right = fig.subplots(1, 3, width_ratios=[1.0, 1.0, 1.2])
        for axes, name, key in ((left, "a", "pulse-number"), (middle, "b", "one-step")):
            got = data[f"cells.{key}"].reshape(8, 8)
            heat(axes, got, 5.0)
            for (i, j), wanted in np.ndenumerate(data["cells.wanted"].reshape(8, 8)):
                axes.text(
                    j, i, f"{got[i, j]:+.0f}".replace("-", "−").replace("+0", "0"), ha="center", va="center", fontsize=6.5
                )
                if not got[i, j] and abs(wanted) >= 1.0:
                    axes.add_patch(_frame(j, i))
            axes.set_yticks(
                range(8),
                [
                    "SET"
                    if i % 2 == 0 and key == "one-step"
                    else "RESET"
                    if key == "one-step"
                    else f"{data['cells.wanted'].reshape(8, 8)[i].max():.1f}"
                    for i in range(8)
                ],
                fontsize=6,
            )
            axes.tick_params(length=0)
            letter(axes, name, WAYS[key])
        left.set_ylabel("largest change wanted in the row")
        middle.set_ylabel("polarity of the row")
        epochs = data["epochs.epoch"].tolist()
        for key, colour, marker in (("pulse-number", BLUE, "o"), ("one-step", VERMILLION, "s")):
            line_with_band(right, epochs, 100 * data[f"epochs.{key}"], WAYS[key], colour, marker=marker, highest=100.0)
        epoch_axis(right, epochs)
        right.set(ylabel="test accuracy (%)", ylim=(0, 100))
        right.legend(loc="best", fontsize=6.5)
        linear_axis(right)
        letter(right, "c")
        return fig


def _frame(x: float, y: float) -> object:
    from matplotlib.patches import Rectangle

    return Rectangle((x - 0.46, y - 0.46), 0.92, 0.92, fill=False, edgecolor=VERMILLION, linewidth=1.0)


def check(data: Data) -> list[Claim]:
    """What is lost in one step."""
    wanted, two, one = (data[f"cells.{k}"] for k in ("wanted", "pulse-number", "one-step"))
    asked = np.abs(wanted) >= 1.0
    lost = float(((one == 0.0) & asked).sum() / asked.sum())
    row = data["cells.row"] % 2 == 0
    never = bool((one[row] >= 0).all() and (one[~row] <= 0).all())
    off = float(np.abs(two - wanted).max())
    gap = 100 * float((data["epochs.pulse-number"][-1] - data["epochs.one-step"][-1]).mean())
    return [
        Claim(Text("two steps write every cell in its own direction", "分两步时每个单元都按其方向更新"), Text("largest distance from the change wanted (pulses)", "与期望更新的最大偏差（脉冲）"), off, off < 4.0 and bool((two * wanted >= 0.0).all())),
        Claim(
            Text("in one step, cells whose row and column have opposite polarities get no pulse", "一步更新时，行列极性相反的单元得不到脉冲"),
            Text("share of the changes of one pulse and more that are lost", "一个脉冲及以上的更新中丢失的比例"), lost, 0.3 < lost < 0.7,
        ),
        Claim(Text("and they are always the same: rows of SET polarity never fall, rows of RESET polarity never rise", "而且总是同样的单元：置态行只增，重置行只减"), Text("so it is in the example", "示例中确实如此"), float(never), never),
        Claim(Text("so a network of single cells learns worse", "因此单器件突触网络的训练变差"), Text("points of test accuracy lost by one step", "一步更新损失的测试准确率百分点"), gap, gap > 3.0),
        Claim(
            Text("one step saves time", "一步更新省时"), Text("slots of one step over those of two", "一步与两步的时隙数之比"),
            float(data["slots_one-step"] / data["slots_pulse-number"]), bool(data["slots_one-step"] < data["slots_pulse-number"]),
        ),
    ]  # fmt: skip


ENTRY = Entry(
    name="q10",
    title=Text("SET and RESET in one step?", "能否一步完成置态与重置？"),
    caption=Text(
        "Pulses that the cells of one update get, from the lines' voltages. (a) Two steps, first all SET, then all RESET. (b) Eq. 2.10: rows take turns in polarity, columns follow the sign of the change; where "
        "the two disagree the half pulses cancel (framed: changes of a pulse and more that are lost). (c) Networks of single cells trained with both: mean, and smallest to largest or ± 1 standard deviation.",
        "由线电压数得的一次更新中各单元所得脉冲。(a) 两步：先全部置态，再全部重置；(b) 式2.10：各行极性交替、列极性随更新符号，两者相反时半幅脉冲互相抵消（红框：应有一个以上脉冲而丢失）；(c) 两种编码训练的单器件突触网络。",
    ),
    equations=("2.7", "2.8", "2.9", "2.10"), facts=facts, compute=compute, draw=draw, check=check,
)  # fmt: skip
