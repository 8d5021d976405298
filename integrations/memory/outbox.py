"""The outbox over the shared rows."""

from collections.abc import Sequence

from bot.domain.conversation import ConversationId
from bot.ports.outbox import Delivery, OutboxEntry, OutboxId
from integrations.memory.database import MemoryDatabase, OutboxRow

_FAR_SECONDS = {"queued": 60.0, "sending": 60.0, "deferred": 360.0}
_LEASE_SECONDS = 20.0
"""No lease and no pause is longer than the first; what seems to be gets the second."""


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
                if not row.uncertain and row.status != "sending":
                    row.tried_at = self._database.clock.now()
                row.uncertain = row.uncertain or row.status == "sending"
                row.status = "sending"
                row.attempts += 1
                row.fence += 1
                row.due_at = self._database.clock.now() + lease_seconds
            return [_delivery(row) for row in rows]

    def renew(self, delivery: Delivery, *, posted: Sequence[str], lease_seconds: float) -> bool:
        """Record the posts that are out and lease the rest anew; False if the message is no longer ours."""
        with self._database.lock:
            ours = self._ours(delivery)
            for row in ours:
                row.reference = " ".join(posted) or None
                row.due_at = self._database.clock.now() + lease_seconds
            return bool(ours)

    def sent(self, delivery: Delivery, *, posted: Sequence[str]) -> bool:
        """Record the platform's names of all posts; True if the conversation's next message waited for it."""
        with self._database.lock:
            ours = self._ours(delivery)
            for row in ours:
                row.status, row.reference = "sent", " ".join(posted)
                row.settled_at = self._database.clock.now()
            return any(self._next_waits(row) for row in ours)

    def defer(
        self, delivery: Delivery, *, seconds: float, why: str | None, uncertain: bool, counts: bool = True
    ) -> None:
        """Offer it again after a pause."""
        with self._database.lock:
            for row in self._ours(delivery):
                row.status, row.why = "deferred", why or row.why
                row.uncertain = uncertain
                row.attempts -= not counts
                row.failures += counts
                row.due_at = self._database.clock.now() + seconds

    def bury(self, delivery: Delivery, *, why: str) -> bool:
        """Give up, keeping the payload and the reason; True if the conversation's next message waited for it."""
        with self._database.lock:
            ours = self._ours(delivery)
            for row in ours:
                row.status, row.why = "buried", why
            return any(self._next_waits(row) for row in ours)

    def due(self) -> bool:
        """Tell whether a message is due, be it one that has to wait; mend what the clock, set back, put far away."""
        with self._database.lock:
            now = self._database.clock.now()
            rows = [row for row in self._database.outbox if row.open]
            for row in rows:
                row.due_at = now + _LEASE_SECONDS if row.due_at > now + _FAR_SECONDS[row.status] else row.due_at
            return any(row.due_at <= now for row in rows)

    def conversation_of(self, reference: str) -> ConversationId | None:
        """Return the conversation in which Maru's post of this reference stands; None if it is not ours."""
        with self._database.lock:
            for row in reversed(self._database.outbox):
                if row.reference and reference in row.reference.split(" "):
                    return row.message.conversation
        return None

    def release(self) -> int:
        """Make messages of what was planned for now or earlier."""
        with self._database.lock:
            now = self._database.clock.now()
            due = [key for key, (_, one) in self._database.schedule.items() if one.at <= now]
            for key in due:
                event, planned = self._database.schedule.pop(key)
                number = OutboxId(next(self._database.numbers))
                self._database.outbox.append(OutboxRow(number, event, planned.message, now))
            return len(due)

    def _due(self) -> list[OutboxRow]:
        first: dict[ConversationId, OutboxRow] = {}
        for row in self._database.outbox:
            if row.open:
                first.setdefault(row.message.conversation, row)
        now = self._database.clock.now()
        return sorted((row for row in first.values() if row.due_at <= now), key=lambda row: (row.due_at, row.id))

    def _next_waits(self, row: OutboxRow) -> bool:
        return any(
            one.open and one.id > row.id and one.message.conversation == row.message.conversation
            for one in self._database.outbox
        )

    def _ours(self, delivery: Delivery) -> list[OutboxRow]:
        """Return the row if the delivery's fence is the latest, else nothing."""
        return [
            row
            for row in self._database.outbox
            if row.id == delivery.id and row.fence == delivery.fence and row.status == "sending"
        ]


class InMemoryOutboxDesk:
    """`OutboxDesk` over the same rows."""

    def __init__(self, database: MemoryDatabase) -> None:
        self._database = database

    def entries(self, *, buried: bool, limit: int) -> list[OutboxEntry]:
        """Return the open messages, next due first, or the buried ones, newest first."""
        with self._database.lock:
            rows = [row for row in self._database.outbox if (row.status == "buried" if buried else row.open)]
            rows.sort(key=lambda row: -row.id if buried else row.due_at)
            return [_entry(row) for row in rows[:limit]]

    def entry(self, number: OutboxId) -> OutboxEntry | None:
        """Return one message, sent ones too."""
        with self._database.lock:
            return next((_entry(row) for row in self._database.outbox if row.id == number), None)

    def retry(self, number: OutboxId) -> bool:
        """Offer a buried or deferred message now, with all its attempts; doubts stay."""
        with self._database.lock:
            for row in self._database.outbox:
                if row.id == number and row.status in ("buried", "deferred"):
                    row.status, row.attempts, row.failures = "queued", 0, 0
                    row.due_at = self._database.clock.now()
                    return True
            return False

    def drop(self, number: OutboxId) -> bool:
        """Forget a message that is not sent and not being sent."""
        with self._database.lock:
            kept = [
                row
                for row in self._database.outbox
                if row.id != number or row.status not in ("buried", "deferred", "queued")
            ]
            dropped = len(kept) < len(self._database.outbox)
            self._database.outbox[:] = kept
            return dropped


def _delivery(row: OutboxRow) -> Delivery:
    return Delivery(row.id, row.fence, row.message, row.attempts, row.failures, row.uncertain, _names(row))


def _names(row: OutboxRow) -> tuple[str, ...]:
    return tuple(row.reference.split(" ")) if row.reference else ()


def _entry(row: OutboxRow) -> OutboxEntry:
    return OutboxEntry(
        id=row.id,
        key=row.message.key,
        conversation=row.message.conversation,
        status=row.status,
        attempts=row.attempts,
        uncertain=row.uncertain,
        created_at=row.created_at,
        due_at=row.due_at,
        why=row.why,
        posted=_names(row),
        message=row.message,
    )
