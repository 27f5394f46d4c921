"""The site builds strictly, without a warning, and fetches nothing."""

import os
import re
import subprocess
import sys
from importlib.util import find_spec

import pytest
from pages import ROOT

needs_mkdocs = pytest.mark.skipif(
    any(find_spec(m) is None for m in ("mkdocs", "material", "mkdocstrings")),
    reason="the site needs MkDocs: pip install 'ohmgrad[docs]'",
)


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    folder = tmp_path_factory.mktemp("site")
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", folder],
        cwd=ROOT, env={**os.environ, "NO_MKDOCS_2_WARNING": "1"}, capture_output=True, text=True, timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert not re.search("WARNING|ERROR", done.stdout + done.stderr), done.stdout + done.stderr
    return folder


@needs_mkdocs
def test_the_site_fetches_nothing(site):
    pages = sorted(site.rglob("*.html"))
    assert len(pages) > 40
    for page in pages:
        text = page.read_text(encoding="utf-8")
        assert not re.search(r'<(script|img|iframe)[^>]* src="(https?:)?//', text), page
        assert not re.search(r'<link[^>]* rel="(stylesheet|preconnect|preload)"[^>]* href="(https?:)?//', text), page


@needs_mkdocs
def test_rooms_are_documented_from_the_source(site):
    for room in (
        "devices",
        "arrays",
        "programming",
        "learning",
        "network",
        "experiments",
        "report",
        "ledger",
        "kernels",
        "data",
        "units",
    ):
        assert re.search(r'id="ohmgrad\.\w+', (site / "api" / f"{room}.html").read_text(encoding="utf-8")), room


@needs_mkdocs
def test_chinese_pages_say_that_they_are(site):
    assert '<html lang="zh-CN"' in (site / "zh/index.html").read_text(encoding="utf-8")
    assert '<html lang="en"' in (site / "index.html").read_text(encoding="utf-8")
