"""What steers a talk rather than asks something new: taking back, correcting, choosing. Closed lists; no model."""

import re

_CANCEL = re.compile(
    r"never ?mind|forget (it|that|about it)|leave it|drop it"
    r"|cancel( it| that| the reminder| my reminder)?"
    r"|(취소(해|할게|해 ?줘|해 주세요)?|그만둘게|잊어버려|안 할래|필요 ?없어)(요)?"
    r"|(알림|리마인더)\s*취소(해|해 ?줘|해 주세요)?",
    re.IGNORECASE,
)
_DECLINE = re.compile(r"no,? (thanks|thank you)|(아니요?,?\s+)?((됐어|괜찮아( 됐어)?)(요)?|괜찮습니다)", re.IGNORECASE)
"""Takes back what is still being asked; said of what is done it means that it is well."""

_CORRECT = re.compile(
    r"^(?:(?:no|nope|wait|sorry|잠깐)\s*,\s*"
    r"|(?:actually|i mean(?:t)?|rather|make (?:it|that)|아니(?:요|야|,)?|아 ?참|그게 아니라)(?:\s*,\s*|\s+))"
    r"(?:no\b\s*,?\s*|i mean(?:t)?\s+|actually\s+|rather\s+|make (?:it|that)\s+|아니라\s+)?"
    r"(?P<rest>.+?)"
    r"(?:\s*(?:instead|please|로|으로)?\s*(?:해\s?줘|해\s?주세요|바꿔\s?줘|말이야|말이에요)?)\s*[.!?]*$",
    re.IGNORECASE | re.DOTALL,
)
_NOTHING_NEW = re.compile(
    r"|not|thanks?( you)?( a lot)?|ok(ay)?|fine|all good|my (mistake|bad)"
    r"|(that|it)( i|['’])?s (fine|ok(ay)?|all|right|good)"
    r"|(괜찮아|됐어|고마워|미안)(요)?|괜찮습니다|감사합니다|(그|이)거 말고(요)?",
    re.IGNORECASE,
)
"""After "no, …": politeness, and no other words for what was said."""

_HESITATION = re.compile(r"(?:wait|sorry|actually|rather|잠깐|아 ?참)(?![a-z가-힣])", re.IGNORECASE)

_CHOICE = re.compile(
    r"^\s*(?:the\s+)?(?P<number>[1-9])(?:st|nd|rd|th|번|번째)?(?:\s*(?:one|please|요))?\s*[.)!]*\s*$", re.IGNORECASE
)

_USE_IT = re.compile(
    r"\s*(?:please\s+)?(?:use|say) (?:this|that|it|the following) (?:the )?next time"
    r"(?:\s*[:：,\n-]\s*(?P<en>.*)|[\s.!]*)"
    r"|\s*(?:다음(?:에는|에|부터는|부터|번에는|번에|번부터)|앞으로는?)\s*(?:이걸로|이렇게|이 답을|이대로)"
    r"(?:\s*(?:답해|대답해|말해|알려|사용해|써))?(?:\s?(?:줘|주세요))?(?:\s*[:：\n]\s*(?P<ko>.*)|[\s.!]*)",
    re.IGNORECASE | re.DOTALL,
)

_LONGEST_CHOICE = 40
_LONGEST = 120
"""Characters; whoever writes more says something of its own."""


def takes_back(text: str) -> bool:
    """Tell whether a message is nothing but "never mind", or "no, never mind"."""
    said = (text, correction(text) or "")
    return any(_CANCEL.fullmatch(_bare(one)) for one in said)


def declines(text: str) -> bool:
    """Tell whether a message is nothing but "no, thanks"."""
    return _DECLINE.fullmatch(_bare(text)) is not None


def correction(text: str) -> str | None:
    """Return what a message such as "no, staging" puts in the place of what was said; None if it is none."""
    found = _CORRECT.match(text.strip()) if len(text) <= _LONGEST else None
    rest = found["rest"].strip() if found else ""
    return None if _NOTHING_NEW.fullmatch(rest) else rest


def to_use_next_time(text: str) -> str | None:
    """Return the answer in "use this next time: …", empty where none follows; None if it is no such request."""
    found = _USE_IT.fullmatch(text)
    return (found["en"] or found["ko"] or "").strip() if found else None


def only_hesitates(text: str) -> bool:
    """Tell whether a message opens with a word that takes nothing back by itself: "actually it works"."""
    return _HESITATION.match(text.strip()) is not None


def choice(text: str, most: int) -> int | None:
    """Return which of `most` offered things was chosen by its number, from 0; None if none was."""
    found = _CHOICE.match(text) if len(text) <= _LONGEST_CHOICE else None
    return int(found["number"]) - 1 if found and int(found["number"]) <= most else None


def _bare(text: str) -> str:
    return text.strip().rstrip(".!?~… \t\n")
