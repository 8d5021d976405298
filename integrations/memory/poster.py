"""A way out that ends in a list."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.domain.errors import DeliveryUncertain
from bot.domain.messages import OutgoingMessage
from bot.ports.rate_limiter import Rate


class CollectingPoster:
    """`ChatPoster` that keeps what it posted, and raises what it was told to before.

    A DeliveryUncertain comes after the post was taken, any other failure instead of it. Its references are `post-1` ….
    A message has as many posts as `parts` says.
    """

    seconds = 10.0

    def __init__(self, *, can_look: bool = True) -> None:
        """can_look: False makes `find` know nothing, as for most posts on Telegram.

        sees_all: False: an empty `find` proves nothing, as for the others there. overlooks: and it finds nothing.
        """
        self.can_look, self.sees_all, self.overlooks = can_look, True, False
        self.parts = 1
        self.rates: tuple[Rate, ...] = ()
        self.posted: list[OutgoingMessage] = []
        self.sent: list[tuple[str, int]] = []
        """Key and part of each post."""
        self.failures: list[BaseException | None] = []

    def posts(self, message: OutgoingMessage) -> Sequence["CollectedPost"]:
        """Return the posts of a message."""
        return [CollectedPost(self, message, part) for part in range(1, self.parts + 1)]


@dataclass(frozen=True, slots=True)
class CollectedPost:
    """`Post` that ends in its poster's lists."""

    poster: CollectingPoster
    message: OutgoingMessage
    part: int

    @property
    def rates(self) -> Sequence[Rate]:
        """What the poster was told."""
        return self.poster.rates

    @property
    def looking_rates(self) -> Sequence[Rate]:
        """Looking is free."""
        return ()

    @property
    def can_look(self) -> bool:
        """What the poster was told."""
        return self.poster.can_look

    @property
    def sees_all(self) -> bool:
        """What the poster was told."""
        return self.poster.can_look and self.poster.sees_all

    def send(self) -> str:
        """Keep the message and name it, or fail as told."""
        failure = self.poster.failures.pop(0) if self.poster.failures else None
        if failure is not None and not isinstance(failure, DeliveryUncertain):
            raise failure
        self.poster.posted.append(self.message)
        self.poster.sent.append((self.message.key, self.part))
        if failure is not None:
            raise failure
        return f"post-{len(self.poster.posted)}"

    def find(self) -> str | None:
        """Return the name of an earlier post of this key and part."""
        if not self.poster.can_look or self.poster.overlooks:
            return None
        for number, one in enumerate(self.poster.sent, start=1):
            if one == (self.message.key, self.part):
                return f"post-{number}"
        return None
