"""Loops compiled for one combination of parts, warm in the next process.

Numba keeps machine code on disk for a function of a module, but not for one that closes over another function handed in. So
the specialised loop is written as a module of its own into the cache folder: header (which parts) + the sources of the
loops. Its name is the hash of everything that went into it, the parts' sources and the versions of Numba and NumPy included;
a change anywhere gives another name, never stale code.
"""

from __future__ import annotations

import ast
import contextlib
import hashlib
import importlib.util
import inspect
import os
import sys
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import numba
import numpy


def cache_root() -> Path:
    """Folder for data and compiled loops: OHMGRAD_CACHE, else the user's cache folder."""
    named = os.environ.get("OHMGRAD_CACHE")
    if named:
        return Path(named).expanduser()
    import platformdirs

    return Path(platformdirs.user_cache_dir("ohmgrad"))


def load_file(path: str | Path, name: str | None = None) -> ModuleType:
    """Import a Python file by its path, under a name made of the hash of its path and content.

    A file of the user's (no `name` given) may import files beside it; their contents count in the hash, and they are
    imported anew for each such file, so that two folders may each have a ``helper.py``.
    """
    path = Path(path).resolve()
    sources = user_sources(path) if name is None else [path]
    name = name or f"ohmgrad_user_{_digest(path, sources)}"
    if name in sys.modules:
        return sys.modules[name]
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        with _beside(path.parent, sources[1:]):
            spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    return module


def user_sources(path: Path) -> list[Path]:
    """A user's file, then the files and packages of its folder that it imports, directly or through each other.

    Found in the text, by ``import`` and ``from … import``; what is imported by computed names is not seen.
    """
    folder, found, queue = path.parent, [path], [path]
    while queue:
        try:
            tree = ast.parse(queue.pop().read_bytes())
        except (SyntaxError, ValueError):  # importing it says what is wrong
            continue
        for first in sorted(_imported(tree)):
            package = folder / first
            files = [folder / f"{first}.py"] if not package.is_dir() else sorted(package.rglob("*.py"))
            new = [f for f in files if f.is_file() and f not in found]
            found += new
            queue += new
    return found


def _imported(tree: ast.Module) -> set[str]:
    """First parts of the names that a module imports."""
    names = [alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names]
    names += [node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module and not node.level]
    return {name.partition(".")[0] for name in names}


def _digest(path: Path, sources: list[Path]) -> str:
    digest = hashlib.sha256(bytes(path) + path.read_bytes())
    for helper in sources[1:]:
        digest.update(bytes(helper) + helper.read_bytes())
    return digest.hexdigest()[:16]


@contextlib.contextmanager
def _beside(folder: Path, helpers: list[Path]) -> Iterator[None]:
    """While a user's file is imported: its folder comes first, and its helpers are not those of another folder. Then all is as before."""
    if not helpers:
        yield
        return
    names = {h.relative_to(folder).parts[0].removesuffix(".py") for h in helpers}
    path = str(folder)
    sys.path.insert(0, path)
    importlib.invalidate_caches()
    before = {k: sys.modules.pop(k) for k in list(sys.modules) if k.partition(".")[0] in names}
    try:
        yield
    finally:
        for k in [k for k in list(sys.modules) if k.partition(".")[0] in names]:
            del sys.modules[k]
        sys.modules.update(before)
        with contextlib.suppress(ValueError):
            sys.path.remove(path)


def sources_of(*functions: Any) -> list[Path]:
    """Source files of functions or modules, for the hash."""
    return sorted({Path(inspect.getsourcefile(inspect.unwrap(f)) or "") for f in functions})


def specialise(header: str, loops: Iterable[ModuleType], sources: Iterable[Path]) -> ModuleType:
    """Module holding the functions of `loops` with the names of `header` filled in.

    header: Python source that defines the names of `ohmgrad.kernels.parts`. loops: modules whose sources follow, in order.
    sources: further files that decide what is compiled (laws, schemes); `ohmgrad.kernels` counts by itself.
    """
    parts = ["from __future__ import annotations\n", header]
    parts += [_without_imports(inspect.getsource(m)) for m in loops]
    text = "\n".join(parts)
    digest = hashlib.sha256(text.encode())
    digest.update(f"{numba.__version__} {numpy.__version__} {sys.version_info[:2]}".encode())
    kernels = sorted(Path(__file__).parent.glob("*.py"))
    for path in [*kernels, *sorted(sources)]:
        digest.update(path.read_bytes())
    name = f"ohmgrad_loop_{digest.hexdigest()[:24]}"
    if name in sys.modules:
        return sys.modules[name]
    return load_file(_write(name, text), name)


def is_warm(module: ModuleType) -> bool:
    """Has the training loop of this module been compiled before, on this machine?"""
    path = Path(module.__file__ or "")
    return any((path.parent / "__pycache__").glob(f"{path.stem}.train_*-*.nbi"))


def _without_imports(source: str) -> str:
    """Source of a loop without the imports that the header, or a loop before it, stands for."""
    lines = source.splitlines()
    for node in ast.parse(source).body:
        if (
            isinstance(node, ast.ImportFrom)
            and node.module
            and (
                node.module in ("__future__", "ohmgrad.kernels.parts", "ohmgrad.kernels.compiled")
                or node.module.endswith("_loop")
            )
        ):
            lines[node.lineno - 1 : node.end_lineno] = [""] * (node.end_lineno - node.lineno + 1)  # type: ignore[operator]
    return "\n".join(lines)


def _write(name: str, text: str) -> Path:
    """Put the module into the cache folder, whole or not at all; into a temporary folder where the cache is not writable."""
    for root in (cache_root() / "loops", Path(tempfile.gettempdir()) / f"ohmgrad-loops-{os.getpid()}"):
        path = root / f"{name}.py"
        try:
            if path.is_file() and path.read_text(encoding="utf-8") == text:
                return path
            root.mkdir(parents=True, exist_ok=True)
            with tempfile.NamedTemporaryFile("w", dir=root, suffix=".tmp", delete=False, encoding="utf-8") as f:
                f.write(text)
            os.replace(f.name, path)
            return path
        except OSError:
            continue
    raise OSError(f"neither {cache_root()} nor {tempfile.gettempdir()} can be written; set OHMGRAD_CACHE to a folder that can")
