"""Figure 2.5: what real cells do instead of equal steps up and down: six imperfections, each from a law or a published cell."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from ohmgrad.book.drawing import letter
from ohmgrad.book.entry import Arrays, Claim, Data, Entry, Facts, Setting, Text
from ohmgrad.report.style import BLUE, DOUBLE, GREY, ORANGE, VERMILLION, drawing, linear_axis

PULSES, SEED = 100, 3


def facts(setting: Setting) -> Facts:
    """Seed of all pulses and cells."""
    cells = "; ".join(f"{title}: {cell}" for title, cell in CELLS.items())
    return Facts(
        f"{SEED}",
        "1 to 12 cells a panel",
        {"pulses": f"{PULSES} SET, then {PULSES} RESET, nominal amplitude and width", "cells": cells},
    )


CELLS = {
    "dead, stuck-on": "linear, 30 % from pulse to pulse, with that fault",
    "nonlinear": "burr2014 (phase change: saturates; one full RESET), and the flash law",
    "asymmetric": "pcmo-park2013",
    "cycle to cycle": "taox-hfox-wu2018, one cell, 8 cycles",
    "device to device": "linear, 12 cells, steps and largest conductance 30 % from cell to cell (as in gokmen2016), no spread from pulse to pulse",
}


def compute(setting: Setting) -> Arrays:
    """Conductance after every pulse, as a share of each cell's nominal window."""
    from ohmgrad.devices.devicefile import load_device
    from ohmgrad.devices.faults import DEAD, STUCK_ON
    from ohmgrad.devices.response import draw_cells
    from ohmgrad.devices.section import Device, Faults, Spread

    linear = Device(
        law="linear",
        parameters={"g_min": 0.1e-6, "g_max": 20e-6, "step_set": 0.19e-6, "step_reset": 0.19e-6, "sigma": 0.3},
        faults=Faults(dead=0.01, stuck_on=0.01),
    )
    faulty = _ready(linear)
    ideal = _ready(linear.model_copy(update={"faults": Faults(), "parameters": {**linear.parameters, "sigma": 0.0}}))
    burr, flash = _ready(load_device("burr2014")), _ready(Device(law="flash", t_set=20e-6, t_reset=1e-3, t_full=1e-3))
    pcmo, taox = (_ready(load_device(name)) for name in ("pcmo-park2013", "taox-hfox-wu2018"))
    each = {name: Spread(sigma=0.3) for name in ("step_set", "step_reset", "g_max")}
    spread = _ready(linear.model_copy(update={"faults": Faults(), "variation": each}))
    many = draw_cells(spread, 12, SEED)
    out: Arrays = {"pulses.number": np.arange(2 * PULSES + 1)}
    ramps = {
        "ideal": _train(ideal, [ideal.params]), "dead": _train(faulty, [faulty.params._replace(fault=DEAD)]), "stuck": _train(faulty, [faulty.params._replace(fault=STUCK_ON)]),
        "saturating": _train(burr, [burr.params], full=True), "flash": _train(flash, [flash.params]), "asymmetric": _train(pcmo, [pcmo.params], quiet=True),
        "cycle": _train(taox, [taox.params] * 8), "device": _train(spread, many, quiet=True),
    }  # fmt: skip
    for name, g in ramps.items():
        out[f"pulses.{name}"] = g.T if len(g) > 1 else g[0]
    return out


def _ready(device: Any) -> Any:
    from ohmgrad.devices.resolve import complete_device, resolve

    return resolve(complete_device(device))


def _train(device: Any, cells: Sequence[Any], full: bool = False, quiet: bool = False) -> np.ndarray:
    """(cells, pulses + 1) shares of the window; full: RESET by full pulses; quiet: without spread from pulse to pulse."""
    from ohmgrad.devices.response import ramp

    p, d = device.params, device.section
    if quiet:
        cells = [c._replace(sigma=0.0, sigma_abs=0.0, sigma_g=0.0) for c in cells]
    down = (-p.v_full, d.t_full) if full else (-p.v_reset, d.t_reset)
    g = ramp(device, cells, [(p.v_set, d.t_set)] * PULSES + [down] * PULSES, SEED)
    return np.asarray((g - p.g_min) / (p.g_max - p.g_min))


