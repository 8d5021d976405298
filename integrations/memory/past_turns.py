"""Settled turns with their messages, out of memory."""

from bot.domain.conversation import Address
from bot.domain.events import MessageReceived
from bot.ports.past_turns import PastTurn
from integrations.memory.database import MemoryDatabase


class InMemoryPastTurns:
    """`PastTurns` over a MemoryDatabase."""

    def __init__(self, database: MemoryDatabase) -> None:
        self._database = database

    def newest(self, limit: int) -> list[PastTurn]:
        """Return answered messages, newest first."""
        with self._database.lock:
            turns = [turn for turn in reversed(self._database.turns) if not turn.apology]
        disputed = {turn.escalation.about for turn in turns if turn.escalation}
        answered = [turn for turn in turns if isinstance(turn.claim.event, MessageReceived) or turn.escalation]
        return [
            PastTurn(
                turn.receipt.question or turn.claim.event.text,
                _channel(turn.claim.event.address),
                turn.receipt,
                turn.claim.inbox in disputed,
            )
            for turn in answered[:limit]
        ]


def _channel(address: Address) -> str:
    return f"{address.platform}:{address.channel}"
