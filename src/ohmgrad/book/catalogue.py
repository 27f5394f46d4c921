"""Which figures and questions there are, in the order of the chapter, and the file of each.

To add one: a file in `figures/`, `questions/` or `more/` with an `ENTRY`, and its line here.
"""

from __future__ import annotations

import importlib

from ohmgrad.book.entry import Entry
from ohmgrad.errors import SpecError, nearest

# Figures that show behaviour: number → module in `figures/`.
FIGURES: dict[str, str] = {
    "1.2": "figure_1_2",
    "1.3": "figure_1_3",
    "1.4": "figure_1_4",
    "1.5": "figure_1_5",
    "1.6": "figure_1_6",
    "1.7": "figure_1_7",
    "1.8": "figure_1_8",
    "1.9": "figure_1_9",
    "1.10": "figure_1_10",
    "1.11": "figure_1_11",
    "1.12": "figure_1_12",
    "1.13": "figure_1_13",
    "1.14": "figure_1_14",
    "1.15": "figure_1_15",
    "2.1": "figure_2_1",
    "2.2": "figure_2_2",
    "2.3": "figure_2_3",
    "2.4": "figure_2_4",
    "2.5": "figure_2_5",
    "2.6": "figure_2_6",
    "2.7": "figure_2_7",
    "2.8": "figure_2_8",
    "2.9": "figure_2_9",
    "2.10": "figure_2_10",
    "2.11": "figure_2_11",
    "2.12": "figure_2_12",
}

# Thinking questions: name → section of the chapter, what it asks in a few words, module in `questions/` ("" where there is none yet).
QUESTIONS: dict[str, tuple[str, str, str]] = {
    "q1": ("1.1.1", "learning rate too small or too large", "step_size"),
    "q2": ("1.1.1", "local minima, and ways out of them", "local_minima"),
    "q3": ("1.1.2", "features that the classes share", "shared_features"),
    "q4": ("1.1.3", "online against batch learning", "online_or_batch"),
    "q5": ("1.1.4", "what is stochastic in stochastic descent", "what_is_stochastic"),
    "q6": ("1.1.4", "saddle points and flat minima under each kind of descent", "saddle_points"),
    "q7": ("1.2.1", "other codings of the grey level", "codings"),
    "q8": ("1.2.4", "why training converges in spite of variation", "in_spite_of_variation"),
    "q9": ("1.3.3", "updating both cells of a pair", "both_cells"),
    "q10": ("2.2", "one step for SET and RESET together (eq. 2.10)", "one_step_coding"),
    "q11": ("2.2", "inputs of both signs", "signed_inputs"),
    "q12": ("2.3.2", "what sets the interval between refreshes", "refresh_interval"),
    "q13": ("2.3.3", "why the imperfections differ in harm", "harm"),
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
