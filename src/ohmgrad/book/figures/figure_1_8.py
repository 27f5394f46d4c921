"""Figure 1.8: write with verify: waveforms of one cell, traces of several, pulses needed by many, and what the word line does."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.figure import Figure

from ohmgrad.book.drawing import letter, waveform
from ohmgrad.book.entry import Arrays, Claim, Data, Entry, Facts, Setting, Text
from ohmgrad.report.style import BLACK, BLUE, DOUBLE, GREY, LAYER_COLOURS, ORANGE, VERMILLION, drawing, linear_axis

SEED, MOST = 7, 40
WORD_SET, WORD_READ = 1.0, 5.0  # word line while SET and while reading (V), assumed
TOLERANCE = 0.2e-6
# Six cells: where they begin and where they should go (siemens); the last is asked for more than MOST pulses can do.
BEGIN = np.array([20, 24, 28, 50, 44, 12.0]) * 1e-6
TARGET = np.array([25, 27, 31, 45, 41, 42.0]) * 1e-6
DRAWN = 2  # the one whose lines are drawn
STEP = 4e-6  # asked of each of many cells


def facts(setting: Setting) -> Facts:
    """Seed of all pulses and readings."""
    return Facts(
        f"{SEED}", f"6 cells; {many(setting)} cells in (c)",
        {"device": "yao2017 behind a transistor of 500 µA/V², threshold 0.5 V (assumed)", "pulses": "1.6 V, 50 ns; reads 0.1 V, 100 ns", "word line": f"{WORD_SET:g} V while SET, {WORD_READ:g} V while read or RESET", "N": f"{MOST} pulses", "tolerance": "0.2 µS"},
    )  # fmt: skip


def many(setting: Setting) -> int:
    """Cells that are all asked for the same change."""
    return 2000 if setting is Setting.full else 400


def _parts() -> tuple[Any, Any]:
    """The cell behind its transistor, and the loops for it."""
    from ohmgrad.arrays.synapse import Synapse
    from ohmgrad.devices.devicefile import load_device
    from ohmgrad.devices.resolve import complete_device, resolve
    from ohmgrad.devices.section import Transistor
    from ohmgrad.learning.activations import ACTIVATIONS
    from ohmgrad.network.assemble import loops
    from ohmgrad.programming.catalogue import find_scheme

    section = load_device("yao2017").model_copy(update={"transistor": Transistor(word_set=WORD_SET, word_reset=WORD_READ)})
    device = resolve(complete_device(section))
    return device, loops(device.law, find_scheme("verify"), ACTIVATIONS["tanh"], synapse=Synapse("single", 1))


def write(parts: Any, begin: np.ndarray, target: np.ndarray, most: int) -> Any:
    """Bring cells from `begin` to `target` with at most so many pulses; the same cells get the same draws however many these are."""
    from ohmgrad.programming.verify import verifying, write_verify

    device, kernels = parts
    how = verifying(device, TOLERANCE, most=most, stop="passed")
    state, none = begin.reshape(1, -1, 1).copy(), np.empty((0, len(begin), 1))
    return write_verify(kernels, device, state, none, target.reshape(-1, 1, 1), how, seed=SEED)


def compute(setting: Setting) -> Arrays:
    """Conductance after every pulse: the loop is run with at most 1, 2, 3 … pulses from the same start."""
    from ohmgrad.devices.transistor import set_voltage

    parts = _parts()
    device = parts[0]
    g, given = [BEGIN], [np.zeros(len(BEGIN), int)]
    for most in range(1, MOST + 1):
        w = write(parts, BEGIN, TARGET, most)
        g.append(w.conductance.ravel())
        given.append(w.pulses.sum(axis=0).ravel())
    ended = w.ended.ravel()
    n = many(setting)
    all_ = write(parts, np.full(n, 20e-6), np.full(n, 20e-6 + STEP), 200)
    p, law = device.params, device.law
    word = np.linspace(0.6, 3.0, 49)
    steps = [
        law.mean_step(
            law.start(20e-6, p), p.v_set, device.section.t_set, p._replace(transistor_word_set=float(v)), device.table
        )
        for v in word
    ]
    seen = [set_voltage(60e-6, 0.1, v - p.transistor_v_th, p.transistor_gain) / 0.1 for v in word]
    high = set_voltage(60e-6, 0.1, WORD_READ - p.transistor_v_th, p.transistor_gain) / 0.1
    return {
        "traces.pulses_allowed": np.arange(MOST + 1), "traces.conductance_s": np.array(g), "traces.pulses_given": np.array(given),
        "cells.target_s": TARGET, "cells.reached": (ended == 1).astype(int),
        "many.pulses": all_.pulses.sum(axis=0).ravel(), "many.conductance_s": all_.conductance.ravel(), "many.target_s": np.full(n, 20e-6 + STEP),
        "word_line.volts": word, "word_line.step_s": np.array(steps), "word_line.share_of_read_voltage": np.array(seen),
        "share_at_read": np.array(high), "v_set_v": np.array(p.v_set), "t_set_s": np.array(device.section.t_set), "mean_step_s": np.array(np.mean([s for v, s in zip(word, steps, strict=True) if abs(v - WORD_SET) < 0.026])),
    }  # fmt: skip


def draw(data: Data) -> Figure:
    """Waveforms of the first cell; traces; pulses needed; the word line's part."""
    with drawing():
        fig = Figure(figsize=(DOUBLE, 4.6))
        axes = fig.subplots(2, 2, width_ratios=[1.15, 1.0])
        _waveforms(axes[0, 0], data)
        _traces(axes[0, 1], data)
        pulses = data["many.pulses"]
        axes[1, 0].hist(pulses, np.arange(0.5, 82.5, 2), color=BLUE, weights=np.full(len(pulses), 100.0 / len(pulses)))
        axes[1, 0].set(xlabel="pulses until the target was passed", ylabel="cells (%)")
        linear_axis(axes[1, 0])
        letter(axes[1, 0], "c", f"{len(pulses)} cells asked for +{1e6 * STEP:g} µS")
        word, right = axes[1, 1], axes[1, 1].twinx()
        word.plot(data["word_line.volts"], 1e6 * data["word_line.step_s"], color=VERMILLION)
        right.plot(data["word_line.volts"], 100 * data["word_line.share_of_read_voltage"], color=BLUE, linestyle="--")
        word.axvline(WORD_SET, color=GREY, linewidth=0.7, linestyle=":")
        word.set(xlabel="word line (V)", ylim=(0, None), xlim=(0.6, 3.0))
        word.set_ylabel("mean SET step (µS)", color=VERMILLION)
        right.set_ylabel("share of read voltage\non the cell (%)", color=BLUE)
        right.set_ylim(0, 103)
        right.spines["right"].set_visible(True)
        linear_axis(word)
        letter(word, "d", "what the transistor does")
        return fig


