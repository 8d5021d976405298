"""Posts final replies to a chat platform."""

from collections.abc import Sequence
from typing import Protocol

from bot.domain.messages import OutgoingMessage
from bot.ports.rate_limiter import Rate


class Post(Protocol):
    """One post of a reply, rendered and not yet sent. Exactly one request each: no hidden retries."""

    @property
    def rates(self) -> Sequence[Rate]:
        """What sending takes from, narrowest first."""

    @property
    def looking_rates(self) -> Sequence[Rate]:
        """What looking for it takes from."""

    @property
    def can_look(self) -> bool:
        """Tell whether `find` may find what an earlier `send` posted."""

    @property
    def sees_all(self) -> bool:
        """Tell whether an empty `find` proves that nothing is there; else a doubtful post is repeated once at most."""

    def send(self) -> str:
        """Send it and return the platform's name of the post, without spaces.

        Raises PlatformUnavailable (not taken), DeliveryUncertain (maybe taken), PlatformRateLimited,
        PlatformUnauthorised, PostRejected. What the platform refuses for its formatting is sent as plain text, and what
        it finds too long in pieces, within the call.
        """

    def find(self) -> str | None:
        """Return the name of what an earlier `send` posted; None if there is nothing or nobody can know.

        What it names is surely that post: a wrong name would be a lost reply.

        Raises what `send` raises.
        """


class ChatPoster(Protocol):
    """One platform's way out."""

    @property
    def seconds(self) -> float:
        """The longest that one `send` or `find` may take; it must lie well inside the outbox's lease."""

    def posts(self, message: OutgoingMessage) -> Sequence[Post]:
        """Return the reply's posts in order, at least one; the same ones whenever it is asked. Nothing is sent."""
