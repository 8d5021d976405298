"""Wakes workers. A lost or repeated ring is harmless: Postgres is the truth, upkeep rings again."""

from enum import StrEnum
from typing import Protocol


class Bell(StrEnum):
    """Which kind of worker to wake; the values are the queues' names."""

    DIALOGUE = "dialogue"
    DELIVERY = "delivery"
    INDEXING = "indexing"


class Doorbell(Protocol):
    """Rings for a queue."""

    def ring(self, bell: Bell) -> None:
        """Return at once; never raises and never blocks on the broker."""

    def trouble(self) -> str | None:
        """Return None if the broker answers, else what is wrong in words; it may take some seconds."""
