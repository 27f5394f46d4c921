"""``ohmgrad device list`` and ``ohmgrad device show``: which laws and devices there are, and what one of them is."""

from __future__ import annotations

import math
import textwrap
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ohmgrad.devices.transistor import compliance
from ohmgrad.errors import SpecError, nearest
from ohmgrad.units import show as quantity

if TYPE_CHECKING:
    from ohmgrad.devices.law import Law
    from ohmgrad.devices.resolve import Resolved
    from ohmgrad.devices.section import Device

WIDTH = 100  # columns
INDENT = 24  # where texts begin
FORMATS = (".png", ".svg", ".pdf")
FOREVER = 3.156e8  # s, ten years


def list_devices() -> None:
    """Show the laws and the published devices, each with its source."""
    from ohmgrad.devices.catalogue import LAWS, installed_laws
    from ohmgrad.devices.devicefile import builtin_devices, load_device

    print("laws")
    for name, law in LAWS.items():
        _entry(name, law.text, law.source)
    for name, package in installed_laws().items():
        _entry(name, f"of the package {package}")
    print("\npublished devices")
    for name in builtin_devices():
        device = load_device(name)
        _entry(name, device.title, device.source)
    others = {e.name: e for e in metadata.entry_points(group="ohmgrad.devices")}
    for name, entry in others.items():
        _entry(name, f"of the package {entry.dist.name if entry.dist else entry.module}")
    print("\n'ohmgrad device show NAME --plot' shows one, 'ohmgrad run EXPERIMENT --device NAME' trains with it.")


def show(
    name: Annotated[str, typer.Argument(help="A law or a device (see 'ohmgrad device list'), a TOML file, or a law's file.")],
    plot: Annotated[bool, typer.Option("--plot", help="Draw it, to NAME.png in this folder.")] = False,
    out: Annotated[Path | None, typer.Option(help="Draw it, to this file: .png, .svg or .pdf.")] = None,
) -> None:
    """Show a law or a device: equation, parameters with units, imperfections, steps, what it leaves out."""
    from ohmgrad.devices.resolve import complete_device, resolve

    if out is not None and out.suffix.lower() not in FORMATS:
        raise SpecError(f"--out {out}: a figure's name ends in {', '.join(FORMATS[:-1])} or {FORMATS[-1]}")
    law, section = _find(name)
    drawable = bool(section.table) or not law.needs_table
    if (plot or out) and not drawable:
        raise SpecError(
            f"law '{law.name}' reads its steps from a table, so it cannot be drawn alone; show a device file that names one"
        )
    device = resolve(complete_device(section)) if drawable else None
    _heading(name, law, section)
    _parameters(law, device, section)
    _imperfections(section)
    _listed("assumed", section.assumed)
    _listed("left out", [*([f"by the law: {law.leaves_out}"] if law.leaves_out else []), *section.leaves_out])
    if device is not None:
        _numbers(device)
    if device is not None and (plot or out):
        print(f"\nfigure: {_draw(device, out or Path(f'{_stem(name)}.png'))}")


def _find(name: str) -> tuple[Law, Device]:
    """Law and device called `name`; a law alone is a device with its defaults. A device wins over a law of its name."""
    from ohmgrad.devices.catalogue import LAWS, find_law, installed_laws
    from ohmgrad.devices.devicefile import builtin_devices, load_device
    from ohmgrad.devices.section import Device

    devices = [*builtin_devices(), *(e.name for e in metadata.entry_points(group="ohmgrad.devices"))]
    if name.endswith(".toml") or name in devices:
        section = load_device(name)
        return find_law(section.law), section
    if name.partition(":")[0].endswith(".py") or name in LAWS or name in installed_laws():
        law = find_law(name)
        return law, Device(law=name)
    hint = nearest(name, {*LAWS, *installed_laws(), *devices})
    if Path(f"{name}.toml").is_file():
        hint = f"; did you mean '{name}.toml'?"
    raise SpecError(
        f"there is no law or device '{name}'{hint}; 'ohmgrad device list' shows all, a file of yours ends in .toml or .py"
    )


