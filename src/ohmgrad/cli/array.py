"""``ohmgrad array …``: arrays as circuits, without a network."""

from __future__ import annotations

from typing import Any

import typer

from ohmgrad.cli.array_sneak import sneak
from ohmgrad.cli.array_solve import solve
from ohmgrad.cli.array_spice import spice

HELP: dict[str, Any] = {"help_option_names": ["-h", "--help"]}

array_app = typer.Typer(
    context_settings=HELP,
    no_args_is_help=True,
    help="Solve arrays as circuits: wires, sneak paths, selectors, half-selected cells.",
)

array_app.command("solve")(solve)
array_app.command("sneak")(sneak)
array_app.command("spice")(spice)
