"""Rates counted in this process: the double of Redis, and what posting falls back on while Redis is away."""

from collections.abc import Sequence
from dataclasses import dataclass
from threading import Lock

from bot.ports.clock import Clock
from bot.ports.rate_limiter import Rate

MOST_BUCKETS = 10_000


@dataclass(slots=True)
class _Bucket:
    """tokens: as many as there were at `at`. shut: closed until. line: the last time that was told to somebody.

    hurt: the narrow bucket that the platform closed last, until `hurt_until`. Times are monotonic seconds.
    """

    tokens: float
    at: float
    shut: float = 0.0
    line: float = 0.0
    hurt: str = ""
    hurt_until: float = 0.0

    def over(self, now: float) -> bool:
        """Tell whether everything about it is past; it may be full by then, or is soon."""
        return max(self.at + 60.0, self.shut, self.line, self.hurt_until) < now

    def fill(self, rate: Rate, now: float) -> None:
        """Add what time brought."""
        self.tokens = min(float(rate.burst), self.tokens + max(now - self.at, 0.0) * rate.per_second)
        self.at = max(now, self.at)


class InMemoryRateLimiter:
    """`RateLimiter` of one process. Thread-safe."""

    def __init__(self, clock: Clock, *, factor: float = 1.0) -> None:
        """factor: how many times the given rates may be used."""
        self._clock = clock
        self._factor = factor
        self._lock = Lock()
        self._buckets: dict[str, _Bucket] = {}

    def take(self, rates: Sequence[Rate], *, reserve: int = 0, waited: bool = False) -> float:
        """Take a token of each and return 0, or none and return after how many seconds to ask again."""
        rates = self._scaled(rates)
        with self._lock:
            now = self._clock.monotonic()
            pairs = [(rate, self._bucket(rate, now)) for rate in rates]
            ready = [_ready(rate, bucket, 1 + min(reserve, rate.burst - 1)) for rate, bucket in pairs]
            # Each line moves by its own step only: a narrow bucket's long one must not become everybody's.
            refused = [
                (bucket, max(when, bucket.line + 1 / rate.per_second))
                for (rate, bucket), when in zip(pairs, ready, strict=True)
                if when > now or (not waited and bucket.line > now)
            ]
            if not refused:
                for _, bucket in pairs:
                    bucket.tokens -= 1
                return 0.0
            if not reserve:
                for bucket, turn in refused:
                    bucket.line = turn
            return max(turn for _, turn in refused) - now

    def close(self, rates: Sequence[Rate], *, seconds: float) -> None:
        """Close the first for so long, and the last as well if another one under it is closed now."""
        rates = self._scaled(rates)
        if not rates:
            return
        with self._lock:
            now = self._clock.monotonic()
            narrow, wide = self._bucket(rates[0], now), self._bucket(rates[-1], now)
            _shut(narrow, rates[0], now + seconds)
            if wide.hurt != rates[0].name and wide.hurt_until > now:
                _shut(wide, rates[-1], now + seconds)
            wide.hurt, wide.hurt_until = rates[0].name, now + seconds

    def _scaled(self, rates: Sequence[Rate]) -> Sequence[Rate]:
        if self._factor == 1.0:
            return rates
        times = self._factor
        return [Rate(one.name, one.per_second * times, max(int(one.burst * times), 1)) for one in rates]

    def _bucket(self, rate: Rate, now: float) -> _Bucket:
        if len(self._buckets) > MOST_BUCKETS:
            self._buckets = {name: one for name, one in self._buckets.items() if not one.over(now)}
        bucket = self._buckets.setdefault(rate.name, _Bucket(float(rate.burst), now))
        bucket.fill(rate, now)
        return bucket


def _ready(rate: Rate, bucket: _Bucket, wanted: int) -> float:
    """Return when it holds the wanted tokens; a thousandth of one is forgiven to the arithmetic."""
    missing = wanted - bucket.tokens
    return max(bucket.at + missing / rate.per_second if missing > 1e-3 else 0.0, bucket.shut)


def _shut(bucket: _Bucket, rate: Rate, until: float) -> None:
    """Let it hold one token at its reopening: what is above that was counted on wrongly."""
    if until > bucket.shut:
        bucket.shut = bucket.at = until
        bucket.tokens = 1.0
