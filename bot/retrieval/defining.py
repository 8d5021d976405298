"""What a name means is written where a list explains it: "SEV1: the shop is down"."""

import re
from collections.abc import Sequence
from dataclasses import replace

from bot.domain.documents import Passage
from bot.domain.generic_terms import GENERIC

BONUS = 0.2
"""Added to the fused score, as a tenth of a cosine is: likeness favours the texts that use a name most."""

_ASKS_MEANING = re.compile(r"^\W*(what|define|explain)\b|뭐|뭔|무엇|뜻|의미|(이란|란)\W*$", re.IGNORECASE)
_NAMED = re.compile(r"^\s*(?:[-*+]|\d+[.)])\s+\W*([^:\n]{1,60}?)\W*:\W*\s", re.MULTILINE)


def explained_first(question: str, terms: Sequence[str], ranked: Sequence[Passage]) -> tuple[Passage, ...]:
    """Return the passages, best first, after a bonus for those with list items that are named what is asked.

    terms: the question's. Only a question for a meaning, and with no other content than the names, gets this.
    """
    telling = len(set(terms) - GENERIC)
    if not telling or not _ASKS_MEANING.search(question):
        return tuple(ranked)
    asked = question.casefold()
    weighed = [
        replace(passage, score=passage.score + BONUS) if _explains(passage, asked, telling) else passage
        for passage in ranked
    ]
    return tuple(sorted(weighed, key=lambda passage: -passage.score))


def _explains(passage: Passage, asked: str, telling: int) -> bool:
    names = {name.casefold() for name in _NAMED.findall(passage.text)}
    found = (name for name in names if re.search(rf"(?<!\w){re.escape(name)}(?![a-z0-9])", asked))
    return sum(len(name.split()) for name in found) >= telling
