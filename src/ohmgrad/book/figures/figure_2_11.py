"""Figure 2.11: one circuit that reads and writes a cell at a time, against circuits at every line: who is busy when, time and energy."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ohmgrad.book.drawing import letter
from ohmgrad.book.entry import Arrays, Claim, Data, Entry, Facts, Setting, Text
from ohmgrad.book.pairs import PAPER, Size, large, size, small
from ohmgrad.book.training import Trained
from ohmgrad.report.style import BLUE, DOUBLE, GREEN, GREY, ORANGE, VERMILLION, drawing, log_axis

SELECT, SELECT_J, SENSE_J, DRIVE_J = 20e-9, 0.1e-12, 1e-12, 1e-12  # s, J: of the serial circuit, assumed
ROWS, COLUMNS = 6, 4  # of the array whose cells are drawn
KINDS = {"forward": "forward", "backward": "backward", "write": "write", "refresh": "refresh"}
WIDTHS = (16, 32, 64, 128, 256)  # neurons of the first hidden layer


def facts(setting: Setting) -> Facts:
    """Seeds of the networks."""
    s = shown(setting)
    return Facts(
        "1",
        "1 network for each bar and point",
        {
            "network": "528-250-125-10 (b, c); 64-n-16-10 (d)",
            "data": f"{s.train} images (b, c), {500} (d), one epoch",
            "serial circuit": f"{1e9 * SELECT:g} ns and {1e12 * SELECT_J:g} pJ to select, {1e12 * SENSE_J:g} pJ to read, {1e12 * DRIVE_J:g} pJ to drive (assumed)",
            "read, pulse": "100 ns, 50 ns",
            "refresh": "every 100 images",
        },
    )


def shown(setting: Setting) -> Size:
    """Images of the large network's bill."""
    return size(setting)._replace(train=500, test=100, epochs=1, networks=1)


def serial(*more: str) -> tuple[str, ...]:
    """Settings of the serial circuit."""
    return (
        "array.readout=serial",
        f"array.select_time={SELECT}",
        f"array.select_energy={SELECT_J}",
        f"array.sense_energy={SENSE_J}",
        f"array.drive_energy={DRIVE_J}",
        *more,
    )


def parts(t: Trained) -> dict[str, float]:
    """Seconds an image of each kind of work; with the serial circuit, selections are shared out by events."""
    rows = {r["event"]: r for r in t.summary["bill"]["rows"]}
    n = len(t.run.data.train_x)

    def time(*names: str) -> float:
        return sum(float(rows[k]["time_s"] or 0.0) for k in names if k in rows) / n

    out = {
        "forward": time("forward reads"),
        "backward": time("backward reads"),
        "write": time("update slots", "SET pulses", "RESET pulses"),
        "refresh": sum(float(r["time_s"] or 0.0) for k, r in rows.items() if k.startswith("refresh")) / n,
    }
    chosen = time("serial circuit: selections")
    if chosen:
        busy = sum(out.values())
        out = {k: v + chosen * v / busy for k, v in out.items()}
    return out


def compute(setting: Setting) -> Arrays:
    """Bills of the large network both ways; time and size; who is busy in one read and one update of a small array."""
    s = shown(setting)
    out: Arrays = {"kinds.kind": np.array(list(KINDS))}
    for name, settings in (("parallel", ()), ("serial", serial())):
        t = large(s, "refreshed", *settings)
        time = parts(t)
        out[f"kinds.{name}_s"] = np.array([time[k] for k in KINDS])
        out[f"{name}_s"] = np.array(float(t.summary["bill"]["total"]["time_s"]) / 500)
        out[f"{name}_j"] = np.array(float(t.summary["bill"]["total"]["energy_j"]) / 500)
        out[f"{name}_accuracy"] = np.array(float(t.summary["test_accuracy"]))
    widths = WIDTHS if setting is Setting.full else WIDTHS[::2]
    per: dict[str, list[float]] = {"parallel": [], "serial": []}
    for width in widths:
        for name, settings in (("parallel", ()), ("serial", serial())):
            t = small(
                "refreshed",
                *settings,
                f"network.layers=[64, {width}, 16, 10]",
                "synapse.refresh_every=0",
                images=500,
                test=100,
                epochs=1,
            )
            per[name].append(float(t.summary["bill"]["total"]["time_s"]) / 500)
    out |= {
        "sizes.neurons": np.array(widths),
        "sizes.parallel_s": np.array(per["parallel"]),
        "sizes.serial_s": np.array(per["serial"]),
    }
    return out | _busy()


