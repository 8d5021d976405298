"""How a waiting thread learns that its reply is final, and the stages before."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from queue import Empty, SimpleQueue
from threading import Lock

from bot.domain.conversation import Address
from bot.domain.events import EventId
from bot.ports.reply_feed import Final, Stage, never
from integrations.memory.database import MemoryDatabase

_LOOK_SECONDS = 0.01


class InMemoryReplyFeed:
    """`ReplyFeed` and `ReplyPreview` in one: followers of this process get the stages announced while they follow."""

    def __init__(self, database: MemoryDatabase) -> None:
        self._database = database
        self._lock = Lock()
        self._followers: list[tuple[EventId, SimpleQueue[Stage]]] = []

    def follow(
        self, event: EventId, *, timeout_seconds: float, gone: Callable[[], bool] = never
    ) -> Iterator[Stage | Final]:
        """Yield stages, then the final reply once it is in the outbox; end silently when the (real) time is over."""
        deadline = time.monotonic() + timeout_seconds
        stages: SimpleQueue[Stage] = SimpleQueue()
        with self._lock:
            self._followers.append((event, stages))
        while time.monotonic() < deadline and not gone():
            try:
                yield stages.get(timeout=_LOOK_SECONDS)
                continue
            except Empty:
                final = self._final(event)
            if final is not None:
                yield final
                return

    @contextmanager
    def working(self, address: Address, event: EventId) -> Iterator[None]:
        """Say that somebody took the question."""
        self.stage(event, "…")
        yield

    def stage(self, event: EventId, words: str) -> None:
        """Tell those who follow now; nobody else will ever know."""
        with self._lock:
            for followed, stages in self._followers:
                if followed == event:
                    stages.put(Stage(words))

    def _final(self, event: EventId) -> Final | None:
        with self._database.lock:
            for row in self._database.outbox:
                if row.event == event:
                    return Final(row.message.reply)
        return None
