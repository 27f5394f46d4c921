"""Laws by name or by file, and the words for what does not work."""

import pytest

from ohmgrad.devices.catalogue import LAWS, find_law
from ohmgrad.errors import LawError, SpecError


def refusal(error, name):
    with pytest.raises(error) as caught:
        find_law(str(name))
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_every_law_is_found_by_its_name():
    for name, law in LAWS.items():
        assert find_law(name) is law and law.name == name
        assert law.text and law.source


def test_an_unknown_name_is_answered_with_the_nearest():
    assert "did you mean 'soft-bounds'?" in refusal(SpecError, "soft-bound")
    assert "'mylaw.py'" in refusal(SpecError, "soft-bound")
    assert all(name in refusal(SpecError, "zzz") for name in LAWS)


def test_a_missing_file_is_named(tmp_path):
    assert f"there is no file {tmp_path / 'no.py'}" in refusal(SpecError, tmp_path / "no.py")


@pytest.mark.parametrize("text", ["1 / 0", "import no_such_module_anywhere", "def f(:", "raise RuntimeError('two\\nlines')"])
def test_a_file_that_raises_is_reported_with_its_error(tmp_path, text):
    file = tmp_path / "mine.py"
    file.write_text(text + "\n", encoding="utf-8")
    message = refusal(LawError, file)
    assert "does not load" in message and str(file) in message
    assert any(word in message for word in ("ZeroDivisionError", "ModuleNotFoundError", "SyntaxError", "RuntimeError"))


@pytest.mark.parametrize("text", ["x = 1  # no law here", "LAW = 'not a law'"])
def test_a_file_without_a_law_is_refused(tmp_path, text):
    file = tmp_path / "mine.py"
    file.write_text(text + "\n", encoding="utf-8")
    assert f"{file} defines no Law called LAW" in refusal(LawError, file)


def test_a_law_of_another_name_in_a_file_is_found(tmp_path):
    file = tmp_path / "mine.py"
    file.write_text("from ohmgrad.devices.laws.linear import LAW as first\nfrom ohmgrad.devices.laws.table import LAW\n")
    assert find_law(f"{file}:first") is LAWS["linear"]
    assert find_law(str(file)) is LAWS["table"]
    assert f"{file} defines no Law called second" in refusal(LawError, f"{file}:second")
