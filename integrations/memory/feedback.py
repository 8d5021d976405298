"""What people think of answers, in a process that forgets it."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import get_args

from bot.domain.conversation import PersonId, Space
from bot.domain.documents import DocumentId
from bot.domain.events import EventId
from bot.domain.feedback import Complaints, Opinion
from bot.domain.messages import OutgoingMessage
from bot.ports.inbox import InboxId
from bot.ports.outbox import OutboxId
from integrations.memory.database import MemoryDatabase, OutboxRow
from integrations.memory.library import InMemoryLibrary

_DAY = 86_400.0


@dataclass(frozen=True, slots=True)
class _Said:
    opinion: Opinion
    question: str
    documents: tuple[DocumentId, ...]
    at: float


class InMemoryFeedback:
    """`Feedback` in dictionaries."""

    def __init__(self, database: MemoryDatabase, library: InMemoryLibrary) -> None:
        self._database, self._library = database, library
        self._said: dict[tuple[InboxId, PersonId], _Said] = {}
        self._told: dict[DocumentId, float] = {}

    def put(
        self,
        reference: InboxId,
        opinion: Opinion,
        *,
        person: PersonId,
        question: str,
        documents: Sequence[DocumentId],
    ) -> None:
        """Keep a person's opinion of an answer in place of an earlier one."""
        if any(row.id == reference for row in self._database.inbox):
            said = _Said(opinion, question, tuple(documents), self._database.clock.now())
            self._said[(reference, person)] = said

    def of(self, reference: InboxId) -> Mapping[Opinion, int]:
        """Return how many people think what of an answer."""
        return Counter(said.opinion for (about, _), said in self._said.items() if about == reference)

    def complaints(self, spaces: Sequence[Space], *, limit: int) -> list[Complaints]:
        """Return what is said against documents of these spaces, the most complained about first."""
        return [one for one in self._collected(self._against()) if one.space in spaces][:limit]

    def untold(self, *, limit: int) -> list[Complaints]:
        """Return what was said since its owner was last told, of documents whose owner was told nothing for a day."""
        now = self._database.clock.now()
        new = [
            (document, said)
            for document, said in self._against()
            if document not in self._told or (said.at > self._told[document] and self._told[document] < now - _DAY)
        ]
        return self._collected(new)[:limit]

    def tell(self, document: DocumentId, messages: Sequence[OutgoingMessage]) -> bool:
        """Send these messages and note that the owner is told; False if somebody else just did."""
        now = self._database.clock.now()
        with self._database.lock:
            if self._told.get(document, 0.0) >= now - _DAY:
                return False
            self._told[document] = now
            numbers = self._database.numbers
            self._database.outbox += [
                OutboxRow(OutboxId(next(numbers)), EventId(one.key), one, now) for one in messages
            ]
            return True

    def _against(self) -> list[tuple[DocumentId, _Said]]:
        said = [one for one in self._said.values() if one.opinion != "useful"]
        return [(document, one) for one in said for document in one.documents]

    def _collected(self, against: Sequence[tuple[DocumentId, _Said]]) -> list[Complaints]:
        collected = []
        for document in dict.fromkeys(number for number, _ in against):
            kept = self._library.document(document)
            if kept is None:
                continue
            mine = [said for number, said in against if number == document]
            counts = Counter(said.opinion for said in mine)
            collected.append(
                Complaints(
                    document,
                    kept.title,
                    kept.space,
                    kept.owner,
                    tuple((one, counts[one]) for one in get_args(Opinion) if counts[one]),
                    tuple(sorted({said.question for said in mine}))[:3],
                )
            )
        return sorted(collected, key=lambda one: (-sum(times for _, times in one.counts), one.document))
