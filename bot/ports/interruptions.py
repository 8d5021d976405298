"""How a process learns at once that turns in its hands are not wanted any more."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from bot.domain.conversation import ConversationId


@dataclass(frozen=True, slots=True)
class Interruption:
    """A lease was taken from whoever holds it: every turn of the conversation with a lower fence is in vain."""

    conversation: ConversationId
    fence: int


class Interruptions(Protocol):
    """Tells of stops, edits and deletions that met a turn in progress."""

    def follow(self) -> Iterator[Interruption]:
        """Yield them as they happen, for as long as the caller iterates; never raises.

        One can be missed with a lost connection: the next renewal of the lease tells the same.
        """
