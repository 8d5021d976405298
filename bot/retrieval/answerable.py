"""Whether what was found is likely to hold the answer: the judgement between answering and "not in what I know"."""

from collections.abc import Sequence

from bot.domain.documents import Passage
from bot.ports.chunk_index import Candidates

GAP_WEIGHT = 7.0
THRESHOLD = 0.89
"""Fitted on half of the KorQuAD questions, tested on the other half and on a handbook (README, Decisions)."""

FEW = 12
"""With fewer candidates there is no background to stand out from, and words must decide alone."""

FEW_THRESHOLD = 0.45

_TOP = 3
_BACKGROUND = slice(5, 50)

GENERIC = frozenset(
    (
        "abl after allow alreadi also anyon anyth ask be befor current doesn don dure each ever everi everybodi "
        "fast find get give go goe got happen hello help hi isn just know let like long m make mani maru may mean "
        "might much must need new now off often one out over own peopl person pleas possibl re right s same say "
        "see show someon someth soon still t take tell than thank thing today too two use veri want way work yet "
        "가 가능 같 경우 관하 궁금 그런데 그리고 나오 누구 다 대 대하 더 되 두 들 따르 때 "
        "만들 말 말하 며칠 못 무슨 무엇 받 방법 보 부르 사람 싶 쓰 안 알 알려주 알리 어디 어떠 "
        "어떤 어떻 언제 얼마 얼마나 없 오 위하 이르 이름 있 잘 "
        "정도 좀 좋 주 지금 통하 필요 하 해 해야 현재 혹시 "
    ).split()
)
"""Terms (stems, morphemes) that questions carry and answers do not: without this list, half of the answerable
questions would be refused. They still count in the search itself."""


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
