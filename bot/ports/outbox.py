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

    def sent(self, delivery: Delivery, *, reference: str) -> bool:
        """Record the platform's name of the post; True if the conversation's next message waited for it.

        A stale fence makes this and the two below a no-op.
        """

    def defer(self, delivery: Delivery, *, seconds: float, why: str, uncertain: bool) -> None:
        """Offer it again after a pause; `uncertain` says that the platform may have it already."""

    def bury(self, delivery: Delivery, *, why: str) -> bool:
        """Give up, keeping the payload and the reason; True if the conversation's next message waited for it."""

    def due(self) -> bool:
        """Tell whether a message is due, be it one that has to wait for an earlier one."""
