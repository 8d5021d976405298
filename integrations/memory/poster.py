"""A way out that ends in a list."""

from bot.domain.errors import DeliveryUncertain
from bot.domain.messages import OutgoingMessage


class CollectingPoster:
    """`ChatPoster` that keeps what it posted, and raises what it was told to before.

    A DeliveryUncertain comes after the post was taken, any other failure instead of it. Its references are `post-1` ….
    """

    def __init__(self, *, can_look: bool = True) -> None:
        """can_look: False makes `find` know nothing, as on Telegram."""
        self.can_look = can_look
        self.posted: list[OutgoingMessage] = []
        self.failures: list[Exception] = []

    def post(self, message: OutgoingMessage) -> str:
        """Keep the message and name it, or fail as told."""
        failure = self.failures.pop(0) if self.failures else None
        if failure is not None and not isinstance(failure, DeliveryUncertain):
            raise failure
        self.posted.append(message)
        if failure is not None:
            raise failure
        return f"post-{len(self.posted)}"

    def find(self, message: OutgoingMessage) -> str | None:
        """Return the name of an earlier post of this key."""
        if not self.can_look:
            return None
        for number, one in enumerate(self.posted, start=1):
            if one.key == message.key:
                return f"post-{number}"
        return None
