"""One order out of two searches, and how sure it is that the best passage answers the question."""

from collections.abc import Sequence
from dataclasses import replace
from statistics import fmean, pstdev

from bot.domain.documents import Passage
from bot.ports.chunk_index import Candidates

DENSE_WEIGHT = 1.0
"""Weight of the dense z-score beside the lexical one; measured (README, Decisions: embedding model)."""


def fuse(candidates: Candidates) -> tuple[Passage, ...]:
    """Return the candidates, best first, by the sum of z-scores.

    Each side's scores are standardised over the candidates, so that neither scale matters. Reciprocal ranks were
    tried and lose to BM25 alone: they throw the distances away (README, Decisions).
    """
    passages = candidates.passages
    lexical = _standardised([passage.lexical for passage in passages])
    dense = _standardised([passage.dense for passage in passages])
    scored = [
        replace(passage, score=words + DENSE_WEIGHT * meaning)
        for passage, words, meaning in zip(passages, lexical, dense, strict=True)
    ]
    return tuple(sorted(scored, key=lambda passage: (-passage.score, passage.chunk)))


def coverage(passage: Passage, candidates: Candidates) -> float:
    """Return the share (0 to 1) of the question's terms, weighted by idf, that the passage contains."""
    total = sum(candidates.idf.values())
    if not total:
        return 0.0
    for candidate, matched in zip(candidates.passages, candidates.matched, strict=True):
        if candidate.chunk == passage.chunk:
            return sum(candidates.idf.get(term, 0.0) for term in matched) / total
    return 0.0


def _standardised(scores: Sequence[float]) -> list[float]:
    if not scores:
        return []
    mean, spread = fmean(scores), pstdev(scores)
    return [(score - mean) / spread if spread else 0.0 for score in scores]
