"""Durable in: events wait here until a turn settles them."""

from dataclasses import dataclass
from enum import IntEnum
from math import inf
from typing import NewType, Protocol

from bot.domain.conversation import ConversationId
from bot.domain.events import Event, MessageChanged, StopRequested
from bot.domain.messages import OutgoingMessage
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


class Kept(IntEnum):
    """What became of an event at the door; falsy where it was known."""

    KNOWN = 0
    WAITING = 1
    REFUSED = 2
    """Kept, and settled at once by a fixed reply: too many wait, or its person is a stranger."""
    TAKEN_BACK = 3
    """Kept, and settled at once without a reply: its person deleted it before it came."""


@dataclass(frozen=True, slots=True)
class Overload:
    """What is done at the door when many wait.

    most_of_one, most: events that may wait, of one person and in the whole house; beyond them `refusal` is the reply.
    longest_wait: seconds. Where more than `least` wait, and at the pace of the last minute would for longer than this,
    only who has nothing waiting is let in. As long as nothing was answered in that minute, the counts alone decide.
    notice: said within seconds to whom more than `notice_above` others come before; `{before}` becomes their number.
    It is no reply: it is dropped where the reply comes sooner. Who has ten others waiting is told no more.
    """

    most_of_one: int
    most: int
    refusal: OutgoingMessage
    longest_wait: float = inf
    least: int = 0
    notice_above: int = 0
    notice: OutgoingMessage | None = None


class Inbox(Protocol):
    """Keeps events once, and hands them out in order within a conversation."""

    def keep(
        self, event: Event, *, overload: Overload | None = None, turned_away: OutgoingMessage | None = None
    ) -> Kept:
        """Commit the event, unless its event id or message key is known; with the change that came before it.

        turned_away: the reply to a stranger, who is never in anybody's way: it settles the event at once.
        """

    def change(self, change: MessageChanged) -> bool:
        """Apply a change to its person's message; True if it had an effect. Safe to repeat.

        A new text reaches an event that is not settled: its attempts start anew, and a turn that works on it loses its
        lease. A deletion settles the event without a reply; a reply that is not on its way yet is dropped. One that is
        `addressed` and whose message is not here yet waits an hour for it, among the thousand newest such; a deletion
        is not followed by an edit.
        """

    def tidy(self) -> None:
        """Forget changes that wait for nothing any more; upkeep asks every few seconds.

        A change that crossed its message, so that neither saw the other, is applied now.
        """

    def stop(self, request: StopRequested, *, overload: Overload | None = None) -> Kept:
        """Settle what its person has waiting or in work, then keep the request, in front of all that waits."""

    def claim(self, *, limit: int, lease_seconds: float) -> list[Claim]:
        """Lease up to `limit` free conversations; each with its oldest unsettled event.

        The longest-waiting first, but a person's second question after other people's first ones.
        """

    def postpone(self, claim: Claim, *, seconds: float, counts: bool = True) -> None:
        """Give the lease back and offer the event again after a pause. A lost lease makes this a no-op.

        counts: the attempt failed; False gives it back.
        """

    def waiting(self) -> int:
        """Count the events that could be claimed now; upkeep asks every few seconds.

        What the clock, set back meanwhile, has put more than a minute away is due again after one lease.
        """
