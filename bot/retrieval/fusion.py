"""One order out of two searches."""

from dataclasses import replace

from bot.domain.documents import Passage
from bot.ports.chunk_index import Candidates

DENSE_WEIGHT = 2.0
"""Weight of the cosine beside the normalised BM25 score; flat between 1.5 and 4 (README, Decisions)."""

LEAST_IDF = 12.0
"""Idf that a question is taken to have at least: where it is one common word ("what is a SEV1?"), that word's frequency
says little, and meaning decides. Chosen on the handbook; KorQuAD's and Cranfield's figures did not move."""

_MOST_A_TERM_ADDS = 2.2
"""k1 + 1: BM25's limit for one term of idf 1, however often it occurs."""


def fuse(candidates: Candidates) -> tuple[Passage, ...]:
    """Return the candidates, best first, by BM25 as a share of the most that the question could reach, plus cosine.

    Neither side is rescaled by the other candidates, so scores compare across questions. Reciprocal ranks and z-scores
    were measured and lose (README, Decisions). A chunk that waits for its embedding gets the lowest cosine seen.
    """
    most = _MOST_A_TERM_ADDS * max(sum(candidates.idf.values()), LEAST_IDF)
    lowest = min((passage.dense for passage in candidates.passages if passage.dense), default=0.0)
    scored = [
        replace(
            passage,
            score=passage.lexical / most + DENSE_WEIGHT * (passage.dense or lowest),
        )
        for passage in candidates.passages
    ]
    return tuple(sorted(scored, key=lambda passage: (-passage.score, passage.chunk)))
