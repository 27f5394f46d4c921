"""Question 4: online against batch learning, on cells."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from ohmgrad.book.drawing import letter
from ohmgrad.book.entry import Arrays, Claim, Data, Entry, Facts, Setting, Text
from ohmgrad.book.training import mean95, train
from ohmgrad.report.style import BLUE, DOUBLE, ORANGE, VERMILLION, drawing, epoch_axis, linear_axis, log_axis

EPOCHS, STEP = 30, "4 uS"
WAYS = {
    "batch": ("learning.batch=0",),
    "online": ("learning.batch=1", "data.order=shuffled"),
    "sorted": ("learning.batch=1", "data.order=given"),
}
LABELS = {"batch": "batch", "online": "online, shuffled", "sorted": "online, letter by letter"}
COLOURS = {"batch": BLUE, "online": ORANGE, "sorted": VERMILLION}


def facts(setting: Setting) -> Facts:
    """Seed of the experiment."""
    return Facts(
        "1",
        f"{networks(setting)} networks",
        {
            "experiment": f"letters, Manhattan rule, steps of {STEP.replace('uS', 'µS')} from 35 ± 20 µS",
            "epochs": f"{EPOCHS}",
            "recorded study": "docs/learning.md (digits)",
        },
    )


def networks(setting: Setting) -> int:
    """So many networks."""
    return 40 if setting is Setting.full else 12


def compute(setting: Setting) -> Arrays:
    """Accuracy by epoch, and what it took until all patterns were right for the first time."""
    out: Arrays = {"epochs.epoch": np.arange(1, EPOCHS + 1)}
    for way, settings in WAYS.items():
        t = train(
            "letters", *settings, f"device.parameters.step_set={STEP}", f"device.parameters.step_reset={STEP}", "stop.when=never", replicas=networks(setting), epochs=EPOCHS
        )  # fmt: skip
        accuracy = t.by_epoch("train_accuracy")  # (epochs, networks)
        pulses = (t.by_epoch("pulses_set") + t.by_epoch("pulses_reset")).sum(axis=2).cumsum(axis=0)
        done = accuracy >= 1.0
        first = np.where(done.any(axis=0), done.argmax(axis=0), EPOCHS - 1)
        updates = 30 if "learning.batch=1" in settings else 1
        out[f"epochs.accuracy_{way}"] = accuracy
        out |= {
            f"networks.epochs_{way}": first + 1,
            f"networks.pulses_{way}": pulses[first, np.arange(len(first))],
            f"networks.updates_{way}": (first + 1) * updates,
            f"networks.reached_{way}": done.any(axis=0).astype(int),
        }
    return out


def draw(data: Data) -> Figure:
    """Accuracy by epoch; pulses and updates."""
    with drawing():
        fig = Figure(figsize=(DOUBLE, 2.5))
        left, middle, right = fig.subplots(1, 3, width_ratios=[1.4, 1, 1])
        for way in WAYS:
            a = 100 * data[f"epochs.accuracy_{way}"]
            left.plot(data["epochs.epoch"], a.mean(axis=1), color=COLOURS[way], label=LABELS[way])
            left.fill_between(
                data["epochs.epoch"], *np.percentile(a, (10, 90), axis=1), color=COLOURS[way], alpha=0.13, linewidth=0
            )
        epoch_axis(left, data["epochs.epoch"].tolist())
        left.set(ylabel="patterns that are right (%)", ylim=(0, 103))
        left.legend(loc="lower right")
        linear_axis(left)
        letter(left, "a", "after each pass over 30 patterns")
        for axes, what, label, name in (
            (middle, "updates", "updates until all are right", "b"),
            (right, "pulses", "pulses until all are right", "c"),
        ):
            values = [mean95(data[f"networks.{what}_{way}"]) for way in WAYS]
            axes.bar(
                range(3),
                [m for m, _ in values],
                0.7,
                color=[COLOURS[w] for w in WAYS],
                yerr=[h for _, h in values],
                error_kw={"elinewidth": 0.7, "capsize": 1.5},
            )
            axes.set_xticks(range(3), ["batch", "online", "sorted"])
            axes.tick_params(axis="x", length=0)
            axes.set_ylabel(label)
            axes.set_ylim(bottom=1)
            log_axis(axes)
            letter(axes, name)
        return fig


def check(data: Data) -> list[Claim]:
    """Advantages of each."""
    mean = {
        f"{k}_{w}": float(data[f"networks.{k}_{w}"].mean()) for k in ("epochs", "pulses", "updates", "reached") for w in WAYS
    }
    early = {w: float(data[f"epochs.accuracy_{w}"][0].mean()) for w in WAYS}
    last = {w: float(data[f"epochs.accuracy_{w}"][-10:].mean()) for w in WAYS}
    return [
        Claim(
            Text("batch learning writes far less often", "批量学习的权重更新操作少得多"),
            Text("updates online over in batches, until all are right", "全部正确所需更新次数之比（在线/批量）"), mean["updates_online"] / mean["updates_batch"], mean["updates_online"] > 1.5 * mean["updates_batch"],
        ),
        Claim(
            Text("… and with fewer pulses", "……脉冲数也更少"),
            Text("pulses online over in batches", "脉冲数之比（在线/批量）"), mean["pulses_online"] / mean["pulses_batch"], mean["pulses_online"] > 1.5 * mean["pulses_batch"],
        ),
        Claim(
            Text("online learning learns at once, from every sample, and keeps none: nearer to a brain", "在线学习逐样本即时学习、无需存储全部样本，更接近生物脑"),
            Text("accuracy after one pass, online minus batch", "一遍之后的准确率之差（在线−批量）"), early["online"] - early["batch"], early["online"] > early["batch"] + 0.05,
        ),
        Claim(
            Text("its result depends on the order of the samples", "在线学习结果依赖样本顺序"),
            Text("accuracy in the last ten epochs, shuffled minus letter by letter", "最后十轮准确率之差（打乱−按字母排列）"), last["online"] - last["sorted"], last["online"] > last["sorted"] + 0.03,
        ),
        Claim(
            Text("in batches the end is steadier", "批量学习的结果更稳定"),
            Text("accuracy in the last ten epochs, batch minus online", "最后十轮准确率之差（批量−在线）"), last["batch"] - last["online"], last["batch"] > last["online"],
        ),
    ]  # fmt: skip


ENTRY = Entry(
    name="q4",
    title=Text("Online against batch learning", "在线学习与批量学习"),
    caption=Text(
        "Letters on a passive crossbar by signs: the sum over all 30 patterns once a pass (batch, eq. 1.5), or every pattern by itself, in random order or letter by letter (online, eq. 1.4). (a) Patterns that are right; "
        "bands: 10 to 90 % of the networks. (b) Updates and (c) pulses until all are right for the first time (all epochs where they never are).",
        "无源交叉阵列按符号学习字母：每遍累加30个图样更新一次（批量，式1.5），或逐个图样更新，顺序打乱或按字母排列（在线，式1.4）。(a) 正确率，色带为10%至90%分位；(b) 首次全部正确所需的更新次数与(c) 脉冲数。",
    ),
    equations=("1.4", "1.5", "1.8"), facts=facts, compute=compute, draw=draw, check=check,
)  # fmt: skip
