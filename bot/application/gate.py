"""What one chat platform may cost the others: no call while it rests, and never all the hands.

A platform that hangs holds each hand until its deadline. Without a gate all hands would soon hang there, and the other
platform's replies would wait for nothing.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from threading import Condition

from bot.domain.breaker import Breaker
from bot.domain.conversation import Platform
from bot.domain.errors import (
    DeliveryUncertain,
    PermanentError,
    PlatformRateLimited,
    PlatformUnauthorised,
    PlatformUnavailable,
)

REST_SECONDS = 5.0
"""How long a platform that failed again and again is spared before one post tries it."""

MOMENT_SECONDS = 0.5
"""How long a hand waits for a place: while a platform answers, one is free sooner."""

STEP_SECONDS, FARTHEST_SECONDS = 0.005, 30.0
"""Who is sent away comes again so much later than the one before, but not later than this: a backlog that came back all
at once would keep the database busy with itself, and fall upon a platform that has just come up."""


class NotYet(Exception):
    """The platform may not be called for so many seconds."""

    def __init__(self, seconds: float) -> None:
        super().__init__(seconds)
        self.seconds = seconds


class Gate:
    """The way to one platform, as one process sees it. Thread-safe. places: calls at once. monotonic: seconds."""

    def __init__(self, *, places: int, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._changed = Condition()
        self._free = places
        self._jammed = False
        self._line = monotonic()
        self._breaker = Breaker(
            rest_seconds=REST_SECONDS,
            failing=(PlatformUnavailable, DeliveryUncertain),
            living=(PlatformUnauthorised, PlatformRateLimited, PermanentError),
            refusal=self._sent_away,
            monotonic=monotonic,
        )

    @contextmanager
    def passage(self) -> Iterator[None]:
        """Hold a place for one call, and learn from how it ends. Raises NotYet while there is none to be had."""
        with self._breaker.call(), self._place():
            yield

    @contextmanager
    def _place(self) -> Iterator[None]:
        if not self._got():
            raise self._sent_away(REST_SECONDS)
        try:
            yield
        finally:
            with self._changed:
                self._free += 1
                self._jammed = False
                self._changed.notify()

    def _got(self) -> bool:
        """Take a place; where none came free in a moment, nobody waits for one until one does."""
        with self._changed:
            patience = 0.0 if self._jammed else MOMENT_SECONDS
            if not self._changed.wait_for(lambda: self._free > 0, patience):
                self._jammed = True
                return False
            self._free -= 1
            return True

    def _sent_away(self, seconds: float) -> NotYet:
        with self._changed:
            now = self._monotonic()
            self._line = min(max(self._line + STEP_SECONDS, now + seconds), now + FARTHEST_SECONDS)
            return NotYet(self._line - now)


def gates(hands: int, *, monotonic: Callable[[], float]) -> Mapping[Platform, Gate]:
    """Return a gate for each platform, each wide enough for three quarters of the hands."""
    return {platform: Gate(places=max(hands * 3 // 4, 1), monotonic=monotonic) for platform in Platform}