def _stem(name: str) -> str:
    return Path(name.partition(":")[0]).stem if name.partition(":")[0].endswith((".toml", ".py")) else name


def _entry(name: str, *texts: str) -> None:
    """A name, and texts beside it, wrapped."""
    first = f"  {name:<{INDENT - 3}} "
    for text in texts:
        print(textwrap.fill(text or "–", WIDTH, initial_indent=first, subsequent_indent=" " * INDENT, break_on_hyphens=False))
        first = " " * INDENT


def _heading(name: str, law: Law, section: Device) -> None:
    print(f"{name}: {section.title or law.text}")
    own = {
        "source": section.source or law.source,
        "where": section.where,
        "law": f"{law.name}: {law.text}",
        "equation": law.equation,
    }
    for what, text in own.items():
        if text:
            _entry(what, text)


def _parameters(law: Law, device: Resolved | None, section: Device) -> None:
    """Name, value with unit, allowed range, meaning."""
    print("\nparameters")
    values = {k: getattr(device.params, k) if device else d.default for k, d in law.declared.items()}
    rows = [
        (
            k,
            quantity(values[k], d.dimension),
            f"{quantity(d.low, d.dimension, 3)} to {quantity(d.high, d.dimension, 3)}",
            d.text,
        )
        for k, d in law.declared.items()
    ]
    rows.insert(0, ("name", "value", "range", "meaning"))
    widths = [max(len(row[i]) for row in rows) for i in range(3)]
    for row in rows:
        start = "  " + "  ".join(f"{cell:<{width}}" for cell, width in zip(row[:3], widths, strict=True)) + "  "
        print(textwrap.fill(row[3], max(WIDTH, len(start) + 30), initial_indent=start, subsequent_indent=" " * len(start)))
    widths_of_pulses = f"SET {_time(section.t_set)}, RESET {_time(section.t_reset)}, full RESET {_time(section.t_full)}"
    print(f"  widths of pulses: {widths_of_pulses}")


def _time(seconds: float) -> str:
    return quantity(seconds, "time")


def _imperfections(section: Device) -> None:
    """Everything beside the law that is not at its default."""
    lines: list[tuple[str, str]] = []
    for name, v in section.variation.items():
        text = f"{v.low:g} to {v.high:g}, uniform" if v.kind == "uniform" else f"{100 * v.sigma:.4g} % ({v.kind})"
        lines.append(("cells differ" if not lines else "", f"{name}: {text}"))
    lines += [("", f"{' and '.join(c.between)}: correlation {c.rho:.6g}") for c in section.correlation]
    read = section.noise
    white = [f"{100 * read.relative:.3g} % of the conductance"] if read.relative else []
    white += [quantity(read.absolute, "conductance", 3)] if read.absolute else []
    if white:
        lines.append(("read noise", " + ".join(white)))
    if read.flicker:
        lines.append(("1/f noise", f"{100 * read.flicker:.3g} % over {_time(read.t_fast)} to {_time(read.t_slow)}"))
    if read.telegraph:
        lines.append(
            (
                "telegraph noise",
                f"{100 * read.telegraph:.3g} % in {100 * read.telegraph_share:.3g} % of the cells, every {_time(read.telegraph_time)}",
            )
        )
    broken = section.faults
    shares = {"dead": broken.dead, "stuck on": broken.stuck_on, "stuck": broken.stuck}
    if broken.any:
        at = f" at {quantity(broken.stuck_at, 'conductance', 3)}" if broken.stuck_at is not None else ""
        said = [f"{100 * share:.3g} % {what}{at if what == 'stuck' else ''}" for what, share in shares.items() if share]
        lines.append(("faults", ", ".join([*said, *([f"map {broken.map}"] if broken.map else [])])))
    t = section.transistor
    if (word := t.word_set) is not None:
        limit = compliance(word - t.v_th, t.gain)
        lines.append(
            (
                "transistor",
                f"word line {quantity(word, 'voltage', 3)} in SET (at most {quantity(limit, 'current', 3)}), {quantity(t.word_reset, 'voltage', 3)} in RESET; "
                f"threshold {quantity(t.v_th, 'voltage', 3)}",
            )
        )
    if section.retention.kind != "none":
        lines.append(("retention", _retention(section)))
    if section.endurance.cycles:
        lines.append(
            (
                "endurance",
                f"half of the window is left after {section.endurance.cycles:.3g} full cycles, power {section.endurance.power:g}",
            )
        )
    if section.current.kind != "ohmic":
        lines.append(("current", f"{section.current.kind}, V₀ = {quantity(section.current.v_0, 'voltage', 3)}"))
    if section.without:
        lines.append(("switched off", ", ".join(section.without)))
    if lines:
        print("\nimperfections")
    for what, text in lines:
        _entry(what, text)


