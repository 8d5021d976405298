"""Spares a server that fails again and again, and those who would wait for it.

    closed ── FAILURES in a row ──▶ open ── after REST_SECONDS ──▶ half-open ── the one call in it succeeds ──▶ closed
                                     ▲─────────────────────────────────┘ fails

Without it, each of a hundred turns would wait three seconds for a connection that nobody takes, and go on to hold the
server under water when it comes up.
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from bot.domain.errors import EncoderUnavailable

FAILURES = 5
"""In a row: a single slow batch or a restart between two calls is no outage."""

REST_SECONDS = 2.0
"""Below the first pauses of a turn that is tried again (1, 2, 4 … s), so that an outage is not made longer."""


class Breaker:
    """Thread-safe. monotonic: seconds."""

    def __init__(self, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._failures = 0
        self._rests_until = 0.0
        self._trying = False

    @contextmanager
    def call(self) -> Iterator[None]:
        """Watch one call; EncoderUnavailable is a failure, whatever else ends it a sign of life.

        Raises EncoderUnavailable at once while the server is spared.
        """
        self._admit()
        try:
            yield
        except EncoderUnavailable:
            self._failed()
            raise
        except BaseException:
            self._lives()
            raise
        self._lives()

    def _admit(self) -> None:
        with self._lock:
            if self._failures < FAILURES:
                return
            if self._trying or self._monotonic() < self._rests_until:
                raise EncoderUnavailable("The encoder failed again and again and is asked anew in some seconds.")
            self._trying = True

    def _failed(self) -> None:
        with self._lock:
            self._failures += 1
            self._trying = False
            if self._failures >= FAILURES:
                self._rests_until = self._monotonic() + REST_SECONDS

    def _lives(self) -> None:
        with self._lock:
            self._failures, self._trying = 0, False
