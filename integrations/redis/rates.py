"""Rates in Redis, shared by all workers: one atomic script, and so one call, for each post."""

import logging
import time
from collections.abc import Sequence
from importlib.resources import files
from threading import Lock
from typing import Any

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from bot.ports.clock import Clock
from bot.ports.rate_limiter import Rate, RateLimiter

PREFIX = "maru:rate:"

PATIENCE_SECONDS = 0.5
"""For each step of a call; a post can do without Redis."""

AWAY_SECONDS = 2.0
"""How long Redis is left alone after it failed, so that no more than one post in this time waits for it in vain."""

CONNECTIONS = 16

_log = logging.getLogger(__name__)


class RedisRateLimiter:
    """`RateLimiter` over hashes that forget themselves. Thread-safe; no connection is made before the first call.

    While Redis is away each process counts for itself (`alone`), so posting goes on and the platform's own 429 is the
    wall. After a FLUSHALL every bucket is full again: at worst one burst too many.
    """

    def __init__(self, url: str, *, alone: RateLimiter, factor: float = 1.0, clock: Clock | None = None) -> None:
        """factor: how many times the given rates may be used (`alone` has its own).

        clock: for tests; None = Redis's own, as it must be.
        """
        pool = redis.BlockingConnectionPool.from_url(
            url,
            max_connections=CONNECTIONS,
            timeout=PATIENCE_SECONDS,
            socket_timeout=PATIENCE_SECONDS,
            socket_connect_timeout=PATIENCE_SECONDS,
            retry=Retry(NoBackoff(), 0),  # a token taken twice is one post less
            protocol=2,
            decode_responses=True,
        )
        client = redis.Redis(connection_pool=pool)
        self._client = client
        self._take, self._close = (client.register_script(_script(name)) for name in ("take", "close"))
        self._alone = alone
        self._factor = factor
        self._clock = clock
        self._lock = Lock()
        self._away_until = 0.0

    def take(self, rates: Sequence[Rate], *, reserve: int = 0, waited: bool = False) -> float:
        """Take a token of each and return 0, or none and return after how many seconds to ask again."""
        limits = [value for rate in rates for value in (rate.per_second * self._factor, _times(rate, self._factor))]
        answer = self._ask(self._take, rates, [reserve, int(waited), *limits]) if rates else 0
        return self._alone.take(rates, reserve=reserve, waited=waited) if answer is None else answer / 1e6

    def close(self, rates: Sequence[Rate], *, seconds: float) -> None:
        """Close the first for so long, and the last as well if another one under it is closed now."""
        if rates and self._ask(self._close, (rates[0], rates[-1]), [seconds]) is None:
            self._alone.close(rates, seconds=seconds)

    def shut_down(self) -> None:
        """Close the connections."""
        self._client.close()
        self._client.connection_pool.disconnect()

    def _ask(self, script: Any, rates: Sequence[Rate], values: list[float]) -> int | None:
        """Run the script; None if Redis is away."""
        if time.monotonic() < self._away_until:
            return None
        now = self._clock.now() if self._clock else 0
        try:
            return int(script(keys=[PREFIX + rate.name for rate in rates], args=[now, *values]))
        except redis.RedisError as error:
            self._leave_alone(error)
            return None

    def _leave_alone(self, error: redis.RedisError) -> None:
        with self._lock:
            known = time.monotonic() < self._away_until
            self._away_until = time.monotonic() + AWAY_SECONDS
        if not known:
            _log.warning("rates are counted by this process alone", extra={"why": type(error).__name__})


def _times(rate: Rate, factor: float) -> int:
    return max(int(rate.burst * factor), 1)


def _script(name: str) -> str:
    return files(__package__).joinpath("lua", f"{name}.lua").read_text(encoding="utf-8")
