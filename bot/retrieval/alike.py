"""Whether two questions ask the same: strict, for a curated answer is given without anybody looking at it again."""

import re
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass

LEAST_COSINE = 0.955
"""Of two wordings of one question, by e5. What words cannot tell apart is mostly as near as that, too: this is a guard
behind the words and no judge. Measured on `tests/bench/curated.jsonl` (`maru eval curated`)."""

FILLING = frozenset(
    "allow am can could get just know may might pleas possibl tell use want work would "
    "가능 되 돼 방법 싶 알려주 알리 좀 주 하 해 해야".split()
)
"""Terms, as the analyser writes them, that one wording has and another lacks without asking anything else. Far fewer
than the generic ones of a search: "how do I give access" does not ask what "how do I get access" asks."""

_ASKED = {
    "who": r"\bwho(?:m|se)?\b|누구|누가",
    "when": r"\bwhen\b|\bwhat time\b|언제|몇 ?시",
    "where": r"\bwhere\b|어디",
    "why": r"\bwhy\b|왜",
    "how much": r"\bhow (?:many|much|long|often|high|large|far|big|old)\b|얼마|며칠|몇(?! ?시)",
    "how": r"\bhow\b(?! (?:many|much|long|often|high|large|far|big|old)\b)|어떻게|방법",
}
_WHETHER = re.compile(
    r"(?:^|[,:;] )(?:(?:is|are|was|were|do|does|did|has|have|may|must|should|shall|will)\b"
    r"|(?:can|could|would)\b(?! you))",
    re.IGNORECASE,
)
_WHAT = re.compile(r"\b(?:what|which)\b", re.IGNORECASE)
_KINDS = {kind: re.compile(words, re.IGNORECASE) for kind, words in _ASKED.items()}
_NEGATED = re.compile(
    r"\b(?:no|not|never|without|cannot)\b|n['’]t\b|(?<![가-힣])(?:안|못)(?![가-힣])|지 (?:않|못|말)|없", re.IGNORECASE
)
_SIGNS = re.compile(r"[^\w+#%$€£₩/@.-]+|[.](?!\w)|[-_]")


@dataclass(frozen=True, slots=True)
class Phrasing:
    """A way to ask, and its terms as the analyser writes them."""

    text: str
    terms: Collection[str]


def bare(text: str) -> str:
    """Return what is left of a wording without case, spaces and punctuation: equal ones are the same question."""
    return _SIGNS.sub("", unicodedata.normalize("NFKC", text).casefold())


def same_words(asked: Phrasing, known: Phrasing) -> bool:
    """Tell whether two phrasings ask for the same thing by their words: the same telling terms, the same question word,
    and both or neither denied."""
    telling = frozenset(asked.terms) - FILLING
    return (
        bool(telling)
        and telling == frozenset(known.terms) - FILLING
        and _kinds(asked.text) == _kinds(known.text)
        and bool(_NEGATED.search(asked.text)) == bool(_NEGATED.search(known.text))
    )


def alike(asked: Phrasing, known: Phrasing, *, cosine: float) -> bool:
    """Tell whether two phrasings ask for the same thing. cosine: of their embeddings as questions."""
    return bare(asked.text) == bare(known.text) or (cosine >= LEAST_COSINE and same_words(asked, known))


def _kinds(text: str) -> frozenset[str]:
    """Return what is asked for: a person, a time, … or, where no question word stands there, whether it is so."""
    kinds = frozenset(kind for kind, words in _KINDS.items() if words.search(text))
    return kinds or (frozenset({"whether"} if _WHETHER.search(text) and not _WHAT.search(text) else ()))
