"""Question 8: why training converges in spite of variation: is it that errors are measured and corrected, or that they average out?"""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from ohmgrad.book.drawing import letter
from ohmgrad.book.entry import Arrays, Claim, Data, Entry, Facts, Setting, Text
from ohmgrad.book.training import Trained, conductances, train
from ohmgrad.book.updates import targets
from ohmgrad.report.style import BLACK, BLUE, DOUBLE, GREEN, ORANGE, VERMILLION, drawing, epoch_axis, linear_axis

EPOCHS, CRITERION = 50, 0.8
# Cycle-to-cycle spread (siemens, times that of the cell) and spread of steps from cell to cell.
CASES = {"none": (0.0, 0.0), "cycle": (1.0, 0.0), "both": (1.0, 0.4), "double": (2.0, 0.4)}
LABELS = {
    "none": "none",
    "cycle": "cycle to cycle 1.85 µS",
    "both": "… and cell to cell 40 %",
    "double": "cycle to cycle 3.7 µS, 40 %",
}
COLOURS = {"none": BLACK, "cycle": BLUE, "both": GREEN, "double": VERMILLION}
SIGMA = 1.85e-6


def facts(setting: Setting) -> Facts:
    """Seed of the experiment."""
    return Facts(
        "1",
        f"{networks(setting)} networks, paired",
        {
            "experiment": "faces, write without verify",
            "epochs": f"{EPOCHS}",
            "a mean step": "0.40 (SET) and 0.50 µS (RESET) at most",
            "not measured": "cells with variation get, pulse for pulse, what cells without it got",
        },
    )


def networks(setting: Setting) -> int:
    """So many networks."""
    return 4 if setting is Setting.full else 2


