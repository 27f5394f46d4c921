"""``ohmgrad program``: weights of a file written onto arrays of a device by pulses with verify."""

from __future__ import annotations

import json
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from ohmgrad.cli.quantity import read_option
from ohmgrad.errors import OhmgradError, RunError, UnitError
from ohmgrad.units import parse, show


class StopChoice(StrEnum):
    within = "within"
    passed = "passed"


def program(
    weights: Annotated[
        Path, typer.Argument(help="NPZ file with one matrix (inputs, outputs) per layer, under any names.", show_default=False)
    ],
    device: Annotated[
        str, typer.Option(help="A published device (see 'ohmgrad device list') or a device file.", show_default=False)
    ],
    out: Annotated[
        Path | None,
        typer.Option(help="NPZ file to write: weights and conductances reached; summary and figure beside it."),
    ] = None,
    tolerance: Annotated[
        str, typer.Option(help="Half-width of the band around a target: '1 %' of the window, or '0.2 uS'.")
    ] = "1 %",
    pulses: Annotated[int, typer.Option(help="Pulses that a cell may have before it counts as failing.")] = 1000,
    stop: Annotated[
        StopChoice, typer.Option(help="Stop within the tolerance, or as soon as the target is passed.")
    ] = StopChoice.within,
    increment: Annotated[str, typer.Option(help="Growth of the amplitude from pulse to pulse of one direction.")] = "0 V",
    limit_set: Annotated[
        str, typer.Option(help="Highest SET amplitude of a growing one; default: twice the nominal one.")
    ] = "",
    limit_reset: Annotated[
        str, typer.Option(help="Highest RESET amplitude of a growing one; default: safely below a full RESET.")
    ] = "",
    w_max: Annotated[
        float | None, typer.Option(help="Weight of a pair at the corner of the window; default: the largest of each matrix.")
    ] = None,
    v_read: Annotated[str, typer.Option(help="Read voltage.")] = "0.1 V",
    t_read: Annotated[str, typer.Option(help="Time of a read.")] = "100 ns",
    seed: Annotated[int, typer.Option(min=0, max=2**32 - 1, help="Seed of everything random.")] = 1,
    threads: Annotated[int, typer.Option(min=1, help="Threads. Changes no result.")] = 1,
    plots: Annotated[bool, typer.Option(help="Draw the figure beside the file written.")] = True,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print nothing but errors.")] = False,
) -> None:
    """Write trained weights onto arrays of a device by pulses with verify, and say what it takes."""
    from ohmgrad.devices.devicefile import load_device
    from ohmgrad.devices.resolve import complete_device
    from ohmgrad.experiments.program import load_weights
    from ohmgrad.experiments.program import program as write

    if out is not None and (out.suffix != ".npz" or out.is_dir()):
        raise RunError(f"{out}: what is written is an .npz file; name it {out.with_suffix('.npz').name}")
    if out is not None and out.resolve() == weights.resolve():
        raise RunError(f"{out} is the file that is read; choose another name for --out")
    matrices = load_weights(weights)
    chosen = complete_device(load_device(device))
    window = chosen.parameters["g_max"] - chosen.parameters["g_min"]
    result = write(
        matrices, chosen, tolerance=_siemens(tolerance, window), w_max=w_max, seed=seed, threads=threads, most=pulses, stop=stop.value,
        increment=read_option("increment", increment, "voltage"),
        limit_set=read_option("limit-set", limit_set, "voltage") if limit_set else None,
        limit_reset=read_option("limit-reset", limit_reset, "voltage") if limit_reset else None,
        v_read=read_option("v-read", v_read, "voltage"), t_read=read_option("t-read", t_read, "time"),
    )  # fmt: skip
    if not quiet:
        _print(result)
    if out is None:
        return
    written = _write(result, out, plots)
    if not quiet:
        print(f"{'written':<21}{', '.join(str(path) for path in written)}")


def _siemens(text: str, window: float) -> float:
    """A tolerance: a conductance with its unit, or a share of the window."""
    try:
        return parse(text, "dimensionless") * window
    except UnitError:
        return read_option("tolerance", text, "conductance")


def _print(result: Any) -> None:
    s = result.summary()
    n, share = s["pulses_per_cell"], s["tolerance_s"] / (result.window[1] - result.window[0])
    energy = "n/a (unbounded cells)" if s["energy_j"] is None else show(sum(s["energy_j"].values()), "energy")
    line = "" if s["time_bit_line_s"] is None else f", {show(s['time_bit_line_s'], 'time')} by bit line"
    steps = sum(s["pulses"].values()) + s["cells"]
    rows = [
        ("arrays", ", ".join(f"{k} {w.shape[0]}×{w.shape[1]}" for k, w in result.wanted.items()) + f" ({s['cells']:,} cells)"),
        ("tolerance", f"± {show(s['tolerance_s'], 'conductance')} ({100 * share:.3g} % of the window)"),
        ("yield", f"{100 * s['yield']:.2f} % of the cells passed verify"),
        ("truly within", f"{100 * s['truly_within']:.2f} %  (conductance without read noise)"),
        *(("  failing", f"{count:,} {text}") for text, count in s["failures"].items() if count),
        ("pulses", ", ".join(f"{count:,} {kind}" for kind, count in s["pulses"].items() if count) or "none"),
        ("pulses per cell", f"{n['median']} (median), {n['95 %']} (95 %), {n['most']} (most), of cells that got any"),
        ("reads", f"{s['reads']:,}"),
        ("time", f"{show(s['time_serial_s'], 'time')} cell by cell{line}"),
        ("energy", energy),
        *((f"error of {k}", f"{100 * e:.3g} % of w_max = {s['w_max'][k]:.4g} (rms)") for k, e in s["weight_error_rms"].items()),
        ("speed", f"{steps / s['seconds']:,.0f} pulse-and-read steps/s"),
    ]
    for name, value in rows:
        print(f"{name:<21}{value}")


def _write(result: Any, out: Path, plots: bool) -> list[Path]:
    import io

    import numpy as np

    from ohmgrad.report.files import write_png, write_svg, write_whole

    arrays = dict(result.weights)
    for name, a in result.arrays.items():
        extra = {"g_plus": a.conductance[..., 0], "g_minus": a.conductance[..., 1], "failed": a.ended > 1}
        clash = next((f"{name}.{k}" for k in extra if f"{name}.{k}" in result.weights), None)
        if clash:
            raise OhmgradError(f"the file has an array '{clash}', which is the name of a result; call it something else")
        arrays |= {f"{name}.{k}": v for k, v in extra.items()}
    buffer = io.BytesIO()
    np.savez(buffer, allow_pickle=False, **arrays)
    written = [
        write_whole(out, buffer.getvalue()),
        write_whole(out.with_suffix(".json"), (json.dumps(result.summary(), indent=1, ensure_ascii=False) + "\n").encode()),
    ]
    if plots:
        from ohmgrad.report.program_figures import plot_programmed

        figure = plot_programmed(result)
        written += [write_png(figure, out.with_suffix(".png")), write_svg(figure, out.with_suffix(".svg"))]
    return written
