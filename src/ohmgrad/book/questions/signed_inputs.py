"""Question 11 (§2.2): inputs of both signs, as tanh gives them: what must change in the update?"""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.figure import Figure

from ohmgrad.book.drawing import letter
from ohmgrad.book.entry import Arrays, Claim, Data, Entry, Facts, Setting, Text
from ohmgrad.book.pairs import SMALL, layers, small, through
from ohmgrad.report.style import DOUBLE, GREY, VERMILLION, drawing, linear_axis

LEVELS = np.arange(-4, 5)
IMAGES, LAYER = 60, 1  # images looked at; the array whose inputs are tanh outputs


def facts(setting: Setting) -> Facts:
    """Seed of the network."""
    return Facts(
        "1",
        f"1 network after 500 images, the next {IMAGES}; second array",
        {"network": "-".join(map(str, SMALL)) + ", tanh", "scheme": "overlap, pairs written by SET only"},
    )


def compute(setting: Setting) -> Arrays:
    """Net SET pulses (G+ less G−) for every pair of signed levels: with a phase for each sign of x, with one phase, and with |x|; what training loses."""
    from ohmgrad.programming.catalogue import find_scheme
    from ohmgrad.programming.change import Rank1
    from ohmgrad.programming.scheme import Pair

    scheme = find_scheme("overlap")

    def net(x: np.ndarray, u: np.ndarray, phases: int) -> tuple[np.ndarray, int]:
        pair = Pair(True, phases, (1.0, 1.0), 2.0, 2.0, 50e-9, 50e-9)
        steps = list(scheme.program(Rank1(x, u), pair))
        hit = np.array([s.row[:, None] - s.column[:, None] > 1.2 for s in steps]).reshape(-1, 2, len(x), len(u)).sum(axis=0)
        return hit[0] - hit[1], len(steps)

    x, u = LEVELS / 4.0, LEVELS.astype(float)
    a, b = np.meshgrid(LEVELS, LEVELS, indexing="ij")
    both, slots_both = net(x, u, 2)
    one, slots_one = net(x, u, 1)
    size, _ = net(np.abs(x), u, 1)
    out: Arrays = {
        "pairs.x": a.ravel(), "pairs.u": b.ravel(), "pairs.two_phases": both.ravel(), "pairs.one_phase": one.ravel(), "pairs.size_only": size.ravel(),
        "slots_two": np.array(slots_both), "slots_one": np.array(slots_one),
    }  # fmt: skip
    t = small(images=500, epochs=1, look=layers, chunk=500)
    return out | _lost(t, t.seen[-1], net)


def _lost(t: Any, arrays: Any, net: Any) -> Arrays:
    """Pulses of many updates of a tanh layer with two phases, and those of them that one phase gives."""
    run = t.run
    n, quantum = run.spec.network, float(run.setup.writing.quantum[LAYER, 0])
    inputs, two, one = [], [], []
    for k in range(IMAGES):
        p = through(
            arrays, run.data.train_x[k], int(run.data.train_y[k]), n.bias, n.target_low, n.target_high, run.setup.reading.v_read
        )
        u = -run.setup.learning.rate[LAYER] * p.delta[LAYER] / quantum
        inputs.append(p.x[LAYER])
        two.append(np.abs(net(p.x[LAYER], u, 2)[0]).sum() if np.abs(u).max() >= 0.5 else 0)
        one.append(np.abs(net(p.x[LAYER], u, 1)[0]).sum() if np.abs(u).max() >= 0.5 else 0)
    first = run.setup.writing.sign_phases
    return {
        "inputs.x": np.concatenate(inputs),
        "images.pulses_two_phases": np.array(two),
        "images.pulses_one_phase": np.array(one),
        "layers.phases": np.array(first, dtype=np.int64),
    }


