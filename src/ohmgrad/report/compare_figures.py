"""The picture of a comparison, and the page that holds it."""

from __future__ import annotations

from collections.abc import Sequence

import jinja2
import markupsafe
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullFormatter

from ohmgrad.report.bill import count, quantity
from ohmgrad.report.compare import Comparison, difference_text, epochs_text, pulses, rows, setting_text
from ohmgrad.report.figures import LABEL_COLOUR, LABEL_SIZE, LEAST_SPAN, criterion_line
from ohmgrad.report.files import svg_text
from ohmgrad.report.html import inline
from ohmgrad.report.learning_figures import error_axis
from ohmgrad.report.style import (
    DOUBLE,
    LAYER_COLOURS,
    LAYER_LINES,
    LAYER_MARKERS,
    ROUND_STEPS,
    drawing,
    epoch_axis,
    legend_above,
    line_with_band,
    linear_axis,
    power_of_ten,
)
from ohmgrad.report.words import criterion

LABEL_TO = 44  # characters of a run's name in the legend


def plot_comparison(c: Comparison) -> Figure:
    """Return accuracy (%) by epoch of all runs, beside it the error where a run has a criterion to stop, and bars of their pulses, times and energy on log axes.

    Lines are means over replicas; for the bands see `ohmgrad.report.style.band`. A bar's length is that of a logarithm:
    it begins at a power of ten below the smallest value, and the value stands beside it.
    """
    with drawing():
        height = 0.32 + 0.19 * len(c.runs)
        legend = 0.18 * -(-len(c.runs) // 2)
        fig = Figure(figsize=(DOUBLE, 2.5 + legend + height + 0.45))
        grid = fig.add_gridspec(2, 4, height_ratios=[2.5, height + 0.45])
        stops = [run.summary.stop for run in c.runs]
        axes = fig.add_subplot(grid[0, :2] if any(stop.when != "never" for stop in stops) else grid[0, :])
        _accuracy(axes, c)
        if any(stop.when != "never" for stop in stops):
            _error(fig.add_subplot(grid[0, 2:]), c)
        legend_above(fig, axes, columns=2)
        summaries = [run.summary for run in c.runs]
        bars: list[tuple[str, list[float | None], str]] = [
            ("pulses", [pulses(run) for run in c.runs], ""),
            ("time in parallel (s)", [s.array_time_s for s in summaries], "time"),
            ("time cell by cell (s)", [s.array_time_serial_s for s in summaries], "time"),
            ("energy (J)", [s.array_energy_j for s in summaries], "energy"),
        ]
        for k, (title, values, dimension) in enumerate(bars):
            _bars(fig.add_subplot(grid[1, k]), title, c.letters, values, dimension)
        return fig


def error_part(c: Comparison) -> str:
    """The data whose error is drawn: those that the first criterion looks at."""
    return next(run.summary.stop.part for run in c.runs if run.summary.stop.when != "never")


def _error(axes: Axes, c: Comparison) -> None:
    """Mean error of a sample by epoch, with the criteria that are about it."""
    part = error_part(c)
    errors = [run.history.train_error if part == "train" else run.history.valid_error for run in c.runs]
    criteria = sorted({run.summary.stop.value for run in c.runs if run.summary.stop.when == "error"})
    error_axis(axes, [e for e in errors if not np.isnan(e).all()], criteria)
    for k, (name, run) in enumerate(zip(c.letters, c.runs, strict=True)):
        line_with_band(
            axes, run.history.epochs.tolist(), errors[k], name, _colour(k), LAYER_LINES[k % len(LAYER_LINES)],
            LAYER_MARKERS[k % len(LAYER_MARKERS)],
        )  # fmt: skip
    for value in criteria:
        criterion_line(axes, value, None)
    last = max(int(run.history.epochs[-1]) for run in c.runs)
    epoch_axis(axes, [1, last] if last > 1 else [1])
    axes.set_ylabel(f"error E of a {'training' if part == 'train' else 'validation'} sample")


def _accuracy(axes: Axes, c: Comparison) -> None:
    last = 1
    for k, (name, run) in enumerate(zip(c.letters, c.runs, strict=True)):
        epochs = run.history.epochs.tolist()
        last = max(last, epochs[-1])
        label = f"{name}: {run.name}"
        if len({other.name for other in c.runs}) < len(c.runs):  # the name alone would not tell them apart
            label = f"{name}: {run.name} ({run.folder.name})"
        if len(label) > LABEL_TO:
            label = label[: LABEL_TO - 1] + "…"
        line_with_band(
            axes, epochs, 100 * run.history.test_accuracy, label, _colour(k), LAYER_LINES[k % len(LAYER_LINES)],
            LAYER_MARKERS[k % len(LAYER_MARKERS)],
        )  # fmt: skip
    epoch_axis(axes, [1, last] if last > 1 else [1])
    linear_axis(axes)
    axes.yaxis.set_major_locator(MaxNLocator(nbins=6, steps=list(ROUND_STEPS)))
    axes.margins(y=0.08)
    axes.autoscale_view()
    low, high = axes.get_ylim()
    more = max(0.0, LEAST_SPAN - (high - low)) / 2
    axes.set_ylim(max(0.0, low - more), min(100.6, high + more))
    axes.set_ylabel("test accuracy (%)")


def _colour(k: int) -> str:
    return LAYER_COLOURS[k % len(LAYER_COLOURS)]


def _bars(axes: Axes, title: str, letters: Sequence[str], values: Sequence[float | None], dimension: str) -> None:
    """Horizontal bars, the first run on top, with the values in a column to the right."""
    positive = [v for v in values if v is not None and v > 0]
    low = 10.0 ** np.floor(np.log10(min(positive)) - 0.3) if positive else 0.1
    high = max(positive) * 1.1 if positive else 1.0
    axes.set_xscale("log")
    axes.set_xlim(low, max(high, 30 * low))
    places = list(range(len(values)))
    for k, v in enumerate(values):
        if v is not None and v > 0:
            axes.barh(k, v - low, left=low, height=0.66, color=_colour(k))
        text = ("n/a" if v is None else "0") if not v else (quantity(v, dimension) if dimension else count(v))
        axes.text(
            1.04, k, text, transform=axes.get_yaxis_transform(), fontsize=LABEL_SIZE, color=LABEL_COLOUR, va="center"
        )  # fmt: skip
    axes.set_yticks(places, letters)
    axes.set_ylim(len(values) - 0.5, -0.5)
    axes.tick_params(axis="y", length=0)
    axes.xaxis.set_major_locator(LogLocator(numticks=4))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: power_of_ten(value)))
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.set_title(title)


