"""Reads what somebody wants to be reminded of, and when."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.tools.moments import read_moment

LONGEST_AHEAD = timedelta(days=400)
"""A year and a bit: birthdays and yearly renewals; further off is more likely a slip of the finger."""

_LEAD = re.compile(
    r"^(hey |hi |please |can you |could you |would you |maru,? )*(set (a |up a )?reminder|remind (me|us)|ping me)"
    r"\s*(please)?\s*(to|about|that|of|for|:)?\s*",
    re.IGNORECASE,
)
_TAIL = re.compile(
    r"\s*(하라고|라고|다고|이라고|을|를|에 대해|건을?|는 것|는 거)?\s*(다시\s*|나중에\s*|꼭\s*|좀\s*)*"
    r"(알려|리마인드|상기|말해)\s*(해|시켜)?\s*(줘|주세요|줄래|주실래요|줄 수 있어)?\s*[?.!]*$"
    r"|\s*(please|later|again)\s*[.!?]*$",
    re.IGNORECASE,
)
_JOIN = re.compile(r"^(to|about|that|of|for|:)\s+", re.IGNORECASE)
_NOTHING = re.compile(r"^(it|this|that|me|later|나중에|다시|이거|그거)?$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Wish:
    """What was read so far; None = not said, or not surely meant. past: a time was said that is over or too far off."""

    what: str | None
    when: datetime | None
    past: bool = False


def read_wish(text: str, now: datetime) -> Wish:
    """Read a request such as "remind me to renew the certificate tomorrow at 9". now: aware, the house's zone."""
    moment = read_moment(text, now)
    rest = moment.rest if moment else text
    what = _JOIN.sub("", _TAIL.sub("", _LEAD.sub("", rest.strip()))).strip(" ,.!?")
    when = moment.at if moment else None
    past = when is not None and not now < when <= now + LONGEST_AHEAD
    return Wish(None if _NOTHING.match(what) else what, None if past else when, past)