def draw(data: Data) -> Figure:
    """Net pulses of the three ways over x and u; inputs of a hidden layer; pulses."""
    with drawing():
        fig = Figure(figsize=(DOUBLE, 2.5))
        axes = fig.subplots(1, 4, width_ratios=[1.0, 1.0, 1.0, 1.1])
        for place, key, name, title in zip(
            axes,
            ("two_phases", "one_phase", "size_only"),
            "abc",
            ("a phase for each sign", "one phase", "size of x only"),
            strict=False,
        ):
            place.imshow(
                data[f"pairs.{key}"].reshape(9, 9).T,
                origin="lower",
                cmap="RdBu_r",
                vmin=-4,
                vmax=4,
                extent=(-4.5, 4.5, -4.5, 4.5),
            )
            wrong = data[f"pairs.{key}"] != data["pairs.two_phases"]
            place.plot(data["pairs.x"][wrong], data["pairs.u"][wrong], "x", color="black", markersize=3)
            place.set(xlabel="x (half pulses)", xticks=[-4, 0, 4], yticks=[-4, 0, 4])
            letter(place, name, title)
        axes[0].set_ylabel("−δ (half pulses)")
        axes[3].hist(
            data["inputs.x"],
            np.linspace(-1, 1, 21),
            color=GREY,
            weights=np.full(len(data["inputs.x"]), 100.0 / len(data["inputs.x"])),
        )
        lost = 1 - data["images.pulses_one_phase"].sum() / data["images.pulses_two_phases"].sum()
        axes[3].axvspan(-1, 0, color=VERMILLION, alpha=0.15, linewidth=0)
        axes[3].annotate(
            f"{100 * lost:.0f} % of\nthe pulses", (0.04, 0.95), xycoords="axes fraction", va="top", fontsize=7, color=VERMILLION
        )
        axes[3].set(xlabel="x of a tanh layer", ylabel="inputs (%)")
        linear_axis(axes[3])
        letter(axes[3], "d")
        return fig


def check(data: Data) -> list[Claim]:
    """The answer: each sign of x needs a phase of its own."""
    product = data["pairs.x"] * data["pairs.u"] / 4.0
    off = float(np.abs(data["pairs.two_phases"] - product).max())
    lost = float(1 - data["images.pulses_one_phase"].sum() / data["images.pulses_two_phases"].sum())
    wrong = float(((data["pairs.size_only"] * product) < 0).sum() / (data["pairs.two_phases"] != 0).sum())
    return [
        Claim(Text("with a phase for each sign of x every product is right, whatever the signs", "x的两种符号各占一个时段时，四种符号组合都正确"), Text("largest distance between pulses and x·δ/4", "脉冲数与x·δ/4的最大偏差"), off, off <= 0.5),
        Claim(Text("the update then takes twice as long", "更新耗时加倍"), Text("slots with two phases over those with one", "两时段与单时段的时隙数之比"), float(data["slots_two"] / data["slots_one"]), bool(data["slots_two"] == 2 * data["slots_one"])),
        Claim(Text("the first layer, whose inputs are not negative, needs no second phase", "首层输入非负，无需第二时段"), Text("phases of the first layer", "首层的时段数"), float(data["layers.phases"][0]), data["layers.phases"].tolist() == [1, 2, 2]),
        Claim(Text("left as it was, the scheme would never write from negative inputs", "若不调整，负输入对应的更新全部丢失"), Text("share of the pulses of a tanh layer that are lost", "tanh层丢失的脉冲比例"), lost, lost > 0.25),
        Claim(Text("and with the size of x alone it would push weights the wrong way", "若只取|x|，则会反向更新"), Text("share of the writes that go the wrong way", "方向错误的更新比例"), wrong, 0.3 < wrong < 0.7),
    ]  # fmt: skip


ENTRY = Entry(
    name="q11",
    title=Text("Inputs of both signs", "可正可负的输入"),
    caption=Text(
        "Net SET pulses of a pair (red: G⁺, blue: G⁻) for signed numbers of half pulses, from the lines' voltages; crosses: wrong. (a) Negative inputs have a phase of their own, in which the columns exchange G⁺ and G⁻: right in all four "
        "quadrants. (b) One phase. (c) Size of x only. (d) Inputs that a tanh layer really sends, and what the negative ones (shaded) ask.",
        "差分对净置态脉冲数（红：G⁺，蓝：G⁻）随带符号半脉冲数的变化，叉号为错误。(a) 负输入另占一个时段，其间各列的G⁺与G⁻互换：四个象限均正确；(b) 只有一个时段；(c) 只取|x|；(d) tanh层实际输出的分布，以及负输入（阴影）所要求的脉冲比例。",
    ),
    equations=("2.8", "2.9"), facts=facts, compute=compute, draw=draw, check=check,
)  # fmt: skip
