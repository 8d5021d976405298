"""The outbox over the shared rows."""

from bot.domain.conversation import ConversationId
from bot.ports.outbox import Delivery
from integrations.memory.database import MemoryDatabase, OutboxRow


class InMemoryOutbox:
    """`Outbox` that loses everything with its process; the rows can be read in `MemoryDatabase.outbox`."""

    def __init__(self, database: MemoryDatabase) -> None:
        self._database = database

    def claim(self, *, limit: int, lease_seconds: float) -> list[Delivery]:
        """Lease up to `limit` due messages, only the oldest open one of each conversation."""
        with self._database.lock:
            rows = self._due()[:limit]
            for row in rows:
                # Whoever was sending it died or froze: the platform may have it already.
                row.uncertain = row.uncertain or row.status == "sending"
                row.status = "sending"
                row.attempts += 1
                row.fence += 1
                row.leased_until = self._database.clock.now() + lease_seconds
            return [Delivery(row.id, row.fence, row.message, row.attempts, row.uncertain) for row in rows]

    def sent(self, delivery: Delivery, *, reference: str) -> None:
        """Record the platform's name of the post."""
        with self._database.lock:
            for row in self._ours(delivery):
                row.status, row.reference, row.leased_until = "sent", reference, None

    def defer(self, delivery: Delivery, *, seconds: float, why: str, uncertain: bool) -> None:
        """Offer it again after a pause."""
        with self._database.lock:
            for row in self._ours(delivery):
                row.status, row.why, row.leased_until = "deferred", why, None
                row.uncertain = uncertain
                row.due_at = self._database.clock.now() + seconds

    def bury(self, delivery: Delivery, *, why: str) -> None:
        """Give up, keeping the payload and the reason."""
        with self._database.lock:
            for row in self._ours(delivery):
                row.status, row.why, row.leased_until = "buried", why, None

    def due(self) -> int:
        """Count the messages that could be claimed now."""
        with self._database.lock:
            return len(self._due())

    def conversation_of(self, reference: str) -> ConversationId | None:
        """Return the conversation in which Maru's post of this reference stands; None if it is not ours."""
        with self._database.lock:
            for row in reversed(self._database.outbox):
                if row.reference and reference in row.reference.split(" "):
                    return row.message.conversation
        return None

    def _due(self) -> list[OutboxRow]:
        first: dict[ConversationId, OutboxRow] = {}
        for row in self._database.outbox:
            if row.open:
                first.setdefault(row.message.conversation, row)
        now = self._database.clock.now()
        return [
            row for row in first.values() if row.due_at <= now and (row.leased_until is None or row.leased_until < now)
        ]

    def _ours(self, delivery: Delivery) -> list[OutboxRow]:
        """Return the row if the delivery's fence is the latest, else nothing."""
        return [
            row
            for row in self._database.outbox
            if row.id == delivery.id and row.fence == delivery.fence and row.status == "sending"
        ]
