"""What people think of answers, and what the owners of documents were told of it."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from bot.domain.conversation import PersonId, Space
from bot.domain.documents import DocumentId
from bot.domain.feedback import Complaints, Opinion
from bot.domain.messages import OutgoingMessage
from bot.ports.inbox import InboxId


class Feedback(Protocol):
    """One opinion a person and answer: the last one counts. Every method raises DatabaseUnavailable."""

    def put(
        self,
        reference: InboxId,
        opinion: Opinion,
        *,
        person: PersonId,
        question: str,
        documents: Sequence[DocumentId],
    ) -> None:
        """Keep a person's opinion of an answer in place of an earlier one. documents: those that the answer cites."""

    def of(self, reference: InboxId) -> Mapping[Opinion, int]:
        """Return how many people think what of an answer."""

    def complaints(self, spaces: Sequence[Space], *, limit: int) -> list[Complaints]:
        """Return what is said against documents of these spaces, the most complained about first."""

    def untold(self, *, limit: int) -> list[Complaints]:
        """Return what was said since its owner was last told, of documents whose owner was told nothing for a day."""

    def tell(self, document: DocumentId, messages: Sequence[OutgoingMessage]) -> bool:
        """Send these messages and note that the owner is told, in one transaction; False if somebody else just did."""
