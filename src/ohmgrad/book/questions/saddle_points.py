"""Question 6: batch, stochastic and mini-batch descent at a saddle and in a local minimum, and ways on."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from ohmgrad.book.drawing import letter
from ohmgrad.book.entry import Arrays, Claim, Data, Entry, Facts, Setting, Text
from ohmgrad.book.neuron import VALLEYS, flat_point, gradient, hessian
from ohmgrad.report.style import BLUE, DOUBLE, GREEN, PURPLE, VERMILLION, drawing, linear_axis

SEED, RATE, STEPS, NOISE = 11, 0.05, 100, 0.02
PLACES = {"saddle": np.array([-0.63, -0.32]), "minimum": np.array([-3.07, -0.69])}
WAYS = {"batch": 7, "stochastic": 1, "mini-batch": 3}
COLOURS = {"batch": BLUE, "stochastic": VERMILLION, "mini-batch": GREEN, "batch with noise": PURPLE}


def facts(setting: Setting) -> Facts:
    """Seed of samples and noise."""
    return Facts(
        f"{SEED}",
        f"{paths(setting)} paths of each kind",
        {
            "surface": "that of figure 1.2, 7 samples",
            "η": f"{RATE:g} for a sum of 7; a step of fewer samples is scaled up",
            "noise": f"normal, {NOISE:g} a step",
        },
    )


def paths(setting: Setting) -> int:
    """So many paths."""
    return 200 if setting is Setting.full else 50


def walk(w: np.ndarray, size: int, noise: float, n: int, rng: np.random.Generator) -> np.ndarray:
    """Distance (steps + 1, paths) from `w`."""
    at = np.tile(w, (n, 1))
    out = np.zeros((STEPS + 1, n))
    for k in range(STEPS):
        if size == 7:
            slope = gradient(at, VALLEYS)
        else:
            picked = rng.integers(7, size=(n, size))
            x, wanted = VALLEYS.x[picked], VALLEYS.wanted[picked]
            y = np.tanh((x @ at[..., None])[..., 0])
            slope = (((y - wanted) * (1.0 - y * y))[..., None] * x).sum(axis=1) * 7 / size
        at = at - RATE * slope + noise * rng.standard_normal(at.shape)
        out[k + 1] = np.linalg.norm(at - w, axis=1)
    return out


def compute(setting: Setting) -> Arrays:
    """Distances from both places, by step."""
    rng, n = np.random.default_rng(SEED), paths(setting)
    out: Arrays = {"steps.step": np.arange(STEPS + 1)}
    for place, near in PLACES.items():
        w = flat_point(near, VALLEYS)
        for way, size in WAYS.items():
            out[f"steps.{place}_{way}"] = walk(w, size, 0.0, n, rng)
        out[f"steps.{place}_batch with noise"] = walk(w, 7, NOISE, n, rng)
        out |= {f"curvature_{place}_{k}": np.array(v) for k, v in enumerate(np.linalg.eigvalsh(hessian(w, VALLEYS)))}
        out |= {
            f"slope_{place}": np.array(np.linalg.norm(gradient(w, VALLEYS))),
            f"slope_of_samples_{place}": np.array(np.mean([np.linalg.norm(gradient(w, VALLEYS, [k])) for k in range(7)])),
        }
    return out


def draw(data: Data) -> Figure:
    """Distance by step, from a saddle and from a minimum."""
    with drawing():
        fig = Figure(figsize=(DOUBLE, 2.6))
        panels = fig.subplots(1, 2, sharey=True)
        for axes, place, text, name in zip(
            panels, PLACES, ("begun on a saddle", "begun in a local minimum"), "ab", strict=True
        ):
            for way, colour in COLOURS.items():
                d = data[f"steps.{place}_{way}"]
                axes.plot(data["steps.step"], np.median(d, axis=1), color=colour, label=way)
                axes.fill_between(
                    data["steps.step"], *np.percentile(d, (10, 90), axis=1), color=colour, alpha=0.15, linewidth=0
                )
            axes.set(xlabel="step", xlim=(0, STEPS))
            axes.set_ylim(-0.05, 1.7)
            linear_axis(axes)
            letter(axes, name, text)
        panels[0].set_ylabel("distance from there")
        panels[1].legend(loc="upper right")
        return fig


def check(data: Data) -> list[Claim]:
    """Where the slope is 0, batch descent does not move; single samples still have slopes."""
    first = {f"{p}_{w}": float(np.median(data[f"steps.{p}_{w}"][20])) for p in PLACES for w in COLOURS}
    far = float(np.median(data["steps.saddle_stochastic"][-1]))
    near = float(np.median(data["steps.minimum_stochastic"][-1]))
    return [
        Claim(
            Text("at both places the slope of all samples is 0, and batch descent stays", "两处整体梯度均为0，批量梯度下降停在原处"),
            Text("distance after 20 steps, the larger of the two", "20步后的距离（两处较大者）"), max(first["saddle_batch"], first["minimum_batch"]), max(first["saddle_batch"], first["minimum_batch"]) < 1e-9,
        ),
        Claim(
            Text("single samples still have slopes there, so stochastic descent moves on", "单个样本的梯度不为0，随机梯度下降会继续移动"),
            Text("distance from the saddle after 20 steps", "20步后距鞍点的距离"), first["saddle_stochastic"], first["saddle_stochastic"] > 0.05,
        ),
        Claim(Text("so does mini-batch descent", "小批量梯度下降亦然"), Text("distance from the saddle after 20 steps", "20步后距鞍点的距离"), first["saddle_mini-batch"], first["saddle_mini-batch"] > 0.05),
        Claim(
            Text("a saddle is left for good, a minimum is only shaken", "鞍点会被真正离开，极小值点附近只是抖动"),
            Text(f"distance after {STEPS} steps from the saddle over that from the minimum, stochastic", f"{STEPS}步后距鞍点与距极小值点之比（随机）"), far / near, far > 1.2 * near,
        ),
        Claim(
            Text("a way on for batches: noise, of cells for instance", "批量方式的出路：加噪声，例如器件自身的随机性"),
            Text("distance from the saddle after 20 steps of batch descent with noise", "加噪声的批量下降20步后距鞍点的距离"), first["saddle_batch with noise"], first["saddle_batch with noise"] > 0.05,
        ),
    ]  # fmt: skip


ENTRY = Entry(
    name="q6",
    title=Text("Saddles and local minima under each kind of descent", "鞍点与局域极小值点处的各种下降方式"),
    caption=Text(
        "The surface of figure 1.2 has saddles between its valleys. Distance from (a) a saddle and (b) a local minimum, where each way began, by step; lines: median; bands: 10 to 90 %. Batch descent, whose slope is 0 there, "
        "does not move.",
        "图1.2曲面的各谷之间有鞍点。各方式从(a)鞍点、(b)局域极小值点出发后的距离，线为中位数，色带为10%至90%分位。批量下降在该处梯度为0，停留不动。",
    ),
    equations=("1.5", "1.6", "1.7"), facts=facts, compute=compute, draw=draw, check=check,
)  # fmt: skip
