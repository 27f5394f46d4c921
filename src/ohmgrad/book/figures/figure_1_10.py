"""Figure 1.10: faces learned with and without verify: epochs, times counted in several ways, energy, accuracy."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.figure import Figure

from ohmgrad.book.drawing import letter
from ohmgrad.book.entry import Arrays, Claim, Data, Entry, Facts, Setting, Text
from ohmgrad.book.training import WRITING, Trained, mean95, train
from ohmgrad.report.style import BLUE, DOUBLE, VERMILLION, drawing, epoch_axis, linear_axis, log_axis

WAYS = {"verify": "with verify", "blind": "without"}
COLOURS = {"verify": BLUE, "blind": VERMILLION}
MOST, NETWORKS, CRITERION = 200, 3, 0.8
QUANTITIES = {  # name: label, divisor
    "write_serial_s": ("writing,\ncell by cell", 1e-6),
    "write_parallel_s": ("writing,\nin parallel", 1e-6),
    "all_parallel_s": ("with reads\nof images", 1e-6),
}


def sets(setting: Setting) -> list[tuple[int, int, int]]:
    """Sets of three people, spread over all 286."""
    from ohmgrad.data.faces import face_triples

    return face_triples()[:: 12 if setting is Setting.full else 72]


def facts(setting: Setting) -> Facts:
    """Seed of the experiment; networks of each set."""
    return Facts(
        "1", f"{NETWORKS} networks for each of {len(sets(setting))} of the 286 sets of three people, paired",
        {"experiment": "faces", "criterion": f"mean E of held-out images ≤ {CRITERION}", "longest": f"{MOST} epochs", "recorded study": "all 286 sets: docs/faces.md"},
    )  # fmt: skip


def compute(setting: Setting) -> Arrays:
    """What every set costs with either way; the error by epoch for the first set."""
    rows: dict[str, list[dict[str, float]]] = {way: [] for way in WAYS}
    out: Arrays = {}
    for k, people in enumerate(sets(setting)):
        for way in WAYS:
            t = train("faces", f"write={way}", f"data.people={list(people)}", replicas=NETWORKS, epochs=MOST)
            rows[way].append(measured(t))
            if not k:
                error = t.by_epoch("valid_error")
                out |= {f"{way}.epoch": np.arange(1, len(error) + 1), f"{way}.held_out_error": error}
    out["sets.people"] = np.array(["-".join(map(str, p)) for p in sets(setting)])
    for way in WAYS:
        out |= {f"sets.{name}_{way}": np.array([row[name] for row in rows[way]]) for name in rows[way][0]}
    return out


def measured(t: Trained) -> dict[str, float]:
    """Costs of one set, mean of its networks; a network that never meets the criterion counts with all its epochs."""
    return {
        "epochs": float(t.epochs.mean()), "accuracy": float(t.summary["test_accuracy"]),
        "write_serial_s": t.total("time_serial_s", *WRITING), "write_parallel_s": t.total("time_s", *WRITING),
        "all_serial_s": float(t.summary["bill"]["total"]["time_serial_s"]), "all_parallel_s": float(t.summary["bill"]["total"]["time_s"]),
        "write_energy_j": t.total("energy_j", *WRITING), "all_energy_j": float(t.summary["array_energy_j"]),
    }  # fmt: skip


def draw(data: Data) -> Figure:
    """Error by epoch of both ways; time, energy and accuracy side by side."""
    with drawing():
        fig = Figure(figsize=(DOUBLE, 2.7))
        left, middle, right, end = fig.subplots(1, 4, width_ratios=[1.25, 1.5, 0.75, 0.6])
        last = 1
        for way, name in WAYS.items():
            epochs, error = data[f"{way}.epoch"], data[f"{way}.held_out_error"]
            left.plot(
                epochs,
                error.mean(axis=1),
                color=COLOURS[way],
                label=name,
                marker="o" if way == "verify" else "s",
                markersize=2.2,
            )
            last = max(last, int(epochs[-1]))
        left.axhline(CRITERION, color="black", linewidth=0.6, linestyle="--")
        epoch_axis(left, [1, last])
        left.set_ylabel("error E of held-out images")
        left.set_ylim(0.6, None)
        left.legend(loc="upper right")
        linear_axis(left)
        letter(left, "a", f"people {str(data['sets.people'][0]).replace('-', ', ')}")
        bars(middle, data, {k: v[0] for k, v in QUANTITIES.items()}, 1e-6)
        log_axis(middle)
        middle.set_ylim(bottom=1.0)
        middle.set_ylabel("time (µs)")
        letter(middle, "b", f"{len(data['sets.people'])} sets")
        bars(right, data, {"write_energy_j": "writing", "all_energy_j": "all"}, 1e-9)
        log_axis(right)
        right.set_ylim(bottom=10.0)
        right.set_ylabel("energy (nJ)")
        letter(right, "c")
        bars(end, data, {"accuracy": "test"}, 0.01)
        end.set(ylabel="accuracy (%)", ylim=(0, 100))
        linear_axis(end)
        letter(end, "d")
        return fig


def bars(axes: Any, data: Data, names: dict[str, str], unit: float) -> None:
    """Means over sets with 95 % intervals, both ways side by side."""
    for k, way in enumerate(WAYS):
        means = [mean95(data[f"sets.{name}_{way}"] / unit) for name in names]
        at = np.arange(len(names)) + 0.38 * (k - 0.5)
        axes.bar(
            at,
            [m for m, _ in means],
            0.35,
            color=COLOURS[way],
            yerr=[h for _, h in means],
            error_kw={"elinewidth": 0.7, "capsize": 1.5},
        )
    axes.set_xticks(range(len(names)), list(names.values()), fontsize=6.5)
    axes.tick_params(axis="x", length=0)


def check(data: Data) -> list[Claim]:
    """The chapter's comparison, counted in each way."""

    def ratio(name: str) -> float:
        return float(data[f"sets.{name}_blind"].mean() / data[f"sets.{name}_verify"].mean())

    gap = float(data["sets.accuracy_blind"].mean() - data["sets.accuracy_verify"].mean())
    return [
        Claim(
            Text("with verify clearly fewer epochs are needed", "写验证所需的训练轮数显著更少"),
            Text("epochs without verify over epochs with it", "训练轮数之比（不验证/验证）"), ratio("epochs"), ratio("epochs") > 1.3,
        ),
        Claim(
            Text("verify also wins on energy", "写验证在能耗上也占优"),
            Text("energy without over energy with verify, images' reads included", "总能耗之比（不验证/验证，含读图）"), ratio("all_energy_j"), ratio("all_energy_j") > 1.0,
        ),
        Claim(
            Text("counted serially verify also wins on time", "串行计时时写验证在耗时上也占优"),
            Text("time without over time with verify, all reads and writes cell by cell", "总耗时之比（不验证/验证，逐单元计）"), ratio("all_serial_s"), ratio("all_serial_s") > 1.0,
        ),
        Claim(
            Text("… and so does the writing alone", "……仅计写操作时也是如此"),
            Text(
                "time of writing without over with verify, cell by cell: below 1, since a verify read (100 ns, assumed) is as long as two pulses",
                "仅写操作耗时之比（不验证/验证）：小于1，因一次验证读（假定100 ns）相当于两个脉冲",
            ),
            ratio("write_serial_s"), ratio("write_serial_s") > 1.0, expected=False,
        ),
        Claim(
            Text("once writing is parallel, writing without verify is far faster", "写操作并行后，写不验证快得多"),
            Text("time of writing without over with verify, in parallel", "并行写耗时之比（不验证/验证）"), ratio("write_parallel_s"), ratio("write_parallel_s") < 0.1,
        ),
        Claim(
            Text("… and so is the whole training", "……整个训练也是如此"),
            Text(
                "time without over with verify, reads of images included: above 1, since images of 255 read pulses take longest, and verify needs fewer of them",
                "含读图的并行总耗时之比：大于1，因255个读脉冲的读图最耗时，而写验证所需轮数少",
            ),
            ratio("all_parallel_s"), ratio("all_parallel_s") < 1.0, expected=False,
        ),
        Claim(
            Text("both reach about the same accuracy", "两种方法准确率相近"),
            Text("test accuracy without minus with verify", "测试准确率之差（不验证−验证）"), gap, abs(gap) < 0.06,
        ),
    ]  # fmt: skip


