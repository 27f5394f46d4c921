"""Functions for compiled callers and for Python: the same results, entries only where Python calls, machine code kept for the next process."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from ohmgrad.kernels.compiled import as_python, compiled, inline, inlined


@inline
def third(x):
    """x/3; a part whose error has to arrive in Python."""
    if x < 0.0:
        raise ValueError("below 0")
    return x / 3.0


@compiled
def twice_third(x):
    """2 x/3."""
    return 2.0 * third(x)


def test_only_what_python_calls_gets_an_entry():
    assert twice_third(6.0) == 4.0
    assert twice_third.entry is not None and third.entry is None
    assert third.overloads and not twice_third.overloads
    assert third(6.0) == 2.0 == as_python(third)(6.0) and third.entry is not None


def test_an_error_in_a_part_arrives_in_python():
    with pytest.raises(ValueError, match="below 0"):
        twice_third(-1.0)


def test_closures_and_compiled_functions_are_inlined():
    def scaled(f, a):
        f = inlined(f)
        return inlined(lambda x: a * f(x))

    three, thirty = scaled(third, 9.0), scaled(lambda x: x + 1.0, 30.0)
    both = compiled(lambda x: three(x) + thirty(x))
    assert both(1.0) == 63.0


PROGRAM = """
from ohmgrad.kernels.compiled import kept as compiled, kept_inline as inline

@inline
def part(x):
    if x < 0:
        raise ValueError("below 0")
    return x + 1

@compiled
def entry(x):
    return 2 * part(x)
"""


def test_machine_code_is_kept_for_the_next_process(tmp_path):
    (tmp_path / "loops.py").write_text(PROGRAM, encoding="utf-8")
    ask = "import loops\ntry:\n    loops.entry(-1)\nexcept ValueError as e:\n    print(e)\nprint(loops.entry(3), sum(loops.entry.entry.stats.cache_hits.values()))"
    said = [
        subprocess.run(
            [sys.executable, "-c", ask],
            cwd=tmp_path, env={**os.environ, "PYTHONPATH": os.pathsep.join([str(tmp_path), *filter(None, sys.path)])},
            capture_output=True, text=True, check=True,
        ).stdout.split("\n")[:2]
        for _ in range(2)
    ]  # fmt: skip
    assert said == [["below 0", "8 0"], ["below 0", "8 1"]]
    assert [p.name.partition("-")[0] for p in Path(tmp_path / "__pycache__").glob("*.nbi")] == ["loops.entry"]
