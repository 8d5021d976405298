"""The rows that the in-memory adapters share, as the real ones share a database."""

from dataclasses import dataclass, field
from itertools import count
from threading import RLock

from bot.domain.conversation import ConversationId
from bot.domain.events import Event, EventId
from bot.domain.messages import OutgoingMessage
from bot.domain.state import DialogueState
from bot.ports.clock import Clock
from bot.ports.inbox import InboxId
from bot.ports.outbox import OutboxId
from bot.ports.turn_store import Turn


@dataclass(slots=True)
class ConversationRow:
    """What is known of a conversation and who may work on it until when."""

    state: DialogueState = field(default_factory=DialogueState)
    fence: int = 0
    leased_until: float | None = None

    def free(self, now: float) -> bool:
        """Tell whether nobody holds it."""
        return self.leased_until is None or self.leased_until < now


@dataclass(slots=True)
class InboxRow:
    """One kept event."""

    id: InboxId
    event: Event
    received_at: float
    due_at: float
    attempts: int = 0
    settled: bool = False


@dataclass(slots=True)
class OutboxRow:
    """One final reply. status: queued, sending, sent, deferred or buried."""

    id: OutboxId
    event: EventId
    message: OutgoingMessage
    due_at: float
    status: str = "queued"
    attempts: int = 0
    uncertain: bool = False
    fence: int = 0
    reference: str | None = None
    why: str | None = None

    @property
    def open(self) -> bool:
        """Tell whether it is neither sent nor buried."""
        return self.status not in ("sent", "buried")


class MemoryDatabase:
    """All rows, oldest first, and the lock under which they change together."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.lock = RLock()
        self.numbers = count(1)
        self.conversations: dict[ConversationId, ConversationRow] = {}
        self.inbox: list[InboxRow] = []
        self.outbox: list[OutboxRow] = []
        self.turns: list[Turn] = []
