"""Specialised loops: their names follow their contents, and the cache folder may be missing, read-only or shared."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from ohmgrad.kernels.specialise import cache_root, load_file, specialise

LOOP = '''
"""A toy loop."""

from __future__ import annotations

from ohmgrad.kernels.compiled import compiled
from ohmgrad.kernels.parts import (
    activate,
    slope,
)


@compiled
def total(n):
    """Sum of activate(i)·slope(i)."""
    s = 0.0
    for i in range(n):
        s += activate(1.0 * i) * slope(1.0 * i)
    return s
'''

HEADER = """
from numba import njit
compiled = njit(cache=True)

@compiled
def activate(s):
    return s + 1.0

@compiled
def slope(y):
    return 2.0
"""


def toy(folder, text=LOOP, name="toy_loop"):
    folder.mkdir(exist_ok=True)
    path = folder / f"{name}.py"
    path.write_text(text, encoding="utf-8")
    return load_file(path)


@pytest.fixture
def cache(tmp_path, monkeypatch):
    folder = tmp_path / "cache"
    monkeypatch.setenv("OHMGRAD_CACHE", str(folder))
    return folder


def test_the_header_fills_in_the_parts(tmp_path, cache):
    module = specialise(HEADER, [toy(tmp_path / "a")], [])
    assert module.total(10) == 2.0 * 55
    assert Path(module.__file__).parent == cache / "loops"


def test_the_same_text_gives_the_same_module(tmp_path, cache):
    extra = tmp_path / "law.py"
    extra.write_text("x = 1", encoding="utf-8")
    loop = toy(tmp_path / "a")
    assert specialise(HEADER, [loop], [extra]) is specialise(HEADER, [loop], [extra])
    assert len(list((cache / "loops").glob("*.py"))) == 1


def test_any_change_gives_another_name(tmp_path, cache):
    extra = tmp_path / "law.py"
    extra.write_text("x = 1", encoding="utf-8")
    modules = [
        specialise(HEADER, [toy(tmp_path / "a")], [extra]),
        specialise(HEADER.replace("2.0", "3.0"), [toy(tmp_path / "a")], [extra]),
        specialise(HEADER, [toy(tmp_path / "a", LOOP.replace("0.0", "5.0"))], [extra]),
        specialise(HEADER, [toy(tmp_path / "a")], []),
    ]
    extra.write_text("x = 2", encoding="utf-8")
    modules.append(specialise(HEADER, [toy(tmp_path / "a")], [extra]))
    assert len({m.__name__ for m in modules}) == len(modules)
    assert [m.total(2) for m in modules] == [6.0, 9.0, 11.0, 6.0, 6.0]


def test_a_damaged_file_in_the_cache_is_written_anew(tmp_path, cache):
    loop = toy(tmp_path / "a", LOOP.replace("s = 0.0", "s = 7.0"))
    module = specialise(HEADER, [loop], [])
    path = Path(module.__file__)
    path.write_text("raise SystemExit", encoding="utf-8")
    del sys.modules[module.__name__]
    again = specialise(HEADER, [loop], [])
    assert again is not module and again.total(1) == 9.0


def test_an_unwritable_cache_falls_back_to_a_temporary_folder(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("in the way", encoding="utf-8")
    monkeypatch.setenv("OHMGRAD_CACHE", str(tmp_path / "file" / "cache"))  # below a regular file: not even root can make it
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    module = specialise(HEADER, [toy(tmp_path / "a", LOOP.replace("s = 0.0", "s = 1.0"))], [])
    assert module.total(1) == 3.0
    assert Path(module.__file__).parent == tmp_path / f"ohmgrad-loops-{os.getpid()}"


def test_with_nowhere_to_write_the_error_names_the_variable(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("in the way", encoding="utf-8")
    monkeypatch.setenv("OHMGRAD_CACHE", str(tmp_path / "file" / "cache"))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "file"))
    with pytest.raises(OSError, match="OHMGRAD_CACHE"):
        specialise(HEADER, [toy(tmp_path / "a", LOOP.replace("s = 0.0", "s = 2.0"))], [])


def test_the_cache_folder_may_be_named_from_home(monkeypatch):
    monkeypatch.setenv("OHMGRAD_CACHE", "~/somewhere")
    assert cache_root() == Path.home() / "somewhere"


def test_two_processes_may_compile_at_once(tmp_path, cache):
    (tmp_path / "toy_loop.py").write_text(LOOP, encoding="utf-8")
    (tmp_path / "run.py").write_text(
        "import sys\nfrom pathlib import Path\n"
        "from ohmgrad.kernels.specialise import load_file, specialise\n"
        f"here = Path({str(tmp_path)!r})\n"
        "ready = here / f'ready{sys.argv[1]}'\n"
        "ready.touch()\n"
        "while len(list(here.glob('ready*'))) < 2: pass\n"
        f"m = specialise({HEADER!r}, [load_file(here / 'toy_loop.py')], [])\n"
        "print(m.total(10), m.__file__)\n",
        encoding="utf-8",
    )
    both = [
        subprocess.Popen(
            [sys.executable, tmp_path / "run.py", str(n)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        for n in range(2)
    ]
    answers = [p.communicate(timeout=120) for p in both]
    assert [p.returncode for p in both] == [0, 0], answers
    assert answers[0] == answers[1]
    assert answers[0][0].startswith("110.0 ") and answers[0][1] == ""
    assert len(list((cache / "loops").glob("*.py"))) == 1
    assert not list((cache / "loops").glob("*.tmp"))


def test_a_file_that_raises_leaves_nothing_behind(tmp_path):
    path = tmp_path / "bad.py"
    path.write_text("y = 1 / 0\n", encoding="utf-8")
    before = set(sys.modules)
    with pytest.raises(ZeroDivisionError):
        load_file(path)
    assert set(sys.modules) == before


def test_a_changed_file_is_loaded_again_and_an_unchanged_one_is_not(tmp_path):
    path = tmp_path / "mine.py"
    path.write_text("value = 'first of mine'\n", encoding="utf-8")
    first = load_file(path)
    assert load_file(path) is first
    path.write_text("value = 'second of mine'\n", encoding="utf-8")
    assert (load_file(path).value, first.value) == ("second of mine", "first of mine")
