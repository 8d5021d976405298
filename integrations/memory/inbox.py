"""The inbox, the leases and the committed turns over the same rows."""

from collections.abc import Sequence

from bot.domain.conversation import ConversationId
from bot.domain.events import Event
from bot.ports.inbox import Claim, InboxId
from bot.ports.outbox import OutboxId
from bot.ports.turn_store import CommitResult, Turn
from integrations.memory.database import ConversationRow, InboxRow, MemoryDatabase, OutboxRow


class InMemoryInbox:
    """`Inbox` that loses everything with its process."""

    def __init__(self, database: MemoryDatabase) -> None:
        self._database = database

    def keep(self, event: Event) -> bool:
        """Remember the event; True if neither its id nor its message key is known."""
        with self._database.lock:
            known = [row.event for row in self._database.inbox]
            if any(one.event_id == event.event_id or one.message_key == event.message_key for one in known):
                return False
            self._database.conversations.setdefault(event.conversation, ConversationRow())
            now = self._database.clock.now()
            self._database.inbox.append(InboxRow(InboxId(next(self._database.numbers)), event, now, now))
            return True

    def claim(self, *, limit: int, lease_seconds: float) -> list[Claim]:
        """Lease up to `limit` free conversations, the longest-waiting first."""
        with self._database.lock:
            return [self._lease(row, lease_seconds) for row in self._claimable()[:limit]]

    def postpone(self, claim: Claim, *, seconds: float) -> None:
        """Give the lease back and offer the event again after a pause; nothing if the lease was lost."""
        with self._database.lock:
            conversation = self._database.conversations[claim.conversation]
            if conversation.fence != claim.fence:
                return
            conversation.leased_until = None
            for row in self._database.inbox:
                if row.id == claim.inbox and not row.settled:
                    row.due_at = self._database.clock.now() + seconds

    def waiting(self) -> int:
        """Count the events that could be claimed now."""
        with self._database.lock:
            return len(self._claimable())

    def _lease(self, row: InboxRow, seconds: float) -> Claim:
        conversation = self._database.conversations[row.event.conversation]
        now = self._database.clock.now()
        conversation.fence += 1
        conversation.leased_until = now + seconds
        row.attempts += 1
        return Claim(
            conversation=row.event.conversation,
            fence=conversation.fence,
            inbox=row.id,
            event=row.event,
            state=conversation.state,
            attempts=row.attempts,
            waited=now - row.received_at,
        )

    def _claimable(self) -> list[InboxRow]:
        """Return the oldest unsettled event of each free conversation, if it is due."""
        first: dict[ConversationId, InboxRow] = {}
        for row in self._database.inbox:
            if not row.settled:
                first.setdefault(row.event.conversation, row)
        now = self._database.clock.now()
        return [
            row
            for conversation, row in first.items()
            if row.due_at <= now and self._database.conversations[conversation].free(now)
        ]


class InMemoryConversationLease:
    """`ConversationLease` over the same rows."""

    def __init__(self, database: MemoryDatabase) -> None:
        self._database = database

    def renew(self, held: Sequence[tuple[ConversationId, int]], *, lease_seconds: float) -> frozenset[ConversationId]:
        """Extend every (conversation, fence) that is still ours and return those that are not."""
        lost = set()
        with self._database.lock:
            for conversation, fence in held:
                row = self._database.conversations.get(conversation)
                if row is None or row.fence != fence or row.leased_until is None:
                    lost.add(conversation)
                else:
                    row.leased_until = self._database.clock.now() + lease_seconds
        return frozenset(lost)


class InMemoryTurnStore:
    """`TurnStore` over the same rows; what was committed can be read in `MemoryDatabase.turns`."""

    def __init__(self, database: MemoryDatabase) -> None:
        self._database = database

    def commit(self, turn: Turn) -> CommitResult:
        """Settle the event under the lock, or change nothing if the lease is not the claim's any more."""
        claim = turn.claim
        with self._database.lock:
            conversation = self._database.conversations[claim.conversation]
            if conversation.fence != claim.fence or conversation.leased_until is None:
                return CommitResult.FENCE_LOST
            conversation.state = turn.state
            conversation.leased_until = None
            for row in self._database.inbox:
                row.settled = row.settled or row.id == claim.inbox
            self._database.turns.append(turn)
            now = self._database.clock.now()
            self._database.outbox += [
                OutboxRow(OutboxId(next(self._database.numbers)), claim.event.event_id, message, now)
                for message in turn.messages
            ]
            more = any(row.event.conversation == claim.conversation for row in self._database.inbox if not row.settled)
        return CommitResult.MORE_WAITS if more else CommitResult.COMMITTED
