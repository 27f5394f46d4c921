"""Processes of this machine with the face of `concurrent.futures`, each of which may die without harm to the others.

`concurrent.futures.ProcessPoolExecutor` gives up all its tasks when one of its processes dies; here the task of that process fails with `WorkerDied`, and a
new process takes its place. Processes are spawned, never forked, end with the one that started them, however it ends, and leave Ctrl-C to it.
"""

from __future__ import annotations

import multiprocessing
import os
import queue
import signal
import threading
from collections.abc import Callable
from concurrent.futures import BrokenExecutor, Executor, Future
from multiprocessing.connection import Connection, wait
from typing import Any, TypeVar

T = TypeVar("T")


class WorkerDied(BrokenExecutor):
    """The process that did a task has died; nobody knows why, but its exit status is told."""


class Processes(Executor):
    """`n` processes; each does one task at a time."""

    def __init__(self, n: int) -> None:
        self._context = multiprocessing.get_context("spawn")
        self._tasks: queue.SimpleQueue[tuple[Future[Any], Callable[..., Any], tuple[Any, ...]] | None] = queue.SimpleQueue()
        self._running: list[Any] = [None] * n
        self._closed = False
        self._threads = [threading.Thread(target=self._serve, args=(k,), daemon=True) for k in range(n)]
        for thread in self._threads:
            thread.start()

    def submit(self, fn: Callable[..., T], /, *args: Any, **kwargs: Any) -> Future[T]:
        """`fn(*args)` in one of the processes; fn is a function of a module."""
        if self._closed or kwargs:
            raise RuntimeError("no tasks after shutdown, and none with arguments by name")
        future: Future[T] = Future()
        self._tasks.put((future, fn, args))
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """End the processes after what they have been given; with cancel_futures, kill them now."""
        self._closed = True
        if cancel_futures:
            while not self._tasks.empty():
                item = self._tasks.get()
                if item is not None:
                    item[0].cancel()
            for process in self._running:
                if process is not None:
                    process.kill()
        for _ in self._threads:
            self._tasks.put(None)
        if wait:
            for thread in self._threads:
                thread.join()

    @property
    def pids(self) -> list[int]:
        """Process ids of the processes that are there now."""
        return [p.pid for p in self._running if p is not None and p.pid is not None]

    def _serve(self, slot: int) -> None:
        """What the thread of one process does: hand it a task, wait for the answer."""
        ours: Connection | None = None
        while (item := self._tasks.get()) is not None:
            future, fn, args = item
            if not future.set_running_or_notify_cancel():
                continue
            try:
                if ours is None:
                    ours = self._start(slot)
                ours.send((fn, args))
                good, value = ours.recv()
            except (EOFError, OSError) as e:
                process, ours, self._running[slot] = self._running[slot], None, None
                future.set_exception(WorkerDied(_how(process) if process is not None else f"a worker cannot be started: {e}"))
            else:
                future.set_result(value) if good else future.set_exception(value)
        if ours is not None:
            ours.close()
            self._running[slot].join()

    def _start(self, slot: int) -> Connection:
        ours, theirs = self._context.Pipe()
        process = self._context.Process(target=_worker, args=(theirs,), daemon=True)
        process.start()
        theirs.close()
        self._running[slot] = process
        return ours


def _how(process: Any) -> str:
    process.join()
    code = process.exitcode
    if code is not None and code < 0:
        name = signal.Signals(-code).name if -code in set(signal.Signals) else f"signal {-code}"
        return f"its worker was killed ({name}{'; out of memory?' if name == 'SIGKILL' else ''})"
    return f"its worker ended with status {code}"


def _worker(pipe: Connection) -> None:
    """Do tasks until nobody asks any more."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    while True:
        try:
            fn, args = pipe.recv()
        except (EOFError, OSError):
            return
        try:
            answer: tuple[bool, Any] = True, fn(*args)
        except Exception as e:  # whatever a task raises belongs to whoever asked for it
            answer = False, e
        try:
            pipe.send(answer)
        except (TypeError, AttributeError, ValueError):  # what cannot be sent
            pipe.send((False, RuntimeError(f"{type(answer[1]).__name__}: {answer[1]}")))
        except OSError:
            return


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)
