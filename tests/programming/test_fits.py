"""Which scheme fits which array and which sum: every refusal with its way out, which works; and nothing else is refused."""

import re

import pytest
from small import setup

from ohmgrad.errors import SpecError
from ohmgrad.programming.catalogue import SCHEMES, find_scheme
from ohmgrad.programming.change import Dense
from ohmgrad.programming.fits import ACCESS, check_fit

ARRAYS = ("selector", "passive", "transistor")
SINGLE_CELLS = {"verify", "blind", "gate-set"}  # need transistors
SHARED = {"half-select", "third-select"}  # need lines that cells share


def refusal(scheme, access, sums="digital", batch=1):
    """The line with which `check_fit` refuses; empty if it does not."""
    try:
        check_fit(find_scheme(scheme), access, sums, batch)
    except SpecError as e:
        assert "\n" not in str(e)
        return str(e)
    return ""


def dense(name):
    return Dense in SCHEMES[name].accepts


@pytest.mark.parametrize("access", ARRAYS)
@pytest.mark.parametrize("scheme", SCHEMES)
def test_schemes_are_refused_on_the_arrays_that_they_cannot_write_and_on_no_other(scheme, access):
    transistor = access == "transistor"
    wrong = (scheme in SHARED) if transistor else (scheme in SINGLE_CELLS)
    text = refusal(scheme, access)
    assert bool(text) == wrong, text
    if wrong:
        assert text.startswith(f"programming.scheme = '{scheme}' ") and f"but array.access = '{access}'" in text
        way = re.search(r"; set scheme = '([a-z-]+)', or access = '([a-z]+)'$", text)
        assert way and not refusal(way[1], access) and not refusal(scheme, way[2])


@pytest.mark.parametrize("batch", [0, 1, 2, 100])
@pytest.mark.parametrize("sums", ["digital", "pulses"])
@pytest.mark.parametrize("access", ARRAYS)
@pytest.mark.parametrize("scheme", SCHEMES)
def test_batches_are_refused_where_the_scheme_cannot_write_their_sum(scheme, access, sums, batch):
    if refusal(scheme, access):
        return
    text = refusal(scheme, access, sums, batch)
    assert bool(text) == (batch != 1 and dense(scheme) == (sums == "pulses")), text
    if text:
        assert text.startswith(f"learning.sums = '{sums}': scheme '{scheme}' ")
        way = re.search(r"; set sums = '([a-z]+)', or scheme = '([a-z-]+)'$", text)
        assert way and not refusal(scheme, access, way[1], batch) and not refusal(way[2], access, sums, batch)


def test_lines_along_which_nothing_is_parallel_are_refused_with_the_reason():
    for name in SCHEMES:
        scheme = find_scheme(name)
        for access in ARRAYS:
            for line in ("word-line", "bit-line"):
                if refusal(name, access):
                    continue
                able = line in scheme.lines
                assert able == (name == "blind" or (name in ("verify", "gate-set") and line == "bit-line"))
                if able:
                    check_fit(scheme, access, "digital", 0, line)
                    continue
                with pytest.raises(
                    SpecError, match=f"^programming.parallel = '{line}': scheme '{name}' cannot write along a "
                ) as e:
                    check_fit(scheme, access, "digital", 1, line)
                if name == "verify":
                    assert "merge in one source line" in str(e.value)
                    assert str(e.value).endswith("; set parallel = 'bit-line', or scheme = 'blind'")


def test_only_schemes_that_there_are_have_a_line_in_the_table():
    assert set(ACCESS) == SINGLE_CELLS | SHARED
    for allowed, _, instead in ACCESS.values():
        assert instead in SCHEMES and set(allowed) <= set(ARRAYS)


@pytest.mark.parametrize("driver", ["fused", "stepwise"])
@pytest.mark.parametrize("write", ["one-way", "two-way"])
@pytest.mark.parametrize("access", ARRAYS)
@pytest.mark.parametrize("scheme", ["overlap", "pulse-train"])
def test_nothing_that_worked_before_is_refused(scheme, access, write, driver):
    """Sample by sample with the schemes of old, defaults elsewhere."""
    s = setup(programming__scheme=scheme, array__access=access, synapse__write=write, driver=driver)
    assert s.batch == 1 and s.dense is None


def test_a_scheme_of_the_users_own_fits_every_array(tmp_path):
    path = tmp_path / "mine.py"
    path.write_text(
        "from ohmgrad.programming.overlap import Overlap\nclass SCHEME(Overlap):\n    name = 'mine'\n", encoding="utf-8"
    )
    for access in ARRAYS:
        assert not refusal(str(path), access)
        assert "set sums = 'pulses'" in refusal(str(path), access, "digital", 4)
