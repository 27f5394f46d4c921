"""Summary 1 (§3): flash for weights trained elsewhere, memristors for training in place: time and energy of both."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.figure import Figure

from ohmgrad.book.drawing import letter
from ohmgrad.book.entry import Arrays, Claim, Data, Entry, Facts, Setting, Text
from ohmgrad.book.pairs import layers, small
from ohmgrad.report.style import BLUE, DOUBLE, GREEN, ORANGE, drawing, linear_axis, log_axis

SHAPE = ("network.layers=[64, 32, 10]", "synapse.w_max=1.5", "learning.rate=0.1")
NAMES = {"flash": "flash", "memristor": "memristor"}
COLOURS = {"flash": ORANGE, "memristor": BLUE}
ERASE = 1e-3  # s: of a block of flash, all cells at once
PROGRAM = 20e-6  # s: one program pulse of a flash cell
REFRESH = 100  # images between refreshes of one-way pairs


def facts(setting: Setting) -> Facts:
    """Seeds of training and of programming."""
    return Facts(
        "1",
        "1 network trained; its weights on 1 array of each kind",
        {
            "network": "64-32-10",
            "trained": f"{_epochs(setting)} epochs of 2,000 images",
            "flash": f"law flash: program {1e6 * PROGRAM:g} µs at 14 V, erase {1e3 * ERASE:g} ms at 16 V, whole block (assumed)",
            "memristor": "burr2014: 50 ns at 2 V (assumed)",
            "writing": "elsewhere: with verify, to 2 % of the window; in place: pulses counted in training",
        },
    )


def _epochs(setting: Setting) -> int:
    return 8 if setting is Setting.full else 4


def _sections() -> dict[str, Any]:
    from ohmgrad.devices.devicefile import load_device
    from ohmgrad.devices.section import Device

    return {"flash": Device(law="flash", t_set=PROGRAM, t_reset=ERASE, t_full=ERASE), "memristor": load_device("burr2014")}


def compute(setting: Setting) -> Arrays:
    """Programming, with what it costs; the pulses of training in place at either cell's time and energy."""
    from ohmgrad.devices.resolve import complete_device, resolve
    from ohmgrad.experiments.program import program

    t = small(
        "refreshed",
        *SHAPE,
        f"synapse.refresh_every={REFRESH}",
        epochs=_epochs(setting),
        look=layers,
        chunk=2000 * _epochs(setting),
    )
    arrays = t.seen[-1]
    run, s = t.run, t.run.setup
    weights = {f"W{k}": a.weights for k, a in enumerate(arrays)}
    test_x, test_y = np.column_stack([run.data.test_x, np.ones(len(run.data.test_x))]), run.data.test_y
    out: Arrays = {"devices.name": np.array(list(NAMES)), "trained_accuracy": np.array(float(t.summary["test_accuracy"]))}
    rows = {r["event"]: r for r in t.summary["bill"]["rows"]}
    n = run.samples
    slots = int(s.costs.t_set and rows["update slots"]["time_s"] / s.costs.t_set + 0.5)
    given, erased = (
        int(rows["SET pulses"]["count"] + rows["refresh: SET pulses"]["count"]),
        int(rows["refresh: RESET pulses"]["count"]),
    )
    refreshed, reads = (
        int(rows["refresh: SET pulses"]["count"]),
        float(rows["forward reads"]["time_s"] + rows["backward reads"]["time_s"]),
    )
    figures: dict[str, list[float]] = {
        k: []
        for k in (
            "program_time_s",
            "program_energy_j",
            "program_accuracy",
            "pulses_a_cell",
            "train_time_s",
            "train_energy_j",
            "infer_time_s",
        )
    }
    for section in _sections().values():
        device = resolve(complete_device(section))
        p, d = device.params, device.section
        done = program(weights, section, tolerance=0.02 * (p.g_max - p.g_min), w_max=1.5, most=3000)
        c = done.summary()
        figures["program_time_s"].append(float(c["time_serial_s"]))
        figures["program_energy_j"].append(float(sum(c["energy_j"].values())))
        figures["pulses_a_cell"].append(float(sum(c["pulses"].values())) / float(c["cells"]))
        h = test_x
        for k, w in enumerate(done.weights.values()):
            h = np.tanh(h @ w)
            h = np.column_stack([h, np.ones(len(h))]) if not k else h
        figures["program_accuracy"].append(float((h.argmax(axis=1) == test_y).mean()))
        erases = n / REFRESH * len(arrays) if section.law == "flash" else erased  # whole arrays, or cell by cell
        middle = 0.5 * (p.g_min + p.g_max)
        figures["train_time_s"].append((slots + refreshed) * d.t_set + erases * d.t_full + reads)
        figures["train_energy_j"].append(given * p.v_set**2 * d.t_set * middle + erased * p.v_full**2 * d.t_full * middle)
        figures["infer_time_s"].append(2 * s.costs.t_read)
    return out | {f"devices.{k}": np.array(v) for k, v in figures.items()} | {"images": np.array(n), "pulses": np.array(given)}