def band_sentence(c: Comparison) -> str:
    """Return what lines and bands are, whatever the numbers of replicas."""
    most = max(run.summary.replicas for run in c.runs)
    if most == 1:
        return "One replica each."
    few = any(run.summary.replicas == 2 for run in c.runs)
    bands = "± 1 standard deviation" if most > 2 else "smallest to largest"
    return f"Lines: mean over replicas; bands: {bands}{' (of two replicas: smallest to largest)' if few and most > 2 else ''}."


def caption(c: Comparison) -> str:
    """Return what is said under the picture."""
    stops = [run.summary.stop for run in c.runs if run.summary.stop.when != "never"]
    error = " and mean error of a sample" if stops else ""
    text = f"Test accuracy{error} by epoch, and what training costs on the array (log axes). {band_sentence(c)}"
    if any(stop.when == "error" for stop in stops):
        text += f" Dash-dotted: {'; '.join(sorted({criterion(s) for s in stops if s.when == 'error'}))}."
    return text


def comparison_page(c: Comparison) -> str:
    """Return a page that needs nothing else: picture, table, differences, settings. The same runs give the same bytes."""
    environment = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    return environment.from_string(PAGE).render(
        letters=c.letters,
        runs=[(name, str(run.folder), run.name) for name, run in zip(c.letters, c.runs, strict=True)],
        svg=markupsafe.Markup(inline(svg_text(plot_comparison(c)), "comparison")),
        rows=rows(c),
        differences=[(f"{d.of} − {d.against}", difference_text(d)) for d in c.differences],
        settings={name: [setting_text(v) for v in values] for name, values in c.settings.items()},
        epochs=[(f"{d.of} − {d.against}", epochs_text(d)) for d in c.epochs],
        caption=caption(c),
        notes=c.notes,
    )


