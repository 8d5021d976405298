"""Rings later, in this process; what is due while no process lives is rung for by upkeep."""

from typing import Protocol

from bot.ports.doorbell import Bell


class Alarm(Protocol):
    """Wakes a queue at a given time. Thread-safe."""

    def ring_in(self, bell: Bell, *, seconds: float) -> None:
        """Ring after so many seconds; times that are close together may become one ring."""
