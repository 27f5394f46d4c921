"""``device check`` and ``new law``: what they print, write and refuse."""

import pytest

from ohmgrad.cli.device_check import check, new_law
from ohmgrad.errors import LawError, SpecError


def test_a_new_law_is_short_and_passes_the_check_as_it_is(tmp_path, capsys):
    file = tmp_path / "mylaw.py"
    new_law(file)
    assert f"ohmgrad device check {file}" in capsys.readouterr().out
    text = file.read_text(encoding="utf-8")
    code = [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith(("#", '"""'))]
    assert len(code) <= 15 and "NAME" not in text and 'name="mylaw"' in text
    check(str(file), cuda=False)
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("law 'mylaw': ") and len(lines) > 10 and all(line.startswith("  ok  ") for line in lines[1:])


def test_a_file_that_is_there_stays(tmp_path):
    file = tmp_path / "mylaw.py"
    file.write_text("mine", encoding="utf-8")
    with pytest.raises(SpecError, match="exists; choose another name"):
        new_law(file)
    assert file.read_text(encoding="utf-8") == "mine"


def test_a_law_is_a_python_file_in_a_folder_that_exists(tmp_path):
    with pytest.raises(SpecError, match=r"a law is a Python file; name it mylaw\.py"):
        new_law(tmp_path / "mylaw.txt")
    with pytest.raises(SpecError, match="cannot be written: No such file"):
        new_law(tmp_path / "nowhere" / "mylaw.py")


def test_a_built_in_law_is_checked_by_its_name(capsys):
    check("linear", cuda=False)
    assert capsys.readouterr().out.startswith("law 'linear': ")


def test_a_law_that_needs_a_table_asks_for_a_device_file():
    with pytest.raises(SpecError, match="law 'table' reads a table; check a device file with one"):
        check("table", cuda=False)


def test_a_device_file_is_checked_with_its_own_parameters(tmp_path, capsys):
    file = tmp_path / "mine.toml"
    text = "schema = 1\nlaw = 'table'\ntable = [[1e-7, 2e-5], [2e-7, 0], [0, -2e-7]]\n"
    file.write_text(text, encoding="utf-8")
    check(str(file), cuda=False)
    assert capsys.readouterr().out.startswith("law 'table': ")
    file.write_text(text + "t_set = '1 ms'\n[parameters]\nv_full = '2.5 V'\n", encoding="utf-8")
    check(str(file), cuda=False)


def test_a_broken_law_is_one_line(tmp_path):
    file = tmp_path / "mylaw.py"
    new_law(file)
    file.write_text(file.read_text(encoding="utf-8").replace("p.step_set * (", "-p.step_set * ("), encoding="utf-8")
    with pytest.raises(LawError, match="law 'mylaw': SET lowers the mean conductance: a pulse of 2 V") as caught:
        check(str(file), cuda=False)
    assert "\n" not in str(caught.value)


def test_an_undefined_name_is_told_with_its_line(tmp_path):
    file = tmp_path / "mylaw.py"
    new_law(file)
    file.write_text(file.read_text(encoding="utf-8").replace("return p.step_set", "return p.stepset"), encoding="utf-8")
    with pytest.raises(LawError, match=r"pulse does not compile: Unknown attribute 'stepset' .* \(mylaw\.py line 9\)"):
        check(str(file), cuda=False)
