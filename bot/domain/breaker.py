"""Spares what fails again and again, and those who would wait for it.

    closed ── FAILURES in a row ──▶ open ── after the rest ──▶ half-open ── the one call in it succeeds ──▶ closed
                                     ▲────────────────────────────┘ fails

Without it, each of a hundred callers would wait seconds for what nobody answers, and all of them would go on to hold
it under water when it comes up.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Lock

FAILURES = 5
"""In a row: a single slow answer or a restart between two calls is no outage."""


class Breaker:
    """Watches the calls to one outside system. Thread-safe.

    failing: the errors that mean it is away. living: those that only something alive gives, looked at first.
    Any other error says nothing of it. refusal: makes what is raised instead of a call, told after how many seconds to
    ask again. monotonic: seconds.
    """

    def __init__(
        self,
        *,
        rest_seconds: float,
        failing: tuple[type[Exception], ...],
        living: tuple[type[Exception], ...],
        refusal: Callable[[float], Exception],
        monotonic: Callable[[], float],
    ) -> None:
        self._rest_seconds = rest_seconds
        self._failing, self._living = failing, living
        self._refusal = refusal
        self._monotonic = monotonic
        self._lock = Lock()
        self._failures = 0
        self._rests_until = 0.0
        self._trying = False

    @contextmanager
    def call(self) -> Iterator[None]:
        """Watch one call. Raises the refusal at once while the system is spared."""
        trial = self._admitted()
        lives: bool | None = None
        try:
            yield
            lives = True
        except self._living:
            lives = True
            raise
        except self._failing:
            lives = False
            raise
        finally:
            self._note(lives, trial=trial)

    def spared(self) -> bool:
        """Tell whether a call would be refused now."""
        with self._lock:
            return self._pause() > 0

    def _admitted(self) -> bool:
        """Let a call through; True if it is the one that tries. Raises the refusal."""
        with self._lock:
            if pause := self._pause():
                raise self._refusal(pause)
            self._trying = self._failures >= FAILURES
            return self._trying

    def _pause(self) -> float:
        """Return after how many seconds to ask again; 0: now."""
        if self._failures < FAILURES:
            return 0.0
        return self._rest_seconds if self._trying else max(self._rests_until - self._monotonic(), 0.0)

    def _note(self, lives: bool | None, *, trial: bool) -> None:
        """Learn from a call that ended; None: it says nothing."""
        with self._lock:
            if trial:
                self._trying = False
            if lives:
                self._failures, self._trying = 0, False
            elif lives is False:
                self._failures += 1
                self._rests_until = self._monotonic() + self._rest_seconds
