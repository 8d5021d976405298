"""Points in time, read from words in English and Korean. Only closed forms: what is not surely meant is not read."""

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

MORNING = time(9, 0)
"""What a day without a time means."""

_AFTERNOON_UNTIL = 6
"""A bare hour from 1 to 6 is one of the afternoon; people say "at 3" of no night."""

_NUMBERS = {
    **dict(zip("한 두 세 네 다섯 여섯 일곱 여덟 아홉 열 열한 열두".split(), range(1, 13), strict=True)),
    **dict(zip("one two three four five six seven eight nine ten".split(), range(1, 11), strict=True)),
    "a": 1,
    "an": 1,
}
_UNITS = {
    "minute": timedelta(minutes=1),
    "hour": timedelta(hours=1),
    "day": timedelta(days=1),
    "week": timedelta(weeks=1),
    "분": timedelta(minutes=1),
    "시간": timedelta(hours=1),
    "일": timedelta(days=1),
    "주": timedelta(weeks=1),
}
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_MONTHS = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)
_KOREAN_WEEKDAYS = "월화수목금토일"
_NUMBER = r"\d{1,4}|" + "|".join(sorted(_NUMBERS, key=len, reverse=True))

_HALF_HOUR = re.compile(r"\bin half an hour\b|\b30분\s*(?:뒤|후)에?|반\s?시간\s*(?:뒤|후)에?", re.IGNORECASE)
_AFTER = re.compile(
    rf"\b(?:in|after)\s+(?P<en>{_NUMBER})\s+(?P<unit>minute|hour|day|week)s?\b"
    rf"|(?P<ko>{_NUMBER})\s*(?P<einheit>분|시간|일|주)\s*(?:뒤|후|있다가)에?",
    re.IGNORECASE,
)
_DAY = re.compile(
    r"(?:\bon\s+)?(?P<iso>\d{4}-\d{1,2}-\d{1,2})"
    r"|(?:(?P<year>\d{4})년\s*)?(?P<month>\d{1,2})월\s*(?P<day>\d{1,2})일"
    rf"|\b(?:on\s+)?(?P<monthname>{'|'.join(_MONTHS)})\s+(?P<monthday>\d{{1,2}})(?:st|nd|rd|th)?(?:,?\s+(?P<enyear>\d{{4}}))?\b"
    r"|\b(?:the )?(?P<overmorrow>day after tomorrow)\b|\b(?P<tomorrow>tomorrow)\b|\b(?P<today>today|tonight)\b"
    rf"|\b(?P<next>next |on |this )?(?P<weekday>{'|'.join(_WEEKDAYS)})\b"
    r"|(?P<kotoday>오늘)|(?P<kotomorrow>내일)|(?P<koover>모레)"
    r"|(?P<konext>다음\s?주\s*|이번\s?주\s*)?(?P<koweekday>[월화수목금토일])요일",
    re.IGNORECASE,
)
_TIME = re.compile(
    r"\b(?:at\s+)?(?P<noon>noon|midday|midnight)\b|(?P<konoon>정오|자정)"
    r"|\b(?:at\s+)?(?P<h24>[01]?\d|2[0-3]):(?P<m24>[0-5]\d)(?:\s*(?P<half24>am|pm))?(?!\d)"
    r"|\b(?:at\s+)?(?P<h12>1[0-2]|[1-9])\s*(?P<half>am|pm|a\.m\.|p\.m\.)"
    r"|\bat\s+(?P<bare>[01]?\d|2[0-3])(?:\s*o'?clock)?\b(?![:\d])"
    r"|(?P<kohalf>오전|오후|아침|낮|저녁|밤|새벽)?\s*(?P<koh>\d{1,2}|"
    + "|".join(one for one in _NUMBERS if "가" <= one[0] <= "힣")
    + r")\s?시(?!간)(?:\s*(?P<kom>\d{1,2})분|\s*(?P<kohalfpast>반))?(?:에|까지)?",
    re.IGNORECASE,
)
_PARTICLE = re.compile(r"^\s*(?:에|까지|,|at|on)\s+|^\s+")


@dataclass(frozen=True, slots=True)
class Moment:
    """When, and the words around it."""

    at: datetime
    rest: str


