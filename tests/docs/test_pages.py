"""Every code block of the tutorials runs, in order, in one folder; the Chinese pages have the same blocks, and both glossaries the same terms."""

import re
import tomllib
from pathlib import Path

import pytest
from pages import NAMED, ROOT, fenced, run_block, steady_folder, text

from ohmgrad.errors import SpecError
from ohmgrad.experiments.build import complete
from ohmgrad.experiments.specfile import make_spec

TUTORIALS = ("my-data", "my-device", "my-network")
PAGES = (*(f"docs/tutorials/{t}.md" for t in TUTORIALS), "docs/rules.md", "docs/schemes.md", "docs/index.md")
CHINESE = {f"docs/zh/tutorials/{t}.md": f"docs/tutorials/{t}.md" for t in TUTORIALS} | {"docs/zh/index.md": "docs/index.md"}
DATA = PAGES[0]  # the page whose files the others use


@pytest.fixture(scope="module")
def folder():
    return steady_folder("tutorials")


@pytest.fixture
def here(folder, monkeypatch, capsys):
    """The folder with gases.csv and gases.toml, whichever test comes first."""
    monkeypatch.chdir(folder)
    if not Path("gases.csv").exists():
        for language, code in fenced(DATA)[:2]:
            run_block(language, code, DATA, monkeypatch, capsys)
    return folder


def blind(words):
    """A command whose run is not diagnosed: compiling takes half as long again with it. The first run of all is, as the page shows."""
    run = words[1] == "run" and "runs/gases" not in words
    return [*words, "--set", "diagnosis=false"] if run else words


@pytest.mark.parametrize("page", PAGES)
def test_every_block_runs(page, here, monkeypatch, capsys):
    blocks = fenced(page)
    assert blocks
    for k, (language, code) in enumerate(blocks):
        run_block(language, code, f"{page}, block {k + 1}", monkeypatch, capsys, blind)


@pytest.mark.parametrize("page", PAGES)
def test_toml_blocks_are_valid(page, here, monkeypatch, capsys):
    base = tomllib.loads(Path("gases.toml").read_text(encoding="utf-8"))
    for language, code in fenced(page):
        if language != "toml":
            continue
        name = NAMED.match(code)
        assert name, "the first line of a TOML block names its file"
        tree = tomllib.loads(code)
        if "network" in tree:
            Path(name[1]).write_text(code, encoding="utf-8")
            assert make_spec(name[1]).network.layers == tree["network"]["layers"]
            continue
        Path("mine.toml").exists() or Path("mine.toml").write_text('schema = 1\nlaw = "power-step"\n', encoding="utf-8")
        whole = tomllib.loads(code.replace('"mine.toml"', f'"{here}/mine.toml"'))
        Path("whole.toml").write_text(Path("gases.toml").read_text(encoding="utf-8").split("[device]")[0] + code + rest(base))
        spec = complete(make_spec("whole.toml"))
        assert spec.device.faults.dead == whole["device"]["faults"]["dead"]


def rest(base):
    """The sections of gases.toml behind [device], as text."""
    import tomli_w

    return "\n" + tomli_w.dumps({k: base[k] for k in ("synapse", "learning")})


def test_a_block_that_is_wrong_would_be_found(here):
    wrong = Path("gases.toml").read_text(encoding="utf-8").replace("[network]", "[network]\nlayres = [8, 4]")
    Path("wrong.toml").write_text(wrong, encoding="utf-8")
    with pytest.raises(SpecError, match="layres"):
        make_spec("wrong.toml")


@pytest.mark.parametrize("page", CHINESE)
def test_chinese_pages_have_the_same_blocks(page):
    assert fenced(page) == fenced(CHINESE[page])


@pytest.mark.parametrize("page", CHINESE)
def test_chinese_pages_have_the_same_parts(page):
    def levels(p):
        return [len(h) for h in re.findall(r"^(#+) ", re.sub(r"```.*?```", "", text(p), flags=re.S), re.M)]

    assert levels(page) == levels(CHINESE[page])


def terms(page, columns):
    """Pairs of terms of a glossary: (English, Chinese)."""
    rows = [[c.strip() for c in line.strip("|").split("|")] for line in text(page).splitlines() if line.startswith("| ")]
    return {tuple(row[c] for c in columns) for row in rows if "English" not in row}


def test_both_glossaries_have_the_same_terms():
    english, chinese = terms("docs/glossary.md", (0, 1)), terms("docs/zh/glossary.md", (1, 0))
    assert english == chinese
    assert len(english) > 100


def test_settings_in_the_glossary_exist():
    """Names such as `array.wire`: the section has such a field."""
    from ohmgrad.experiments.spec import Spec

    names = re.findall(r"`(array|coding|data|learning|network|programming|synapse)\.(\w+)", text("docs/glossary.md"))
    assert len(names) > 30
    for section, field in names:
        assert field in Spec.model_fields[section].annotation.model_fields, f"{section}.{field}"


def test_every_page_is_in_the_navigation():
    """But those that `make book` makes, which a hook puts there."""
    nav = (ROOT / "mkdocs.yml").read_text(encoding="utf-8")
    pages = [p.relative_to(ROOT / "docs").as_posix() for p in (ROOT / "docs").rglob("*.md")]
    missing = [p for p in pages if not re.search(rf"\b{re.escape(p)}", nav) and not p.startswith("book/")]
    assert missing == []
