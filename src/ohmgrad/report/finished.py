"""Reading finished runs, to bill them and to compare them."""

from __future__ import annotations

import json
import shlex
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from os import PathLike
from pathlib import Path

from ohmgrad.errors import RunError
from ohmgrad.report.load import load_history, load_summary
from ohmgrad.report.run import History, Summary


@dataclass(frozen=True)
class Finished:
    """One finished run: its settings by dotted name, and what came out."""

    folder: Path
    settings: dict[str, object]  # as in spec.toml: SI units
    variant: str
    repeats: tuple[int, ...]  # label of each replica
    data: str  # SHA-256 of the data, or "" if not recorded
    summary: Summary
    history: History

    @property
    def name(self) -> str:
        """Experiment and variant, such as ``burr2014, linear``."""
        return ", ".join(filter(None, (self.summary.experiment, self.variant)))

    @property
    def device(self) -> str:
        """What the cell is called, or its law; "" if neither is known."""
        return self.summary.device or str(self.settings.get("device.title") or self.settings.get("device.law") or "")


def load_finished(folder: str | PathLike[str]) -> Finished:
    """Return what the folder of a finished run holds.

    Raises `RunError` if there is no such folder, the run is not finished, or a file is missing or damaged.
    """
    folder = Path(folder)
    settings = read_settings(folder)
    if not (folder / "summary.json").is_file():
        raise RunError(f"{folder}: the run is not finished, it has no summary.json; {_go_on(folder)}")
    summary = load_summary(folder / "summary.json")
    if not summary.finished:
        raise RunError(
            f"{folder}: the run is not finished ({summary.epochs_done} of {summary.epochs} epochs); {_go_on(folder)}"
        )
    history = load_history(folder / "history.json", summary.replicas, len(summary.layers) - 1)
    if len(history.epochs) != summary.epochs_done:
        raise RunError(
            f"{folder}: history.json has {len(history.epochs)} epochs, but summary.json has {summary.epochs_done}; "
            f"write both again: ohmgrad resume {shlex.quote(str(folder))}"
        )
    first = settings.get("first_repeat", 0)
    if isinstance(first, bool) or not isinstance(first, int):
        raise RunError(f"{folder / 'spec.toml'}: 'first_repeat' is {first!r}, but a whole number is wanted")
    variant = settings.get("variant", "")
    return Finished(
        folder=folder,
        settings=settings,
        variant=variant if isinstance(variant, str) else "",
        repeats=tuple(range(first, first + summary.replicas)),
        data=str(json.loads((folder / "summary.json").read_text(encoding="utf-8")).get("data_sha256", "")),
        summary=summary,
        history=history,
    )


def read_settings(folder: Path) -> dict[str, object]:
    """Settings of a run, finished or not, by dotted name. Raises RunError."""
    if not folder.is_dir():
        raise RunError(f"there is no run folder {folder}; give one that 'ohmgrad run' wrote")
    path = folder / "spec.toml"
    try:
        return dict(_flat(tomllib.loads(path.read_text(encoding="utf-8"))))
    except FileNotFoundError:
        raise RunError(f"{folder} is no run folder: it has no spec.toml") from None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise RunError(f"{path} is damaged: {' '.join(str(error).split())}") from None


def _flat(tree: Mapping[str, object], start: str = "") -> Iterator[tuple[str, object]]:
    """Every value of a tree of tables with its dotted name."""
    for key, value in tree.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{start}{key}.")
        else:
            yield start + key, value


def _go_on(folder: Path) -> str:
    return f"go on with: ohmgrad resume {shlex.quote(str(folder))}"