def read_moment(text: str, now: datetime) -> Moment | None:
    """Return the first point in time after `now` (aware) that a text names, and the text without it; None if none.

    A day alone is its morning, a time alone its next occurrence.
    """
    for pattern in (_HALF_HOUR, _AFTER):
        if found := pattern.search(text):
            return Moment(now + _span(found), _without(text, found.span()))
    day, clock = _DAY.search(text), _TIME.search(text)
    if day is None and clock is None:
        return None
    on = read_day(day.group(), now.date()) if day else None
    at = _clock(clock) if clock else MORNING
    if (day and on is None) or at is None:
        return None
    when = datetime.combine(on or now.date(), at, now.tzinfo)
    if on is None and when <= now:
        when += timedelta(days=1)
    spans = sorted(one.span() for one in (day, clock) if one)
    rest = text
    for span in reversed(spans):
        rest = _without(rest, span)
    return Moment(when, rest)


def read_day(text: str, today: date) -> date | None:
    """Return the day that a text names: a date, a weekday to come, today and its neighbours; None if none such."""
    found = _DAY.search(text)
    if found is None:
        return None
    said = {name: value.lower() for name, value in found.groupdict().items() if value}
    try:
        return _dated(said, today) or today + timedelta(days=_ahead(said, today))
    except ValueError:  # the thirtieth of February
        return None


def _span(found: re.Match[str]) -> timedelta:
    said = {name: value.lower() for name, value in found.groupdict().items() if value}
    if not said:
        return timedelta(minutes=30)
    number = said.get("en") or said["ko"]
    unit = said.get("unit") or said["einheit"]
    return (_NUMBERS.get(number) or int(number)) * _UNITS[unit]


def _dated(said: dict[str, str], today: date) -> date | None:
    if "iso" in said:
        year, month, day = map(int, said["iso"].split("-"))
        return date(year, month, day)
    if "month" in said:
        return _coming(said.get("year"), int(said["month"]), int(said["day"]), today=today)
    if "monthname" in said:
        month = _MONTHS.index(said["monthname"]) + 1
        return _coming(said.get("enyear"), month, int(said["monthday"]), today=today)
    return None


def _coming(year: str | None, month: int, day: int, *, today: date) -> date:
    if year is not None:
        return date(int(year), month, day)
    wanted = date(today.year, month, day)
    return wanted if wanted >= today else date(today.year + 1, month, day)


def _ahead(said: dict[str, str], today: date) -> int:
    for names, days in ((("today", "kotoday"), 0), (("tomorrow", "kotomorrow"), 1), (("overmorrow", "koover"), 2)):
        if any(name in said for name in names):
            return days
    if "weekday" in said:
        wanted, following = _WEEKDAYS.index(said["weekday"]), said.get("next", "").strip() == "next"
    else:
        wanted, following = _KOREAN_WEEKDAYS.index(said["koweekday"]), said.get("konext", "").startswith("다음")
    if following:  # the one of the next week, which begins on Monday
        return 7 - today.weekday() + wanted
    return (wanted - today.weekday()) % 7 or 7


def _clock(found: re.Match[str]) -> time | None:
    said = {name: value.lower() for name, value in found.groupdict().items() if value}
    if word := said.get("noon") or said.get("konoon"):
        return time(0, 0) if word in ("midnight", "자정") else time(12, 0)
    if "h24" in said:
        return _hour(int(said["h24"]), int(said["m24"]), half=said.get("half24"))
    if "h12" in said:
        return _hour(int(said["h12"]), 0, half=said["half"].replace(".", ""))
    if "bare" in said:
        return _hour(int(said["bare"]), 0, half=None, bare=True)
    hour = _NUMBERS.get(said["koh"]) or int(said["koh"])
    minute = 30 if "kohalfpast" in said else int(said.get("kom", 0))
    half = {"오전": "am", "새벽": "am", "아침": "am", "오후": "pm", "저녁": "pm", "밤": "pm", "낮": "pm"}.get(
        said.get("kohalf", "")
    )
    return _hour(hour, minute, half=half, bare=half is None)


def _hour(hour: int, minute: int, *, half: str | None, bare: bool = False) -> time | None:
    if half == "pm" and hour < 12:
        hour += 12
    elif half == "am" and hour == 12:
        hour = 0
    elif bare and 1 <= hour <= _AFTERNOON_UNTIL:
        hour += 12
    return time(hour, minute) if hour < 24 and minute < 60 else None


def _without(text: str, span: tuple[int, int]) -> str:
    before, after = text[: span[0]].rstrip(), _PARTICLE.sub("", text[span[1] :])
    return f"{before} {after}".strip()
