"""A run is a folder: ``spec.toml``, ``checkpoint.npz``, ``history.json``, ``snapshots.npz``, ``summary.json``, ``report.html``, ``figures/``."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from ohmgrad.errors import OhmgradError, RunError
from ohmgrad.experiments.build import complete
from ohmgrad.experiments.spec import Spec
from ohmgrad.experiments.specfile import check, spec_hash, to_toml
from ohmgrad.network.checkpoint import replace_file

SPEC, CHECKPOINT, HISTORY, SNAPSHOTS, SUMMARY = "spec.toml", "checkpoint.npz", "history.json", "snapshots.npz", "summary.json"


@contextmanager
def disk(folder: Path) -> Iterator[None]:
    """Turn an OSError of the disk into a RunError that says what to do."""
    try:
        yield
    except OSError as e:
        reason = e.strerror or str(e)
        raise RunError(
            f"{folder} cannot be written: {reason}; what was saved before is whole; free the disk or choose another folder with --out"
        ) from e


def check_free(folder: Path, spec: Spec) -> bool:
    """True if `folder` holds a run of this specification, False if it is empty or not there; raises RunError otherwise."""
    with disk(folder):
        if (folder / SPEC).is_file():
            if spec_hash(read_spec(folder)) != spec_hash(spec):
                raise RunError(
                    f"{folder} holds a run with another specification; choose another folder with --out, or delete it"
                )
            return True
        if folder.exists() and (not folder.is_dir() or any(not _is_litter(p) for p in folder.iterdir())):
            raise RunError(f"{folder} exists and is not a run folder; choose another folder with --out")
        above = next((p for p in folder.absolute().parents if p.exists()), None)
        if above is not None and not above.is_dir():
            raise RunError(f"{folder} cannot be written: Not a directory: {above}; choose another folder with --out")
    return False


def open_run(folder: Path, spec: Spec) -> None:
    """Create a run folder, or accept one that holds the same specification; raises RunError otherwise."""
    if check_free(folder, spec):
        return
    with disk(folder):
        folder.mkdir(parents=True, exist_ok=True)
        write_text(folder / SPEC, to_toml(spec))


def read_spec(folder: Path) -> Spec:
    """Specification of a run folder; raises RunError if there is none."""
    import tomllib

    path = folder / SPEC
    try:
        tree = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise RunError(f"{folder} is not a run folder: it has no {SPEC}") from None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as e:
        raise RunError(f"{path} is damaged: {e}") from e
    try:
        return complete(check(tree))
    except OhmgradError as e:
        raise RunError(f"{path} is damaged: {e}") from e


def _is_litter(path: Path) -> bool:
    """True for what a killed process leaves behind: a file it had not finished, or its lock."""
    return path.name == ".lock" or (path.name.startswith(".") and path.name.endswith(".tmp"))


def write_text(path: Path, text: str) -> None:
    """Write a text file whole or not at all."""
    replace_file(path, lambda f: f.write(text.encode()))


def write_json(path: Path, content: Any) -> None:
    """Write JSON whole or not at all. NaN is not JSON and is refused."""
    write_text(path, json.dumps(content, indent=1, allow_nan=False) + "\n")


def write_arrays(path: Path, arrays: Mapping[str, Any]) -> None:
    """Write an .npz archive whole or not at all."""
    replace_file(path, lambda f: np.savez_compressed(f, **arrays))


@contextmanager
def lock(folder: Path) -> Iterator[None]:
    """Keep a second process from training in the same folder; the lock goes with the process, however it ends.

    Whoever holds it removes the unfinished files of a process that was killed.
    """
    try:
        import fcntl
    except ImportError:  # not on this system; two processes would overwrite each other's whole files
        yield
        return
    with disk(folder):
        handle = os.open(folder / ".lock", os.O_RDWR | os.O_CREAT, 0o644)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise RunError(f"{folder} is in use by another process") from None
        except OSError:  # a file system without locks
            pass
        else:
            for path in folder.glob(".*.tmp"):
                path.unlink(missing_ok=True)
        yield
    finally:
        os.close(handle)
