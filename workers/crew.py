"""The threads of a worker process that answer and deliver; Celery's own thread only hears the bell."""

import logging
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import BoundedSemaphore, Condition, local

from bot.domain.errors import TransientError
from bot.domain.models import ChatDelta, ChatRequest, ModelEntry, ModelLoad
from bot.ports.cancellation import Cancellation
from bot.ports.chat_model import ServedModel

DESK_SECONDS = 1.0
"""After this long without a desk a thread computes all the same: whoever has them is stuck in a call, not computing."""

A_FEW, A_MOMENT_SECONDS = 8, 0.02

_log = logging.getLogger(__name__)


class ThreadCrew:
    """`Crew` of at most `size` threads, started as they are needed; at most `desks` of them compute, the others `rest`.

    Why not a Celery task each: receiving, acknowledging and publishing one cost more than the turn itself.
    Why desks: a hundred threads that quarrel over the interpreter's lock need a third more CPU for the same turns.
    """

    def __init__(self, size: int, *, name: str, desks: int) -> None:
        self._threads = ThreadPoolExecutor(size, thread_name_prefix=name)
        self._desks = BoundedSemaphore(desks)
        self._most_standing = desks
        self._mine = local()
        self._changed = Condition()
        self._free = self._size = size
        self._standing = 0
        self._stopping = False

    def free(self) -> int:
        """Wait until a hand is free or the process stops; return how many are, 0 once it stops.

        Who would only stand in a line for a desk here is left where he waits: that line is just, and all processes'.
        Where none was, wait a moment longer for a few: a claim costs the database nearly the same for one as for many.
        """
        few = min(A_FEW, self._most_standing // 2)
        with self._changed:
            if not self._room():
                self._changed.wait_for(lambda: self._room() > 0 or self._stopping)
                self._changed.wait_for(lambda: self._room() >= few or self._stopping, A_MOMENT_SECONDS)
            return 0 if self._stopping else self._room()

    def do(self, work: Callable[[], None]) -> None:
        """Give the work to a free hand and go on at once."""
        with self._changed:
            self._free -= 1
            self._standing += 1
        self._threads.submit(self._do, work)

    @contextmanager
    def rest(self) -> Iterator[None]:
        """Give the desk up while the caller waits for something slow; who is none of the crew has none to give up."""
        if not hasattr(self._mine, "seated"):
            yield
            return
        self._rise()
        try:
            yield
        finally:
            self._sit()

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

    def _room(self) -> int:
        return max(0, min(self._free, self._most_standing - self._standing))

    def _do(self, work: Callable[[], None]) -> None:
        self._seated()
        try:
            work()
        except TransientError as error:  # a part of the system is away: the row is still there, and upkeep rings
            _log.warning("put off", extra={"why": str(error)})
        except Exception:  # noqa: BLE001  # the edge of a thread: nobody else would hear of it
            _log.exception("work failed unexpectedly")
        finally:
            self._rise()
            with self._changed:
                self._free += 1
                self._changed.notify_all()

    def _sit(self) -> None:
        with self._changed:
            self._standing += 1
        self._seated()

    def _seated(self) -> None:
        self._mine.seated = self._desks.acquire(timeout=DESK_SECONDS)
        with self._changed:
            self._standing -= 1
            self._changed.notify_all()

    def _rise(self) -> None:
        if self._mine.seated:
            self._mine.seated = False
            self._desks.release()


class RestingModel:
    """`ChatModel` whose caller gives its desk up until the answer is complete."""

    def __init__(self, model: ServedModel, crew: ThreadCrew) -> None:
        self._model = model
        self._crew = crew

    @property
    def entry(self) -> ModelEntry:
        """What the catalogue says of it."""
        return self._model.entry

    def stream(self, request: ChatRequest, cancellation: Cancellation) -> Iterator[ChatDelta]:
        """Yield the model's text as it comes."""
        with self._crew.rest():
            yield from self._model.stream(request, cancellation)

    def healthy(self) -> bool:
        """Tell whether it answers now."""
        return self._model.healthy()

    def trouble(self) -> str | None:
        """Look, and return why it cannot be used."""
        return self._model.trouble()

    def load(self) -> ModelLoad:
        """Return its calls."""
        return self._model.load()
