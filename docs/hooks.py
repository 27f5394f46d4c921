"""For the site: the pages that `make book` made stand behind the book's first page, and Chinese pages say that they are Chinese."""

import re
from pathlib import Path
from typing import Any

BOOK = ("book", "The book")  # folder below docs, section of the navigation
TOC = ("Table of contents", "目录")


def on_config(config: Any) -> Any:
    """Put the pages of docs/book into the navigation: the index first, 1.9 before 1.10."""
    docs, (folder, title) = Path(config.docs_dir), BOOK
    pages = sorted((p.relative_to(docs).as_posix() for p in (docs / folder).rglob("*.md")), key=_place)
    for section in config.nav:
        if title in section:
            section[title] = [*section[title], *pages]
    return config


def on_post_page(output: str, page: Any, config: Any) -> str:
    """The language of a page, for screen readers and for the choice of Chinese glyphs; and its table of contents by its Chinese name."""
    if not page.file.src_uri.startswith("zh/"):
        return output
    return output.replace('<html lang="en"', '<html lang="zh-CN"', 1).replace(*TOC)


def _place(name: str) -> tuple[bool, list[tuple[bool, int, str]]]:
    """The index first; numbers in a name count as numbers."""
    parts = [(not part.isdigit(), int(part) if part.isdigit() else 0, part) for part in re.split(r"(\d+)", name)]
    return not name.endswith("index.md"), parts
