"""Code blocks of the README and of the site's pages, and how they are run: Python executed or saved, TOML saved, `ohmgrad …` called in this process."""

import hashlib
import os
import re
import shlex
import shutil
from pathlib import Path

from called import caller

from ohmgrad.kernels.specialise import cache_root

ROOT = Path(__file__).parents[2]
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.S | re.M)
NAMED = re.compile(r"# ([\w-]+\.(?:py|toml))\n")  # a block whose first line names a file is that file


def steady_folder(name):
    """An empty folder whose path is the same every time: loops compiled for a user's file there are found again by the next test run."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "")  # workers must not empty each other's
    here = cache_root() / "tests" / f"{name}-{hashlib.sha256(str(ROOT).encode()).hexdigest()[:8]}{worker}"
    shutil.rmtree(here, ignore_errors=True)
    here.mkdir(parents=True)
    return here


def text(page):
    """A page, by its path from the project's folder."""
    return (ROOT / page).read_text(encoding="utf-8")


def fenced(page):
    """(language, code) of each fenced block, in order."""
    return FENCE.findall(text(page))


def indented(page):
    """Indented blocks outside fences, as ("sh", code): commands of a page in the old style, in order with the fenced ones."""
    parts, at = [], 0
    whole = text(page)
    for m in [*FENCE.finditer(whole), None]:
        between = whole[at : m.start() if m else len(whole)]
        parts += [("sh", re.sub(r"^    ", "", b, flags=re.M)) for b in re.findall(r"(?:(?<=\n\n)|^)((?:    .*\n)+)", between)]
        parts += [m.groups()] if m else []
        at = m.end() if m else at
    return parts


def commands(code):
    """Words of each ``ohmgrad …`` line, its comment left out."""
    lines = (shlex.split(line, comments=True) for line in code.splitlines())
    return [w for w in lines if w and w[0] == "ohmgrad"]


def call(words, monkeypatch, capsys):
    """Call the command line here; returns what it printed. Fails with its message where the exit status is not 0."""
    said = caller(".", monkeypatch, capsys)(*words[1:])
    assert said.status == 0, f"{shlex.join(words)}: {said.err}"
    return said.out


def run_block(language, code, where, monkeypatch, capsys, short=lambda words: words):
    """Run one block in the current folder; returns what commands printed. short: a command with smaller settings."""
    name = NAMED.match(code)
    match language:
        case "python" if name:
            Path(name[1]).write_text(code, encoding="utf-8")
        case "python":
            exec(compile(code, where, "exec"), {"__name__": "__main__"})
        case "toml":
            Path(name[1] if name else "my.toml").write_text(code, encoding="utf-8")
        case "sh":
            return [call(short(words), monkeypatch, capsys) for words in commands(code)]
        case "text":
            pass
        case _:
            raise AssertionError(f"{where}: a block of '{language}' is not run; use python, toml, sh or text")
    return []