ENTRY = Entry(
    name="1.10",
    title=Text("Writing with and without verify: epochs, time, energy, accuracy", "写验证与写不验证：轮数、耗时、能耗与准确率"),
    caption=Text(
        "The same faces learned with verify and the delta rule (blue), and without verify, one pulse by sign (vermillion). (a) Mean error of held-out images; dashed: "
        "where training stops. (b) Time of writing cell by cell; of writing in parallel as far as the array allows (verify: the cells of a bit line; without: those of a "
        "word line); of writing and reading in parallel. (c) Energy. (d) Accuracy on test images. Bars: means over sets of people, with 95 % intervals.",
        "同样的人脸分别用写验证（delta法则，蓝）与写不验证（按符号一个脉冲，红）训练。(a) 留出图片的平均误差，虚线为停止判据；(b) 逐单元写、阵列允许的并行写（验证：同一位线；不验证：同一字线）、并行写加读图的耗时；(c) 能耗；(d) 测试准确率。柱为各组人的平均值及95%置信区间。",
    ),
    equations=("1.4", "1.5", "1.8"), facts=facts, compute=compute, draw=draw, check=check,
    source="experiment: P. Yao et al., Nat. Commun. 8, 15199 (2017), doi:10.1038/ncomms15199; faces: F. S. Samaria and A. C. Harter, 1994, doi:10.1109/ACV.1994.341300",
)  # fmt: skip
