"""Durable in: events wait here until a turn settles them."""

from dataclasses import dataclass
from typing import NewType, Protocol

from bot.domain.conversation import ConversationId
from bot.domain.events import Event
from bot.domain.state import DialogueState

InboxId = NewType("InboxId", int)


@dataclass(frozen=True, slots=True)
class Claim:
    """The oldest unsettled event of a conversation, under that conversation's lease.

    fence: the fencing token; it grows with every claim, and a commit with an older one is refused.
    attempts: how often this event has been claimed, this time included.
    waited: seconds since the event was kept.
    """

    conversation: ConversationId
    fence: int
    inbox: InboxId
    event: Event
    state: DialogueState
    attempts: int
    waited: float


class Inbox(Protocol):
    """Keeps events once, and hands them out in order within a conversation."""

    def keep(self, event: Event) -> bool:
        """Commit the event; True if new, False if its event id or message key is known."""

    def claim(self, *, limit: int, lease_seconds: float) -> list[Claim]:
        """Lease up to `limit` free conversations, the longest-waiting first; each with its oldest unsettled event."""

    def postpone(self, claim: Claim, *, seconds: float) -> None:
        """Give the lease back and offer the event again after a pause. A lost lease makes this a no-op."""

    def waiting(self) -> int:
        """Count the events that could be claimed now."""
