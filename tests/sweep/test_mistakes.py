"""A mistake is one line on standard error and exit status 2; nothing is computed or written."""

import pytest
from called import caller

AXIS = '[[axis]]\nfield = "faults.dead"\n'


@pytest.fixture
def ohmgrad(project, monkeypatch, capsys):
    """Call the command line in this process, in the folder of my.toml."""
    return caller(project, monkeypatch, capsys)


@pytest.fixture
def refused(ohmgrad, project):
    """Call it with a mistake; returns what it says."""

    def call(*args):
        answer = ohmgrad(*args)
        assert answer.status == 2, answer
        assert answer.out == ""
        assert answer.err.startswith("error: ") and answer.err.count("\n") == 1, answer.err
        assert not (project / "sweeps").exists()
        return answer.err

    return call


@pytest.mark.parametrize(
    "text, said",
    [
        ("", "base is missing"),
        ('base = "my.toml"\n', "there is no axis, so the grid is empty"),
        ('base = "my.toml"\n' + AXIS + "values = []\n", "values = [] is empty, so the grid has no point"),
        ('base = "my.toml"\n' + AXIS + "from = 0\nto = 1\npoints = 0\n", "points = 0, so the grid has no point"),
        ('base = "my.toml"\n' + AXIS + "from = 0\nto = 1\n", "points is missing"),
        ('base = "my.toml"\n' + AXIS + "from = 0\nto = 1\npoints = 3\nscale = 'log'\n", "a log scale needs ends above 0"),
        (
            'base = "my.toml"\n' + AXIS + "from = '1 V'\nto = 1\npoints = 3\n",
            "'1 V' is a voltage, but a plain number is wanted",
        ),
        ('base = "my.toml"\n' + AXIS + "valeus = [1]\n", "unknown setting 'axis.0.valeus'; did you mean 'values'?"),
        ('base = "my.toml"\nrepeets = 3\n' + AXIS + "values = [0]\n", "unknown setting 'repeets'; did you mean 'repeats'?"),
        ('base = "my.toml"\n[[axis]]\nfield = "faults.ded"\nvalues = [1]\n', "did you mean 'device.faults.dead'?"),
        ('base = "my.toml"\n' + AXIS + "values = [2, 3]\n", "device.faults.dead"),
        ('base = "my.toml"\n' + AXIS + "values = [0]\n" + AXIS + "values = [1]\n", "axis faults.dead is given twice"),
        ('base = "my.toml"\nrandom = 5\n' + AXIS + "values = [0]\n", "random needs an axis with a range"),
        ('base = "mi.toml"\n' + AXIS + "values = [0]\n", "there is no file mi.toml"),
        ('base = "burr2041"\n' + AXIS + "values = [0]\n", "did you mean 'burr2014'?"),
        ('base = "my.toml"\nrepeats = 0\n' + AXIS + "values = [0]\n", "repeats"),
        ("base = ", "is not valid TOML"),
    ],
)
def test_sweep_files(refused, project, text, said):
    (project / "wrong.toml").write_text(text, encoding="utf-8")
    assert said in refused("sweep", "wrong.toml")


def test_files_that_are_none(refused):
    assert "there is no file grit.toml; did you mean 'grid.toml'?" in refused("sweep", "grit.toml")
    assert "my.toml is the specification of one run; a sweep file names it: base = 'my.toml'" in refused("sweep", "my.toml")
    assert "its name must end in .toml" in refused("sweep", "small.csv")


def test_options(refused):
    assert "give 1 or more" in refused("sweep", "grid.toml", "--workers", -1)
    assert "give one of them" in refused("sweep", "grid.toml", "--workers", 2, "--cluster", "tcp://127.0.0.1:9")
    assert "ends in .csv, .parquet or .nc" in refused("sweep", "grid.toml", "--export", "a.xls")
    assert "there is no store" in refused("sweep", "grid.toml", "--export", "a.csv")
    assert "unknown setting 'data.trian'" in refused("sweep", "grid.toml", "--set", "data.trian=5")


def test_a_million_points_ask_first(refused, ohmgrad, project):
    text = 'base = "my.toml"\n' + AXIS + "from = 0\nto = 1\npoints = 1000\n"
    text += '[[axis]]\nfield = "faults.stuck_on"\nfrom = 0\nto = 1\npoints = 1000\n'
    (project / "million.toml").write_text(text, encoding="utf-8")
    said = refused("sweep", "million.toml")
    assert "that would be 1,000,000 points, 4,000,000 runs, about " in said and "GB of store; give --yes" in said
    answer = ohmgrad("sweep", "million.toml", "--dry-run")
    assert answer.status == 0 and answer.out.startswith("1,000,000 points, 4,000,000 runs")


def test_a_run_folder_that_is_not_there(refused):
    assert "there is no run folder runs/nowhere" in refused("explain", "runs/nowhere")