_TABLE = """\
{% macro table(content) %}
<div class="wide"><table>
<thead><tr><th></th>{% for letter in letters %}<th scope="col">{{ letter }}</th>{% endfor %}</tr></thead>
<tbody>
{% for name, values in content.items() %}
<tr><th scope="row">{{ name }}</th>{% for value in values %}<td>{{ value }}</td>{% endfor %}</tr>
{% endfor %}
</tbody>
</table></div>
{% endmacro %}
"""

PAGE = (
    _TABLE
    + """\
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Comparison of runs</title>
<style>
:root { color-scheme: light dark; --ground: #fff; --ink: #1a1a1a; --soft: #595959; --rule: #c8c8c8; }
@media (prefers-color-scheme: dark) { :root { --ground: #181818; --ink: #e8e8e8; --soft: #a8a8a8; --rule: #444; } }
body { margin: 0 auto; max-width: 62rem; padding: 2rem 1.25rem 4rem; background: var(--ground); color: var(--ink);
  font: 1rem/1.5 system-ui, sans-serif; }
h1 { font-size: 1.6rem; margin: 0 0 .75rem; }
h2 { font-size: 1.15rem; margin: 2.5rem 0 .5rem; border-bottom: 1px solid var(--rule); padding-bottom: .2rem; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; font-size: .9rem; font-variant-numeric: tabular-nums; }
th, td { padding: .22rem .9rem .22rem 0; text-align: left; vertical-align: top; border-bottom: 1px solid var(--rule);
  overflow-wrap: anywhere; }
th { font-weight: 600; white-space: pre-wrap; }
tbody th { font-weight: 400; }
figure { margin: 1rem 0 0; }
.picture { background: #fff; border-radius: 4px; padding: .5rem; text-align: center; overflow-x: auto; }
.picture svg { display: block; margin: 0 auto; max-width: 100%; height: auto; }
figcaption { color: var(--soft); font-size: .875rem; margin-top: .5rem; }
@media print { .wide, .picture { overflow: visible; padding: 0; } figure, tr { break-inside: avoid; } }
</style>
</head>
<body>
<h1>Comparison of runs</h1>
<div class="wide"><table>
<tbody>
{% for letter, folder, name in runs %}
<tr><th scope="row">{{ letter }}</th><td>{{ name }}</td><td>{{ folder }}</td></tr>
{% endfor %}
</tbody>
</table></div>
<figure>
<div class="picture">{{ svg }}</div>
<figcaption id="caption-comparison">{{ caption }}</figcaption>
</figure>
<h2>Side by side</h2>
{{ table(rows) }}
<h2>Difference of test accuracy after the last epoch</h2>
<div class="wide"><table>
<tbody>
{% for name, text in differences %}
<tr><th scope="row">{{ name }}</th><td>{{ text }}</td></tr>
{% endfor %}
</tbody>
</table></div>
{% if epochs %}
<h2>Difference of epochs to the criterion</h2>
<div class="wide"><table>
<tbody>
{% for name, text in epochs %}
<tr><th scope="row">{{ name }}</th><td>{{ text }}</td></tr>
{% endfor %}
</tbody>
</table></div>
{% endif %}
{% for note in notes %}
<p>{{ note }}</p>
{% endfor %}
<h2>Settings that differ</h2>
{% if settings %}
{{ table(settings) }}
<p>In SI units; –: not set.</p>
{% else %}
<p>No setting differs.</p>
{% endif %}
</body>
</html>
"""
)
