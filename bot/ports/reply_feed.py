"""How someone who waits in another process (API caller, `maru ask`) gets the answer."""

from collections.abc import Callable, Iterator
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


def never() -> bool:
    """Say that whoever follows has not left: a default for those who cannot leave."""
    return False


class ReplyFeed(Protocol):
    """Follows one event until its reply is final."""

    def follow(
        self, event: EventId, *, timeout_seconds: float, gone: Callable[[], bool] = never
    ) -> Iterator[Stage | Final]:
        """Yield stages as they come, then the final reply. Ends without a Final when the timeout passes.

        gone: whether nobody waits any more; asked about once a second, and then the feed ends.

        The reply is read from the outbox, so a late or repeated follower gets the same one.
        """
