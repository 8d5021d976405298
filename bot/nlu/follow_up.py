"""Follow-ups: a question that leans on the one before it is rewritten so that it stands alone."""

import re

_OPENERS = re.compile(
    r"^(and|but|so|or|also|then|what about|how about|그럼|그러면|그리고|그런데|근데|그건|그거|그것|거기|그때)\b",
    re.IGNORECASE,
)
_POINTERS = re.compile(r"\b(it|its|that|those|these|them|they)\b|그건|그거|그것|거기|이거|이건", re.IGNORECASE)
_KOREAN_TAIL = re.compile(r"(은|는|도|에서는|에서도|엔)\s*(요)?\s*\??$")
_SUBJECTLESS = re.compile(
    r"^(why|when|who|where|how)(\s+[a-z]+)?\W*$"  # "who approves?"
    r"|^(왜|언제|누가|누구|어디\w*|얼마\w*|몇|어떻게)(\s+[가-힣]+)?\W*$"  # "얼마나 걸려?"
    r"|^[가-힣]+(돼|되나요|해|해요|하나요|한가요)\W*$",  # "이월돼?"
    re.IGNORECASE,
)
"""A question word and a verb, or a Korean verb alone: what it is about was said before."""

_NUMBERED = re.compile(r"([^\W\d_]+[-_ ]?)(\d+)(?![A-Za-z\d])")
"""A name with a number: SEV1, db-03, at 10."""

JOINT = " — "
"""Joins a topic and what leans on it; of a chain of follow-ups, the first and the last question are kept."""

_LONGEST_TOPIC = 500
"""Characters: a pasted log is no topic."""

_MOST_WORDS = 8
_BARE_WORDS = 3


def leans(text: str) -> bool:
    """Tell whether a message makes sense only after the one before it: short, and it opens with it, points at it or
    has no subject of its own."""
    words, bare = text.split(), text.strip()
    if not words or len(words) > _MOST_WORDS:
        return False
    if _SUBJECTLESS.search(bare) or _OPENERS.search(bare) or (len(words) <= _BARE_WORDS and _KOREAN_TAIL.search(bare)):
        return True
    return len(words) <= _BARE_WORDS + 2 and _POINTERS.search(text) is not None


def standalone(text: str, topic: str | None) -> str:
    """Return the question with its topic in front if it leans on one, else the question itself."""
    if topic is None or not leans(text):
        return text
    first, *rest = topic[:_LONGEST_TOPIC].split(JOINT)
    return JOINT.join([first.rstrip(" ?.!"), *(part.rstrip(" ?.!") for part in rest[-1:]), text])


def renumbered(question: str, correction: str) -> str | None:
    """Return a question with the number of a name put right: "for SEV2" said of "who is paged for a SEV1?"; None if
    the two share no such name."""
    for right in _NUMBERED.finditer(correction):
        for wrong in _NUMBERED.finditer(question):
            if wrong[1].casefold() == right[1].casefold() and wrong[2] != right[2]:
                return f"{question[: wrong.start(2)]}{right[2]}{question[wrong.end(2) :]}"
    return None
