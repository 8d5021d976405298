"""One private event loop in a thread of its own, on which every model call of this process runs.

Why: closing a synchronous stream from another thread wakes its reader only when the server next speaks (6 s seen);
cancelling a task closes the socket at once.
"""

import asyncio
import threading
from collections.abc import Coroutine
from concurrent.futures import Future
from typing import Any, TypeVar

from integrations.tgi.connections import close_connections, install

T = TypeVar("T")

START_SECONDS = 10.0
STOP_SECONDS = 5.0


class ModelLoop:
    """Runs coroutines for threads. Starts with its first task; make it after forking: no thread survives a fork."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._ready = threading.Event()
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stopped: asyncio.Event | None = None

    def submit(self, work: Coroutine[Any, Any, T]) -> "Future[T]":
        """Start a coroutine; cancelling the future cancels its task, from any thread, without waiting."""
        return asyncio.run_coroutine_threadsafe(work, self._running())

    def close(self) -> None:
        """Cancel what runs, close the connections, end the thread. Idempotent; a later call starts anew."""
        with self._lock:
            thread, loop, stopped = self._thread, self._loop, self._stopped
            self._thread = self._loop = self._stopped = None
            self._ready.clear()
        if thread is not None and loop is not None and stopped is not None:
            loop.call_soon_threadsafe(stopped.set)
            thread.join(STOP_SECONDS)

    def _running(self) -> asyncio.AbstractEventLoop:
        if (loop := self._loop) is not None:
            return loop
        with self._lock:
            if self._thread is None:
                self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()), name="models", daemon=True)
                self._thread.start()
            if not self._ready.wait(START_SECONDS) or self._loop is None:
                raise RuntimeError("the model loop's thread did not start")
            return self._loop

    async def _serve(self) -> None:
        install()
        stopped = self._stopped = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        self._ready.set()
        await stopped.wait()
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await close_connections()
