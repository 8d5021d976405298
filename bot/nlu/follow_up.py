"""Follow-ups: a question that leans on the one before it is rewritten so that it stands alone."""

import re

_OPENERS = re.compile(
    r"^(and|but|so|or|also|then|what about|how about|그럼|그러면|그리고|그런데|근데|그건|그거|그것|거기|그때)\b",
    re.IGNORECASE,
)
_POINTERS = re.compile(r"\b(it|its|that|those|these|them|they)\b|그건|그거|그것|거기|이거|이건", re.IGNORECASE)
_KOREAN_TAIL = re.compile(r"(은|는|도|에서는|에서도|엔)\s*(요)?\s*\??$")
JOINT = " — "
"""Joins a topic and what leans on it; of a chain of follow-ups, the first and the last question are kept."""

_LONGEST_TOPIC = 500
"""Characters: a pasted log is no topic."""

_MOST_WORDS = 8
_BARE_WORDS = 3


def leans(text: str) -> bool:
    """Tell whether a message makes sense only after the one before it: short, and opening with or pointing at it."""
    words = text.split()
    if not words or len(words) > _MOST_WORDS:
        return False
    if _OPENERS.search(text.strip()) or (len(words) <= _BARE_WORDS and _KOREAN_TAIL.search(text.strip())):
        return True
    return len(words) <= _BARE_WORDS + 2 and _POINTERS.search(text) is not None


def standalone(text: str, topic: str | None) -> str:
    """Return the question with its topic in front if it leans on one, else the question itself."""
    if topic is None or not leans(text):
        return text
    first, *rest = topic[:_LONGEST_TOPIC].split(JOINT)
    return JOINT.join([first.rstrip(" ?.!"), *(part.rstrip(" ?.!") for part in rest[-1:]), text])
