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
                row.due_at = self._database.clock.now() + lease_seconds
            return [Delivery(row.id, row.fence, row.message, row.attempts, row.uncertain) for row in rows]

    def sent(self, delivery: Delivery, *, reference: str) -> bool:
        """Record the platform's name of the post; True if the conversation's next message waited for it."""
        with self._database.lock:
            ours = self._ours(delivery)
            for row in ours:
                row.status, row.reference = "sent", reference
            return any(self._next_waits(row) for row in ours)

    def defer(self, delivery: Delivery, *, seconds: float, why: str, uncertain: bool) -> None:
        """Offer it again after a pause."""
        with self._database.lock:
            for row in self._ours(delivery):
                row.status, row.why = "deferred", why
                row.uncertain = uncertain
                row.due_at = self._database.clock.now() + seconds

    def bury(self, delivery: Delivery, *, why: str) -> bool:
        """Give up, keeping the payload and the reason; True if the conversation's next message waited for it."""
        with self._database.lock:
            ours = self._ours(delivery)
            for row in ours:
                row.status, row.why = "buried", why
            return any(self._next_waits(row) for row in ours)

    def due(self) -> bool:
        """Tell whether a message is due, be it one that has to wait for an earlier one."""
        with self._database.lock:
            now = self._database.clock.now()
            return any(row.open and row.due_at <= now for row in self._database.outbox)

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
        return [row for row in first.values() if row.due_at <= now]

    def _next_waits(self, row: OutboxRow) -> bool:
        return any(one.open and one.message.conversation == row.message.conversation for one in self._database.outbox)

    def _ours(self, delivery: Delivery) -> list[OutboxRow]:
        """Return the row if the delivery's fence is the latest, else nothing."""
        return [
            row
            for row in self._database.outbox
            if row.id == delivery.id and row.fence == delivery.fence and row.status == "sending"
        ]
