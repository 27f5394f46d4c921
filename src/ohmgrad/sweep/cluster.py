"""A Dask cluster with the face of `concurrent.futures`. Dask is optional: ``pip install 'ohmgrad[cluster]'``."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from concurrent.futures import Executor
from contextlib import contextmanager
from importlib import metadata
from typing import Any

from ohmgrad.errors import RunError

WAIT = "10s"


def _version() -> str:
    return metadata.version("ohmgrad")


@contextmanager
def connected(address: str) -> Iterator[tuple[Executor, int]]:
    """Executor of the cluster whose scheduler is at `address` (such as tcp://host:8786), and how many threads its workers have.

    Raises RunError if Dask is not installed, the scheduler does not answer, has no workers, or they lack this version of ohmgrad.
    """
    try:
        import distributed
    except ImportError:
        raise RunError("--cluster needs Dask, which is not installed; pip install 'ohmgrad[cluster]'") from None
    logging.getLogger("distributed").setLevel(logging.CRITICAL)  # what goes wrong is said in one line by us
    try:
        connect: Any = distributed.Client
        client = connect(address, timeout=WAIT, set_as_default=False)
    except (OSError, ValueError, TypeError) as e:
        reason = " ".join(str(e).split()) or type(e).__name__
        raise RunError(
            f"no cluster answers at {address} ({reason[:160]}); is 'dask scheduler' running there? The address looks like tcp://host:8786"
        ) from None
    try:
        threads = client.nthreads()
        if not threads:
            raise RunError(f"the cluster at {address} has no workers; start some with: dask worker {address}")
        _check_versions(client, address)
        yield client.get_executor(pure=False), sum(threads.values())
    finally:
        client.close(timeout=2)


def _check_versions(client: Any, address: str) -> None:
    try:
        found = client.run(_version)
    except Exception as e:  # a worker without ohmgrad raises whatever its Python says
        raise RunError(f"a worker of {address} cannot import ohmgrad ({type(e).__name__}: {e}); install it there") from None
    for worker, version in found.items():
        if version != _version():
            raise RunError(f"worker {worker} has ohmgrad {version}, and here is {_version()}; install the same version")
