"""Question 9: updating both cells of a pair, or SET only, instead of G+ alone."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from ohmgrad.book.drawing import letter
from ohmgrad.book.entry import Arrays, Claim, Data, Entry, Facts, Setting, Text
from ohmgrad.book.training import conductances, mean95, train
from ohmgrad.report.style import BLUE, DOUBLE, GREEN, ORANGE, drawing, epoch_axis, linear_axis

EPOCHS = 60
WAYS = {
    "fixed": ("synapse.kind=fixed",),
    "two-way": ("synapse.kind=pair", "synapse.write=two-way"),
    "one-way": ("synapse.kind=pair", "synapse.write=one-way"),
}
LABELS = {"fixed": "G$^+$ alone", "two-way": "both, SET and RESET", "one-way": "both, SET only"}
COLOURS = {"fixed": BLUE, "two-way": GREEN, "one-way": ORANGE}


def facts(setting: Setting) -> Facts:
    """Seed of the experiment."""
    return Facts(
        "1",
        f"{networks(setting)} networks",
        {"experiment": "letters, scheme V/2, Manhattan rule", "cells": "steps of 1 µS from 35 ± 20 µS", "epochs": f"{EPOCHS}"},
    )


def networks(setting: Setting) -> int:
    """So many networks."""
    return 60 if setting is Setting.full else 16


def compute(setting: Setting) -> Arrays:
    """Accuracy, pulses, write time and conductances of each way."""
    out: Arrays = {"epochs.epoch": np.arange(1, EPOCHS + 1)}
    for way, settings in WAYS.items():
        t = train(
            "letters",
            *settings,
            "stop.when=never",
            replicas=networks(setting),
            epochs=EPOCHS,
            look=lambda run: conductances(run).mean(axis=0),
        )
        wrong = 30.0 * (1.0 - t.by_epoch("train_accuracy"))
        first = np.where((wrong < 0.5).any(axis=0), (wrong < 0.5).argmax(axis=0), EPOCHS - 1)
        pulses = (t.by_epoch("pulses_set") + t.by_epoch("pulses_reset")).sum(axis=2).cumsum(axis=0)
        p = t.run.setup.params
        g = conductances(t.run)[:, :, :, :]
        # Room that is left for a weight to grow and to fall, in siemens of G+ − G−: what the pulses of this way can still do.
        up = (p.g_max - g[..., 0]) + {"fixed": 0.0, "two-way": g[..., 1] - p.g_min, "one-way": 0.0}[way]
        down = {
            "fixed": g[..., 0] - p.g_min,
            "two-way": g[..., 0] - p.g_min + p.g_max - g[..., 1],
            "one-way": p.g_max - g[..., 1],
        }[way]
        out |= {
            f"epochs.wrong_{way}": wrong.mean(axis=1),
            f"epochs.conductance_s_{way}": np.array([s.mean() for s in t.seen[1:]]),
        }
        out |= {f"networks.epochs_{way}": first + 1, f"networks.pulses_{way}": pulses[first, np.arange(len(first))]}
        out |= {
            f"networks.room_s_{way}": np.minimum(up, down).mean(axis=(1, 2)),
            f"slots_{way}": np.array(t.total("time_s", "SET pulses", "RESET pulses") / EPOCHS / t.run.setup.writing.t_set),
        }
    return out


def draw(data: Data) -> Figure:
    """Errors; pulses; mean conductance."""
    with drawing():
        fig = Figure(figsize=(DOUBLE, 2.5))
        left, middle, right, end = fig.subplots(1, 4, width_ratios=[1.3, 0.8, 0.8, 1.2])
        for way in WAYS:
            left.plot(data["epochs.epoch"], data[f"epochs.wrong_{way}"], color=COLOURS[way], label=LABELS[way])
            end.plot(data["epochs.epoch"], 1e6 * data[f"epochs.conductance_s_{way}"], color=COLOURS[way])
        epoch_axis(left, [1, 30])
        left.set(ylabel="patterns of 30 that are wrong", ylim=(0, None))
        left.legend(loc="upper right", fontsize=6.5)
        letter(left, "a")
        for axes, what, label, unit, name in (
            (middle, "pulses", "pulses until all are right", 1.0, "b"),
            (right, "room_s", "room left either way (µS)", 1e-6, "c"),
        ):
            values = [mean95(data[f"networks.{what}_{way}"] / unit) for way in WAYS]
            axes.bar(
                range(3),
                [m for m, _ in values],
                0.7,
                color=list(COLOURS.values()),
                yerr=[h for _, h in values],
                error_kw={"elinewidth": 0.7, "capsize": 1.5},
            )
            axes.set_xticks(range(3), ["G$^+$", "both", "SET\nonly"])
            axes.tick_params(axis="x", length=0)
            axes.set_ylabel(label)
            letter(axes, name)
        epoch_axis(end, data["epochs.epoch"].tolist())
        end.set(ylabel="mean conductance (µS)", ylim=(0, 105))
        end.axhline(100, color="black", linewidth=0.6, linestyle="--")
        letter(end, "d", "dashed: window")
        for axes in (left, middle, right, end):
            linear_axis(axes)
        return fig


def check(data: Data) -> list[Claim]:
    """Advantages and drawbacks of each way."""
    mean = {f"{k}_{w}": float(data[f"networks.{k}_{w}"].mean()) for k in ("epochs", "pulses", "room_s") for w in WAYS}
    rise = float(data["epochs.conductance_s_one-way"][-1] - data["epochs.conductance_s_one-way"][0])
    return [
        Claim(
            Text("other ways: SET one cell and RESET the other", "其他方式：一个置态、另一个重置"),
            Text("epochs with both cells over epochs with G+ alone: a weight moves by two steps at once", "两者同改与只改被减数所需轮数之比：权重每次改变两步"), mean["epochs_two-way"] / mean["epochs_fixed"], mean["epochs_two-way"] < 0.75 * mean["epochs_fixed"],
        ),
        Claim(
            Text("the weight then has twice the range", "权重可调范围加倍"),
            Text("room left for a weight to grow and fall, both over G+ alone", "权重剩余可调范围之比（两者同改/只改被减数）"), mean["room_s_two-way"] / mean["room_s_fixed"], mean["room_s_two-way"] > 1.5 * mean["room_s_fixed"],
        ),
        Claim(
            Text("but it takes twice the columns and steps to write", "但每次更新需写两倍的列与步数"),
            Text("write slots of an epoch, both over G+ alone", "每轮写时隙数之比"), float(data["slots_two-way"] / data["slots_fixed"]), bool(data["slots_two-way"] > 1.5 * data["slots_fixed"]),
        ),
        Claim(
            Text("a way without RESET: SET G+ to grow, SET G− to fall", "无需重置的方式：增大时置态G+，减小时置态G−"),
            Text("epochs with SET only over epochs with G+ alone", "只用置态与只改被减数所需轮数之比"), mean["epochs_one-way"] / mean["epochs_fixed"], mean["epochs_one-way"] < 1.3 * mean["epochs_fixed"],
        ),
        Claim(
            Text("its drawback: conductances only rise, until the window ends (refresh)", "其缺点：电导只增不减，终将饱和（需刷新）"),
            Text(f"rise of the mean conductance in {EPOCHS} epochs (µS)", f"{EPOCHS}轮内平均电导的上升（µS）"), 1e6 * rise, rise > 10e-6,
        ),
    ]  # fmt: skip


ENTRY = Entry(
    name="q9",
    title=Text("Updating both cells of a pair", "同时更新差分对的两个器件"),
    caption=Text(
        "Letters with three ways of writing a pair: G⁺ alone, SET and RESET (as in figure 1.14); one cell SET and the other RESET; SET of G⁺ to grow and of G⁻ to fall. (a) Wrong patterns by epoch. (b) Pulses until none is wrong. (c) Room that a weight has "
        "left in the direction in which it is less. (d) Mean conductance: with SET alone it only rises.",
        "三种差分对写法学习字母：只对G⁺置态与重置（同图1.14）；一个置态、另一个重置；增大时置态G⁺、减小时置态G⁻。(a) 各轮错误图样数；(b) 全部正确所需脉冲数；(c) 权重在较小一侧的剩余可调范围；(d) 平均电导：只用置态时只升不降。",
    ),
    equations=("1.8", "1.11"), facts=facts, compute=compute, draw=draw, check=check,
)  # fmt: skip
