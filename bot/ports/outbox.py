"""Durable out: final replies wait here until their platform has them."""

from dataclasses import dataclass
from typing import NewType, Protocol

from bot.domain.messages import OutgoingMessage

OutboxId = NewType("OutboxId", int)


@dataclass(frozen=True, slots=True)
class Delivery:
    """One message to post, leased to us.

    attempts: this one included. uncertain: an earlier attempt may have reached the platform; look before posting.
    """

    id: OutboxId
    fence: int
    message: OutgoingMessage
    attempts: int
    uncertain: bool


class Outbox(Protocol):
    """queued → sending → sent | deferred (when) | buried (why), in order within a conversation."""

    def claim(self, *, limit: int, lease_seconds: float) -> list[Delivery]:
        """Lease up to `limit` due messages, only the oldest open one of each conversation."""

    def sent(self, delivery: Delivery, *, reference: str) -> None:
        """Record the platform's name of the post. A stale fence makes this a no-op."""

    def defer(self, delivery: Delivery, *, seconds: float, why: str, uncertain: bool) -> None:
        """Offer it again after a pause; `uncertain` says that the platform may have it already."""

    def bury(self, delivery: Delivery, *, why: str) -> None:
        """Give up, keeping the payload and the reason."""

    def due(self) -> int:
        """Count the messages that could be claimed now."""
