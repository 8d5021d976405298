"""Reads what somebody wants to be reminded of, and when."""

import re
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.domain.spacing import spaced
from bot.tools.moments import read_moment

LONGEST_AHEAD = timedelta(days=400)
"""A year and a bit: birthdays and yearly renewals; further off is more likely a slip of the finger."""

_LONGEST_BID = 200
"""Characters; a longer text that ends with "알려 주세요" was pasted."""

_LEAD = re.compile(
    r"^(hey |hi |please |can you |could you |would you |maru,? )*(set (a |up a )?reminder|remind (me|us)|ping me)"
    r"\s*(please)?\s*(to|about|that|of|for|:)?\s*",
    re.IGNORECASE,
)
_TAIL = re.compile(
    r"\s*(하라고|라고|다고|이라고|을|를|에 대해|건을?|는 것|는 거)?\s*(다시\s*|나중에\s*|꼭\s*|좀\s*){0,3}"
    r"(알려|리마인드|상기|말해)\s*(해|시켜)?\s*(줘|주세요|줄래|주실래요|줄 수 있어)?\s*[?.!]*$"
    r"|\s*(please|later|again)\s*[.!?]*$",
    re.IGNORECASE,
)
_JOIN = re.compile(r"^(to|about|that|of|for|:)\s+", re.IGNORECASE)
_QUESTION = re.compile(
    r"누구|누가|뭐|무엇|무슨|어떻게|어떤|어느|언제|어디|왜|(?<![가-힣])몇|얼마|방법|이유|일정|목록|현황|상태|[가-힣]는\s"
)
_BIDDEN = re.compile(r"[가-힣][라다]고\s+(?:\S+\s+){0,4}?(?:알려|말해)|리마인드|상기")
_ASKS_WHETHER = re.compile(r"[가-힣]지\s+(?:좀\s+)?(?:알려|말해)")
_NOTHING = re.compile(r"^(it|this|that|me|later|나중에|다시|이거|그거)?$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Wish:
    """What was read so far; None = not said, or not surely meant. past: a time was said that is over or too far off.

    day, clock: which of the two was said of when.
    """

    what: str | None
    when: datetime | None
    past: bool = False
    day: bool = False
    clock: bool = False


def read_wish(text: str, now: datetime) -> Wish:
    """Read a request such as "remind me to renew the certificate tomorrow at 9". now: aware, the house's zone."""
    moment = read_moment(text, now)
    rest = moment.rest if moment else spaced(text)
    what = _JOIN.sub("", _TAIL.sub("", _LEAD.sub("", rest.strip()))).strip(" ,.!?")
    when = moment.at if moment else None
    past = when is not None and not now < when <= now + LONGEST_AHEAD
    day, clock = (moment.day, moment.clock) if moment else (False, False)
    return Wish(None if _NOTHING.match(what) else what, None if past else when, past, day, clock)


def bids_in_korean(text: str, now: datetime) -> bool:
    """Tell whether "… 알려 줘", which asks for anything, asks to be reminded: it says when, and what to do then.

    "내일 당직이 누구인지 알려 줘" asks a question about a day; only a time of the clock or "하라고" makes a reminder.
    """
    if len(text) > _LONGEST_BID or "\n" in text.strip() or _ASKS_WHETHER.search(text):
        return False
    wish = read_wish(text, now)
    if wish.when is None or not wish.what:
        return False
    return _BIDDEN.search(text) is not None or (wish.clock and _QUESTION.search(text) is None)


def moved(wish: Wish, before: datetime, now: datetime) -> Wish:
    """Read a correction over the time that was said before: "no, at ten" keeps the day, "no, on Friday" the hour."""
    if wish.when is None or wish.day == wish.clock:
        return wish
    hour, day = (wish.when, before) if wish.clock else (before, wish.when)
    when = datetime.combine(day.date(), hour.timetz())
    past = not now < when <= now + LONGEST_AHEAD
    return replace(wish, when=None if past else when, past=past)
