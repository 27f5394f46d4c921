"""What a sweep file may say: a base, how often, and the axes."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from ohmgrad.errors import SpecError, nearest
from ohmgrad.sections import Section, read_section


class Axis(Section):
    """One field and its values: a list, or from … to in `points` steps, evenly or evenly in the logarithm.

    In a random sweep (`random` at the top) axes with a range need no `points`: they are sampled together.
    """

    field: str = Field(min_length=1, description="dotted name of a setting, such as device.faults.dead")
    values: list[Any] | None = Field(None, description="the values, numbers or texts such as '10 uS'")
    start: float | str | None = Field(None, alias="from", description="first value of a range")
    end: float | str | None = Field(None, alias="to", description="last value of a range")
    points: int | None = Field(None, description="values of a range, ends included")
    scale: Literal["linear", "log"] = Field("linear", description="how the values of a range lie")

    @model_validator(mode="after")
    def _one_kind(self) -> Axis:
        if self.values is None and (self.start is None or self.end is None):
            raise ValueError(f"{self.field}: give values = [...], or from = ... and to = ...")
        if self.values is not None and (self.start is not None or self.end is not None or self.points is not None):
            raise ValueError(f"{self.field}: give either values, or from, to and points")
        if self.values is not None and not self.values:
            raise ValueError(f"{self.field}: values = [] is empty, so the grid has no point; give one value or more")
        if self.points is not None and self.points < 1:
            raise ValueError(f"{self.field}: points = {self.points}, so the grid has no point; give 1 or more")
        return self


class Sweep(Section):
    """A whole sweep: runs of `base` at every point, `repeats` times each with the same repeat numbers at every point."""

    base: str = Field(min_length=1, description="a named experiment, or a TOML file of yours (from the folder of this file)")
    title: str = Field("", description="what the sweep asks, in a line")
    variant: str = ""
    device: str = Field("", description="a published device or a device file, in place of the base's")
    settings: list[str] | dict[str, Any] = Field(
        default_factory=dict, description="settings of all points, as a table or as 'section.name=value'"
    )
    repeats: int = Field(4, ge=1, le=100_000, description="networks at each point, which differ in their random numbers only")
    first_repeat: int = Field(0, ge=0, le=2**31)
    epochs: int | None = Field(None, ge=1, le=100_000)
    seed: int | None = Field(None, ge=0, le=2**32 - 1)
    random: int | None = Field(None, description="points of a Latin hypercube over the axes with a range")
    random_seed: int = Field(1, ge=0, le=2**32 - 1)
    axis: Annotated[list[Axis], Field(max_length=16)] = Field(default_factory=list)

    @model_validator(mode="after")
    def _fits(self) -> Sweep:
        if not self.axis:
            raise ValueError("there is no axis, so the grid is empty; write [[axis]] with field = '...' and values = [...]")
        ranges = [a for a in self.axis if a.values is None]
        if self.random is not None:
            if self.random < 1:
                raise ValueError(f"random = {self.random}, so there is no point; give 1 or more")
            if not ranges:
                raise ValueError("random needs an axis with a range; write from = ... and to = ... instead of values")
        for a in ranges:
            if self.random is None and a.points is None:
                raise ValueError(f"axis {a.field}: points is missing; how many values from {a.start} to {a.end}?")
            if self.random is not None and a.points is not None:
                raise ValueError(f"axis {a.field}: points has no meaning with random = {self.random}; leave it out")
        names = [a.field for a in self.axis]
        for name in names:
            if names.count(name) > 1:
                raise ValueError(f"axis {name} is given twice")
        return self


def studies() -> dict[str, Path]:
    """The studies that come with ohmgrad, by name: sweep files in ``ohmgrad/sweep/studies``."""
    return {p.stem: p for p in sorted((Path(__file__).parent / "studies").glob("*.toml"), key=_counted)}


def _counted(path: Path) -> list[int | str]:
    """Names with numbers, in their order: 2.9 before 2.10."""
    return [int(part) if part.isdigit() else part for part in re.split(r"(\d+)", path.stem)]


def study_file(name: str | Path) -> Path:
    """The sweep file that a person means: one of theirs, whose name ends in .toml, or a study by its name. Raises SpecError."""
    path = Path(name)
    if path.suffix == ".toml" or path.is_file():
        return path
    known = studies()
    if str(name) in known:
        return known[str(name)]
    hint = f"; did you mean '{path}.toml'?" if Path(f"{path}.toml").is_file() else nearest(str(name), known)
    raise SpecError(f"there is no study '{name}'{hint}; the name of a file of yours ends in .toml")


def read_sweep(path: str | Path) -> Sweep:
    """The sweep that a TOML file describes; raises SpecError (one line)."""
    path = Path(path)
    if path.suffix != ".toml":
        raise SpecError(f"{path} is no sweep file; its name must end in .toml")
    try:
        tree = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        near = [p.name for p in path.parent.glob("*.toml")] if path.parent.is_dir() else []
        raise SpecError(f"there is no file {path}{nearest(path.name, near)}") from None
    except (OSError, UnicodeDecodeError) as e:
        raise SpecError(f"{path} cannot be read: {e}") from e
    except tomllib.TOMLDecodeError as e:
        raise SpecError(f"{path} is not valid TOML: {e}") from e
    if "base" not in tree and "network" in tree:
        raise SpecError(
            f"{path} is the specification of one run; a sweep file names it: base = '{path.name}', and has [[axis]]"
        )
    return read_section(Sweep, tree, str(path))
