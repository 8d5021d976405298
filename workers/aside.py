"""Work beside the turns that nobody waits for: little at a time, and none that piles up."""

import logging
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import BoundedSemaphore, Lock

from bot.domain.errors import MaruError
from bot.ports.cancellation import Cancellation
from workers.leases import TurnCancellation

AT_ONCE = 2
MOST_WAITING = 16
"""What comes while so much waits is dropped: a process that is so busy has no time for it."""

SECONDS = 60.0
"""How long one piece of it may take."""

_log = logging.getLogger(__name__)


class Aside:
    """A few threads of low ambition. Thread-safe."""

    def __init__(self, *, at_once: int = AT_ONCE, most_waiting: int = MOST_WAITING) -> None:
        self._threads = ThreadPoolExecutor(at_once, thread_name_prefix="aside")
        self._room = BoundedSemaphore(at_once + most_waiting)
        self._lock = Lock()
        self._stopped = False
        self._running: set[TurnCancellation] = set()

    def __call__(self, work: Callable[[Cancellation], None]) -> None:
        """Do it some time soon, or not at all; return at once."""
        with self._lock:
            if not self._stopped and self._room.acquire(blocking=False):
                self._threads.submit(self._do, work).add_done_callback(lambda _: self._room.release())

    def stop(self) -> None:
        """Drop what waits and whatever comes from now on, and break off what runs: the process shall end."""
        with self._lock:
            self._stopped = True
            for cancellation in self._running:
                cancellation.lose()
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _do(self, work: Callable[[Cancellation], None]) -> None:
        cancellation = TurnCancellation(time.monotonic() + SECONDS)
        with self._lock:
            if self._stopped:
                return
            self._running.add(cancellation)
        try:
            work(cancellation)
        except MaruError as error:
            _log.warning("left undone beside the turns", extra={"why": str(error)})
        except Exception:  # noqa: BLE001  # the edge of a thread: nobody else would hear of it
            _log.exception("work beside the turns failed unexpectedly")
        finally:
            with self._lock:
                self._running.discard(cancellation)
