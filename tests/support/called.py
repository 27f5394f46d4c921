"""The command line, called in this process."""

import sys
from collections import namedtuple

import pytest

from ohmgrad.cli.main import main

Answer = namedtuple("Answer", "status out err")


def caller(folder, monkeypatch, capsys):
    """A function that calls ``ohmgrad …`` in `folder` and returns its answer."""
    monkeypatch.chdir(folder)

    def call(*args):
        monkeypatch.setattr(sys, "argv", ["ohmgrad", *map(str, args)])
        with pytest.raises(SystemExit) as e:
            main()
        said = capsys.readouterr()
        return Answer(e.value.code, said.out, said.err)

    return call
