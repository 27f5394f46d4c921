"""What to cite of a run, as BibTeX: ohmgrad, the experiment's published sources, device and law, scheme and rule, data, imperfections.

Sources are the texts that say so where each thing stands (`source` of a device file, a law, a scheme, a rule, a published number). A text is cut at its
semicolons; a part that names a DOI is the work with that DOI in ``references.toml``, any other part becomes ``@misc`` with its text. Works that no
text names (data sets, retention, …) say in that file what calls for them.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from importlib import resources
from os import PathLike
from pathlib import Path
from typing import Any, NamedTuple

import ohmgrad
from ohmgrad.devices.catalogue import find_law
from ohmgrad.errors import OhmgradError
from ohmgrad.learning.catalogue import find_rule
from ohmgrad.programming.catalogue import find_scheme
from ohmgrad.report.finished import read_settings

DOI = re.compile(r"\b10\.\d{4,9}/[^\s,;)]+[^\s,;).]")
ARXIV = re.compile(r"arXiv:(\d{4}\.\d{4,5})")
OWN = "the user's own"  # a measurement of the user's is theirs to cite
FIELDS = (
    "author", "title", "booktitle", "journal", "volume", "pages", "howpublished", "note", "version", "year", "doi"
)  # fmt: skip
SPECIAL = re.compile(r"(?<!\\)([&%$#_])")


class Use(NamedTuple):
    """One reason to cite: what it is in the run, and the text of its source or the mark (``for`` in ``references.toml``) that calls for a work."""

    what: str
    source: str = ""
    mark: str = ""


@cache
def references() -> Mapping[str, Mapping[str, Any]]:
    """The works that are known, by key."""
    text = (resources.files("ohmgrad.report") / "references.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def bibtex(folder: str | PathLike[str]) -> str:
    """BibTeX of what the run in `folder` used, finished or not; each entry once, with a line above it on what it is for. Raises RunError."""
    return bibtex_of(read_settings(Path(folder)))


def bibtex_of(settings: Mapping[str, Any]) -> str:
    """The same from settings by dotted name, as in ``spec.toml``."""
    found: dict[str, tuple[Mapping[str, Any], list[str]]] = {}
    for use in uses(settings):
        for key, entry in _entries(use, found):
            why = found.setdefault(key, (entry, []))[1]
            if use.what not in why:
                why.append(use.what)
    return "\n\n".join(_entry(key, entry, why) for key, (entry, why) in found.items()) + "\n"


def uses(settings: Mapping[str, Any]) -> Iterator[Use]:
    """What a run has that others made, in the order in which it is printed."""

    def text(name: str, default: str = "") -> str:
        return str(settings.get(name, default))

    yield Use(f"ohmgrad {ohmgrad.__version__}", mark="package")
    for number in settings.get("published", []):
        yield Use(f"published number: {number.get('what', '')}", str(number.get("source", "")))
    yield Use(f"device: {text('device.title') or text('device.law')}", text("device.source"))
    yield Use(f"law: {text('device.law')}", _source(find_law, text("device.law", "soft-bounds")))
    yield Use(f"write scheme: {text('programming.scheme')}", _source(find_scheme, text("programming.scheme", "overlap")))
    yield Use(f"rule: {text('learning.rule')}", _source(find_rule, text("learning.rule", "delta")))
    yield Use(f"data: {text('data.source')}", mark=f"data:{text('data.source', 'mnist')}")
    if int(settings.get("synapse.cells", 1)) > 1:
        yield Use("cells of a synapse that take turns", mark="several-cells")
    switched = settings.get("device.without", [])
    if "retention" not in switched:
        yield Use(f"retention: {text('device.retention.kind')}", mark=f"retention:{text('device.retention.kind')}")
    if "read-noise" not in switched and float(settings.get("device.noise.telegraph", 0.0)):
        yield Use("random telegraph noise", mark="noise:telegraph")
    if "current" not in switched:
        yield Use(f"current: {text('device.current.kind')}", mark=f"current:{text('device.current.kind')}")
    if "transistor" not in switched and "device.transistor.word_set" in settings:
        yield Use("transistor in series", mark="transistor")


def _source(find: Any, name: str) -> str:
    """What a law, scheme or rule says of its source; "" for a file of the user's that is no longer there."""
    try:
        return str(find(name).source)
    except OhmgradError:
        return ""


def _entries(use: Use, taken: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Works that a use calls for, known or not."""
    known = references()
    if use.mark:
        yield from ((key, work) for key, work in known.items() if use.mark in work.get("for", ()))
    by_doi = {work["doi"].lower(): key for key, work in known.items() if "doi" in work}
    for part in filter(None, (p.strip() for p in use.source.split(";"))):
        dois = [*DOI.findall(part), *(f"10.48550/arXiv.{n}" for n in ARXIV.findall(part))]
        keys = dict.fromkeys(by_doi[d.lower()] for d in dois if d.lower() in by_doi)
        yield from ((key, known[key]) for key in keys)
        if not keys and not part.startswith(OWN):
            note = re.sub(r"^[a-z ]+: ", "", part)
            yield _key(note, taken), {"type": "misc", "note": note, **({"doi": dois[0]} if dois else {})}


def _key(note: str, taken: Mapping[str, tuple[Mapping[str, Any], list[str]]]) -> str:
    """A name such as woo2016 for a text; the same text keeps its name, another one gets a letter."""
    surname = re.search(r"[^\W\d_]+", re.sub(r"^([A-Z]\.[ -]?)+", "", note))
    year = re.search(r"\b(1[89]|20)\d\d\b", note)
    key = f"{surname[0].lower() if surname else 'source'}{year[0] if year else ''}"
    for letter in " abcdefghijklmnopqrstuvwxyz":
        name = f"{key}{letter}".strip()
        if name not in references() and (name not in taken or taken[name][0].get("note") == note):
            return name
    return key


def _entry(key: str, entry: Mapping[str, Any], why: Iterable[str]) -> str:
    """One entry. BibTeX passes over what stands between entries, up to an @."""
    values = {**entry, "version": ohmgrad.__version__} if "package" in entry.get("for", ()) else entry
    lines = [f"  {name} = {{{_value(name, values[name])}}}" for name in FIELDS if name in values]
    comment = "; ".join(w.replace("@", "at") for w in why)
    return f"% {comment}\n@{entry['type']}{{{key},\n" + ",\n".join(lines) + "\n}"


def _value(name: str, value: Any) -> str:
    if name == "author":
        # a comma parts surname and given name; a name without one is that of a body and must not be taken apart
        return " and ".join(_escaped(a) if ", " in a else f"{{{_escaped(a)}}}" for a in map(str, value))
    if name == "title":
        return f"{{{_escaped(str(value))}}}"
    return str(value) if name == "doi" else _escaped(str(value))


def _escaped(text: str) -> str:
    return SPECIAL.sub(r"\\\1", text.replace("{", "(").replace("}", ")"))
