"""The accounts of settled turns, one at a time, for the people whom they concern."""

from dataclasses import dataclass
from typing import Protocol

from bot.domain.conversation import Address, ConversationId, PersonId
from bot.domain.messages import Receipt
from bot.ports.inbox import InboxId


@dataclass(frozen=True, slots=True)
class SettledTurn:
    """What was asked, what was decided and said, and the account of it.

    reply: the reply's text, empty where none was posted or it is forgotten.
    """

    reference: InboxId
    conversation: ConversationId
    person: PersonId
    address: Address
    text: str
    action: str
    receipt: Receipt
    reply: str


class Receipts(Protocol):
    """Reads turns that are still kept."""

    def of(self, reference: InboxId) -> SettledTurn | None:
        """Return a turn by its reference; None where there is none, or it cannot be read any more."""

    def latest(self, person: PersonId, *, conversation: ConversationId, channel: str) -> SettledTurn | None:
        """Return the person's last turn in this channel that climbed a ladder; one in this conversation comes first.

        Only what was said of late is looked through (the house's latest 5,000 events).
        """
