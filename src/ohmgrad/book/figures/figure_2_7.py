"""Figure 2.7: a selector's current against voltage, up and down again, with a resistor and with memristors in series."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.figure import Figure

from ohmgrad.book.drawing import letter
from ohmgrad.book.entry import Arrays, Claim, Data, Entry, Facts, Setting, Text
from ohmgrad.report.style import BLUE, DOUBLE, GREY, ORANGE, VERMILLION, drawing, linear_axis, log_axis

V_TH, V_HOLD, R_ON, R_OFF = 0.4, 0.1, 1e3, 1e9
SERIES = 1e-3  # S: the load while the selector alone is swept
CELLS = (2e-6, 10e-6, 50e-6)  # S: memristors in series
TOP = 0.603
DIODE = 0.7  # V that a silicon diode keeps for itself (the chapter)


def facts(setting: Setting) -> Facts:
    """Nothing is random here."""
    return Facts(
        "none: nothing is random",
        "1 selector; 3 memristors in series with it",
        {
            "selector": f"on above {V_TH:g} V, holds {V_HOLD:g} V, {R_ON:g} Ω on, {R_OFF:g} Ω off (assumed)",
            "load": "1 kΩ in (a); 2, 10, 50 µS in (b), (c)",
        },
    )


def compute(setting: Setting) -> Arrays:
    """A 1 × 1 array driven up and down, both signs, the switch remembering its state; then reads of memristors behind it."""
    from ohmgrad.arrays.circuit.access import Selector
    from ohmgrad.arrays.circuit.crossbar import Crossbar

    n = 121 if setting is Setting.full else 61
    up = np.linspace(0.0, TOP, n)
    sweep = np.concatenate([up, up[-2::-1], -up[1:], -up[-2::-1]])
    access = Selector(V_TH, V_HOLD, R_ON, R_OFF)
    volts, current, state = [], [], []
    bar = Crossbar(np.array([[SERIES]]), access=access)
    on: Any = "off"
    for v in sweep:
        s = bar.solve([v], 0.0, start=on)
        on = s.selector
        i = float(s.cell_current[0, 0])
        current.append(i)
        volts.append(v - i / SERIES)  # over the selector alone
        state.append(int(on[0, 0]))
    out: Arrays = {
        "sweep.step": np.arange(len(sweep)),
        "sweep.applied_v": sweep,
        "sweep.selector_v": np.array(volts),
        "sweep.current_a": np.array(current),
        "sweep.on": np.array(state),
        "read.applied_v": up,
    }
    for k, g in enumerate(CELLS):
        one, held = Crossbar(np.array([[g]]), access=access), []
        on = "off"
        for v in (TOP, *up[::-1]):
            s = one.solve([v], 0.0, start=on)
            on = s.selector
            held.append(float(s.cell_current[0, 0]))
        out[f"read.current_a_{k}"] = np.array(held[1:][::-1])
    return out


def draw(data: Data) -> Figure:
    """The loop; reads through selectors that are on; what the memristor gets."""
    with drawing():
        fig = Figure(figsize=(DOUBLE, 2.6))
        left, middle, right = fig.subplots(1, 3, width_ratios=[1.35, 1.0, 1.0])
        v, i, top = data["sweep.selector_v"], np.maximum(np.abs(data["sweep.current_a"]), 1e-12), len(data["read.applied_v"])
        left.plot(v, i, "-", color=BLUE)
        left.plot(v[:top], i[:top], ".", color=VERMILLION, markersize=2.5, label="up")
        left.plot(v[top : 2 * top - 1], i[top : 2 * top - 1], ".", color=ORANGE, markersize=2.5, label="down")
        log_axis(left)
        for at, name in ((V_TH, "$V_{th}$"), (V_HOLD, "$V_{hold}$")):
            left.axvline(at, color=GREY, linewidth=0.6, linestyle=":")
            left.annotate(
                name, (at, 1.0), xycoords=("data", "axes fraction"), xytext=(2, -8), textcoords="offset points", fontsize=7
            )
        left.set(xlabel="voltage over the selector (V)", ylabel="|current| (A)")
        left.legend(loc="lower right")
        letter(left, "a")
        for k, (g, colour) in enumerate(zip(CELLS, (BLUE, ORANGE, VERMILLION), strict=True)):
            applied, current = data["read.applied_v"], data[f"read.current_a_{k}"]
            middle.plot(applied, 1e6 * current, color=colour, label=f"{1e6 * g:g} µS")
            middle.plot(applied, 1e6 * g * applied, color=colour, linestyle="--", linewidth=0.7)
            on = applied > 0.12
            right.plot(applied[on], 100 * current[on] / g / applied[on], color=colour)
        middle.set(xlabel="voltage applied (V)", ylabel="current (µA)")
        middle.legend(loc="upper left")
        linear_axis(middle)
        letter(middle, "b", "memristor behind it, on")
        applied = data["read.applied_v"]
        right.plot(
            applied[applied > 0.12],
            100 * np.maximum(1 - DIODE / np.maximum(applied[applied > 0.12], 1e-9), 0),
            color=GREY,
            linestyle="--",
        )
        right.annotate("a diode of 0.7 V", (0.35, 4), fontsize=7, color=GREY)
        right.set(xlabel="voltage applied (V)", ylabel="share on the memristor (%)", ylim=(-2, 102))
        letter(right, "c")
        return fig


def check(data: Data) -> list[Claim]:
    """What the chapter says of the loop."""
    on, v = data["sweep.on"], data["sweep.applied_v"]
    top = len(data["read.applied_v"])
    at = float(v[:top][on[:top] != 0][0])
    down = slice(top, 2 * top - 1)
    kept = float(v[down][on[down] != 0][-1])
    i = np.abs(data["sweep.current_a"])
    ratio = float(i[:top][on[:top] != 0][0] / i[:top][on[:top] == 0][-1])
    g, applied, current = CELLS[0], data["read.applied_v"], data["read.current_a_0"]
    lost = float(applied[-1] - current[-1] / g)
    return [
        Claim(Text("it turns on when its voltage reaches V_th", "正向电压达到V_th后开启"), Text("voltage at which it is on for the first time", "首次导通的电压"), at, abs(at - V_TH) < 0.02),
        Claim(Text("and stays on as long as more than V_hold is left, far below V_th", "只要电压高于V_hold即保持导通，且V_hold远小于V_th"), Text("lowest voltage on the way down at which it is still on", "回扫时仍导通的最低电压"), kept, V_HOLD <= kept < 0.35 * V_TH),
        Claim(Text("from high to low resistance in one jump", "从高阻态跳变为低阻态"), Text("current just after over just before the jump", "跳变后与跳变前电流之比"), ratio, ratio > 1e3),
        Claim(
            Text("on, it keeps about 0.1 V, far less than the 0.7 V of a diode, so that the memristor gets most of the voltage", "导通后仅保持约0.1 V，远低于二极管的0.7 V，电压基本降在忆阻器上"),
            Text("volts that a memristor of 2 µS misses at 0.6 V", "0.6 V时2 µS忆阻器损失的电压"), lost, lost < 0.15,
        ),
    ]  # fmt: skip


ENTRY = Entry(
    name="2.7",
    title=Text("A selector's loop", "选通管的伏安回线"),
    caption=Text(
        "(a) Current through a threshold switch, voltage swept up, down and with the other sign (1 kΩ in series): on at V_th, off again near V_hold. (b) Memristors behind a selector that is on; dashed: "
        "without it. (c) Share of the voltage that they get; grey: behind a diode that keeps 0.7 V nothing would be left. Solved as a 1 × 1 array.",
        "(a) 阈值开关的电流（串联1 kΩ，电压先升后降，再反向）：V_th处开启，V_hold附近关断；(b) 选通管导通后与其串联的忆阻器的电流，虚线为无选通管；(c) 忆阻器分得的电压比例，灰线：若为0.7 V的二极管则几乎没有剩余。以1×1阵列求解。",
    ),
    facts=facts, compute=compute, draw=draw, check=check, source="model of a threshold switch: ohmgrad.arrays.circuit.access.Selector; values typical of the chapter's measured one",
)  # fmt: skip
