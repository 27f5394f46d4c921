"""Which figures and questions there are, in the order of the chapter, and the file of each.

To add one: a file in `figures/` or `questions/` with an `ENTRY`, and its line here.
"""

from __future__ import annotations

import importlib

from ohmgrad.book.entry import Entry
from ohmgrad.errors import SpecError, nearest

# Figures that show behaviour: number → module in `figures/`.
FIGURES: dict[str, str] = {
    **{f"1.{k}": f"figure_1_{k}" for k in (2, 3, 4, 5, 6, 7, 8, 9, 10)},
    **{f"2.{k}": f"figure_2_{k}" for k in (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12)},
}

# Thinking questions: name → section of the chapter, what it asks in a few words, module in `questions/` ("" where there is none yet).
QUESTIONS: dict[str, tuple[str, str, str]] = {
    "q1": ("1.1.1", "learning rate too small or too large", ""),
    "q2": ("1.1.1", "local minima, and ways out of them", ""),
    "q3": ("1.1.2", "features that the classes share", ""),
    "q4": ("1.1.3", "online against batch learning", ""),
    "q5": ("1.1.4", "what is stochastic in stochastic descent", ""),
    "q6": ("1.1.4", "saddle points and flat minima under each kind of descent", ""),
    "q7": ("1.2.1", "other codings of the grey level", ""),
    "q8": ("1.2.4", "why training converges in spite of variation", ""),
    "q9": ("1.3.3", "updating both cells of a pair", ""),
    "q10": ("2.2", "one step for SET and RESET together (eq. 2.10)", "question_10"),
    "q11": ("2.2", "inputs of both signs", "question_11"),
    "q12": ("2.3.2", "what sets the interval between refreshes", "question_12"),
    "q13": ("2.3.3", "why the imperfections differ in harm", "question_13"),
}

# What else the chapter says: name → section, module in `more/`.
MORE: dict[str, tuple[str, str]] = {
    "g1": ("1.1.2", "over_and_under"),
    "g2": ("1.1.2", "random_labels"),
    "s1": ("3", "flash"),
    "s2": ("3", "levels"),
    "s3": ("3", "one_step"),
}


def names() -> list[str]:
    """Names of all figures and questions that can be run, and of what else there is."""
    return [*FIGURES, *(name for name, (_, _, module) in QUESTIONS.items() if module), *MORE]


def _module(name: str) -> str:
    """File of an entry, below the book; "" where there is none."""
    if name in FIGURES:
        return f"figures.{FIGURES[name]}"
    if name in MORE:
        return f"more.{MORE[name][1]}"
    return f"questions.{QUESTIONS[name][2]}" if name in names() else ""


def find(name: str) -> Entry:
    """The entry called `name`, such as "1.10" or "q4"; raises SpecError with the nearest name."""
    module = _module(name)
    if not module:
        raise SpecError(f"the book has no figure or question '{name}'{nearest(name, names())}")
    entry = importlib.import_module(f"ohmgrad.book.{module}").ENTRY
    assert isinstance(entry, Entry)
    return entry


def entries() -> list[Entry]:
    """All of them, in order."""
    return [find(name) for name in names()]
