"""The inbox, the leases and the committed turns: three ports over the same few rows."""

import logging
import sys
from collections.abc import Mapping, Sequence
from time import monotonic
from typing import Any, NamedTuple

from psycopg import Rollback
from pydantic import ValidationError

from bot.domain.conversation import Address, ConversationId, PersonId, Platform
from bot.domain.errors import MaruError
from bot.domain.events import CommandReceived, Event, EventId, MessageChanged, MessageKey, StopRequested
from bot.domain.messages import OutgoingMessage, Receipt, RungTry
from bot.domain.money import channel_of
from bot.domain.state import DialogueState
from bot.ports.inbox import Claim, InboxId, Kept, Overload
from bot.ports.turn_store import CommitResult, Turn
from integrations.postgres.codec import ESCALATION, EVENT, MESSAGE, RECEIPT, STATE
from integrations.postgres.pool import Connection, Pool, borrowed
from integrations.postgres.statements import statement

_log = logging.getLogger(__name__)

_KEEP = statement("inbox_keep")
_CROWD = statement("inbox_crowd")
_LOCK = statement("inbox_lock")
_EDIT = statement("inbox_edit")
_SETTLE = statement("inbox_settle")
_DELETE = statement("inbox_delete")
_AHEAD = statement("inbox_ahead")
_CROSSED = statement("inbox_crossed")
_FORGET = statement("inbox_forget")
_STOPPED = statement("inbox_stopped")
_CLAIM = statement("inbox_claim")
_RETURN = statement("lease_return")
_POSTPONE = statement("inbox_postpone")
_WAITING = statement("inbox_waiting")
_RENEW = statement("lease_renew")
_COMMIT = statement("turn_commit")

_FOLLOWED = frozenset({Platform.CONSOLE, Platform.API})
"""Where somebody waits on the reply feed; a notification on every commit would serialise all commits."""


_COUNT_SECONDS = 1.0
"""How old counts and pace may be: they cost milliseconds, and some events more do no harm."""


class _Crowd(NamedTuple):
    """How many wait, as of `at` (monotonic), in the house and in one workspace; and how many a second were settled."""

    at: float
    house: int
    workspace: int
    pace: float | None

    def late(self, overload: Overload) -> bool:
        """Tell whether what waits in the house needs longer than anybody should wait."""
        if self.pace is None or self.house <= overload.least:
            return False
        return self.house / self.pace > overload.longest_wait