def _waveforms(axes: Any, data: Data) -> None:
    g = data["traces.conductance_s"][:, DRAWN]
    n = min(int(data["traces.pulses_given"][-1, DRAWN]), 8)
    read, pulse = 100.0, 1e9 * float(data["t_set_s"])  # ns
    lengths = [read] + [pulse, read] * n
    edges = np.concatenate([[0.0], np.cumsum(lengths)])
    writes = np.array([k % 2 == 1 for k in range(len(lengths))])
    current = np.where(writes, 0.0, 0.1 * g[(np.arange(len(lengths)) + 1) // 2])
    waveform(
        axes, edges, np.where(writes, WORD_SET, WORD_READ), 2.0, 0.7, BLACK, "word line", f"{WORD_READ:g} / {WORD_SET:g} V"
    )
    waveform(
        axes,
        edges,
        np.where(writes, float(data["v_set_v"]), 0.1),
        1.0,
        0.7,
        BLUE,
        "bit line",
        f"{float(data['v_set_v']):g} / 0.1 V",
    )
    waveform(
        axes, edges, np.where(writes, 0.0, current), 0.0, 0.7, ORANGE, "source line,\nread", f"{1e6 * current.max():.2f} µA"
    )
    axes.set(xlabel="time (ns)", xlim=(0, edges[-1]), yticks=[], ylim=(-0.1, 2.9))
    axes.spines["left"].set_visible(False)
    letter(axes, "a", f"all {n} pulses of the third cell (green)")


def _traces(axes: Any, data: Data) -> None:
    for k, target in enumerate(data["cells.target_s"]):
        given = data["traces.pulses_given"][:, k]
        g = 1e6 * data["traces.conductance_s"][:, k]
        last = int(given[-1])
        axes.plot(np.arange(last + 1), g[: last + 1], "o-", color=LAYER_COLOURS[k], markersize=1.8, linewidth=0.8)
        axes.plot([0, max(last, 6)], [1e6 * target] * 2, color=LAYER_COLOURS[k], linestyle=":", linewidth=0.8)
        axes.plot(last, g[last], "o" if data["cells.reached"][k] else "X", color=LAYER_COLOURS[k], markersize=5.5)
    axes.set(xlabel="pulse", ylabel="conductance (µS)", xlim=(-0.5, MOST + 1))
    linear_axis(axes)
    letter(axes, "b", "six cells; dotted: targets; cross: given up")


def check(data: Data) -> list[Claim]:
    """What the chapter says of the loop."""
    reached, last = data["cells.reached"], data["traces.pulses_given"][-1]
    pulses, g = data["many.pulses"], data["many.conductance_s"]
    limited = float(data["mean_step_s"] / data["word_line.step_s"][-1])
    miss = float(np.abs(g - data["many.target_s"]).mean() / STEP)
    fixed = float(pulses.std() / pulses.mean())
    return [
        Claim(
            Text("SET and read go on until the reading has passed the target", "反复置态与读取，直到读数越过目标"),
            Text("cells of the first 5 that ended so", "前5个单元中以此结束的个数"), float(reached[:5].sum()), bool(reached[:5].all()),
        ),
        Claim(
            Text("a cell that is not there after N pulses is given up", "超过上限N次仍未达到则终止"),
            Text("pulses of the cell that was asked for too much", "要求过大的单元所用脉冲数"), float(last[5]), bool(last[5] == MOST and not reached[5]),
        ),
        Claim(
            Text("cells are random, so the number of pulses cannot be known beforehand", "电导调制随机，所需脉冲数无法预知"),
            Text("spread over mean of the pulses that equal changes took", "同样改变量所需脉冲数的标准差与均值之比"), fixed, fixed > 0.15,
        ),
        Claim(
            Text("with verify the change is accurate all the same", "写验证仍能较准确地更新"),
            Text("mean miss of the target, as a share of the change", "平均偏差占改变量的比例"), miss, miss < 0.5,
        ),
        Claim(
            Text("a low word line while SET limits the step (compliance)", "置态时字线低电平起限流作用"),
            Text(f"mean step at {WORD_SET:g} V over that at 3 V", "字线低电平与3 V时平均步长之比"), limited, limited < 0.8,
        ),
        Claim(
            Text("a high word line while reading leaves the read voltage to the memristor", "读时字线高电平，使读电压基本降在忆阻器上"),
            Text(f"share at {WORD_READ:g} V, for a cell of 60 µS", "60 µS单元上的分压比例"), float(data["share_at_read"]), float(data["share_at_read"]) > 0.95,
        ),
    ]  # fmt: skip


ENTRY = Entry(
    name="1.8",
    title=Text("Write with verify", "写验证"),
    caption=Text(
        "Read and pulse in turn, by the package's loop. (a) Lines of one cell: while reading the word line is high and the bit line low; while writing it is the other way round. (b) "
        "Conductance of six cells after every pulse, up or down to their targets; one is given up after N = 40. (c) Pulses that equal changes take. (d) Mean step of a SET "
        "pulse, and share of the read voltage that a cell of 60 µS sees, over the word line's voltage; dotted: the voltage used.",
        "由程序中的写验证循环得到。(a) 其中一个单元的字线、位线波形与读电流：读时字线高、位线低，写时相反；(b) 六个单元每次脉冲后的电导，升或降至目标，其一在N = 40次后放弃；(c) 相同改变量所需脉冲数的分布；(d) 置态平均步长及60 µS单元分得的读电压比例随字线电压的变化，点线为所用电压。",
    ),
    facts=facts, compute=compute, draw=draw, check=check, source="scheme and cell: P. Yao et al., Nat. Commun. 8, 15199 (2017), doi:10.1038/ncomms15199",
)  # fmt: skip
