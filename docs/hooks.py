"""For the site: the pages that `ohmgrad book` made stand behind the book's first page, in their order, and Chinese pages say that they are Chinese."""

from pathlib import Path
from typing import Any


def on_config(config: Any) -> Any:
    """Put the pages of docs/book into the navigation."""
    folder = Path(config.docs_dir) / "book"
    pages = sorted(p.relative_to(config.docs_dir).as_posix() for p in folder.rglob("*.md") if p != folder / "index.md")
    for section in config.nav:
        if "The book" in section:
            section["The book"] = ["book/index.md", *pages]
    return config


def on_post_page(output: str, page: Any, config: Any) -> str:
    """The language of a page, for screen readers and for the choice of Chinese glyphs."""
    return output.replace('<html lang="en"', '<html lang="zh-CN"', 1) if page.file.src_uri.startswith("zh/") else output