class PostgresInbox:
    """`Inbox` over tables inbox and conversation."""

    def __init__(self, pool: Pool, *, count_seconds: float = _COUNT_SECONDS) -> None:
        self._pool = pool
        self._count_seconds = count_seconds
        self._crowds: dict[str, _Crowd] = {}

    def keep(
        self, event: Event, *, overload: Overload | None = None, turned_away: OutgoingMessage | None = None
    ) -> Kept:
        """Commit the event. Raises DatabaseUnavailable: nothing was kept."""
        with borrowed(self._pool) as connection:
            if turned_away is not None:
                return _keep(connection, _kept(event) | _turned_away(turned_away))
            crowd = self._crowd(connection, event.person, overload) if overload else None
            return _keep(connection, _kept(event, overload, crowd))

    def change(self, change: MessageChanged) -> bool:
        """Apply a change to its person's message; True if it had an effect."""
        about = {"message_key": change.message_key, "person": change.person, "about": None, "own": None}
        with borrowed(self._pool) as connection, connection.transaction():
            locked = [row[0] for row in connection.execute(_LOCK, about)]
            values = {**about, "text": change.text, "at": change.at}
            if not locked:
                if change.addressed:
                    connection.execute(_AHEAD, values)
                return False
            if change.text is not None:
                return connection.execute(_EDIT, values).fetchone() is not None
            settled = _settle(connection, locked, about, action="Deleted", why=_TAKEN_BACK)
            dropped = connection.execute(_DELETE, about).fetchone() is not None
        return settled > 0 or dropped

    def tidy(self) -> None:
        """Apply the changes that crossed their message, and forget those that wait for nothing any more."""
        with borrowed(self._pool) as connection:
            crossed = connection.execute(_CROSSED).fetchall()
        for key, person, text, at in crossed:  # most were applied when their message came: then this does nothing
            self.change(MessageChanged(MessageKey(key), PersonId(person), text, at))
        with borrowed(self._pool) as connection:
            connection.execute(_FORGET, {"message_keys": [key for key, *_ in crossed]})

    def stop(self, request: StopRequested, *, overload: Overload | None = None) -> Kept:
        """Settle what its person has waiting or in work, then keep the request, in front of all that waits."""
        about = {
            "message_key": None,
            "person": request.person,
            "about": request.about,
            "own": request.conversation,
        }
        with borrowed(self._pool) as connection, connection.transaction() as whole:
            # Its own conversation too must be there to be locked in the order of all; made later, it could deadlock.
            connection.execute("INSERT INTO conversation (id) VALUES (%(own)s) ON CONFLICT DO NOTHING", about)
            locked = [row[0] for row in connection.execute(_LOCK, about)]
            stopped = _settle(connection, locked, about, action="Stopped", why="its person asked to stop")
            crowd = self._crowd(connection, request.person, overload) if overload else None
            kept = _keep(connection, _kept(request, overload, crowd))
            if kept is Kept.KNOWN:
                raise Rollback(whole)  # a repeat stops nothing that was asked since
            if kept is Kept.WAITING:
                connection.execute(_STOPPED, {"event_id": request.event_id, "stopped": stopped})
        return kept

    def trouble(self) -> str | None:
        """Return None if an event could be kept now, else what is wrong in words; tries it, and takes it back."""
        try:
            with borrowed(self._pool) as connection, connection.transaction(force_rollback=True):
                connection.execute(_KEEP, _kept(_PROBE))
        except MaruError as error:
            return str(error)
        return None

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

    def postpone(self, claim: Claim, *, seconds: float, counts: bool = True) -> None:
        """Give the lease back and offer the event again after a pause."""
        values = {
            "conversation": claim.conversation,
            "fence": claim.fence,
            "inbox": claim.inbox,
            "seconds": seconds,
            "counts": counts,
        }
        with borrowed(self._pool) as connection:
            connection.execute(_POSTPONE, values)

    def waiting(self) -> int:
        """Count the conversations with an event that could be claimed now."""
        with borrowed(self._pool) as connection:
            row = connection.execute(_WAITING).fetchone()
        return int(row[0]) if row else 0

    def _crowd(self, connection: Connection, person: PersonId, overload: Overload) -> _Crowd:
        workspace = _workspace(person)
        known = self._crowds.get(workspace)
        if known is None or monotonic() - known.at >= self._count_seconds:
            values = {
                "most": overload.most,
                "least": overload.least,
                "workspace": workspace,
                "workspace_end": workspace[:-1] + chr(ord(workspace[-1]) + 1),
            }
            house, around, pace = connection.execute(_CROWD, values).fetchone() or (0, 0, None)
            known = self._crowds[workspace] = _Crowd(monotonic(), house, around, pace)
        return known


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
            "people": [one.person for one in turn.scheduled],
            "times": [one.at for one in turn.scheduled],
            "later": [MESSAGE.dump_json(one.message).decode() for one in turn.scheduled],
            "withdrawn": list(turn.withdrawn),
            "announce": claim.event.address.platform in _FOLLOWED,
            "escalation": ESCALATION.dump_json(turn.escalation).decode() if turn.escalation else None,
            "answer": turn.messages[0].reply.text if turn.escalation else None,
            "channel": channel_of(claim.event.address),
            "curated": list(turn.curated),
        }
        with borrowed(self._pool) as connection:
            row = connection.execute(_COMMIT, values).fetchone()
        if row is None:
            return CommitResult.FENCE_LOST
        return CommitResult.MORE_WAITS if row[0] else CommitResult.COMMITTED


