"""The files that a user names: found, or refused with the name that was probably meant."""

from __future__ import annotations

import difflib
from os import PathLike
from pathlib import Path

from ohmgrad.errors import DataError


def existing_file(path: str | PathLike[str]) -> Path:
    """Return `path` with ``~`` expanded.

    Raises `DataError` if it is no file, and names the nearest file of the same folder.
    """
    file = Path(path).expanduser()
    if file.is_file():
        return file
    if file.is_dir():
        raise DataError(f"{file} is a folder; a file is needed")
    if not file.parent.is_dir():
        raise DataError(f"{file} does not exist, nor does its folder {file.parent}")
    close = difflib.get_close_matches(file.name, [entry.name for entry in file.parent.iterdir()], n=1, cutoff=0.5)
    raise DataError(f"{file} does not exist" + (f"; did you mean '{close[0]}'?" if close else ""))
