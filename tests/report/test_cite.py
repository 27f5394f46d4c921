"""`ohmgrad cite`: every source that the package names has its work, each once; texts without one are printed; BibTeX that can be read."""

import re
import tomllib
from pathlib import Path

import pytest

import ohmgrad
from ohmgrad.devices.catalogue import LAWS
from ohmgrad.devices.devicefile import builtin_devices
from ohmgrad.errors import RunError
from ohmgrad.experiments.specfile import builtin, to_toml
from ohmgrad.learning.rules import RULES
from ohmgrad.programming.catalogue import SCHEMES
from ohmgrad.report.cite import DOI, bibtex, bibtex_of, references
from ohmgrad.report.finished import _flat

ENTRY = re.compile(r"@(\w+)\{(\w+),\n((?:  \w+ = \{.*\},?\n)+)\}")
NEEDED = {"article": {"author", "title", "journal", "year"}, "inproceedings": {"author", "title", "booktitle", "year"}}


def cited(name, variant="", settings=()):
    """BibTeX of an experiment: entries by key, with the line above each."""
    spec = ohmgrad.make_spec(name, variant=variant, settings=list(settings))
    return parsed(bibtex_of(dict(_flat(tomllib.loads(to_toml(spec))))))


def parsed(text):
    """Entries of BibTeX text; fails where something is left over, or braces do not match."""
    blocks = text.rstrip("\n").split("\n\n")
    out = {}
    for block in blocks:
        above, entry = block.split("\n", 1)
        assert above.startswith("% ") and "@" not in above
        found = ENTRY.fullmatch(entry)
        assert found, entry
        assert entry.count("{") == entry.count("}")
        assert found[2] not in out
        out[found[2]] = dict(re.findall(r"  (\w+) = \{(.*)\}", found[3])) | {"type": found[1], "above": above}
    return out


def sources():
    """Every text of the package that names a source."""
    yield from ((f"law {n}", law.source) for n, law in LAWS.items())
    yield from ((f"scheme {n}", s.source) for n, s in SCHEMES.items())
    yield from ((f"rule {n}", r.source) for n, r in RULES.items())
    yield from ((f"device {n}", tomllib.loads(t)["source"]) for n, t in builtin_devices().items())
    for name, tree in builtin().items():
        for part in (tree, *tree.get("variants", {}).values()):
            yield from ((f"experiment {name}", p["source"]) for p in part.get("published", []))


def test_every_doi_that_is_named_has_its_work():
    known = {w["doi"].lower() for w in references().values() if "doi" in w}
    missing = [(where, d) for where, text in sources() for d in DOI.findall(text) if d.lower() not in known]
    assert missing == []


def test_works_are_whole_and_named_once():
    works = references()
    dois = [w["doi"].lower() for w in works.values() if "doi" in w]
    assert len(dois) == len(set(dois))
    for key, w in works.items():
        assert w.keys() >= NEEDED.get(w["type"], {"author", "title"}), key
        assert re.fullmatch(r"[a-z]+\d{4}[a-z]*|ohmgrad", key)
        assert str(w.get("year", "")) == "".join(re.findall(r"\d{4}", key)), key


def test_the_package_is_that_of_the_citation_file():
    file = (Path(__file__).parents[2] / "CITATION.cff").read_text(encoding="utf-8")
    said = dict(re.findall(r'^(\w+): "?(.*?)"?$', file, re.M))
    entry = cited("burr2014")["ohmgrad"]
    assert entry["title"] == f"{{{said['title']}}}"
    assert entry["version"] == said["version"] == ohmgrad.__version__
    assert f"- name: {entry['author'].strip('{}')}" in file


@pytest.mark.parametrize("name", builtin())
@pytest.mark.parametrize("variants", (False, True))
def test_named_experiments(name, variants):
    for variant in [k for k in builtin()[name]["variants"]] if variants else [""]:
        entries = cited(name, variant)
        assert "ohmgrad" in entries and len(entries) > 1


def test_what_an_experiment_rests_on():
    assert set(cited("burr2014")) == {"ohmgrad", "burr2014", "burr2015", "fusi2007", "lecun1998"}
    assert {"nandakumar2018", "lecun1998"} <= set(cited("burr2014", "pcm"))
    assert {"yao2017", "samaria1994", "he2022"} <= set(cited("faces", "verify"))
    assert {"wu2025", "gokmen2016", "gokmen2017"} <= set(cited("wu2025"))
    letters = cited("letters")
    assert "prezioso2015" in letters and "lecun1998" not in letters
    assert "published number" in letters["prezioso2015"]["above"] and "law: metal-oxide" in letters["prezioso2015"]["above"]


def test_a_source_without_an_entry_is_printed_as_it_is():
    entry = cited("neurosim")
    assert entry["mlp"]["note"] == r"MLP+NeuroSim V3.0 manual (about 72 \% in its table)"
    assert entry["mlp"]["type"] == "misc"
    tree = {
        "device.source": "J. Woo et al., Letters 37, 994 (2016); B. Nobody & Sons 2016, doi:10.9999/none_such.1; J. Woo, 2016"
    }
    found = parsed(bibtex_of(tree))
    assert found["woo2016"]["note"] == "J. Woo et al., Letters 37, 994 (2016)"
    assert found["woo2016a"]["note"] == "J. Woo, 2016"
    assert found["nobody2016"]["doi"] == "10.9999/none_such.1"
    assert found["nobody2016"]["note"] == r"B. Nobody \& Sons 2016, doi:10.9999/none\_such.1"


def test_imperfections_that_are_on_are_cited():
    on = {
        "device.retention.kind": "stretched", "device.noise.telegraph": 0.1, "device.current.kind": "sinh",
        "device.transistor.word_set": 1.2, "synapse.cells": 2, "learning.rule": "sign",
    }  # fmt: skip
    expected = {"kohlrausch1854", "ielmini2010", "simmons1963", "shichman1968", "boybat2018", "zhang2018sign"}
    assert expected <= set(parsed(bibtex_of(on)))
    off = on | {"device.without": ["retention", "read-noise", "current", "transistor"]}
    assert expected & set(parsed(bibtex_of(off))) == {"boybat2018", "zhang2018sign"}


def test_a_folder(tmp_path):
    (tmp_path / "spec.toml").write_text(to_toml(ohmgrad.make_spec("letters")), encoding="utf-8")
    assert "prezioso2015" in parsed(bibtex(tmp_path))
    with pytest.raises(RunError, match="there is no run folder"):
        bibtex(tmp_path / "none")
    with pytest.raises(RunError, match=r"no spec\.toml"):
        bibtex(tmp_path.parent)


def test_a_law_of_the_users_that_is_gone_stops_nothing(tmp_path):
    entries = parsed(
        bibtex_of({"device.law": str(tmp_path / "gone.py"), "learning.rule": "gone.py:RULE", "data.source": "files"})
    )
    assert set(entries) == {"ohmgrad", "burr2014"}  # the default write scheme