def draw(data: Data) -> Figure:
    """Six panels; grey: equal steps."""
    with drawing():
        fig = Figure(figsize=(DOUBLE, 3.6))
        panels = fig.subplots(2, 3, sharex=True, sharey=True).ravel()
        n = data["pulses.number"]
        lines = (
            ("dead: no SET", ("dead",)), ("stuck on: no RESET", ("stuck",)), ("nonlinear", ("saturating", "flash")),
            ("asymmetric", ("asymmetric",)), ("cycle to cycle", ("cycle",)), ("device to device", ("device",)),
        )  # fmt: skip
        for k, (axes, (title, names)) in enumerate(zip(panels, lines, strict=True)):
            axes.plot(n, data["pulses.ideal"], color=GREY, linewidth=0.8, linestyle="--", label="equal steps")
            axes.axvline(PULSES, color=GREY, linewidth=0.4)
            for name, colour in zip(names, (BLUE, ORANGE), strict=False):
                g = np.atleast_2d(data[f"pulses.{name}"].T)
                for i, one in enumerate(g):
                    axes.plot(
                        n,
                        one,
                        color=VERMILLION if k >= 4 else colour,
                        linewidth=0.6 if len(g) > 1 else 1.2,
                        alpha=0.75 if len(g) > 1 else 1.0,
                        label=("phase change" if name == "saturating" else "flash") if k == 2 and not i else None,
                    )
            letter(axes, "abcdef"[k], title)
            linear_axis(axes)
        panels[2].legend(loc="upper right", fontsize=6.5)
        for axes in panels[3:]:
            axes.set_xlabel("pulse (100 SET, 100 RESET)")
        for axes in panels[::3]:
            axes.set_ylabel("share of window")
        return fig


def check(data: Data) -> list[Claim]:
    """What each panel must show."""
    top = PULSES
    dead, stuck = (float(data[f"pulses.{k}"][top]) for k in ("dead", "stuck"))
    left = float(data["pulses.stuck"][-1])
    s = data["pulses.saturating"]
    shrink = float((s[10] - s[0]) / (s[top] - s[top - 10]))
    drop = float((s[top] - s[top + 1]) / (s[top] - s[0]))
    a = data["pulses.asymmetric"]
    asym = float((a[1] - a[0]) / (a[top] - a[top + 1]))
    cycles, cells = data["pulses.cycle"][top // 2], data["pulses.device"][top // 2]
    wrong = float((np.diff(data["pulses.cycle"][: top // 2], axis=0) < 0.0).mean())
    return [
        Claim(Text("dead cells cannot be SET", "器件无法置态"), Text("share of the window reached by 100 SET pulses", "100个置态脉冲后的窗口占比"), dead, dead == 0.0),
        Claim(Text("stuck-on cells can be SET, but not RESET", "器件可置态而无法重置"), Text("window lost in 100 RESET pulses", "100个重置脉冲后的下降量"), stuck - left, stuck - left <= 0.0 < stuck),
        Claim(Text("nonlinear: SET saturates …", "非线性：置态出现饱和……"), Text("first ten steps over the last ten, phase-change cell", "前十步与末十步增量之比（相变器件）"), shrink, shrink > 1.5),
        Claim(Text("… and RESET is abrupt", "……重置出现陡降"), Text("share of the way that the first RESET pulse takes back", "首个重置脉冲的下降比例"), drop, drop > 0.99),
        Claim(Text("asymmetric: steps up and down differ much", "增减非对称：增减步长差异很大"), Text("first RESET step over first SET step from either end (PCMO)", "两端首个重置与置态步长之比（PCMO）"), 1.0 / asym, not 0.67 < asym < 1.5),
        Claim(
            Text("cycle to cycle: a pulse may even move the cell the wrong way", "多次操作离散：实际变化有时与预期相反"),
            Text(f"share of SET pulses that lowered the conductance; spread of a cell after 50 pulses {float(cycles.std(ddof=1)):.2g} of the window", "使电导下降的置态脉冲比例"), wrong, wrong > 0.0 and float(cycles.std(ddof=1)) > 0.0,
        ),
        Claim(Text("device to device: curves do not coincide", "不同器件的曲线不重合"), Text("spread of 12 cells after 50 SET pulses (of the window)", "50个置态脉冲后12个器件的离散"), float(cells.std(ddof=1)), float(cells.std(ddof=1)) > 0.02),
    ]  # fmt: skip


ENTRY = Entry(
    name="2.5",
    title=Text("Responses that are not ideal", "非理想的电导响应"),
    caption=Text(
        "Conductance over 100 SET and 100 RESET pulses, as simulated from the laws; dashed: equal steps. (a) A cell that cannot be SET, (b) one that cannot be RESET. (c) Steps that shrink: phase change (blue, with its abrupt "
        "RESET) and flash (orange). (d) Steps that differ up and down: PCMO. (e) One TaOx/HfOx cell in eight cycles. (f) Twelve cells of equal steps whose size and window differ.",
        "100个置态与100个重置脉冲下的电导（由器件模型仿真，虚线为等步长）。(a) 无法置态；(b) 无法重置；(c) 步长递减：相变器件（蓝，重置陡降）与闪存（橙）；(d) 增减不对称：PCMO；(e) 同一TaOx/HfOx器件的八次循环；(f) 十二个步长与窗口各异的器件。",
    ),
    facts=facts, compute=compute, draw=draw, check=check, source="cells: see `ohmgrad device show` for burr2014, pcmo-park2013, taox-hfox-wu2018, gokmen2016, flash",
)  # fmt: skip
