"""Durable out: final replies wait here until their platform has them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NewType, Protocol

from bot.domain.conversation import ConversationId
from bot.domain.messages import OutgoingMessage, ReplyKey

OutboxId = NewType("OutboxId", int)


@dataclass(frozen=True, slots=True)
class Delivery:
    """One message to post, leased to us.

    fence: grows with every claim. attempts: this one included. failures: those that the platform ended; the rest
    died with their sender. posted: the names of the posts that are surely out.
    uncertain: an earlier attempt at the next post may have reached the platform; look before posting.
    """

    id: OutboxId
    fence: int
    message: OutgoingMessage
    attempts: int
    failures: int
    uncertain: bool
    posted: tuple[str, ...] = ()


class Outbox(Protocol):
    """queued → sending → sent | deferred (when) | buried (why), in order within a conversation.

    A stale fence makes everything but `claim` a no-op.
    """

    def claim(self, *, limit: int, lease_seconds: float) -> list[Delivery]:
        """Lease up to `limit` due messages, only the oldest open one of each conversation."""

    def renew(self, delivery: Delivery, *, posted: Sequence[str], lease_seconds: float) -> bool:
        """Record the posts that are out and lease the rest anew; False if the message is no longer ours."""

    def sent(self, delivery: Delivery, *, posted: Sequence[str]) -> bool:
        """Record the platform's names of all posts; True if the conversation's next message waited for it.

        What is not recorded is posted again, so this tries for a while before it raises DatabaseUnavailable.
        """

    def defer(
        self, delivery: Delivery, *, seconds: float, why: str | None, uncertain: bool, counts: bool = True
    ) -> None:
        """Offer it again after a pause; `uncertain` says that the platform may have it already.

        why: None leaves what was said before: it only waits its turn. counts: the attempt failed; False gives it back.
        """

    def bury(self, delivery: Delivery, *, why: str) -> bool:
        """Give up, keeping the payload and the reason; True if the conversation's next message waited for it."""

    def due(self) -> bool:
        """Tell whether a message is due, be it one that has to wait for an earlier one; upkeep asks every few seconds.

        What the clock, set back meanwhile, has put further away than any lease or pause is due again after one lease.
        """

    def release(self) -> int:
        """Make messages of what was planned for now or earlier (`Turn.scheduled`); return how many."""


@dataclass(frozen=True, slots=True)
class OutboxEntry:
    """A message as an operator sees it. created_at, due_at: seconds since the epoch; due_at means open ones only.

    message: None where the row cannot be read any more.
    """

    id: OutboxId
    key: ReplyKey
    conversation: ConversationId
    status: str
    attempts: int
    uncertain: bool
    created_at: float
    due_at: float
    why: str | None
    posted: tuple[str, ...]
    message: OutgoingMessage | None


class OutboxDesk(Protocol):
    """The operator's hand in the outbox. What is being sent at this moment is left alone."""

    def entries(self, *, buried: bool, limit: int) -> list[OutboxEntry]:
        """Return the open messages, next due first, or the buried ones, newest first."""

    def entry(self, number: OutboxId) -> OutboxEntry | None:
        """Return one message, sent ones too; None if there is none of this number."""

    def retry(self, number: OutboxId) -> bool:
        """Offer a buried or deferred message now, with all its attempts; doubts stay. False if it is neither."""

    def drop(self, number: OutboxId) -> bool:
        """Forget a message that is not sent and not being sent; False if there is none such."""
