"""``ohmgrad device …`` and ``ohmgrad new …``: what they are called and where they are."""

from __future__ import annotations

from typing import Any

import typer

from ohmgrad.cli.device_check import check, new_law
from ohmgrad.cli.device_fit import fit
from ohmgrad.cli.device_list import list_devices, show

HELP: dict[str, Any] = {"help_option_names": ["-h", "--help"]}

device_app = typer.Typer(context_settings=HELP, no_args_is_help=True, help="Look at, fit and check devices.")
new_app = typer.Typer(context_settings=HELP, no_args_is_help=True, help="Start a file of your own from a template.")

device_app.command("list")(list_devices)
device_app.command("show")(show)
device_app.command("fit")(fit)
device_app.command("check")(check)
new_app.command("law")(new_law)
