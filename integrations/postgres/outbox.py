"""The outbox: queued → sending → sent | deferred | buried, fenced and in order within a conversation."""

from typing import Any, LiteralString

from pydantic import ValidationError

from bot.domain.conversation import ConversationId
from bot.ports.outbox import Delivery, OutboxId
from integrations.postgres.codec import MESSAGE
from integrations.postgres.pool import Connection, Pool, borrowed
from integrations.postgres.statements import statement

_CLAIM = statement("outbox_claim")
_SENT = statement("outbox_sent")
_DEFER = statement("outbox_defer")
_BURY = statement("outbox_bury")
_DUE = statement("outbox_due")
_CONVERSATION_OF = statement("outbox_conversation")


class PostgresOutbox:
    """`Outbox` over table outbox."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    def claim(self, *, limit: int, lease_seconds: float) -> list[Delivery]:
        """Lease up to `limit` due messages, only the oldest open one of each conversation.

        A message that this version cannot read is buried on the way, so that it holds nobody up.
        """
        while True:
            with borrowed(self._pool) as connection:
                rows = connection.execute(_CLAIM, {"limit": limit, "lease_seconds": lease_seconds}).fetchall()
                deliveries = [one for row in rows if (one := _delivery(row, connection)) is not None]
            if deliveries or not rows:
                return deliveries

    def sent(self, delivery: Delivery, *, reference: str) -> bool:
        """Record the platform's name of the post; True if the conversation's next message waited for it."""
        return self._settle(_SENT, delivery, {"reference": reference})

    def defer(self, delivery: Delivery, *, seconds: float, why: str, uncertain: bool) -> None:
        """Offer it again after a pause."""
        values = {"seconds": seconds, "why": why, "uncertain": uncertain}
        with borrowed(self._pool) as connection:
            connection.execute(_DEFER, {"id": delivery.id, "fence": delivery.fence, **values})

    def bury(self, delivery: Delivery, *, why: str) -> bool:
        """Give up, keeping the payload and the reason; True if the conversation's next message waited for it."""
        return self._settle(_BURY, delivery, {"why": why})

    def due(self) -> bool:
        """Tell whether a message is due."""
        with borrowed(self._pool) as connection:
            row = connection.execute(_DUE).fetchone()
        return bool(row and row[0])

    def conversation_of(self, reference: str) -> ConversationId | None:
        """Return the conversation in which Maru's post of this reference stands; None if it is not ours."""
        with borrowed(self._pool) as connection:
            row = connection.execute(_CONVERSATION_OF, ([reference],)).fetchone()
        return ConversationId(row[0]) if row else None

    def _settle(self, sql: LiteralString, delivery: Delivery, values: dict[str, object]) -> bool:
        with borrowed(self._pool) as connection:
            row = connection.execute(sql, {"id": delivery.id, "fence": delivery.fence, **values}).fetchone()
        return bool(row and row[0])


def _delivery(row: tuple[Any, ...], connection: Connection) -> Delivery | None:
    number, fence, message, attempts, uncertain = row
    try:
        return Delivery(OutboxId(number), fence, MESSAGE.validate_json(message), attempts, uncertain)
    except ValidationError as error:
        why = f"the message cannot be read ({error.error_count()} errors)"
        connection.execute(_BURY, {"id": number, "fence": fence, "why": why})
        return None
