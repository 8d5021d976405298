"""The accounts of settled turns, read from the tables turn, inbox and outbox."""

import logging
from typing import Any

from pydantic import ValidationError

from bot.domain.conversation import ConversationId, PersonId
from bot.ports.inbox import InboxId
from bot.ports.receipts import SettledTurn
from integrations.postgres.codec import EVENT, RECEIPT
from integrations.postgres.pool import Pool, borrowed
from integrations.postgres.statements import statement

_log = logging.getLogger(__name__)

_OF = statement("receipt_of")
_LATEST = statement("receipt_latest")


class PostgresReceipts:
    """`Receipts`, in one statement each."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    def of(self, reference: InboxId) -> SettledTurn | None:
        """Return a turn by its reference; None where there is none, or it cannot be read any more."""
        with borrowed(self._pool) as connection:
            return _settled(connection.execute(_OF, {"reference": reference}).fetchone())

    def latest(self, person: PersonId, *, conversation: ConversationId, channel: str) -> SettledTurn | None:
        """Return the person's last turn in this channel that climbed a ladder; one in this conversation comes first."""
        values = {"person": person, "conversation": conversation, "channel": channel}
        with borrowed(self._pool) as connection:
            return _settled(connection.execute(_LATEST, values).fetchone())


def _settled(row: tuple[Any, ...] | None) -> SettledTurn | None:
    if row is None:
        return None
    inbox, conversation, event, action, receipt, reply = row
    try:
        said, account = EVENT.validate_json(event), RECEIPT.validate_json(receipt)
    except ValidationError:
        _log.error("receipt undecodable", extra={"reference": inbox})
        return None
    return SettledTurn(
        reference=InboxId(inbox),
        conversation=ConversationId(conversation),
        person=said.person,
        address=said.address,
        text=said.text,
        action=action,
        receipt=account,
        reply=reply or "",
    )
