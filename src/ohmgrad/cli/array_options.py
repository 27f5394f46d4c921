"""Options that say what an array is and how it is driven, shared by the commands of ``ohmgrad array``."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer


class AccessChoice(StrEnum):
    passive = "passive"
    selector = "selector"
    transistor = "transistor"


class CurrentChoice(StrEnum):
    ohmic = "ohmic"
    sinh = "sinh"
    cubic = "cubic"


class SchemeChoice(StrEnum):
    ground = "ground"
    float_ = "float"
    half = "V/2"
    third = "V/3"


def _panel(title: str, text: str, **more: str) -> typer.models.OptionInfo:
    return typer.Option(help=text, rich_help_panel=title, **more)  # type: ignore[arg-type,no-any-return]


WIRES, DRIVE, CELLS, ONE = "Wires", "Drive", "Cells and what is in series with them", "One selected cell"

Weights = Annotated[
    Path,
    typer.Argument(help="Conductances in siemens, rows × columns: .npy, .npz or .csv.", show_default=False),
]
Name = Annotated[str, typer.Option(help="Which array of an .npz file with several.")]
Wire = Annotated[str, _panel(WIRES, "Resistance of every segment, as '2 ohm'; 0: ideal.")]
WireColumns = Annotated[str, _panel(WIRES, "Segments of the columns, where they differ from --wire.")]
Source = Annotated[str, _panel(WIRES, "Driver of each row, besides the end segment.")]
Sense = Annotated[str, _panel(WIRES, "Sense circuit of each column, besides the end segment.")]
Ends = Annotated[str, _panel(WIRES, "Ends tied: of rows (left, right, both), and of columns (bottom, top, both).")]
EndSegments = Annotated[bool, _panel(WIRES, "A segment of wire before the first node and after the last.")]
Read = Annotated[str, _panel(DRIVE, "Voltage of every row; the columns are at virtual ground.")]
Input = Annotated[
    Path | None, _panel(DRIVE, "Voltages of the rows, in volts, in place of --read: .npy, .npz or .csv; nan: floating.")
]
Backward = Annotated[
    bool, typer.Option("--backward", help="Drive the columns; the rows are at virtual ground.", rich_help_panel=DRIVE)
]
Access = Annotated[AccessChoice, _panel(CELLS, "Nothing, a threshold switch or a transistor in series with each cell.")]
Threshold = Annotated[str, _panel(CELLS, "Threshold of selectors or transistors; default: 0.5 V.")]
Hold = Annotated[str, _panel(CELLS, "Voltage below which a selector turns off; default: 0.1 V.")]
On = Annotated[str, _panel(CELLS, "Resistance of a selector that is on; default: 100 ohm.")]
Off = Annotated[str, _panel(CELLS, "Resistance of a selector that is off; default: 1 Gohm.")]
Word = Annotated[str, _panel(CELLS, "Word-line voltage of transistors; default: 5 V.")]
Gain = Annotated[str, _panel(CELLS, "Conductance that a transistor gains per volt of its word line; default: 500 uS.")]
Current = Annotated[CurrentChoice, _panel(CELLS, "Current of the cells against voltage.")]
VZero = Annotated[str, _panel(CELLS, "Voltage at which a sinh or cubic curve bends; default: 1 V.")]
Select = Annotated[str, _panel(ONE, "Select the cell ROW,COLUMN, counted from 0.", metavar="ROW,COLUMN")]
Scheme = Annotated[
    SchemeChoice | None,
    _panel(ONE, "Lines that are not selected; default: float."),
]
Write = Annotated[str, _panel(ONE, "Voltage over the selected cell; below 0 for RESET; default: that of --read.")]
Start = Annotated[
    str,
    _panel(
        CELLS,
        "Selectors before: 'off', or a file that --out wrote; needed where a selector may be on or off at the same voltages.",
        metavar="off|FILE",
    ),
]
