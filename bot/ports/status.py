"""What an administrator sees of the running system."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from bot.domain.conversation import Space
from bot.domain.documents import LibraryCounts


@dataclass(frozen=True, slots=True)
class ModelStatus:
    """One model of the catalogue and whether it answers now."""

    name: str
    healthy: bool


@dataclass(frozen=True, slots=True)
class Tally:
    """How often a gateway did what with what a platform sent."""

    gateway: str
    outcome: str
    events: int


@dataclass(frozen=True, slots=True)
class SystemStatus:
    """A snapshot. waiting: events not yet settled; sending: replies not yet posted; buried: replies given up.

    workers: names of the worker processes seen in the last 30 s. errors: the last failures in words, newest first.
    """

    waiting: int
    sending: int
    buried: int
    workers: tuple[str, ...]
    models: tuple[ModelStatus, ...]
    library: LibraryCounts
    errors: tuple[str, ...]


class StatusSource(Protocol):
    """Takes the snapshot."""

    def snapshot(self, *, spaces: Sequence[Space] | None = None) -> SystemStatus:
        """Return the state of queues, workers, models, and documents: of all, or of those of these spaces."""
