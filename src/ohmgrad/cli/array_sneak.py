"""``ohmgrad array sneak``: sneak current against array size, with and without selectors."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ohmgrad.cli.quantity import read_option
from ohmgrad.errors import RunError, SpecError
from ohmgrad.units import show

LARGEST = 1024
HEAD = f"{'size':<12}{'other lines':<13}{'access':<11}{'sneak current':<15}{'on':<12}{'off':<12}margin"
WORDS = {"float": "floating", "ground": "grounded", "V/2": "V/2"}


def sneak(
    sizes: Annotated[str, typer.Option(help="Numbers of rows and columns.")] = "4,8,16,32,64,128",
    wire: Annotated[str, typer.Option(help="Resistance of every segment; 0: ideal.")] = "2 ohm",
    device_on: Annotated[str, typer.Option(help="Conductance of a cell that is on.")] = "100 uS",
    device_off: Annotated[str, typer.Option(help="Conductance of a cell that is off.")] = "1 uS",
    read: Annotated[
        str, typer.Option(help="Voltage over the cell that is read; above --v-th, or selectors stay off.")
    ] = "0.8 V",
    v_th: Annotated[str, typer.Option(help="Threshold of selectors.")] = "0.5 V",
    v_hold: Annotated[str, typer.Option(help="Voltage below which a selector turns off.")] = "0.1 V",
    r_on: Annotated[str, typer.Option(help="Resistance of a selector that is on.")] = "100 ohm",
    r_off: Annotated[str, typer.Option(help="Resistance of a selector that is off.")] = "1 Gohm",
    out: Annotated[Path | None, typer.Option(help="CSV file to write, in SI units.")] = None,
    plot: Annotated[
        bool, typer.Option("--plot", help="Draw it, as PNG and SVG, beside --out, or else in this folder.")
    ] = False,
) -> None:
    """Show how sneak paths grow with an array: one cell is read among cells that are on, without selectors and with them."""
    from ohmgrad.arrays.circuit.access import Passive, Selector
    from ohmgrad.arrays.circuit.sneak import Sneak, sneak_currents

    if out is not None and (out.suffix != ".csv" or out.is_dir()):
        raise RunError(f"--out {out}: what is written is a .csv file; name it {out.with_suffix('.csv').name}")
    selector = Selector(
        read_option("v-th", v_th, "voltage"), read_option("v-hold", v_hold, "voltage"), read_option("r-on", r_on, "resistance"),
        read_option("r-off", r_off, "resistance"),
    )  # fmt: skip
    on, off = read_option("device-on", device_on, "conductance"), read_option("device-off", device_off, "conductance")
    v, ohms = read_option("read", read, "voltage"), read_option("wire", wire, "resistance")
    if not 0.0 < off < on:
        raise SpecError(f"--device-on ({device_on}) must be above --device-off ({device_off}), and both above 0")
    found: list[Sneak] = []
    for row in sneak_currents(_sizes(sizes), on, off, v, wire=ohms, access=(Passive(), selector)):
        if not found:
            print(HEAD)
        found.append(row)
        amps = [show(i, "current", 3) for i in (row.sneak, row.i_on, row.i_off)]
        print(
            f"{f'{row.size} × {row.size}':<12}{WORDS[row.scheme]:<13}{row.access:<11}{amps[0]:<15}{amps[1]:<12}{amps[2]:<12}{100 * row.margin:.3g} %",
            flush=True,
        )
    written = []
    if out is not None:
        from ohmgrad.report.files import write_whole

        head = "size,other_lines,access,sneak_A,i_on_A,i_off_A,margin\n"
        body = "".join(
            f"{r.size},{r.scheme},{r.access},{r.sneak:.9g},{r.i_on:.9g},{r.i_off:.9g},{r.margin:.9g}\n" for r in found
        )
        written.append(write_whole(out, (head + body).encode()))
    if plot:
        from ohmgrad.report.files import write_png, write_svg
        from ohmgrad.report.sneak_figures import plot_sneak

        figure = plot_sneak(found)
        base = out or Path("sneak.csv")
        written += [write_png(figure, base.with_suffix(".png")), write_svg(figure, base.with_suffix(".svg"))]
    if written:
        print(f"\nwritten: {', '.join(str(path) for path in written)}")


def _sizes(text: str) -> list[int]:
    try:
        sizes = [int(part) for part in text.split(",")]
    except ValueError:
        raise SpecError(f"--sizes {text}: whole numbers with commas between them are wanted, such as 4,8,16") from None
    for n in sizes:
        if not 2 <= n <= LARGEST:
            raise SpecError(f"--sizes: {n} is out of range; an array with sneak paths has 2 to {LARGEST} rows and columns")
    return sorted(set(sizes))