def _retention(section: Device) -> str:
    r = section.retention
    rest = f"; {quantity(r.g_rest, 'conductance', 3)} is left at the end" if r.g_rest else ""
    if r.kind == "power-law":
        return f"power law, g ~ t^(−{r.nu:g}) from {_time(r.t_0)} on"
    if r.kind == "stretched":
        return f"stretched exponential, τ = {_time(r.tau)}, β = {r.beta:g}{rest}"
    return f"thermally activated, {r.barrier_low:g} eV at g_min to {r.barrier_high:g} eV at g_max, {r.rate:.3g} attempts/s, {r.temperature:g} K{rest}"


def _listed(what: str, items: list[str]) -> None:
    if items:
        print(f"\n{what}")
    for item in items:
        print(textwrap.fill(item, WIDTH, initial_indent="  - ", subsequent_indent="    ", break_on_hyphens=False))


def _numbers(device: Resolved) -> None:
    """Steps at three conductances, pulses through the window, levels."""
    import numpy as np

    from ohmgrad.devices.levels import levels_after, levels_written
    from ohmgrad.devices.response import mean_steps, set_pulses

    p = device.params
    g = np.array([p.g_min, 0.5 * (p.g_min + p.g_max), p.g_max])
    steps = mean_steps(device, g)
    rows = [("", "g_min", "middle", "g_max"), ("conductance", *map(_siemens, g))]
    rows += [("SET step", *map(_siemens, steps.up)), ("  spread", *map(_siemens, steps.up_spread))]
    rows += [("RESET step", *map(_siemens, steps.down)), ("  spread", *map(_siemens, steps.down_spread))]
    print(
        f"\none pulse, SET {quantity(p.v_set, 'voltage', 3)}, RESET −{quantity(p.v_reset, 'voltage', 3)}, of a cell just brought there"
    )
    for row in rows:
        print(f"  {row[0]:<{INDENT - 2}}" + "".join(f"{cell:<13}" for cell in row[1:]).rstrip())
    n, levels = set_pulses(device), levels_written(device)
    print()
    _entry(
        "pulses",
        f"{n:,.4g} SET pulses from g_min to 95 % of the window"
        if math.isfinite(n)
        else "the mean of a ramp does not reach 95 % of the window",
    )
    _entry(
        "distinguishable steps",
        f"{_count(levels)}, each with 3 standard deviations of one SET pulse and one read to both sides, at least a step apart",
    )
    if device.section.retention.kind != "none":
        later = _count(levels_after(device, FOREVER))
        _entry("after 10 years", f"{later} with 3 standard deviations of a read to both sides, written without error")


def _count(levels: float) -> str:
    if not math.isfinite(levels):
        return "any number of levels, since no noise is given,"
    return f"{levels:,.0f} level" + ("s" if levels != 1 else "")


def _siemens(value: float) -> str:
    return quantity(float(value), "conductance", 3)


def _draw(device: Resolved, path: Path) -> Path:
    """Write the figure; returns its path."""
    import io

    from ohmgrad.report.device_figures import plot_device
    from ohmgrad.report.files import write_png, write_svg, write_whole
    from ohmgrad.report.style import drawing

    fig = plot_device(device)
    if path.suffix.lower() == ".png":
        return write_png(fig, path)
    if path.suffix.lower() == ".svg":
        return write_svg(fig, path)
    buffer = io.BytesIO()
    with drawing():
        fig.savefig(buffer, format="pdf", metadata={"CreationDate": None})
    return write_whole(path, buffer.getvalue())
