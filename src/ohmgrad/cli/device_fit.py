"""``ohmgrad device fit``: laws from measured pulse ramps."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from ohmgrad.cli.leave import leaving_at_once
from ohmgrad.errors import RunError, SpecError
from ohmgrad.units import parse


class DirectionChoice(StrEnum):
    auto = "auto"
    set = "set"
    reset = "reset"


class CellsChoice(StrEnum):
    auto = "auto"
    one = "one"
    files = "files"
    columns = "columns"


def fit(
    files: Annotated[
        list[Path], typer.Argument(help="CSV files: one ramp a column, or a read a row (see docs/fit.md).", show_default=False)
    ],
    out: Annotated[
        Path | None, typer.Option(help="Device file to write (TOML); plots beside it. Without it nothing is written.")
    ] = None,
    law: Annotated[
        list[str] | None,
        typer.Option(
            help="Fit this law, or your 'mylaw.py', instead of all; may be repeated. The file holds the best of them."
        ),
    ] = None,
    read_voltage: Annotated[str, typer.Option(help="Values are currents, read at this voltage, such as '0.1 V'.")] = "",
    unit: Annotated[str, typer.Option(help="Unit of values whose header names none, such as uS.")] = "",
    direction: Annotated[
        DirectionChoice, typer.Option(help="Direction of every ramp; auto: from names and trend.")
    ] = DirectionChoice.auto,
    cells: Annotated[
        CellsChoice, typer.Option(help="One ramp a column: what is a cell? auto: one, unless columns are named 'cell 3'.")
    ] = CellsChoice.auto,
    values: Annotated[
        list[str] | None,
        typer.Option("--set", help="A parameter that you know, such as v_set='1.5 V' or g_max='20 uS'; may be repeated."),
    ] = None,
    t_set: Annotated[str, typer.Option(help="Width of a SET pulse.")] = "50 ns",
    t_reset: Annotated[str, typer.Option(help="Width of a RESET pulse.")] = "50 ns",
    keep_outliers: Annotated[bool, typer.Option("--keep-outliers", help="Take no jumps and bad reads out.")] = False,
    plots: Annotated[bool, typer.Option(help="Draw data against model beside the device file.")] = True,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print nothing but errors.")] = False,
) -> None:
    """Fit device laws to measured pulse ramps, rank them, and write the best as a device file."""
    from ohmgrad.devices.fit.result import fit_pulses
    from ohmgrad.devices.fit.words import describe

    if out is not None and out.is_dir():
        raise RunError(f"{out} is a folder; name the device file, such as {out / 'mine.toml'}")
    if out is not None and out.suffix != ".toml":
        raise RunError(f"{out}: a device file ends in .toml")
    with leaving_at_once():
        result = fit_pulses(
            files,
            read_voltage=parse(read_voltage, "voltage") if read_voltage else None,
            unit=unit or None,
            direction=direction.value,
            cells=cells.value,
            laws=law or (),
            values=_known(values or []),
            t_set=parse(t_set, "time"),
            t_reset=parse(t_reset, "time"),
            keep_outliers=keep_outliers,
        )
    if not quiet:
        print(describe(result))
    if out is None:
        return
    from ohmgrad.devices.fit.devicetext import device_text
    from ohmgrad.report.files import write_png, write_svg, write_whole

    written = [write_whole(out, device_text(result).encode())]
    if plots:
        from ohmgrad.report.fit_figures import plot_fit

        figure = plot_fit(result)
        written += [write_png(figure, out.with_suffix(".png")), write_svg(figure, out.with_suffix(".svg"))]
    if not quiet:
        print("\nwritten: " + ", ".join(str(p) for p in written))


def _known(settings: list[str]) -> dict[str, float]:
    """Parameters from NAME=VALUE, in SI units."""
    from ohmgrad.devices.catalogue import LAWS

    out = {}
    for setting in settings:
        name, equals, text = setting.partition("=")
        name = name.strip()
        if not equals or not text.strip():
            raise SpecError(f"'{setting}' is no parameter and value; write it like v_set='1.5 V'")
        dimension = next((law.declared[name].dimension for law in LAWS.values() if name in law.declared), None)
        out[name] = parse(text.strip(), dimension) if dimension else _plain(name, text)
    return out


def _plain(name: str, text: str) -> float:
    """Value of a parameter of the user's own law, whose dimension is not known yet: any unit."""
    from ohmgrad.units import DIMENSIONS

    for dimension in DIMENSIONS:
        try:
            return parse(text.strip(), dimension)
        except ValueError:
            continue
    raise SpecError(f"{name} = '{text}' is no number with a unit")
