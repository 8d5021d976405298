"""The way out for people who wait on the reply feed (terminal, API): the outbox row itself is the delivery."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.domain.messages import OutgoingMessage
from bot.ports.rate_limiter import Rate


class FeedPoster:
    """`ChatPoster` that has nothing to send: followers read the row, which was announced when it was committed."""

    seconds = 0.0

    def posts(self, message: OutgoingMessage) -> Sequence["FeedPost"]:
        """Return the one post, which is the row itself."""
        return (FeedPost(message.key),)


@dataclass(frozen=True, slots=True)
class FeedPost:
    """`Post` that is out already; its own key is the reference."""

    key: str
    rates: Sequence[Rate] = ()
    looking_rates: Sequence[Rate] = ()
    can_look: bool = True
    sees_all: bool = True

    def send(self) -> str:
        """Return the key."""
        return self.key

    def find(self) -> str | None:
        """Return the key: the row is its own proof."""
        return self.key
