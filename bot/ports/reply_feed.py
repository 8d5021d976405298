"""How someone who waits in another process (API caller, `maru ask`) gets the answer."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from bot.domain.events import EventId
from bot.domain.messages import Reply


@dataclass(frozen=True, slots=True)
class Stage:
    """What Maru is doing now, in words."""

    words: str


@dataclass(frozen=True, slots=True)
class Final:
    """The reply; the last thing a feed yields."""

    reply: Reply


class ReplyFeed(Protocol):
    """Follows one event until its reply is final."""

    def follow(self, event: EventId, *, timeout_seconds: float) -> Iterator[Stage | Final]:
        """Yield stages as they come, then the final reply. Ends without a Final when the timeout passes.

        The reply is read from the outbox, so a late or repeated follower gets the same one.
        """
