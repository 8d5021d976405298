"""The threads of a worker process that answer and deliver; Celery's own thread only hears the bell."""

import logging
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Condition

from bot.domain.errors import TransientError

_log = logging.getLogger(__name__)


class ThreadCrew:
    """`Crew` of at most `size` threads, started as they are needed.

    Why not a Celery task each: receiving, acknowledging and publishing one cost more than the turn itself.
    """

    def __init__(self, size: int, *, name: str) -> None:
        self._threads = ThreadPoolExecutor(size, thread_name_prefix=name)
        self._changed = Condition()
        self._free = self._size = size
        self._stopping = False

    def free(self) -> int:
        """Wait until a hand is free or the process stops; return how many are, 0 once it stops."""
        with self._changed:
            self._changed.wait_for(lambda: self._free > 0 or self._stopping)
            return 0 if self._stopping else self._free

    def do(self, work: Callable[[], None]) -> None:
        """Give the work to a free hand and go on at once."""
        with self._changed:
            self._free -= 1
        self._threads.submit(self._do, work)

    def stop(self) -> None:
        """Take nothing new; who waits for a free hand is told."""
        with self._changed:
            self._stopping = True
            self._changed.notify_all()

    def finish(self, seconds: float) -> int:
        """Wait up to `seconds` for what is in hand; return how many are still at it."""
        ends = time.monotonic() + seconds
        with self._changed:
            self._changed.wait_for(lambda: self._free == self._size, max(ends - time.monotonic(), 0.0))
            return self._size - self._free

    def _do(self, work: Callable[[], None]) -> None:
        try:
            work()
        except TransientError as error:  # a part of the system is away: the row is still there, and upkeep rings
            _log.warning("put off", extra={"why": str(error)})
        except Exception:  # noqa: BLE001  # the edge of a thread: nobody else would hear of it
            _log.exception("work failed unexpectedly")
        finally:
            with self._changed:
                self._free += 1
                self._changed.notify_all()
