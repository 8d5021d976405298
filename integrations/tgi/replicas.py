"""Which of an entry's servers to ask next: the one with the fewest calls in flight, one that just failed last."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

REST_SECONDS = 5.0


@dataclass(slots=True)
class _Replica:
    url: str
    in_flight: int = 0
    used: int = 0
    rests_until: float = 0.0


class Replicas:
    """The servers of one entry as this process sees them. Thread-safe."""

    def __init__(self, urls: tuple[str, ...], *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._replicas = {url: _Replica(url) for url in urls}
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._turn = 0

    def order(self) -> tuple[str, ...]:
        """Return every server, best first; equals take turns."""
        now = self._monotonic()
        with self._lock:
            ranked = sorted(self._replicas.values(), key=lambda one: (one.rests_until > now, one.in_flight, one.used))
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

    def rest(self, url: str) -> None:
        """Ask `url` last for a few seconds: it failed."""
        self._replicas[url].rests_until = self._monotonic() + REST_SECONDS
