"""Figure 1.11: four cells under pulses of several amplitudes, cycle after cycle."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.figure import Figure

from ohmgrad.book.drawing import letter
from ohmgrad.book.entry import Arrays, Claim, Data, Entry, Facts, Setting, Text
from ohmgrad.report.style import BLUE, DOUBLE, ORANGE, VERMILLION, drawing, linear_axis

SEED, CELLS, PULSES = 1, 4, 50
AMPLITUDES = {"low": 1.4, "nominal": 1.6, "high": 1.8}  # V
COLOURS = {"low": ORANGE, "nominal": BLUE, "high": VERMILLION}
SPREAD, V_SPREAD = 0.25, 0.06  # from cell to cell, relative: steps; thresholds. Assumed


def facts(setting: Setting) -> Facts:
    """Seed of cells and pulses."""
    return Facts(
        f"{SEED}", f"{CELLS} cells, {cycles(setting)} cycles each",
        {
            "device": "yao2017 (cycle-to-cycle 1.85 µS a pulse)", "from cell to cell (assumed)": f"steps {100 * SPREAD:.0f} %, thresholds {100 * V_SPREAD:.0f} %",
            "train": f"{PULSES} SET, then {PULSES} RESET pulses of 50 ns", "amplitudes": ", ".join(f"{v:g} V" for v in AMPLITUDES.values()),
        },
    )  # fmt: skip


def cycles(setting: Setting) -> int:
    """Cycles of every cell at every amplitude."""
    return 10 if setting is Setting.full else 6


def compute(setting: Setting) -> Arrays:
    """Conductance after every pulse (cells, cycles), at every amplitude."""
    from ohmgrad.devices.devicefile import load_device
    from ohmgrad.devices.resolve import complete_device, resolve
    from ohmgrad.devices.response import draw_cells, ramp
    from ohmgrad.devices.section import Spread

    spreads = {"step_set": SPREAD, "step_reset": SPREAD, "v_th_set": V_SPREAD, "v_th_reset": V_SPREAD}
    section = load_device("yao2017").model_copy(update={"variation": {k: Spread(sigma=v) for k, v in spreads.items()}})
    device = resolve(complete_device(section))
    cells, n = draw_cells(device, CELLS, SEED), cycles(setting)
    t = device.section.t_set
    out: Arrays = {"pulses.pulse": np.arange(2 * PULSES + 1)}
    for k, (name, v) in enumerate(AMPLITUDES.items()):
        train = [(v, t)] * PULSES + [(-v, device.section.t_reset)] * PULSES
        g = np.stack(
            [ramp(device, cells, train, seed=1000 * SEED + 100 * k + c) for c in range(n)], axis=1
        )  # (cells, cycles, pulses)
        out[f"pulses.conductance_s_{name}"] = np.moveaxis(g, 2, 0)
    return out


def risen(data: Data, name: str) -> Any:
    """Rise by the SET pulses (cells, cycles), siemens."""
    g = data[f"pulses.conductance_s_{name}"]
    return g[PULSES] - g[0]


def draw(data: Data) -> Figure:
    """One panel a cell: all cycles, and their mean, at each amplitude."""
    with drawing():
        fig = Figure(figsize=(DOUBLE, 2.3))
        panels = fig.subplots(1, CELLS, sharey=True)
        for c, axes in enumerate(panels):
            for name, v in AMPLITUDES.items():
                g = 1e6 * data[f"pulses.conductance_s_{name}"][:, c]
                axes.plot(data["pulses.pulse"], g, color=COLOURS[name], linewidth=0.35, alpha=0.4)
                axes.plot(data["pulses.pulse"], g.mean(axis=1), color=COLOURS[name], linewidth=1.4, label=f"{v:g} V")
            axes.set(xlabel="pulse", xlim=(0, 2 * PULSES))
            letter(axes, "abcd"[c], f"cell {c + 1}")
            linear_axis(axes)
        panels[0].set_ylabel("conductance (µS)")
        panels[0].set_ylim(8, 68)
        panels[0].legend(loc="upper left", ncols=1, fontsize=6.5, handlelength=1.0, borderaxespad=0.0)
        return fig


def check(data: Data) -> list[Claim]:
    """Both spreads are there, and amplitudes matter."""
    rise = risen(data, "nominal")
    within = float(rise.std(axis=1, ddof=1).mean() / rise.mean())
    n = rise.shape[1]
    between_var = rise.mean(axis=1).var(ddof=1) - rise.var(axis=1, ddof=1).mean() / n
    between = float(np.sqrt(max(between_var, 0.0)) / rise.mean())
    means = [float(risen(data, name).mean()) for name in AMPLITUDES]
    steps = np.diff(data["pulses.conductance_s_nominal"][: PULSES + 1], axis=0)
    wrong = float((steps < 0.0).mean())
    return [
        Claim(
            Text("the same cell answers differently from cycle to cycle (C2CV)", "同一器件多次操作的特性不重合（C2CV）"),
            Text(f"spread of the rise by {PULSES} SET pulses between cycles of a cell, over its mean", f"同一器件各周期{PULSES}次置态上升量的离散度与均值之比"), within, within > 0.1,
        ),
        Claim(
            Text("cells differ from each other (D2DV)", "不同器件的特性不重合（D2DV）"),
            Text("spread of the rise between the cells' means, what cycles contribute taken away, over the mean", "不同器件平均上升量的离散度与均值之比（已扣除C2CV）"), between, between > 0.1,
        ),
        Claim(
            Text("the amplitude of the pulses decides how far a cell goes", "脉冲幅值不同，调制幅度不同"),
            Text("mean rise at the highest amplitude over that at the lowest", "最高与最低幅值下平均上升量之比"), means[2] / means[0], means[0] < means[1] < means[2],
        ),
        Claim(
            Text("single SET pulses may even lower the conductance", "个别置态脉冲甚至使电导下降"),
            Text("share of SET pulses after which a cell conducts less", "置态后电导反而下降的脉冲比例"), wrong, wrong > 0.05,
        ),
    ]  # fmt: skip


ENTRY = Entry(
    name="1.11",
    title=Text("Four cells, several amplitudes, both spreads", "四个单元、多种幅值与两种离散性"),
    caption=Text(
        "Conductance of four simulated cells under 50 SET and 50 RESET pulses of three amplitudes. Thin: single cycles; thick: their mean. Curves of one colour in one panel differ by cycle-to-cycle "
        "spread; the thick ones of one colour differ between panels by the spread from cell to cell, whose size is assumed.",
        "四个仿真单元在三种幅值的50次置态与50次重置脉冲下的电导。细线为单次循环，粗线为平均。同图同色细线之差为C2CV，各图同色粗线之差为D2DV（其大小为假定值）。",
    ),
    facts=facts, compute=compute, draw=draw, check=check, source="cell: P. Yao et al., Nat. Commun. 8, 15199 (2017), doi:10.1038/ncomms15199; W. Wu et al., VLSI Technology 2018",
)  # fmt: skip