def _keep(connection: Connection, values: Mapping[str, object]) -> Kept:
    row = connection.execute(_KEEP, values).fetchone()
    if row is None:
        return Kept.KNOWN
    deleted, refused = row
    return Kept.TAKEN_BACK if deleted else Kept.REFUSED if refused else Kept.WAITING


def _kept(event: Event, overload: Overload | None = None, crowd: _Crowd | None = None) -> dict[str, object]:
    """Return the values of the statement that keeps an event."""
    values: dict[str, object] = {
        "event_id": event.event_id,
        "message_key": event.message_key,
        "conversation": event.conversation,
        "person": event.person,
        "event": EVENT.dump_json(event).decode(),
        "kind": event.kind,
        "refused_as": "Refused",
        "receipt": _REFUSED,
        "deletion": _DELETED,
    }
    if overload is None or crowd is None:
        return values | _UNLIMITED
    # Where few wait in all, it need not be counted how many come before this one.
    notice = overload.notice if crowd.house > overload.notice_above else None
    return values | {
        "most_of_one": overload.most_of_one,
        "full": crowd.house >= overload.most,
        "late": crowd.late(overload),
        "around": crowd.workspace,
        "refusal_key": overload.refusal.key,
        "refusal": MESSAGE.dump_json(overload.refusal).decode(),
        "notice_above": overload.notice_above,
        "notice_key": notice.key if notice else None,
        "notice": MESSAGE.dump_json(notice).decode() if notice else None,
    }


def _turned_away(reply: OutgoingMessage) -> dict[str, object]:
    return {
        "full": True,
        "refusal_key": reply.key,
        "refusal": MESSAGE.dump_json(reply).decode(),
        "refused_as": "TurnAway",
        "receipt": _STRANGER,
    }


_UNLIMITED: dict[str, object] = {
    "most_of_one": sys.maxsize,
    "full": False,
    "late": False,
    "around": 0,
    "notice_above": 0,
    **dict.fromkeys(("refusal_key", "refusal", "notice_key", "notice")),
}


def _workspace(person: PersonId) -> str:
    """Return what the ids of all people of one workspace begin with: `slack:T1/`, `telegram:`."""
    team, slash, _ = person.partition("/")
    return team + slash if slash else person.partition(":")[0] + ":"


def _settle(
    connection: Connection, conversations: list[str], about: Mapping[str, str | None], *, action: str, why: str
) -> int:
    """Settle a person's events in locked conversations without a reply; return how many."""
    if not conversations:
        return 0
    receipt = RECEIPT.dump_json(_silent(why)).decode()
    values = {**about, "conversations": conversations, "action": action, "receipt": receipt}
    row = connection.execute(_SETTLE, values).fetchone()
    return int(row[0]) if row else 0


def _silent(why: str) -> Receipt:
    return Receipt(skill="none", tries=(RungTry("inbox", accepted=True, why=why),))


_TAKEN_BACK = "its person deleted it"
_DELETED = RECEIPT.dump_json(_silent(_TAKEN_BACK)).decode()
_STRANGER = RECEIPT.dump_json(_silent("a stranger")).decode()
_REFUSED = RECEIPT.dump_json(_silent("too many were waiting")).decode()

_PROBE = CommandReceived(
    event_id=EventId("probe"),
    message_key=MessageKey("probe"),
    conversation=ConversationId("probe"),
    person=PersonId("probe:nobody"),
    address=Address(Platform.CONSOLE),
    text="of the size of a question " * 8,
)


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
        **{name: [] for name in ("people", "times", "later", "withdrawn", "curated")},
        "action": "Undecodable",
        "apology": True,
        "receipt": RECEIPT.dump_json(receipt).decode(),
        "keys": [],
        "messages": [],
        "announce": False,
        "escalation": None,
        "curated": [],
        "answer": None,
        "channel": "",
    }


def _state(kept: str, conversation: str) -> DialogueState:
    """Return the conversation's state, or an empty one where it cannot be read: the person is answered all the same."""
    try:
        return STATE.validate_json(kept)
    except ValidationError:
        _log.error("state undecodable, conversation begun anew", extra={"reference": conversation})
        return DialogueState()
