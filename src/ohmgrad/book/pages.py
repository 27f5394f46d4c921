"""Pages of the book, in Markdown: English and Chinese side by side."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ohmgrad.book.entry import Claim, Text

if TYPE_CHECKING:
    from ohmgrad.book.build import Built

CHAPTER = 'Y. He, "Supervised learning of artificial neural networks" (textbook chapter, 2022)'
ABOUT = Text(
    f"Each figure of {CHAPTER} is run again here from its seeds, and each of its thinking questions is a short experiment. Captions are in our own words.",
    "本书各图均由随机种子重新仿真得到，每道思考题对应一个可运行的小实验；图注为我们自己的文字。",
)


def verdict(claim: Claim) -> Text:
    """Whether the chapter's words hold, and whether that is as recorded."""
    if claim.kept:
        return Text("holds", "成立") if claim.holds else Text("does not hold here", "此处不成立")
    return (
        Text("**no longer holds**", "**不再成立**")
        if claim.expected
        else Text("**holds, unlike recorded**", "**与记录不符：成立**")
    )


def cell(text: str) -> str:
    """Text for a cell of a table."""
    return " ".join(text.split()).replace("|", "\\|")


def page(built: Built, csv: Sequence[str]) -> str:
    """The page of one figure or question; csv: names of its data files, which lie beside it."""
    e, facts = built.entry, built.entry.facts(built.setting)
    lines = [
        f"# {e.heading.en}",
        "",
        f"**{e.heading.zh}**",
        "",
        f"![{e.title.en}]({e.name}.svg)",
        "",
        e.caption.en,
        "",
        e.caption.zh,
        "",
    ]
    lines += ["| the chapter says | here | number | |", "|---|---|---|---|"]
    for c in built.claims:
        lines.append(f"| {cell(c.says.en)} | {cell(c.found.en)} | {c.number:.4g} | {verdict(c).en} |")
        lines.append(f"| {cell(c.says.zh)} | {cell(c.found.zh)} | | {verdict(c).zh} |")
    lines += ["", "| | |", "|---|---|", f"| seeds | {cell(facts.seeds)} |", f"| replicas | {cell(facts.replicas)} |"]
    lines += [f"| {cell(k)} | {cell(v)} |" for k, v in facts.parameters.items()]
    lines += [f"| equations | {', '.join(e.equations)} |"] if e.equations else []
    lines += [f"| source | {cell(e.source)} |"] if e.source else []
    lines += [f"| data | {', '.join(f'[{name}]({name})' for name in csv)} |", f"| command | `ohmgrad book {e.name}` |", ""]
    return "\n".join(lines)


def index(built: Sequence[Built]) -> str:
    """The page that leads to all others."""
    lines = ["# The chapter, run again", "", ABOUT.en, "", ABOUT.zh, "", "| | | claims as recorded |", "|---|---|---|"]
    for b in built:
        kept = sum(c.kept for c in b.claims)
        lines.append(f"| [{b.entry.heading.en}]({b.entry.name}.md) | {b.entry.heading.zh} | {kept} of {len(b.claims)} |")
    return "\n".join([*lines, ""])
