"""Figure 2.8: the forward read of pairs, I = Σ x G⁺ − Σ x G⁻, against the solved circuit with wires and selectors."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from ohmgrad.book.drawing import letter
from ohmgrad.book.entry import Arrays, Claim, Data, Entry, Facts, Setting, Text
from ohmgrad.book.pairs import PAPER, SMALL, layers, minus, small
from ohmgrad.report.style import BLUE, DOUBLE, GREEN, GREY, ORANGE, PURPLE, VERMILLION, drawing, linear_axis

WIRES = (0.0, 1.0, 10.0)  # ohm of a segment
V_READ, V_HOLD, R_ON = 0.3, 0.1, 1e3
LEVELS = 8  # read pulses of a full value, where values are numbers of pulses


def facts(setting: Setting) -> Facts:
    """Seed of the network."""
    return Facts(
        "1",
        f"first array of a network after 2 epochs; {images(setting)} test images",
        {
            "network": "-".join(map(str, SMALL)),
            "read": "0.1 V without selectors, 0.3 V through selectors that are on",
            "wires": ", ".join(f"{w:g}" for w in WIRES) + " Ω a segment",
            "selectors": f"hold {V_HOLD:g} V, {R_ON:g} Ω on",
        },
    )


def images(setting: Setting) -> int:
    """Images read."""
    return 20 if setting is Setting.full else 6


def compute(setting: Setting) -> Arrays:
    """Differences of column currents, each in units of what 1 V·G would give."""
    from ohmgrad.arrays.circuit.access import Selector
    from ohmgrad.arrays.circuit.crossbar import Crossbar

    t = small(look=layers, chunk=2000)
    a = t.seen[-1][0]
    x = np.column_stack([t.run.data.test_x[: images(setting)], np.ones(images(setting))])
    formula = x @ a.plus - x @ a.minus
    out: Arrays = {"reads.image": np.repeat(np.arange(len(x)), a.plus.shape[1]), "reads.formula_s": formula.ravel()}
    for k, wire in enumerate(WIRES):
        out[f"reads.wires_s_{k}"] = minus(Crossbar(a.cells, wire=wire).read(0.1 * x) / 0.1).ravel()
    through = Crossbar(a.cells, access=Selector(0.25, V_HOLD, R_ON, 1e9))
    before = np.ones(through.shape, np.int8)  # selectors have been switched on by a pulse before

    def read(v: np.ndarray) -> np.ndarray:
        """(columns,) of rows at v volts; selectors that cannot hold are off."""
        on = np.where(v[:, None] > V_HOLD, before, 0).astype(np.int8)
        return minus(through.frozen(*through.driven(v, 0.0), on, 1e-10).column_currents)

    out["reads.amplitude_s"] = np.concatenate([read(V_READ * one) for one in x]) / V_READ
    counts = np.rint(LEVELS * x)
    out["reads.pulses_s"] = np.concatenate(
        [sum((read(V_READ * (n > k)) for k in range(LEVELS)), np.zeros(a.plus.shape[1])) for n in counts]
    ) / (LEVELS * V_READ)
    shown = 0
    plus, less = x[shown] @ a.plus, x[shown] @ a.minus
    out |= {"columns.plus_s": plus, "columns.minus_s": less, "columns.difference_s": plus - less}
    return out


def draw(data: Data) -> Figure:
    """Both currents of a read; wires; selectors."""
    with drawing():
        fig = Figure(figsize=(DOUBLE, 2.7))
        left, middle, right = fig.subplots(1, 3, width_ratios=[1.15, 1.0, 1.0])
        n = np.arange(1, len(data["columns.plus_s"]) + 1)
        left.bar(n, 1e6 * data["columns.plus_s"], 0.8, color=VERMILLION, label="$\\Sigma\\,x\\,G^+$")
        left.bar(n, -1e6 * data["columns.minus_s"], 0.8, color=BLUE, label="$-\\Sigma\\,x\\,G^-$")
        left.plot(n, 1e6 * data["columns.difference_s"], "k_", markersize=4, markeredgewidth=1.4, label="I")
        left.axhline(0.0, color=GREY, linewidth=0.5)
        left.set(xlabel="output column pair", ylabel="current (µA for 1 V)")
        left.set_ylim(top=1.45 * 1e6 * float(data["columns.plus_s"].max()))
        left.legend(loc="upper center", ncols=3, fontsize=6.5, columnspacing=0.8, handlelength=1.2)
        linear_axis(left)
        letter(left, "a", "one image")
        formula = 1e6 * data["reads.formula_s"]
        for axes, names, title in (
            (
                middle,
                [
                    (f"wires_s_{k}", f"{w:g} Ω", c)
                    for k, (w, c) in enumerate(zip(WIRES, (GREEN, ORANGE, VERMILLION), strict=True))
                ],
                "wires",
            ),
            (right, [("pulses_s", "numbers of pulses", BLUE), ("amplitude_s", "amplitudes", PURPLE)], "selectors"),
        ):
            axes.axline((0, 0), slope=1, color=GREY, linewidth=0.6, linestyle="--")
            for name, label, colour in names:
                axes.plot(formula, 1e6 * data[f"reads.{name}"], ".", color=colour, markersize=2, label=label)
            axes.set(xlabel="eq. 2.11 (µA for 1 V)", ylabel="solved")
            axes.legend(loc="upper left", markerscale=3, fontsize=6.5)
            linear_axis(axes)
            letter(axes, "b" if axes is middle else "c", title)
        return fig


def check(data: Data) -> list[Claim]:
    """Eq. 2.11 and what bends it."""
    formula = data["reads.formula_s"]

    def miss(name: str) -> tuple[float, float]:
        """(slope through 0, what is left about that line) as shares."""
        y = data[f"reads.{name}"]
        slope = float((y * formula).sum() / (formula**2).sum())
        return slope, float(np.sqrt(((y - slope * formula) ** 2).mean()) / (abs(slope) * formula.std()))

    ideal = float(np.abs(data["reads.wires_s_0"] - formula).max() / np.abs(formula).max())
    wires, pulses, amplitude = miss("wires_s_2"), miss("pulses_s"), miss("amplitude_s")
    return [
        Claim(
            Text("the array gives I = Σ x G⁺ − Σ x G⁻ = Σ x (G⁺ − G⁻) (eq. 2.11)", "阵列给出 I=ΣxG⁺−ΣxG⁻=Σx(G⁺−G⁻)（式2.11）"),
            Text("largest difference from the solved circuit on ideal wires, as a share of the largest current", "理想导线下与电路解的最大相对差"), ideal, ideal < 1e-12,
        ),
        Claim(
            Text("with selectors the product is right to a small error, since they keep little voltage", "选通管保持电压很小，乘积没有显著偏差"),
            Text(f"scatter about a straight line where values are numbers of pulses (slope {pulses[0]:.2f}: the held voltage scales all alike)", "以脉冲数编码时偏离直线的相对离散（保持电压使整体按比例缩小）"), pulses[1], pulses[1] < 0.1,
        ),
        Claim(
            Text("… whatever the coding of the values", "……无论输入如何编码"),
            Text("the same where values are amplitudes: a third of 0.3 V is held back, so that small inputs give nothing", "以幅度编码时的相对离散：0.3 V中有三分之一被选通管占去，小输入无电流"), amplitude[1], amplitude[1] < 0.1, expected=False,
        ),
        Claim(
            Text("wires are not in eq. 2.11", "式2.11未计导线电阻"),
            Text(f"current lost with 10 Ω a segment, 65 × 64 cells (scatter {wires[1]:.2g})", "每段10 Ω时的电流损失比例"), 1.0 - wires[0], 0.0 < 1.0 - wires[0] < 0.3,
        ),
    ]  # fmt: skip


ENTRY = Entry(
    name="2.8",
    title=Text("The forward read of pairs", "差分对阵列的前向读"),
    caption=Text(
        "(a) One image on the rows: currents of the G⁺ and G⁻ columns of each output, and their difference. (b) Differences from the solved circuit against eq. 2.11, for three resistances of a wire segment. (c) The "
        "same through selectors that are on: values as numbers of full pulses, or as amplitudes, of which each loses what a selector holds.",
        "(a) 一张图片输入时各输出的G⁺、G⁻列电流及其差；(b) 三种导线段电阻下电路解与式2.11的对照；(c) 经导通的选通管读取：以满幅脉冲数编码，或以幅度编码（每个幅度都损失保持电压）。",
    ),
    equations=("2.11",), facts=facts, compute=compute, draw=draw, check=check, source=PAPER,
)  # fmt: skip
