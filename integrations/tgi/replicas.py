"""Which of an entry's servers to ask next: the one with the fewest calls in flight, one that just failed last.

One that failed again and again without a word is not asked at all for a while: it would cost each turn the whole time
in which a first token should come. A server that breaks off in mid-answer speaks, so that counts for nothing here.
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass

from bot.domain.breaker import Breaker
from bot.domain.errors import ModelRejected, ModelUnavailable

REST_SECONDS = 5.0


@dataclass(slots=True)
class _Replica:
    url: str
    breaker: Breaker
    in_flight: int = 0
    used: int = 0
    rests_until: float = 0.0


class Replicas:
    """The servers of one entry as this process sees them. Thread-safe."""

    def __init__(self, urls: tuple[str, ...], *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._replicas = {url: _Replica(url, _breaker(monotonic)) for url in urls}
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._turn = 0

    def order(self) -> tuple[str, ...]:
        """Return every server that is not spared, best first; equals take turns."""
        now = self._monotonic()
        with self._lock:
            asked = [one for one in self._replicas.values() if not one.breaker.spared()]
            ranked = sorted(asked, key=lambda one: (one.rests_until > now, one.in_flight, one.used))
        return tuple(one.url for one in ranked)

    @contextmanager
    def busy(self, url: str) -> Iterator[None]:
        """Count a call to `url` for as long as it runs."""
        replica = self._replicas[url]
        with self._lock:
            self._turn += 1
            replica.in_flight += 1
            replica.used = self._turn
        try:
            yield
        finally:
            with self._lock:
                replica.in_flight -= 1

    def judged(self, url: str, *, fair: bool) -> AbstractContextManager[None]:
        """Learn from how the wait for the first token ends. fair: whether it has the time that one should have.

        Raises ModelUnavailable at once if `url` is spared since it was ordered.
        """
        return self._replicas[url].breaker.call() if fair else nullcontext()

    def rest(self, url: str) -> None:
        """Ask `url` last for a few seconds: it failed."""
        self._replicas[url].rests_until = self._monotonic() + REST_SECONDS


def _breaker(monotonic: Callable[[], float]) -> Breaker:
    return Breaker(
        rest_seconds=REST_SECONDS,
        failing=(ModelUnavailable,),
        living=(ModelRejected,),
        refusal=lambda _: ModelUnavailable("The server is being tried by another call just now. Ask again later."),
        monotonic=monotonic,
    )
