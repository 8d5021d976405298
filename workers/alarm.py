"""Rings a bell at a given time: a reply that waits for its turn need not wait for upkeep's round as well."""

import time
from threading import Condition, Thread

from bot.ports.doorbell import Bell, Doorbell

TICK_SECONDS = 0.05
"""Times within one tick become one ring."""

FARTHEST_SECONDS = 600.0
"""What is farther away is left to upkeep, which looks every two seconds."""


class Alarm:
    """`Alarm` of one process: one thread, and a set of times that has no more members than there are ticks."""

    def __init__(self, doorbell: Doorbell) -> None:
        self._doorbell = doorbell
        self._changed = Condition()
        self._due: set[tuple[int, Bell]] = set()
        Thread(target=self._ring_forever, name="alarm", daemon=True).start()

    def ring_in(self, bell: Bell, *, seconds: float) -> None:
        """Ring after so many seconds."""
        if seconds > FARTHEST_SECONDS:
            return
        # A tick later, not earlier: the row is due by the database's clock.
        tick = int((time.monotonic() + seconds) / TICK_SECONDS) + 1
        with self._changed:
            self._due.add((tick, bell))
            self._changed.notify()

    def _ring_forever(self) -> None:
        while True:
            self._doorbell.ring(self._next())

    def _next(self) -> Bell:
        """Wait for the next time, and return whose it is."""
        with self._changed:
            while True:
                first = min(self._due, default=None)
                pause = first[0] * TICK_SECONDS - time.monotonic() if first else None
                if first and pause is not None and pause <= 0:
                    self._due.discard(first)
                    return first[1]
                self._changed.wait(pause)
