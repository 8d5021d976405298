"""Whether what was found is likely to hold the answer: the judgement between answering and "not in what I know"."""

from collections.abc import Sequence

from bot.domain.documents import Passage
from bot.domain.generic_terms import GENERIC
from bot.ports.chunk_index import Candidates

GAP_WEIGHT = 7.0
THRESHOLD = 0.89
"""Fitted on half of the KorQuAD questions, tested on the other half and on a handbook (README, Decisions)."""

FEW = 12
"""With fewer candidates there is no background to stand out from, and words must decide alone."""

FEW_THRESHOLD = 0.45

_TOP = 3
_BACKGROUND = slice(5, 50)


def answerable(ranked: Sequence[Passage], candidates: Candidates) -> bool:
    """Judge by words and by meaning: idf-weighted coverage of the question in the best three passages, and how far the
    nearest vector stands out from the background (mean cosine of ranks 6 to 50)."""
    covered = max((coverage(passage, candidates) for passage in ranked[:_TOP]), default=0.0)
    cosines = sorted((passage.dense for passage in ranked if passage.dense), reverse=True)
    if len(cosines) < FEW:
        return covered >= FEW_THRESHOLD
    background = cosines[_BACKGROUND]
    return covered + GAP_WEIGHT * (cosines[0] - sum(background) / len(background)) >= THRESHOLD


def coverage(passage: Passage, candidates: Candidates) -> float:
    """Return the share (0 to 1) of the question's telling terms, weighted by idf, that the passage contains."""
    telling = {term: idf for term, idf in candidates.idf.items() if term not in GENERIC} or candidates.idf
    total = sum(telling.values())
    for candidate, matched in zip(candidates.passages, candidates.matched, strict=True):
        if candidate.chunk == passage.chunk and total:
            return sum(telling.get(term, 0.0) for term in matched) / total
    return 0.0
