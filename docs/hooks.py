"""For the site: the pages that `ohmgrad book` made stand behind the book's first page (Chinese ones under 中文), and Chinese pages say that they are Chinese."""

import re
from pathlib import Path
from typing import Any

BOOKS = {"book": "The book", "zh/book": "中文"}


def on_config(config: Any) -> Any:
    """Put the pages of docs/book and docs/zh/book into the navigation, 1.9 before 1.10."""
    docs = Path(config.docs_dir)
    named = set(re.findall(r"'([^']+\.md)'", str(config.nav)))
    for folder, title in BOOKS.items():
        pages = sorted((p.relative_to(docs).as_posix() for p in (docs / folder).rglob("*.md")), key=_natural)
        new = [p for p in pages if p not in named]
        for section in config.nav:
            if title in section:
                section[title] = [*section[title], *new]
    return config


def on_post_page(output: str, page: Any, config: Any) -> str:
    """The language of a page, for screen readers and for the choice of Chinese glyphs."""
    return output.replace('<html lang="en"', '<html lang="zh-CN"', 1) if page.file.src_uri.startswith("zh/") else output


def _natural(name: str) -> list[tuple[bool, int, str]]:
    """Numbers in a name count as numbers."""
    return [(not part.isdigit(), int(part) if part.isdigit() else 0, part) for part in re.split(r"(\d+)", name)]
