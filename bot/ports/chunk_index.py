"""Finds chunks by words and by meaning."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from bot.domain.conversation import Space
from bot.domain.documents import Passage, Vector


@dataclass(frozen=True, slots=True)
class Candidates:
    """The union of both searches' best, each with its lexical (BM25) and dense (cosine) score.

    known: for each distinct query term, its inverse document frequency within the readable spaces; a term that
    occurs nowhere has the largest idf possible. matched: for each passage, in order, the query terms it contains.
    """

    passages: tuple[Passage, ...]
    idf: dict[str, float]
    matched: tuple[frozenset[str], ...]


class ChunkIndex(Protocol):
    """One search over the chunks of the spaces that every reader may read."""

    def search(self, *, terms: Sequence[str], vector: Vector | None, spaces: Sequence[Space], limit: int) -> Candidates:
        """Return up to `limit` candidates from each side. No space given = no rows (fails closed)."""

    def empty(self, spaces: Sequence[Space]) -> bool:
        """Tell whether these spaces hold no chunk at all."""
