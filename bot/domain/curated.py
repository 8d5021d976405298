"""Curated answers: what a person said is the answer to a question, until a day."""

from dataclasses import dataclass
from typing import NewType

from bot.domain.conversation import PersonId, Space
from bot.domain.documents import Vector
from bot.domain.language import Language

CuratedId = NewType("CuratedId", int)


@dataclass(frozen=True, slots=True)
class CuratedAnswer:
    """An answer that is given to its question, in whatever wording, without a model.

    space: who may read it, as of a document. expires: seconds since the epoch; later it is not given any more.
    """

    question: str
    answer: str
    language: Language
    space: Space
    owner: PersonId
    expires: float


@dataclass(frozen=True, slots=True)
class Wording:
    """One way to ask. bare: without case, spaces and punctuation. terms: the analyser's.

    vector, model: its embedding as a question, and by which model; None until there is one.
    """

    text: str
    bare: str
    terms: tuple[str, ...] = ()
    vector: Vector | None = None
    model: str | None = None


@dataclass(frozen=True, slots=True)
class CuratedEntry:
    """A curated answer as it is kept. wordings: the question first. created, last_hit: seconds since the epoch."""

    id: CuratedId
    answer: CuratedAnswer
    wordings: tuple[str, ...]
    created: float
    hits: int = 0
    last_hit: float | None = None


@dataclass(frozen=True, slots=True)
class CuratedMatch:
    """A wording that may be what was asked. cosine: 0 where the question or the wording has no embedding."""

    id: CuratedId
    answer: CuratedAnswer
    created: float
    wording: str
    bare: str
    terms: tuple[str, ...]
    cosine: float
