"""The hybrid retriever: words and meaning, fused, with a judgement whether it is an answer at all."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.domain.conversation import Space
from bot.domain.documents import Passage, Vector
from bot.ports.analyser import Analyser
from bot.ports.chunk_index import ChunkIndex
from bot.retrieval.answerable import answerable
from bot.retrieval.defining import explained_first
from bot.retrieval.fusion import fuse

CANDIDATES = 50
"""Rows from each side; the union is fused."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What was found, best first. answers: whether the best passage is likely to hold the answer (else only near)."""

    passages: tuple[Passage, ...]
    terms: tuple[str, ...]
    answers: bool


def retrieve(
    question: str, vector: Vector, *, spaces: Sequence[Space], index: ChunkIndex, analyser: Analyser
) -> Evidence:
    """Search the spaces that every reader of the reply may read. Raises EncoderUnavailable, DatabaseUnavailable."""
    terms = analyser.analyse([question])[0]
    candidates = index.search(terms=terms, vector=vector, spaces=spaces, limit=CANDIDATES)
    ranked = explained_first(question, terms, fuse(candidates))
    return Evidence(ranked, terms, answerable(ranked, candidates))
