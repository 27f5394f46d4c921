"""Pictures of devices: the panels each needs, and the numbers that are drawn."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text

from ohmgrad.devices.devicefile import load_device
from ohmgrad.devices.levels import levels_after
from ohmgrad.devices.resolve import Resolved, complete_device, resolve
from ohmgrad.devices.section import Device
from ohmgrad.report import write_svg
from ohmgrad.report.device_figures import CELLS, plot_conflict, plot_device, siemens, words
from ohmgrad.report.style import drawing

NAMES = ["pcm-nandakumar2018", "prezioso2015", "fefet-jerry2017", "li2018"]


def device(name: str) -> Resolved:
    return resolve(complete_device(load_device(name)))


@pytest.fixture(scope="module")
def figures() -> dict[str, Figure]:
    return {**{name: plot_device(device(name)) for name in NAMES}, "conflict": plot_conflict()}


def panel(fig: Figure, title: str):
    return next(axes for axes in fig.axes if axes.get_title(loc="left") == title)


def test_panels_follow_what_the_device_has(figures: dict[str, Figure]) -> None:
    def titles(name: str) -> list[str]:
        return [axes.get_title(loc="left").split(" (")[0] for axes in figures[name].axes]

    always = ["pulse response", "mean step ± spread"]
    assert titles("li2018") == titles("fefet-jerry2017") == always
    assert titles("prezioso2015") == [*always, "amplitudes"]
    assert titles("pcm-nandakumar2018") == [*always, "levels as written, and later", "levels, ± 3 s.d. each"]


@pytest.mark.parametrize("name", [*NAMES, "conflict"])
def test_nothing_is_cut_off_and_no_labels_overlap(figures: dict[str, Figure], name: str) -> None:
    fig = figures[name]
    with drawing():
        canvas = FigureCanvasAgg(fig)
        canvas.draw()
        box = fig.get_tightbbox()
        width, height = fig.get_size_inches()
        assert width <= 7.2 + 1e-9
        assert box.x0 >= 0 and box.y0 >= 0 and box.x1 <= width and box.y1 <= height
        for axes in fig.axes:
            for labels in (axes.get_xticklabels(), axes.get_yticklabels()):
                boxes = [label.get_window_extent() for label in labels if label.get_text() and label.get_visible()]
                assert not any(a.overlaps(b) for a, b in itertools.pairwise(boxes)), name
            assert axes.get_xlabel() and axes.get_ylabel()
        assert all(text.get_fontsize() >= 6 for text in fig.findobj(Text) if text.get_text())


def test_pulse_response_shows_the_mean_of_the_cells(figures: dict[str, Figure]) -> None:
    """FeFET: after its 32 SET pulses near g_max, after as many RESET pulses near g_min again."""
    lines = {line.get_label(): line for line in panel(figures["fefet-jerry2017"], "pulse response").lines}
    up, down = lines["SET"].get_ydata(), lines["RESET"].get_ydata()
    p = device("fefet-jerry2017").params
    assert up[0] * 1e-6 == pytest.approx(p.g_min) and up[-1] == down[0]
    # 32 steps of spread 0.5 % of the window: a cell ends within 3 % of it, the mean of CELLS cells within 3 %/√CELLS · 5
    near = 5 * 0.005 * np.sqrt(32 / CELLS) * (p.g_max - p.g_min)
    assert up[-1] * 1e-6 == pytest.approx(p.g_max, abs=near)
    assert down[-1] * 1e-6 == pytest.approx(p.g_min, abs=near)


def test_steps_are_the_laws(figures: dict[str, Figure]) -> None:
    lines = {line.get_label(): line for line in panel(figures["prezioso2015"], "mean step ± spread").lines}
    up, down = (np.interp([20, 65], *lines[k].get_data()) for k in ("SET", "RESET"))
    np.testing.assert_allclose(up, [60, 24], atol=0.1)
    np.testing.assert_allclose(down, [-5, -55], atol=0.1)


def test_stronger_pulses_do_more(figures: dict[str, Figure]) -> None:
    """Four cells; the first SET step grows with the amplitude, by about a factor of two each."""
    axes = next(a for a in figures["prezioso2015"].axes if a.get_title(loc="left").startswith("amplitudes"))
    first = [line.get_ydata()[1] - line.get_ydata()[0] for line in axes.lines]
    volts = [float(line.get_label().split(" / ")[0]) for line in axes.lines]
    assert len(first) == 4 and volts == sorted(volts) and volts[-1] == 1.3 and first == sorted(first)


def test_drift_and_levels_are_computed(figures: dict[str, Figure]) -> None:
    d, fig = device("pcm-nandakumar2018"), figures["pcm-nandakumar2018"]
    top = panel(fig, "levels as written, and later").lines[-1]
    assert top.get_ydata()[0] == pytest.approx(20.0)
    assert top.get_ydata()[-1] == pytest.approx(20.0 * (top.get_xdata()[-1] / 38.6) ** -0.04)
    curve = panel(fig, "levels, ± 3 s.d. each").lines[0]
    for at in (0, 30, -1):
        assert curve.get_ydata()[at] == levels_after(d, float(curve.get_xdata()[at]))
    assert (np.diff(curve.get_ydata()) <= 0).all() and curve.get_ydata()[-1] < curve.get_ydata()[0]


def test_without_noise_the_window_is_shown() -> None:
    section = Device.model_validate({"law": "linear", "retention": {"kind": "power-law", "nu": 0.1, "t_0": 1.0}})
    axes = panel(plot_device(resolve(complete_device(section))), "window (no noise is given)")
    x, y = axes.lines[0].get_data()
    np.testing.assert_allclose(y, 100 * np.maximum(x, 1.0) ** -0.1, rtol=1e-9)


def test_conflict_is_the_closed_form(figures: dict[str, Figure]) -> None:
    """N = 1 + E₀/(kT ln(τ/τ₀)), at 300 K and 10⁻¹³ s."""
    for line in figures["conflict"].axes[0].lines:
        barrier = float(line.get_label().removesuffix(" eV"))
        x, y = line.get_data()
        np.testing.assert_allclose(y, 1 + barrier / (8.617333262e-5 * 300 * np.log(x / 1e-13)), rtol=1e-12)


def test_the_same_device_gives_the_same_file(tmp_path) -> None:
    section = complete_device(Device(law="soft-bounds", parameters={"step_set": "2 uS", "step_reset": "2 uS"}))
    a, b = (write_svg(plot_device(resolve(section)), tmp_path / f"{k}.svg").read_bytes() for k in "ab")
    assert a == b


def test_units_of_axes() -> None:
    assert [siemens(x) for x in (2.0, 1e-3, 9.99e-7, 3e-14)] == [(1.0, "S"), (1e-3, "mS"), (1e-9, "nS"), (1e-12, "pS")]


def test_caption_says_what_bands_are() -> None:
    assert str(CELLS) in words(device("li2018"))[0] and len(words(device("pcm-nandakumar2018"))) == 3
