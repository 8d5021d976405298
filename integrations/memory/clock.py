"""A clock that stands still."""


class FrozenClock:
    """`Clock` that moves only when told to."""

    def __init__(self, now: float = 1_700_000_000.0) -> None:
        self._now = now

    def now(self) -> float:
        """Return the frozen time, seconds since the epoch."""
        return self._now

    def monotonic(self) -> float:
        """Return the same time: it never runs backwards."""
        return self._now

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        self._now += seconds
