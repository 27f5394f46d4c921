"""``ohmgrad device check`` and ``ohmgrad new law``: a law of one's own, and whether it is what it says it is."""

from __future__ import annotations

from importlib import resources
from pathlib import Path
from typing import Annotated

import typer

from ohmgrad.cli.leave import leaving_at_once
from ohmgrad.errors import SpecError


def check(
    name: Annotated[
        str,
        typer.Argument(help="A law's file, mylaw.py or mylaw.py:NAME; a built-in law; a device file, or a published device."),
    ],
    cuda: Annotated[bool, typer.Option(help="Also run under the CUDA simulator, and compile to PTX.")] = True,
) -> None:
    """Check what a law declares of itself against what its pulses do."""
    from ohmgrad.devices.catalogue import find_law
    from ohmgrad.testing import check_law

    if _is_law(name):
        law = find_law(name)
        if law.needs_table:
            raise SpecError(
                f"law '{law.name}' reads a table; check a device file with one: law = '{name}', table = 'mytable.csv' in mydevice.toml"
            )
        with leaving_at_once():
            done = check_law(law, cuda=cuda)
    else:
        from ohmgrad.devices.devicefile import load_device
        from ohmgrad.devices.resolve import complete_device

        d = complete_device(load_device(name))
        law = find_law(d.law)
        table = law.read_table(d.table) if law.read_table else None
        p = law.params(*(d.parameters[parameter] for parameter in law.declared))
        with leaving_at_once():
            done = check_law(law, p, table, t_set=d.t_set, t_reset=d.t_reset, t_full=d.t_full, cuda=cuda)
    print(f"law '{law.name}': {law.text}")
    for line in done:
        mark = typer.style("skip", fg="yellow") if "not checked" in line else typer.style("  ok", fg="green")
        typer.echo(f"{mark}  {line}")


def _is_law(name: str) -> bool:
    """A law rather than a device?"""
    from ohmgrad.devices.catalogue import LAWS, installed_laws

    if name.partition(":")[0].endswith(".py") or name in LAWS:
        return True
    if name.endswith(".toml"):
        return False
    from ohmgrad.devices.devicefile import builtin_devices

    return name not in builtin_devices() and name in installed_laws()


def new_law(file: Annotated[Path, typer.Argument(help="File to write, such as mylaw.py.")]) -> None:
    """Write a device law to start from."""
    if file.suffix != ".py":
        raise SpecError(f"{file}: a law is a Python file; name it {file.with_suffix('.py').name}")
    template = resources.files("ohmgrad.devices") / "templates" / "law.py.txt"
    text = template.read_text(encoding="utf-8").replace("NAME.py", file.name).replace("NAME", file.stem)
    try:
        with file.open("x", encoding="utf-8") as f:
            f.write(text)
    except FileExistsError:
        raise SpecError(f"{file} exists; choose another name, or remove it first") from None
    except OSError as e:
        raise SpecError(f"{file} cannot be written: {e.strerror}") from e
    print(f"wrote {file}; next: ohmgrad device check {file}")
