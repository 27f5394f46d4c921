"""Saving pictures and pages: a file appears whole, or not at all."""

from __future__ import annotations

import io
import os
from os import PathLike
from pathlib import Path

from matplotlib.figure import Figure

from ohmgrad.errors import RunError
from ohmgrad.report.style import drawing


def svg_text(fig: Figure) -> str:
    """Return the figure as an SVG document; the same figure gives the same text."""
    buffer = io.BytesIO()
    with drawing():
        # Without metadata: neither the date nor Matplotlib's version belongs to the picture.
        fig.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None, "Format": None, "Type": None})
    return buffer.getvalue().decode("utf-8")


def write_svg(fig: Figure, path: str | PathLike[str]) -> Path:
    """Write the figure as SVG; returns the path.

    Raises `RunError` if the file cannot be written.
    """
    return write_whole(path, svg_text(fig).encode("utf-8"))


def write_png(fig: Figure, path: str | PathLike[str], dpi: float = 300.0) -> Path:
    """Write the figure as PNG, with `dpi` pixels per inch; returns the path.

    Raises `RunError` if the file cannot be written.
    """
    buffer = io.BytesIO()
    with drawing():
        fig.savefig(buffer, format="png", dpi=dpi, metadata={"Software": None})
    return write_whole(path, buffer.getvalue())


def write_whole(path: str | PathLike[str], content: bytes) -> Path:
    """Write a file under another name, and then move it to `path`, so that nobody sees half of it.

    Raises `RunError` if the file cannot be written; an older file of that name then stays as it was.
    """
    path = Path(path)
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            part.write_bytes(content)
            os.replace(part, path)
        finally:
            part.unlink(missing_ok=True)
    except OSError as error:
        raise RunError(f"{path} cannot be written: {error.strerror or error}") from None
    return path
