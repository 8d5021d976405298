"""What a message asks something to be done WITH: pasted text, a quotation, this conversation, the last answer."""

import re
from dataclasses import dataclass
from typing import Literal

from bot.domain.language import Language
from bot.nlu.language import language_of

_FENCE = re.compile(r"```[\w+-]*\n?(?P<inside>.*?)(?:```|\Z)", re.DOTALL)
_QUOTED_LINES = re.compile(r"(?:^>.*(?:\n|\Z))+", re.MULTILINE)
_QUOTED = re.compile(r"[\"“”「『](?P<inside>[^\"“”「」『』\n]{2,})[\"“”」』]")
_HEAD = re.compile(r"^(?P<head>[^\n:：]{1,120})(?:[:：]\s+|\n\s*)(?P<rest>\S.*)\Z", re.DOTALL)
_MOST_HEAD_WORDS = 14

_TALK = re.compile(
    r"\b(this|the|our|whole) (thread|conversation|talk|chat|discussion)\b|\bwhat (we|was|has been) (said|discussed)\b"
    r"|(이|지금|여기|우리)\s*(스레드|대화|얘기|이야기|논의)|지금까지|스레드\s*(요약|정리)",
    re.IGNORECASE,
)
_DAY = re.compile(
    r"\b(this|the) channel('s)?\b|\bchannel's day\b|\btoday in\b|채널(의|에서)?\s*(하루|오늘|대화)|오늘 채널",
    re.IGNORECASE,
)
_LAST = re.compile(
    r"\b(your|the|that|this|last|previous) (last )?(answer|reply|message)\b|\b(this|that|it)\b"
    r"|(방금|위|아까|마지막)\s*(답|답변|글|내용|말)|\b(이거|그거|이걸|그걸|저거)|(이|그) (글|문장|메시지|코드|내용)",
    re.IGNORECASE,
)
_INTO_KOREAN = re.compile(r"\b(to|into|in) korean\b|\bkorean translation\b|한국어로|한글로|국문으로", re.IGNORECASE)
_INTO_ENGLISH = re.compile(r"\b(to|into|in) english\b|\benglish translation\b|영어로|영문으로", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Material:
    """instruction: the message without the text. text: what was pasted or quoted, empty if it is elsewhere.

    where: `here`: in `text`; `talk`: all that was said; `last`: Maru's last words; `day`: a channel's history;
    `nowhere`: nothing was pointed at.
    """

    instruction: str
    text: str
    where: Literal["here", "talk", "last", "day", "nowhere"]


def material(message: str) -> Material:
    """Take a message apart."""
    for pattern in (_FENCE, _QUOTED_LINES):
        if found := pattern.search(message):
            inside = found.groupdict().get("inside") or re.sub(r"^>\s?", "", found.group(), flags=re.MULTILINE)
            return Material(_around(message, found.span()), inside.strip(), "here")
    head = _HEAD.match(message.strip())
    if head and len(head["head"].split()) <= _MOST_HEAD_WORDS:
        return Material(head["head"].strip(), head["rest"].strip(), "here")
    if found := _QUOTED.search(message):
        return Material(_around(message, found.span()), found["inside"].strip(), "here")
    for pattern, where in ((_DAY, "day"), (_TALK, "talk"), (_LAST, "last")):
        if pattern.search(message):
            return Material(message, "", where)  # type: ignore[arg-type]  # the pairs above are its literals
    return Material(message, "", "nowhere")


def target_language(instruction: str, text: str) -> Language:
    """Return the language to translate into: the one that is named, or else the one that the text is not in."""
    if _INTO_KOREAN.search(instruction):
        return "ko"
    if _INTO_ENGLISH.search(instruction):
        return "en"
    return "en" if language_of(text) == "ko" else "ko"


def _around(message: str, span: tuple[int, int]) -> str:
    return f"{message[: span[0]].strip()} {message[span[1] :].strip()}".strip()