def _busy() -> Arrays:
    """Start, end and cell of each event of one forward read and one update, for both circuits."""
    from ohmgrad.programming.catalogue import find_scheme
    from ohmgrad.programming.change import Rank1
    from ohmgrad.programming.scheme import Pair

    x, u = np.array([1.0, 0.5, 0.0, 0.75, 0.25, 1.0]), np.array([3.0, -2.0, 1.0, -4.0])
    steps = list(find_scheme("overlap").program(Rank1(x, u), Pair(True, 1, (1.0, 1.0), 2.0, 2.0, 50e-9, 50e-9)))
    events: list[tuple[int, float, float, int, int]] = []  # circuit, from, to, cell, kind (0 read, 1 write)
    at = [0.0, 0.0]
    cells = np.arange(ROWS * 2 * COLUMNS).reshape(ROWS, 2 * COLUMNS)
    read = cells[x > 0.0].ravel()
    events += [(0, 0.0, 100e-9, int(c), 0) for c in read]
    for k, c in enumerate(read):
        events.append((1, k * (SELECT + 100e-9) + SELECT, (k + 1) * (SELECT + 100e-9), int(c), 0))
    at = [100e-9, len(read) * (SELECT + 100e-9)]
    pulses = np.zeros(cells.shape, int)
    for s in steps:
        hit = s.row[:, None] - s.column.T.reshape(-1)[None] > 1.2
        events += [(0, at[0], at[0] + s.width, int(c), 1) for c in cells[hit]]
        pulses += hit
        at[0] += s.width
    for c in cells[pulses > 0]:
        for _ in range(int(pulses.ravel()[c])):
            events.append((1, at[1] + SELECT, at[1] + SELECT + 50e-9, int(c), 1))
            at[1] += SELECT + 50e-9
    table = np.array(events)
    return {f"busy.{name}": table[:, k] for k, name in enumerate(("circuit", "from_s", "to_s", "cell", "kind"))} | {
        "busy_parallel_s": np.array(at[0]),
        "busy_serial_s": np.array(at[1]),
    }


def draw(data: Data) -> Figure:
    """Who is busy when; times; energy; sizes."""
    with drawing():
        fig = Figure(figsize=(DOUBLE, 3.3))
        parts: Any = fig.subfigures(1, 2, width_ratios=[1.1, 1.5])
        top, low = parts
        one, two = top.subplots(2, 1)
        for axes, circuit, title in ((one, 0, "circuits at every line"), (two, 1, "one circuit for all")):
            _raster(axes, data, circuit)
            letter(axes, "ab"[circuit], title)
        two.set_xlabel("time (µs)")
        left, middle, right = low.subplots(1, 3, width_ratios=[0.8, 0.75, 1.0])
        colours = (BLUE, GREEN, VERMILLION, ORANGE)
        for k, kind in enumerate(data["kinds.kind"]):
            for i, name in enumerate(("parallel", "serial")):
                value = 1e6 * float(data[f"kinds.{name}_s"][k])
                left.bar(i + 0.2 * (k - 1.5), value, 0.18, color=colours[k], label=kind if not i else None)
        log_axis(left)
        left.set_xticks([0, 1], ["parallel", "serial"])
        left.set_ylim(0.05, 3e6)
        left.set_ylabel("time an image (µs)")
        left.legend(loc="upper left", fontsize=6, handlelength=0.8, borderaxespad=0.1)
        letter(left, "c")
        middle.bar([0, 1], [1e9 * float(data[f"{n}_j"]) for n in ("parallel", "serial")], 0.6, color=[GREY, "black"])
        log_axis(middle)
        middle.set_xticks([0, 1], ["parallel", "serial"])
        middle.set_ylabel("energy an image (nJ)")
        letter(middle, "d")
        for name, colour, marker in (("serial", "black", "s"), ("parallel", GREY, "o")):
            right.plot(data["sizes.neurons"], 1e6 * data[f"sizes.{name}_s"], marker=marker, color=colour, label=name)
        right.set_xscale("log", base=2)
        log_axis(right)
        right.set_xticks(data["sizes.neurons"], [str(n) for n in data["sizes.neurons"]], fontsize=6.5)
        right.set(xlabel="hidden neurons", ylabel="time an image (µs)")
        right.legend(loc="center left", fontsize=6.5)
        letter(right, "e", "no refresh")
        return fig


