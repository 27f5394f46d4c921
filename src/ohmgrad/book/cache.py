"""Data of figures, kept between calls: under a name made of what they depend on.

That is the figure's own file and those of the book that it imports, the settings, and all sources and presets of the package below the reports; also the
versions of NumPy and Numba. A change in any of them computes the figure anew.
"""

from __future__ import annotations

import ast
import functools
import hashlib
import io
import sys
import zipfile
import zlib
from pathlib import Path

import numba
import numpy as np

import ohmgrad
from ohmgrad.book.entry import Data, Entry, Setting
from ohmgrad.kernels.specialise import cache_root

PACKAGE = Path(ohmgrad.__file__).parent
ABOVE = ("book", "cli", "report")  # rooms that change no data


def place(entry: Entry, setting: Setting) -> Path:
    """File of the data of a figure."""
    digest = hashlib.sha256(f"{entry.name} {setting.value} {physics()}".encode())
    for path in own_sources(entry):
        digest.update(path.read_bytes())
    return cache_root() / "book" / f"{entry.name}-{setting.value}-{digest.hexdigest()[:24]}.npz"


@functools.cache
def physics() -> str:
    """Hash of the package below the reports."""
    digest = hashlib.sha256(f"{np.__version__} {numba.__version__} {sys.version_info[:2]}".encode())
    for path in sorted(p for p in PACKAGE.rglob("*") if p.suffix in (".py", ".toml")):
        parts = path.relative_to(PACKAGE).parts
        if parts[0] not in ABOVE:
            digest.update("/".join(parts).encode() + path.read_bytes())
    return digest.hexdigest()


def own_sources(entry: Entry) -> list[Path]:
    """The file of a figure, and those of the book that it imports, directly or through each other."""
    first = Path(entry.compute.__code__.co_filename)
    found, queue = [first], [first]
    while queue:
        for name in _imported(queue.pop()):
            path = PACKAGE.joinpath(*name.split(".")[1:]).with_suffix(".py")
            if name.startswith("ohmgrad.book.") and path.is_file() and path not in found:
                found.append(path)
                queue.append(path)
    return sorted(found)


def _imported(path: Path) -> list[str]:
    names = []
    for node in ast.walk(ast.parse(path.read_bytes())):
        if isinstance(node, ast.ImportFrom) and node.module:
            names += [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
        elif isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
    return names


def load(path: Path) -> Data | None:
    """The data kept at `path`; None if there are none, or they cannot be read."""
    try:
        with np.load(path, allow_pickle=False) as kept:
            return {name: kept[name] for name in kept.files}
    except (OSError, ValueError, EOFError, KeyError, zipfile.BadZipFile, zlib.error):
        return None


def packed(data: Data) -> bytes:
    """The data as the content of an .npz file."""
    buffer = io.BytesIO()
    np.savez_compressed(buffer, allow_pickle=False, **data)
    return buffer.getvalue()
