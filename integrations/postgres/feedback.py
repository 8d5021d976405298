"""What people think of answers: tables feedback and feedback_told."""

import json
from collections.abc import Mapping, Sequence
from typing import get_args

from bot.domain.conversation import PersonId, Space
from bot.domain.documents import DocumentId
from bot.domain.feedback import Complaints, Opinion
from bot.domain.messages import OutgoingMessage
from bot.ports.inbox import InboxId
from integrations.postgres.codec import MESSAGE
from integrations.postgres.pool import Pool, borrowed
from integrations.postgres.statements import statement

_PUT = statement("feedback_put")
_COMPLAINTS = statement("feedback_complaints")
_TELL = statement("feedback_tell")
_OF = "SELECT opinion, count(*) FROM feedback WHERE inbox = %s GROUP BY opinion"


class PostgresFeedback:
    """`Feedback`, in one statement each."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

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
        values = {
            "inbox": reference,
            "opinion": opinion,
            "person": person,
            "question": question,
            "documents": list(documents),
        }
        with borrowed(self._pool) as connection:
            connection.execute(_PUT, values)

    def of(self, reference: InboxId) -> Mapping[Opinion, int]:
        """Return how many people think what of an answer."""
        with borrowed(self._pool) as connection:
            return dict(connection.execute(_OF, (reference,)).fetchall())

    def complaints(self, spaces: Sequence[Space], *, limit: int) -> list[Complaints]:
        """Return what is said against documents of these spaces, the most complained about first."""
        return self._read({"spaces": list(spaces), "untold": False, "limit": limit})

    def untold(self, *, limit: int) -> list[Complaints]:
        """Return what was said since its owner was last told, of documents whose owner was told nothing for a day."""
        return self._read({"spaces": None, "untold": True, "limit": limit})

    def tell(self, document: DocumentId, messages: Sequence[OutgoingMessage]) -> bool:
        """Send these messages and note that the owner is told; False if somebody else just did."""
        values = {
            "document": document,
            "keys": [one.key for one in messages],
            "messages": [MESSAGE.dump_json(one).decode() for one in messages],
        }
        with borrowed(self._pool) as connection:
            return connection.execute(_TELL, values).rowcount > 0

    def _read(self, values: Mapping[str, object]) -> list[Complaints]:
        with borrowed(self._pool) as connection:
            rows = connection.execute(_COMPLAINTS, values).fetchall()
        return [
            Complaints(number, title, space, owner, _counts(json.loads(counts)), tuple(questions))
            for number, title, space, owner, counts, questions in rows
        ]


def _counts(found: Mapping[Opinion, int]) -> tuple[tuple[Opinion, int], ...]:
    return tuple((opinion, found[opinion]) for opinion in get_args(Opinion) if opinion in found)
