"""What a result belongs to: the hash of everything in a specification that can change a bit of it, and of the files that it names."""

from __future__ import annotations

import functools
import hashlib
import json
import os
from pathlib import Path
from typing import Any

from ohmgrad.errors import DataError
from ohmgrad.experiments.spec import Spec
from ohmgrad.kernels.specialise import user_sources

DEVICE_WORDS = {"title": "", "source": "", "where": "", "assumed": [], "leaves_out": []}


def bare(spec: Spec) -> Spec:
    """A completed specification of one network, without what is said of it and changes nothing in it."""
    return spec.model_copy(
        update={
            "experiment": "sweep", "variant": "", "title": "", "replicas": 1, "first_repeat": 0, "software": False, "published": [], "assumed": [],
            "device": spec.device.model_copy(update=DEVICE_WORDS),
        }
    )  # fmt: skip


def as_text(spec: Spec) -> str:
    """A specification as JSON; reading it back gives the same one, to the last bit."""
    return json.dumps(spec.model_dump(by_alias=True, mode="json"), sort_keys=True)


def key_of(spec: Spec) -> str:
    """SHA-256 of a `bare` specification and of the contents of the files it names; raises DataError for one that cannot be read."""
    digest = hashlib.sha256(as_text(spec).encode())
    for path in _files(spec):
        try:
            stat = os.stat(path)
            digest.update(_file_digest(path, stat.st_mtime_ns, stat.st_size))
        except OSError as e:
            raise DataError(f"{path} cannot be read: {e.strerror or e}") from None
    return digest.hexdigest()


@functools.lru_cache(maxsize=256)
def _file_digest(path: str, _changed: int, _size: int) -> bytes:
    """SHA-256 of a file, of a Python file with those beside it that it imports."""
    digest = hashlib.sha256()
    for part in user_sources(Path(path)) if path.endswith(".py") else [Path(path)]:
        digest.update(hashlib.sha256(part.read_bytes()).digest())
    return digest.digest()


def _files(spec: Spec) -> list[str]:
    """Names of the files on which a result depends, in a fixed order."""
    d = spec.device
    named: list[Any] = [
        d.law, spec.programming.scheme, spec.learning.rule, d.table, d.faults.map, spec.synapse.start_file
    ]  # fmt: skip
    if spec.data.source == "files":
        named += [spec.data.train_file, spec.data.test_file, spec.data.label, spec.data.test_label]
    texts = [str(name).partition(".py:")[0] + (".py" if ".py:" in str(name) else "") for name in named if isinstance(name, str)]
    return [name for name in texts if name and os.path.isabs(name) and os.path.isfile(name)]
