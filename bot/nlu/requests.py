"""One message, several requests: "how do I roll back, and who is on call?" is two."""

import re

from bot.domain.sentences import sentences
from bot.domain.spacing import spaced

MOST = 3
"""Requests answered of one message; more than that is a list, which reads better asked one by one."""

_FENCED = re.compile(r"```|^\s*>|\n\s*\n", re.MULTILINE)
"""Pasted text is no request."""

_GIVEN = re.compile(
    r"^[^\n:：]{0,60}(?:translat|summar|rewrite|rephrase|proofread|shorten|explain|correct|improve|polite"
    r"|번역|요약|정리|고쳐|다듬|바꿔|설명)[^\n:：]{0,60}[:：]\s",
    re.IGNORECASE,
)
"""What follows the colon is the text of one request, whatever it asks itself."""

_QUOTED = re.compile(r"[\"“「『]([^\"“”「」『』\n]*)[\"”」』]")
_END = re.compile(r"[.!?。]")
"""A quotation with an end in it has sentences of its own."""

_ASKS = (
    r"(?:how|what|when|where|who|whom|whose|why|which|can|could|should|may|do|does|did|is|are|will|would"
    r"|remind|translate|summari[sz]e|calculate|tell|explain)\b"
)
_ENGLISH = re.compile(rf",?\s+(?:and|and also|also|plus)\s+(?={_ASKS})", re.IGNORECASE)
_STARTS = re.compile(rf"(?:and |also |so |then |please |maru,? )*{_ASKS}", re.IGNORECASE)
_HANGUL = re.compile("[가-힣]")
_KOREAN = re.compile(r"(?<=고)(?<![라다냐자싶]고),?\s+(?!있|계|나서|나면|싶)(?=\S)|,?\s*(?:그리고|또|그다음에?)\s+")
_KOREAN_ASKS = re.compile(r"(?:[?？]|줘|주세요|까요?|나요|가요|니|야|지|냐|을까|래)\s*[.!?？]*$")
_KOREAN_LINK = re.compile(r"(어떻게|언제|어디|누구|누가|얼마|며칠|몇|무엇|뭐)\S*(\s+\S+)*고$")
"""A question that goes on: "어떻게 롤백하고". Without a question word it tells what happened."""

_REACH = 200
"""Characters from the end in which Korean says what is asked."""

_LEAST_WORDS, _LEAST_KOREAN_WORDS = 3, 2
"""A part with fewer words leans on the other and is left with it; Korean puts particles into the word."""


def requests(text: str) -> tuple[str, ...]:
    """Return the requests of a message in order, at most MOST; the whole message where it is one, or unclear."""
    if _FENCED.search(text.strip()) or _GIVEN.search(text) or any(_END.search(one) for one in _QUOTED.findall(text)):
        return (text,)
    parts = [part for sentence in sentences(spaced(text)) for part in _split(sentence)]
    asked = [part for part in parts if _asks(part)]
    if not 1 < len(asked) <= MOST or len(asked) < len(parts):
        return (text,)
    return tuple(asked)


def _split(sentence: str) -> list[str]:
    for link in (_ENGLISH, _KOREAN):
        parts = [part.strip(" ,") for part in link.split(sentence)]
        if len(parts) > 1 and all(_whole(part) for part in parts):
            return parts
    return [sentence.strip()]


def _whole(part: str) -> bool:
    least = _LEAST_KOREAN_WORDS if _HANGUL.search(part) else _LEAST_WORDS
    return len(part.split()) >= least and (_asks(part) or _KOREAN_LINK.search(part[-_REACH:]) is not None)


def _asks(part: str) -> bool:
    end = part[-_REACH:]
    return bool(_STARTS.match(part) or _KOREAN_ASKS.search(end) or _KOREAN_LINK.search(end))
