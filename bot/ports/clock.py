"""Time, as a port: the core has no clock of its own."""

from typing import Protocol


class Clock(Protocol):
    """Wall and monotonic time, in seconds."""

    def now(self) -> float:
        """Return seconds since the Unix epoch."""

    def monotonic(self) -> float:
        """Return seconds that never run backwards, for durations and deadlines."""
