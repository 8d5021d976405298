"""What people think of an answer."""

from dataclasses import dataclass
from typing import Literal

from bot.domain.conversation import PersonId, Space
from bot.domain.documents import DocumentId

Opinion = Literal["useful", "not_useful", "wrong_source", "out_of_date"]


@dataclass(frozen=True, slots=True)
class Complaints:
    """What was said against answers from one document. counts: how often what. questions: the newest few."""

    document: DocumentId
    title: str
    space: Space
    owner: PersonId | None
    counts: tuple[tuple[Opinion, int], ...]
    questions: tuple[str, ...]
