"""The outbox: queued → sending → sent | deferred | buried, fenced and in order within a conversation."""

import time
from collections.abc import Sequence
from typing import Any, LiteralString

from pydantic import ValidationError

from bot.domain.conversation import ConversationId
from bot.domain.errors import DatabaseUnavailable
from bot.domain.messages import OutgoingMessage, ReplyKey
from bot.ports.outbox import Delivery, OutboxEntry, OutboxId
from integrations.postgres.codec import MESSAGE
from integrations.postgres.pool import Connection, Pool, borrowed
from integrations.postgres.statements import statement

_CLAIM = statement("outbox_claim")
_RENEW = statement("outbox_renew")
_SENT = statement("outbox_sent")
_DEFER = statement("outbox_defer")
_BURY = statement("outbox_bury")
_DUE = statement("outbox_due")
_RELEASE = statement("outbox_release")
_CONVERSATION_OF = statement("outbox_conversation")
_ENTRY = statement("outbox_entry")
_OPEN = statement("outbox_open")
_BURIED = statement("outbox_buried")
_RETRY = statement("outbox_retry")
_DROP = statement("outbox_drop")

RECORD_SECONDS = 30.0
"""How long it is tried to record a post while the database is away: what is not recorded is posted again."""

RECORD_PAUSE = 0.2


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

    def renew(self, delivery: Delivery, *, posted: Sequence[str], lease_seconds: float) -> bool:
        """Record the posts that are out and lease the rest anew; False if the message is no longer ours."""
        values: dict[str, object] = {"posted": " ".join(posted) or None, "lease_seconds": lease_seconds}
        return self._insisting(_RENEW, delivery, values) is not None

    def sent(self, delivery: Delivery, *, posted: Sequence[str]) -> bool:
        """Record the platform's names of all posts; True if the conversation's next message waited for it.

        Raises DatabaseUnavailable after half a minute.
        """
        row = self._insisting(_SENT, delivery, {"posted": " ".join(posted)})
        return bool(row and row[0])

    def defer(
        self, delivery: Delivery, *, seconds: float, why: str | None, uncertain: bool, counts: bool = True
    ) -> None:
        """Offer it again after a pause."""
        again: dict[str, object] = {"seconds": seconds, "why": why, "uncertain": uncertain, "counts": counts}
        self._settle(_DEFER, delivery, again)

    def bury(self, delivery: Delivery, *, why: str) -> bool:
        """Give up, keeping the payload and the reason; True if the conversation's next message waited for it."""
        row = self._settle(_BURY, delivery, {"why": why})
        return bool(row and row[0])

    def due(self) -> bool:
        """Tell whether a message is due; what seems due further away than anything can be is due after one lease."""
        with borrowed(self._pool) as connection:
            row = connection.execute(_DUE).fetchone()
        return bool(row and row[0])

    def release(self) -> int:
        """Make messages of what was planned for now or earlier; return how many."""
        with borrowed(self._pool) as connection:
            row = connection.execute(_RELEASE).fetchone()
        return int(row[0]) if row else 0

    def conversation_of(self, reference: str) -> ConversationId | None:
        """Return the conversation in which Maru's post of this reference stands; None if it is not ours."""
        with borrowed(self._pool) as connection:
            row = connection.execute(_CONVERSATION_OF, ([reference],)).fetchone()
        return ConversationId(row[0]) if row else None

    def _settle(self, sql: LiteralString, delivery: Delivery, values: dict[str, object]) -> tuple[Any, ...] | None:
        with borrowed(self._pool) as connection:
            return connection.execute(sql, {"id": delivery.id, "fence": delivery.fence, **values}).fetchone()

    def _insisting(self, sql: LiteralString, delivery: Delivery, values: dict[str, object]) -> tuple[Any, ...] | None:
        """Run it until the database answers. If only the answer was lost, the repetition finds the same row again."""
        ends = time.monotonic() + RECORD_SECONDS
        while True:
            try:
                return self._settle(sql, delivery, values)
            except DatabaseUnavailable:
                if time.monotonic() > ends:
                    raise
                time.sleep(RECORD_PAUSE)


class PostgresOutboxDesk:
    """`OutboxDesk` over table outbox."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    def entries(self, *, buried: bool, limit: int) -> list[OutboxEntry]:
        """Return the open messages, next due first, or the buried ones, newest first."""
        with borrowed(self._pool) as connection:
            rows = connection.execute(_BURIED if buried else _OPEN, {"limit": limit}).fetchall()
        return [_entry(row) for row in rows]

    def entry(self, number: OutboxId) -> OutboxEntry | None:
        """Return one message, sent ones too."""
        with borrowed(self._pool) as connection:
            row = connection.execute(_ENTRY, {"id": number}).fetchone()
        return _entry(row) if row else None

    def retry(self, number: OutboxId) -> bool:
        """Offer a buried or deferred message now, with all its attempts; doubts stay."""
        return self._changed(_RETRY, number)

    def drop(self, number: OutboxId) -> bool:
        """Forget a message that is not sent and not being sent."""
        return self._changed(_DROP, number)

    def _changed(self, sql: LiteralString, number: OutboxId) -> bool:
        with borrowed(self._pool) as connection:
            return connection.execute(sql, {"id": number}).rowcount > 0


def _delivery(row: tuple[Any, ...], connection: Connection) -> Delivery | None:
    number, fence, message, attempts, failures, uncertain, reference = row
    try:
        read = MESSAGE.validate_json(message)
    except ValidationError as error:
        why = f"the message cannot be read ({error.error_count()} errors)"
        connection.execute(_BURY, {"id": number, "fence": fence, "why": why})
        return None
    return Delivery(OutboxId(number), fence, read, attempts, failures, uncertain, _names(reference))


def _names(reference: str | None) -> tuple[str, ...]:
    return tuple(reference.split(" ")) if reference else ()


def _entry(row: tuple[Any, ...]) -> OutboxEntry:
    number, key, conversation, status, attempts, uncertain, created_at, due_at, why, reference, message = row
    return OutboxEntry(
        id=OutboxId(number),
        key=ReplyKey(key),
        conversation=ConversationId(conversation),
        status=status,
        attempts=attempts,
        uncertain=uncertain,
        created_at=created_at,
        due_at=due_at,
        why=why,
        posted=_names(reference),
        message=_readable(message),
    )


def _readable(message: str) -> OutgoingMessage | None:
    try:
        return MESSAGE.validate_json(message)
    except ValidationError:
        return None
