"""``ohmgrad array spice``: an array and its drive as a netlist for ngspice."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Annotated

import typer

from ohmgrad.cli import array_options as o
from ohmgrad.errors import CircuitError, RunError


def spice(
    weights: o.Weights,
    out: Annotated[Path, typer.Option(help="Netlist to write, such as array.cir.", show_default=False)],
    name: o.Name = "",
    wire: o.Wire = "0 ohm",
    wire_columns: o.WireColumns = "",
    source: o.Source = "0 ohm",
    sense: o.Sense = "0 ohm",
    ends: o.Ends = "left,bottom",
    end_segments: o.EndSegments = True,
    read: o.Read = "0.2 V",
    input: o.Input = None,
    backward: o.Backward = False,
    access: o.Access = o.AccessChoice.passive,
    v_th: o.Threshold = "",
    v_hold: o.Hold = "",
    r_on: o.On = "",
    r_off: o.Off = "",
    word: o.Word = "",
    gain: o.Gain = "",
    current: o.Current = o.CurrentChoice.ohmic,
    v0: o.VZero = "",
    start: o.Start = "",
    select: o.Select = "",
    scheme: o.Scheme = None,
    write: o.Write = "",
) -> None:
    """Write an array and its drive as a netlist for ngspice; the options are those of 'array solve'."""
    options = locals()
    if out.suffix.lower() not in (".cir", ".sp", ".net", ".spice") or out.is_dir():
        raise RunError(
            f"--out {out}: a netlist's name ends in .cir, .sp, .net or .spice; name it {out.with_suffix('.cir').name}"
        )
    from ohmgrad.arrays.circuit.spice import netlist  # type: ignore[import-not-found,import-untyped,unused-ignore]
    from ohmgrad.cli.array_setup import Asked, set_up, solving
    from ohmgrad.report.files import write_whole

    setup = set_up(Asked.of(options))
    title = f"{weights.name}: {setup.bar.shape[0]} x {setup.bar.shape[1]} crossbar"
    try:
        text = netlist(setup.bar, setup.rows, setup.columns, start=setup.start, title=title)
    except CircuitError as e:
        raise solving(e) from None
    print(f"written: {write_whole(out, text.encode())}")
    print(f"run it:  ngspice -b {shlex.quote(str(out))}")
