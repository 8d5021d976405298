"""The inbox, the leases and the committed turns: three ports over the same few rows."""

import logging
from collections.abc import Sequence
from typing import Any

from pydantic import ValidationError

from bot.domain.conversation import ConversationId, Platform
from bot.domain.events import Event
from bot.domain.messages import Receipt, RungTry
from bot.domain.state import DialogueState
from bot.ports.inbox import Claim, InboxId
from bot.ports.turn_store import CommitResult, Turn
from integrations.postgres.codec import EVENT, MESSAGE, RECEIPT, STATE
from integrations.postgres.pool import Connection, Pool, borrowed
from integrations.postgres.statements import statement

_log = logging.getLogger(__name__)

_KEEP = statement("inbox_keep")
_CLAIM = statement("inbox_claim")
_RETURN = statement("lease_return")
_POSTPONE = statement("inbox_postpone")
_WAITING = statement("inbox_waiting")
_RENEW = statement("lease_renew")
_COMMIT = statement("turn_commit")

_FOLLOWED = frozenset({Platform.CONSOLE, Platform.API})
"""Where somebody waits on the reply feed; a notification on every commit would serialise all commits."""


class PostgresInbox:
    """`Inbox` over tables inbox and conversation."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    def keep(self, event: Event) -> bool:
        """Commit the event; True if new. Raises DatabaseUnavailable: nothing was kept."""
        values = {
            "event_id": event.event_id,
            "message_key": event.message_key,
            "conversation": event.conversation,
            "person": event.person,
            "event": EVENT.dump_json(event).decode(),
        }
        with borrowed(self._pool) as connection:
            return connection.execute(_KEEP, values).fetchone() is not None

    def claim(self, *, limit: int, lease_seconds: float) -> list[Claim]:
        """Lease up to `limit` free conversations, the longest-waiting first; in one statement.

        An event that this version cannot read is settled on the way, so that it holds nobody up.
        """
        while True:
            with borrowed(self._pool) as connection:
                rows = connection.execute(_CLAIM, {"limit": limit, "lease_seconds": lease_seconds}).fetchall()
                claims = [one for row in rows if (one := _claim(row, connection)) is not None]
            if claims or not rows:
                return claims

    def postpone(self, claim: Claim, *, seconds: float) -> None:
        """Give the lease back and offer the event again after a pause."""
        values = {
            "conversation": claim.conversation,
            "fence": claim.fence,
            "seconds": seconds,
        }
        with borrowed(self._pool) as connection:
            connection.execute(_POSTPONE, values)

    def waiting(self) -> int:
        """Count the conversations with an event that could be claimed now."""
        with borrowed(self._pool) as connection:
            row = connection.execute(_WAITING).fetchone()
        return int(row[0]) if row else 0


class PostgresConversationLease:
    """`ConversationLease`: one statement for all turns of a process."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    def renew(self, held: Sequence[tuple[ConversationId, int]], *, lease_seconds: float) -> frozenset[ConversationId]:
        """Extend every (conversation, fence) that is still ours and return those that are not."""
        values = {
            "conversations": [conversation for conversation, _ in held],
            "fences": [fence for _, fence in held],
            "lease_seconds": lease_seconds,
        }
        with borrowed(self._pool) as connection:
            kept = {row[0] for row in connection.execute(_RENEW, values)}
        return frozenset(conversation for conversation, _ in held if conversation not in kept)


class PostgresTurnStore:
    """`TurnStore`: everything a turn leaves behind, in one statement."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    def commit(self, turn: Turn) -> CommitResult:
        """Write the turn and free the lease, or nothing if another worker holds the conversation."""
        claim = turn.claim
        values = {
            "conversation": claim.conversation,
            "fence": claim.fence,
            "inbox": claim.inbox,
            "state": STATE.dump_json(turn.state).decode(),
            "action": turn.action,
            "apology": turn.apology,
            "receipt": RECEIPT.dump_json(turn.receipt).decode(),
            "keys": [message.key for message in turn.messages],
            "messages": [MESSAGE.dump_json(message).decode() for message in turn.messages],
            "announce": claim.event.address.platform in _FOLLOWED,
        }
        with borrowed(self._pool) as connection:
            row = connection.execute(_COMMIT, values).fetchone()
        if row is None:
            return CommitResult.FENCE_LOST
        return CommitResult.MORE_WAITS if row[0] else CommitResult.COMMITTED


def _claim(row: tuple[Any, ...], connection: Connection) -> Claim | None:
    conversation, fence, inbox, event, state, attempts, waited = row
    if inbox is None:  # its event was settled, or kept, since the snapshot
        connection.execute(_RETURN, {"conversation": conversation, "fence": fence})
        return None
    try:
        read = EVENT.validate_json(event)
    except ValidationError as error:
        unread = {"conversation": conversation, "fence": fence, "inbox": inbox, "state": state}
        connection.execute(_COMMIT, {**unread, **_undecodable(error)})
        _log.error("event undecodable, settled without a reply", extra={"reference": inbox})
        return None
    return Claim(
        conversation=ConversationId(conversation),
        fence=fence,
        inbox=InboxId(inbox),
        event=read,
        state=_state(state, conversation),
        attempts=attempts,
        waited=waited,
    )


def _undecodable(error: ValidationError) -> dict[str, object]:
    """Return the turn of an event that cannot be read; `status` shows it among the errors."""
    why = f"the event cannot be read ({error.error_count()} errors): nobody was answered"
    receipt = Receipt(skill="none", tries=(RungTry("inbox", accepted=False, why=why),))
    return {
        "action": "Undecodable",
        "apology": True,
        "receipt": RECEIPT.dump_json(receipt).decode(),
        "keys": [],
        "messages": [],
        "announce": False,
    }


def _state(kept: str, conversation: str) -> DialogueState:
    """Return the conversation's state, or an empty one where it cannot be read: the person is answered all the same."""
    try:
        return STATE.validate_json(kept)
    except ValidationError:
        _log.error("state undecodable, conversation begun anew", extra={"reference": conversation})
        return DialogueState()