def draw(data: Data) -> Figure:
    """Time, energy and accuracy."""
    with drawing():
        fig = Figure(figsize=(DOUBLE, 2.6))
        left, middle, right = fig.subplots(1, 3, width_ratios=[1.3, 1.1, 0.8])
        n = float(data["images"])
        groups = {
            "read\nan image": data["devices.infer_time_s"],
            "train\non an image": data["devices.train_time_s"] / n,
            "write trained\nweights": data["devices.program_time_s"],
            "train\nin place": data["devices.train_time_s"],
        }
        energies = {
            "write trained\nweights": data["devices.program_energy_j"],
            "train\nin place": data["devices.train_energy_j"],
        }
        for axes, table, label, name in ((left, groups, "time (s)", "a"), (middle, energies, "energy of pulses (J)", "b")):
            for k, device in enumerate(NAMES):
                axes.bar(
                    np.arange(len(table)) + 0.38 * (k - 0.5),
                    [float(v[k]) for v in table.values()],
                    0.35,
                    color=COLOURS[device],
                    label=device,
                )
            log_axis(axes)
            axes.set_xticks(range(len(table)), list(table), fontsize=6.5)
            axes.tick_params(axis="x", length=0)
            axes.set_ylabel(label)
            letter(axes, name)
        left.legend(loc="upper left", fontsize=6.5)
        right.bar([0, 1], 100 * data["devices.program_accuracy"], 0.6, color=list(COLOURS.values()))
        right.axhline(100 * float(data["trained_accuracy"]), color=GREEN, linestyle="--", linewidth=0.8)
        right.set_xticks([0, 1], list(NAMES))
        right.set(ylabel="test accuracy (%)", ylim=(0, 100))
        linear_axis(right)
        letter(right, "c", "written")
        return fig


def check(data: Data) -> list[Claim]:
    """Flash is slow to write, and good enough where it is written once."""
    time, train = data["devices.program_time_s"], data["devices.train_time_s"]
    lost = 100 * float(data["trained_accuracy"] - data["devices.program_accuracy"][0])
    per = float(train[0] / data["images"])
    energy = float(data["devices.train_energy_j"][0] / data["devices.train_energy_j"][1])
    return [
        Claim(Text("flash can hold weights trained elsewhere", "闪存可作为云端训练后的边缘推理器件"), Text("points of test accuracy lost by writing them onto flash cells", "写入闪存后损失的测试准确率百分点"), lost, lost < 5.0),
        Claim(Text("writing flash is slow, but may be done while the chip is idle", "闪存擦写很慢，但可在空闲时进行"), Text(f"seconds to write the network once, cell by cell; memristors: {time[1]:.2g} s", "逐单元写入整个网络所需秒数"), float(time[0]), time[0] < 3600.0 and time[0] > 10 * time[1]),
        Claim(Text("training in place with flash is far too slow", "用闪存在位训练则太慢"), Text("time of training, flash over memristors, the same pulses; one erase for each array and refresh, in favour of flash", "在位训练耗时之比（闪存/忆阻器，脉冲相同；闪存每次刷新按整阵列擦除一次计）"), float(train[0] / train[1]), train[0] > 100 * train[1]),
        Claim(
            Text("memristors change within nanoseconds, so that a chip can learn as it works", "忆阻器电导调制为纳秒量级，支持实时片上训练"),
            Text(f"seconds of training an image with memristors, refresh included; with flash {per:.2g} s", "忆阻器每张图片的训练时间（秒，含刷新）"), float(train[1] / data["images"]), bool(train[1] / data["images"] < 1e-4),
        ),
        Claim(Text("and at less energy", "能耗也更低"), Text("energy of the pulses of training, flash over memristors, at the mean conductance of either", "训练脉冲能耗之比（闪存/忆阻器）"), energy, energy > 10.0),
    ]  # fmt: skip


ENTRY = Entry(
    name="s1",
    title=Text("Flash for weights trained elsewhere, memristors for training in place", "闪存适于异地训练后推理，忆阻器适于在位训练"),
    caption=Text(
        "(a) Time to read an image, to learn one in place, to write trained weights with verify, and to train a whole network in place: the same pulses, with the widths of flash and of phase-change cells. (b) Energy of "
        "the pulses. (c) Accuracy after writing the trained weights onto either; dashed: as trained. Times and voltages of both are assumed, typical values.",
        "(a) 读一张图片、在位学习一张图片、以写验证写入已训练权重、在位训练整个网络的耗时：脉冲数相同，脉宽分别取闪存与相变器件的典型值；(b) 脉冲能耗；(c) 写入已训练权重后的准确率，虚线为训练所得。两类器件的时间与电压均为假定的典型值。",
    ),
    facts=facts, compute=compute, draw=draw, check=check, source="law flash: S.-T. Lee and J.-H. Lee, Front. Neurosci. 14, 945 (2020), doi:10.3389/fnins.2020.571292; Lenzlinger and Snow 1969",
)  # fmt: skip
