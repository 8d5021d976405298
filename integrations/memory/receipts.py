"""The accounts of settled turns over the shared rows."""

from bot.domain.conversation import ConversationId, PersonId
from bot.ports.inbox import InboxId
from bot.ports.receipts import SettledTurn
from bot.ports.turn_store import Turn
from integrations.memory.database import MemoryDatabase


class InMemoryReceipts:
    """`Receipts` over the same rows."""

    def __init__(self, database: MemoryDatabase) -> None:
        self._database = database

    def of(self, reference: InboxId) -> SettledTurn | None:
        """Return a turn by its reference, None where there is none."""
        with self._database.lock:
            turns = [turn for turn in self._database.turns if turn.claim.inbox == reference]
            return self._settled(turns[0]) if turns else None

    def latest(self, person: PersonId, *, conversation: ConversationId, channel: str) -> SettledTurn | None:
        """Return the person's last turn in this channel that climbed a ladder; one in this conversation comes first."""
        with self._database.lock:
            mine = [
                turn
                for turn in self._database.turns
                if turn.claim.event.person == person and turn.claim.event.address.channel == channel and _climbed(turn)
            ]
            mine.sort(key=lambda turn: (turn.claim.conversation == conversation, turn.claim.inbox))
            return self._settled(mine[-1]) if mine else None

    def _settled(self, turn: Turn) -> SettledTurn:
        event = turn.claim.event
        key = f"{event.event_id}#1"
        replies = [row.message.reply.text for row in self._database.outbox if row.message.key == key]
        return SettledTurn(
            reference=turn.claim.inbox,
            conversation=turn.claim.conversation,
            person=event.person,
            address=event.address,
            text=event.text,
            action=turn.action,
            receipt=turn.receipt,
            reply="".join(replies),
        )


def _climbed(turn: Turn) -> bool:
    return any(one.rung != "inbox" for one in turn.receipt.tries[:1])
