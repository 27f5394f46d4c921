"""Errors that a user can cause, and mend.

Every message is one line: what is wrong, where, and what would be right.
The command line prints the message and exits with status 2; no traceback::

    OhmgradError
    ├── UnitError          a quantity without a unit, or of the wrong dimension
    ├── SpecError          a setting that is unknown, missing or out of range
    ├── DataError          a data file or data source that is missing, truncated or altered
    ├── RunError           a run folder that exists, is incomplete or cannot be written
    │   └── CheckpointError    a checkpoint that is damaged or belongs to another specification
    ├── LawError           a device law that breaks its own declaration
    └── CircuitError       an array whose voltages are undetermined, or were not found
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class OhmgradError(Exception):
    """Base of every error that a user's input can cause."""


class UnitError(OhmgradError, ValueError):
    """A quantity could not be read, or has the wrong dimension."""


class SpecError(OhmgradError, ValueError):
    """A setting is unknown, missing, or outside its allowed range."""


class DataError(OhmgradError):
    """A data file or source is missing, truncated, altered or of the wrong shape."""


class RunError(OhmgradError):
    """A run folder exists with another specification, is incomplete, or cannot be written."""


class CheckpointError(RunError):
    """A checkpoint is damaged, or was written by another specification."""


class LawError(OhmgradError):
    """A device law does not keep what it declares."""


class CircuitError(OhmgradError):
    """The voltages of an array are undetermined, or could not be found."""


def nearest(name: str, known: Iterable[str]) -> str:
    """Return ``"; did you mean 'x'?"`` for the known name closest to `name`, else the list of known names.

    >>> nearest("burr2041", ["burr2014", "letters"])
    "; did you mean 'burr2014'?"
    >>> nearest("zzz", ["a", "b"])
    '; known: a, b'
    """
    names = list(known)
    close = difflib.get_close_matches(name, names, n=1, cutoff=0.5)
    if close:
        return f"; did you mean '{close[0]}'?"
    return f"; known: {', '.join(sorted(names))}" if names else ""
