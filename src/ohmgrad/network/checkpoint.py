"""Checkpoints: the whole state of a run in one file, written whole or not at all, read without pickle.

A NumPy ``.npz`` archive; the member ``meta`` is JSON with a format number, the hash of the specification and the SHA-256 of every
other member, so a damaged file is told from a good one.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ohmgrad.errors import CheckpointError

FORMAT = 1
Array = npt.NDArray[Any]


def _digest(a: Array) -> str:
    a = np.ascontiguousarray(a)
    return hashlib.sha256(f"{a.dtype.str}{a.shape}".encode() + a.tobytes()).hexdigest()


def replace_file(path: Path, write: Any) -> None:
    """Write through `write(binary file)` into a temporary file beside `path`, flush to disk, then rename over it."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".tmp")
    try:
        with os.fdopen(handle, "wb") as f:
            write(f)
            f.flush()
            os.fsync(f.fileno())
        os.chmod(name, 0o644)
        os.replace(name, path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def save(path: Path, arrays: Mapping[str, Array], meta: Mapping[str, Any], spec_hash: str) -> None:
    """Write a checkpoint; raises OSError if the disk does not take it (the old one then stays)."""
    head = {"format": FORMAT, "spec": spec_hash, **meta, "sha256": {k: _digest(v) for k, v in arrays.items()}}
    text = np.frombuffer(json.dumps(head).encode(), dtype=np.uint8)
    replace_file(path, lambda f: np.savez(f, allow_pickle=False, meta=text, **dict(arrays)))  # type: ignore[arg-type]


def load(path: Path, spec_hash: str) -> tuple[dict[str, Array], dict[str, Any]]:
    """Arrays and meta of a checkpoint.

    Raises CheckpointError if it is missing, damaged, of another format, or of another specification.
    """
    if not path.is_file():
        raise CheckpointError(f"{path}: there is no checkpoint")
    try:
        with np.load(path, allow_pickle=False) as archive:
            arrays = {k: archive[k] for k in archive.files}
        meta = json.loads(arrays.pop("meta").tobytes())
        sums = meta.pop("sha256")
        damaged = sorted(set(sums) ^ set(arrays)) or [k for k, v in arrays.items() if _digest(v) != sums[k]]
    except Exception as e:  # a damaged archive fails in any of a dozen ways: zip, zlib, JSON, NumPy's header
        raise CheckpointError(f"{path}: damaged checkpoint ({type(e).__name__}: {e})".splitlines()[0]) from e
    if damaged:
        raise CheckpointError(f"{path}: damaged checkpoint (contents of '{damaged[0]}' do not match their hash)")
    if meta.get("format") != FORMAT:
        raise CheckpointError(f"{path}: checkpoint format {meta.get('format')}, this version reads {FORMAT}")
    if meta.get("spec") != spec_hash:
        raise CheckpointError(f"{path}: checkpoint of another specification than the folder's spec.toml")
    return arrays, meta
