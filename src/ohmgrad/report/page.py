"""Pages that are made of pictures, tables and sentences: the reports of sweeps, ladders and tolerances, in the style of a run's report."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

import jinja2
import markupsafe
from matplotlib.figure import Figure

from ohmgrad.report.files import svg_text, write_whole
from ohmgrad.report.html import FIGURES, REPORT, inline


@dataclass(frozen=True)
class Table:
    """A table: heads, rows of texts, which columns are numbers (to the right), and a sentence below."""

    heads: Sequence[str]
    rows: Sequence[Sequence[str]]
    numbers: Sequence[bool]
    caption: str = ""


@dataclass(frozen=True)
class Part:
    """A section of a page: heading, then a picture with its caption, sentences, a table, a text that is folded away."""

    name: str
    heading: str
    figure: Figure | None = None
    caption: str = ""
    sentences: Sequence[str] = ()
    table: Table | None = None
    folded: str = ""


def write_page(folder: Path, title: str, result: str, parts: Sequence[Part]) -> Path:
    """Write ``report.html`` and ``figures/*.svg`` into a folder; returns the path of the page. Raises RunError."""
    svgs = {part.name: svg_text(part.figure) for part in parts if part.figure is not None}
    page = render_page(title, result, parts, svgs)
    for name, svg in svgs.items():
        write_whole(folder / FIGURES / f"{name}.svg", svg.encode("utf-8"))
    return write_whole(folder / REPORT, page.encode("utf-8"))


def render_page(title: str, result: str, parts: Sequence[Part], svgs: dict[str, str]) -> str:
    """The page as text; it loads nothing."""
    environment = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    drawn = {name: markupsafe.Markup(inline(svg, name)) for name, svg in svgs.items()}
    numbers = {name: k + 1 for k, name in enumerate(svgs)}
    return environment.from_string(_PAGE).render(
        title=title, result=result, parts=parts, drawn=drawn, numbers=numbers, style=markupsafe.Markup(_style())
    )


def _style() -> str:
    """The style sheet of a run's report."""
    text = resources.files("ohmgrad.report").joinpath("template.html").read_text(encoding="utf-8")
    found = re.search(r"<style>\n(.*?)</style>", text, re.DOTALL)
    assert found is not None
    return found[1]


_PAGE = """\
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{{ title }}</title>
<style>
{{ style }}</style>
</head>
<body>
<header>
<h1>{{ title }}</h1>
<p class="result">{{ result }}</p>
</header>
{% for part in parts %}
<section id="{{ part.name }}">
<h2>{{ part.heading }}</h2>
{% if part.name in drawn %}
<figure>
<div class="picture">
{{ drawn[part.name] }}
</div>
<figcaption id="caption-{{ part.name }}"><b>Fig. {{ numbers[part.name] }}.</b> {{ part.caption }}</figcaption>
</figure>
{% endif %}
{% for sentence in part.sentences %}
<p>{{ sentence }}</p>
{% endfor %}
{% if part.table %}
<div class="wide"><table class="bill">
{% if part.table.caption %}
<caption>{{ part.table.caption }}</caption>
{% endif %}
<thead><tr>
{% for head in part.table.heads %}
<th scope="col" class="event{% if part.table.numbers[loop.index0] %} number{% endif %}">{{ head }}</th>
{% endfor %}
</tr></thead>
<tbody>
{% for row in part.table.rows %}
<tr>
{% for cell in row %}
<td{% if part.table.numbers[loop.index0] %} class="number"{% endif %}>{{ cell }}</td>
{% endfor %}
</tr>
{% endfor %}
</tbody>
</table></div>
{% endif %}
{% if part.folded %}
<details>
<summary>show</summary>
<pre>{{ part.folded }}</pre>
</details>
{% endif %}
</section>
{% endfor %}
</body>
</html>
"""
