"""What calls to models cost, and who spent it. A turn's own calls are written by `TurnStore.commit`."""

from collections.abc import Sequence
from typing import Protocol

from bot.domain.conversation import PersonId
from bot.domain.messages import ModelCall
from bot.domain.money import CostLine, Dimension


class Ledger(Protocol):
    """Append-only; what is older than people are remembered for stays as sums of days."""

    def record(self, calls: Sequence[ModelCall], *, person: PersonId, channel: str, skill: str) -> None:
        """Commit calls that belong to no turn: indexing, shadows. channel: see `channel_of`."""

    def costs(self, *, since: float, by: Dimension, person: PersonId | None = None) -> list[CostLine]:
        """Return what was spent since a midnight of UTC (seconds since the epoch), dearest first.

        person: only theirs. What is kept as sums of days is nobody's: its name is None by person, and it is in nobody's
        own.
        """

    def began(self) -> float | None:
        """Return when the first call was that is known of, in seconds since the epoch; None if there was none."""
