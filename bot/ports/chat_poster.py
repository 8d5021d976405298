"""Posts final replies to a chat platform."""

from typing import Protocol

from bot.domain.messages import OutgoingMessage


class ChatPoster(Protocol):
    """One platform's way out. Exactly one request per post: no hidden retries."""

    @property
    def can_look(self) -> bool:
        """Tell whether `find` can know; without it a doubtful post is repeated once at most."""

    def post(self, message: OutgoingMessage) -> str:
        """Post and return the platform's name of the post.

        Raises PlatformUnavailable (not taken), DeliveryUncertain (maybe taken), PlatformRateLimited, PostRejected.
        A refused formatting is posted again as plain text within the call.
        """

    def find(self, message: OutgoingMessage) -> str | None:
        """Return the reference of an earlier post of this key; None if there is none or nobody can know."""
