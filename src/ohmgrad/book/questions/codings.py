"""Question 7: grey levels as amplitudes, numbers of pulses, widths, or one bit: what each costs and what bent cells do to it."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from ohmgrad.book.drawing import letter
from ohmgrad.book.entry import Arrays, Claim, Data, Entry, Facts, Setting, Text
from ohmgrad.book.training import conductances, train
from ohmgrad.report.style import BLUE, DOUBLE, GREEN, ORANGE, VERMILLION, drawing, linear_axis, log_axis

CODINGS = ("pulse-number", "pulse-width", "amplitude", "binary")
LABELS = ("num-\nber", "width", "ampli-\ntude", "one\nbit")
COLOURS = (BLUE, GREEN, VERMILLION, ORANGE)
V, SLOT, LEVELS = 0.1, 100e-9, 255
BENDS = (1e9, 0.2, 0.1, 0.05, 0.035)  # v_0 of the cells' sinh (V); the first: ohmic
EPOCHS = 40


def facts(setting: Setting) -> Facts:
    """Seed of the experiment."""
    return Facts(
        "1",
        "1 network trained on ohmic cells, its 15 test images",
        {
            "experiment": f"faces, write with verify, {EPOCHS} epochs",
            "read": f"{V:g} V; slots of 100 ns",
            "cells": "I = G v₀ sinh(V/v₀)",
        },
    )


def compute(setting: Setting) -> Arrays:
    """Outputs by each coding on cells that bend, and time, energy and edges of a read."""
    from ohmgrad.devices.current import CURRENTS

    t = train("faces", "write=verify", "stop.when=never", replicas=1, epochs=EPOCHS)
    g, s = conductances(t.run)[0][:-1, :, 0], t.run.setup
    x, y = t.run.data.test_x, t.run.data.test_y
    counts = np.rint(x * LEVELS)
    bits = (x >= 0.5).astype(float)
    gain, reference = float(s.learning.gain[0]), s.reference

    def outputs(share: np.ndarray, inputs: np.ndarray) -> np.ndarray:
        return np.asarray(np.tanh(gain * (share - reference * inputs.sum(axis=1, keepdims=True))))

    error: dict[str, list[float]] = {c: [] for c in CODINGS}
    right: dict[str, list[float]] = {c: [] for c in CODINGS}
    ideal = outputs(x @ g, x)
    for bend in BENDS:
        shape = CURRENTS["sinh" if bend < 1e3 else "ohmic"]
        unit = shape(V, bend) / V  # what a full pulse gives over an ohmic one: known, and divided out
        bent = np.array([[shape(V * a, bend) for a in row] for row in x])  # I/G of each amplitude
        full = shape(V, bend) * g
        shares = {
            "pulse-number": counts / LEVELS @ full / V / unit, "pulse-width": counts / LEVELS @ full / V / unit,
            "amplitude": bent @ g / V / unit, "binary": bits @ full / V / unit,
        }  # fmt: skip
        for name in CODINGS:
            found = outputs(shares[name], bits if name == "binary" else x)
            error[name].append(float(np.sqrt(((found - ideal) ** 2).mean())))
            right[name].append(float((found.argmax(axis=1) == y).mean()))
    column = g.sum(axis=1)
    pulse = V * V * SLOT * column  # energy of a pulse on each bit line, joules
    slots = {"pulse-number": LEVELS, "pulse-width": LEVELS, "amplitude": 1, "binary": 1}
    energy = {"pulse-number": counts @ pulse, "pulse-width": counts @ pulse, "amplitude": x**2 @ pulse, "binary": bits @ pulse}
    edges = {
        "pulse-number": 2 * counts.sum(axis=1),
        "pulse-width": 2.0 * (counts > 0).sum(axis=1),
        "amplitude": 2.0 * (x > 0).sum(axis=1),
        "binary": 2 * bits.sum(axis=1),
    }
    out: Arrays = {"cells.v_0_v": np.array(BENDS), "codings.coding": np.array(CODINGS)}
    for name in CODINGS:
        out |= {f"cells.error_{name}": np.array(error[name]), f"cells.accuracy_{name}": np.array(right[name])}
    out |= {
        "codings.time_s": np.array([SLOT * slots[c] for c in CODINGS]),
        "codings.energy_j": np.array([float(np.mean(energy[c])) for c in CODINGS]),
    }
    out |= {
        "codings.edges": np.array([float(np.mean(edges[c])) for c in CODINGS]),
        "codings.levels_of_voltage": np.array([1, 1, LEVELS, 1]),
    }
    return out


def draw(data: Data) -> Figure:
    """Error by how much cells bend; time, energy and edges of a read."""
    with drawing():
        fig = Figure(figsize=(DOUBLE, 2.5))
        left, *rest = fig.subplots(1, 4, width_ratios=[1.5, 1, 1, 1])
        at = np.arange(len(BENDS))
        for name, colour, mark in zip(CODINGS, COLOURS, "osD^", strict=True):
            left.plot(
                at,
                data[f"cells.error_{name}"],
                marker=mark,
                color=colour,
                linestyle="--" if name == "pulse-width" else "-",
                label=name,
            )
        left.set_xticks(at, ["ohmic", *(f"{v:g}" for v in BENDS[1:])])
        left.set(xlabel="$v_0$ of the cells (V): bent from left to right", ylabel="rms error of the outputs")
        left.set_ylim(-0.02, 1.5 * left.get_ylim()[1])
        left.legend(loc="upper left", ncols=2, fontsize=6.5)
        linear_axis(left)
        letter(left, "a")
        units = (
            ("time_s", "time of a read (µs)", 1e-6),
            ("energy_j", "energy of a read (nJ)", 1e-9),
            ("edges", "edges on the bit lines", 1.0),
        )
        for k, (axes, (name, label, unit)) in enumerate(zip(rest, units, strict=True)):
            values = data[f"codings.{name}"] / unit
            axes.bar(range(4), values, 0.7, color=COLOURS)
            axes.set_xticks(range(4), LABELS, fontsize=6.5)
            axes.tick_params(axis="x", length=0)
            axes.set_ylabel(label)
            log_axis(axes)
            axes.set_ylim(bottom=10.0 ** np.floor(np.log10(values.min()) - 0.01))
            letter(axes, "bcd"[k])
        return fig


def check(data: Data) -> list[Claim]:
    """Advantages and drawbacks of each coding."""
    bent = {c: float(data[f"cells.error_{c}"][3]) for c in CODINGS}
    time, energy = (
        dict(zip(CODINGS, data["codings.time_s"], strict=True)),
        dict(zip(CODINGS, data["codings.energy_j"], strict=True)),
    )
    edges = dict(zip(CODINGS, data["codings.edges"], strict=True))
    return [
        Claim(
            Text("other codings: the pulse's amplitude, its width, one bit", "其他方案：脉冲幅值、脉宽、单比特"),
            Text("codings compared, all giving the same outputs on ohmic cells but one bit (largest rms error of the others)", "除单比特外，各方案在欧姆器件上输出一致（其余方案的最大误差）"),
            max(float(data[f"cells.error_{c}"][0]) for c in CODINGS[:3]), max(float(data[f"cells.error_{c}"][0]) for c in CODINGS[:3]) < 0.01,
        ),
        Claim(
            Text("pulses of one amplitude suffer nothing from bent I-V curves", "同幅值脉冲不受伏安非线性影响"),
            Text(f"rms error of amplitudes over that of numbers of pulses, v₀ = {BENDS[3]:g} V", f"v₀ = {BENDS[3]:g} V时幅值与脉冲数编码误差之比"), bent["amplitude"] / max(bent["pulse-number"], 1e-4), bent["pulse-number"] < 0.01 < 0.1 < bent["amplitude"],
        ),
        Claim(Text("they pay for it in time", "代价是时间"), Text("time of a read, number of pulses over amplitude", "一次读操作耗时之比（脉冲数/幅值）"), float(time["pulse-number"] / time["amplitude"]), bool(time["pulse-number"] > 100 * time["amplitude"])),
        Claim(Text("… and energy", "……和能量"), Text("energy of a read, number of pulses over amplitude", "一次读操作能耗之比（脉冲数/幅值）"), float(energy["pulse-number"] / energy["amplitude"]), bool(energy["pulse-number"] > 50 * energy["amplitude"])),
        Claim(Text("widths save the edges, which charge the lines", "脉宽编码节省了给导线充电的脉冲沿"), Text("edges of a read, number over width", "一次读操作脉冲沿数之比（脉冲数/脉宽）"), float(edges["pulse-number"] / edges["pulse-width"]), bool(edges["pulse-number"] > 20 * edges["pulse-width"])),
        Claim(
            Text("one bit is the cheapest and loses the grey levels", "单比特最省，但丢失灰度"),
            Text("rms error of the outputs with one bit, ohmic cells", "单比特编码的输出误差（欧姆器件）"), float(data["cells.error_binary"][0]), bool(data["cells.error_binary"][0] > 0.05),
        ),
    ]  # fmt: skip


ENTRY = Entry(
    name="q7",
    title=Text("Other codings of the grey level", "灰度值的其他编码方案"),
    caption=Text(
        "A network trained on ohmic cells is read in four codings of its inputs. (a) Error of its outputs where the cells' I-V curves bend. (b to d) Time, energy, and edges on all bit lines, of one read. Amplitudes also need a converter of 255 voltages "
        "for each line, the others one voltage and a counter.",
        "在欧姆器件上训练的网络以四种输入编码读出。(a) 器件伏安曲线弯曲时的输出误差；(b–d) 一次读操作的耗时、能耗与全部位线上的脉冲沿数。幅值编码每根线还需255级电压的转换器，其余方案只需一个电压与计数器。",
    ),
    equations=("1.1", "1.9"), facts=facts, compute=compute, draw=draw, check=check,
)  # fmt: skip