def _raster(axes: Axes, data: Data, circuit: int) -> None:
    mine = data["busy.circuit"] == circuit
    for kind, colour, name in ((0, BLUE, "read"), (1, VERMILLION, "write")):
        here = mine & (data["busy.kind"] == kind)
        axes.hlines(
            data["busy.cell"][here],
            1e6 * data["busy.from_s"][here],
            1e6 * data["busy.to_s"][here],
            color=colour,
            linewidth=1.6,
            label=name,
        )
    axes.set(ylabel="cell", ylim=(-1, ROWS * 2 * COLUMNS * (1.0 if circuit else 1.45)), xlim=(0, None), yticks=[0, 20, 40])
    if not circuit:
        axes.legend(loc="upper right", fontsize=6.5)


def check(data: Data) -> list[Claim]:
    """What serial circuits cost."""
    time, energy = float(data["serial_s"] / data["parallel_s"]), float(data["serial_j"] / data["parallel_j"])
    no_refresh = float(data["kinds.serial_s"][:3].sum() / data["kinds.parallel_s"][:3].sum())
    p, s = data["sizes.parallel_s"], data["sizes.serial_s"]
    grown, spread = float(s[-1] / s[0]), float(p.max() / p.min() - 1.0)
    same = float(data["serial_accuracy"] - data["parallel_accuracy"])
    return [
        Claim(
            Text("the experiment's circuit selects one cell, by word line and bit line, and reads or writes it", "实验电路每次由字线和位线选中一个单元进行读或写"),
            Text("time of an image, serial over parallel, without refresh: the overlap scheme is for circuits at every line", "单张图片串行与并行耗时之比（不含刷新）"), no_refresh, no_refresh > 1e4,
        ),
        Claim(Text("refresh is serial in either", "刷新在两种情况下都是串行的"), Text("the same with refresh every 100 images", "含每100张刷新一次时的耗时之比"), time, time < no_refresh),
        Claim(
            Text("a circuit that is shared must be switched for each cell", "共用电路须为每个单元切换"),
            Text("energy of an image, serial over parallel, periphery of parallel lines not counted", "单张图片串行与并行的能耗之比（未计并行外围电路）"), energy, energy > 1.0,
        ),
        Claim(
            Text("serial time grows with the array, parallel time does not", "串行耗时随阵列增大，并行不变"),
            Text(f"serial time of the widest network over the narrowest; parallel times differ by {100 * spread:.0f} %", "最宽与最窄网络的串行耗时之比"), grown, grown > 5.0 and spread < 0.1,
        ),
        Claim(Text("what is learned is the same", "学习结果相同"), Text("difference in test accuracy", "测试准确率之差"), same, same == 0.0),
    ]  # fmt: skip


ENTRY = Entry(
    name="2.11",
    title=Text("Read and write circuits: one for all, or at every line", "读写电路：整个阵列共用一个，或每线一个"),
    caption=Text(
        "(a, b) Cells of an array of 6 × 4 pairs that are busy during a forward read and an update (overlapping half pulses, or the same pulses one by one; time to select between). (c) Time for an image of the large network, by kind "
        "of work. (d) Energy, the serial circuit's included. (e) Time for an image over the size of the network.",
        "(a, b) 6×4个差分对的阵列在一次前向读与一次更新中各单元的忙碌时段（重叠半脉冲并行；或同样的脉冲逐个施加，其间需选通）；(c) 大网络单张图片各类操作的耗时；(d) 能耗（含串行电路）；(e) 耗时随网络规模的变化。",
    ),
    facts=facts, compute=compute, draw=draw, check=check, source=PAPER,
)  # fmt: skip
