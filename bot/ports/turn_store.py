"""Where a finished turn becomes a fact, in one transaction."""

from dataclasses import dataclass
from enum import Enum
from typing import Protocol

from bot.domain.curated import CuratedId
from bot.domain.escalation import Escalation
from bot.domain.messages import OutgoingMessage, Receipt, ReplyKey, Scheduled
from bot.domain.state import DialogueState
from bot.ports.inbox import Claim


@dataclass(frozen=True, slots=True)
class Turn:
    """What a turn leaves behind. `action` names what was decided; `apology` marks a turn that failed for good.

    scheduled, withdrawn: messages that are posted later, and earlier ones of those that are not posted any more.
    escalation: the pair that the turn completes, where it was answered by a larger model at somebody's wish.
    curated: the curated answers that were given; their hits are counted.
    """

    claim: Claim
    state: DialogueState
    messages: tuple[OutgoingMessage, ...]
    action: str
    receipt: Receipt
    apology: bool = False
    scheduled: tuple[Scheduled, ...] = ()
    withdrawn: tuple[ReplyKey, ...] = ()
    escalation: Escalation | None = None
    curated: tuple[CuratedId, ...] = ()


class CommitResult(Enum):
    """Whether the turn was ours to commit."""

    COMMITTED = "committed"
    MORE_WAITS = "committed, and the conversation's next event can be claimed"
    FENCE_LOST = "fence lost"


class TurnStore(Protocol):
    """Settles an event."""

    def commit(self, turn: Turn) -> CommitResult:
        """Write state, turn, outbox rows and the inbox mark and free the lease in ONE transaction.

        FENCE_LOST: another worker holds the conversation; nothing was written, and the caller drops its work.
        """