def compute(setting: Setting) -> Arrays:
    """Errors by epoch; the same weights written once without looking; single steps and their sums."""
    out: Arrays = {"epochs.epoch": np.arange(EPOCHS + 1)}
    kept = {}
    for name, (times, cell) in CASES.items():
        t = train(
            "faces", "write=blind", "stop.when=never", f"device.parameters.sigma_abs={times * SIGMA}", f"device.variation.step_set.sigma={cell}",
            f"device.variation.step_reset.sigma={cell}", replicas=networks(setting), epochs=EPOCHS, look=conductances,
        )  # fmt: skip
        g = np.array(t.seen)[:, :, :-1, :, 0]  # (epochs + 1, networks, pixels, outputs)
        out |= {
            f"epochs.error_{name}": np.array([[error(t, one) for one in row] for row in g]),
            f"networks.accuracy_{name}": t.by_epoch("test_accuracy")[-1],
        }
        kept[name] = (t, g)
    exact, noisy = kept["none"], kept["both"]
    # Not measured: the noisy cells get, pulse for pulse, what cells without variation got.
    ways, goal = ways_of(exact[1]), exact[1][-1] - exact[1][0]
    once = np.stack([blindly(noisy[0], noisy[1][0, k], ways[:, k], k) for k in range(networks(setting) // 2)])
    out["networks.error_in_training"] = out["epochs.error_both"][-1]
    out["replayed.error_not_measured"] = np.array([error(noisy[0], one) for one in once])
    out["networks.error_without_variation"] = out["epochs.error_none"][-1]
    steps = np.diff(noisy[1][: EPOCHS // 2], axis=0)
    wanted = np.sign(noisy[1][EPOCHS // 2 - 1] - noisy[1][0])
    out["right_way"] = np.array(float((steps * np.sign(goal)[None] > 0.0).mean() / (steps != 0.0).mean()))
    out["right_in_sum"] = np.array(float((wanted == np.sign(goal)).mean()))
    step = steps[0]
    x = exact[0].run.data.train_x.mean(axis=0)
    out |= {
        "scatter_of_a_step": np.array(float(np.abs(step).mean())),
        "scatter_of_an_output": np.array(
            float(np.abs((x[:, None] * (step - step.mean(axis=(0, 1)))).sum(axis=1)).mean() / x.sum())
        ),
    }
    return out


def error(t: Trained, g: np.ndarray) -> float:
    """Mean error E of the held-out images with conductances g (pixels, outputs)."""
    s, d = t.run.setup, t.run.data
    y = np.tanh(s.learning.gain[0] * d.valid_x @ (g - s.reference))
    return float(0.5 * ((y - targets(t.run, d.valid_y)) ** 2).sum(axis=1).mean())


def blindly(t: Trained, begin: np.ndarray, ways: np.ndarray, label: int) -> np.ndarray:
    """Cells of run `t` after the pulses `ways` (epochs, pixels, outputs; +1 SET, −1 RESET), by their law and their own parameters; nothing is measured meanwhile."""
    from ohmgrad.kernels.draws import WRITE, key_at

    s, r = t.run.setup, t.run.replicas[label]
    names, w, law = s.varied, s.writing, s.law
    g = begin.copy()
    for i, j in np.ndindex(g.shape):
        c = i * g.shape[1] + j
        p = s.params._replace(**{name: float(r.cells.varied[k, c, 0]) for k, name in enumerate(names)})
        state = law.start(float(g[i, j]), p)
        for n, way in enumerate(ways[:, i, j]):
            v, width = (w.v_set, w.t_set) if way > 0.0 else (-w.v_reset, w.t_reset)
            state = law.pulse(state, v, width, p, s.table, key_at(s.seed, label, c, (1 << 20) + n, 0, WRITE * 256))
        g[i, j] = state.g
    return g


def ways_of(g: np.ndarray) -> np.ndarray:
    """Direction of every pulse (epochs, …) of a run without noise; a cell that stands still at its bound is pushed on as before."""
    ways = np.sign(np.diff(g, axis=0))
    for k in range(1, len(ways)):
        ways[k] = np.where(ways[k] == 0.0, ways[k - 1], ways[k])
    return np.asarray(ways)


def draw(data: Data) -> Figure:
    """Errors by epoch; in training against written once; what a step and a sum are worth."""
    with drawing():
        fig = Figure(figsize=(DOUBLE, 2.6))
        left, middle, right = fig.subplots(1, 3, width_ratios=[1.5, 0.9, 0.9])
        for name in CASES:
            left.plot(data["epochs.epoch"], data[f"epochs.error_{name}"].mean(axis=1), color=COLOURS[name], label=LABELS[name])
        left.axhline(CRITERION, color="black", linewidth=0.6, linestyle="--")
        epoch_axis(left, data["epochs.epoch"].tolist())
        left.set(ylabel="error E of held-out images", ylim=(0.4, 1.75))
        left.legend(loc="upper right", fontsize=6.5, title="variation", title_fontsize=6.5)
        linear_axis(left)
        letter(left, "a", "in training")
        ways = ("without_variation", "in_training", "not_measured")
        for k, (name, colour) in enumerate(zip(ways, (BLACK, GREEN, ORANGE), strict=True)):
            values = data[f"{'replayed' if name == 'not_measured' else 'networks'}.error_{name}"]
            middle.bar(k, values.mean(), 0.7, color=colour)
            middle.plot(np.full(len(values), k), values, ".", color="grey", markersize=3)
        middle.set_xticks(range(3), ["no vari-\nation", "in\ntraining", "not\nmeasured"])
        middle.tick_params(axis="x", length=0)
        middle.set(ylabel="error E of held-out images", ylim=(0, None))
        linear_axis(middle)
        letter(middle, "b", "both variations")
        shares = [100 * float(data[k]) for k in ("right_way", "right_in_sum")]
        right.bar(range(2), shares, 0.6, color=[BLUE, GREEN])
        right.axhline(50, color="black", linewidth=0.6, linestyle="--")
        right.set_xticks(range(2), ["single\npulses", f"after {EPOCHS // 2 - 1}\nepochs"])
        right.tick_params(axis="x", length=0)
        right.set(ylabel="cells that move as wanted (%)", ylim=(0, 100))
        linear_axis(right)
        letter(right, "c")
        return fig


def check(data: Data) -> list[Claim]:
    """Convergence, and what it rests on."""
    reached = float((data["epochs.error_both"].min(axis=0) <= CRITERION).mean())
    cost = float(
        data["replayed.error_not_measured"].mean()
        - data["networks.error_in_training"][: len(data["replayed.error_not_measured"])].mean()
    )
    average = float(data["scatter_of_an_output"] / data["scatter_of_a_step"])
    single, total = float(data["right_way"]), float(data["right_in_sum"])
    return [
        Claim(
            Text("training converges in spite of both variations", "尽管两种离散性都很大，训练仍能收敛"),
            Text(f"share of the networks whose held-out error comes to {CRITERION}", f"留出误差降到{CRITERION}的网络比例"), reached, reached == 1.0,
        ),
        Claim(
            Text("each epoch measures the error through the cells as they are, and so corrects what was miswritten", "每轮都用器件的实际电导测误差，从而纠正写入偏差"),
            Text("held-out error of cells with variation that get, unmeasured, the pulses of cells without, minus error in training: hardly any, since the sums over 320 cells average out by themselves", "不测量、照搬无离散器件的脉冲与训练中写入的留出误差之差：几乎没有，因320个单元之和本身已使误差相互平均"), cost, cost > 0.05, expected=False,
        ),
        Claim(
            Text("a single pulse need only be right on average", "单个脉冲只需平均方向正确"),
            Text(f"share of single pulses in the direction that is needed in the end ({100 * total:.0f} % of the cells have moved there after {EPOCHS // 2 - 1} epochs)", "单个脉冲方向正确的比例"), single, 0.5 < single < total,
        ),
        Claim(
            Text("an output sums many cells, whose errors average out", "输出对众多单元求和，误差相互平均"),
            Text("scatter of an output's mean change over the scatter of a single cell's (1/√320 = 0.056)", "输出平均改变量的离散与单个器件离散之比（1/√320 = 0.056）"), average, average < 0.25,
        ),
        Claim(
            Text("variation costs accuracy of the result all the same", "但离散性仍使最终误差变大"),
            Text("error at the end with both variations over without", "两种离散性下与无离散性时的最终误差之比"), float(data["networks.error_in_training"].mean() / data["networks.error_without_variation"].mean()), bool(data["networks.error_in_training"].mean() > 1.05 * data["networks.error_without_variation"].mean()),
        ),
    ]  # fmt: skip


ENTRY = Entry(
    name="q8",
    title=Text("Why training converges in spite of variation", "为何在严重离散性下训练仍能收敛"),
    caption=Text(
        "Faces, one pulse a cell and epoch by sign, on cells whose pulses scatter by several mean steps. (a) Error by epoch; dashed: criterion of figure 1.10. (b) Error at the end: without variation; trained on cells with both variations; and such "
        "cells given, unmeasured, the pulses of cells without variation. (c) Cells that move as wanted at single pulses, and in the sum of many.",
        "人脸任务，每轮每单元按符号一个脉冲，脉冲离散达数个平均步长。(a) 各轮误差，虚线为图1.10判据；(b) 最终误差：无离散、在两种离散的器件上训练、不测量、照搬无离散器件的脉冲；(c) 单个脉冲与多轮累积后按所需方向变化的单元比例。",
    ),
    equations=("1.8",), facts=facts, compute=compute, draw=draw, check=check,
)  # fmt: skip
