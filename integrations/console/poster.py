"""The way out for people who wait on the reply feed (terminal, API): the outbox row itself is the delivery."""

from bot.domain.messages import OutgoingMessage


class FeedPoster:
    """`ChatPoster` that has nothing to send: followers read the row, which was announced when it was committed."""

    can_look = True

    def post(self, message: OutgoingMessage) -> str:
        """Return the reply's own key as the reference."""
        return message.key

    def find(self, message: OutgoingMessage) -> str | None:
        """Return the key: the row is its own proof."""
        return message.key
