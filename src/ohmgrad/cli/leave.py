"""Ctrl-C during compilation."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


@contextmanager
def leaving_at_once() -> Iterator[None]:
    """Within the block Ctrl-C ends the process, whatever it does: the compiler swallows the exception that Python would raise."""

    def leave(_number: int, _frame: FrameType | None) -> None:
        os._exit(130)

    old = signal.signal(signal.SIGINT, leave)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, old)
