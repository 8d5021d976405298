"""The rows that the in-memory adapters share, as the real ones share a database."""

from dataclasses import dataclass, field
from itertools import count
from queue import SimpleQueue
from threading import RLock

from bot.domain.conversation import ConversationId, PersonId
from bot.domain.events import Event, EventId, MessageChanged, MessageKey
from bot.domain.messages import ModelCall, OutgoingMessage, ReplyKey, Scheduled
from bot.domain.state import DialogueState
from bot.ports.clock import Clock
from bot.ports.inbox import InboxId
from bot.ports.interruptions import Interruption
from bot.ports.outbox import OutboxId
from bot.ports.turn_store import Turn


@dataclass(slots=True)
class ConversationRow:
    """What is known of a conversation and who may work on it until when. rank: its place in the line."""

    state: DialogueState = field(default_factory=DialogueState)
    rank: float = 0.0
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
    changed_at: float | None = None


@dataclass(frozen=True, slots=True)
class ChangeAhead:
    """A change that came before its message."""

    change: MessageChanged
    kept_at: float


@dataclass(slots=True)
class OutboxRow:
    """One final reply. status: queued, sending, sent, deferred or buried."""

    id: OutboxId
    event: EventId
    message: OutgoingMessage
    due_at: float
    status: str = "queued"
    attempts: int = 0
    failures: int = 0
    uncertain: bool = False
    fence: int = 0
    created_at: float = 0.0
    reference: str | None = None
    why: str | None = None
    tried_at: float | None = None
    settled_at: float | None = None
    sought: bool = False

    @property
    def open(self) -> bool:
        """Tell whether it is neither sent nor buried."""
        return self.status not in ("sent", "buried")


@dataclass(frozen=True, slots=True)
class LedgerRow:
    """One call to a model, and for whom it was."""

    at: float
    person: PersonId
    channel: str
    skill: str
    call: ModelCall


class MemoryDatabase:
    """All rows, oldest first, and the lock under which they change together."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.lock = RLock()
        self.numbers = count(1)
        self.conversations: dict[ConversationId, ConversationRow] = {}
        self.inbox: list[InboxRow] = []
        self.ahead: dict[tuple[MessageKey, PersonId], ChangeAhead] = {}
        self.outbox: list[OutboxRow] = []
        self.turns: list[Turn] = []
        self.ledger: list[LedgerRow] = []
        self.schedule: dict[ReplyKey, tuple[EventId, Scheduled]] = {}
        self.settled_at: list[float] = []  # when each turn of a worker was committed
        self.interruptions: SimpleQueue[Interruption] = SimpleQueue()

    @property
    def unsettled(self) -> list[InboxRow]:
        """Return the events that wait or are worked on, oldest first."""
        return [row for row in self.inbox if not row.settled]

    def drop_unsent(self, event: EventId, *, notice_only: bool) -> bool:
        """Forget an event's messages that nobody sends yet; True if there were any."""
        kept = [row for row in self.outbox if not _unsent(row, event, notice_only=notice_only)]
        dropped = len(kept) < len(self.outbox)
        self.outbox[:] = kept
        return dropped


def _unsent(row: OutboxRow, event: EventId, *, notice_only: bool) -> bool:
    about = row.event == event and row.status in ("queued", "deferred")
    return about and (row.message.key.endswith("#place") or not notice_only)
