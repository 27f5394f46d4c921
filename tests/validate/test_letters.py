"""Prezioso et al. 2015: on which step sizes and start spreads 15 epochs lie, and whether the bias input helps. A minute or two.

Everything goes through whole runs in folders. Figure: docs/images/letters-map.png, drawn where OHMGRAD_FIGURES names a folder.
"""

import os
from pathlib import Path

import numpy as np
import pytest

import ohmgrad

pytestmark = pytest.mark.validate

STEPS = (0.25, 0.5, 1.0, 2.0, 4.0)  # uS
SPREADS = (2.5, 5.0, 10.0, 15.0, 20.0)  # uS, uniformly plus or minus, around 35 uS
SIGMAS = (1e-6, 0.3, 0.6, 1.0, 1.5)  # spread of the steps over cells; 1e-6 stands for 0, in the same compiled loop
SIZED = (
    "device.parameters={{g_min='10 uS', g_max='100 uS', step_set='{0} uS', slope_set=0, step_reset='{0} uS', slope_reset=0, \
sigma=0.3, v_set=1.3, v_reset=1.3, v_th_set=0.9, v_th_reset=0.9, v_0_set=0.2, v_0_reset=0.2, t_nominal=5e-4, v_full=1.75}}"
)

DOUBTFUL = "device.parameters={g_min='10 uS', g_max='100 uS', v_full=1.75}"  # the law's own steps, as in big-steps


def epochs_needed(folder, *settings, variant="", replicas=100, most=500):
    """Epochs of each replica until all 30 patterns are right; `most` where that never happens."""
    settings = ("software=false", *settings)
    run = ohmgrad.start("letters", folder, variant=variant, settings=settings, replicas=replicas, epochs=most, threads=2)
    run.pause = 1e9
    return np.array([most if e is None else e for e in run.train()["stopped"]], dtype=float)


def mean95(values):
    return values.mean(), 1.96 * values.std(ddof=1) / np.sqrt(len(values))


@pytest.fixture(scope="module")
def epochs_map(tmp_path_factory):
    folder = tmp_path_factory.mktemp("map")
    found = {
        (step, spread): epochs_needed(folder / f"{step}-{spread}", SIZED.format(step), f"synapse.start_spread='{spread} uS'")
        for step in STEPS
        for spread in SPREADS
    }
    print("\n\n| step, µS \\ start ± µS | " + " | ".join(f"{s:g}" for s in SPREADS) + " |")
    print("|---|" + "---|" * len(SPREADS))
    for step in STEPS:
        print(f"| {step:g} | " + " | ".join("{:.1f} ± {:.1f}".format(*mean95(found[step, s])) for s in SPREADS) + " |")
    if "OHMGRAD_FIGURES" in os.environ:
        draw(found, Path(os.environ["OHMGRAD_FIGURES"]) / "letters-map.png")
    return found


def draw(found, path):
    """Epochs over start spread and step, contour at 15."""
    from matplotlib.figure import Figure

    z = np.array([[found[step, s].mean() for s in SPREADS] for step in STEPS])
    x, y = np.log2(SPREADS), np.log2(STEPS)
    figure = Figure(figsize=(6.4, 4.6), layout="constrained")
    ax = figure.subplots()
    drawn = ax.pcolormesh(x, y, np.log10(z), shading="nearest", cmap="viridis")
    for a, b in np.ndindex(z.shape):
        ax.text(x[b], y[a] + 0.15, f"{z[a, b]:.1f}", ha="center", va="bottom", color="white" if z[a, b] < 20 else "black")
    ax.contour(x, y, np.log10(z), levels=[np.log10(15.0)], colors="#d62728", linewidths=2.5)
    ax.set_xticks(x, [f"{s:g}" for s in SPREADS])
    ax.set_yticks(y, [f"{s:g}" for s in STEPS])
    ax.set_xlabel("start conductances within 35 µS ± … µS")
    ax.set_ylabel("step of one pulse, µS")
    ax.set_title("Epochs until all 30 letters are right, mean of 100 networks\nred: 15, as published", fontsize=11)
    ticks = (1, 3, 10, 30)
    figure.colorbar(drawn, ticks=np.log10(ticks), label="epochs").ax.set_yticklabels([str(t) for t in ticks])
    figure.savefig(path, dpi=120)


def test_more_spread_and_smaller_steps_take_longer(epochs_map):
    z = np.array([[epochs_map[step, s].mean() for s in SPREADS] for step in STEPS[:4]])
    assert (np.diff(z, axis=1) > 0.0).all()
    assert (np.diff(z[:, 2:], axis=0) < 0.0).all()


def test_fifteen_epochs_lie_where_the_step_is_a_twentieth_of_the_spread(epochs_map):
    for spread in (5.0, 10.0, 20.0):
        assert 12.0 < epochs_map[spread / 20.0, spread].mean() < 20.0


def test_every_network_learns_all_letters(epochs_map):
    assert all((v < 500).all() for v in epochs_map.values())


def test_thresholds_that_differ_from_cell_to_cell(tmp_path):
    """A threshold off by x makes a step exp(−x/v_0) times as large, v_0 = 0.2 V: thresholds with a spread of 60 mV are lognormal steps with σ = 0.3."""
    print("\n\n| σ of ln step (SET and RESET apart) | as thresholds, mV | epochs | not within 500 |")
    print("|---|---|---|---|")
    means = []
    for sigma in SIGMAS:
        sizes = [f"device.variation.{n}={{sigma={sigma}, kind='lognormal'}}" for n in ("step_set", "step_reset")]
        e = epochs_needed(tmp_path / f"{sigma}", *sizes, replicas=300)
        means.append(e.mean())
        print("| {:g} | {:.0f} | {:.1f} ± {:.1f} | {} |".format(sigma, 200 * sigma, *mean95(e), int((e == 500).sum())))
    assert abs(means[1] - means[0]) < 2.0  # little harm up to 60 mV
    assert means[-1] > means[0] + 5.0


def test_the_bias_input_paired(tmp_path):
    print("\n\n| cells | with bias −1 | without | without minus with, paired |")
    print("|---|---|---|---|")
    cases = {
        "steps of 1 µS, start ± 20 µS": (),
        "steps of 1 µS, start ± 5 µS": ("synapse.start_spread='5 uS'",),
        "steps of 5 µS, start ± 20 µS": (SIZED.format(5.0),),
        "big-steps, start ± 10 µS": (DOUBTFUL, "synapse.start_spread='10 uS'"),
        "big-steps, start ± 20 µS": (DOUBTFUL,),
    }
    for k, (name, settings) in enumerate(cases.items()):
        networks = 400 if settings == (DOUBTFUL,) else 1000  # these take up to hundreds of epochs
        with_, without = (epochs_needed(tmp_path / f"{k}{v}", *settings, variant=v, replicas=networks) for v in ("", "no-bias"))
        mean, half = mean95(without - with_)
        print(f"| {name} | {with_.mean():.2f} | {without.mean():.2f} | {mean:+.2f} ± {half:.2f} |")
